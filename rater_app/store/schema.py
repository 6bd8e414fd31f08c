"""The tables of the store and the triggers that keep them append-only."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    select,
    text,
)

SCHEMA_VERSION = 3

metadata = MetaData()

schema = Table("schema", metadata, Column("version", Integer, primary_key=True))

assignments = Table(
    "assignments",
    metadata,
    Column("code", Text, primary_key=True),
    Column("rater", Text, nullable=False),
    Column("mask", Text, nullable=False),
    Column("replicate", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    UniqueConstraint("rater", "mask", "replicate"),
    UniqueConstraint("rater", "position"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("token_sha256", Text, primary_key=True),
    Column("rater", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
)

openings = Table(
    "openings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("assignment", Text, ForeignKey("assignments.code"), nullable=False, index=True),
    Column("opened_at", Text, nullable=False),
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("assignment", Text, ForeignKey("assignments.code"), nullable=False, index=True),
    Column("answers", Text, nullable=False),
    Column("saved_at", Text, nullable=False),
)

# Two windows that submit the same revision meet at this key: the first one counts.
readings = Table(
    "readings",
    metadata,
    Column("assignment", Text, ForeignKey("assignments.code"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("answers", Text, nullable=False),
    Column("instrument", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("submitted_at", Text, nullable=False),
)


# From here on: layout 2, the correcting of masks.

corrections = Table(
    "corrections",
    metadata,
    Column("assignment", Text, ForeignKey("assignments.code"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("parent", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("effort", Text, nullable=False),
    Column("changed", Text, nullable=False),
    Column("saved_at", Text, nullable=False),
    # Last, so that SQLite reads the columns before it without touching the pages of the voxels.
    Column("voxels", LargeBinary, nullable=False),
)

finishings = Table(
    "finishings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("assignment", Text, ForeignKey("assignments.code"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("confirmed", Integer, nullable=False),
    Column("finished_at", Text, nullable=False),
)

second_readings = Table(
    "second_readings",
    metadata,
    Column("assignment", Text, ForeignKey("assignments.code"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("answers", Text, nullable=False),
    Column("instrument", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("submitted_at", Text, nullable=False),
)

second_drafts = Table(
    "second_drafts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("assignment", Text, ForeignKey("assignments.code"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("answers", Text, nullable=False),
    Column("saved_at", Text, nullable=False),
)

viewings = Table(
    "viewings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("assignment", Text, ForeignKey("assignments.code"), nullable=False, index=True),
    Column("mount", Text, nullable=False),
    Column("snapshot", Text, nullable=False),
    Column("noted_at", Text, nullable=False),
)

# From here on: layout 3, what desks send.

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("assignment", Text, ForeignKey("assignments.code"), nullable=False, index=True),
    Column("step", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    # What was set aside, as it came; what was stored lies in the other tables.
    Column("voxels", LargeBinary),
)

_ADDED_BY_2 = (corrections, finishings, second_readings, second_drafts, viewings)
_ADDED_BY_3 = (deliveries,)


def create_schema(connection: Connection) -> None:
    """Create the tables and, on SQLite, the triggers that refuse every change of a row."""
    _create(connection, metadata.tables.values())


def upgrade_schema(connection: Connection) -> None:
    """Add to a store of an older layout what it lacks; what it holds stays as it is."""
    held = connection.execute(select(func.max(schema.c.version))).scalar()
    # Another process may have been faster.
    if held == 1:
        _create(connection, (*_ADDED_BY_2, *_ADDED_BY_3))
    elif held == 2:
        _create(connection, _ADDED_BY_3)


def _create(connection: Connection, tables: Iterable[Table]) -> None:
    tables = tuple(tables)
    metadata.create_all(connection, tables)
    connection.execute(schema.insert().values(version=SCHEMA_VERSION))
    for table in tables:
        key = " AND ".join(f"{column.name} = NEW.{column.name}" for column in table.primary_key)
        _refuse(connection, table.name, "UPDATE")
        _refuse(connection, table.name, "DELETE")
        # REPLACE deletes a row without asking the trigger for DELETE.
        _refuse(
            connection, table.name, "INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key})"
        )


def _refuse(connection: Connection, table: str, verb: str, when: str = "") -> None:
    connection.execute(
        text(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {when} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed'); END"
        )
    )
