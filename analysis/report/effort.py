"""Rows of a report about what correcting the masks took."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.report.printing import Finder
from analysis.results import Result


@dataclass(frozen=True)
class EffortRow:
    """One family, or one model of it: finished corrections and what they took."""

    label: str
    kind: str
    finished: Result
    changed: Result
    time: Result
    added: Result
    removed: Result
    path: Result


def effort_rows(find: Finder) -> list[EffortRow]:
    """Make one row a family and one for each of its models; none where nothing was corrected."""
    return [_row(finished, find) for finished in find.all("corrections_finished")]


def _row(finished: Result, find: Finder) -> EffortRow:
    about = {"family": finished.family, "model": finished.model}
    return EffortRow(
        finished.model or finished.family or "",
        "" if finished.model else "family",
        finished,
        find.one("corrections_changed", **about),
        find.one("correction_time_median_s", **about),
        find.one("correction_added_ml", **about),
        find.one("correction_removed_ml", **about),
        find.one("correction_path_mm", **about),
    )
