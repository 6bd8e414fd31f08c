"""Large-sample covariance of two correlations of one sample, and z tests made of it.

Pearson K, Filon LNG. Phil Trans R Soc A 1898;191:229-311; on Fisher's z Dunn OJ, Clark VA. J Am
Stat Assoc 1969;64:366-377.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.resampling import FISHER_Z, FloatArray


def overlapping_covariance(a: np.float64, b: np.float64, c: np.float64) -> np.float64:
    """Return n times the asymptotic covariance of two correlations that share a variable."""
    squares = a**2 + b**2
    return c * (1 - squares) - a * b * (1 - squares - c**2) / 2


def nonoverlapping_covariance(
    a: np.float64, b: np.float64, others: Mapping[str, float]
) -> np.float64:
    """Return n times the asymptotic covariance of two correlations that share no variable."""
    jh, jm, kh, km = (np.float64(others[name]) for name in ("r_jh", "r_jm", "r_kh", "r_km"))
    return (
        (jh - a * kh) * (km - kh * b)
        + (jm - jh * b) * (kh - a * jh)
        + (jh - jm * b) * (km - a * jm)
        + (jm - a * km) * (kh - km * b)
    ) / 2


def pooled_on_z(covariance: np.float64, mean: np.float64) -> np.float64:
    """Divide by the variances of both, taken at their mean: a correlation of the two z."""
    return covariance / (1 - mean**2) ** 2


def both_on_z(a: np.float64, b: np.float64) -> FloatArray:
    """Return Fisher's z of both; NaN at 1 and -1."""
    return FISHER_Z.forward(np.array([a, b]))


def dunn_clark_z(a: np.float64, b: np.float64, n: int, covariance: np.float64) -> np.float64:
    """Return the test statistic from the covariance of the two z, each with variance 1."""
    first, second = both_on_z(a, b)
    return np.float64((first - second) * np.sqrt(n - 3) / np.sqrt(2 - 2 * covariance))
