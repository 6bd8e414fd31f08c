"""Pairs for correlations, on Fisher's z."""

from __future__ import annotations

import math
from typing import Literal

from scipy import optimize

from analysis.arguments import alike, one_or_two, outside, refuse
from analysis.sample_size.normal import Tails, normal_quantile, reach, too_little, whole

Coefficient = Literal["pearson", "spearman", "kendall"]


def sample_size_correlation(
    rho1: float,
    rho0: float = 0.0,
    alpha: float = 0.05,
    tails: Tails = 2,
    power: float = 0.8,
    coefficient: Coefficient = "pearson",
) -> int:
    """Return the number of pairs that tells a correlation of `rho1` from `rho0`, on Fisher's z.

    Variance of z: 1 / (n - 3) for Pearson (Fisher RA. Metron 1921;1:3-32), (1 + rho^2 / 2) /
    (n - 3) for Spearman, .437 / (n - 4) for Kendall (Bonett DG, Wright TA. Psychometrika
    2000;65:23-28).

    Examples
    --------
    >>> sample_size_correlation(0.3), sample_size_correlation(0.3, coefficient="spearman")
    (85, 87)
    """
    problems = outside(-1, 1, rho1=rho1, rho0=rho0) + alike("rho0", rho0, rho1)
    problems += one_or_two(tails=tails) + too_little(power, alpha)
    refuse(problems + outside(0, 1, alpha=alpha, power=power))
    lost, spread0 = _fisher_error(coefficient, rho0)
    spread1 = _fisher_error(coefficient, rho1)[1]
    far = normal_quantile(1 - alpha / tails) * spread0 + normal_quantile(power) * spread1
    return whole(lost + (far / (math.atanh(rho1) - math.atanh(rho0))) ** 2)


def sample_size_correlation_precision(
    rho: float, width: float, alpha: float = 0.05, coefficient: Coefficient = "pearson"
) -> int:
    """Return the fewest pairs whose interval around `rho`, on Fisher's z, is no wider than `width`.

    Bonett DG, Wright TA. Psychometrika 2000;65:23-28. Their two-stage formula approximates this
    number; near 1 it asks for one or two pairs more.

    Examples
    --------
    >>> sample_size_correlation_precision(0.8, 0.1)
    205
    """
    problems = outside(-1, 1, rho=rho) + outside(0, 2, width=width)
    refuse(problems + outside(0, 1, alpha=alpha))
    lost, spread = _fisher_error(coefficient, rho)
    centre, error = math.atanh(rho), normal_quantile(1 - alpha / 2) * spread

    def too_wide(freedom: float) -> float:
        half = error / math.sqrt(freedom)
        return math.tanh(centre + half) - math.tanh(centre - half) - width

    most = (2 * error / width) ** 2 + 1  # tanh is nowhere steeper than 1
    return whole(lost + float(optimize.brentq(too_wide, 1e-12, most, xtol=1e-12)))


def sample_size_correlation_difference(
    rho1: float,
    rho2: float,
    alpha: float = 0.05,
    tails: Tails = 2,
    power: float = 0.8,
    coefficient: Coefficient = "pearson",
) -> int:
    """Return the pairs of each of two independent groups that tell their correlations apart.

    Test on Fisher's z with equal groups: Cohen J, Statistical Power Analysis, 1988, section 4;
    variances of z as in `sample_size_correlation`.

    Examples
    --------
    >>> sample_size_correlation_difference(0.6, 0.4)
    220
    """
    problems = outside(-1, 1, rho1=rho1, rho2=rho2) + alike("rho2", rho2, rho1)
    problems += one_or_two(tails=tails) + too_little(power, alpha)
    refuse(problems + outside(0, 1, alpha=alpha, power=power))
    lost, spread1 = _fisher_error(coefficient, rho1)
    spread = math.hypot(spread1, _fisher_error(coefficient, rho2)[1])
    apart = math.atanh(rho1) - math.atanh(rho2)
    return whole(lost + (spread * reach(alpha, tails, power) / apart) ** 2)


def _fisher_error(coefficient: Coefficient, rho: float) -> tuple[float, float]:
    """Return what n loses, and the standard error of z times the root of what is left."""
    known = {
        "pearson": (3.0, 1.0),
        "spearman": (3.0, math.sqrt(1 + rho**2 / 2)),
        "kendall": (4.0, math.sqrt(0.437)),
    }
    if coefficient not in known:
        raise ValueError(f"coefficient is {coefficient!r}, known are {', '.join(known)}")
    return known[coefficient]
