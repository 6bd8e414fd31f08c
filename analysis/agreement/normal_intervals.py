"""Closed-form intervals of the normal model, and estimates of sizes that go with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import stats

from analysis.agreement.mean_squares import cases_of
from analysis.agreement.rating_table import RatingTable
from analysis.resampling import LOG, Estimate, Interval, Resamples, Statistic, estimate


def times_sd_of_difference(confidence: float) -> float:
    """Return how many SDs a difference of two measurements reaches with some confidence."""
    return float(stats.norm.ppf((1 + confidence) / 2) * np.sqrt(2))


def positive_size(
    statistic: Statistic,
    table: RatingTable,
    why_undefined: str,
    level: float,
    resamples: Resamples | None,
) -> Estimate:
    """Estimate a positive size, with its case interval on the log."""
    return estimate(
        statistic,
        cases_of(table),
        LOG,
        why_undefined=why_undefined,
        level=level,
        resamples=resamples,
    )


def with_chi_square(estimated: Estimate, df: float, level: float) -> Estimate:
    """Put the chi-square interval of a standard deviation beside the others."""
    if estimated.value is None:
        return estimated
    return replace(
        estimated, beside=(*estimated.beside, chi_square_interval(estimated.value, df, level))
    )


def chi_square_interval(sd: float, df: float, level: float = 0.95) -> Interval:
    """Return the interval of a standard deviation, or a multiple of it, in the normal model.

    Examples
    --------
    >>> interval = chi_square_interval(2.0, 9)
    >>> round(interval.low, 3), round(interval.high, 3)
    (1.376, 3.651)
    """
    method = f"chi-square with {df:.4g} degrees of freedom, units taken as independent"
    if sd <= 0:
        return Interval(None, None, method, "no interval: the measurements do not vary")
    low, high = sd * np.sqrt(df / stats.chi2.ppf([(1 + level) / 2, (1 - level) / 2], df))
    return Interval(float(low), float(high), method)
