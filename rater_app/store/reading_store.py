"""ReadingStore: assignments, invitations, openings, drafts and readings in one database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, func, insert, select
from sqlalchemy.exc import IntegrityError

from rater_app.core.assignment import Assignment
from rater_app.core.reading import Answer
from rater_app.store.correction_store import CorrectionStore
from rater_app.store.database import Database, RevisionTaken
from rater_app.store.delivery_store import DeliveryStore
from rater_app.store.schema import (
    assignments,
    corrections,
    create_schema,
    drafts,
    finishings,
    invitations,
    openings,
    readings,
    schema,
    second_readings,
    upgrade_schema,
)
from rater_app.store.second_reading_store import SecondReadingStore
from rater_app.store.stored_answers import from_json, to_json
from rater_app.store.viewing_store import ViewingStore


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

    Attributes
    ----------
    corrections, second_readings, viewings, deliveries
        What came with the correcting of masks and with desks, in the same database.
    """

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self.corrections = CorrectionStore(self._database)
        self.second_readings = SecondReadingStore(self._database)
        self.viewings = ViewingStore(self._database)
        self.deliveries = DeliveryStore(self._database)

    def create(self, planned: Sequence[Assignment]) -> None:
        """Create the tables and lay down the assignments of the study."""
        with self._database.writing() as connection:
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
        self._database.close()

    def version(self) -> int | None:
        """Give the version of the tables' layout.

        Raises
        ------
        NotReadable
            When the file is not a store.
        """
        with self._database.reading() as connection:
            query = select(func.max(schema.c.version))
            number: int | None = connection.execute(query).scalar()
            return number

    def upgrade(self) -> None:
        """Add to a store of an older layout what it lacks, all at once.

        Raises
        ------
        NotStored
            When the file cannot be written.
        """
        with self._database.writing() as connection:
            upgrade_schema(connection)

    def assignments(self, rater: str | None = None) -> tuple[Assignment, ...]:
        """List the assignments in their order, of one rater or of all."""
        query = _assignments().order_by(assignments.c.rater, assignments.c.position)
        if rater is not None:
            query = query.where(assignments.c.rater == rater)
        with self._database.reading() as connection:
            return tuple(Assignment(**row._mapping) for row in connection.execute(query))

    def assignment(self, rater: str, code: str) -> Assignment | None:
        """Give the assignment with this code if it is the rater's, or None."""
        query = _assignments().where(assignments.c.rater == rater, assignments.c.code == code)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return Assignment(**row._mapping) if row else None

    def add_invitation(self, token_sha256: str, rater: str, created: str, expires: str) -> None:
        """Store the digest of an invitation's token."""
        with self._database.writing() as connection:
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
        with self._database.reading() as connection:
            rater: str | None = connection.execute(query).scalar()
            return rater

    def add_opening(self, assignment: str, opened_at: str) -> None:
        """Note that an assignment was opened."""
        with self._database.writing() as connection:
            connection.execute(insert(openings).values(assignment=assignment, opened_at=opened_at))

    def openings(self) -> tuple[tuple[str, str], ...]:
        """List every opening: assignment code and time."""
        query = select(openings.c.assignment, openings.c.opened_at).order_by(openings.c.id)
        with self._database.reading() as connection:
            return tuple((row.assignment, row.opened_at) for row in connection.execute(query))

    def add_draft(self, assignment: str, answers: Sequence[Answer], saved_at: str) -> None:
        """Keep the answers of a reading that is not submitted yet."""
        with self._database.writing() as connection:
            connection.execute(
                insert(drafts).values(
                    assignment=assignment, answers=to_json(answers), saved_at=saved_at
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
        with self._database.reading() as connection:
            stored = connection.execute(query).scalar()
        return from_json(stored) if stored is not None else None

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
        with self._database.writing() as connection:
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
        with self._database.reading() as connection:
            return tuple(_stored(row._mapping) for row in connection.execute(query))

    def _revision(
        self, connection: Connection, assignment: str, revision: int
    ) -> StoredReading | None:
        query = select(readings).where(
            readings.c.assignment == assignment, readings.c.revision == revision
        )
        row = connection.execute(query).first()
        return _stored(row._mapping) if row else None


def _assignments() -> Select[Any]:
    """Select assignments with the number of their last submitted revision, and so on.

    The numbers are looked up row by row in the keys of the other tables: one rater's page must not
    add up the readings of all.
    """
    last_finishing = (
        select(finishings.c.version)
        .where(finishings.c.assignment == assignments.c.code)
        .order_by(finishings.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(
        assignments,
        _highest(readings.c.revision).label("revision"),
        _highest(corrections.c.version).label("version"),
        last_finishing.label("finished"),
        _highest(second_readings.c.revision).label("second_revision"),
        _highest(second_readings.c.version).label("second_version"),
    )


def _highest(column: Column[int]) -> ColumnElement[int]:
    """Give the highest number in a table's rows of an assignment, 0 where there is none."""
    return (
        select(func.coalesce(func.max(column), 0))
        .where(column.table.c.assignment == assignments.c.code)
        .scalar_subquery()
    )


def _row(reading: StoredReading) -> dict[str, Any]:
    return {**vars(reading), "answers": to_json(reading.answers)}


def _stored(row: Any) -> StoredReading:
    return StoredReading(**{**row, "answers": from_json(row["answers"])})
