"""The tables of the store and the triggers that keep them append-only."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

SCHEMA_VERSION = 1

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


def create_schema(connection: Connection) -> None:
    """Create the tables and, on SQLite, the triggers that refuse every change of a row."""
    metadata.create_all(connection)
    connection.execute(schema.insert().values(version=SCHEMA_VERSION))
    for table in metadata.tables.values():
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
