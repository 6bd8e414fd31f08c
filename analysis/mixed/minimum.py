"""The least REML criterion over relative standard deviations that may be zero."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import optimize

from analysis.mixed.derivatives import newton_parts, steps
from analysis.mixed.profile import ProfiledModel
from analysis.resampling import FloatArray, IntArray

LEAST_STEP = 0.05
ZERO = 1e-4
"""A smaller relative standard deviation is tried at zero."""

_NEWTON_ROUNDS = 20
_SETTLED = 1e-12
_FLATTEST = 1e-4
_AWAY = (0.02, 0.1, 0.4)


def least_criterion(
    model: ProfiledModel, theta: FloatArray, *, near: bool
) -> tuple[FloatArray, bool]:
    """Return the relative standard deviations at the least criterion, and whether it is one.

    `near` says that the start is close already, as after one case less.
    """
    if not len(theta):
        return theta, True

    def criterion(t: FloatArray) -> float:
        value = model.criterion(t)
        return value if np.isfinite(value) else 1e300

    best, converged = _newton(criterion, theta if near else _descent(criterion, theta))
    for j in np.flatnonzero(best == 0):
        # The criterion is even in theta, so that it is level at zero even where it is a maximum.
        moved = np.repeat(best[None], len(_AWAY), axis=0)
        moved[:, j] = _AWAY
        values = [criterion(row) for row in moved]
        if best[j] == 0 and min(values) < criterion(best):
            best, converged = _newton(criterion, _descent(criterion, moved[int(np.argmin(values))]))
    return best, converged


def _descent(criterion: Callable[[FloatArray], float], theta: FloatArray) -> FloatArray:
    # Without bounds, where a search could come to rest: the criterion is even in theta.
    found = optimize.minimize(criterion, theta, method="L-BFGS-B").x
    return np.abs(np.asarray(found, dtype=np.float64))


def _newton(criterion: Callable[[FloatArray], float], theta: FloatArray) -> tuple[FloatArray, bool]:
    """Return the minimum near `theta` to all digits; small values are set to zero if no worse."""
    theta = theta.copy()
    for j in np.flatnonzero(theta < ZERO):
        theta[j] = 0.0
    value = criterion(theta)
    for _ in range(_NEWTON_ROUNDS):
        free = np.flatnonzero(theta > 0)
        if not len(free):
            return theta, True

        def of_free(t: FloatArray, kept: FloatArray = theta, free: IntArray = free) -> float:
            full = kept.copy()
            full[free] = t
            return criterion(full)

        slope, curve = newton_parts(of_free, theta[free], steps(theta[free], LEAST_STEP))
        # On the absolute curvature Newton's step leads down from a saddle, too.
        bends, axes = np.linalg.eigh(curve)
        lowest = float(bends[0])
        if not np.abs(bends).max() > 0:  # flat all around: the data do not decide
            return theta, False
        bends = np.maximum(np.abs(bends), _FLATTEST * np.abs(bends).max())
        move: FloatArray = np.asarray(-axes @ ((axes.T @ slope) / bends), dtype=np.float64)
        gain = float(-slope @ move)
        if gain < _SETTLED * max(1.0, abs(value)):
            polished = theta.copy()
            polished[free] = np.abs(theta[free] + move)
            polished[polished < ZERO] = 0.0
            return polished, lowest > 0
        theta, value = _descend(criterion, theta, value, free, move)
    return theta, False


def _descend(
    criterion: Callable[[FloatArray], float],
    theta: FloatArray,
    value: float,
    free: IntArray,
    move: FloatArray,
) -> tuple[FloatArray, float]:
    for halving in range(30):
        there = theta.copy()
        there[free] = np.abs(theta[free] + move / 2**halving)
        reached = criterion(there)
        if reached <= value:
            return there, reached
    return theta, value
