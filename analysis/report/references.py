"""Rows of a report about the reference masks of several experts."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.report.printing import Finder
from analysis.results import Result

MOST_STRUCTURES = 8


@dataclass(frozen=True)
class ReferenceRow:
    """One structure: experts with each other, each of them with the others, models with them."""

    structure: str
    dsc: Result
    hd95: Result
    experts: list[Result]
    models: list[Result]


def reference_rows(find: Finder) -> tuple[list[ReferenceRow], int]:
    """Make one row a structure; return those that are shown, and how many are not."""
    every = [
        ReferenceRow(
            dsc.metric_structure or "",
            dsc,
            find.one("reference_hd95_mm", metric="hd95_mm", metric_structure=dsc.metric_structure),
            find.all("reference_dsc_against_others", metric_structure=dsc.metric_structure),
            find.all("model_minus_expert_dsc", metric_structure=dsc.metric_structure),
        )
        for dsc in find.all("reference_dsc")
    ]
    shown = every[:MOST_STRUCTURES]
    return shown, len(every) - len(shown)
