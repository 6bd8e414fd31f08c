"""Deliveries: what desks send goes into the store once, whenever and however often it arrives."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

from rater_app.core.reading import Answer
from rater_app.core.submission import Outcome, Receipt, Step, Submission
from rater_app.reading_room.corrections import Corrections
from rater_app.reading_room.errors import (
    AlreadySubmitted,
    Conflict,
    NotConfirmed,
    NotSaved,
    RoomError,
    StageError,
    WrongMask,
)
from rater_app.reading_room.own_readings import own_assignment
from rater_app.reading_room.stored_mask import SentMask, sha256_of, voxels_of
from rater_app.reading_room.stored_masks import StoredMasks
from rater_app.store import NotStored, ReadingStore, StoredDelivery

_CHANGED_INPUT = (
    "The mask that this correction began from is not the one that the study gave out: it was "
    "changed on its way. The correction was not taken."
)
_DAMAGED = "The mask arrived damaged. Please save it again."
_OTHER_GRID = "The mask that arrived lies on another grid than its image."
_ID_TWICE = "Another submission has this number already. Please save again."


class Submit(Protocol):
    """How a rating of the candidate is submitted: see `ReadingRoom.submit`."""

    def __call__(
        self,
        rater_id: str,
        code: str,
        answers: tuple[Answer, ...],
        base_revision: int,
        *,
        at: str,
    ) -> object:
        """Store it for good."""


class SubmitAgain(Protocol):
    """How a rating of a corrected mask is submitted: see `SecondReadings.submit`."""

    def __call__(
        self,
        rater_id: str,
        code: str,
        answers: tuple[Answer, ...],
        base_revision: int,
        version: int,
        *,
        at: str,
    ) -> object:
        """Store it for good."""


class Deliveries:
    """What desks have sent to one room."""

    def __init__(
        self,
        store: ReadingStore,
        masks: StoredMasks,
        corrections: Corrections,
        submit: Submit,
        submit_again: SubmitAgain,
        now: Callable[[], str],
    ) -> None:
        self._store = store
        self._masks = masks
        self._corrections = corrections
        self._submit = submit
        self._submit_again = submit_again
        self._now = now

    def deliver(self, rater_id: str, submission: Submission, voxels: bytes | None) -> Receipt:
        """Store a submission; when this returns, it is kept for good.

        The desk's clock counts, but nothing is submitted later than now. Where another window was
        faster, what it stored stays as it is, and the submission is kept beside it, whole.

        Parameters
        ----------
        rater_id : str
            Whose desk sends it.
        submission : Submission
            What was ended. The same one again is answered as it was the first time.
        voxels : bytes or None
            The corrected mask as one gzip member.

        Raises
        ------
        NotComplete, WrongMask, RoomError
            When it can never be stored.
        NotSaved, MaskNotSaved, NotReadableNow
            When it may go well later.
        NotThere
            When the code is none of the rater's readings.
        """
        own_assignment(self._store, rater_id, submission.code)
        details = json.loads(json.dumps(submission.to_dict()))
        before = self._store.deliveries.get(submission.id)
        if before is None:
            before = self._store_now(rater_id, submission, voxels, details)
        if before.details != details:
            raise RoomError(_ID_TWICE)
        return Receipt(submission.id, Outcome(before.outcome), before.problem)

    def _store_now(
        self, rater_id: str, submission: Submission, voxels: bytes | None, details: dict[str, Any]
    ) -> StoredDelivery:
        """Store what was ended, and then that it arrived: after a crash between, both again."""
        outcome, problem, kept = Outcome.STORED, "", None
        now = self._now()
        at = min(submission.submitted_at, now)
        try:
            self._store.add_opening(submission.code, min(submission.opened_at, at))
            self._take(rater_id, submission, voxels, at)
        except NotConfirmed:
            raise
        except (AlreadySubmitted, Conflict, StageError) as error:
            outcome, problem = Outcome.SET_ASIDE, str(error)
            kept = voxels if submission.step is Step.CORRECTION else None
        except NotStored as error:
            raise NotSaved from error
        delivery = StoredDelivery(
            submission.id,
            submission.code,
            submission.step.value,
            outcome.value,
            problem,
            submission.host,
            details,
            now,
        )
        try:
            return self._store.deliveries.add(delivery, kept)
        except NotStored as error:
            raise NotSaved from error

    def _take(self, rater_id: str, submission: Submission, voxels: bytes | None, at: str) -> None:
        code, answers, base = submission.code, submission.answers, submission.base_revision
        if submission.step is Step.RATING:
            self._submit(rater_id, code, answers, base, at=at)
        elif submission.step is Step.SECOND_RATING:
            self._submit_again(rater_id, code, answers, base, submission.version, at=at)
        else:
            self._correct(rater_id, submission, voxels, at)

    def _correct(
        self, rater_id: str, submission: Submission, voxels: bytes | None, at: str
    ) -> None:
        code, tag = submission.code, submission.tag
        self._check_mask(rater_id, submission, voxels)
        if voxels is None:
            version = int(tag.partition("-")[0])
            self._corrections.finish(rater_id, code, version, submission.confirmed, at)
        else:
            self._corrections.save(
                rater_id,
                code,
                SentMask(voxels),
                tag,
                submission.effort,
                finish=True,
                at=at,
                confirmed=submission.confirmed,
            )

    def _check_mask(self, rater_id: str, submission: Submission, voxels: bytes | None) -> None:
        """Compute the digests anew, and refuse what is not what the desk says it is."""
        candidate = self._masks.candidate(own_assignment(self._store, rater_id, submission.code))
        if submission.shape != candidate.shape:
            raise WrongMask(_OTHER_GRID)
        version, _, start = submission.tag.partition("-")
        known = {0: candidate.sha256}
        known |= {v.version: v.sha256 for v in self._store.corrections.versions(submission.code)}
        saved = known.get(int(version or -1), "")
        # A draft is replaced by the next one: of what it was, the tag alone is left.
        whole = saved if saved.startswith(start) else submission.input_sha256
        if not start or submission.input_sha256 != whole or not whole.startswith(start):
            raise WrongMask(_CHANGED_INPUT)
        if voxels is None and submission.changes_mask:
            raise WrongMask(_DAMAGED)
        sent = None if voxels is None else voxels_of(SentMask(voxels), candidate.size)
        if sent is not None and sha256_of(sent) != submission.output_sha256:
            raise WrongMask(_DAMAGED)
