"""The viewing log: what a rater's screen tells of how a mask was looked at."""

from __future__ import annotations

import re
from typing import Any

_NAME = re.compile(r"[A-Za-z0-9 ._:-]{1,64}")
_DEEPEST = 3
_LARGEST = 1e15
_WORDS = ("mount", "stage")


class WrongSnapshot(ValueError):
    """A snapshot that is not what a viewer sends."""


def checked_snapshot(data: object) -> dict[str, Any]:
    """Give back a snapshot of the viewing log if it is sound.

    A snapshot names its `mount` (the viewer that was opened, once for each time) and its `stage`
    in words. The rest are finite numbers from 0, or lists and objects of them: no text of anybody
    can come into the log.

    Raises
    ------
    WrongSnapshot
        Saying what is wrong.
    """
    if not isinstance(data, dict):
        raise WrongSnapshot("The viewing log must be a JSON object.")
    for key in _WORDS:
        if not isinstance(data.get(key), str) or not _NAME.fullmatch(data[key]):
            raise WrongSnapshot(f"“{key}” of the viewing log must be a short name.")
    for key, value in data.items():
        if key not in _WORDS and not (_NAME.fullmatch(key) and _is_numbers(value, _DEEPEST)):
            raise WrongSnapshot(f"“{key[:64]}” of the viewing log must hold numbers only.")
    return data


def _is_numbers(value: object, depth: int) -> bool:
    if isinstance(value, list):
        return depth > 0 and all(_is_numbers(part, depth - 1) for part in value)
    if isinstance(value, dict):
        named = all(isinstance(key, str) and _NAME.fullmatch(key) for key in value)
        return depth > 0 and named and all(_is_numbers(v, depth - 1) for v in value.values())
    # The comparison refuses NaN and infinity too.
    return isinstance(value, int | float) and 0 <= value <= _LARGEST
