"""The estimate of a statistic with its case jackknife-t interval."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from scipy import stats

from analysis.resampling.bootstrap import UNDEFINED_SHARE, bca_interval, evaluate, percentiles
from analysis.resampling.estimates import Estimate, check_level, undefined
from analysis.resampling.scales import EDGE, Scale
from analysis.resampling.weights import Cases, FloatArray, Resamples, Statistic, block_rows

MOST_ALONE = 2000
GROUPS = 1000
"""So many groups give an error that is itself known to 2 %, at a bounded cost."""


def method_on(scale: Scale) -> str:
    """Name the default interval of `estimate` on a scale."""
    return f"case jackknife-t on {scale.name}"


def _n_left_out(n_cases: int) -> int:
    """Return how many leave-one-out values `estimate` makes: one a case, or one a group."""
    return n_cases if n_cases <= MOST_ALONE else GROUPS


def jackknife_values(statistic: Statistic, n_cases: int) -> FloatArray:
    """Return the value of a statistic without each case, shape (cases,)."""
    rows = block_rows(n_cases)
    values = []
    for start in range(0, n_cases, rows):
        weights = np.ones((min(rows, n_cases - start), n_cases))
        weights[np.arange(len(weights)), np.arange(start, start + len(weights))] = 0
        values.append(statistic(weights))
    return np.concatenate(values) if values else np.empty(0)


def group_jackknife_values(statistic: Statistic, n_cases: int, n_groups: int) -> FloatArray:
    """Return the value of a statistic without each group of cases, shape (groups,).

    Cases are dealt to the groups in turn, so that groups differ by one case at most: the
    delete-a-group jackknife (Kott PS. J Off Stat 2001;17:521-526). Error and acceleration follow
    from its values as from those of single cases.
    """
    group = np.arange(n_cases) % n_groups
    rows = block_rows(n_cases)
    values = []
    for start in range(0, n_groups, rows):
        left_out = np.arange(start, min(start + rows, n_groups))
        values.append(statistic((group != left_out[:, None]).astype(np.float64)))
    return np.concatenate(values)


def jackknife_standard_error(values: FloatArray) -> float:
    """Return the jackknife error from leave-one-out values; NaN with fewer than two.

    Tukey JW. Ann Math Stat 1958;29:614; Efron and Tibshirani 1993, equation 11.5.
    """
    n = len(values)
    if n < 2:
        return float("nan")
    largest = float(np.max(np.abs(values)))
    if not 0 < largest < np.inf:
        return 0.0 if largest == 0 else float("nan")
    # Divided by the largest, so that squares neither overflow nor vanish.
    scaled = values / largest
    return float(largest * np.sqrt((n - 1) / n * np.sum((scaled - scaled.mean()) ** 2)))


def estimate(
    statistic: Statistic,
    cases: Cases,
    scale: Scale,
    *,
    why_undefined: str,
    level: float = 0.95,
    null: float | None = None,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate a statistic with its case jackknife-t interval, and bootstrap intervals beside it.

    The standard error is that of the leave-one-case-out values on `scale`; the interval is
    symmetric there, with Student's t on cases minus 1 degrees of freedom, and is transformed back.
    Undefined leave-one-out values are left out and counted; with more than 5 % of them there is no
    interval. More than 2,000 cases are left out in 1,000 groups.

    Parameters
    ----------
    statistic
        Function of case weights, (resamples x cases) -> (resamples,); NaN means undefined.
    cases
        Number of cases, or their labels in the order of the columns of the weights; each must
        contribute to the statistic.
    scale
        Stabilising scale.
    why_undefined
        The reason to give when the statistic has no value.
    level
        Confidence level.
    null
        Value to test against, two-sided, with the same standard error; None for no test.
    resamples
        Weights for the percentile and BCa intervals; None for the jackknife alone.

    Raises
    ------
    ValueError
        If the level is not between 0 and 1.
    """
    check_level(level)
    n_cases = int(cases) if isinstance(cases, int | np.integer) else len(cases)
    method = method_on(scale)
    value = float(statistic(np.ones((1, n_cases)))[0]) if n_cases else np.nan
    if not np.isfinite(value):
        return undefined(n_cases, method, why_undefined)
    if n_cases < 3:
        plural = "s" if n_cases > 1 else ""
        reason = f"no interval: {n_cases} case{plural}, at least 3 are needed"
        return Estimate(value, None, None, n_cases, method, reason)
    if n_cases > MOST_ALONE:
        without = group_jackknife_values(statistic, n_cases, GROUPS)
        method = f"{method}, cases left out in {GROUPS} groups"
    else:
        without = jackknife_values(statistic, n_cases)
    estimated = _jackknife_t(value, without, scale, level, null)
    estimated = replace(estimated, n_cases=n_cases, method=method)
    if resamples is None:
        return estimated
    replicates = evaluate(statistic, resamples, cases)
    beside = (
        percentiles(replicates, resamples, level),
        bca_interval(value, replicates, without, resamples, level),
    )
    return replace(estimated, beside=beside)


def jackknife_error_on(
    scale: Scale, estimated: Estimate, level: float
) -> tuple[float | None, float]:
    """Return the standard error on a scale behind a jackknife-t interval, and its freedom.

    The error is None where there is no interval.

    Raises
    ------
    ValueError
        If the interval was made on another scale, or in another way, or the level is none.
    """
    # "Fisher z" is not "Fisher z of half the difference".
    if not re.search(rf"{re.escape(method_on(scale))}($|[,;])", estimated.method):
        raise ValueError(f"the interval is {estimated.method!r}, not {method_on(scale)!r}")
    check_level(level)
    df = float(_n_left_out(estimated.n_cases) - estimated.undefined_replicates - 1)
    if estimated.low is None or estimated.high is None:
        return None, df
    ends = scale.forward(np.array([estimated.low, estimated.high]))
    width = float(ends[1] - ends[0])
    error = width / 2 / float(stats.t.ppf((1 + level) / 2, df))
    return (error if error > 0 else None), df


def _jackknife_t(
    value: float, without: FloatArray, scale: Scale, level: float, null: float | None
) -> Estimate:
    n_cases, method = len(without), method_on(scale)
    own = without[np.isfinite(without)]
    blank = Estimate(
        value,
        None,
        None,
        n_cases,
        method,
        standard_error=jackknife_standard_error(own) if len(own) == n_cases else None,
    )
    centre = float(scale.forward(np.array([value]))[0])
    if not np.isfinite(centre):
        return replace(blank, reason="no interval: the value lies on the edge of its range")
    replicates = scale.forward(without)
    replicates = replicates[np.isfinite(replicates)]
    missing = n_cases - len(replicates)
    blank = replace(blank, undefined_replicates=missing)
    if missing > UNDEFINED_SHARE * n_cases:
        reason = (
            f"no interval: {missing} of {n_cases} leave-one-case-out values are undefined or on "
            "the edge of the range"
        )
        return replace(blank, reason=reason)
    error = jackknife_standard_error(replicates)
    if error <= EDGE * max(1.0, abs(centre)):
        return replace(blank, reason="no interval: leaving out a case never changes the value")
    freedom = len(replicates) - 1
    reach = float(stats.t.ppf((1 + level) / 2, freedom)) * error
    low, high = scale.back(np.array([centre - reach, centre + reach]))
    p_value = None
    if null is not None:
        distance = centre - float(scale.forward(np.array([null]))[0])
        p_value = float(2 * stats.t.sf(abs(distance) / error, freedom))
    return replace(blank, low=float(low), high=float(high), p_value=p_value)
