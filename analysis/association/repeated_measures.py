"""Repeated-measures correlation: what is left of a correlation within the cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from analysis.association.comparison_clustered import ClusteredComparison, compared
from analysis.association.correlation import Pairs, as_pairs, why_undefined
from analysis.association.correlation_intervals import INDEPENDENT
from analysis.association.moments import NOISE, CaseMoments, correlation_matrix
from analysis.resampling import (
    FISHER_Z,
    Estimate,
    FloatArray,
    Interval,
    Resamples,
    SignificanceTest,
    Statistic,
    estimate,
    method_on,
    undefined,
)

_FISHER = f"Fisher z, standard error 1/sqrt(df - 1), {INDEPENDENT} within cases"


@dataclass(frozen=True)
class RepeatedMeasuresCorrelation:
    """Repeated-measures correlation with its interval over cases and its closed forms.

    Attributes
    ----------
    estimate
        r_rm with the case jackknife-t interval; bootstrap intervals in its `beside`.
    df
        Error degrees of freedom: pairs - cases - 1.
    test
        Student's t on `df` for r_rm = 0; its square is the F of the analysis of covariance.
    fisher
        Interval of Bakdash and Marusich.
    """

    estimate: Estimate
    df: int
    test: SignificanceTest
    fisher: Interval

    @property
    def r(self) -> float | None:
        """The correlation, or None when it is undefined."""
        return self.estimate.value

    @property
    def p_value(self) -> float | None:
        """P value of the closed-form test."""
        return self.test.p_value


def rm_corr(
    pairs: Pairs | tuple[ArrayLike, ...],
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> RepeatedMeasuresCorrelation:
    """Estimate the repeated-measures correlation: of the deviations from the case means.

    Do masks of one case that the metric finds better get better ratings, whatever the case? The
    common slope of parallel lines, one for each case, in an analysis of covariance (Bland JM,
    Altman DG. BMJ 1995;310:446; Bakdash JZ, Marusich LR. Front Psychol 2017;8:456). It is the same
    number as the within-case correlation of an analysis of variance.

    The closed forms take the pairs within a case as independent of each other; models whose
    effects are shared over cases break that, so the interval over cases leads. pingouin 0.7 gives
    a number when x never varies within a case, where there is none.

    Parameters
    ----------
    pairs
        Pairs, or (x, y, case labels).
    level
        Confidence level of all intervals.
    resamples
        Weights for bootstrap intervals.

    Returns
    -------
    RepeatedMeasuresCorrelation
        Without values, and with the reason, when one of the two varies within no case, or when a
        value is infinite.

    Examples
    --------
    >>> dsc, rating = [0.7, 0.8, 0.9, 0.4, 0.6, 0.5], [3, 4, 4, 1, 2, 2]
    >>> found = rm_corr((dsc, rating, ["a", "a", "a", "b", "b", "b"]))
    >>> round(found.r, 3), found.df, round(found.p_value, 3)
    (0.866, 3, 0.058)
    """
    used = as_pairs(pairs).of_present_cases()
    df = len(used.metric) - used.n_cases - 1
    name = "repeated-measures correlation"
    reason = _why_not(used)
    if reason:
        nothing = undefined(used.n_cases, method_on(FISHER_Z), reason)
        test = SignificanceTest(None, "t", (df,), None, f"{name}, Student's t", reason)
        return RepeatedMeasuresCorrelation(nothing, df, test, Interval(None, None, _FISHER, reason))
    found = estimate(
        rm_corr_statistic(used),
        used.case_names,
        FISHER_Z,
        why_undefined=reason,
        level=level,
        null=0.0,
        resamples=resamples,
    )
    return RepeatedMeasuresCorrelation(
        found,
        df,
        _t_test(found.value, df, f"{name}, Student's t", found.reason),
        _fisher(found.value, df, level, found.reason),
    )


def compare_rm_corr(
    first: Pairs | tuple[ArrayLike, ...],
    second: Pairs | tuple[ArrayLike, ...],
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> ClusteredComparison:
    """Compare two repeated-measures correlations, whose cases may be the same or not.

    The difference, of r_rm and of their Fisher z, with intervals over cases: cases of the same
    name are left out and drawn together. See `compare_clustered`; see `compare_rm_corr_fisher` for
    independent samples without cases in common.

    Parameters
    ----------
    first, second
        Pairs, or (x, y, case labels).
    level
        Confidence level.
    resamples
        Weights for bootstrap intervals.
    """
    one, two = (as_pairs(pairs).of_present_cases() for pairs in (first, second))
    return compared(one, two, rm_corr_statistic, (_why_not(one), _why_not(two)), level, resamples)


def compare_rm_corr_fisher(
    first: Pairs | tuple[ArrayLike, ...], second: Pairs | tuple[ArrayLike, ...]
) -> SignificanceTest:
    """Test that the repeated-measures correlations of two independent samples are equal.

    z = (z1 - z2) / sqrt(1 / (df1 - 1) + 1 / (df2 - 1)): Fisher's test of two correlations with
    the effective sample size df + 2 of Bakdash and Marusich.

    Parameters
    ----------
    first, second
        Pairs, or (x, y, case labels); no case in both.
    """
    one, two = rm_corr(first), rm_corr(second)
    name = "Fisher z, independent samples"
    reasons = [of.estimate.reason or "undefined" for of in (one, two) if of.r is None]
    z = FISHER_Z.forward(np.array([of.r for of in (one, two) if of.r is not None]))
    if not reasons and np.isnan(z).any():
        reasons = ["a correlation of exactly 1 or -1 is infinite on Fisher's z"]
    if not reasons and min(one.df, two.df) < 2:
        reasons = [f"{min(one.df, two.df)} degrees of freedom, at least 2 are needed"]
    if reasons:
        return SignificanceTest(None, "z", (), None, name, reasons[0])
    statistic = float((z[0] - z[1]) / np.sqrt(1 / (one.df - 1) + 1 / (two.df - 1)))
    return SignificanceTest(statistic, "z", (), float(2 * special.ndtr(-abs(statistic))), name)


def rm_corr_statistic(pairs: Pairs) -> Statistic:
    """Return the repeated-measures correlation as a function of case weights.

    A case counted twice is two cases, each with a line of its own.
    """
    if not np.isfinite(pairs.columns).all():
        return lambda weights: np.full(len(weights), np.nan)
    moments = CaseMoments.of(pairs.columns, pairs.cases, pairs.n_cases)

    def statistic(weights: FloatArray) -> FloatArray:
        scatter = moments.within_scatter(weights)
        return correlation_matrix(scatter, NOISE**2 * (weights @ moments.counts))[:, 0, 1]

    return statistic


def _why_not(pairs: Pairs) -> str:
    """Say why there is no repeated-measures correlation; empty when there is one."""
    if not np.isfinite(pairs.columns).all():
        return why_undefined(pairs, "pearson")
    if len(pairs.metric) - pairs.n_cases < 2:
        masks = f"{len(pairs.metric)} masks of {pairs.n_cases} cases"
        return f"{masks}: a line for each case leaves no degree of freedom"
    within = CaseMoments.of(pairs.columns, pairs.cases, pairs.n_cases).within.sum(axis=0)
    flat = [
        name
        for name, square in zip(("metric", "mean rating"), np.diagonal(within), strict=True)
        if square <= NOISE**2 * len(pairs.metric)
    ]
    if not flat:
        return ""
    return f"no variation within a case: the {' and the '.join(flat)} is the same for all its masks"


def _t_test(r: float | None, df: int, name: str, reason: str | None) -> SignificanceTest:
    if r is None or abs(r) > 1 - 1e-12:
        why = reason if r is None else "the correlation is exactly 1 or -1: t is infinite"
        return SignificanceTest(None, "t", (df,), None, name, why)
    t = float(r * np.sqrt(df / (1 - r * r)))
    return SignificanceTest(t, "t", (df,), float(2 * stats.t.sf(abs(t), df)), name)


def _fisher(r: float | None, df: int, level: float, reason: str | None) -> Interval:
    z = float(FISHER_Z.forward(np.array([np.nan if r is None else r]))[0])
    if r is not None and np.isnan(z):
        reason = "no interval: the value lies on the edge of its range"
    elif r is not None and df < 2:
        reason = f"no interval: {df} degree of freedom, at least 2 are needed"
    if np.isnan(z) or df < 2:
        return Interval(None, None, _FISHER, reason)
    reach = float(special.ndtri((1 + level) / 2)) / np.sqrt(df - 1)
    low, high = np.tanh([z - reach, z + reach])
    return Interval(float(low), float(high), _FISHER)
