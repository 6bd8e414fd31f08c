"""The rate page: one blinded mask in the viewer, and its form beside it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st

from rater_app.core.instrument import ItemKind
from rater_app.core.progress import Assignment
from rater_app.core.reading import Answer, check_reading
from rater_app.core.study import Rater
from rater_app.reading_room import (
    AlreadySubmitted,
    NotComplete,
    OpenReading,
    ReadingRoom,
    RoomError,
)
from rater_app.web import session
from rater_app.web.answers import keyed_question, level_of_key
from rater_app.web.form import given_answers, put_answer, show_form
from rater_app.web.plain_text import plain
from rater_app.web.thanks import show_thanks
from rater_app.web.viewer import VIEWER_KEY, Channel, Label, ViewerKeys, volume_viewer
from rater_app.web.volumes import volume_url

TALLEST_VIEWER_PX = 1600
"""The style sheet cuts the viewer down to the height of the window."""

_NOT_SAVED = (
    "NOT saved. The study's store could not be written. Your answers are still here: please "
    "submit again, and tell your coordinator if this stays."
)

_log = logging.getLogger(__name__)


def render(room: ReadingRoom, rater: Rater) -> None:
    """Show the reading that the address names, or else the next open one."""
    assignment = _chosen(room, rater) or room.next(rater.id)
    if assignment is None:
        show_thanks(room, rater)
        return
    reading = _opened(room, rater, assignment)

    def save() -> None:
        _save(room, rater, reading)

    left, right = st.columns([3, 1], gap="small")
    with left:
        pressed = _show_viewer(room, rater, reading, on_submit=save)
    with right, st.container(key="side", gap="small"):
        _show_place(room, rater, reading)
        with st.container(key="form", gap="small"):
            answers = show_form(reading)
        with st.container(key="submit", gap="small"):
            clicked = _show_submit(reading, answers, save)
            _show_ways(room, rater, reading)
    if answers != reading.answers:
        room.save_draft(rater.id, assignment.code, answers)
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


def _show_viewer(
    room: ReadingRoom, rater: Rater, reading: OpenReading, on_submit: Callable[[], None]
) -> ViewerKeys:
    code = reading.assignment.code
    upcoming = room.upcoming(rater.id, code)
    prefetch = [volume_url(upcoming.code, part) for part in (0, "mask")] if upcoming else []

    def answer_by_key() -> None:
        key = session.part(VIEWER_KEY, "rate")
        if key is not None:
            _answer_by_key(reading, int(key))

    return volume_viewer(
        code,
        [Channel(name, volume_url(code, i)) for i, name in enumerate(reading.case.channels)],
        volume_url(code, "mask"),
        [Label(label.value, label.name, label.color) for label in room.study.labels],
        prefetch=prefetch,
        ct=room.study.ct,
        height=TALLEST_VIEWER_PX,
        rating_keys=_rating_keys(reading),
        on_rate=answer_by_key,
        on_submit=on_submit,
    )


def _rating_keys(reading: OpenReading) -> int:
    rated = [q.item for q in reading.questions if q.item.kind is ItemKind.LEVELS]
    numbers = {level.value for item in rated for level in item.levels}
    return 10 if 0 in numbers else min(max(numbers, default=0), 10)


def _answer_by_key(reading: OpenReading, key: int) -> None:
    place = keyed_question(reading.questions, given_answers(reading))
    level = None if place is None else level_of_key(reading.questions[place], key)
    if place is not None and level is not None:
        put_answer(reading, place, level)


def _show_place(room: ReadingRoom, rater: Rater, reading: OpenReading) -> None:
    progress = room.progress(rater.id)
    here = f"Mask {reading.assignment.position} of {progress.total}"
    revising = " · your earlier answers" if reading.assignment.is_done else ""
    st.progress(progress.share, f"**{here}**{revising}")
    notice = session.take_notice()
    if notice:
        st.info(plain(notice))


def _show_submit(reading: OpenReading, answers: Sequence[Answer], save: Callable[[], None]) -> bool:
    assignment = reading.assignment
    failure = session.failure(assignment.code)
    if failure is not None:
        missing = check_reading(answers, reading.questions)
        problems = [plain(problem) for problem in (failure, *missing) if problem]
        if problems:
            st.error("\n\n".join(problems))
    return st.button(
        "Submit the change" if assignment.is_done else "Submit and go on",
        key=f"submit-{assignment.code}-{assignment.revision}",
        type="primary",
        width="stretch",
        on_click=save,
    )


def _show_ways(room: ReadingRoom, rater: Rater, reading: OpenReading) -> None:
    """Offer the readings before and after this one, where the study allows it."""
    with st.container(key="ways", horizontal=True, horizontal_alignment="distribute"):
        if room.study.allow_back:
            _show_way(room, rater, reading, -1, "Back", "left")
        st.caption("Ctrl + Enter submits")
        if room.study.allow_back:
            _show_way(room, rater, reading, 1, "Forward", "right")


def _show_way(
    room: ReadingRoom,
    rater: Rater,
    reading: OpenReading,
    step: int,
    text: str,
    side: Literal["left", "right"],
) -> None:
    there = room.neighbour(rater.id, reading.assignment.code, step)
    st.button(
        text,
        key=f"{text}-{reading.assignment.code}",
        icon=":material/arrow_back:" if side == "left" else ":material/arrow_forward:",
        icon_position=side,
        type="tertiary",
        disabled=there is None,
        on_click=session.choose_reading,
        args=(there.code if there else None,),
    )


def _save(room: ReadingRoom, rater: Rater, reading: OpenReading) -> None:
    """Submit what the form holds; what goes wrong is kept to be shown beside the form."""
    code = reading.assignment.code
    session.note_submission()
    try:
        room.submit(rater.id, code, given_answers(reading), reading.base_revision)
    except NotComplete:
        session.put_failure(code, "")
    except AlreadySubmitted as error:
        session.put_notice(str(error))
        session.choose_reading(None)
    except RoomError as error:
        session.put_failure(code, str(error))
    except Exception:
        # Whatever the store's trouble is, the rater must learn that nothing was saved.
        _log.exception("A reading was not saved.")
        session.put_failure(code, _NOT_SAVED)
    else:
        if reading.assignment.is_done:
            session.put_notice(f"Your change to mask {reading.assignment.position} is stored.")
        session.choose_reading(None)
