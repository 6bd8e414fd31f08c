"""Results about acceptable masks: a limit of the rating that was fixed in advance."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.association.acceptability import Verdicts
from analysis.association.auc import auc, compare_family_aucs
from analysis.association.rated_masks import RatedMasks
from analysis.association.thresholds import CutOff, Judged, choose_cut_off
from analysis.resampling import Estimate
from analysis.results import Asked, Result


def verdict_results(
    masks: RatedMasks,
    metric: str,
    asked: Asked,
    acceptable: float | None,
    contrast: tuple[str, str] | None,
) -> Iterator[Result]:
    """Estimate how well a metric tells acceptable masks from others; nothing without a limit."""
    if acceptable is None:
        return
    used = ~np.isnan(masks.metrics[metric]) & ~np.isnan(masks.mean_rating)
    verdicts = _verdicts(masks.where(used), metric, acceptable)
    accepted, others = verdicts.counts
    n = {"acceptable": accepted, "unacceptable": others}
    yield asked.result("auc", auc(verdicts, **asked.options), n)
    if contrast is not None:
        first, second = (
            {
                model: _verdicts(masks.where(used & (masks.models == model)), metric, acceptable)
                for model in sorted(set(masks.models))
                if masks.family_of.get(model) == family
            }
            for family in contrast
        )
        found = compare_family_aucs(first, second, **asked.options)
        for family, estimate, models in zip(
            contrast, (found.first, found.second), found.models, strict=True
        ):
            yield asked.result("auc_model_mean", estimate, {"models": models}, family=family)
        yield asked.result("family_difference_auc", found.difference, n)
    if asked.resamples is not None:
        yield from _cut_off(choose_cut_off(verdicts, **asked.options), n, asked)


def _verdicts(masks: RatedMasks, metric: str, acceptable: float) -> Verdicts:
    """Return the metric as it was measured, so that a cut-off is one of its own values."""
    lower = metric in masks.lower_is_better
    return Verdicts.from_ratings(
        -masks.metrics[metric] if lower else masks.metrics[metric],
        masks.mean_rating,
        acceptable,
        masks.cases,
        "lower" if lower else "higher",
    )


def _cut_off(found: CutOff, n: dict[str, int], asked: Asked) -> Iterator[Result]:
    yield asked.result("cut_off_youden", found.cut_off, n)
    for name, judged in (
        ("cut_off_sensitivity", found.sensitivity),
        ("cut_off_specificity", found.specificity),
    ):
        yield asked.result(name, _corrected(judged, found.cut_off), n)


def _corrected(judged: Judged, cut_off: Estimate) -> Estimate:
    interval = judged.interval
    return Estimate(
        judged.corrected,
        interval.low,
        interval.high,
        cut_off.n_cases,
        f"corrected for optimism; {interval.method}",
        interval.reason if judged.corrected is not None else cut_off.reason,
    )
