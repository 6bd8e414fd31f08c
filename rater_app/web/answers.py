"""Answers as widgets hold them, there and back; and which question the number keys answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rater_app.core.instrument import ItemKind
from rater_app.core.reading import Answer, Question

CANNOT_JUDGE = "cannot judge"


def to_answer(question: Question, held: Any) -> Answer:
    """Make an answer of what a widget holds; None and nothing chosen make an empty one."""
    item, structure = question.key
    if held is None:
        return Answer(item, structure)
    if held == CANNOT_JUDGE and question.item.kind is not ItemKind.TEXT:
        return Answer(item, structure, cannot_judge=True)
    if question.item.kind is ItemKind.TEXT:
        return Answer(item, structure, text=str(held))
    values = held if isinstance(held, (list, tuple)) else [held]
    return Answer(item, structure, values=tuple(int(value) for value in values))


def to_held(question: Question, answers: Sequence[Answer]) -> Any:
    """Give what the widget of a question should hold for these answers."""
    kind = question.item.kind
    answer = next((a for a in answers if a.key == question.key), Answer("", ""))
    if kind is ItemKind.TEXT:
        return answer.text
    if answer.cannot_judge:
        return CANNOT_JUDGE
    if kind is ItemKind.MULTIPLE:
        return list(answer.values)
    return answer.values[0] if answer.values else None


def keyed_question(asked: Sequence[Question], answers: Sequence[Answer]) -> int | None:
    """Say which question the number keys answer: the first open rating, otherwise the last.

    Returns
    -------
    int or None
        Its place among the questions; None when no question has levels.
    """
    rated = [i for i, question in enumerate(asked) if question.item.kind is ItemKind.LEVELS]
    done = {answer.key for answer in answers if not answer.is_empty}
    still_open = [i for i in rated if asked[i].key not in done]
    return next(iter(still_open or rated[-1:]), None)


def level_of_key(question: Question, key: int) -> int | None:
    """Give the level that a number key stands for: its own number, 0 being key 10 or level 0."""
    for value in (key, key % 10):
        if question.item.level(value):
            return value
    return None
