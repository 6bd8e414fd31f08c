"""Units for kappa."""

from __future__ import annotations

import numpy as np
from scipy import optimize, stats

from analysis.arguments import alike, few, outside, refuse
from analysis.sample_size.normal import normal_quantile, too_little, whole


def sample_size_kappa(
    kappa0: float,
    kappa1: float,
    prevalence: float,
    raters: int = 2,
    alpha: float = 0.05,
    power: float = 0.8,
) -> int:
    """Return the number of units that tells a kappa of `kappa1` from `kappa0`, binary ratings.

    Goodness-of-fit test with one degree of freedom, two-sided: Donner A, Eliasziw M. Stat Med
    1992;11:1511-1519. For more than two raters, the common correlation model in which all raters
    of a unit agree with probability kappa and otherwise rate independently: Altaye M, Donner A,
    Klar N. Biometrics 2001;57:584-588; Rotondi MA, Donner A. J Clin Epidemiol 2012;65:778-784.

    Parameters
    ----------
    kappa0, kappa1
        Kappa of the null hypothesis and the one expected, between 0 and 1.
    prevalence
        Expected share of positive ratings, between 0 and 1.
    raters
        Ratings of each unit.
    alpha, power
        Error of the first kind, and the chance to find the difference.

    Examples
    --------
    >>> sample_size_kappa(0.4, 0.6, prevalence=0.3)
    191
    """
    problems = outside(0, 1, kappa0=kappa0, kappa1=kappa1, prevalence=prevalence)
    problems += alike("kappa0", kappa0, kappa1) + few(raters=raters) + too_little(power, alpha)
    refuse(problems + outside(0, 1, alpha=alpha, power=power))
    null, expected = (_agreeing(kappa, prevalence, raters) for kappa in (kappa0, kappa1))
    distance = float(np.sum((expected - null) ** 2 / null))
    return whole(_noncentrality(alpha, power) / distance)


def _agreeing(kappa: float, prevalence: float, raters: int) -> np.ndarray:
    """Return the probabilities of 0 to `raters` positive ratings of a unit."""
    positive = np.arange(raters + 1)
    chance = stats.binom.pmf(positive, raters, prevalence)
    unanimous = np.where(positive == raters, prevalence, np.where(positive == 0, 1 - prevalence, 0))
    return np.asarray(kappa * unanimous + (1 - kappa) * chance)


def _noncentrality(alpha: float, power: float) -> float:
    bound = float(stats.chi2.isf(alpha, 1))
    most = (normal_quantile(1 - alpha / 2) + abs(normal_quantile(power)) + 1) ** 2
    return float(optimize.brentq(lambda nc: stats.ncx2.sf(bound, 1, nc) - power, 1e-9, most))
