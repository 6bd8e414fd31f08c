"""The case of a reading in the viewer, and the keys that the viewer hears for the form."""

from __future__ import annotations

from collections.abc import Callable

from rater_app.core.instrument import ItemKind
from rater_app.core.progress import Assignment
from rater_app.core.reading import keyed_question, level_of_key
from rater_app.core.study import BlindedStudy
from rater_app.reading_room import OpenReading
from rater_app.web import session
from rater_app.web.form import given_answers, put_answer
from rater_app.web.viewer import (
    VIEWER_KEY,
    Channel,
    ShownCase,
    ViewerKeys,
    viewer_keys,
    volume_viewer,
)
from rater_app.web.volumes import volume_url

TALLEST_VIEWER_PX = 1600
"""The style sheet cuts the viewer down to the height of the window."""


def show_case(
    study: BlindedStudy,
    reading: OpenReading,
    upcoming: Assignment | None,
    on_submit: Callable[[], None],
) -> ViewerKeys:
    """Show the images with the mask; the number keys answer the form."""
    code = reading.assignment.code
    prefetch = [volume_url(upcoming.code, part) for part in (0, "mask")] if upcoming else []

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

    names = reading.case.channels
    shown = ShownCase(
        code=code,
        channels=[Channel(name, volume_url(code, part)) for part, name in enumerate(names)],
        mask_url=volume_url(code, "mask"),
        labels=study.labels,
        prefetch=prefetch,
        ct=study.ct,
        height_px=TALLEST_VIEWER_PX,
        rating_keys=_rating_keys(reading),
    )
    return volume_viewer(shown, on_rate=answer_by_key, on_submit=submit_by_key)


def _rating_keys(reading: OpenReading) -> int:
    rated = [q.item for q in reading.questions if q.item.kind is ItemKind.LEVELS]
    numbers = {level.value for item in rated for level in item.levels}
    return 10 if 0 in numbers else min(max(numbers, default=0), 10)


def _answer_by_key(reading: OpenReading, key: int) -> None:
    place = keyed_question(reading.questions, given_answers(reading))
    level = None if place is None else level_of_key(reading.questions[place], key)
    if place is not None and level is not None:
        put_answer(reading, place, level)
