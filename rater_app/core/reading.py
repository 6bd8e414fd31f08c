"""A reading: the answers of one rater for one blinded mask, what they lack, what keys answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rater_app.core.instrument import Instrument, Item, ItemKind
from rater_app.core.study import RatedStructure

LONGEST_TEXT = 2000
"""Characters that a comment may have."""


@dataclass(frozen=True)
class Question:
    """An item as it is asked: of the whole mask (no structure) or of one structure."""

    item: Item
    structure: RatedStructure | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Item id and structure name, the key of the answer."""
        return self.item.id, self.structure.name if self.structure else ""

    @property
    def text(self) -> str:
        """The words that the rater reads."""
        return f"{self.item.text} — {self.structure.title}" if self.structure else self.item.text


@dataclass(frozen=True)
class Answer:
    """The answer to one question: level numbers, a text, or that the rater cannot judge."""

    item: str
    structure: str = ""
    values: tuple[int, ...] = ()
    text: str = ""
    cannot_judge: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """Item id and structure name."""
        return self.item, self.structure

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been said."""
        return not (self.values or self.text.strip() or self.cannot_judge)

    def to_dict(self) -> dict[str, Any]:
        """Give the answer as plain values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Answer:
        """Build an answer from the plain values of `to_dict`."""
        return cls(**{**data, "values": tuple(data["values"])})


def questions(instrument: Instrument, structures: Sequence[RatedStructure]) -> tuple[Question, ...]:
    """List the questions of an instrument in the order in which they are asked."""
    asked: list[Question] = []
    for item in instrument.items:
        if item.per_structure and structures:
            asked += [Question(item, structure) for structure in structures]
        else:
            asked.append(Question(item))
    return tuple(asked)


def check_reading(answers: Sequence[Answer], asked: Sequence[Question]) -> tuple[str, ...]:
    """Say in plain sentences what keeps a reading from being submitted.

    Returns
    -------
    tuple of str
        One sentence for each missing or impossible answer; empty when all is well.
    """
    given = {answer.key: answer for answer in answers if not answer.is_empty}
    problems = []
    if len(given) < sum(not answer.is_empty for answer in answers):
        problems.append("A question was answered twice. Please reload the page.")
    for question in asked:
        problem = _problem(question, given.pop(question.key, None))
        if problem:
            problems.append(problem)
    problems += [
        f"There is no question “{item} {structure}”. Please reload the page."
        for item, structure in given
    ]
    return tuple(problems)


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


def _problem(question: Question, answer: Answer | None) -> str | None:
    item = question.item
    if answer is None:
        may_be_empty = not item.required or item.kind is ItemKind.MULTIPLE
        return None if may_be_empty else f"Please answer: {question.text}"
    if answer.cannot_judge:
        if answer.values:
            return f"Choose either a level or “cannot judge”: {question.text}"
        return None if item.cannot_judge else f"“Cannot judge” is no answer to: {question.text}"
    if item.kind is ItemKind.TEXT:
        return _text_problem(question, answer)
    if item.kind is ItemKind.SLIDER:
        low, high = item.bounds
        possible = len(answer.values) == 1 and low <= answer.values[0] <= high
    else:
        possible = all(item.level(value) for value in answer.values)
        possible &= item.kind is ItemKind.MULTIPLE or len(answer.values) == 1
        possible &= len(set(answer.values)) == len(answer.values)
    return None if possible else f"Please choose again: {question.text}"


def _text_problem(question: Question, answer: Answer) -> str | None:
    if len(answer.text) > LONGEST_TEXT:
        return f"Please keep it below {LONGEST_TEXT} characters: {question.text}"
    # A NUL or half a surrogate pair cannot be stored by every database.
    if "\0" in answer.text or any("\ud800" <= c <= "\udfff" for c in answer.text):
        return f"Please remove the unreadable characters: {question.text}"
    return None
