"""Limits of agreement as quantiles of the differences, without a distribution."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.agreement.bland_altman import differences_of, method_pairs
from analysis.agreement.mean_squares import cases_of
from analysis.agreement.rating_table import RatingTable
from analysis.resampling import (
    Estimate,
    FloatArray,
    Interval,
    Resamples,
    Statistic,
    blocks,
    evaluate,
    percentiles,
    undefined,
)


@dataclass(frozen=True)
class NonparametricLimits:
    """Quantiles of the differences between which `coverage` of them lie, of `n` pairs."""

    n: int
    lower_limit: Estimate
    median_difference: Estimate
    upper_limit: Estimate


def nonparametric_limits(
    first: ArrayLike,
    second: ArrayLike,
    *,
    cases: object = None,
    coverage: float = 0.95,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> NonparametricLimits:
    """Estimate limits of agreement as quantiles of the differences, first minus second.

    Bland JM, Altman DG. Stat Methods Med Res 1999;8:135-160, section 6. Quantiles are numpy's
    linear ones. The jackknife fails for quantiles (Efron 1979), so the interval is the percentile
    interval of the case bootstrap where `resamples` are given, and otherwise, where each unit is
    a case of its own, that of order statistics by the binomial distribution (Conover WJ. Practical
    Nonparametric Statistics, 3rd ed., 1999, section 3.2), which holds at least `level`.

    Parameters
    ----------
    first, second
        Measurements of the two methods, one per unit; pairs with NaN are left out.
    cases
        Case of each unit; without it each unit is a case.
    coverage
        Share of differences between the limits.
    level
        Confidence level.
    resamples
        Weights for the percentile interval.

    Raises
    ------
    ValueError
        If the lengths differ, a measurement is infinite, or coverage is not between 0 and 1.

    Examples
    --------
    >>> limits = nonparametric_limits([1.0, 2.0, 4.0, 7.0], [1.0, 1.0, 1.0, 1.0], coverage=0.5)
    >>> limits.lower_limit.value, limits.upper_limit.value
    (0.75, 3.75)
    """
    if not 0 < coverage < 1:
        raise ValueError(f"coverage {coverage} does not lie between 0 and 1")
    pairs = method_pairs(first, second, cases)
    difference = differences_of(pairs)
    lower, middle, upper = (
        _quantile(pairs, difference, share, level, resamples)
        for share in ((1 - coverage) / 2, 0.5, (1 + coverage) / 2)
    )
    return NonparametricLimits(len(difference), lower, middle, upper)


def quantile_statistic(pairs: RatingTable, values: FloatArray, share: float) -> Statistic:
    """Return numpy's linear quantile of values per unit as a function of case weights.

    Counts as weights give the quantile of the repeated values; with other weights a value takes
    as much room on the way from the smallest to the largest as its weight.
    """
    order = np.argsort(values, kind="stable")
    ordered, cases = values[order], pairs.cases[order]

    def of(weights: FloatArray) -> FloatArray:
        ends = np.cumsum(weights[:, cases], axis=1)
        n = ends[:, -1]
        place = share * np.maximum(n - 1, 0.0)
        below = np.floor(place)
        above = np.minimum(below + 1, np.maximum(n - 1, 0.0))
        # Rounding must not push a place over the end of its value.
        low, high = (
            ordered[np.minimum((ends <= at[:, None] + 1e-9).sum(axis=1), len(ordered) - 1)]
            for at in (below, above)
        )
        return np.where(n > 0, low + (high - low) * (place - below), np.nan)

    def statistic(weights: FloatArray) -> FloatArray:
        parts = [of(block) for block in blocks(weights, 2 * len(ordered))]
        return np.concatenate(parts)

    return statistic


def _quantile(
    pairs: RatingTable,
    difference: FloatArray,
    share: float,
    level: float,
    resamples: Resamples | None,
) -> Estimate:
    if not len(difference):
        return undefined(0, f"quantile {share:g}", "no pair of measurements")
    statistic = quantile_statistic(pairs, difference, share)
    value = float(statistic(np.ones((1, pairs.n_cases)))[0])
    interval = _order_statistics(pairs, difference, share, level)
    beside: tuple[Interval, ...] = ()
    if resamples is not None:
        beside = (interval,)
        interval = percentiles(evaluate(statistic, resamples, cases_of(pairs)), resamples, level)
    method = f"quantile {share:g}; {interval.method}"
    blank = Estimate(value, interval.low, interval.high, pairs.n_cases, method, interval.reason)
    return replace(blank, beside=beside)


def _order_statistics(
    pairs: RatingTable, difference: FloatArray, share: float, level: float
) -> Interval:
    n, method = len(difference), "order statistics, binomial"
    if pairs.n_cases < n:
        reason = "no interval: units share cases; give resamples for a case bootstrap"
        return Interval(None, None, method, reason)
    tail = (1 - level) / 2
    # Rank r is low enough when P(fewer than r of n lie below the quantile) <= tail.
    low = int(stats.binom.ppf(tail, n, share))
    high = int(stats.binom.ppf(1 - tail, n, share)) + 1
    if low < 1 or high > n:
        reason = f"no interval: {n} pairs are too few for the {100 * share:g} % quantile"
        return Interval(None, None, method, reason)
    ordered = np.sort(difference)
    return Interval(float(ordered[low - 1]), float(ordered[high - 1]), method)
