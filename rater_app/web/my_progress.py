"""My progress: a rater's own readings, and the way back to each of them."""

from __future__ import annotations

import streamlit as st

from rater_app.core.correction import Stage
from rater_app.core.progress import Assignment, next_assignment, progress_of
from rater_app.core.study import Rater
from rater_app.reading_room import ReadingRoom
from rater_app.web import session

TILES = 200
"""Masks that are shown at a time: a browser grows slow over thousands of tiles."""


def render(room: ReadingRoom, rater: Rater, rate_page: st.Page) -> None:
    """Show how far the rater is, one tile a mask; a done one leads back to its answers."""
    assignments = room.assignments(rater.id)
    plan = room.study.plan
    progress, upcoming = progress_of(assignments, plan), next_assignment(assignments, plan)
    with st.container(key="page"):
        st.header("My progress")
        left = progress.total - progress.done
        # A mask that is rated but not yet corrected is not done.
        done = "done" if plan.is_on else "rated"
        st.progress(progress.share, f"**{progress.done} of {progress.total} masks {done}**")
        st.markdown(f"{left} to go." if left else "All done. Thank you.")
        if room.study.allow_back and progress.done:
            change = "correct it further" if plan.is_on else "change your answers"
            st.markdown(f"Choose a mask that is {done} to look at it again and {change}.")
        first = _first_shown(progress.total, upcoming)
        with st.container(key="board", horizontal=True, gap="xsmall"):
            for assignment in assignments[first : first + TILES]:
                is_done = room.stage(assignment) is Stage.DONE
                _show_tile(assignment, is_done, rate_page, upcoming, room.study.allow_back)


def _first_shown(total: int, upcoming: Assignment | None) -> int:
    """Let the rater choose a part where there are more; at first that of the next mask."""
    if total <= TILES:
        return 0
    parts = range(0, total, TILES)
    here = (upcoming.position - 1) // TILES if upcoming else 0
    chosen = st.segmented_control(
        "Masks",
        parts,
        default=parts[here],
        format_func=lambda first: f"{first + 1} to {min(first + TILES, total)}",
    )
    return parts[here] if chosen is None else chosen


def _show_tile(
    assignment: Assignment,
    is_done: bool,
    rate_page: st.Page,
    upcoming: Assignment | None,
    allow_back: bool,
) -> None:
    number = str(assignment.position)
    is_next = upcoming is not None and upcoming.code == assignment.code
    if is_next:
        st.page_link(rate_page, label=f"**{number} next**")
    elif not is_done:
        st.page_link(rate_page, label=number, disabled=True)
    elif allow_back:
        changed = " changed" if assignment.revision > 1 else ""
        changed += " corrected" if assignment.version else ""
        st.page_link(
            rate_page,
            label=f"{number} ✓{changed}",
            query_params=session.address_of(assignment.code),
        )
    else:
        st.page_link(rate_page, label=f"{number} ✓", disabled=True)
