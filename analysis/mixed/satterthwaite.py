"""Satterthwaite's degrees of freedom of a fixed effect."""

from __future__ import annotations

import numpy as np

from analysis.mixed.derivatives import gradient, hessian, steps
from analysis.mixed.minimum import LEAST_STEP
from analysis.mixed.profile import ProfiledModel
from analysis.resampling import FloatArray


def satterthwaite_df(model: ProfiledModel, theta: FloatArray, contrast: FloatArray) -> float | None:
    """Return 2 v^2 / var(v), with derivatives by theta > 0 and by the log residual variance."""
    free = np.flatnonzero(theta > 0)
    freedom = model.n_rows - model.n_fixed

    def parts(t: FloatArray) -> FloatArray:
        full = theta.copy()
        full[free] = t
        profile = model.at(full)
        variance = contrast @ profile.covariance @ contrast
        return np.array([profile.log_determinant, profile.residual, variance])

    at = theta[free]
    step = steps(at, LEAST_STEP)
    centre = parts(at)
    sigma2 = centre[1] / freedom
    information = np.empty((len(free) + 1, len(free) + 1))
    slope = np.empty(len(free) + 1)
    slope[-1] = centre[2]
    information[-1, -1] = freedom
    if len(free):
        first, second = gradient(parts, at, step), hessian(parts, at, step)
        information[:-1, :-1] = second[:, :, 0] + second[:, :, 1] / sigma2
        information[:-1, -1] = information[-1, :-1] = -first[:, 1] / sigma2
        slope[:-1] = first[:, 2]
    if not np.all(np.linalg.eigvalsh(information) > 0):
        return None
    # The criterion is minus twice the log-likelihood: its second derivatives are twice the
    # information, so that var(v) = 2 slope' H^-1 slope.
    return float(centre[2] ** 2 / (slope @ np.linalg.solve(information, slope)))
