"""At which level a metric follows the raters: within cases, between cases, between models."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.association.model_level import model_level_correlation
from analysis.association.partial import partial_correlation
from analysis.association.rated_masks import RatedMasks
from analysis.association.repeated_measures import rm_corr
from analysis.association.within_between import (
    between_case_correlation,
    mean_within_case_correlation,
)
from analysis.results import Asked, Result


def level_results(masks: RatedMasks, metric: str, asked: Asked, volume: str) -> Iterator[Result]:
    """Split the association by level, and hold the volume fixed.

    Within cases: does the metric tell the models of one case apart? Between cases: does it find
    the cases that all models find hard? Between models: does it rank them by their means?
    Partial: what is left when the volume is held fixed; a large structure has a high Dice and is
    easy to rate.
    """
    pairs = masks.pairs(metric)
    n = {"masks": len(pairs.metric)}
    yield asked.result("rm_corr", rm_corr(pairs, **asked.options).estimate, n)
    within = mean_within_case_correlation(pairs, "kendall", **asked.options)
    told = {**n, "cases_without": within.cases_without}
    yield asked.result("within_case_tau_b", within.estimate, told)
    between = between_case_correlation(pairs, "spearman", **asked.options)
    yield asked.result("between_case_spearman", between, n)
    rated = ~np.isnan(masks.metrics[metric]) & ~np.isnan(masks.mean_rating)
    models = model_level_correlation(pairs, masks.models[rated], "spearman", **asked.options)
    yield asked.result("model_level_spearman", models, n)
    if volume in masks.metrics and volume != metric:
        volumes = masks.metrics[volume]
        known = ~np.isnan(volumes)
        used = known & ~np.isnan(masks.metrics[metric]) & ~np.isnan(masks.mean_rating)
        partial = partial_correlation(
            masks.pairs(metric, kept=known), {volume: volumes[used]}, "spearman", **asked.options
        )
        yield asked.result("partial_spearman", partial, {"masks": int(used.sum())})
