"""Rows of a report about the columns that the analyst brought along."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from analysis.association.items import PURE_VISUAL, VISION_LANGUAGE
from analysis.association.pairing import MEAN_OVER_STRUCTURES
from analysis.report.printing import Finder
from analysis.results import Result

FAMILIES = (VISION_LANGUAGE, PURE_VISUAL)
MOST_ROWS = 40


@dataclass(frozen=True)
class BroughtRow:
    """One rating against one column: pooled, by family, and the tests of the two families.

    `of` is the structure that the column is about where the rating is about the whole mask.
    """

    column: str
    of: str
    item: str
    structure: str
    pooled: Result
    families: tuple[Result | None, ...]
    these_models: Result
    the_families: Result


def brought_rows(columns: Iterable[str], find: Finder) -> tuple[list[BroughtRow], int]:
    """Make one row a rating and column; return those that are shown, and how many are not.

    A rating of the whole mask is shown with a column of the whole mask, or of each structure.
    """
    named = set(columns)
    every = [
        row
        for pooled in find.all("spearman", family=None, model=None)
        if pooled.metric in named and (row := _row(pooled, find)) is not None
    ]
    return every[:MOST_ROWS], max(0, len(every) - MOST_ROWS)


def _row(pooled: Result, find: Finder) -> BroughtRow | None:
    about = {
        "item": pooled.item,
        "structure": pooled.structure,
        "metric": pooled.metric,
        "metric_structure": pooled.metric_structure,
    }
    whole = find.get("spearman", **{**about, "metric_structure": MEAN_OVER_STRUCTURES})
    if pooled.structure == "" and whole is not None and whole is not pooled:
        return None
    return BroughtRow(
        pooled.metric or "",
        pooled.metric_structure or "" if pooled.structure == "" and whole is None else "",
        pooled.item or "",
        pooled.structure or "",
        pooled,
        tuple(find.get("spearman", family=family, **about) for family in FAMILIES),
        find.one("family_difference_z", **about),
        find.one("family_claim_z", **about),
    )
