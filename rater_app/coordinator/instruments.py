"""Instruments: the presets that ship, and a study's own from a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from analysis.tables import CANNOT_JUDGE
from rater_app.core.instrument import (
    ORDERED_KINDS,
    Instrument,
    InstrumentError,
    Item,
    ItemKind,
)

_PRESETS = files("rater_app.coordinator") / "instrument_presets"
_FURTHER = "further_items"
_TOP_KEYS: dict[str, type] = {"name": str, "title": str, "items": list}
_ITEM_KEYS: dict[str, type] = {
    "id": str,
    "kind": str,
    "text": str,
    "levels": list,
    "per_structure": bool,
    "required": bool,
    "cannot_judge": bool,
    "best": str,
}
_LEVEL_KEYS: dict[str, type] = {"value": int, "label": str, "anchor": str}
_WORDS: dict[type, str] = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
}
SLIDER_BOUNDS = (0, 100)
"""Sliders run within these numbers, so that hand-overs of all studies can be read alike."""


def preset_names() -> tuple[str, ...]:
    """List the instruments that ship."""
    found = (entry.name for entry in _PRESETS.iterdir())
    return tuple(sorted(n[:-5] for n in found if n.endswith(".toml") and n[:-5] != _FURTHER))


def further_item_names() -> tuple[str, ...]:
    """List the items that a study can ask beside its instrument."""
    return tuple(item["id"] for item in _further_items())


def load_instrument(
    name_or_path: str,
    folder: Path,
    further_items: Sequence[str] = (),
    per_structure: bool = False,
) -> Instrument:
    """Load a preset by name, or an own instrument from a TOML file.

    Parameters
    ----------
    name_or_path : str
        Name of a preset, or path of a file (relative to `folder`).
    folder : Path
        The study folder.
    further_items : sequence of str
        Ids of further items to ask after those of the instrument.
    per_structure : bool
        Ask the rating items (levels and sliders) of the instrument for every structure.

    Raises
    ------
    InstrumentError
        With every problem of the file.
    """
    document = _document(name_or_path, folder)
    problems = _shape_problems(document)
    if problems:
        raise InstrumentError(problems)
    own = [{**item} for item in document["items"]]
    for item in own:
        if per_structure and item["kind"] in ORDERED_KINDS:
            item["per_structure"] = True
    known = {item["id"]: item for item in _further_items()}
    unknown = [name for name in further_items if name not in known]
    if unknown:
        raise InstrumentError(
            [
                f"there is no further item “{name}”: use {', '.join(known)}, or write it into an "
                "instrument of your own"
                for name in unknown
            ]
        )
    instrument = Instrument.from_dict(
        {**document, "items": own + [known[name] for name in further_items]}
    )
    problems = [sentence for item in instrument.items for sentence in _item_problems(item)]
    if problems:
        raise InstrumentError(problems)
    if "name" not in document:
        return replace(instrument, name=Path(name_or_path).stem)
    return instrument


def is_path(name_or_path: str) -> bool:
    """Tell a path from the name of a preset."""
    return name_or_path.endswith(".toml") or "/" in name_or_path or "\\" in name_or_path


def _document(name_or_path: str, folder: Path) -> dict[str, Any]:
    if not is_path(name_or_path):
        if name_or_path not in preset_names():
            known = ", ".join(preset_names())
            raise InstrumentError(
                [
                    f"there is no instrument “{name_or_path}”: use {known}, "
                    "or the path of a TOML file of your own"
                ]
            )
        return tomllib.loads((_PRESETS / f"{name_or_path}.toml").read_text(encoding="utf-8"))
    try:
        return tomllib.loads((folder / name_or_path).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise InstrumentError(
            [f"the instrument {name_or_path} cannot be read: {_reason(error)}"]
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise InstrumentError([f"the instrument {name_or_path} is not TOML: {error}"]) from error


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return (error.strerror or "it cannot be opened").lower()
    return "it is not UTF-8 text"


def _further_items() -> list[dict[str, Any]]:
    text = (_PRESETS / f"{_FURTHER}.toml").read_text(encoding="utf-8")
    items: list[dict[str, Any]] = tomllib.loads(text)["items"]
    return items


def _shape_problems(document: dict[str, Any]) -> list[str]:
    """Find what `Instrument.from_dict` could not make sense of: keys, types, missing numbers."""
    problems = _key_problems("the instrument", document, _TOP_KEYS)
    items = document.get("items")
    if not isinstance(items, list) or not items:
        return [*problems, "the instrument has no items: add at least one [[items]] table"]
    for number, item in enumerate(items, start=1):
        if not isinstance(item, dict):
            problems.append(f"item {number} is not a table: write [[items]] above its lines")
            continue
        where = f"item “{item.get('id', number)}”"
        problems += _key_problems(where, item, _ITEM_KEYS, ("id", "kind", "text"))
        levels = item.get("levels", [])
        for place, level in enumerate(levels if isinstance(levels, list) else [], start=1):
            here = f"level {place} of {where}"
            if isinstance(level, dict):
                problems += _key_problems(here, level, _LEVEL_KEYS, ("value", "label"))
            else:
                problems.append(f"{here} is not a table: write [[items.levels]] above its lines")
    return problems


def _key_problems(
    where: str, table: dict[str, Any], known: dict[str, type], needed: Sequence[str] = ()
) -> list[str]:
    problems = [f"{where} lacks “{key}”" for key in needed if key not in table]
    for key, value in table.items():
        if key not in known:
            problems.append(f"{where} has the unknown key “{key}”: use {', '.join(known)}")
        elif type(value) is not known[key]:
            problems.append(f"“{key}” of {where} must be {_WORDS[known[key]]}, not {value!r}")
    return problems


def _item_problems(item: Item) -> list[str]:
    problems = [
        f"level {level.value} of item “{item.id}” has an empty label: write what raters choose"
        for level in item.levels
        if not level.label.strip()
    ]
    if any(level.label.strip().casefold() == CANNOT_JUDGE for level in item.levels):
        problems.append(
            f"item “{item.id}” has the level “{CANNOT_JUDGE}”, which would count as an answer: "
            "remove it and add cannot_judge = true to the item"
        )
    if item.kind is ItemKind.SLIDER:
        low, high = item.bounds
        if low < SLIDER_BOUNDS[0] or high > SLIDER_BOUNDS[1]:
            problems.append(f"item “{item.id}” is a slider and must stay between 0 and 100")
    if item.kind is ItemKind.MULTIPLE:
        # Several answers stand in one cell of the hand-over with semicolons between them.
        problems += [
            f"the label “{level.label}” of item “{item.id}” has a semicolon: use other words"
            for level in item.levels
            if ";" in level.label
        ]
    return problems
