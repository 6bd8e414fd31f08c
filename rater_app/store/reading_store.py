"""ReadingStore: assignments, invitations, openings, drafts and readings in one database."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Select, create_engine, event, func, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from rater_app.core.progress import Assignment
from rater_app.core.reading import Answer
from rater_app.store.schema import (
    assignments,
    create_schema,
    drafts,
    invitations,
    openings,
    readings,
    schema,
)


class RevisionTaken(Exception):
    """The same revision of a reading was already submitted, with other answers."""


class NotStored(Exception):
    """The database could not be written: a full disk, a lost connection, a lock that stays."""


class NotReadable(Exception):
    """The file is no database of ours."""


@dataclass(frozen=True)
class StoredReading:
    """One submitted revision of a reading. Times are ISO 8601 in UTC."""

    assignment: str
    revision: int
    answers: tuple[Answer, ...]
    instrument: str
    opened_at: str
    submitted_at: str


class ReadingStore:
    """The database of a room. Every verb is one transaction; a returned write is on the disk.

    Parameters
    ----------
    url : str
        SQLAlchemy address, such as ``sqlite:////path/to/store.sqlite``.
    """

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        # SQLite lets waiting writers in by luck; one queue in front of it is fair and faster.
        self._one_writer = threading.Lock()

    def create(self, planned: Sequence[Assignment]) -> None:
        """Create the tables and lay down the assignments of the study."""
        with self._writing() as connection:
            create_schema(connection)
            if planned:
                connection.execute(
                    insert(assignments),
                    [
                        {
                            "code": a.code,
                            "rater": a.rater,
                            "mask": a.mask,
                            "replicate": a.replicate,
                            "position": a.position,
                        }
                        for a in planned
                    ],
                )

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def version(self) -> int | None:
        """Give the version of the tables' layout.

        Raises
        ------
        NotReadable
            When the file is not a store.
        """
        try:
            with self._reading() as connection:
                number: int | None = connection.execute(select(schema.c.version)).scalar()
                return number
        except SQLAlchemyError as error:
            raise NotReadable(str(error)) from error

    def assignments(self, rater: str | None = None) -> tuple[Assignment, ...]:
        """List the assignments in their order, of one rater or of all."""
        query = _assignments().order_by(assignments.c.rater, assignments.c.position)
        if rater is not None:
            query = query.where(assignments.c.rater == rater)
        with self._reading() as connection:
            return tuple(Assignment(**row._mapping) for row in connection.execute(query))

    def assignment(self, rater: str, code: str) -> Assignment | None:
        """Give the assignment with this code if it is the rater's, or None."""
        query = _assignments().where(assignments.c.rater == rater, assignments.c.code == code)
        with self._reading() as connection:
            row = connection.execute(query).first()
        return Assignment(**row._mapping) if row else None

    def add_invitation(self, token_sha256: str, rater: str, created: str, expires: str) -> None:
        """Store the digest of an invitation's token."""
        with self._writing() as connection:
            connection.execute(
                insert(invitations).values(
                    token_sha256=token_sha256, rater=rater, created_at=created, expires_at=expires
                )
            )

    def invited_rater(self, token_sha256: str, now: str) -> str | None:
        """Give the rater whose invitation has this digest and has not expired."""
        query = select(invitations.c.rater).where(
            invitations.c.token_sha256 == token_sha256, invitations.c.expires_at > now
        )
        with self._reading() as connection:
            rater: str | None = connection.execute(query).scalar()
            return rater

    def add_opening(self, assignment: str, opened_at: str) -> None:
        """Note that an assignment was opened."""
        with self._writing() as connection:
            connection.execute(insert(openings).values(assignment=assignment, opened_at=opened_at))

    def openings(self) -> tuple[tuple[str, str], ...]:
        """List every opening: assignment code and time."""
        query = select(openings.c.assignment, openings.c.opened_at).order_by(openings.c.id)
        with self._reading() as connection:
            return tuple((row.assignment, row.opened_at) for row in connection.execute(query))

    def add_draft(self, assignment: str, answers: Sequence[Answer], saved_at: str) -> None:
        """Keep the answers of a reading that is not submitted yet."""
        with self._writing() as connection:
            connection.execute(
                insert(drafts).values(
                    assignment=assignment, answers=_to_json(answers), saved_at=saved_at
                )
            )

    def draft(self, assignment: str, since: str = "") -> tuple[Answer, ...] | None:
        """Give the newest draft of an assignment that was saved after `since`, or None."""
        query = (
            select(drafts.c.answers)
            .where(drafts.c.assignment == assignment, drafts.c.saved_at > since)
            .order_by(drafts.c.id.desc())
            .limit(1)
        )
        with self._reading() as connection:
            stored = connection.execute(query).scalar()
        return _from_json(stored) if stored is not None else None

    def add_reading(
        self, assignment: str, revision: int, answers: Sequence[Answer], instrument: str, at: str
    ) -> StoredReading:
        """Add one revision of a reading; the same answers twice are stored once.

        The reading counts as opened when the assignment was first opened after the revision
        before it was submitted.

        Raises
        ------
        RevisionTaken
            When this revision holds other answers already: a second window was faster.
        """
        with self._writing() as connection:
            taken = self._revision(connection, assignment, revision)
            if taken is None:
                before = self._revision(connection, assignment, revision - 1)
                since = before.submitted_at if before else ""
                opened = select(func.min(openings.c.opened_at)).where(
                    openings.c.assignment == assignment, openings.c.opened_at > since
                )
                taken = StoredReading(
                    assignment,
                    revision,
                    tuple(answers),
                    instrument,
                    connection.execute(opened).scalar() or at,
                    at,
                )
                try:
                    connection.execute(insert(readings).values(_row(taken)))
                except IntegrityError as error:
                    raise RevisionTaken from error
            if taken.answers != tuple(answers):
                raise RevisionTaken
            return taken

    def readings(self, assignment: str | None = None) -> tuple[StoredReading, ...]:
        """List the submitted revisions in order, of one assignment or of all."""
        query = select(readings).order_by(readings.c.assignment, readings.c.revision)
        if assignment is not None:
            query = query.where(readings.c.assignment == assignment)
        with self._reading() as connection:
            return tuple(_stored(row._mapping) for row in connection.execute(query))

    def _revision(
        self, connection: Connection, assignment: str, revision: int
    ) -> StoredReading | None:
        query = select(readings).where(
            readings.c.assignment == assignment, readings.c.revision == revision
        )
        row = connection.execute(query).first()
        return _stored(row._mapping) if row else None

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with self._one_writer, self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise NotStored(str(error)) from error

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(reads_only=True) as connection:
            yield connection


def _engine(url: str) -> Engine:
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _settings(dbapi_connection: Any, _record: Any) -> None:
        # The driver must not open transactions by itself: `begin` below says which kind.
        dbapi_connection.isolation_level = None
        for setting in (
            "journal_mode=WAL",
            "synchronous=FULL",  # an acknowledged rating survives a power cut
            "busy_timeout=30000",
            "foreign_keys=ON",
        ):
            dbapi_connection.execute(f"PRAGMA {setting}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once when another has written
        # in between, so writers take the lock at the start.
        reads_only = connection.get_execution_options().get("reads_only")
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return engine


def _assignments() -> Select[Any]:
    """Select assignments with the number of their last submitted revision.

    The number is looked up row by row in the key of the readings: one rater's page must not add up
    the readings of all.
    """
    last = (
        select(func.coalesce(func.max(readings.c.revision), 0))
        .where(readings.c.assignment == assignments.c.code)
        .scalar_subquery()
    )
    return select(assignments, last.label("revision"))


def _to_json(answers: Sequence[Answer]) -> str:
    return json.dumps([answer.to_dict() for answer in answers], ensure_ascii=False)


def _from_json(stored: str) -> tuple[Answer, ...]:
    return tuple(Answer.from_dict(entry) for entry in json.loads(stored))


def _row(reading: StoredReading) -> dict[str, Any]:
    return {**vars(reading), "answers": _to_json(reading.answers)}


def _stored(row: Any) -> StoredReading:
    return StoredReading(**{**row, "answers": _from_json(row["answers"])})
