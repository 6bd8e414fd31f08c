"""Intraclass correlations from variance components, where ratings are missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from analysis.agreement.icc import spearman_brown_scale
from analysis.agreement.icc_forms import Form, icc_form
from analysis.agreement.rating_table import Ratings, RatingTable, rating_table
from analysis.agreement.two_way_reml import TwoWayFit, TwoWayReml
from analysis.resampling import (
    LOG_COMPLEMENT,
    Estimate,
    FloatArray,
    Resamples,
    Statistic,
    estimate,
    undefined,
)

RESIDUAL = "residual"


@dataclass(frozen=True)
class RatingVariances:
    """REML variances of rating = unit + rater + residual, in squared units of the rating.

    Attributes
    ----------
    unit, rater, residual
        Variances; None when there is a reason. A variance may be zero, never negative.
    n_units, n_raters, n_ratings
        What they rest on.
    reason
        Why there are none.
    """

    unit: float | None
    rater: float | None
    residual: float | None
    n_units: int
    n_raters: int
    n_ratings: int
    reason: str | None = None


def icc_reml(
    ratings: Ratings,
    form: str = "ICC(A,1)",
    *,
    k: float | None = None,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate an intraclass correlation by REML with a case jackknife-t interval.

    All ratings are kept. Variances of rating = unit + rater + residual by restricted maximum
    likelihood (Patterson HD, Thompson R. Biometrika 1971;58:545), put into McGraw and Wong's
    formulas (Psychol Methods 1996;1:30-46, table 4). On a complete table this is the ICC of the
    mean squares as long as no variance is estimated below zero; here a variance, and so the ICC,
    is zero at least.
    The model is fitted anew without each case, exactly and for any number of cases: the search
    runs on sums over cases. Units of one case count as independent in the value; the interval
    takes their dependence in. pingouin drops units with a missing rating, or fails.

    Parameters
    ----------
    ratings
        Units x raters, NaN where missing.
    form
        "A,1", "C,1", "1,1", "A,k", "C,k", "1,k", with or without "ICC(...)". A absolute agreement,
        C consistency, 1 one-way (raters of a unit are a sample of their own).
    k
        Number of raters whose mean is meant by the forms "k"; None for all raters of the table.
    level
        Confidence level.
    resamples
        Weights for bootstrap intervals beside it.

    Raises
    ------
    ValueError
        If the form is unknown or `k` is not positive.

    Examples
    --------
    >>> table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9]]
    >>> round(icc_reml(table, "A,1").value, 4)
    0.3259
    """
    kind = icc_form(form)
    if k is not None and not k > 0:
        raise ValueError(f"the mean of {k} raters")
    table = _used(rating_table(ratings))
    n_raters = table.values.shape[1]
    several = float(n_raters if k is None else k)
    mean_of = f", mean of {several:g} raters" if kind.endswith("k)") else ""
    described = (
        f"{kind} by REML{mean_of}; {table.n_ratings} ratings of {len(table.values)} units by "
        f"{n_raters} raters"
    )
    if reason := _why_not(table):
        return undefined(table.n_cases, described, reason)
    scale = LOG_COMPLEMENT if kind.endswith("k)") else spearman_brown_scale(n_raters)
    found = estimate(
        icc_reml_statistic(table, kind, several),
        table.case_names if len(table.case_names) else table.n_cases,
        scale,
        why_undefined="no residual variance: raters differ by constants, the ratio is open",
        level=level,
        resamples=resamples,
    )
    return replace(found, method=f"{described}; {found.method}")


def icc_reml_statistic(table: RatingTable, form: Form, k: float) -> Statistic:
    """Return the REML estimate of an ICC as a function of case weights."""
    model = TwoWayReml(table, crossed=form[4] != "1")

    def statistic(weights: FloatArray) -> FloatArray:
        return _ratio(model.fit(weights), form, k)

    return statistic


def rating_variances(ratings: Ratings) -> RatingVariances:
    """Estimate the variances of unit, rater and residual by REML, all ratings kept.

    Parameters
    ----------
    ratings
        Units x raters, NaN where missing.

    Examples
    --------
    >>> table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9]]
    >>> found = rating_variances(table)
    >>> round(found.unit, 4), round(found.rater, 4), round(found.residual, 4)
    (3.1583, 5.4667, 1.0667)
    """
    table = _used(rating_table(ratings))
    counts = (len(table.values), table.values.shape[1], table.n_ratings)
    if reason := _why_not(table):
        return RatingVariances(None, None, None, *counts, reason)
    fit = TwoWayReml(table, crossed=True).fit(np.ones((1, table.n_cases)))
    residual = float(fit.residual[0])
    if fit.perfect[0] or not np.isfinite(residual):
        return RatingVariances(None, None, None, *counts, "no residual variance")
    return RatingVariances(
        float(fit.unit[0]) * residual, float(fit.rater[0]) * residual, residual, *counts
    )


def variance_shares(variance: Mapping[str, float]) -> dict[str, float | None]:
    """Return the share of each component in the total: the ICC of each random factor.

    Parameters
    ----------
    variance
        Components, such as `variance` of a `MixedModelFit`; None everywhere if they add to zero.

    Examples
    --------
    >>> variance_shares({"plate": 3.0, "sample": 5.0, "residual": 2.0})
    {'plate': 0.3, 'sample': 0.5, 'residual': 0.2}
    """
    total = sum(variance.values())
    return {name: value / total if total > 0 else None for name, value in variance.items()}


def icc_adjusted(variance: Mapping[str, float]) -> float | None:
    """Return the share of all random factors together, fixed effects aside; None without variance.

    The adjusted ICC of Nakagawa S, Johnson PCD, Schielzeth H. J R Soc Interface 2017;14:20170213,
    as R's performance::icc gives it for random intercepts.

    Raises
    ------
    ValueError
        If there is no component "residual".

    Examples
    --------
    >>> icc_adjusted({"plate": 3.0, "sample": 5.0, "residual": 2.0})
    0.8
    """
    if RESIDUAL not in variance:
        raise ValueError(f"no component {RESIDUAL} among {', '.join(variance)}")
    total = sum(variance.values())
    return (total - variance[RESIDUAL]) / total if total > 0 else None


def _ratio(fit: TwoWayFit, form: Form, k: float) -> FloatArray:
    share = k if form.endswith("k)") else 1.0
    rater = fit.rater if form[4] == "A" else 0.0
    with np.errstate(invalid="ignore"):
        value = fit.unit / (fit.unit + (rater + 1) / share)
    return np.asarray(np.where(fit.perfect > 0, 1.0, value), dtype=np.float64)


def _used(table: RatingTable) -> RatingTable:
    """Return the raters with a rating and the units with one."""
    used = np.isfinite(table.values).any(axis=0)
    names = tuple(np.array(table.rater_names)[used]) if table.rater_names else ()
    return RatingTable(table.values[:, used], table.cases, table.case_names, names).with_ratings(1)


def _why_not(table: RatingTable) -> str | None:
    if table.values.shape[1] < 2:
        return "fewer than two raters"
    if len(table.values) < 2:
        return "fewer than two units"
    there = np.isfinite(table.values)
    if np.ptp(table.values[there]) == 0:
        return "no variance: the ratings do not vary"
    if not (there.sum(axis=1) >= 2).any():
        return "no unit has two ratings: unit and residual cannot be told apart"
    return None
