"""Nobody reaches the readings of others."""

from __future__ import annotations

from rater_app.core.assignment import Assignment
from rater_app.reading_room.errors import NotThere
from rater_app.store import ReadingStore


def own_assignment(store: ReadingStore, rater_id: str, code: str) -> Assignment:
    """Give a rater's assignment by its code.

    Raises
    ------
    NotThere
        When the code is none of the rater's readings.
    """
    assignment = store.assignment(rater_id, code)
    if assignment is None:
        raise NotThere("This reading is not one of yours.")
    return assignment
