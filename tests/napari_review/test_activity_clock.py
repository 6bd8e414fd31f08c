"""Seconds at work and away, as the browser counts them."""

from __future__ import annotations

import pytest

from rater_app.napari_review.activity_clock import ActivityClock


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        ([], (0, 0)),
        ([5], (5, 0)),
        ([30], (30, 0)),
        ([40], (30, 10)),  # as the browser's own doc comment says
        ([20, 20, 20], (60, 0)),
        ([40, 40], (60, 20)),
        ([1000], (30, 970)),
    ],
)
def test_idle_begins_half_a_minute_after_the_last_input(
    pauses: list[float], expected: tuple[float, float]
) -> None:
    time = Time()
    clock = ActivityClock(time)
    for pause in pauses:
        time.now += pause
        clock.seconds()  # looking changes nothing
        clock.note()
    assert clock.seconds() == expected
