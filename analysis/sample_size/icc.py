"""Units for intraclass correlations."""

from __future__ import annotations

import math

from analysis.arguments import alike, few, one_or_two, outside, refuse
from analysis.sample_size.normal import Tails, normal_quantile, reach, too_little, whole


def sample_size_icc(
    rho1: float,
    rho0: float = 0.0,
    k: int = 2,
    alpha: float = 0.05,
    tails: Tails = 2,
    power: float = 0.8,
) -> int:
    """Return the number of units that shows an ICC of `rho1` to differ from `rho0`.

    One-way model, single ratings. The same number lets the lower confidence limit lie above `rho0`
    with assurance `power`. Walter SD, Eliasziw M, Donner A. Stat Med 1998;17:101-110 (one-sided);
    Zou GY. Stat Med 2012;31:3972-3981.

    Parameters
    ----------
    rho1, rho0
        ICC expected and ICC of the null hypothesis, 0 or more and below 1.
    k
        Ratings of each unit.
    alpha, tails, power
        Error of the first kind, one or two sides, chance to find the difference.

    Examples
    --------
    >>> sample_size_icc(0.8, 0.6, k=2)
    49
    """
    problems = outside(0, 1, low_itself=True, rho1=rho1, rho0=rho0)
    problems += alike("rho0", rho0, rho1) + few(k=k) + one_or_two(tails=tails)
    problems += too_little(power, alpha)
    refuse(problems + outside(0, 1, alpha=alpha, power=power))
    odds0, odds1 = rho0 / (1 - rho0), rho1 / (1 - rho1)
    distance = math.log((1 + k * odds0) / (1 + k * odds1)) ** 2
    return whole(1 + 2 * k * reach(alpha, tails, power) ** 2 / ((k - 1) * distance))


def sample_size_icc_precision(
    rho: float, half_width: float, k: int = 2, alpha: float = 0.05, assurance: float = 0.5
) -> int:
    """Return the number of units whose ICC interval is no wider than planned.

    `assurance` is the chance that the half-width stays within `half_width`: .5 plans for the
    expected width, which half of all studies exceed. Zou GY. Stat Med 2012;31:3972-3981, with the
    large-sample error of Fisher RA, Statistical Methods for Research Workers, 1925.

    Examples
    --------
    >>> sample_size_icc_precision(0.9, 0.05, k=2, assurance=0.8)
    78
    """
    problems = outside(0, 1, low_itself=True, rho=rho) + outside(0, 1, half_width=half_width)
    problems += few(k=k)
    if not 0.5 <= assurance < 1:
        problems.append(f"assurance is {assurance}, it must be .5 or more and below 1")
    refuse(problems + outside(0, 1, alpha=alpha))
    z, z_assured = normal_quantile(1 - alpha / 2), normal_quantile(assurance)
    error = math.sqrt(2 / (k * (k - 1))) * (1 - rho) * (1 + (k - 1) * rho)
    slope = math.sqrt(2 / (k * (k - 1))) * abs(k - 2 - 2 * (k - 1) * rho)
    # z (error + z_assured slope error / root) / root = half_width, solved for the root of n - 1
    root = z * error + math.sqrt((z * error) ** 2 + 4 * half_width * z * z_assured * error * slope)
    return whole(1 + (root / (2 * half_width)) ** 2)
