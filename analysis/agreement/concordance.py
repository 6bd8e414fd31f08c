"""Concordance correlation coefficients: Lin's for two raters or methods, overall for more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.agreement.bland_altman import method_pairs
from analysis.agreement.icc import spearman_brown_scale
from analysis.agreement.mean_squares import (
    cases_of,
    mean_squares_of,
    share_complete,
    why_not_crossed,
)
from analysis.agreement.rating_table import Ratings, RatingTable, rating_table
from analysis.resampling import (
    Estimate,
    FloatArray,
    Interval,
    Resamples,
    Statistic,
    estimate,
    undefined,
)

Variance = Literal["n", "n-1"]
_NO_VARIANCE = "no variance: the ratings do not vary"


@dataclass(frozen=True)
class LinConcordance:
    """Lin's concordance correlation coefficient and what it is made of.

    Attributes
    ----------
    ccc
        The coefficient with its case interval; beside it the z interval of Lin.
    pearson
        Pearson's correlation (precision); None where a variable does not vary.
    bias_correction
        C_b (accuracy): ccc / pearson.
    scale_shift, location_shift
        SD of the second over SD of the first; mean of the second minus mean of the first, over the
        geometric mean of the SDs.
    standard_error, standard_error_z
        Large-sample standard errors of ccc and of its Fisher z.
    n
        Number of pairs.
    """

    ccc: Estimate
    pearson: float | None
    bias_correction: float | None
    scale_shift: float | None
    location_shift: float | None
    standard_error: float | None
    standard_error_z: float | None
    n: int


def lin_ccc(
    first: ArrayLike,
    second: ArrayLike,
    *,
    cases: object = None,
    variance: Variance = "n",
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> LinConcordance:
    """Estimate Lin's concordance correlation coefficient of two raters or methods.

    2 s_xy / (s_x^2 + s_y^2 + (mean_x - mean_y)^2). Lin LI. Biometrics 1989;45:255-268, with the
    standard error as corrected in Biometrics 2000;56:324-325. Variances and covariance are divided
    by n as in Lin 1989 and R's epiR, or by n - 1, which gives another value. The z interval takes
    pairs as independent.

    Parameters
    ----------
    first, second
        Measurements, one per unit; pairs with NaN are left out.
    cases
        Case of each unit; without it each unit is a case.
    variance
        Divisor of variances and covariance.
    level
        Confidence level.
    resamples
        Weights for the percentile and BCa intervals beside.

    Raises
    ------
    ValueError
        If the lengths differ, a measurement is infinite, or the divisor is neither.

    Examples
    --------
    >>> round(lin_ccc([1.0, 2.0, 3.0, 4.0], [1.1, 2.3, 2.9, 4.4]).ccc.value, 3)
    0.975
    """
    _checked(variance)
    pairs = method_pairs(first, second, cases)
    n = len(pairs.values)
    how = f"Lin's CCC, variances over {variance}, {n} pairs"
    if n < 2:
        none = undefined(pairs.n_cases, how, "fewer than two pairs of measurements")
        return LinConcordance(none, None, None, None, None, None, None, n)
    ccc = _estimate(pairs, variance, level, resamples)
    ccc = replace(ccc, method=f"{how}; {ccc.method}")
    (x, y), divisor = pairs.values.T, n if variance == "n" else n - 1
    sd = [float(np.sqrt(((z - z.mean()) ** 2).sum() / divisor)) for z in (x, y)]
    varied = all(np.ptp(z) > 1e-12 * np.abs(z).max() for z in (x, y))
    if ccc.value is None or not varied:
        return LinConcordance(ccc, None, None, None, None, None, None, n)
    r = float(np.mean((x - x.mean()) * (y - y.mean()))) * n / divisor / (sd[0] * sd[1])
    shift = float(y.mean() - x.mean()) / (sd[0] * sd[1]) ** 0.5
    scale = sd[1] / sd[0]
    # C_b from the shifts: ccc / r would be 0 / 0 without correlation.
    accuracy = 2 / (scale + 1 / scale + shift**2)
    error = _standard_error(ccc.value, r, accuracy, shift, n)
    error_z = None if error is None or abs(ccc.value) >= 1 else error / (1 - ccc.value**2)
    ccc = replace(ccc, beside=(*ccc.beside, _z_interval(ccc.value, error_z, level)))
    return LinConcordance(ccc, r, accuracy, scale, shift, error, error_z, n)


def overall_ccc(
    ratings: Ratings,
    *,
    variance: Variance = "n",
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate the overall concordance correlation coefficient of any number of raters.

    Twice the sum of the covariances of all pairs of raters over the sum of their expected squared
    differences: King TS, Chinchilli VM. Stat Med 2001;20:2131-2147; Barnhart HX, Haber M, Song J.
    Biometrics 2002;58:1020-1027. For two raters it is Lin's. With variances over n - 1 it differs
    from ICC(A,1) only by MSE / n in the variance between raters, and approaches it with more units
    (Carrasco JL, Jover L. Biometrics 2003;59:849-858).

    Parameters
    ----------
    ratings
        Table, or array of units x raters; only units that all raters rated enter.
    variance
        Divisor of variances and covariances.
    level
        Confidence level.
    resamples
        Weights for the percentile and BCa intervals beside.

    Raises
    ------
    ValueError
        If ratings have the wrong shape or the divisor is neither.

    Examples
    --------
    >>> round(overall_ccc([[1, 1, 2], [2, 3, 3], [3, 3, 4], [5, 4, 5]]).value, 3)
    0.807
    """
    _checked(variance)
    table = rating_table(ratings)
    complete = table.complete()
    share = share_complete(table, complete)
    how = f"overall CCC, variances over {variance}; {share}"
    reason = why_not_crossed(complete, share)
    if reason:
        return undefined(complete.n_cases, how, reason)
    estimated = _estimate(complete, variance, level, resamples)
    return replace(estimated, method=f"{how}; {estimated.method}")


def ccc_statistic(complete: RatingTable, variance: Variance = "n") -> Statistic:
    """Return the overall CCC of a table without gaps as a function of case weights."""
    mean_squares = mean_squares_of(complete)

    def statistic(weights: FloatArray) -> FloatArray:
        msr, msc, mse, _, n, k = mean_squares(weights)
        with np.errstate(invalid="ignore", divide="ignore"):
            shrink = (n - 1) / n if variance == "n" else 1.0
            spread = shrink * (msr + (k - 1) * mse) + k * msc / n
            return np.where(spread > 0, shrink * (msr - mse) / spread, np.nan)

    return statistic


def _checked(variance: str) -> None:
    if variance not in get_args(Variance):
        raise ValueError(f"variance over {variance!r}: neither of {', '.join(get_args(Variance))}")


def _estimate(
    complete: RatingTable, variance: Variance, level: float, resamples: Resamples | None
) -> Estimate:
    return estimate(
        ccc_statistic(complete, variance),
        cases_of(complete),
        spearman_brown_scale(complete.values.shape[1]),
        why_undefined=_NO_VARIANCE,
        level=level,
        resamples=resamples,
    )


def _standard_error(ccc: float, r: float, accuracy: float, shift: float, n: int) -> float | None:
    """Return Lin's standard error (1989, corrected 2000), with ccc / r replaced by C_b."""
    if n < 3:
        return None
    square = (
        (1 - r**2) * accuracy**2 * (1 - ccc**2)
        + 2 * ccc**2 * accuracy * (1 - ccc) * shift**2
        - ccc**2 * accuracy**2 * shift**4 / 2
    ) / (n - 2)
    return float(np.sqrt(square)) if square > 0 else None


def _z_interval(ccc: float, error_z: float | None, level: float) -> Interval:
    method = "Fisher z (Lin 1989, 2000), units taken as independent"
    if not error_z:
        return Interval(None, None, method, "no interval: the standard error is zero or undefined")
    centre, reach = np.arctanh(ccc), float(stats.norm.ppf((1 + level) / 2)) * error_z
    return Interval(float(np.tanh(centre - reach)), float(np.tanh(centre + reach)), method)
