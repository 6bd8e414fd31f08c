"""Measurement error of replicates: within-subject SD, repeatability, coefficient of variation."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from analysis.agreement.normal_intervals import (
    positive_size,
    times_sd_of_difference,
    with_chi_square,
)
from analysis.agreement.rating_table import Ratings, RatingTable, rating_table
from analysis.resampling import Estimate, FloatArray, Resamples, Statistic, undefined

Variation = Literal["root_mean_square", "logarithmic", "ratio"]
_NO_REPLICATES = "no unit has two replicates"


def within_subject_sd(
    replicates: Ratings, *, level: float = 0.95, resamples: Resamples | None = None
) -> Estimate:
    """Estimate the within-subject standard deviation of replicate measurements.

    The root of the one-way mean square within units; units may have different numbers of
    replicates, those with one do not count. Bland JM, Altman DG. BMJ 1996;312:1654. Interval: case
    jackknife-t on the log; beside it the chi-square interval of the normal model.

    Parameters
    ----------
    replicates
        Table, or array of units x replicates, NaN where there is none.
    level
        Confidence level.
    resamples
        Weights for the percentile and BCa intervals beside.

    Examples
    --------
    >>> round(within_subject_sd([[494, 490], [395, 397], [516, 512], [434, 401]]).value, 1)
    11.9
    """
    return _within(replicates, 1.0, "within-subject SD", level, resamples)


def repeatability_coefficient(
    replicates: Ratings,
    *,
    confidence: float = 0.95,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate the repeatability coefficient, or smallest detectable difference (SDD95).

    z sqrt(2) within-subject SD, 2.77 of it for 95 %. Bland JM, Altman DG. Stat Methods Med Res
    1999;8:135-160, section 3; R's agRee gives it as SDD. Intervals as in `within_subject_sd`.

    Examples
    --------
    >>> round(repeatability_coefficient([[494, 490], [395, 397], [516, 512], [434, 401]]).value, 1)
    32.9
    """
    name = f"repeatability coefficient ({100 * confidence:g} %)"
    return _within(replicates, times_sd_of_difference(confidence), name, level, resamples)


def _within(
    replicates: Ratings, factor: float, name: str, level: float, resamples: Resamples | None
) -> Estimate:
    table = rating_table(replicates).with_ratings(2)
    if not len(table.values):
        return undefined(0, name, _NO_REPLICATES)
    squares, df = _by_case(table, _squares_within(table.values)), _by_case(table, _df(table))

    def statistic(weights: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(factor * np.sqrt((weights @ squares) / (weights @ df)))

    estimated = positive_size(statistic, table, _NO_REPLICATES, level, resamples)
    named = replace(estimated, method=f"{name}, {len(table.values)} units; {estimated.method}")
    return with_chi_square(named, float(df.sum()), level)


def within_subject_cv(
    replicates: Ratings,
    variation: Variation = "root_mean_square",
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate the within-subject coefficient of variation of replicate measurements.

    "root_mean_square": the root of the mean over units of (SD / mean)^2, and "logarithmic":
    exp(within-subject SD of the logarithms) - 1, both of Bland JM, How should I calculate a
    within-subject coefficient of variation?, 2006. "ratio": within-subject SD over the mean of
    all measurements (Quan H, Shih WJ. Biometrics 1996;52:1195-1203). Interval: case jackknife-t on
    the log.

    Parameters
    ----------
    replicates
        Table, or array of units x replicates, NaN where there is none, of a positive quantity.
    variation
        Definition, see above.
    level
        Confidence level.
    resamples
        Weights for the percentile and BCa intervals beside.

    Raises
    ------
    ValueError
        For a definition that there is not, or replicates of the wrong shape.

    Examples
    --------
    >>> round(within_subject_cv([[494, 490], [395, 397], [516, 512], [434, 401]]).value, 4)
    0.0283
    """
    if variation not in get_args(Variation):
        raise ValueError(f"{variation!r} is neither of {', '.join(get_args(Variation))}")
    table = rating_table(replicates).with_ratings(2)
    how = f"within-subject CV, {variation}, {len(table.values)} units"
    if not len(table.values):
        return undefined(0, how, _NO_REPLICATES)
    if np.nanmin(table.values) <= 0:
        reason = "a measurement is zero or negative: a coefficient of variation needs positive ones"
        return undefined(table.n_cases, how, reason)
    statistic = _cv_statistic(table, variation)
    estimated = positive_size(statistic, table, _NO_REPLICATES, level, resamples)
    return replace(estimated, method=f"{how}; {estimated.method}")


def _cv_statistic(table: RatingTable, variation: Variation) -> Statistic:
    values, df = table.values, _df(table)
    units = _by_case(table, np.ones(len(values)))
    squares = _squares_within(np.log(values) if variation == "logarithmic" else values)
    if variation == "root_mean_square":
        top, bottom = squares / df / np.nanmean(values, axis=1) ** 2, np.ones(len(values))
    else:
        top, bottom = squares, df
    tops, bottoms = _by_case(table, top), _by_case(table, bottom)
    totals, counts = _by_case(table, np.nansum(values, axis=1)), _by_case(table, df) + units

    def statistic(weights: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore", divide="ignore"):
            spread = np.sqrt((weights @ tops) / (weights @ bottoms))
            if variation == "logarithmic":
                return np.asarray(np.expm1(spread))
            if variation == "ratio":
                return np.asarray(spread * (weights @ counts) / (weights @ totals))
            return np.asarray(spread)

    return statistic


def _squares_within(values: FloatArray) -> FloatArray:
    """Return the sum of squares about the mean of each unit; exactly 0 for equal replicates."""
    centred = values - np.nanmean(values, axis=1, keepdims=True)
    squares = np.nansum(centred**2, axis=1)
    return np.where(np.nanmax(values, axis=1) > np.nanmin(values, axis=1), squares, 0.0)


def _df(table: RatingTable) -> FloatArray:
    return np.asarray(np.isfinite(table.values).sum(axis=1), float) - 1


def _by_case(table: RatingTable, of_unit: FloatArray) -> FloatArray:
    return np.asarray(np.bincount(table.cases, weights=of_unit, minlength=table.n_cases), float)
