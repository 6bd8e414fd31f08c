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


@dataclass(frozen=True)
class Place:
    """Where a rater stands: the reading in front of them, and what lies around it.

    `assignment` is None when all is read. `back` and `forward` are the readings that the rater may
    turn to, `upcoming` is the next one to be done after this one.
    """

    assignment: Assignment | None
    upcoming: Assignment | None
    back: Assignment | None
    forward: Assignment | None
    progress: Progress


def place_of(assignments: Sequence[Assignment], chosen: str | None, allow_back: bool) -> Place:
    """Find a rater's place among their assignments.

    Parameters
    ----------
    assignments : sequence of Assignment
        All of the rater's, in any order.
    chosen : str or None
        Code of an earlier reading that the rater turned to. Only one that is done counts, and only
        where the study allows going back: nobody reads ahead.
    allow_back : bool
        Whether raters may turn to earlier readings.
    """
    ordered = sorted(assignments, key=lambda a: a.position)
    undone = [place for place, a in enumerate(ordered) if not a.is_done]
    frontier = undone[0] if undone else len(ordered)
    turned_to = (p for p, a in enumerate(ordered) if a.code == chosen and a.is_done)
    here = next(turned_to, frontier) if allow_back else frontier
    if here == len(ordered):
        return Place(None, None, None, None, progress_of(ordered))
    later = next((place for place in undone if place > here), None)
    goes_on = allow_back and here < min(frontier, len(ordered) - 1)
    return Place(
        assignment=ordered[here],
        upcoming=None if later is None else ordered[later],
        back=ordered[here - 1] if allow_back and here > 0 else None,
        forward=ordered[here + 1] if goes_on else None,
        progress=progress_of(ordered),
    )
