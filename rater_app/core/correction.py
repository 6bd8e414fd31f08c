"""Correcting a mask: what a study asks for, how far a reading is, and what a correction changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rater_app.core.assignment import Assignment

_LONGEST_S = 1e7  # four months
_MOST_EVENTS = 10**7
_MOST_TOOLS = 64
_NAME = re.compile(r"[A-Za-z0-9 _-]{1,40}")
_CHUNK = 1 << 20


class CorrectionRule(StrEnum):
    """Whether raters correct the masks that they have rated."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"  # correct it, or say that it needs no correction


class Stage(StrEnum):
    """What a reading is waiting for."""

    RATE = "rate"
    CORRECT = "correct"
    RATE_AGAIN = "rate_again"
    DONE = "done"


@dataclass(frozen=True)
class CorrectionPlan:
    """What a study asks for after the rating: correcting the mask, and rating the result."""

    rule: CorrectionRule = CorrectionRule.OFF
    rate_again: bool = False

    @property
    def is_on(self) -> bool:
        """Whether masks are corrected at all."""
        return self.rule is not CorrectionRule.OFF


RATING_ONLY = CorrectionPlan()
"""The plan of a study that corrects no masks."""


def stage_of(assignment: Assignment, plan: CorrectionPlan) -> Stage:
    """Say what a reading is waiting for.

    The rating comes first and is locked then, so that nobody rates a mask whose errors they have
    mended. A version that is saved after the rater went on opens the correcting again.
    """
    if not assignment.is_done:
        return Stage.RATE
    if not plan.is_on:
        return Stage.DONE
    if not assignment.is_finished:
        return Stage.CORRECT
    corrected = assignment.version > 0
    if plan.rate_again and corrected and assignment.second_version != assignment.version:
        return Stage.RATE_AGAIN
    return Stage.DONE


class WrongEffort(ValueError):
    """An effort that no correcting can have taken."""


@dataclass(frozen=True)
class Effort:
    """What a correction took since the version before it, as the editing program counted it.

    `tools` counts the strokes of each tool; `tool` is the program: "browser", or another.
    """

    active_s: float = 0.0
    idle_s: float = 0.0
    strokes: int = 0
    undos: int = 0
    redos: int = 0
    tools: Mapping[str, int] = field(default_factory=dict)
    tool: str = "browser"

    def to_dict(self) -> dict[str, Any]:
        """Give the effort as plain values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: object) -> Effort:
        """Build an effort from the plain values of `to_dict`; what is left out is nothing.

        Raises
        ------
        WrongEffort
            Unknown keys, and values that are not finite, below zero or beyond all sense.
        """
        if not isinstance(data, dict):
            raise WrongEffort("The effort must be a JSON object.")
        for key, value in data.items():
            if key not in _SOUND:
                raise WrongEffort(f"The effort has the unknown part “{str(key)[:40]}”.")
            is_sound, meant = _SOUND[key]
            if not is_sound(value):
                raise WrongEffort(f"“{key}” of the effort must be {meant}.")
        seconds = {key: float(data.get(key, 0.0)) for key in ("active_s", "idle_s")}
        return cls(**{**data, **seconds, "tools": dict(data.get("tools", {}))})


def changed_voxels(
    before: NDArray[np.unsignedinteger[Any]], after: NDArray[np.unsignedinteger[Any]]
) -> dict[int, tuple[int, int]]:
    """Count for each label the voxels that gained it and those that lost it.

    Parameters
    ----------
    before, after : ndarray
        Labels of the same voxels, uint8 or uint16, in one dimension.

    Returns
    -------
    dict of int to (added, removed)
        Labels that no change touched are left out, and so is 0, which stands for no label.
    """
    if before.shape != after.shape or before.dtype != after.dtype:
        raise ValueError("both masks must have the same voxels")
    labels = int(np.iinfo(after.dtype).max) + 1
    added = np.zeros(labels, np.int64)
    removed = np.zeros(labels, np.int64)
    # In parts, because counting takes eight bytes for every voxel that changed.
    for start in range(0, before.size, _CHUNK):
        old, new = before[start : start + _CHUNK], after[start : start + _CHUNK]
        if np.array_equal(old, new):  # seven times as fast as looking for places
            continue
        differs = np.flatnonzero(old != new)
        added += np.bincount(new[differs], minlength=labels)
        removed += np.bincount(old[differs], minlength=labels)
    touched = np.flatnonzero(added + removed)
    return {int(label): (int(added[label]), int(removed[label])) for label in touched if label}


def present_labels(mask: NDArray[np.unsignedinteger[Any]]) -> frozenset[int]:
    """List the labels that a mask in one dimension holds, 0 included."""
    labels = int(np.iinfo(mask.dtype).max) + 1
    counted = np.zeros(labels, np.int64)
    for start in range(0, mask.size, _CHUNK):
        counted += np.bincount(mask[start : start + _CHUNK], minlength=labels)
    return frozenset(int(label) for label in np.flatnonzero(counted))


def _is_duration(value: object) -> bool:
    # The comparison refuses NaN and infinity too; true and false are no numbers here.
    return type(value) in (int, float) and 0 <= value <= _LONGEST_S  # type: ignore[operator]


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= _MOST_EVENTS


def _is_name(value: object) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _are_tools(value: object) -> bool:
    return (
        isinstance(value, dict)
        and len(value) <= _MOST_TOOLS
        and all(_is_name(name) and _is_count(count) for name, count in value.items())
    )


_DURATION = (_is_duration, f"seconds from 0 to {_LONGEST_S:g}")
_COUNT = (_is_count, f"a whole number from 0 to {_MOST_EVENTS}")
_SOUND: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "active_s": _DURATION,
    "idle_s": _DURATION,
    "strokes": _COUNT,
    "undos": _COUNT,
    "redos": _COUNT,
    "tools": (_are_tools, f"strokes by the names of at most {_MOST_TOOLS} tools"),
    "tool": (_is_name, "a short name"),
}
