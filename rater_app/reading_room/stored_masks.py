"""StoredMasks: the candidates and the versions of a room, and what a new one changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rater_app.core.assignment import Assignment
from rater_app.core.correction import changed_voxels, present_labels
from rater_app.core.study import BlindedStudy
from rater_app.reading_room.correction_state import CorrectionState
from rater_app.reading_room.errors import NotReadableNow, NotThere, WrongMask
from rater_app.reading_room.stored_mask import Candidate, DamagedMask, Voxels, unpack, with_header
from rater_app.store import ReadingStore

VOLUMES = "volumes"


class StoredMasks:
    """The masks of one room."""

    def __init__(self, folder: Path, study: BlindedStudy, store: ReadingStore) -> None:
        self._volumes = folder / VOLUMES
        self._files = {mask.code: mask.volume for mask in study.masks}
        self._labels = frozenset(label.value for label in study.labels) | {0}
        self._store = store
        self._known: dict[str, Candidate] = {}

    def candidate(self, assignment: Assignment) -> Candidate:
        """Give what is known of the candidate mask of an assignment.

        Raises
        ------
        NotReadableNow
            When its file is damaged or away.
        """
        known = self._known.get(assignment.mask)
        if known is None:
            with _readable():
                known = Candidate.read(self._volumes / self._files[assignment.mask])
            self._known[assignment.mask] = known
        return known

    def volume(self, assignment: Assignment, version: int, draft: bytes | None = None) -> bytes:
        """Give a version of a mask, or a draft after it, as a NIfTI file in one gzip member.

        Raises
        ------
        NotThere
            When there is no such version.
        """
        candidate = self.candidate(assignment)
        if draft is None and version == 0:
            with _readable():
                return candidate.path.read_bytes()
        packed = draft or self._store.corrections.voxels(assignment.code, version)
        if packed is None:
            raise NotThere("There is no such version of this mask.")
        return with_header(candidate.header, packed)

    def changed(
        self, state: CorrectionState, assignment: Assignment, voxels: Voxels
    ) -> Mapping[int, tuple[int, int]]:
        """Count the voxels that each label gained and lost since the latest version.

        Raises
        ------
        WrongMask
            When a label is neither one of the study's nor one of the candidate's.
        """
        candidate = state.candidate
        before = self._saved_voxels(state, assignment)
        changed = changed_voxels(candidate.array(before), candidate.array(voxels))
        gained = {label for label, (added, _) in changed.items() if added}
        strange = gained - self._labels
        if strange:  # a candidate may hold what a long legend leaves out
            with _readable():
                strange -= present_labels(candidate.array(candidate.voxels()))
        if strange:
            named = ", ".join(map(str, sorted(strange)[:8]))
            raise WrongMask(f"The mask that arrived has labels that this study lacks: {named}.")
        return changed

    def _saved_voxels(self, state: CorrectionState, assignment: Assignment) -> Voxels:
        if state.version == 0:
            with _readable():
                return state.candidate.voxels()
        packed = self._store.corrections.voxels(assignment.code, state.version)
        assert packed is not None  # rows are never removed
        return unpack(packed, state.candidate.size)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (OSError, DamagedMask) as error:
        raise NotReadableNow(
            "The stored image of this mask cannot be read. Please tell your coordinator."
        ) from error
