"""The rate page: one blinded mask in the viewer, and its form beside it."""

from __future__ import annotations

import streamlit as st

from rater_app.core.progress import Assignment
from rater_app.core.study import Rater
from rater_app.reading_room import OpenReading, ReadingRoom
from rater_app.web import session
from rater_app.web.case_view import show_case
from rater_app.web.form import show_form
from rater_app.web.plain_text import plain
from rater_app.web.submit import keep_draft, save_reading, show_submit, show_ways
from rater_app.web.thanks import show_thanks


def render(room: ReadingRoom, rater: Rater) -> None:
    """Show the reading that the address names, or else the next open one."""
    assignment = _chosen(room, rater) or room.next(rater.id)
    if assignment is None:
        show_thanks(room, rater)
        return
    reading = _opened(room, rater, assignment)

    def save() -> None:
        save_reading(room, rater, reading)

    left, right = st.columns([3, 1], gap="small")
    with left:
        pressed = show_case(room, rater, reading, on_submit=save)
    with right, st.container(key="side", gap="small"):
        _show_place(room, rater, reading)
        with st.container(key="form", gap="small"):
            answers = show_form(reading)
        with st.container(key="submit", gap="small"):
            keep_draft(room, rater, reading, answers)
            clicked = show_submit(reading, answers, save)
            show_ways(room, rater, reading)
    # After a restart of the server the first click of an open page finds no callback to run.
    if not session.take_submission() and (clicked or pressed.submit):
        save()
        st.rerun()


def _chosen(room: ReadingRoom, rater: Rater) -> Assignment | None:
    """Give the reading that the address names, if its turn has come."""
    code = session.chosen_reading()
    if code is None or not room.study.allow_back:
        return None
    here = next((a for a in room.assignments(rater.id) if a.code == code), None)
    return here if here and here.is_done else None


def _opened(room: ReadingRoom, rater: Rater, assignment: Assignment) -> OpenReading:
    if session.is_opened(assignment.code, assignment.revision):
        return room.look(assignment)
    return room.open(rater.id, assignment.code)


def _show_place(room: ReadingRoom, rater: Rater, reading: OpenReading) -> None:
    progress = room.progress(rater.id)
    here = f"Mask {reading.assignment.position} of {progress.total}"
    revising = " · your earlier answers" if reading.assignment.is_done else ""
    st.progress(progress.share, f"**{here}**{revising}")
    notice = session.take_notice()
    if notice:
        st.info(plain(notice))
