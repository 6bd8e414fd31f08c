"""Intervals of limits of agreement recovered from variance estimates (MOVER)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from analysis.resampling import Interval


class Part(NamedTuple):
    """A variance that enters a sum: with what factor, and on how many degrees of freedom."""

    factor: float
    variance: float
    df: float


def mover_limits(
    mean: float, parts: Sequence[Part], n_subjects: int, multiplier: float, level: float = 0.95
) -> tuple[Interval, Interval]:
    """Return the intervals of the lower and the upper limit mean -+ multiplier SD.

    Zou GY. Stat Methods Med Res 2013;22:630-642: the limits of each variance by chi-square, of
    their sum by MOVER, of its root, and of mean and root together by MOVER again, with the normal
    quantile for the mean. `parts` add up to the variance; the first is that between subjects, from
    which the mean has its standard error.

    Examples
    --------
    >>> lower, upper = mover_limits(0.0, [Part(1.0, 4.0, 19.0)], 20, 1.96)
    >>> round(upper.low, 2), round(upper.high, 2)
    (2.64, 5.93)
    """
    method = "MOVER (Zou 2013), subjects taken as independent"
    total = sum(part.factor * part.variance for part in parts)
    if total <= 0:
        none = Interval(None, None, method, "no interval: the differences do not vary")
        return none, none
    tail = (1 - level) / 2
    reach = float(stats.norm.ppf(1 - tail)) * (parts[0].variance / n_subjects) ** 0.5
    # The upper tail of chi-square gives the lower limit of a variance.
    below, above = (_distance(parts, quantile) for quantile in (1 - tail, tail))
    sd_low, sd_high = max(total - below, 0.0) ** 0.5, (total + above) ** 0.5
    inner = (reach**2 + multiplier**2 * (total**0.5 - sd_low) ** 2) ** 0.5
    outer = (reach**2 + multiplier**2 * (sd_high - total**0.5) ** 2) ** 0.5
    lower, upper = mean - multiplier * total**0.5, mean + multiplier * total**0.5
    return (
        Interval(lower - outer, lower + inner, method),
        Interval(upper - inner, upper + outer, method),
    )


def _distance(parts: Sequence[Part], quantile: float) -> float:
    """Return how far the limit of a sum of variances is from it."""
    squares = [
        (part.factor * part.variance * (1 - part.df / stats.chi2.ppf(quantile, part.df))) ** 2
        for part in parts
        if part.df > 0
    ]
    return float(np.sqrt(np.sum(squares)))
