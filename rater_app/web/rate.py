"""The rate page: one blinded mask in the viewer, and beside it its form, or how to correct it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from rater_app.core.correction import Stage
from rater_app.core.progress import Assignment, Place, Progress
from rater_app.core.study import Rater
from rater_app.reading_room import OpenReading, ReadingRoom
from rater_app.web import session
from rater_app.web.case_view import show_case
from rater_app.web.correct import show_correcting
from rater_app.web.form import show_form
from rater_app.web.submit import keep_draft, save_reading, show_notice, show_submit, show_ways
from rater_app.web.thanks import show_thanks


def render(room: ReadingRoom, rater: Rater) -> None:
    """Show the reading that the address names, or else the next open one."""
    place = room.place(rater.id, session.chosen_reading())
    _tell_of_other_window(room, rater, place.assignment)
    if place.assignment is None:
        show_thanks(room.study, rater, place.progress)
        return
    reading = _opened(room, rater, place.assignment)

    def save() -> None:
        save_reading(room, rater, reading)

    left, right = st.columns([3, 1], gap="small")
    with left:
        pressed = show_case(
            room, rater, reading, place.upcoming, on_submit=save, on_corrected=_go_on
        )
    clicked = False
    with right, st.container(key="side", gap="small"):
        _show_place(reading, place.progress)
        if reading.stage is Stage.CORRECT:
            show_correcting(room.study, place)
        else:
            clicked = _ask(room, rater, reading, place, save)
    # After a restart of the server the first click of an open page finds no callback to run.
    if not session.take_submission() and (clicked or pressed.submit):
        save()
        st.rerun()


def _ask(
    room: ReadingRoom, rater: Rater, reading: OpenReading, place: Place, save: Callable[[], None]
) -> bool:
    """Show the form and the button, and say whether it was clicked."""
    with st.container(key="form", gap="small"):
        answers = show_form(reading)
    with st.container(key="submit", gap="small"):
        keep_draft(room, rater, reading, answers)
        clicked = show_submit(reading, answers, save)
        show_ways(room.study, place)
    return clicked


def _go_on() -> None:
    """Leave the correcting that the rater has ended: what comes next is in the store."""
    session.close_reading()
    session.choose_reading(None)


def _opened(room: ReadingRoom, rater: Rater, assignment: Assignment) -> OpenReading:
    here = (assignment.code, assignment.revision, str(room.stage(assignment)))
    if session.opened_reading() == here:
        return room.look(assignment)
    session.put_opened(*here)
    return room.open(rater.id, assignment.code)


def _tell_of_other_window(room: ReadingRoom, rater: Rater, now: Assignment | None) -> None:
    """Say why the page moves on when its reading was submitted elsewhere."""
    was = session.opened_reading()
    if was is None or (now and was[:2] == (now.code, now.revision)):
        return
    code, revision, _stage = was
    before = next((a for a in room.assignments(rater.id) if a.code == code), None)
    if before and before.revision > revision:
        session.put_notice(f"Mask {before.position} was already rated in another window.")
    session.close_reading()


def _show_place(reading: OpenReading, progress: Progress) -> None:
    here = f"**Mask {reading.assignment.position} of {progress.total}**"
    st.progress(progress.share, here + _stage_words(reading))
    show_notice()


def _stage_words(reading: OpenReading) -> str:
    if reading.stage is Stage.CORRECT:
        return " · correct it"
    again = " · rate the corrected mask" if reading.is_second else ""
    return again + (" · your earlier answers" if reading.base_revision else "")
