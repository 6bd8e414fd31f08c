"""Comparison of correlations of independent samples, and what all such comparisons share.

Formulas as in the cited papers, under the names of the R package cocor (Diedenhofen B, Musch J.
PLoS ONE 2015;10:e0121945). They take the pairs of a sample as independent: where a case gives
several masks, compare with `compare_clustered` instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special, stats

from analysis.association.correlation_tests import ALTERNATIVES, Alternative, tail_probability


@dataclass(frozen=True)
class CorrelationComparison:
    """One test or interval of the difference of two correlations, first minus second.

    Attributes
    ----------
    method
        Author and year, as in cocor: "williams1959".
    difference
        First correlation minus second.
    statistic, distribution, df
        The test statistic, its distribution ("z" or "t") and degrees of freedom ("t" only).
    p_value
        p value of the alternative asked for.
    low, high
        Interval, always two-sided; of `interval_of`.
    interval_of
        "difference" of the correlations or "difference of Fisher z"; None without an interval.
    rejects_null
        Whether Zou's interval leaves out the null value; None for tests.
    reason
        Why there is neither test nor interval.
    """

    method: str
    difference: float
    statistic: float | None = None
    distribution: Literal["z", "t"] | None = None
    df: int | None = None
    p_value: float | None = None
    low: float | None = None
    high: float | None = None
    interval_of: Literal["difference", "difference of Fisher z"] | None = None
    rejects_null: bool | None = None
    reason: str | None = None


Comparisons = Mapping[str, CorrelationComparison]


def compare_independent(
    r1: float,
    n1: int,
    r2: float,
    n2: int,
    *,
    alternative: Alternative = "two-sided",
    level: float = 0.95,
    null: float = 0.0,
) -> Comparisons:
    """Compare the correlations of two independent samples.

    "fisher1925": z test on Fisher's z (Fisher RA. Statistical Methods for Research Workers, 1925).
    "zou2007": interval of the difference (Zou GY. Psychol Methods 2007;12:399-413).

    Parameters
    ----------
    r1, r2
        The correlations.
    n1, n2
        Pairs of each sample.
    alternative
        "two-sided", "greater" (the first is greater) or "less", for the test.
    level
        Confidence level of the interval.
    null
        Difference that Zou's interval is held against.

    Raises
    ------
    ValueError
        For a correlation outside [-1, 1], a sample size or level that is none, or an unknown
        alternative; all problems in one message.

    Examples
    --------
    >>> found = compare_independent(0.657, 62, 0.430, 143)
    >>> round(found["fisher1925"].statistic, 3), round(found["zou2007"].low, 3)
    (2.111, 0.016)
    """
    check_inputs({"r1": r1, "r2": r2}, {"n1": n1, "n2": n2}, alternative, level)
    difference = r1 - r2
    reason = why_not_comparable((r1, r2), min(n1, n2))
    if reason:
        return {
            name: CorrelationComparison(name, difference, reason=reason)
            for name in ("fisher1925", "zou2007")
        }
    z = (np.arctanh(r1) - np.arctanh(r2)) / np.sqrt(1 / (n1 - 3) + 1 / (n2 - 3))
    return {
        "fisher1925": z_or_t_test("fisher1925", difference, z, alternative),
        "zou2007": zou_interval(r1, n1, r2, n2, 0.0, level, null),
    }


def z_or_t_test(
    method: str,
    difference: float,
    statistic: float,
    alternative: Alternative,
    df: int | None = None,
) -> CorrelationComparison:
    """Put a z (or, with degrees of freedom, t) statistic and its p value together."""
    value = float(statistic)
    if df is None:
        below, above = float(special.ndtr(value)), float(special.ndtr(-value))
    else:
        below, above = float(stats.t.cdf(value, df)), float(stats.t.sf(value, df))
    p_value = tail_probability(below, above, alternative)
    return CorrelationComparison(method, difference, value, "z" if df is None else "t", df, p_value)


def zou_interval(
    r1: float, n1: int, r2: float, n2: int, covariance: float, level: float, null: float
) -> CorrelationComparison:
    """Return Zou's interval from the two Fisher intervals and the correlation of r1 with r2.

    Zou GY. Psychol Methods 2007;12:399-413.
    """
    normal = float(special.ndtri((1 + level) / 2))
    (down1, up1), (down2, up2) = (
        np.abs(np.tanh(np.arctanh(r) + np.array([-1, 1]) * normal / np.sqrt(n - 3)) - r)
        for r, n in ((r1, n1), (r2, n2))
    )
    difference = r1 - r2
    low = difference - _reach(down1, up2, covariance)
    high = difference + _reach(up1, down2, covariance)
    return CorrelationComparison(
        "zou2007",
        difference,
        low=low,
        high=high,
        interval_of="difference",
        rejects_null=not low <= null <= high,
    )


def _reach(one: float, two: float, covariance: float) -> float:
    return float(np.sqrt(max(0.0, one**2 + two**2 - 2 * covariance * one * two)))


def check_inputs(
    correlations: Mapping[str, float], sizes: Mapping[str, int], alternative: str, level: float
) -> None:
    """Raise a ValueError that names everything that cannot be a correlation, size or option."""
    problems = [
        f"{name} = {value} is no correlation"
        for name, value in correlations.items()
        if not -1 <= value <= 1
    ]
    problems += [
        f"{name} = {size} is no number of pairs"
        for name, size in sizes.items()
        if not (size >= 0 and size == int(size))
    ]
    if alternative not in ALTERNATIVES:
        problems.append(f"alternative {alternative!r} is none of {', '.join(ALTERNATIVES)}")
    if not 0 < level < 1:
        problems.append(f"level {level} is not between 0 and 1")
    if problems:
        raise ValueError("; ".join(problems))


def why_not_comparable(compared: tuple[float, float], n: int) -> str | None:
    """Say why two correlations cannot be compared on Fisher's z; None when they can."""
    if n < 4:
        return f"{n} pairs, at least 4 are needed"
    if any(abs(r) > 1 - 1e-12 for r in compared):
        return "a correlation of exactly 1 or -1 is infinite on Fisher's z"
    return None
