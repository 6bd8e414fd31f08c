"""Models as a sample of their family: the mean of their z, and how much they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.resampling import check_level

FEWEST_MODELS = 3
_SAME = 1e-12


@dataclass(frozen=True)
class RandomEffects:
    """A random-effects mean over models.

    Attributes
    ----------
    mean, low, high
        Mean of the models and its Hartung-Knapp interval; None where there is none.
    between_sd
        Standard deviation of the true values between models, beyond what sampling of the cases
        explains.
    i_squared
        Share of the spread that is not sampling, 0 to 1.
    n
        Number of models.
    reason
        Why there is no mean, or no interval; None when there are both.
    """

    mean: float | None
    low: float | None
    high: float | None
    between_sd: float | None
    i_squared: float | None
    n: int
    method: str
    reason: str | None = None


def random_effects(
    values: Sequence[float], standard_errors: Sequence[float], level: float = 0.95
) -> RandomEffects:
    """Return the random-effects mean of per-model values, such as Fisher z, and their spread.

    Between-model variance by Paule RC, Mandel J. J Res Natl Bur Stand 1982;87:377-385; interval by
    Hartung J, Knapp G. Stat Med 2001;20:3875-3889, Student's t on models minus 1. Computed with
    statsmodels. The values share their cases and are therefore correlated; the interval treats
    them as independent, as a forest plot does, and is a description beside targets A and B.

    Parameters
    ----------
    values, standard_errors
        One for each model; where one is missing, or an error is zero, there is no mean.
    level
        Confidence level.

    Examples
    --------
    >>> found = random_effects([0.9, 0.7, 0.8, 0.2], [0.1, 0.1, 0.1, 0.1])
    >>> round(found.mean, 2), round(found.between_sd, 2)
    (0.65, 0.29)
    """
    method = "Paule-Mandel, Hartung-Knapp"
    z, errors = np.asarray(values, dtype=float), np.asarray(standard_errors, dtype=float)
    if z.shape != errors.shape or z.ndim != 1:
        raise ValueError(f"{z.size} values and {errors.size} standard errors")
    check_level(level)
    reason = None
    if len(z) < FEWEST_MODELS:
        reason = f"{len(z)} models, at least {FEWEST_MODELS} are needed"
    elif not (np.isfinite(z) & np.isfinite(errors) & (errors > 0)).all():
        reason = "a model has no value or no standard error"
    if reason:
        return RandomEffects(None, None, None, None, None, len(z), method, reason)
    if np.ptp(z) <= _SAME * np.abs(z).max():
        reason = "no interval: all models have the same value"
        return RandomEffects(float(z.mean()), None, None, 0.0, 0.0, len(z), method, reason)
    from statsmodels.stats.meta_analysis import combine_effects

    found = combine_effects(z, errors**2, method_re="iterated", use_t=True)
    low, high = found.conf_int(alpha=1 - level, use_t=True)[3]
    return RandomEffects(
        float(found.mean_effect_re),
        float(low),
        float(high),
        float(np.sqrt(max(found.tau2, 0.0))),
        float(max(found.i2, 0.0)),
        len(z),
        method,
    )
