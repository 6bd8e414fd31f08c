"""Equivalence by two one-sided tests: no difference that matters.

The margin belongs to the plan of the study. A large p value of a test of difference says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.resampling import (
    Estimate,
    FloatArray,
    Scale,
    SignificanceTest,
    jackknife_error_on,
)

_NOISE = 1e-14
_TOST = "two one-sided tests (Schuirmann 1987)"


@dataclass(frozen=True)
class Equivalence:
    """The outcome of two one-sided tests.

    Attributes
    ----------
    estimate
        The difference (or other quantity), or None.
    lower
        Test of "not more than the lower margin"; rejected for large values.
    upper
        Test of "not less than the upper margin"; rejected for small values.
    p_value
        The larger of the two one-sided p values.
    equivalent
        Whether it is below alpha, or None.
    ci_low, ci_high
        Interval of level 1 - 2 alpha: it lies inside the margins exactly when both tests reject.
    margins
        Lower and upper margin.
    alpha
        Level of each one-sided test.
    reason
        Why there is no test.
    """

    estimate: float | None
    lower: SignificanceTest
    upper: SignificanceTest
    p_value: float | None
    equivalent: bool | None
    ci_low: float | None
    ci_high: float | None
    margins: tuple[float, float]
    alpha: float
    reason: str | None = None


def tost_estimate(
    centre: float | None,
    standard_error: float | None,
    df: float,
    low: float,
    high: float,
    alpha: float = 0.05,
    *,
    scale: Scale | None = None,
    reason: str | None = None,
) -> Equivalence:
    """Test the equivalence of any estimate with a standard error and Student's or normal spread.

    Schuirmann DJ. J Pharmacokinet Biopharm 1987;15:657-680.

    Parameters
    ----------
    centre
        The estimate, or None where it is undefined.
    standard_error
        Its standard error; on `scale` where one is given.
    df
        Degrees of freedom; infinite for the normal distribution.
    low, high
        Margins, in the unit of the estimate.
    alpha
        Level of each one-sided test.
    scale
        Scale on which the estimate is spread evenly; None for its own.
    reason
        Why there is no estimate or no standard error, to be handed on.

    Raises
    ------
    ValueError
        If the margins are not in order or lie off the scale, or alpha is not between 0 and 0.5.

    Examples
    --------
    >>> round(tost_estimate(1.0, 2.0, 16, -5.0, 5.0).p_value, 4)
    0.0314
    """
    _check(low, high, alpha)
    at_low, at_high = place_of_margin(scale, low), place_of_margin(scale, high)
    distribution: Literal["t", "z"] = "t" if np.isfinite(df) else "z"
    place = np.nan if centre is None else _on(scale, centre)
    if np.isnan(place) or standard_error is None or not standard_error > 0 or not df > 0:
        why = reason or "no test: the standard error is zero or undefined"
        no_test = SignificanceTest(None, distribution, (), None, _TOST, why)
        margins = (low, high)
        return Equivalence(centre, no_test, no_test, None, None, None, None, margins, alpha, why)
    spread = stats.t(df) if np.isfinite(df) else stats.norm()
    t_lower, t_upper = ((place - margin) / standard_error for margin in (at_low, at_high))
    p_lower, p_upper = float(spread.sf(t_lower)), float(spread.cdf(t_upper))
    freedom = (float(df),) if np.isfinite(df) else ()
    reach = float(spread.isf(alpha)) * standard_error
    return Equivalence(
        centre,
        SignificanceTest(float(t_lower), distribution, freedom, p_lower, _TOST),
        SignificanceTest(float(t_upper), distribution, freedom, p_upper, _TOST),
        max(p_lower, p_upper),
        max(p_lower, p_upper) < alpha,
        _back(scale, place - reach),
        _back(scale, place + reach),
        (low, high),
        alpha,
    )


def tost_mean(differences: ArrayLike, low: float, high: float, alpha: float = 0.05) -> Equivalence:
    """Test whether a mean (of paired differences) lies between two margins: paired t tests.

    Raises
    ------
    ValueError
        If a difference is not finite, and as in `tost_estimate`.

    Examples
    --------
    >>> round(tost_mean([1.0, -2.0, 0.5, 1.5, -0.5], -3, 3).p_value, 4)
    0.0047
    """
    values = _finite(differences, "differences")
    n = len(values)
    if n < 2:
        reason = f"no test: {n} difference{'s' * (n != 1)}, at least 2 are needed"
        mean = float(values[0]) if n else None
        return tost_estimate(mean, None, n - 1, low, high, alpha, reason=reason)
    # In units of the largest, so that no square leaves the range of floats.
    unit = float(np.abs(values).max()) or 1.0
    error = float((values / unit).std(ddof=1) / np.sqrt(n))
    constant = error <= _NOISE
    return tost_estimate(
        float((values / unit).mean()) * unit,
        None if constant else error * unit,
        n - 1,
        low,
        high,
        alpha,
        reason="no test: all differences are equal" if constant else None,
    )


def tost_two_means(
    first: ArrayLike,
    second: ArrayLike,
    low: float,
    high: float,
    alpha: float = 0.05,
    *,
    equal_variances: bool = False,
) -> Equivalence:
    """Test whether the difference of two independent means, first minus second, is between margins.

    Welch's t with his degrees of freedom (Biometrika 1947;34:28-35), or Student's where the
    variances are taken as equal. Masks of the same cases are not independent.

    Raises
    ------
    ValueError
        If a value is not finite, and as in `tost_estimate`.
    """
    x, y = _finite(first, "values of the first"), _finite(second, "values of the second")
    n, m = len(x), len(y)
    if min(n, m) < 2:
        reason = "no test: at least 2 values of each are needed"
        return tost_estimate(None, None, 0, low, high, alpha, reason=reason)
    # In units of the largest, so that no square leaves the range of floats.
    unit = float(max(np.abs(x).max(), np.abs(y).max())) or 1.0
    x, y = x / unit, y / unit
    of_x, of_y = float(x.var(ddof=1) / n), float(y.var(ddof=1) / m)
    df = float(n + m - 2)
    variance = of_x + of_y
    if equal_variances:
        variance = (n * (n - 1) * of_x + m * (m - 1) * of_y) / df * (1 / n + 1 / m)
    varied = variance > _NOISE**2
    if varied and not equal_variances:
        df = 1 / ((of_x / variance) ** 2 / (n - 1) + (of_y / variance) ** 2 / (m - 1))
    return tost_estimate(
        float(x.mean() - y.mean()) * unit,
        float(np.sqrt(variance)) * unit if varied else None,
        df,
        low,
        high,
        alpha,
        reason=None if varied else "no test: the values of each do not vary",
    )


def tost_of_estimate(
    estimated: Estimate,
    scale: Scale,
    low: float,
    high: float,
    alpha: float = 0.05,
    *,
    level: float = 0.95,
) -> Equivalence:
    """Test the equivalence of an estimate with a case jackknife-t interval, on its scale.

    For instance of a difference of two correlations of the same cases, on the scale
    `HALF_DIFFERENCE` with a margin in rho. Where the interval is missing, so is the test, with the
    same reason.

    Parameters
    ----------
    estimated
        With its default interval, from which the error on the scale is read.
    scale
        The scale of that interval.
    low, high
        Margins, in the unit of the estimate.
    alpha
        Level of each one-sided test.
    level
        Level of the interval of `estimated`.
    """
    error, df = jackknife_error_on(scale, estimated, level)
    return tost_estimate(
        estimated.value, error, df, low, high, alpha, scale=scale, reason=estimated.reason
    )


def _finite(values: ArrayLike, what: str) -> FloatArray:
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or not np.isfinite(array).all():
        raise ValueError(f"{what} must be one row of finite numbers")
    return array


def _check(low: float, high: float, alpha: float) -> None:
    problems = []
    if not low < high:
        problems.append(f"the lower margin {low} is not below the upper margin {high}")
    if not 0 < alpha < 0.5:
        problems.append(f"alpha is {alpha}, not between 0 and 0.5")
    if problems:
        raise ValueError("; ".join(problems))


def _on(scale: Scale | None, x: float) -> float:
    return x if scale is None else float(scale.forward(np.array([x]))[0])


def _back(scale: Scale | None, y: float) -> float:
    return y if scale is None else float(scale.back(np.array([y]))[0])


def place_of_margin(scale: Scale | None, margin: float) -> float:
    """Return a margin on a scale; a ValueError where it lies off it."""
    place = _on(scale, margin)
    if np.isnan(place):
        raise ValueError(f"margin {margin} lies off the scale {scale.name if scale else 'as is'}")
    return place
