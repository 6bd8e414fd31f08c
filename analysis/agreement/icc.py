"""Intraclass correlation of ratings in a crossed design (every rater rates every unit)."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np

from analysis.agreement.ratings import RatingTable
from analysis.resampling import (
    LOG_COMPLEMENT,
    Estimate,
    FloatArray,
    Scale,
    Statistic,
    jackknife_t,
    undefined,
)

Form = Literal["ICC(1,1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)"]

_PACKAGE_TOLERANCE = 1e-8
_PINGOUIN_NEEDS = 5


class MeanSquares(NamedTuple):
    """Mean squares of a units x raters table, one value per row of weights."""

    units: FloatArray
    raters: FloatArray
    error: FloatArray
    within: FloatArray
    n_units: FloatArray
    n_raters: int


def intraclass_correlation(
    table: RatingTable, form: Form = "ICC(A,1)", level: float = 0.95
) -> Estimate:
    """Estimate an intraclass correlation with a case jackknife-t interval.

    The interval is taken on log(1 - ICC) for the mean rating and on the same scale, by way of
    Spearman and Brown, for a single rating.

    Forms as McGraw and Wong 1996 name them: A absolute agreement, C consistency, both two-way
    with random raters; 1 a single rating, k the mean over raters; ICC(1,.) one-way. Only units
    that all raters rated enter (listwise by unit); the method says how many did. The value is
    computed with pingouin as well, and the two must agree to 1e-8.

    Formulas: McGraw KO, Wong SP. Psychol Methods 1996;1:30-46, table 4; Shrout PE, Fleiss JL.
    Psychol Bull 1979;86:420-428.
    """
    rated = RatingTable(table.values[:, np.isfinite(table.values).any(axis=0)], table.cases)
    raters = rated.values.shape[1]
    complete = rated.with_ratings(max(raters, 1))
    share = f"{len(complete.values)} of {len(rated.with_ratings(1).values)} units rated by all"
    if raters < 2:
        return undefined(complete.n_cases, share, "fewer than two raters")
    if len(complete.values) < 2:
        return undefined(
            complete.n_cases,
            share,
            f"{share} {raters} raters; a crossed ICC needs at least 2 (use alpha)",
        )
    estimate = jackknife_t(
        icc_statistic(complete, form),
        complete.n_cases,
        LOG_COMPLEMENT if form.endswith("k)") else spearman_brown_scale(raters),
        why_undefined=_why_undefined(complete),
        level=level,
    )
    return _confirmed_by_package(estimate, complete, form, f"{form}, two-way random; {share}")


def _why_undefined(complete: RatingTable) -> str:
    if np.ptp(complete.values) == 0:
        return "no variance: the ratings do not vary"
    return "the masks differ so little that the denominator of this ICC is not positive"


def _confirmed_by_package(
    estimate: Estimate, complete: RatingTable, form: Form, how: str
) -> Estimate:
    method = f"{how}; {estimate.method}"
    if estimate.value is None:
        return undefined(estimate.n_cases, method, estimate.reason or "")
    if complete.values.size < _PINGOUIN_NEEDS:
        return replace(estimate, method=f"{method}; pingouin needs {_PINGOUIN_NEEDS} ratings")
    theirs = _pingouin(complete.values, form)
    if not abs(theirs - estimate.value) <= _PACKAGE_TOLERANCE:
        reason = f"two programs disagree: {estimate.value!r} here, {theirs!r} in pingouin"
        return undefined(estimate.n_cases, method, reason)
    confirmed = f"{method}; value of the package pingouin, confirmed by our own"
    return replace(estimate, value=theirs, method=confirmed)


def _pingouin(values: FloatArray, form: Form) -> float:
    import pandas as pd
    import pingouin

    units, raters = np.indices(values.shape)
    long = pd.DataFrame({"unit": units.ravel(), "rater": raters.ravel(), "rating": values.ravel()})
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # pingouin 0.7 warns about pandas 3 and about limits that it cannot compute.
        warnings.simplefilter("ignore")
        table = pingouin.intraclass_corr(
            long, targets="unit", raters="rater", ratings="rating"
        ).set_index("Type")
    return float(table.loc[form, "ICC"])


def mean_squares(complete: RatingTable, weights: FloatArray) -> MeanSquares:
    """Return the mean squares of the two-way table for each row of case weights.

    All of them follow from sums per case, so the cost of a resample is that of a few products.
    """
    values = complete.values - complete.values.mean()
    raters = values.shape[1]
    cases = complete.n_cases
    by_case = np.zeros((cases, raters + 3))
    np.add.at(by_case[:, :raters], complete.cases, values)
    np.add.at(by_case[:, raters], complete.cases, 1.0)
    np.add.at(by_case[:, raters + 1], complete.cases, values.sum(axis=1) ** 2)
    np.add.at(by_case[:, raters + 2], complete.cases, (values**2).sum(axis=1))
    sums = weights @ by_case
    columns, n, rows, squares = sums[:, :raters], *sums[:, raters:].T
    with np.errstate(invalid="ignore", divide="ignore"):
        grand = columns.sum(axis=1) ** 2 / (n * raters)
        of_units = rows / raters - grand
        of_raters = (columns**2).sum(axis=1) / n - grand
        total = squares - grand
        # Sums of squares that are rounding noise are zero: a constant table has no ICC.
        noise = 1e-12 * np.maximum(squares, np.finfo(float).tiny)
        of_units, of_raters, error, within = (
            np.where(part > noise, part, 0.0)
            for part in (of_units, of_raters, total - of_units - of_raters, total - of_units)
        )
        return MeanSquares(
            units=of_units / (n - 1),
            raters=of_raters / (raters - 1),
            error=error / ((n - 1) * (raters - 1)),
            within=within / (n * (raters - 1)),
            n_units=n,
            n_raters=raters,
        )


def spearman_brown_scale(n_raters: int) -> Scale:
    """Return Fisher's scale of a single-rating ICC, the log complement of the mean rating's ICC.

    -log(1 - k r / (1 + (k - 1) r)), from Fisher RA, Statistical Methods for Research Workers,
    1925, section 39 (twice his z). It covers the whole range from -1 / (k - 1) to 1, and the
    interval of ICC(.,1) becomes the Spearman-Brown transform of that of ICC(.,k).
    """
    k = n_raters

    def forward(x: FloatArray) -> FloatArray:
        # At the lower end, -1 / (k - 1), the ICC of the mean rating is minus infinity.
        with np.errstate(divide="ignore"):
            return LOG_COMPLEMENT.forward(k * x / (1 + (k - 1) * x))

    return Scale(
        "log((1 + (k - 1) x) / (1 - x))",
        forward,
        lambda y: LOG_COMPLEMENT.back(y) / (k - (k - 1) * LOG_COMPLEMENT.back(y)),
    )


def icc_statistic(complete: RatingTable, form: Form) -> Statistic:
    """Return an intraclass correlation as a function of case weights."""

    def statistic(weights: FloatArray) -> FloatArray:
        msr, msc, mse, msw, n, k = mean_squares(complete, weights)
        with np.errstate(invalid="ignore", divide="ignore"):
            between = {"1": msr - msw, "A": msr - mse, "C": msr - mse}[form[4]]
            denominator = {
                "ICC(1,1)": msr + (k - 1) * msw,
                "ICC(1,k)": msr,
                "ICC(A,1)": msr + (k - 1) * mse + k / n * (msc - mse),
                "ICC(A,k)": msr + (msc - mse) / n,
                "ICC(C,1)": msr + (k - 1) * mse,
                "ICC(C,k)": msr,
            }[form]
            # A denominator of rounding noise is none: the ratio would be of any size.
            noise = 1e-12 * (msr + msc + mse + msw)
            return np.where(denominator > noise, between / denominator, np.nan)

    return statistic
