"""Intraclass correlation of ratings in a crossed design (every rater rates every unit)."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Literal, cast, get_args

import numpy as np

from analysis.agreement.icc_forms import Form, icc_form
from analysis.agreement.icc_intervals import f_intervals
from analysis.agreement.mean_squares import (
    anova_mean_squares,
    cases_of,
    mean_squares_of,
    share_complete,
    why_not_crossed,
)
from analysis.agreement.rating_table import Ratings, RatingTable, rating_table
from analysis.resampling import (
    LOG_COMPLEMENT,
    Estimate,
    FloatArray,
    Resamples,
    Scale,
    Statistic,
    estimate,
    undefined,
)

_PACKAGE_TOLERANCE = 1e-8
_PINGOUIN_NEEDS = 5

__all__ = [
    "Form",
    "icc_form",
    "icc_statistic",
    "intraclass_correlation",
    "intraclass_correlations",
    "spearman_brown_scale",
]


def intraclass_correlation(
    ratings: Ratings,
    form: str = "ICC(A,1)",
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate an intraclass correlation with a case jackknife-t interval.

    The interval is taken on log(1 - ICC) for the mean rating and on the same scale, by way of
    Spearman and Brown, for a single rating. Beside it stand the F intervals of the normal model,
    which take units as independent (see `icc_f_interval`). Only units that all raters rated enter
    (listwise by unit); the method says how many did. The value is computed with pingouin as well,
    and the two must agree to 1e-8. The ten forms of McGraw and Wong have these six values: models
    with random and with fixed raters share them.

    Formulas: McGraw KO, Wong SP. Psychol Methods 1996;1:30-46, table 4; Shrout PE, Fleiss JL.
    Psychol Bull 1979;86:420-428.

    Parameters
    ----------
    ratings
        Table, or array of units x raters.
    form
        Form in any spelling of `icc_form`.
    level
        Confidence level.
    resamples
        Weights for the percentile and BCa intervals beside.

    Raises
    ------
    ValueError
        For a form that there is not, or for ratings of the wrong shape.

    Examples
    --------
    Shrout and Fleiss 1979, table 2:

    >>> ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9]]
    >>> ratings.append([6, 2, 4, 7])
    >>> round(intraclass_correlation(ratings, "ICC(2,1)").value, 2)
    0.29
    """
    form = icc_form(form)
    table = rating_table(ratings)
    complete = table.complete()
    share = share_complete(table, complete)
    reason = why_not_crossed(complete, share)
    if reason:
        return undefined(complete.n_cases, share, reason)
    raters = complete.values.shape[1]
    estimated = estimate(
        icc_statistic(complete, form),
        cases_of(complete),
        LOG_COMPLEMENT if form.endswith("k)") else spearman_brown_scale(raters),
        why_undefined=_why_undefined(complete),
        level=level,
        resamples=resamples,
    )
    if estimated.value is not None:
        closed = f_intervals(anova_mean_squares(complete), form, level)
        estimated = replace(estimated, beside=estimated.beside + closed)
    return _confirmed_by_package(estimated, complete, form, f"{form}, two-way random; {share}")


def intraclass_correlations(
    ratings: Ratings, *, level: float = 0.95, resamples: Resamples | None = None
) -> dict[Form, Estimate]:
    """Estimate all six forms, as `intraclass_correlation` does one.

    Examples
    --------
    >>> six = intraclass_correlations([[1, 2, 1], [3, 3, 4], [5, 4, 5], [2, 2, 2]])
    >>> [round(icc.value, 2) for icc in six.values()]
    [0.89, 0.89, 0.87, 0.96, 0.96, 0.95]
    """
    return {
        form: intraclass_correlation(ratings, form, level=level, resamples=resamples)
        for form in get_args(Form)
    }


def _why_undefined(complete: RatingTable) -> str:
    if np.ptp(complete.values) == 0:
        return "no variance: the ratings do not vary"
    return "the masks differ so little that the denominator of this ICC is not positive"


def _confirmed_by_package(
    estimated: Estimate, complete: RatingTable, form: Form, how: str
) -> Estimate:
    method = f"{how}; {estimated.method}"
    if estimated.value is None:
        return undefined(estimated.n_cases, method, estimated.reason or "")
    if complete.values.size < _PINGOUIN_NEEDS:
        return replace(estimated, method=f"{method}; pingouin needs {_PINGOUIN_NEEDS} ratings")
    theirs = _pingouin(complete.values, form)
    if not abs(theirs - estimated.value) <= _PACKAGE_TOLERANCE:
        reason = f"two programs disagree: {estimated.value!r} here, {theirs!r} in pingouin"
        return undefined(estimated.n_cases, method, reason)
    confirmed = f"{method}; value of the package pingouin, confirmed by our own"
    return replace(estimated, value=theirs, method=confirmed)


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
    """Return an intraclass correlation of a table without gaps as a function of case weights."""
    mean_squares = mean_squares_of(complete)
    way = cast("Literal['1', 'A', 'C']", form[4])
    mean_rating = form.endswith("k)")

    def statistic(weights: FloatArray) -> FloatArray:
        msr, msc, mse, msw, n, k = mean_squares(weights)
        with np.errstate(invalid="ignore", divide="ignore"):
            rest = msw if way == "1" else mse
            between_raters = (msc - mse) / n if way == "A" else 0.0
            if mean_rating:
                denominator = msr + between_raters
            else:
                denominator = msr + (k - 1) * rest + k * between_raters
            # A denominator of rounding noise is none: the ratio would be of any size.
            noise = 1e-12 * (msr + msc + mse + msw)
            return np.where(denominator > noise, (msr - rest) / denominator, np.nan)

    return statistic
