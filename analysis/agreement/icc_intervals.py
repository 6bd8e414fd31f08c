"""F intervals and F tests of intraclass correlations, of the normal two-way model."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from scipy import stats

from analysis.agreement.icc_forms import Form, icc_form
from analysis.agreement.mean_squares import AnovaTable, anova_mean_squares
from analysis.agreement.rating_table import Ratings
from analysis.resampling import FloatArray, Interval, SignificanceTest

AverageAgreement = Literal["spearman_brown", "irr"]

_SOURCE = "F interval (McGraw and Wong 1996, table 7), units taken as independent"
_CONVENTIONS: dict[AverageAgreement, str] = {
    "spearman_brown": f"Spearman-Brown of the ICC(A,1) limits, as pingouin and psych; {_SOURCE}",
    "irr": f"limits of ICC(A,k) itself, with the degrees of freedom of irr; {_SOURCE}",
}


def icc_f_interval(
    ratings: Ratings,
    form: str = "ICC(A,1)",
    *,
    average_agreement: AverageAgreement = "spearman_brown",
    level: float = 0.95,
) -> Interval:
    """Return the closed-form F interval of an intraclass correlation.

    Exact in the normal model for the one-way and the consistency forms, Satterthwaite's
    approximation for absolute agreement. It takes units as independent: where several masks of one
    case are units, the case interval of `intraclass_correlation` is the one to report.

    Formulas: McGraw KO, Wong SP. Psychol Methods 1996;1:30-46 and 390, table 7. For ICC(A,k) two
    conventions are in use. "spearman_brown" transforms the limits of ICC(A,1), as pingouin and
    psych do; the direct limits of ICC(A,k) are the same numbers where their degrees of freedom
    are those of ICC(A,1). irr takes the direct limits, but puts ICC(A,k) in the place of ICC(A,1)
    in the degrees of freedom: "irr".

    Parameters
    ----------
    ratings
        Table, or array of units x raters; only units that all raters rated enter.
    form
        Form in any spelling of `analysis.agreement.icc_forms.icc_form`.
    average_agreement
        Convention for ICC(A,k); nothing to the other forms.
    level
        Confidence level.

    Raises
    ------
    ValueError
        For a form or convention that there is not.

    Examples
    --------
    >>> ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9]]
    >>> ratings.append([6, 2, 4, 7])
    >>> interval = icc_f_interval(ratings, "ICC(A,1)")
    >>> round(interval.low, 3), round(interval.high, 3)
    (0.019, 0.761)
    """
    if average_agreement not in get_args(AverageAgreement):
        raise ValueError(f"{average_agreement!r} is neither of {', '.join(_CONVENTIONS)}")
    return _f_interval(anova_mean_squares(ratings), icc_form(form), average_agreement, level)


def f_intervals(anova: AnovaTable, form: Form, level: float) -> tuple[Interval, ...]:
    """Return the F intervals of a form: two for ICC(A,k), one for the others."""
    conventions: tuple[AverageAgreement, ...] = get_args(AverageAgreement)
    many = len(conventions) if form == "ICC(A,k)" else 1
    return tuple(_f_interval(anova, form, each, level) for each in conventions[:many])


def _f_interval(
    anova: AnovaTable, form: Form, convention: AverageAgreement, level: float
) -> Interval:
    method = _CONVENTIONS[convention] if form == "ICC(A,k)" else _SOURCE
    if anova.reason:
        return Interval(None, None, method, anova.reason)
    with np.errstate(all="ignore"):
        if form[4] == "A":
            limits = _of_agreement(anova, form, convention, level)
        else:
            limits = _of_one_ratio(anova, form, level)
    if not np.isfinite(limits).all():
        reason = "no interval: units or raters leave no variance to compare"
        return Interval(None, None, method, reason)
    return Interval(float(limits[0]), float(limits[1]), method)


def _squares(anova: AnovaTable) -> tuple[np.float64, np.float64, np.float64, np.float64]:
    """Return the mean squares as numbers that divide by zero without raising."""
    msr, msc, mse, msw = np.array([anova.msr, anova.msc, anova.mse, anova.msw], dtype=float)
    return msr, msc, mse, msw


def _rest(anova: AnovaTable, form: Form) -> tuple[np.float64, float]:
    """Return the mean square of the denominator of F and its degrees of freedom."""
    n, k = anova.n_units, anova.n_raters
    _, _, mse, msw = _squares(anova)
    return (msw, n * (k - 1)) if form[4] == "1" else (mse, (n - 1) * (k - 1))


def _of_one_ratio(anova: AnovaTable, form: Form, level: float) -> FloatArray:
    """Return the limits of the one-way and the consistency forms, which rest on one F ratio."""
    k, df1 = anova.n_raters, anova.n_units - 1
    rest, df2 = _rest(anova, form)
    ratio = _squares(anova)[0] / rest
    upper = (1 + level) / 2
    edges = np.array([ratio / stats.f.ppf(upper, df1, df2), ratio * stats.f.ppf(upper, df2, df1)])
    return 1 - 1 / edges if form.endswith("k)") else (edges - 1) / (edges + k - 1)


def _of_agreement(
    anova: AnovaTable, form: Form, convention: AverageAgreement, level: float
) -> FloatArray:
    """Return the limits of absolute agreement."""
    n, k = anova.n_units, anova.n_raters
    msr, msc, mse, _ = _squares(anova)
    of_mean = (msr - mse) / (msr + (msc - mse) / n)
    share = of_mean if (form, convention) == ("ICC(A,k)", "irr") else _single_agreement(anova)
    v = _satterthwaite(anova, *_agreement_weights(n, k * share / (1 - share)))
    upper = (1 + level) / 2
    low, high = stats.f.ppf(upper, n - 1, v), stats.f.ppf(upper, v, n - 1)
    others = k * msc + (k * n - k - n) * mse if form == "ICC(A,1)" else msc - mse
    return np.array(
        [
            n * (msr - low * mse) / (low * others + n * msr),
            n * (high * msr - mse) / (others + n * high * msr),
        ]
    )


def _single_agreement(anova: AnovaTable) -> np.float64:
    n, k = anova.n_units, anova.n_raters
    msr, msc, mse, _ = _squares(anova)
    return np.float64((msr - mse) / (msr + (k - 1) * mse + k * (msc - mse) / n))


def _agreement_weights(n: int, odds: np.float64) -> tuple[np.float64, np.float64]:
    """Return the weights of MSC and MSE that have the expectation of MSR.

    `odds` is k ICC / (1 - ICC) of a single rating, which equals ICC / (1 - ICC) of the mean.
    """
    return odds / n, 1 + odds * (n - 1) / n


def _satterthwaite(anova: AnovaTable, a: np.float64, b: np.float64) -> float:
    """Return the degrees of freedom of a MSC + b MSE (Satterthwaite FE. Biometrics 1946;2:110)."""
    n, k = anova.n_units, anova.n_raters
    _, msc, mse, _ = _squares(anova)
    parts = (a * msc) ** 2 / (k - 1) + (b * mse) ** 2 / ((n - 1) * (k - 1))
    return float((a * msc + b * mse) ** 2 / parts)


def icc_f_test(
    ratings: Ratings,
    form: str = "ICC(A,1)",
    *,
    null: float = 0.0,
    df_at: Literal["null", "estimate"] = "null",
) -> SignificanceTest:
    """Test whether an intraclass correlation is larger than `null`, by the F test of its form.

    F is MSR over what MSR is expected to be under the null, on n - 1 degrees of freedom and those
    of its denominator: n (k - 1) for the one-way forms, (n - 1)(k - 1) for consistency and, at
    null 0, for absolute agreement as well, where all forms but the one-way ones share
    F = MSR / MSE; elsewhere Satterthwaite's. Formulas: McGraw KO, Wong SP. Psychol Methods
    1996;1:30-46, table 8. F tests the units' variance: pingouin's docstring calls it a test of
    rater bias, which MSC / MSE would be.

    Parameters
    ----------
    ratings
        Table, or array of units x raters; only units that all raters rated enter.
    form
        Form in any spelling of `analysis.agreement.icc_forms.icc_form`.
    null
        ICC under the null, below 1. The p value is one-sided.
    df_at
        Where Satterthwaite's degrees of freedom of absolute agreement are taken: at the null, as
        the table says (exact at 0), or at the estimated ICC(A,1), as irr does; irr's p value of
        ICC(A,1) at null 0 is therefore another one.

    Raises
    ------
    ValueError
        For a form that there is not, or a null of 1 or more.

    Examples
    --------
    >>> ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9]]
    >>> ratings.append([6, 2, 4, 7])
    >>> test = icc_f_test(ratings, "ICC(A,1)")
    >>> round(test.statistic, 2), test.df
    (11.03, (5.0, 15.0))
    """
    known = icc_form(form)
    if not null < 1:
        raise ValueError(f"null {null} is not below 1")
    method = f"{known}, F test against {null:g}, one-sided (McGraw and Wong 1996, table 8)"
    anova = anova_mean_squares(ratings)
    if anova.reason:
        return SignificanceTest(None, "F", (), None, method, anova.reason)
    with np.errstate(all="ignore"):
        expected, df2 = _expected_under(anova, known, null, df_at)
        ratio = _squares(anova)[0] / expected
    if not (np.isfinite(ratio) and ratio >= 0):
        reason = "no test: the ratings of a unit leave no variance to compare with"
        return SignificanceTest(None, "F", (), None, method, reason)
    df = (float(anova.n_units - 1), float(df2))
    return SignificanceTest(float(ratio), "F", df, float(stats.f.sf(ratio, *df)), method)


def _expected_under(
    anova: AnovaTable, form: Form, null: float, df_at: Literal["null", "estimate"]
) -> tuple[np.float64, float]:
    """Return the denominator of F and its degrees of freedom."""
    n, k = anova.n_units, anova.n_raters
    odds = np.float64((k if form.endswith("1)") else 1) * null / (1 - null))
    if form[4] != "A":
        rest, df2 = _rest(anova, form)
        return rest * (1 + odds), df2
    a, b = _agreement_weights(n, odds)
    _, msc, mse, _ = _squares(anova)
    expected = a * msc + b * mse
    if df_at == "estimate":
        share = _single_agreement(anova)
        a, b = _agreement_weights(n, k * share / (1 - share))
    return np.float64(expected), _satterthwaite(anova, a, b)
