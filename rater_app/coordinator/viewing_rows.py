"""Rows of viewing.csv: how long and what of it each reading was looked at, stage by stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analysis.handover_columns import PLANES, STAGES, VIEWING_COUNTS, VIEWING_TIMES
from rater_app.coordinator.rating_rows import reading_key
from rater_app.coordinator.unblinding_key import UnblindingKey
from rater_app.store import ReadingStore

Snapshot = Mapping[str, Any]

_LARGEST = 1e9  # seconds, slices, events: whatever says more is not a viewer


def viewing_rows(store: ReadingStore, unblinding: UnblindingKey) -> list[dict[str, Any]]:
    """Make one row a reading and stage that has a log.

    Snapshots are cumulative, so that the one with the most seconds of each opened viewer holds all
    of it: that of a page which is closing can arrive after a later one. A reading that was opened
    several times is the sum of them. A slice that was seen twice counts once.
    """
    fullest: dict[tuple[str, str, str], Snapshot] = {}
    for each in store.viewings.snapshots():
        stage = each.snapshot.get("stage")
        if stage in STAGES:
            opening = (each.assignment, stage, each.mount)
            fullest[opening] = max(each.snapshot, fullest.get(opening, {}), key=_seconds)
    stages: dict[tuple[str, str], list[Snapshot]] = {}
    for (code, stage, _), snapshot in fullest.items():
        stages.setdefault((code, stage), []).append(snapshot)
    return [
        {
            **reading_key(assignment, unblinding),
            "stage": stage,
            **_summed(stages[assignment.code, stage]),
            "code": assignment.code,
        }
        for assignment in sorted(store.assignments(), key=lambda a: (a.rater, a.position))
        for stage in STAGES
        if (assignment.code, stage) in stages
    ]


def _summed(openings: Sequence[Snapshot]) -> dict[str, Any]:
    slices = {
        plane: int(max(_number(_part(opening, "slices").get(plane)) for opening in openings))
        for plane in PLANES
    }
    return {
        "openings": len(openings),
        **{name: round(_total(openings, name), 3) for name in VIEWING_TIMES},
        **{f"{plane}_seen": _seen(openings, plane, slices[plane]) for plane in PLANES},
        **{f"{plane}_slices": slices[plane] for plane in PLANES},
        **{name: int(_total(openings, name)) for name in VIEWING_COUNTS},
    }


def _seconds(snapshot: Snapshot) -> float:
    return _number(snapshot.get("active_s")) + _number(snapshot.get("idle_s"))


def _total(openings: Iterable[Snapshot], name: str) -> float:
    return sum(_number(opening.get(name)) for opening in openings)


def _seen(openings: Iterable[Snapshot], plane: str, slices: int) -> int:
    """Count the slices within the ranges (first and last) of any opening."""
    ranges = sorted(
        (int(_number(pair[0])), int(_number(pair[1])))
        for opening in openings
        for pair in _listed(_part(opening, "seen").get(plane))
        if len(_listed(pair)) == 2
    )
    seen, next_unseen = 0, 0
    for first, last in ranges:
        end = min(last + 1, slices)
        seen += max(0, end - max(first, next_unseen))
        next_unseen = max(next_unseen, end)
    return seen


# The store takes any numbers from a browser, in lists and objects of any shape.


def _number(value: Any) -> float:
    return min(float(value), _LARGEST) if isinstance(value, int | float) else 0.0


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _part(opening: Snapshot, name: str) -> Mapping[str, Any]:
    part = opening.get(name)
    return part if isinstance(part, dict) else {}
