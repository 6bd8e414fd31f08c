"""The instrument: the form that a rater fills in for every blinded mask."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Literal, TypeVar

_T = TypeVar("_T")


class ItemKind(StrEnum):
    """How an item is answered."""

    LEVELS = "levels"  # one of several ordered levels
    SLIDER = "slider"  # a whole number from the first level to the last
    CHOICE = "choice"  # one of several unordered levels
    MULTIPLE = "multiple"  # any number of levels, none included
    TEXT = "text"  # free text


ORDERED_KINDS = frozenset({ItemKind.LEVELS, ItemKind.SLIDER})
"""The kinds whose answers are ratings, fit for agreement and correlation."""


class InstrumentError(ValueError):
    """An instrument that cannot be used, with one sentence for each problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Level:
    """One answer of an item: its number, its label and the anchor that says when to choose it."""

    value: int
    label: str
    anchor: str = ""


@dataclass(frozen=True)
class Item:
    """One question of the instrument.

    `best` names the end of the scale that stands for the best mask: the levels of an item with
    ``best="high"`` rise with quality. It is None (in a file "none") where the levels do not judge
    the mask, such as the rater's confidence.
    """

    id: str
    kind: ItemKind
    text: str
    levels: tuple[Level, ...] = ()
    per_structure: bool = False
    required: bool = True
    cannot_judge: bool = False
    best: Literal["high", "low"] | None = None

    def level(self, value: float) -> Level | None:
        """Give the level with this number, or None."""
        return next((level for level in self.levels if level.value == value), None)

    @property
    def bounds(self) -> tuple[int, int]:
        """Lowest and highest number of the levels."""
        values = [level.value for level in self.levels]
        return min(values), max(values)


@dataclass(frozen=True)
class Instrument:
    """The items of a study in the order in which they are asked."""

    name: str
    title: str
    items: tuple[Item, ...]

    def item(self, item_id: str) -> Item | None:
        """Give the item with this id, or None."""
        return next((item for item in self.items if item.id == item_id), None)

    def to_dict(self) -> dict[str, Any]:
        """Give the instrument as plain values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Instrument:
        """Build an instrument from plain values.

        Raises
        ------
        InstrumentError
            With every problem: an item without levels, a level number twice, an item id twice.
        """
        problems: list[str] = []
        items = tuple(_item_from(entry, problems) for entry in data.get("items", []))
        ids = [item.id for item in items]
        problems += [f"Item “{i}” stands twice: give each item its own id." for i in _twice(ids)]
        if not items:
            problems.append("The instrument has no items: add at least one [[items]] table.")
        if problems:
            raise InstrumentError(problems)
        return cls(str(data.get("name", "own")), str(data.get("title", "")), items)

    def fingerprint(self) -> str:
        """Give a digest that changes with any word of the instrument.

        It is stored with every reading, so that an answer can be shown to belong to exactly
        these questions.
        """
        text = json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _item_from(entry: dict[str, Any], problems: list[str]) -> Item:
    item_id = str(entry.get("id", ""))
    try:
        kind = ItemKind(entry.get("kind", ""))
    except ValueError:
        problems.append(
            f"Item “{item_id}” has the unknown kind “{entry.get('kind')}”: "
            f"use one of {', '.join(ItemKind)}."
        )
        kind = ItemKind.TEXT
    levels = tuple(
        Level(int(level["value"]), str(level["label"]), str(level.get("anchor", "")))
        for level in entry.get("levels", [])
    )
    if not item_id:
        problems.append("An item has no id: give it a short one such as “quality”.")
    if not entry.get("text"):
        problems.append(f"Item “{item_id}” has no text: write the question that raters read.")
    if kind is not ItemKind.TEXT and len(levels) < 2:
        problems.append(f"Item “{item_id}” has fewer than two levels.")
    problems += [
        f"Item “{item_id}” has level {value} twice." for value in _twice([v.value for v in levels])
    ]
    best = entry.get("best")
    if kind in ORDERED_KINDS and ("best" not in entry or best not in ("high", "low", "none", None)):
        problems.append(
            f'Item “{item_id}” does not say which end is best: add best = "high" or "low", '
            'or "none" where it does not judge the mask.'
        )
    return Item(
        id=item_id,
        kind=kind,
        text=str(entry.get("text", "")),
        levels=levels,
        per_structure=bool(entry.get("per_structure", False)),
        required=bool(entry.get("required", True)),
        cannot_judge=bool(entry.get("cannot_judge", False)),
        best=None if best == "none" else best,
    )


def _twice(values: list[_T]) -> list[_T]:
    return list(dict.fromkeys(v for v in values if values.count(v) > 1))
