"""The whole association block of rated masks: every metric against the ratings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.association.against_raters import rater_results
from analysis.association.comparison_clustered import compare_clustered
from analysis.association.contrast import contrast_results
from analysis.association.contrast_checks import mixed_model_results, without_one_results
from analysis.association.correlation import correlation
from analysis.association.correlation_matrices import Coefficient
from analysis.association.levels import level_results
from analysis.association.rated_masks import HUMAN, RatedMasks
from analysis.association.verdicts import verdict_results
from analysis.results import Asked, Result

COEFFICIENTS: dict[str, Coefficient] = {
    "spearman": "spearman",
    "kendall_tau_b": "kendall",
    "pearson": "pearson",
}


@dataclass(frozen=True)
class Plan:
    """What the plan of a study fixes before anybody looks at the numbers.

    Attributes
    ----------
    contrast
        The two families to compare, first minus second; None for no contrast.
    margin_rho
        Difference of two correlations up to which families count as equivalent.
    margin_rater
        By how much a metric may follow the raters worse than one of them does.
    acceptable
        Least mean rating of an acceptable mask, None where none was fixed.
    volume
        The metric that is held fixed in partial correlations.
    ordinal
        Whether to fit a cumulative link mixed model too, which takes seconds for each metric.
    """

    contrast: tuple[str, str] | None = None
    margin_rho: float = 0.10
    margin_rater: float = 0.05
    acceptable: float | None = None
    volume: str = "volume_ml"
    ordinal: bool = False


def association_block(masks: RatedMasks, asked: Asked, plan: Plan | None = None) -> list[Result]:
    """Relate the mean rating to every metric: pooled, within cases, by family and by model.

    Pooled means the masks of all models; masks drawn by people are left out of it and of the
    contrast, and stand on their own line.

    Parameters
    ----------
    masks
        Masks with ratings and metrics, signed so that more is better.
    asked
        Confidence level, resamples, and what the results are about.
    plan
        Margins, families and limits fixed in advance.
    """
    plan = plan or Plan()
    results: list[Result] = []
    for metric in masks.metrics:
        of_metric = asked.on(metric=metric)
        results += metric_results(masks, metric, of_metric, plan)
    by_models = masks.where(masks.by_models)
    for first, second in combinations(masks.metrics, 2):
        results += _difference(by_models, first, second, asked)
    return results


def metric_results(masks: RatedMasks, metric: str, asked: Asked, plan: Plan) -> Iterator[Result]:
    """Estimate everything about one metric."""
    everything = asked.on(family=None, model=None)
    by_models = masks.where(masks.by_models)
    yield from _correlations(masks, metric, masks.by_models, everything)
    yield from level_results(by_models, metric, everything, plan.volume)
    yield from verdict_results(by_models, metric, everything, plan.acceptable, plan.contrast)
    yield from rater_results(by_models, metric, everything, plan.margin_rater)
    families = masks.of_families()
    for family in masks.families:
        of_family = asked.on(family=family)
        yield from _correlations(masks, metric, families == family, of_family)
        if family != HUMAN:
            kept = masks.where(families == family)
            yield from level_results(kept, metric, of_family, plan.volume)
            yield from rater_results(kept, metric, of_family, plan.margin_rater)
    for model in dict.fromkeys([*masks.family_of, *sorted(set(masks.models))]):
        of_model = asked.on(family=masks.family_of.get(model), model=model)
        yield from _correlations(masks, metric, masks.models == model, of_model)
    if plan.contrast is not None:
        yield from contrast_results(masks, metric, asked, plan.contrast, plan.margin_rho)
        yield from mixed_model_results(masks, metric, asked, plan.contrast, ordinal=plan.ordinal)
        yield from without_one_results(masks, metric, asked, plan.contrast)


def _correlations(
    masks: RatedMasks, metric: str, kept: NDArray[np.bool_], asked: Asked
) -> Iterator[Result]:
    pairs = masks.pairs(metric, kept=kept)
    rated = kept & ~np.isnan(masks.mean_rating)
    n = {
        "masks": len(pairs.metric),
        "infinite": int(np.isinf(pairs.metric).sum()),
        "excluded": int((rated & np.isnan(masks.metrics[metric])).sum()),
    }
    for name, coefficient in COEFFICIENTS.items():
        yield asked.result(name, correlation(pairs, coefficient, **asked.options), n)


def _difference(masks: RatedMasks, first: str, second: str, asked: Asked) -> Iterator[Result]:
    """Compare how well two metrics follow the same ratings, on the masks that have both."""
    both = ~np.isnan(masks.metrics[first]) & ~np.isnan(masks.metrics[second])
    pairs = [masks.pairs(metric, kept=both) for metric in (first, second)]
    found = compare_clustered(pairs[0], pairs[1], "spearman", **asked.options)
    n = {"masks": len(pairs[0].metric)}
    about: Mapping[str, Any] = {"metric": f"{first} - {second}"}
    yield asked.result("spearman_difference", found.difference, n, **about)
