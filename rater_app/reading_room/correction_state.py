"""The states of a correction, and what is sent and answered about them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rater_app.core.correction import Effort
from rater_app.reading_room.draft_files import MaskDraft
from rater_app.reading_room.stored_mask import Candidate
from rater_app.store import StoredCorrection

_TAG = re.compile(r"([0-9]{1,9})-[0-9a-f]{16}")


@dataclass(frozen=True)
class WorkingState:
    """What a rater goes on with: the draft, or else the latest version, or else the candidate.

    `packed` is a whole NIfTI file as one gzip member; `tag` names this state and no other.
    """

    packed: bytes
    tag: str
    version: int
    effort: Effort | None

    @property
    def has_draft(self) -> bool:
        """Whether there is work that is not saved as a version."""
        return self.effort is not None


@dataclass(frozen=True)
class Kept:
    """The working state after a draft was kept or thrown away."""

    tag: str
    version: int
    sha256: str


@dataclass(frozen=True)
class Saved(Kept):
    """The version that holds what was sent, and what it changed."""

    changed: Mapping[int, tuple[int, int]]


@dataclass(frozen=True)
class CorrectionState:
    """What there is of a correction: the candidate, the latest version, the draft after it."""

    candidate: Candidate
    latest: StoredCorrection | None
    draft: MaskDraft | None

    @property
    def version(self) -> int:
        """The latest version."""
        return self.latest.version if self.latest else 0

    @property
    def saved_sha256(self) -> str:
        """The digest of the latest version's voxels."""
        return self.latest.sha256 if self.latest else self.candidate.sha256

    @property
    def sha256(self) -> str:
        """The digest of the voxels that the rater goes on with."""
        return self.draft.sha256 if self.draft else self.saved_sha256

    @property
    def tag(self) -> str:
        """The name of this state, and of no other."""
        return tag_of(self.version, self.sha256)

    def follows(self, tag: str, sha256: str) -> bool:
        """Whether somebody who saw the state of this tag may replace it with these voxels.

        An answer can be lost on its way: the same voxels again are no change by anybody else.
        """
        return tag == self.tag or (_version_of(tag) == self.version and sha256 == self.sha256)

    def is_repeated_save(self, tag: str, sha256: str) -> bool:
        """Whether these voxels were saved from the state before the latest version."""
        latest = self.latest
        if latest is None or self.draft is not None:
            return False
        return latest.sha256 == sha256 and _version_of(tag) == latest.parent


def tag_of(version: int, sha256: str) -> str:
    """Name a working state: the latest version, and the start of the voxels' digest."""
    return f"{version}-{sha256[:16]}"


def _version_of(tag: str) -> int | None:
    match = _TAG.fullmatch(tag)
    return int(match[1]) if match else None
