"""Answers as widgets hold them, there and back."""

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
