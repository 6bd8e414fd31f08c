"""SecondReadingStore: the ratings of corrected masks, apart from those of the candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select

from rater_app.core.reading import Answer
from rater_app.store.correction_store import last_finishing, latest_version
from rater_app.store.database import Database, RevisionTaken
from rater_app.store.schema import openings, second_drafts, second_readings
from rater_app.store.stored_answers import from_json, to_json


class Superseded(Exception):
    """The mask was corrected further, or is being corrected: this version counts no longer."""


@dataclass(frozen=True)
class StoredSecondReading:
    """One rating of a corrected mask, of the version that the rater had finished then."""

    assignment: str
    revision: int
    version: int
    answers: tuple[Answer, ...]
    instrument: str
    opened_at: str
    submitted_at: str


class SecondReadingStore:
    """The ratings of corrected masks, and their drafts, in a room's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def readings(self, assignment: str | None = None) -> tuple[StoredSecondReading, ...]:
        """List the submitted revisions in order, of one assignment or of all."""
        query = select(second_readings).order_by(
            second_readings.c.assignment, second_readings.c.revision
        )
        if assignment is not None:
            query = query.where(second_readings.c.assignment == assignment)
        with self._database.reading() as connection:
            return tuple(_stored(row._mapping) for row in connection.execute(query))

    def add(
        self,
        assignment: str,
        revision: int,
        version: int,
        answers: Sequence[Answer],
        instrument: str,
        at: str,
    ) -> StoredSecondReading:
        """Add one rating of a corrected mask; the same one twice is stored once.

        It counts as opened when the assignment was first opened after the correcting was finished
        and the revision before was submitted.

        Raises
        ------
        RevisionTaken
            When this revision holds another rating already: a second window was faster.
        Superseded
            When the version is not the one that the rater finished last.
        NotStored
            When the database cannot be written.
        """
        with self._database.writing() as connection:
            taken = _revision(connection, assignment, revision)
            if taken is not None:
                if (taken.version, taken.answers) != (version, tuple(answers)):
                    raise RevisionTaken
                return taken
            before = _revision(connection, assignment, revision - 1)
            if revision > 1 and before is None:
                raise RevisionTaken
            finishing = last_finishing(connection, assignment)
            latest = latest_version(connection, assignment)
            if finishing is None or not 0 < finishing.version == version == latest:
                raise Superseded
            since = max(finishing.finished_at, before.submitted_at if before else "")
            opened = select(func.min(openings.c.opened_at)).where(
                openings.c.assignment == assignment, openings.c.opened_at >= since
            )
            reading = StoredSecondReading(
                assignment,
                revision,
                version,
                tuple(answers),
                instrument,
                connection.execute(opened).scalar() or at,
                at,
            )
            connection.execute(
                insert(second_readings).values(
                    **{**vars(reading), "answers": to_json(reading.answers)}
                )
            )
            return reading

    def add_draft(
        self, assignment: str, version: int, answers: Sequence[Answer], saved_at: str
    ) -> None:
        """Keep the answers about a version that are not submitted yet."""
        with self._database.writing() as connection:
            connection.execute(
                insert(second_drafts).values(
                    assignment=assignment,
                    version=version,
                    answers=to_json(answers),
                    saved_at=saved_at,
                )
            )

    def draft(self, assignment: str, version: int, since: str = "") -> tuple[Answer, ...] | None:
        """Give the newest draft about a version that was saved after `since`, or None."""
        query = (
            select(second_drafts.c.answers)
            .where(
                second_drafts.c.assignment == assignment,
                second_drafts.c.version == version,
                second_drafts.c.saved_at > since,
            )
            .order_by(second_drafts.c.id.desc())
            .limit(1)
        )
        with self._database.reading() as connection:
            stored = connection.execute(query).scalar()
        return from_json(stored) if stored is not None else None


def _revision(connection: Connection, assignment: str, revision: int) -> StoredSecondReading | None:
    query = select(second_readings).where(
        second_readings.c.assignment == assignment, second_readings.c.revision == revision
    )
    row = connection.execute(query).first()
    return _stored(row._mapping) if row else None


def _stored(row: Any) -> StoredSecondReading:
    return StoredSecondReading(**{**row, "answers": from_json(row["answers"])})
