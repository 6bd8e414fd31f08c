"""A line from one end of a scale to the other, with no mark on it until the rater makes one."""

from __future__ import annotations

from rater_app.core.reading import Question
from rater_app.web.component import component, ignore

VALUE = "value"
"""The part of the component's state that holds the number."""


def line_scale(question: Question, held: int | None, key: str) -> None:
    """Ask for a whole number between the two ends of a scale; the session then holds it."""
    low, high = question.item.bounds
    ends = {level.value: level.label for level in question.item.levels}
    component("scale", "scale", js="scale.js", css="scale.css")(
        key=key,
        data={
            "label": question.text,
            "low": low,
            "high": high,
            "left": ends[low],
            "right": ends[high],
            "value": held,
        },
        default={VALUE: held},
        on_value_change=ignore,
    )
