"""Progress: where a rater stands in the order of their assignments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Assignment:
    """One planned reading as its rater sees it: a blinding code with its place in the order.

    `revision` counts the submissions so far; 0 means that the reading is still to be done.
    """

    code: str
    rater: str
    mask: str
    replicate: int
    position: int
    revision: int = 0

    @property
    def is_done(self) -> bool:
        """Whether the reading was submitted at least once."""
        return self.revision > 0


@dataclass(frozen=True)
class Progress:
    """How many of a rater's readings are done."""

    done: int
    total: int

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to read."""
        return self.done == self.total

    @property
    def share(self) -> float:
        """Done readings as a share of all, 1 when there is nothing to do."""
        return self.done / self.total if self.total else 1.0


def progress_of(assignments: Sequence[Assignment]) -> Progress:
    """Count the done and all assignments of one rater."""
    return Progress(sum(a.is_done for a in assignments), len(assignments))


def next_assignment(assignments: Sequence[Assignment]) -> Assignment | None:
    """Give the first assignment in the order that is not done, or None."""
    left = [a for a in assignments if not a.is_done]
    return min(left, key=lambda a: a.position, default=None)


def neighbour(assignments: Sequence[Assignment], code: str, step: int) -> Assignment | None:
    """Give the assignment `step` places away from this one, or None beyond either end.

    A step forward ends at the first assignment that is not done: nobody reads ahead.
    """
    ordered = sorted(assignments, key=lambda a: a.position)
    here = next(i for i, a in enumerate(ordered) if a.code == code)
    there = here + step
    if not 0 <= there < len(ordered):
        return None
    if step > 0 and not all(a.is_done for a in ordered[:there]):
        return None
    return ordered[there]
