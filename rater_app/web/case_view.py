"""The case of a reading in the viewer, and the keys that the viewer hears for the form."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from rater_app.core.correction import CorrectionRule, Stage
from rater_app.core.instrument import ItemKind
from rater_app.core.progress import Assignment
from rater_app.core.reading import keyed_question, level_of_key
from rater_app.core.study import Rater
from rater_app.reading_room import OpenReading, ReadingRoom
from rater_app.web import session
from rater_app.web.corrections import correction_url
from rater_app.web.form import given_answers, put_answer
from rater_app.web.viewer import (
    VIEWER_KEY,
    Channel,
    Editing,
    Log,
    ShownCase,
    ViewerKeys,
    viewer_keys,
    volume_viewer,
)
from rater_app.web.viewing import viewing_url
from rater_app.web.volumes import volume_url

TALLEST_VIEWER_PX = 1600
"""The style sheet cuts the viewer down to the height of the window."""


def show_case(
    room: ReadingRoom,
    rater: Rater,
    reading: OpenReading,
    upcoming: Assignment | None,
    on_submit: Callable[[], None],
    on_corrected: Callable[[], None],
) -> ViewerKeys:
    """Show the images with the mask; the number keys answer the form."""
    code = reading.assignment.code

    def pressed() -> ViewerKeys:
        reports = (session.part(VIEWER_KEY, name) for name in ("rate", "submit"))
        return viewer_keys(code, *reports)

    def answer_by_key() -> None:
        key = pressed().rate
        if key is not None:
            _answer_by_key(reading, key)

    def submit_by_key() -> None:
        if pressed().submit:
            on_submit()

    def end_correcting() -> None:
        ended = session.part(VIEWER_KEY, "corrected")
        if ended and ended["case"] == code:
            on_corrected()

    return volume_viewer(
        _shown_case(room, rater, reading, upcoming),
        on_rate=answer_by_key,
        on_submit=submit_by_key,
        on_corrected=end_correcting,
    )


def _shown_case(
    room: ReadingRoom, rater: Rater, reading: OpenReading, upcoming: Assignment | None
) -> ShownCase:
    study, code = room.study, reading.assignment.code
    candidate = volume_url(code, "mask")
    corrects = reading.stage is Stage.CORRECT
    corrected = correction_url(code, None if corrects else reading.version)
    return ShownCase(
        code=code,
        channels=[
            Channel(name, volume_url(code, part)) for part, name in enumerate(reading.case.channels)
        ],
        mask_url=candidate if reading.stage is Stage.RATE else corrected,
        # Who rates a corrected mask judges it by itself, as it was judged before.
        second_mask_url=candidate if corrects else None,
        mask_names=("Corrected", "As it came"),
        labels=study.labels,
        prefetch=[volume_url(upcoming.code, part) for part in (0, "mask")] if upcoming else [],
        ct=study.ct,
        height_px=TALLEST_VIEWER_PX,
        rating_keys=0 if corrects else _rating_keys(reading),
        reader=_reader(room, rater),
        editing=Editing(corrected, candidate, study.plan.rule is CorrectionRule.REQUIRED)
        if corrects
        else None,
        log=Log(viewing_url(code), reading.stage) if study.viewing_log else None,
    )


def _reader(room: ReadingRoom, rater: Rater) -> str:
    """Mark a rater without a name: what a browser keeps must tell nobody who was there."""
    secret = room.session_secret().encode()
    return hmac.new(secret, rater.id.encode(), "sha256").hexdigest()[:12]


def _rating_keys(reading: OpenReading) -> int:
    rated = [q.item for q in reading.questions if q.item.kind is ItemKind.LEVELS]
    numbers = {level.value for item in rated for level in item.levels}
    return 10 if 0 in numbers else min(max(numbers, default=0), 10)


def _answer_by_key(reading: OpenReading, key: int) -> None:
    place = keyed_question(reading.questions, given_answers(reading))
    level = None if place is None else level_of_key(reading.questions[place], key)
    if place is not None and level is not None:
        put_answer(reading, place, level)
