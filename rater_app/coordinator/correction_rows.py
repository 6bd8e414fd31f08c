"""Rows of corrections.csv: one for every version of a corrected mask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rater_app.coordinator.rating_rows import reading_key
from rater_app.coordinator.unblinding_key import UnblindingKey
from rater_app.core.assignment import Assignment
from rater_app.store import ReadingStore, StoredCorrection, StoredFinishing

CANDIDATE = 0
"""The version that is the candidate mask itself."""


@dataclass(frozen=True)
class Version:
    """One version of the mask of a reading, and what the tables say of it.

    `stored` is None for the candidate mask, which is a version where the rater went on with it.
    """

    assignment: Assignment
    stored: StoredCorrection | None
    row: dict[str, Any]

    @property
    def number(self) -> int:
        """0 is the candidate mask."""
        return self.stored.version if self.stored else CANDIDATE


def valid_versions(finishings: Iterable[StoredFinishing]) -> dict[str, int]:
    """Give, by the code of the assignment, the version that its rater last went on with."""
    return {each.assignment: each.version for each in finishings}


def versions(
    store: ReadingStore, finishings: Sequence[StoredFinishing], unblinding: UnblindingKey
) -> list[Version]:
    """List every version, in the order of rater, place and version.

    The version of the last finishing is valid. One that was saved and never finished is not, even
    if it is the last. A reading whose rater went on without correcting has the candidate mask as
    its version 0. What the mask's file is, the caller adds.
    """
    finished = {(each.assignment, each.version): each.finished_at for each in finishings}
    valid = valid_versions(finishings)
    saved = {(each.assignment, each.version): each for each in store.corrections.versions()}
    numbers: dict[str, set[int]] = {}
    for code, number in (*saved, *finished):
        numbers.setdefault(code, set()).add(number)
    found = []
    for assignment in store.assignments():
        code = assignment.code
        for number in sorted(numbers.get(code, ())):
            stored = saved.get((code, number))
            row = {
                **reading_key(assignment, unblinding),
                "version": number,
                "parent": stored.parent if stored else CANDIDATE,
                "valid": int(valid.get(code) == number),
                "saved_at": stored.saved_at if stored else "",
                "finished_at": finished.get((code, number), ""),
                **_work(stored),
                "code": code,
            }
            found.append(Version(assignment, stored, row))
    found.sort(key=lambda each: (each.assignment.rater, each.assignment.position, each.number))
    return found


def _work(stored: StoredCorrection | None) -> dict[str, Any]:
    """Give the work on a version since its parent; without a version it is not known."""
    if stored is None:
        counts = dict.fromkeys(("strokes", "undos", "redos"), 0)
        return {"active_s": None, "idle_s": None, **counts, "tools": "", "host": ""}
    effort = stored.effort
    return {
        "active_s": effort.active_s,
        "idle_s": effort.idle_s,
        "strokes": effort.strokes,
        "undos": effort.undos,
        "redos": effort.redos,
        "tools": ";".join(f"{name} {count}" for name, count in sorted(effort.tools.items())),
        "host": effort.tool,
    }
