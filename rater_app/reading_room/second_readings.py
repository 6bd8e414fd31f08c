"""SecondReadings: rating the corrected mask, apart from the rating of the candidate."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rater_app.core.assignment import Assignment
from rater_app.core.correction import Stage, stage_of
from rater_app.core.reading import Answer, Question
from rater_app.core.study import BlindedStudy
from rater_app.reading_room.checked_answers import checked_answers
from rater_app.reading_room.errors import (
    AlreadySubmitted,
    NotSaved,
    StageError,
)
from rater_app.reading_room.own_readings import own_assignment
from rater_app.store import (
    NotStored,
    ReadingStore,
    RevisionTaken,
    StoredSecondReading,
    Superseded,
)

_CORRECTED_FURTHER = (
    "This mask was corrected further in another window. Please rate it as it is now."
)


class SecondReadings:
    """The ratings of corrected masks in one room, with the questions of the first ones."""

    def __init__(
        self,
        study: BlindedStudy,
        asked: Sequence[Question],
        store: ReadingStore,
        now: Callable[[], str],
    ) -> None:
        self._study = study
        self._asked = asked
        self._store = store
        self._now = now

    def version_asked(self, assignment: Assignment) -> int:
        """Give the corrected version that is to be rated or was rated; 0 when there is none."""
        stage = stage_of(assignment, self._study.plan)
        rated = stage is Stage.DONE and assignment.second_version == assignment.version
        return assignment.version if stage is Stage.RATE_AGAIN or rated else 0

    def answers(self, code: str, version: int) -> tuple[Answer, ...]:
        """Give what was said so far about a corrected version."""
        submitted = [r for r in self._store.second_readings.readings(code) if r.version == version]
        last = submitted[-1] if submitted else None
        draft = self._store.second_readings.draft(code, version, last.submitted_at if last else "")
        if draft is not None:
            return draft
        return last.answers if last else ()

    def save_draft(self, rater_id: str, code: str, answers: Sequence[Answer], version: int) -> None:
        """Keep the answers about a corrected version that are not submitted yet."""
        own_assignment(self._store, rater_id, code)
        try:
            self._store.second_readings.add_draft(code, version, answers, self._now())
        except NotStored as error:
            raise NotSaved from error

    def submit(
        self,
        rater_id: str,
        code: str,
        answers: Sequence[Answer],
        base_revision: int,
        version: int,
        at: str = "",
    ) -> StoredSecondReading:
        """Submit the rating of a corrected mask; when this returns, it is stored for good.

        Parameters
        ----------
        rater_id, code, answers, base_revision
            As for `ReadingRoom.submit`; revisions of second ratings count by themselves.
        version : int
            The version that the rater looked at.
        at : str
            When it was submitted, if not now.

        Raises
        ------
        NotComplete, NotSaved, NotThere
            As `ReadingRoom.submit`.
        AlreadySubmitted
            When another window was faster, the mask was corrected further, or the study allows no
            second thought.
        StageError
            When the mask is not corrected, or the study asks for one rating only.
        """
        assignment = own_assignment(self._store, rater_id, code)
        stage = stage_of(assignment, self._study.plan)
        if not self._study.plan.rate_again:
            raise StageError("This study asks for no rating of the corrected mask.", stage)
        if stage in (Stage.RATE, Stage.CORRECT):
            raise StageError("Please finish correcting this mask first.", stage)
        if assignment.version == 0:
            raise StageError("This mask was not corrected: there is nothing to rate again.", stage)
        revision, allow_back = assignment.second_revision, self._study.allow_back
        given = checked_answers(answers, self._asked, base_revision, revision, allow_back)
        fingerprint = self._study.instrument.fingerprint()
        try:
            return self._store.second_readings.add(
                code, base_revision + 1, version, given, fingerprint, at or self._now()
            )
        except RevisionTaken as error:
            raise AlreadySubmitted("This mask was already rated in another window.") from error
        except Superseded as error:
            raise AlreadySubmitted(_CORRECTED_FURTHER) from error
        except NotStored as error:
            raise NotSaved from error
