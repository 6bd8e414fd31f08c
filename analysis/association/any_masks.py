"""The association block of anybody's table of rated and measured masks, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.any_table import TableError, TextTable, read_text_table, rows
from analysis.association.adjusting import with_adjusted
from analysis.association.block import Plan, association_block
from analysis.association.ranks import ranking_results
from analysis.association.rated_masks import HUMAN, RatedMasks, rated_masks
from analysis.limits import few_cases, few_models, few_raters
from analysis.metrics import MetricError, metric
from analysis.resampling import Resamples
from analysis.results import Asked

NOT_METRICS = ("case", "model", "family", "rater", "rating", "prompt", "structure", "replicate")


@dataclass(frozen=True)
class MaskColumns:
    """Which columns of a table hold what.

    Attributes
    ----------
    rating, case, model
        Columns that must be there.
    family, rater
        Columns that are used when they are there; under other names than these they must be.
    metrics
        Columns to relate to the rating; all other columns of numbers when empty.
    mask
        Further columns that tell masks of a case and model apart; "prompt" when it is there.
    lower_is_better
        Further metrics that are worse when higher; of our own metrics it is known.
    """

    rating: str = "rating"
    case: str = "case"
    model: str = "model"
    family: str = "family"
    rater: str = "rater"
    metrics: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()
    lower_is_better: tuple[str, ...] = ()


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
    similarity.

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
    columns = columns or MaskColumns()
    text = read_text_table(path)
    masks, lower = _read(text, columns)
    families = tuple(family for family in masks.families if family != HUMAN)
    plan = _with_contrast(text, plan or Plan(), families)
    resamples = Resamples(masks.case_names, n_resamples, seed) if n_resamples else None
    asked = Asked(level, resamples)
    results = association_block(masks, asked, plan)
    if resamples is not None:
        results += ranking_results(masks.where(masks.by_models), asked, resamples)
    results = with_adjusted(results, lambda result: result.metric != plan.volume)
    models = {family: len(_models_of(masks, family)) for family in plan.contrast or ()}
    one_rating = masks.raters == ("mean rating",)
    warnings = few_cases(len(masks.case_names)) + few_models(models)
    return {
        "table": {
            "file": str(path),
            "cases": len(masks.case_names),
            "masks": len(masks.cases),
            "models": {family: sorted(_models_of(masks, family)) for family in masks.families},
            "models_without_family": sorted(set(masks.models.tolist()) - set(masks.family_of)),
            "raters": [] if one_rating else list(masks.raters),
            "metrics": list(masks.metrics),
            "lower_is_better": list(lower),
            "left_out": _left_out(text, columns, masks),
            "contrast": list(plan.contrast) if plan.contrast else None,
        },
        "warnings": warnings + ([] if one_rating else few_raters(len(masks.raters))),
        "resamples": {"n": n_resamples, "seed": seed, "unit": "case"},
        "results": [result.to_dict() for result in results],
    }


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


def _models_of(masks: RatedMasks, family: str) -> set[str]:
    return {str(model) for model in set(masks.models) if masks.family_of.get(model) == family}


def _read(text: TextTable, columns: MaskColumns) -> tuple[RatedMasks, tuple[str, ...]]:
    known = list(text.frame.columns)
    problems = _missing_columns(text, columns)
    if problems:
        raise TableError(problems)
    family = columns.family if columns.family in known else None
    rater = columns.rater if columns.rater in known else None
    mask = columns.mask or tuple(name for name in ("prompt", "structure") if name in known)
    key = (columns.case, columns.model, *mask)
    metrics = _metrics(text, columns, (*key, columns.rating, family, rater))
    frame = pd.DataFrame({name: text.frame[name] for name in known})
    for column in (columns.rating, *metrics):
        frame[column], wrong = text.numbers(column)
        problems += wrong
    for column in (columns.case, columns.model, *([rater] if rater else [])):
        problems += text.empty_cells(column)
    infinite = np.isinf(frame[columns.rating].to_numpy(dtype=float))
    if infinite.any():
        problems.append(f"{text.name}: {rows(frame.index[infinite])}: the rating is infinite")
    if text.frame[columns.rating].isna().all():
        problems.append(f"{text.name}: there is no rating")
    for column in mask:
        frame[column] = frame[column].fillna("")
    problems += _masks_twice(text, frame, key, rater)
    if problems:
        raise TableError(problems)
    lower = tuple(
        name for name in metrics if name in columns.lower_is_better or _is_lower_better(name)
    )
    try:
        masks = rated_masks(
            frame,
            metrics=metrics,
            case=columns.case,
            model=columns.model,
            rating=columns.rating,
            rater=rater,
            family=family,
            mask=mask,
            lower_is_better=lower,
        )
    except ValueError as error:
        raise TableError(
            [f"{text.name}: {problem}" for problem in str(error).split("; ")]
        ) from error
    return masks, lower


def _missing_columns(text: TextTable, columns: MaskColumns) -> list[str]:
    named = [
        (columns.rating, "--rating"),
        (columns.case, "--case"),
        (columns.model, "--model"),
        *((name, "--metric") for name in columns.metrics),
        *((name, "--lower-is-better") for name in columns.lower_is_better),
        *((name, "--mask") for name in columns.mask),
    ]
    # Under their usual names these two may be missing.
    named += [(columns.family, "--family")] * (columns.family != MaskColumns.family)
    named += [(columns.rater, "--rater")] * (columns.rater != MaskColumns.rater)
    return [
        problem for name, option in named for problem in text.problems_of_columns([name], option)
    ]


def _metrics(
    text: TextTable, columns: MaskColumns, taken: tuple[str | None, ...]
) -> tuple[str, ...]:
    """Return the metrics: those that were named, else all columns of numbers that are free."""
    metrics = tuple(dict.fromkeys(columns.metrics)) or tuple(
        name
        for name in text.frame.columns
        if name not in {*taken, *NOT_METRICS} and text.is_numeric(name)
    )
    problems = [
        f"{text.name}: “{name}” (--metric) is no metric: it has another meaning here"
        for name in metrics
        if name in taken
    ]
    problems += [
        f"{text.name}: “{name}” (--lower-is-better) is not among the metrics"
        for name in columns.lower_is_better
        if name not in metrics
    ]
    if not metrics:
        problems.append(f"{text.name}: there is no column of numbers to relate to the rating")
    if problems:
        raise TableError(problems)
    return metrics


def _masks_twice(
    text: TextTable, frame: pd.DataFrame, key: tuple[str, ...], rater: str | None
) -> list[str]:
    twice = frame.index[frame.duplicated([*key, *([rater] if rater else [])])]
    if not len(twice):
        return []
    if rater is not None:
        what = "the rater has rated this mask before. Keep one of these ratings"
    else:
        what = "a mask that came before. If raters differ, name their column with --rater"
    return [
        f"{text.name}: {rows(twice)}: {what}, or name the column that tells masks of a case and "
        "model apart with --mask"
    ]


def _left_out(text: TextTable, columns: MaskColumns, masks: RatedMasks) -> list[str]:
    """Name the columns that are neither metrics nor anything else."""
    used = {columns.rating, columns.case, columns.model, columns.family, columns.rater}
    used |= {*columns.mask, *NOT_METRICS, *masks.metrics}
    return [str(name) for name in text.frame.columns if name not in used]


def _is_lower_better(name: str) -> bool:
    try:
        return metric(name).orientation == -1
    except MetricError:
        return False
