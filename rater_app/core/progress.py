"""Progress: where a rater stands in the order of their assignments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rater_app.core.assignment import Assignment
from rater_app.core.correction import RATING_ONLY, CorrectionPlan, Stage, stage_of

__all__ = ["Assignment", "Place", "Progress", "next_assignment", "place_of", "progress_of"]


@dataclass(frozen=True)
class Progress:
    """How many of a rater's readings are done."""

    done: int
    total: int

    @property
    def share(self) -> float:
        """Done readings as a share of all, 1 when there is nothing to do."""
        return self.done / self.total if self.total else 1.0


def progress_of(assignments: Sequence[Assignment], plan: CorrectionPlan = RATING_ONLY) -> Progress:
    """Count the done and all assignments of one rater."""
    return Progress(sum(_is_done(a, plan) for a in assignments), len(assignments))


def next_assignment(
    assignments: Sequence[Assignment], plan: CorrectionPlan = RATING_ONLY
) -> Assignment | None:
    """Give the first assignment in the order that is not done, or None."""
    left = [a for a in assignments if not _is_done(a, plan)]
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


def place_of(
    assignments: Sequence[Assignment],
    chosen: str | None,
    allow_back: bool,
    plan: CorrectionPlan = RATING_ONLY,
) -> Place:
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
    plan : CorrectionPlan
        What follows the rating; a reading is done when all of it is.
    """
    ordered = sorted(assignments, key=lambda a: a.position)
    undone = [place for place, a in enumerate(ordered) if not _is_done(a, plan)]
    frontier = undone[0] if undone else len(ordered)
    turned_to = (p for p, a in enumerate(ordered) if a.code == chosen and _is_done(a, plan))
    here = next(turned_to, frontier) if allow_back else frontier
    if here == len(ordered):
        return Place(None, None, None, None, progress_of(ordered, plan))
    later = next((place for place in undone if place > here), None)
    goes_on = allow_back and here < min(frontier, len(ordered) - 1)
    return Place(
        assignment=ordered[here],
        upcoming=None if later is None else ordered[later],
        back=ordered[here - 1] if allow_back and here > 0 else None,
        forward=ordered[here + 1] if goes_on else None,
        progress=progress_of(ordered, plan),
    )


def _is_done(assignment: Assignment, plan: CorrectionPlan) -> bool:
    return stage_of(assignment, plan) is Stage.DONE
