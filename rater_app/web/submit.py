"""Submitting a reading: the button, what is still missing, drafts, and the ways back and forth."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st

from rater_app.core.progress import Assignment, Place
from rater_app.core.reading import Answer, check_reading
from rater_app.core.study import BlindedStudy, Rater
from rater_app.reading_room import (
    AlreadySubmitted,
    NotComplete,
    OpenReading,
    ReadingRoom,
    RoomError,
)
from rater_app.web import session
from rater_app.web.form import given_answers
from rater_app.web.plain_text import plain

LEFTOVER_CLICK_S = 1.0
"""An untouched form that is submitted so soon was hit by the rest of a double click."""

_log = logging.getLogger(__name__)


def save_reading(room: ReadingRoom, rater: Rater, reading: OpenReading) -> None:
    """Submit what the form holds; what goes wrong is kept to be shown beside the form."""
    code = reading.assignment.code
    session.note_submission()
    given = given_answers(reading)
    try:
        _store(room, rater, reading, given)
    except NotComplete:
        if given or session.seconds_open() > LEFTOVER_CLICK_S:
            session.put_failure(code, "")
    except AlreadySubmitted as error:
        session.close_reading()
        session.put_notice(str(error))
        session.choose_reading(None)
    except RoomError as error:
        _log.warning("A reading was not saved.", exc_info=error)
        session.put_failure(code, str(error))
    else:
        session.close_reading()
        if reading.base_revision:
            session.put_notice(f"Your change to mask {reading.assignment.position} is stored.")
        session.choose_reading(None)


def _store(room: ReadingRoom, rater: Rater, reading: OpenReading, given: Sequence[Answer]) -> None:
    code, base = reading.assignment.code, reading.base_revision
    if reading.is_second:
        room.submit_again(rater.id, code, given, base, reading.version)
    else:
        room.submit(rater.id, code, given, base)


def show_notice() -> None:
    """Show the sentence that was kept for this page, if there is one."""
    notice = session.take_notice()
    if notice:
        st.info(plain(notice))


def keep_draft(
    room: ReadingRoom, rater: Rater, reading: OpenReading, answers: Sequence[Answer]
) -> None:
    """Keep what was answered so far in the store."""
    if answers == reading.answers:
        return
    try:
        if reading.is_second:
            room.save_draft_again(rater.id, reading.assignment.code, answers, reading.version)
        else:
            room.save_draft(rater.id, reading.assignment.code, answers)
    except RoomError as error:
        # A draft is a comfort: without it the rater can still go on and submit.
        _log.warning("A draft was not kept.", exc_info=error)
        st.warning("Your answers could not be kept for later. Please submit before you leave.")


def show_submit(reading: OpenReading, answers: Sequence[Answer], save: Callable[[], None]) -> bool:
    """Show what is missing and the button; say whether it was clicked."""
    assignment = reading.assignment
    failure = session.failure(assignment.code)
    if failure is not None:
        missing = check_reading(answers, reading.questions)
        problems = [plain(problem) for problem in (failure, *missing) if problem]
        if problems:
            st.error("\n\n".join(problems))
    return st.button(
        "Submit the change" if reading.base_revision else "Submit and go on",
        key=f"submit-{assignment.code}-{reading.mark}",
        type="primary",
        width="stretch",
        on_click=save,
    )


def show_ways(study: BlindedStudy, place: Place, keys: str = "Ctrl + Enter submits") -> None:
    """Offer the readings before and after this one, where the study allows it."""
    with st.container(key="ways", horizontal=True, horizontal_alignment="distribute"):
        if study.allow_back:
            _show_way(place, place.back, "Back", "left")
        st.caption(keys)
        if study.allow_back:
            _show_way(place, place.forward, "Forward", "right")


def _show_way(
    place: Place, there: Assignment | None, text: str, side: Literal["left", "right"]
) -> None:
    here = place.assignment.code if place.assignment else ""
    st.button(
        text,
        key=f"{text}-{here}",
        icon=":material/arrow_back:" if side == "left" else ":material/arrow_forward:",
        icon_position=side,
        type="tertiary",
        disabled=there is None,
        on_click=session.choose_reading,
        args=(there.code if there else None,),
    )
