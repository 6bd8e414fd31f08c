"""ReadingRoom: next, open, submit, and what it hands on to corrections and second readings."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from rater_app.core.assignment import Assignment
from rater_app.core.correction import Stage, stage_of
from rater_app.core.progress import Place, Progress, next_assignment, place_of, progress_of
from rater_app.core.reading import Answer, questions
from rater_app.core.study import Rater
from rater_app.core.viewing import checked_snapshot
from rater_app.reading_room.checked_answers import checked_answers
from rater_app.reading_room.clock import stamp, utc_now
from rater_app.reading_room.corrections import Corrections
from rater_app.reading_room.deliveries import Deliveries
from rater_app.reading_room.errors import (
    AlreadySubmitted,
    NotSaved,
    NotThere,
    RoomError,
)
from rater_app.reading_room.open_reading import OpenReading
from rater_app.reading_room.own_readings import own_assignment
from rater_app.reading_room.room_folder import SECRET_FILE, open_room_folder
from rater_app.reading_room.second_readings import SecondReadings
from rater_app.reading_room.stored_masks import VOLUMES, StoredMasks
from rater_app.store import NotStored, RevisionTaken, StoredReading, StoredSecondReading


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
        When the folder is not a room, is damaged, or was built by a newer version.

    Attributes
    ----------
    study : BlindedStudy
        What raters may know.
    store : ReadingStore
        The room's database; one of an older layout is upgraded.
    corrections : Corrections
        The correcting of masks.
    deliveries : Deliveries
        What desks send.
    """

    def __init__(self, folder: Path, clock: Callable[[], datetime] = utc_now) -> None:
        self.folder = folder
        self.study, self.store = open_room_folder(folder)
        self._questions = questions(self.study.instrument, self.study.structures)
        self._clock = clock
        self.corrections = Corrections(folder, self.study, self.store, self._now)
        self._second = SecondReadings(self.study, self._questions, self.store, self._now)
        masks = StoredMasks(folder, self.study, self.store)
        self.deliveries = Deliveries(
            self.store, masks, self.corrections, self.submit, self._second.submit, self._now
        )

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
            _digest(token), rater_id, stamp(now), stamp(now + timedelta(days=days))
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
        return progress_of(self.store.assignments(rater_id), self.study.plan)

    def assignments(self, rater_id: str) -> tuple[Assignment, ...]:
        """List the readings of a rater in their order."""
        return self.store.assignments(rater_id)

    def next(self, rater_id: str) -> Assignment | None:
        """Give the reading that a rater does next, or None when all are done."""
        return next_assignment(self.store.assignments(rater_id), self.study.plan)

    def stage(self, assignment: Assignment) -> Stage:
        """Say what a reading is waiting for."""
        return stage_of(assignment, self.study.plan)

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
        study, every = self.study, self.store.assignments(rater_id)
        return place_of(every, chosen, study.allow_back, study.plan)

    def open(self, rater_id: str, code: str) -> OpenReading:
        """Open a reading: note the time and give what the rater looks at and said so far.

        Raises
        ------
        RoomError
            When the code is none of the rater's readings.
        """
        assignment = own_assignment(self.store, rater_id, code)
        self.store.add_opening(code, self._now())
        return self.look(assignment)

    def look(self, assignment: Assignment) -> OpenReading:
        """Give an opened reading again, as it stands now, without noting another opening.

        Where masks are corrected, the first rating is shown as it was given.
        """
        code = assignment.code
        version = self._second.version_asked(assignment)
        answers = (
            self._second.answers(code, version) if version else self._first_answers(assignment)
        )
        case = self.study.case(self.study.mask(assignment.mask).case)
        stage = self._stage_shown(assignment, version)
        return OpenReading(assignment, case, self._questions, answers, stage, version)

    def _stage_shown(self, assignment: Assignment, version: int) -> Stage:
        """Give the stage in which a reading is shown: of one that is done, the last one again."""
        stage = self.stage(assignment)
        if stage is not Stage.DONE:
            return stage
        if not self.study.plan.is_on:
            return Stage.RATE
        return Stage.RATE_AGAIN if version else Stage.CORRECT

    def save_draft(self, rater_id: str, code: str, answers: Sequence[Answer]) -> None:
        """Keep the answers given so far, so that a crash or another computer finds them."""
        own_assignment(self.store, rater_id, code)
        try:
            self.store.add_draft(code, answers, self._now())
        except NotStored as error:
            raise NotSaved from error

    def submit(
        self, rater_id: str, code: str, answers: Sequence[Answer], base_revision: int, at: str = ""
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
        at : str
            When it was submitted, if not now.

        Raises
        ------
        NotComplete
            With one sentence for each answer that is missing or impossible.
        AlreadySubmitted
            When another window was faster, the study allows no second thought, or the mask was
            opened for correcting after the rating.
        NotSaved
            When the store cannot be written.
        RoomError
            When the code is none of the rater's readings.
        """
        assignment = own_assignment(self.store, rater_id, code)
        if base_revision > 0 and self.study.plan.is_on:
            raise AlreadySubmitted(
                "This rating is locked: it was given before the mask was opened for correcting."
            )
        given = checked_answers(
            answers, self._questions, base_revision, assignment.revision, self.study.allow_back
        )
        try:
            return self.store.add_reading(
                code,
                base_revision + 1,
                given,
                self.study.instrument.fingerprint(),
                at or self._now(),
            )
        except RevisionTaken as error:
            raise AlreadySubmitted("This mask was already rated in another window.") from error
        except NotStored as error:
            raise NotSaved from error

    def save_draft_again(
        self, rater_id: str, code: str, answers: Sequence[Answer], version: int
    ) -> None:
        """Keep the answers about a corrected mask, as `save_draft` those about the candidate."""
        self._second.save_draft(rater_id, code, answers, version)

    def submit_again(
        self,
        rater_id: str,
        code: str,
        answers: Sequence[Answer],
        base_revision: int,
        version: int,
    ) -> StoredSecondReading:
        """Submit the rating of a corrected mask: see `SecondReadings.submit`."""
        return self._second.submit(rater_id, code, answers, base_revision, version)

    def note_viewing(self, rater_id: str, code: str, snapshot: object) -> None:
        """Add a snapshot to the viewing log, where the study keeps one.

        Raises
        ------
        WrongSnapshot
            When it is not what a viewer sends.
        NotSaved
            When the store cannot be written.
        """
        own_assignment(self.store, rater_id, code)
        if not self.study.viewing_log:
            return
        sound = checked_snapshot(snapshot)
        try:
            self.store.viewings.add(code, sound["mount"], sound, self._now())
        except NotStored as error:
            raise NotSaved from error

    def volume_path(self, rater_id: str, code: str, part: str) -> Path:
        """Give the stored file of a reading's channel ("0", "1", ...) or of its "mask".

        Raises
        ------
        RoomError
            When the code is none of the rater's readings, or has no such part.
        """
        mask = self.study.mask(own_assignment(self.store, rater_id, code).mask)
        channels = self.study.case(mask.case).volumes
        parts = {"mask": mask.volume, **{str(i): name for i, name in enumerate(channels)}}
        if part not in parts:
            raise NotThere("There is no such image.")
        return self.folder / VOLUMES / parts[part]

    def _first_answers(self, assignment: Assignment) -> tuple[Answer, ...]:
        submitted = self.store.readings(assignment.code)
        last = submitted[-1] if submitted else None
        if last and self.study.plan.is_on:
            return last.answers
        draft = self.store.draft(assignment.code, last.submitted_at if last else "")
        if draft is not None:
            return draft
        return last.answers if last else ()

    def _now(self) -> str:
        return stamp(self._clock())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
