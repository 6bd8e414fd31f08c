"""One engine for uncertainty: every statistic is a function of case weights.

A statistic takes a matrix W with one row per resample and one column per case, and returns one
value per row; NaN means undefined. Weight 2 counts a case twice, weight 0 leaves it out, and
everything that belongs to a case (masks, models, raters) goes with it. All ones is the estimate
itself, ones minus the identity the jackknife, random counts a bootstrap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Statistic = Callable[[FloatArray], FloatArray]

BLOCK_BYTES = 64 * 2**20
UNDEFINED_SHARE = 0.05
_EDGE = 1e-12


@dataclass(frozen=True)
class Scale:
    """An increasing transformation on which a statistic's spread depends less on its value.

    `forward` is NaN where the statistic lies on the edge of its range: there is no interval there.
    """

    name: str
    forward: Callable[[FloatArray], FloatArray]
    back: Callable[[FloatArray], FloatArray]


def _inside(low: float, high: float, x: FloatArray) -> FloatArray:
    return np.where((x > low + _EDGE) & (x < high - _EDGE), x, np.nan)


IDENTITY = Scale("as is", lambda x: x, lambda y: y)
FISHER_Z = Scale("Fisher z", lambda x: np.arctanh(_inside(-1, 1, x)), np.tanh)
# A difference of two correlations lies between -2 and 2.
HALF_DIFFERENCE = Scale(
    "Fisher z of half the difference",
    lambda x: np.arctanh(_inside(-1, 1, x / 2)),
    lambda y: 2 * np.tanh(y),
)
# Agreement coefficients are one minus a ratio of two mean squares (alpha = 1 - D_o / D_e,
# ICC(C,k) = 1 - MSE / MSR); the log of such a ratio has a spread that hardly depends on its value,
# and the range from minus infinity to 1 becomes the whole line.
LOG_COMPLEMENT = Scale(
    "log(1 - x)", lambda x: -np.log(1 - _inside(-np.inf, 1, x)), lambda y: 1 - np.exp(-y)
)
LOGIT = Scale(
    "logit",
    lambda x: np.log(_inside(0, 1, x) / (1 - _inside(0, 1, x))),
    lambda y: 1 / (1 + np.exp(-y)),
)


@dataclass(frozen=True)
class Estimate:
    """A number with its interval, or the reason why there is none.

    Attributes
    ----------
    value
        The statistic, or None when it is undefined.
    low, high
        Ends of the interval, or None when there is none.
    n_cases
        Number of cases that the value rests on.
    method
        How value and interval were computed.
    reason
        Why `value` or the interval is None; None when both are there.
    p_value
        Two-sided p value of the null value, where one was asked for.
    undefined_replicates
        How many leave-one-out values were undefined.
    """

    value: float | None
    low: float | None
    high: float | None
    n_cases: int
    method: str
    reason: str | None = None
    p_value: float | None = None
    undefined_replicates: int = 0


def undefined(n_cases: int, method: str, reason: str) -> Estimate:
    """Return the estimate that says why there is no value."""
    return Estimate(None, None, None, n_cases, method, reason)


def method_on(scale: Scale) -> str:
    """Name the interval of `jackknife_t` on a scale."""
    return f"case jackknife-t on {scale.name}"


def leave_one_out(n_cases: int) -> FloatArray:
    """Return the jackknife's weights: row i leaves out case i."""
    return 1.0 - np.eye(n_cases)


def blocks(weights: FloatArray, columns: int) -> Iterator[FloatArray]:
    """Cut `weights` into runs of rows whose work arrays of `columns` floats stay under 64 MiB."""
    rows = max(1, BLOCK_BYTES // (8 * max(1, columns)))
    for start in range(0, len(weights), rows):
        yield weights[start : start + rows]


def jackknife_t(
    statistic: Statistic,
    n_cases: int,
    scale: Scale,
    *,
    why_undefined: str,
    level: float = 0.95,
    null: float | None = None,
) -> Estimate:
    """Estimate a statistic with its case jackknife-t interval.

    The standard error is that of the leave-one-case-out values on `scale` (Tukey 1958; Efron and
    Tibshirani 1993, equation 11.5); the interval is symmetric there, with Student's t on cases
    minus 1 degrees of freedom, and is transformed back. Undefined leave-one-out values are left
    out and counted; with more than 5 % of them there is no interval.

    Parameters
    ----------
    statistic
        Function of case weights, (resamples x cases) -> (resamples,).
    n_cases
        Number of cases; each must contribute to the statistic.
    scale
        Stabilising scale.
    why_undefined
        The reason to give when the statistic has no value.
    level
        Confidence level.
    null
        Value to test against, two-sided, with the same standard error; None for no test.
    """
    method = method_on(scale)
    value = float(statistic(np.ones((1, n_cases)))[0]) if n_cases else np.nan
    if not np.isfinite(value):
        return undefined(n_cases, method, why_undefined)
    if n_cases < 3:
        plural = "s" if n_cases > 1 else ""
        reason = f"no interval: {n_cases} case{plural}, at least 3 are needed"
        return Estimate(value, None, None, n_cases, method, reason)
    centre = float(scale.forward(np.array([value]))[0])
    if not np.isfinite(centre):
        reason = "no interval: the value lies on the edge of its range"
        return Estimate(value, None, None, n_cases, method, reason)
    replicates = scale.forward(statistic(leave_one_out(n_cases)))
    replicates = replicates[np.isfinite(replicates)]
    missing = n_cases - len(replicates)
    if missing > UNDEFINED_SHARE * n_cases:
        reason = (
            f"no interval: {missing} of {n_cases} leave-one-case-out values are undefined or on "
            "the edge of the range"
        )
        return Estimate(value, None, None, n_cases, method, reason, None, missing)
    spread = float(np.sum((replicates - replicates.mean()) ** 2))
    error = np.sqrt((len(replicates) - 1) / len(replicates) * spread)
    if error <= _EDGE * max(1.0, abs(centre)):
        reason = "no interval: leaving out a case never changes the value"
        return Estimate(value, None, None, n_cases, method, reason, None, missing)
    freedom = len(replicates) - 1
    reach = float(stats.t.ppf((1 + level) / 2, freedom)) * error
    low, high = scale.back(np.array([centre - reach, centre + reach]))
    p_value = None
    if null is not None:
        distance = centre - float(scale.forward(np.array([null]))[0])
        p_value = float(2 * stats.t.sf(abs(distance) / error, freedom))
    return Estimate(
        value, float(low), float(high), n_cases, method, None, p_value, undefined_replicates=missing
    )
