"""Large-sample intervals of correlations, for pairs that are independent of each other.

They know nothing of cases: with several masks of one case they are too narrow, and stand beside
the case jackknife for comparison with other software. pingouin 0.7 gives Spearman and Kendall the
interval of Pearson's r, which is too narrow for the first and too wide for the second.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from analysis.arguments import few, outside, refuse
from analysis.resampling import FISHER_Z, Interval

INDEPENDENT = "pairs taken as independent"
_ROUNDING = 1e-9


def fisher_interval(r: float, n: int, level: float = 0.95, covariates: int = 0) -> Interval:
    """Return Fisher's interval of Pearson's r: z with variance 1 / (n - 3 - covariates).

    Fisher RA. Metron 1921;1:3-32; for partial correlations Metron 1924;3:329-332.

    Examples
    --------
    >>> interval = fisher_interval(0.776374491289, 15)
    >>> round(interval.low, 4), round(interval.high, 4)
    (0.4385, 0.922)
    """
    return _on_z(r, n, 3 + covariates, 1.0, level, "Fisher z")


def bonett_wright_interval(rho: float, n: int, level: float = 0.95) -> Interval:
    """Return the interval of Spearman's rho on z with variance (1 + rho^2 / 2) / (n - 3).

    Bonett DG, Wright TA. Psychometrika 2000;65:23-28.
    """
    return _on_z(rho, n, 3, 1 + rho**2 / 2, level, "Fisher z, variance of Bonett and Wright")


def fieller_interval_spearman(rho: float, n: int, level: float = 0.95) -> Interval:
    """Return the interval of Spearman's rho on z with variance 1.06 / (n - 3).

    Fieller EC, Hartley HO, Pearson ES. Biometrika 1957;44:470-481.
    """
    return _on_z(rho, n, 3, 1.06, level, "Fisher z, variance of Fieller")


def fieller_interval_kendall(tau: float, n: int, level: float = 0.95) -> Interval:
    """Return the interval of Kendall's tau on z with variance 0.437 / (n - 4).

    Fieller EC, Hartley HO, Pearson ES. Biometrika 1957;44:470-481.
    """
    return _on_z(tau, n, 4, 0.437, level, "Fisher z, variance of Fieller")


def _on_z(r: float, n: int, lost: int, numerator: float, level: float, name: str) -> Interval:
    # A correlation may leave its range by rounding: that is its edge, no mistake.
    no_correlation = [] if abs(r) <= 1 + _ROUNDING else [f"{r} is no correlation"]
    refuse([*no_correlation, *few(0, n=n), *outside(0, 1, level=level)])
    denominator = n - lost
    method = f"{name}, {INDEPENDENT}"
    if denominator < 1:
        return Interval(None, None, method, f"no interval: {1 - denominator} more pairs are needed")
    z = float(FISHER_Z.forward(np.array([r]))[0])
    if np.isnan(z):
        return Interval(None, None, method, "no interval: the value lies on the edge of its range")
    reach = float(special.ndtri((1 + level) / 2)) * np.sqrt(numerator / denominator)
    low, high = np.tanh(z + np.array([-reach, reach]))
    return Interval(float(low), float(high), method)
