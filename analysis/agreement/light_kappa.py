"""Light's kappa: the mean of Cohen's kappas of every two raters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from analysis.agreement.category_counts import CategoryCounts, count_categories
from analysis.agreement.category_weights import CategoryWeights
from analysis.agreement.coefficient import NO_PAIR, method_with_categories
from analysis.agreement.kappa_weights import RatedPair, mean_kappa_of_weights
from analysis.agreement.rating_table import Ratings
from analysis.resampling import LOG_COMPLEMENT, Estimate, Resamples, estimate, undefined

PAIR_WITHOUT_VARIATION = "two raters put all their common units in one category"


def light_kappa(
    ratings: Ratings,
    weights: CategoryWeights = "unweighted",
    *,
    categories: Sequence[float] | None = None,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate the mean of the kappas of every two raters, with a case jackknife-t interval.

    Light RJ. Psychol Bull 1971;76:365-377. Two raters are compared on the units that both have
    rated, where irr in R leaves out every unit that one of the raters missed; raters without a
    common unit are not compared, and `method` says how many pairs were.

    Parameters
    ----------
    ratings
        Table, or units x raters with NaN where a rating is missing.
    weights
        Weighting of the categories, see `category_weights`.
    categories
        All categories of the instrument; those that were seen when not given.
    level
        Confidence level.
    resamples
        Weights for the percentile and BCa intervals beside it.

    Raises
    ------
    ValueError
        If a rating is not in `categories`, or the weights do not fit them.

    Examples
    --------
    >>> light_kappa([[1, 1, 1], [2, 2, 3], [3, 3, 3], [2, 2, 2]]).value.__round__(3)
    0.758
    """
    counted = count_categories(ratings, weights, categories).with_ratings(2)
    pairs = _pairs(counted)
    method = method_with_categories(counted, LOG_COMPLEMENT)
    if not pairs:
        return undefined(0, method, NO_PAIR)
    possible = counted.by_rater.shape[1] * (counted.by_rater.shape[1] - 1) // 2
    if len(pairs) < possible:
        method += f"; {len(pairs)} of {possible} pairs of raters have a common unit"
    estimated = estimate(
        mean_kappa_of_weights(pairs, counted.n_cases, counted.weights),
        counted.case_names if len(counted.case_names) else counted.n_cases,
        LOG_COMPLEMENT,
        why_undefined=PAIR_WITHOUT_VARIATION,
        level=level,
        resamples=resamples,
    )
    return replace(estimated, method=method)


def _pairs(counted: CategoryCounts) -> list[RatedPair]:
    rated = counted.by_rater.sum(axis=2) > 0
    pairs = []
    for one, two in combinations(range(rated.shape[1]), 2):
        both = rated[:, one] & rated[:, two]
        if both.any():
            first, second = (counted.by_rater[both, rater].argmax(axis=1) for rater in (one, two))
            pairs.append(RatedPair(first, second, counted.cases[both]))
    return pairs
