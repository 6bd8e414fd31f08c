"""Measurement error between raters, in the unit of the rating: SEM and minimal detectable change.

That of replicates by one rater is in `analysis.agreement.within_subject`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from analysis.agreement.mean_squares import (
    anova_mean_squares,
    mean_squares_of,
    share_complete,
    why_not_crossed,
)
from analysis.agreement.normal_intervals import (
    positive_size,
    times_sd_of_difference,
    with_chi_square,
)
from analysis.agreement.rating_table import Ratings, RatingTable, rating_table
from analysis.resampling import Estimate, FloatArray, Resamples, undefined

Error = Literal["agreement", "consistency"]


def standard_error_of_measurement(
    ratings: Ratings,
    error: Error = "agreement",
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate the standard error of measurement (SEM) of a single rating.

    "consistency": the root of MSE, raters' systematic differences left out (Weir JP. J Strength
    Cond Res 2005;19:231-240). "agreement": the root of the sum of the variances of raters and
    rest, (MSC - MSE) / n + MSE (de Vet HCW et al. J Clin Epidemiol 2006;59:1033-1039), which
    equals MSW. A negative variance of raters is not set to zero. SD sqrt(1 - ICC) of Weir is the
    same where SD^2 is the sum of the variances of the ICC's denominator.

    The interval is a case jackknife-t on the log; beside it stands the chi-square interval of the
    normal model with independent units, with Satterthwaite's degrees of freedom for agreement.

    Parameters
    ----------
    ratings
        Table, or array of units x raters; only units that all raters rated enter.
    error
        Whether systematic differences between raters count as error.
    level
        Confidence level.
    resamples
        Weights for the percentile and BCa intervals beside.

    Raises
    ------
    ValueError
        For a kind of error that there is not, or ratings of the wrong shape.

    Examples
    --------
    >>> ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9]]
    >>> ratings.append([6, 2, 4, 7])
    >>> round(standard_error_of_measurement(ratings).value, 3)
    2.503
    """
    return _sem(ratings, error, 1.0, "SEM", level, resamples)


def minimal_detectable_change(
    ratings: Ratings,
    error: Error = "agreement",
    *,
    confidence: float = 0.95,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate the minimal detectable change (MDC95), or smallest detectable change (SDC).

    z sqrt(2) SEM with the normal quantile z of `confidence`, 1.96 for 95 %: the difference of two
    ratings of a unit that error alone exceeds in 5 %. Weir JP. J Strength Cond Res
    2005;19:231-240; de Vet HCW et al. J Clin Epidemiol 2006;59:1033-1039. Intervals as in
    `standard_error_of_measurement`.

    Examples
    --------
    >>> ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9]]
    >>> ratings.append([6, 2, 4, 7])
    >>> round(minimal_detectable_change(ratings, "consistency").value, 2)
    2.8
    """
    name = f"MDC{100 * confidence:g}"
    return _sem(ratings, error, times_sd_of_difference(confidence), name, level, resamples)


def _sem(
    ratings: Ratings,
    error: Error,
    factor: float,
    name: str,
    level: float,
    resamples: Resamples | None,
) -> Estimate:
    if error not in get_args(Error):
        raise ValueError(f"{error!r} is neither of {', '.join(get_args(Error))}")
    table = rating_table(ratings)
    complete = table.complete()
    share = share_complete(table, complete)
    how = f"{name}, {error}; {share}"
    reason = why_not_crossed(complete, share)
    if reason:
        return undefined(complete.n_cases, how, reason)
    mean_squares = mean_squares_of(complete)

    def statistic(weights: FloatArray) -> FloatArray:
        found = mean_squares(weights)
        square = found.within if error == "agreement" else found.error
        return np.asarray(factor * np.sqrt(square))

    estimated = positive_size(statistic, complete, "fewer than two units", level, resamples)
    df = _sem_df(complete, error)
    return with_chi_square(replace(estimated, method=f"{how}; {estimated.method}"), df, level)


def _sem_df(complete: RatingTable, error: Error) -> float:
    anova = anova_mean_squares(complete)
    n, k = anova.n_units, anova.n_raters
    if error == "consistency":
        return (n - 1) * (k - 1)
    # MSW = MSC / n + (n - 1) MSE / n: Satterthwaite FE. Biometrics 1946;2:110-114.
    raters, rest = (anova.msc or 0.0) / n, (n - 1) * (anova.mse or 0.0) / n
    below = raters**2 / (k - 1) + rest**2 / ((n - 1) * (k - 1))
    return (raters + rest) ** 2 / below if below > 0 else (n - 1) * (k - 1)
