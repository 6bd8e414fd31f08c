"""An assignment: one planned reading, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Assignment:
    """One planned reading as its rater sees it: a blinding code with its place in the order.

    `revision` counts the submissions so far; 0 means that the mask is still to be rated. The rest
    stays as it is where the study corrects no masks: `version` is the last saved correction (0 is
    the candidate mask), `finished` the version that the rater last went on with (None: with none),
    `second_revision` counts the ratings of corrected masks, and `second_version` is the version
    that the last of them judged.
    """

    code: str
    rater: str
    mask: str
    replicate: int
    position: int
    revision: int = 0
    version: int = 0
    finished: int | None = None
    second_revision: int = 0
    second_version: int = 0

    @property
    def is_done(self) -> bool:
        """Whether the reading was submitted at least once."""
        return self.revision > 0

    @property
    def is_finished(self) -> bool:
        """Whether the rater went on with the latest version of the mask."""
        return self.finished == self.version
