"""The noise ceiling: how well any metric could follow ratings that are themselves unsure.

The mean of k raters has a reliability below 1; no metric correlates with it better, on average,
than the square root of that. A correlation is set against this ceiling beside its raw value, never
instead of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from analysis.agreement.icc import Form, icc_form, icc_statistic
from analysis.agreement.mean_squares import cases_of, share_complete, why_not_crossed
from analysis.agreement.rating_table import Ratings, RatingTable, rating_table
from analysis.association.correlation import (
    Coefficient,
    correlation_statistic,
    too_few,
    why_undefined,
)
from analysis.association.pairs import Pairs
from analysis.resampling import (
    FISHER_Z,
    IDENTITY,
    LOG_COMPLEMENT,
    Estimate,
    FloatArray,
    Resamples,
    Scale,
    Statistic,
    estimate,
    undefined,
)

TIE_DECIMALS = 10
"""Decimals of mean ratings: equal means of different raters differ by rounding noise otherwise."""

ROOT_OF_RELIABILITY = Scale(
    "log(1 - x^2)",
    lambda x: LOG_COMPLEMENT.forward(x**2),
    lambda y: np.sqrt(np.maximum(LOG_COMPLEMENT.back(y), 0.0)),
)
"""The scale of a reliability, for its square root."""


@dataclass(frozen=True)
class NoiseCeiling:
    """A metric's correlation with the mean rating, set against the reliability of the latter.

    All four are taken under the same case weights, in the units that all raters rated.

    Attributes
    ----------
    correlation
        Of the metric with the mean rating.
    reliability
        Of the mean rating: ICC(C,k) or ICC(A,k).
    ceiling
        Square root of the reliability.
    disattenuated
        Correlation divided by the ceiling; may lie beyond 1.
    beyond_one
        Whether it does.
    """

    correlation: Estimate
    reliability: Estimate
    ceiling: Estimate
    disattenuated: Estimate
    beyond_one: bool


def noise_ceiling(
    ratings: Ratings,
    form: Form = "ICC(C,k)",
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate the square root of the reliability of the mean rating, the ceiling of |rho|.

    Only units that all raters rated enter. Interval: case jackknife-t on log(1 - reliability).

    Parameters
    ----------
    ratings
        Table, or array of units x raters.
    form
        "ICC(C,k)" for rank correlations, which rater bias does not touch; "ICC(A,k)" where the
        level of the ratings matters.
    level
        Confidence level.
    resamples
        Weights of the cases for bootstrap intervals.

    Examples
    --------
    >>> ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9]]
    >>> round(noise_ceiling([*ratings, [6, 2, 4, 7]]).value, 3)
    0.954
    """
    form = icc_form(form)
    table = rating_table(ratings)
    complete = table.complete()
    share = share_complete(table, complete)
    reason = _why_no_reliability(complete, form, share)
    if reason:
        return undefined(complete.n_cases, f"{form}; {share}", reason)
    found = estimate(
        _root(icc_statistic(complete, form)),
        cases_of(complete),
        ROOT_OF_RELIABILITY,
        why_undefined="the reliability is undefined",
        level=level,
        resamples=resamples,
    )
    return replace(found, method=f"{form}; {share}; {found.method}")


def noise_ceiling_of_metric(
    metric: ArrayLike,
    ratings: Ratings,
    coefficient: Coefficient = "spearman",
    form: Form = "ICC(C,k)",
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> NoiseCeiling:
    """Set the correlation of a metric with the mean rating against the noise ceiling.

    Families are disattenuated one by one, before they are compared: raters may agree less on one.

    Parameters
    ----------
    metric
        One value per unit, turned so that more is better; infinite values are extremes.
    ratings
        Table, or array of units x raters. Only units that all raters rated enter.
    coefficient
        Which correlation.
    form
        As in `noise_ceiling`.
    level
        Confidence level.
    resamples
        Weights of the cases for bootstrap intervals.

    Raises
    ------
    ValueError
        If the metric does not have one value per unit, or NaN.
    """
    form = icc_form(form)
    table = rating_table(ratings)
    values = metric_of_units(metric, table)
    complete = table.complete()
    # Marked, so that the metric follows the units whatever `complete` leaves out.
    kept = np.isfinite(table.values[:, np.isfinite(table.values).any(axis=0)]).all(axis=1)
    kept &= np.isfinite(table.values).any(axis=1)
    means = np.round(complete.values.mean(axis=1), TIE_DECIMALS) if kept.any() else np.empty(0)
    pairs = Pairs(
        values[kept], means, complete.cases, complete.n_cases, np.asarray(complete.case_names)
    )
    share = share_complete(table, complete)
    if not len(complete.values):
        nothing = undefined(0, f"{form}; {share}", "no unit was rated by all raters")
        return NoiseCeiling(nothing, nothing, nothing, nothing, False)
    rho, icc = correlation_statistic(pairs, coefficient), icc_statistic(complete, form)
    no_rho = _why_no_correlation(pairs, coefficient)
    no_root = _why_no_reliability(complete, form, share)
    method = f"{form}; {share}"

    def estimated(statistic: Statistic, scale: Scale, reason: str | None) -> Estimate:
        if reason:
            return undefined(complete.n_cases, method, reason)
        found = estimate(
            statistic,
            cases_of(complete),
            scale,
            why_undefined="the correlation or the reliability is undefined",
            level=level,
            resamples=resamples,
        )
        return replace(found, method=f"{method}; {found.method}")

    def ratio(weights: FloatArray) -> FloatArray:
        return rho(weights) / _root(icc)(weights)

    disattenuated = estimated(ratio, IDENTITY, no_rho or no_root)
    return NoiseCeiling(
        estimated(rho, FISHER_Z, no_rho),
        estimated(icc, LOG_COMPLEMENT, _why_no_reliability(complete, form, share, positive=False)),
        estimated(_root(icc), ROOT_OF_RELIABILITY, no_root),
        disattenuated,
        disattenuated.value is not None and abs(disattenuated.value) > 1,
    )


def metric_of_units(metric: ArrayLike, table: RatingTable) -> FloatArray:
    """Return the metric as floats; a ValueError where it is not one number per unit."""
    values = np.asarray(metric, dtype=float)
    if values.shape != (len(table.values),):
        raise ValueError(f"a metric of shape {values.shape} for {len(table.values)} units")
    if np.isnan(values).any():
        count = int(np.isnan(values).sum())
        raise ValueError(f"{count} values of the metric are NaN: leave those units out")
    return values


def _root(reliability: Statistic) -> Statistic:
    """Return the square root of a reliability; NaN where that is not positive."""

    def statistic(weights: FloatArray) -> FloatArray:
        value = reliability(weights)
        with np.errstate(invalid="ignore"):
            return np.sqrt(np.where(value > 0, value, np.nan))

    return statistic


def _why_no_reliability(
    complete: RatingTable, form: Form, share: str, *, positive: bool = True
) -> str | None:
    reason = why_not_crossed(complete, share)
    if reason:
        return reason
    value = float(icc_statistic(complete, form)(np.ones((1, complete.n_cases)))[0])
    if not np.isfinite(value):
        return "no reliability: the ratings do not vary between units"
    return f"the reliability is not positive: {value:.3g}" if positive and value <= 0 else None


def _why_no_correlation(pairs: Pairs, coefficient: Coefficient) -> str | None:
    if too_few(pairs):
        return too_few(pairs)
    value = correlation_statistic(pairs, coefficient)(np.ones((1, pairs.n_cases)))[0]
    return None if np.isfinite(value) else why_undefined(pairs, coefficient)
