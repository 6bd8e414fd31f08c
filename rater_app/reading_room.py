"""ReadingRoom: the one door through which every rater-side shell reaches the study."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rater_app.core.progress import (
    Assignment,
    Place,
    Progress,
    next_assignment,
    place_of,
    progress_of,
)
from rater_app.core.reading import Answer, Question, check_reading, questions
from rater_app.core.study import BlindedCase, BlindedStudy, Rater
from rater_app.store import (
    SCHEMA_VERSION,
    NotReadable,
    NotStored,
    ReadingStore,
    RevisionTaken,
    StoredReading,
)

STUDY_FILE = "study.json"
STORE_FILE = "store.sqlite"
SECRET_FILE = "session_secret"
VOLUMES = "volumes"


class RoomError(Exception):
    """Something that a rater or coordinator asked for cannot be done; the message says why."""


class NotComplete(RoomError):
    """A reading that still lacks answers, with one sentence for each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class AlreadySubmitted(RoomError):
    """The reading was submitted in another window, or the study allows no second thought."""


class NotSaved(RoomError):
    """The store could not be written; nothing was saved."""

    def __init__(self) -> None:
        super().__init__(
            "NOT saved. The study's store could not be written. Your answers are still here: "
            "please submit again, and tell your coordinator if this stays."
        )


@dataclass(frozen=True)
class OpenReading:
    """A reading in front of its rater: what to look at and what has been answered so far."""

    assignment: Assignment
    case: BlindedCase
    questions: tuple[Question, ...]
    answers: tuple[Answer, ...]

    @property
    def base_revision(self) -> int:
        """The revision that a submission of this reading would follow."""
        return self.assignment.revision


def utc_now() -> datetime:
    """Give the time now, in UTC."""
    return datetime.now(UTC)


class ReadingRoom:
    """The blinded room of one study: next, open, submit.

    Parameters
    ----------
    folder : Path
        The room that ``rater-app prepare`` built.
    clock : callable
        Gives the time; tests hand in a fixed one.

    Raises
    ------
    RoomError
        When the folder is not a room, is damaged, or was built by another version.
    """

    def __init__(self, folder: Path, clock: Callable[[], datetime] = utc_now) -> None:
        if not (folder / STUDY_FILE).is_file() or not (folder / STORE_FILE).is_file():
            raise RoomError(f"{folder} is not a room: build one with “rater-app prepare”.")
        self.folder = folder
        self.store = ReadingStore(f"sqlite:///{(folder / STORE_FILE).resolve()}")
        try:
            self.study = BlindedStudy.from_dict(
                json.loads((folder / STUDY_FILE).read_text(encoding="utf-8"))
            )
            version = self.store.version()
        except (ValueError, LookupError, TypeError, OSError, NotReadable) as error:
            raise RoomError(f"{folder} is damaged: prepare it anew, or restore a copy.") from error
        if version != SCHEMA_VERSION:
            raise RoomError(
                f"{folder} was built by another version of rater-app (layout {version}, this one "
                f"reads {SCHEMA_VERSION}): use that version."
            )
        self._questions = questions(self.study.instrument, self.study.structures)
        self._clock = clock

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def invite(self, rater_id: str, days: int = 90) -> str:
        """Make an invitation for a rater and give its token, which is stored only as a digest.

        Raises
        ------
        RoomError
            When the study has no such rater.
        """
        if self.study.rater(rater_id) is None:
            known = ", ".join(rater.id for rater in self.study.raters)
            raise RoomError(f"The study has no rater “{rater_id}”. Its raters are: {known}.")
        token = secrets.token_urlsafe(24)
        now = self._clock()
        self.store.add_invitation(
            _digest(token), rater_id, _stamp(now), _stamp(now + timedelta(days=days))
        )
        return token

    def invited_rater(self, token: str) -> Rater | None:
        """Give the rater that a valid invitation names, or None."""
        rater_id = self.store.invited_rater(_digest(token), self._now())
        return self.study.rater(rater_id) if rater_id else None

    def session_secret(self) -> str:
        """Give the secret with which this room's cookies are signed."""
        return (self.folder / SECRET_FILE).read_text(encoding="ascii")

    def progress(self, rater_id: str) -> Progress:
        """Count the done and all readings of a rater."""
        return progress_of(self.store.assignments(rater_id))

    def assignments(self, rater_id: str) -> tuple[Assignment, ...]:
        """List the readings of a rater in their order."""
        return self.store.assignments(rater_id)

    def next(self, rater_id: str) -> Assignment | None:
        """Give the reading that a rater does next, or None when all are done."""
        return next_assignment(self.store.assignments(rater_id))

    def place(self, rater_id: str, chosen: str | None = None) -> Place:
        """Give the reading in front of a rater, and what lies around it.

        Parameters
        ----------
        rater_id : str
            Who reads.
        chosen : str, optional
            Code of an earlier reading that the rater turned to; without it, or where the study
            does not allow it, the next one to be done is in front of them.
        """
        return place_of(self.store.assignments(rater_id), chosen, self.study.allow_back)

    def open(self, rater_id: str, code: str) -> OpenReading:
        """Open a reading: note the time and give what the rater looks at and said so far.

        Raises
        ------
        RoomError
            When the code is none of the rater's readings.
        """
        assignment = self._assignment(rater_id, code)
        self.store.add_opening(code, self._now())
        return self.look(assignment)

    def look(self, assignment: Assignment) -> OpenReading:
        """Give an opened reading again, as it stands now, without noting another opening."""
        submitted = self.store.readings(assignment.code)
        last = submitted[-1] if submitted else None
        answers = self.store.draft(assignment.code, last.submitted_at if last else "")
        if answers is None:
            answers = last.answers if last else ()
        mask = self.study.mask(assignment.mask)
        return OpenReading(assignment, self.study.case(mask.case), self._questions, answers)

    def save_draft(self, rater_id: str, code: str, answers: Sequence[Answer]) -> None:
        """Keep the answers given so far, so that a crash or another computer finds them."""
        self._assignment(rater_id, code)
        try:
            self.store.add_draft(code, answers, self._now())
        except NotStored as error:
            raise NotSaved from error

    def submit(
        self, rater_id: str, code: str, answers: Sequence[Answer], base_revision: int
    ) -> StoredReading:
        """Submit a reading; when this returns, it is stored for good.

        Parameters
        ----------
        rater_id, code : str
            Who judges, and which of their readings.
        answers : sequence of Answer
            The answers; empty ones are left out.
        base_revision : int
            The revision the rater had before them: 0 for a first submission. Sending the same
            answers for the same base twice, as a retry does, stores them once.

        Raises
        ------
        NotComplete
            With one sentence for each answer that is missing or impossible.
        AlreadySubmitted
            When another window was faster, or the study allows no second thought.
        NotSaved
            When the store cannot be written.
        RoomError
            When the code is none of the rater's readings.
        """
        assignment = self._assignment(rater_id, code)
        given = tuple(answer for answer in answers if not answer.is_empty)
        problems = check_reading(given, self._questions)
        if problems:
            raise NotComplete(problems)
        if base_revision > assignment.revision:
            raise RoomError("This page is ahead of the study's store. Please reload the page.")
        if base_revision > 0 and not self.study.allow_back:
            raise AlreadySubmitted("This mask is rated already, and the study allows no change.")
        try:
            return self.store.add_reading(
                code,
                base_revision + 1,
                given,
                self.study.instrument.fingerprint(),
                self._now(),
            )
        except RevisionTaken as error:
            raise AlreadySubmitted("This mask was already rated in another window.") from error
        except NotStored as error:
            raise NotSaved from error

    def volume_path(self, rater_id: str, code: str, part: str) -> Path:
        """Give the stored file of a reading's channel ("0", "1", ...) or of its "mask".

        Raises
        ------
        RoomError
            When the code is none of the rater's readings, or has no such part.
        """
        mask = self.study.mask(self._assignment(rater_id, code).mask)
        channels = self.study.case(mask.case).volumes
        parts = {"mask": mask.volume, **{str(i): name for i, name in enumerate(channels)}}
        if part not in parts:
            raise RoomError("There is no such image.")
        return self.folder / VOLUMES / parts[part]

    def _assignment(self, rater_id: str, code: str) -> Assignment:
        assignment = self.store.assignment(rater_id, code)
        if assignment is None:
            raise RoomError("This reading is not one of yours.")
        return assignment

    def _now(self) -> str:
        return _stamp(self._clock())


def _stamp(time: datetime) -> str:
    """Write a time so that texts sort as times do."""
    return time.isoformat(timespec="microseconds")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
