"""Closed-form intervals of a mean and of limits of agreement, in the normal model."""

from __future__ import annotations

import numpy as np
from scipy import stats

from analysis.resampling import Interval

_NO_VARIANCE = "no interval: the differences do not vary"


def mean_interval(mean: float, sd: float, n: int, level: float = 0.95) -> Interval:
    """Return Student's interval of a mean.

    Examples
    --------
    >>> interval = mean_interval(0.0, 1.0, 4)
    >>> round(interval.high, 3)
    1.591
    """
    method = f"t with {n - 1} degrees of freedom, units taken as independent"
    if sd <= 0:
        return Interval(None, None, method, _NO_VARIANCE)
    reach = float(stats.t.ppf((1 + level) / 2, n - 1)) * sd / n**0.5
    return Interval(mean - reach, mean + reach, method)


def limit_intervals(
    mean: float, sd: float, n: int, multiplier: float, level: float = 0.95
) -> tuple[Interval, ...]:
    """Return three intervals of the limit mean + multiplier SD: exact, 1999, 1986.

    Exact: sqrt(n) (mean - limit) / SD has a noncentral t distribution with n - 1 degrees of freedom
    and noncentrality -multiplier sqrt(n) (Carkeet A. Optom Vis Sci 2015;92:e71-80); its one-sided
    forms are the tolerance limits of the normal distribution. The others are the limit plus and
    minus Student's t times the standard errors of Bland and Altman 1999 and 1986.

    Examples
    --------
    One-sided 95 % tolerance factor of 10 values for 95 % of the population, 2.911 (Natrella 1963):

    >>> round(limit_intervals(0.0, 1.0, 10, 1.6448536, level=0.90)[0].high, 3)
    2.911
    """
    names = (
        "exact, noncentral t (Carkeet 2015), units taken as independent",
        "t, standard error of Bland and Altman 1999, units taken as independent",
        "t, standard error of Bland and Altman 1986, units taken as independent",
    )
    if sd <= 0:
        return tuple(Interval(None, None, name, _NO_VARIANCE) for name in names)
    limit, tails = mean + multiplier * sd, [(1 - level) / 2, (1 + level) / 2]
    # Mirrored for the lower limit: scipy's quantiles are sound for positive noncentrality.
    sign = -1.0 if multiplier < 0 else 1.0
    factors = stats.nct.ppf(tails, n - 1, abs(multiplier) * n**0.5) / n**0.5
    exact = sorted(mean + sign * factors * sd)
    found = [Interval(float(exact[0]), float(exact[1]), names[0])]
    errors = ((1 / n + multiplier**2 / (2 * (n - 1))) ** 0.5, (3 / n) ** 0.5)
    for name, error in zip(names[1:], errors, strict=True):
        reach = float(stats.t.ppf(tails[1], n - 1)) * sd * float(np.asarray(error))
        found.append(Interval(limit - reach, limit + reach, name))
    return tuple(found)
