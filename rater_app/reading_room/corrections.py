"""Corrections: the door to corrected masks. Drafts are replaced, versions only added."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from rater_app.core.assignment import Assignment
from rater_app.core.correction import CorrectionRule, Effort, Stage, stage_of
from rater_app.core.study import BlindedStudy
from rater_app.reading_room.correction_state import (
    CorrectionState,
    Kept,
    Saved,
    WorkingState,
    tag_of,
)
from rater_app.reading_room.draft_files import DraftFiles, MaskDraft
from rater_app.reading_room.errors import (
    Conflict,
    MaskNotSaved,
    NotConfirmed,
    NotReadableNow,
    StageError,
)
from rater_app.reading_room.own_readings import own_assignment
from rater_app.reading_room.stored_mask import SentMask, Voxels, packed_of, sha256_of, voxels_of
from rater_app.reading_room.stored_masks import StoredMasks
from rater_app.store import NotStored, ReadingStore, StoredCorrection, VersionTaken

DRAFTS = "drafts"

_LOCKS = 64
_ELSEWHERE = (
    "This mask was changed in another window. Nothing is lost: choose which of the two to keep."
)
_DRAFT_UNREADABLE = (
    "Unsaved work on this mask is kept, but cannot be read just now. Please try again in a moment, "
    "and tell your coordinator if this stays."
)


class Corrections:
    """The correcting of masks in one room.

    Every verb takes a rater's id and the code of one of their readings, and raises `NotThere` for
    any other code.
    """

    def __init__(
        self, folder: Path, study: BlindedStudy, store: ReadingStore, now: Callable[[], str]
    ) -> None:
        self._masks = StoredMasks(folder, study, store)
        self._drafts = DraftFiles(folder / DRAFTS)
        self._plan = study.plan
        self._allow_back = study.allow_back
        self._store = store
        self._now = now
        # Who replaces a draft must be the one whose tag was compared with it.
        self._locks = tuple(threading.Lock() for _ in range(_LOCKS))

    def expected_bytes(self, rater_id: str, code: str) -> int:
        """Give how many bytes the voxels of a reading's mask are."""
        return self._masks.candidate(own_assignment(self._store, rater_id, code)).size

    def working_state(self, rater_id: str, code: str) -> WorkingState:
        """Give what the rater goes on with.

        Raises
        ------
        StageError
            When the mask is not open for correcting.
        """
        with self._alone(code):
            assignment = own_assignment(self._store, rater_id, code)
            self._check_open(assignment)
            state = self._state(assignment)
            draft = state.draft
            packed = self._masks.volume(assignment, state.version, draft.packed if draft else None)
            return WorkingState(packed, state.tag, state.version, draft.effort if draft else None)

    def version_volume(self, rater_id: str, code: str, version: int) -> bytes:
        """Give a saved version (0: the candidate) as a whole NIfTI file in one gzip member.

        Raises
        ------
        NotThere
            When there is no such version.
        """
        return self._masks.volume(own_assignment(self._store, rater_id, code), version)

    def keep_draft(
        self, rater_id: str, code: str, sent: SentMask, tag: str, effort: Effort
    ) -> Kept:
        """Keep unsaved work in the place of what was kept before; it is on the disk then.

        Parameters
        ----------
        rater_id, code : str
            Whose work, and on which of their readings.
        sent : SentMask
            The voxels.
        tag : str
            The working state that the work began from. The same voxels again are welcome.
        effort : Effort
            What it took since the latest version.

        Raises
        ------
        Conflict
            When the working state is another one by now.
        StageError, WrongMask, MaskNotSaved
        """
        voxels = self._voxels(rater_id, code, sent)
        with self._alone(code):
            assignment = own_assignment(self._store, rater_id, code)
            self._check_open(assignment)
            state = self._state(assignment)
            sha256 = sha256_of(voxels)
            if not state.follows(tag, sha256):
                raise Conflict(_ELSEWHERE, state.tag, state.version)
            self._masks.changed(state, assignment, voxels)
            packed = packed_of(sent, voxels)
            draft = MaskDraft(code, state.version, sha256, effort, self._now(), packed)
            try:
                self._drafts.write(draft)
            except OSError as error:
                raise MaskNotSaved from error
            return Kept(tag_of(state.version, sha256), state.version, sha256)

    def drop_draft(self, rater_id: str, code: str) -> Kept:
        """Throw unsaved work away, and give the state that is saved."""
        with self._alone(code):
            assignment = own_assignment(self._store, rater_id, code)
            self._check_open(assignment)
            self._remove_draft(code)
            state = self._state(assignment)
            return Kept(state.tag, state.version, state.sha256)

    def save(
        self,
        rater_id: str,
        code: str,
        sent: SentMask,
        tag: str,
        effort: Effort,
        finish: bool = False,
        at: str = "",
        confirmed: bool = False,
    ) -> Saved:
        """Save a version; when this returns, it is stored for good, and the draft is gone.

        What equals the version before it is not stored again, nor is the same request twice.
        Parameters and errors are those of `keep_draft`; with `finish` the rater goes on with the
        version, which is stored with it or not at all. It was saved `at` this time, or now. Of the
        candidate as it was, `confirmed` is the rater's word that it needs no correction.

        Raises
        ------
        NotConfirmed
            As `finish`, when the voxels are those of the candidate.
        """
        voxels = self._voxels(rater_id, code, sent)
        with self._alone(code):
            assignment = own_assignment(self._store, rater_id, code)
            state = self._state(assignment)
            sha256 = sha256_of(voxels)
            repeated = state.is_repeated_save(tag, sha256)
            if not repeated and not state.follows(tag, sha256):
                self._check_open(assignment)
                raise Conflict(_ELSEWHERE, state.tag, state.version)
            if repeated or sha256 == state.saved_sha256:
                if finish:
                    # Who sends the saved voxels has seen the draft, and has done without it.
                    saved = replace(state, draft=None)
                    self._finish(assignment, saved, state.version, confirmed, at)
                elif not assignment.is_finished:
                    self._check_open(assignment)
                self._remove_draft(code)
                changed = state.latest.changed if repeated and state.latest else {}
                return Saved(tag_of(state.version, sha256), state.version, sha256, changed)
            self._check_open(assignment)
            stored = self._add(
                assignment,
                StoredCorrection(
                    code,
                    state.version + 1,
                    state.version,
                    sha256,
                    effort,
                    self._masks.changed(state, assignment, voxels),
                    at or self._now(),
                ),
                packed_of(sent, voxels),
                finish,
            )
            with suppress(OSError):  # its parent is no longer the latest version: it counts no more
                self._drafts.remove(code)
            return Saved(
                tag_of(stored.version, stored.sha256), stored.version, stored.sha256, stored.changed
            )

    def finish(self, rater_id: str, code: str, version: int, confirmed: bool, at: str = "") -> None:
        """Note that the rater goes on with a version (0: the mask as it was), `at` a time or now.

        Raises
        ------
        NotConfirmed
            When the study wants a correction, and the rater did not say that there is none to do.
        Conflict
            When it is not the latest version, or a draft has other voxels.
        StageError, MaskNotSaved
        """
        with self._alone(code):
            assignment = own_assignment(self._store, rater_id, code)
            self._finish(assignment, self._state(assignment), version, confirmed, at)

    def _finish(
        self, assignment: Assignment, state: CorrectionState, version: int, confirmed: bool, at: str
    ) -> None:
        stage = stage_of(assignment, self._plan)
        if stage in (Stage.RATE_AGAIN, Stage.DONE) and assignment.finished == version:
            return  # said already
        self._check_open(assignment)
        if version != state.version or state.sha256 != state.saved_sha256:
            raise Conflict(_ELSEWHERE, state.tag, state.version)
        if self._plan.rule is CorrectionRule.REQUIRED and version == 0 and not confirmed:
            raise NotConfirmed(
                "Please correct this mask, or confirm that it needs no correction.",
                state.tag,
                state.version,
            )
        try:
            now = at or self._now()
            self._store.corrections.finish(assignment.code, version, confirmed, now)
        except VersionTaken as taken:
            raise self._overtaken(assignment) from taken
        except NotStored as error:
            raise MaskNotSaved from error

    def _add(
        self,
        assignment: Assignment,
        correction: StoredCorrection,
        packed: bytes,
        finish: bool,
    ) -> StoredCorrection:
        try:
            return self._store.corrections.add(correction, packed, finish)
        except VersionTaken as taken:
            raise self._overtaken(assignment) from taken
        except NotStored as error:
            raise MaskNotSaved from error

    def _overtaken(self, assignment: Assignment) -> Conflict:
        """Tell of a version that another process saved since the state was read."""
        state = self._state(assignment)
        return Conflict(_ELSEWHERE, state.tag, state.version)

    def _check_open(self, assignment: Assignment) -> None:
        stage = stage_of(assignment, self._plan)
        if not self._plan.is_on:
            raise StageError("This study has no correcting of masks.", stage)
        if stage is Stage.RATE:
            raise StageError("Please rate this mask first: it is corrected after that.", stage)
        if stage is not Stage.CORRECT and not self._allow_back:
            raise StageError("This mask is finished, and the study allows no change.", stage)

    def _voxels(self, rater_id: str, code: str, sent: SentMask) -> Voxels:
        assignment = own_assignment(self._store, rater_id, code)
        return voxels_of(sent, self._masks.candidate(assignment).size)

    def _state(self, assignment: Assignment) -> CorrectionState:
        candidate = self._masks.candidate(assignment)
        latest = self._store.corrections.latest(assignment.code)
        try:
            draft = self._drafts.read(assignment.code)
        except OSError as error:
            raise NotReadableNow(_DRAFT_UNREADABLE) from error
        if draft is not None and draft.parent != (latest.version if latest else 0):
            draft = None
        return CorrectionState(candidate, latest, draft)

    def _remove_draft(self, code: str) -> None:
        try:
            self._drafts.remove(code)
        except OSError as error:
            raise MaskNotSaved from error

    @contextmanager
    def _alone(self, code: str) -> Iterator[None]:
        with self._locks[hash(code) % _LOCKS]:
            yield
