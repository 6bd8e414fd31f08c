"""The association block of anybody's table of rated and measured masks, as plain values."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis.any_table import TableError, TextTable, read_text_table
from analysis.association.adjusting import with_adjusted
from analysis.association.block import Plan, association_block
from analysis.association.ranks import ranking_results
from analysis.association.rated_masks import HUMAN, MEAN_RATING, RatedMasks
from analysis.association.reading_masks import MaskColumns, ReadMasks, read_masks
from analysis.limits import few_cases, few_models, few_raters
from analysis.resampling import Resamples
from analysis.results import Asked, Result


def associate(
    path: Path,
    columns: MaskColumns | None = None,
    plan: Plan | None = None,
    *,
    level: float = 0.95,
    n_resamples: int = 2000,
    seed: int = 1,
) -> dict[str, Any]:
    """Relate the ratings of a CSV file to every metric in it.

    One row a mask, or a mask and rater: columns case, model, rating, metrics, and family and rater
    where there are such. Any column of numbers is a metric: a Dice, a confidence, a text
    similarity. Where a column structure names several, each is related on its own.

    Returns
    -------
    dict
        `table` (what was read), `warnings`, `resamples`, `results` (a list of numbers with
        interval, method, sample sizes and reason).

    Raises
    ------
    TableError
        With all problems of the table.
    """
    text = read_text_table(path)
    read = read_masks(text, columns or MaskColumns())
    families = tuple(family for family in read.families if family != HUMAN)
    plan = _with_contrast(text, plan or Plan(), families)
    resamples = Resamples(read.cases, n_resamples, seed) if n_resamples else None
    results: list[Result] = []
    for structure, masks in read.by_structure.items():
        asked = Asked(level, resamples, {"structure": structure or None})
        results += association_block(masks, asked, plan)
        if resamples is not None:
            results += ranking_results(masks.where(masks.by_models), asked, resamples)
    results = with_adjusted(results, lambda result: result.metric != plan.volume)
    return {
        "table": _described(path, read, plan),
        "warnings": _warnings(read, plan),
        "resamples": {"n": n_resamples, "seed": seed, "unit": "case"},
        "results": [result.to_dict() for result in results],
    }


def _described(path: Path, read: ReadMasks, plan: Plan) -> dict[str, Any]:
    family_of = read.family_of
    return {
        "file": str(path),
        "cases": len(read.cases),
        "masks": sum(len(masks.cases) for masks in read.all),
        "structures": [structure for structure in read.by_structure if structure],
        "models": {
            family: sorted(model for model, of in family_of.items() if of == family)
            for family in read.families
        },
        "models_without_family": [model for model in read.models if model not in family_of],
        "raters": sorted({rater for masks in read.all for rater in _raters(masks)}),
        "metrics": list(read.all[0].metrics),
        "lower_is_better": list(read.lower_is_better),
        "left_out": list(read.left_out),
        "contrast": list(plan.contrast) if plan.contrast else None,
    }


def _warnings(read: ReadMasks, plan: Plan) -> list[str]:
    of_models = list(read.family_of.values())
    models = {family: of_models.count(family) for family in plan.contrast or ()}
    raters = {rater for masks in read.all for rater in _raters(masks)}
    told = few_cases(len(read.cases)) + few_models(models)
    return told + (few_raters(len(raters)) if raters else [])


def _raters(masks: RatedMasks) -> tuple[str, ...]:
    """Return the raters; none where the table has mean ratings."""
    return () if masks.raters == (MEAN_RATING,) else masks.raters


def _with_contrast(text: TextTable, plan: Plan, families: tuple[str, ...]) -> Plan:
    """Compare the two families there are, where the plan names none."""
    if plan.contrast is None:
        return replace(plan, contrast=(families[0], families[1])) if len(families) == 2 else plan
    unknown = [family for family in plan.contrast if family not in families]
    if unknown:
        there = ", ".join(families) or "none"
        raise TableError(
            [f"{text.name}: there is no family “{name}”; there are: {there}" for name in unknown]
        )
    return plan
