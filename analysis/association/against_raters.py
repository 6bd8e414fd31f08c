"""Results that set a metric against the raters themselves: the ceilings."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.association.ceiling import noise_ceiling_of_metric
from analysis.association.human_ceiling import human_ceiling, inside_rater_variability
from analysis.association.rated_masks import RatedMasks
from analysis.results import Asked, Result

FEWEST_RATERS = 2


def rater_results(masks: RatedMasks, metric: str, asked: Asked, margin: float) -> Iterator[Result]:
    """Estimate how high a correlation could be, and whether the metric does as well as a rater.

    Nothing with fewer than two raters.
    """
    if masks.ratings.shape[1] < FEWEST_RATERS:
        return
    used = ~np.isnan(masks.metrics[metric]) & np.isfinite(masks.ratings).any(axis=1)
    table = masks.where(used).rating_table()
    values = masks.metrics[metric][used]
    n = {"masks": int(used.sum()), "raters": table.n_raters}
    ceiling = noise_ceiling_of_metric(values, table, "spearman", **asked.options)
    yield asked.result("noise_ceiling", ceiling.ceiling, n)
    yield asked.result("disattenuated_spearman", ceiling.disattenuated, n)
    humans = human_ceiling(table, "spearman", **asked.options)
    yield asked.result("human_ceiling_lower", humans.lower.mean, n)
    yield asked.result("human_ceiling_upper", humans.upper.mean, n)
    inside = inside_rater_variability(values, table, margin, "spearman", **asked.options)
    yield asked.result("metric_minus_rater", inside.difference.mean, n)
    yield asked.test("metric_not_inferior_to_rater", inside.non_inferiority.test, n)
