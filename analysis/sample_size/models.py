"""Models for a statement about two families."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from analysis.arguments import few, outside, refuse
from analysis.sample_size.normal import reach, too_little

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(120)


def power_of_models(models: int, difference_z: float, sd_z: float, alpha: float = 0.05) -> float:
    """Return the power of the two-sample t test on the models' Fisher z, `models` a family.

    From the noncentral t distribution on 2 models - 2 degrees of freedom (Cohen 1988, section 2).

    Examples
    --------
    >>> round(power_of_models(6, difference_z=0.27, sd_z=0.25), 2)
    0.39
    """
    problems = few(models=models) + outside(0, 1, alpha=alpha)
    refuse(problems + _not_finite(difference_z, sd_z))
    freedom = 2 * models - 2
    shift = difference_z / max(sd_z, 1e-300) * math.sqrt(models / 2)
    bound = float(special.stdtrit(freedom, 1 - alpha / 2))
    # Not scipy's noncentral t: it is NaN where the power is nearly 1. The mean over the estimated
    # spread s, of which freedom x s^2 has a chi-squared distribution.
    low, high = np.sqrt(special.chdtri(freedom, [1 - 1e-14, 1e-14]) / freedom)
    s = (low + high + (high - low) * _NODES) / 2
    log_density = (
        (freedom - 1) * np.log(s)
        - freedom * s**2 / 2
        + freedom / 2 * math.log(freedom / 2)
        - special.gammaln(freedom / 2)
    )
    found = special.ndtr(shift - bound * s) + special.ndtr(-shift - bound * s)
    return min(1.0, float((high - low) * _WEIGHTS @ (np.exp(log_density) * found)))


def models_for_power(
    difference_z: float, sd_z: float, power: float = 0.8, alpha: float = 0.05
) -> int:
    """Return the models a family that a statement about two families needs (target B).

    Parameters
    ----------
    difference_z
        True difference of the families' mean Fisher z; not zero.
    sd_z
        Spread of the models' z within a family as a study sees it: between models, and the
        sampling error of each model's own z.
    power, alpha
        Chance to find the difference, and the error of the first kind, two-sided.

    Examples
    --------
    >>> models_for_power(difference_z=0.27, sd_z=0.25)
    15
    """
    problems = outside(0, 1, power=power, alpha=alpha) + _not_finite(difference_z, sd_z)
    if difference_z == 0:
        problems.append("difference_z is 0: no number of models finds a difference that is not")
    refuse(problems + too_little(power, alpha))
    # The normal approximation never asks for too many, and for a few too few at most.
    models = max(2, math.floor(2 * (reach(alpha, 2, power) * sd_z / difference_z) ** 2))
    while power_of_models(models, difference_z, sd_z, alpha) < power:
        models += 1
    return models


def _not_finite(difference_z: float, sd_z: float) -> list[str]:
    problems = outside(-math.inf, math.inf, difference_z=difference_z)
    return problems + outside(0, math.inf, low_itself=True, sd_z=sd_z)
