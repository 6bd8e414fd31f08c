"""What a hand-over says about its study: instrument, structures, label scheme (`study.json`)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HANDOVER_FORMAT = 1
"""Layout of study.json; export writes it, and load_handover asks for it."""
ITEM_KINDS = ("levels", "slider", "choice", "multiple", "text")
RATED_KINDS = ("levels", "slider")
SLIDER_RANGE = (0.0, 100.0)


@dataclass(frozen=True)
class Level:
    """One answer of an item, with the sentence that anchors it."""

    value: float
    label: str
    anchor: str


@dataclass(frozen=True)
class Item:
    """One question of the instrument.

    `best` says which end of the levels is good ("high", "low"), or None where neither is.
    """

    id: str
    kind: str
    text: str
    per_structure: bool
    required: bool
    best: str | None
    levels: tuple[Level, ...]

    @property
    def is_rated(self) -> bool:
        """True where an answer is a number on an ordered scale (levels or slider)."""
        return self.kind in RATED_KINDS

    @property
    def judges_mask(self) -> bool:
        """True where the levels say how good a mask is; only these are related to metrics."""
        return self.is_rated and self.best is not None

    @property
    def level_values(self) -> tuple[float, ...] | None:
        """The numbers of all levels, from lowest to highest; None for a slider or a choice."""
        if self.kind == "choice" or not self.levels:
            return None
        return tuple(sorted(float(level.value) for level in self.levels))

    def allows(self, value: float) -> bool:
        """Tell whether `value` is one of the levels, or lies on the slider."""
        if self.kind == "slider":
            return SLIDER_RANGE[0] <= value <= SLIDER_RANGE[1]
        return not self.levels or any(value == level.value for level in self.levels)


@dataclass(frozen=True)
class StudyDescription:
    """The content of `study.json`; `document` keeps the whole of it as it was read."""

    title: str
    simulated: bool
    instrument_title: str
    items: tuple[Item, ...]
    scheme: Mapping[str, Any] | None
    structures: tuple[str, ...]
    document: Mapping[str, Any]

    def item(self, item_id: str) -> Item:
        """Return the item called `item_id`; KeyError when there is none."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise KeyError(item_id)


Complain = Callable[[str], None]


def read_description(path: Path, complain: Complain) -> StudyDescription | None:
    """Read `study.json`, passing every problem to `complain` as one plain sentence.

    Returns None when the file cannot be understood at all.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        complain("is missing; write the hand-over again with `rater-app export`")
        return None
    except (OSError, UnicodeDecodeError) as error:
        complain(f"cannot be read: {error}")
        return None
    except json.JSONDecodeError as error:
        complain(f"is not JSON (line {error.lineno}: {error.msg}); export it again")
        return None
    if not isinstance(document, dict):
        complain("must hold one JSON object")
        return None
    if document.get("format") != HANDOVER_FORMAT:
        complain(
            f"has format {document.get('format')!r}, but this version reads format "
            f"{HANDOVER_FORMAT}; export the study with the same version of rater-app"
        )
        return None
    return _description(document, complain)


def _description(document: dict[str, Any], complain: Complain) -> StudyDescription:
    instrument = document.get("instrument")
    if not isinstance(instrument, dict):
        complain("has no `instrument` object")
        instrument = {}
    items = _items(instrument.get("items"), complain)
    structures = document.get("structures", [])
    if not isinstance(structures, list) or not all(isinstance(name, str) for name in structures):
        complain("`structures` must be a list of names")
        structures = []
    if len(set(structures)) < len(structures):
        complain("`structures` names a structure twice")
    scheme = document.get("scheme")
    if scheme is not None and not isinstance(scheme, dict):
        complain("`scheme` must be an object or null")
        scheme = None
    if not isinstance(document.get("simulated", False), bool):
        complain("`simulated` must be true or false")
    return StudyDescription(
        title=str(document.get("title") or "Untitled study"),
        simulated=document.get("simulated") is True,
        instrument_title=str(instrument.get("title") or instrument.get("name", "")),
        items=items,
        scheme=scheme,
        structures=tuple(structures),
        document=document,
    )


def _items(listed: Any, complain: Complain) -> tuple[Item, ...]:
    if not isinstance(listed, list) or not listed:
        complain("the instrument has no list `items`")
        return ()
    items: dict[str, Item] = {}
    for number, entry in enumerate(listed, start=1):
        name = entry.get("id") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(name, str) or not name:
            complain(f"item {number} has no `id`")
        elif name in items:
            complain(f"item `{name}` stands twice in the instrument")
        else:
            items[name] = _item(name, entry, complain)
    return tuple(items.values())


def _item(name: str, entry: dict[str, Any], complain: Complain) -> Item:
    kind, best = entry.get("kind"), entry.get("best")
    if kind not in ITEM_KINDS:
        complain(f"item `{name}` has kind {kind!r}; it must be one of {', '.join(ITEM_KINDS)}")
    if best not in ("high", "low", None):
        complain(f'item `{name}` has best {best!r}; it must be "high", "low" or null')
        best = None
    levels = []
    for listed in entry.get("levels") or []:
        value = listed.get("value") if isinstance(listed, dict) else None
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            complain(f"item `{name}` has a level without a number as its `value`")
            continue
        label, anchor = str(listed.get("label", "")), str(listed.get("anchor", ""))
        levels.append(Level(float(value), label, anchor))
    if len({level.value for level in levels}) < len(levels):
        complain(f"item `{name}` has two levels with one value")
    return Item(
        id=name,
        kind=str(kind),
        text=str(entry.get("text") or name),
        per_structure=entry.get("per_structure") is True,
        required=entry.get("required") is True,
        best=best,
        levels=tuple(levels),
    )
