"""What a pooled correlation mixes: within cases and between cases.

Pooled over cases and models a correlation can come from hard cases (low Dice and low rating for
every model), from better models, or from the metric telling the masks of one case apart. See
`model_level` for the models, `repeated_measures` for the within-case correlation of Pearson's kind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from analysis.association.correlation import (
    FEWEST_PAIRS,
    Coefficient,
    Pairs,
    as_pairs,
    correlation,
    correlation_statistic,
    why_undefined,
)
from analysis.association.moments import CaseMoments, means_of_groups
from analysis.association.repeated_measures import rm_corr
from analysis.resampling import (
    FISHER_Z,
    Estimate,
    FloatArray,
    Resamples,
    Statistic,
    estimate,
    method_on,
    undefined,
)

Weighting = Literal["pairs", "cases"]
_CASES_AT_A_TIME = 64


@dataclass(frozen=True)
class CorrelationSplit:
    """A pooled Pearson correlation and its parts between and within cases.

    total = eta_metric x eta_rating x between
    + sqrt(1 - eta_metric^2) x sqrt(1 - eta_rating^2) x within.

    Attributes
    ----------
    total
        The pooled correlation.
    between
        Of the case means, each weighted by its pairs.
    within
        Of the deviations from the case means: `rm_corr`.
    eta_squared_metric, eta_squared_rating
        Share of the sum of squares that lies between cases; None where there is no variation.
    """

    total: Estimate
    between: Estimate
    within: Estimate
    eta_squared_metric: float | None
    eta_squared_rating: float | None


@dataclass(frozen=True)
class MeanWithinCases:
    """A correlation within each case, averaged over the cases that have one.

    Attributes
    ----------
    estimate
        The mean, every case counting alike; `n_cases` are those that have a value.
    cases_without
        Number of cases left out: one mask, or no variation of the metric or of the rating.
    """

    estimate: Estimate
    cases_without: int


def split_correlation(
    pairs: Pairs | tuple[ArrayLike, ...],
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> CorrelationSplit:
    """Split a pooled Pearson correlation into its parts between and within cases.

    Dansereau F, Alutto JA, Yammarino FJ. Theory Testing in Organizational Behavior, 1984 (within
    and between analysis); Bland JM, Altman DG. BMJ 1995;310:446 (within) and 633 (between).

    Parameters
    ----------
    pairs
        Pairs, or (x, y, case labels).
    level
        Confidence level.
    resamples
        Weights for bootstrap intervals.

    Examples
    --------
    >>> dsc, rating = [0.7, 0.8, 0.9, 0.4, 0.6, 0.5], [3, 4, 4, 1, 2, 2]
    >>> found = split_correlation((dsc, rating, ["a", "a", "a", "b", "b", "b"]))
    >>> round(found.total.value, 3), round(found.eta_squared_metric, 3)
    (0.971, 0.771)
    """
    used = as_pairs(pairs).of_present_cases()
    shares: list[float | None] = [None, None]
    if np.isfinite(used.columns).all() and used.n_cases:
        moments = CaseMoments.of(used.columns, used.cases, used.n_cases)
        everyone = np.ones((1, used.n_cases))
        between, total = (
            np.diagonal(scatter(everyone)[0])
            for scatter in (moments.between_scatter, moments.total_scatter)
        )
        shares = [float(b / t) if t > 0 else None for b, t in zip(between, total, strict=True)]
    return CorrelationSplit(
        correlation(used, "pearson", level=level, resamples=resamples),
        between_case_correlation(used, level=level, resamples=resamples),
        rm_corr(used, level=level, resamples=resamples).estimate,
        *shares,
    )


def between_case_correlation(
    pairs: Pairs | tuple[ArrayLike, ...],
    coefficient: Coefficient = "pearson",
    *,
    weighting: Weighting = "pairs",
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate the correlation of the case means.

    Does the metric find the hard cases? Means of more pairs count more (Bland JM, Altman DG. BMJ
    1995;310:633).

    Parameters
    ----------
    pairs
        Pairs, or (x, y, case labels).
    coefficient
        "pearson", "spearman" or "kendall", of the means.
    weighting
        "pairs": a case counts as often as it has pairs; "cases": all alike.
    level
        Confidence level.
    resamples
        Weights for bootstrap intervals.

    Returns
    -------
    Estimate
        Without a value, and with the reason, with fewer than 3 cases or when the means
        of one of the two are all equal.

    Raises
    ------
    ValueError
        For another weighting.
    """
    if weighting not in ("pairs", "cases"):
        raise ValueError(f"weighting is 'pairs' or 'cases', not {weighting!r}")
    used = as_pairs(pairs).of_present_cases()
    method = f"{coefficient} of case means, {method_on(FISHER_Z)}"
    if used.n_cases < FEWEST_PAIRS:
        reason = f"means of {used.n_cases} cases, at least {FEWEST_PAIRS} are needed"
        return undefined(used.n_cases, method, reason)
    counts = np.bincount(used.cases, minlength=used.n_cases).astype(float)
    weighted = counts if weighting == "pairs" else np.ones(used.n_cases)
    metric, rating = (means_of_groups(of, used.cases, counts) for of in (used.metric, used.rating))
    both_ends = bool(np.isnan(metric).any() or np.isnan(rating).any())
    means = Pairs(metric, rating, np.arange(used.n_cases), used.n_cases, used.case_names)
    found = estimate(
        _nothing if both_ends else _scaled(correlation_statistic(means, coefficient), weighted),
        used.case_names,
        FISHER_Z,
        why_undefined="a case with infinities of both signs has no mean"
        if both_ends
        else f"{why_undefined(means, coefficient)} (means of {used.n_cases} cases)",
        level=level,
        null=0.0,
        resamples=resamples,
    )
    return replace(found, method=method)


def mean_within_case_correlation(
    pairs: Pairs | tuple[ArrayLike, ...],
    coefficient: Coefficient = "kendall",
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> MeanWithinCases:
    """Average a correlation within each case, by default tau-b.

    Does the metric rank the masks of one case?
    Mean of tau-b over cases, as segment-level correlation in machine translation (Deutsch D, Dror
    R, Roth D. TACL 2021;9:1132-1146). A case in which the metric or the rating does not vary has
    no coefficient: it is left out and counted, not taken as zero.

    Parameters
    ----------
    pairs
        Pairs, or (x, y, case labels).
    coefficient
        "kendall", "spearman" or "pearson".
    level
        Confidence level.
    resamples
        Weights for bootstrap intervals.

    Examples
    --------
    >>> dsc, rating = [0.7, 0.8, 0.9, 0.4, 0.6, 0.5, 0.2, 0.3], [3, 4, 5, 1, 2, 1, 1, 1]
    >>> found = mean_within_case_correlation((dsc, rating, list("aaabbbcc")))
    >>> round(found.estimate.value, 3), found.cases_without
    (0.908, 1)
    """
    used = as_pairs(pairs).of_present_cases()
    values = correlation_of_each_case(used, coefficient)
    defined = np.isfinite(values)
    found = estimate(
        lambda weights: _mean(values[defined], weights),
        used.case_names[defined],
        FISHER_Z,
        why_undefined="in no case do both the metric and the mean rating vary",
        level=level,
        null=0.0,
        resamples=resamples,
    )
    named = replace(found, method=f"mean {coefficient} within cases, {found.method}")
    return MeanWithinCases(named, int((~defined).sum()))


def correlation_of_each_case(pairs: Pairs, coefficient: Coefficient) -> FloatArray:
    """Return the correlation of the pairs of each case; NaN where it is undefined.

    Cases are taken some at a time, each alone in one row of weights.
    """
    order = np.argsort(pairs.cases, kind="stable")
    firsts = np.searchsorted(pairs.cases[order], np.arange(pairs.n_cases + 1))
    values = np.empty(pairs.n_cases)
    for start in range(0, pairs.n_cases, _CASES_AT_A_TIME):
        stop = min(start + _CASES_AT_A_TIME, pairs.n_cases)
        rows = order[firsts[start] : firsts[stop]]
        some = Pairs(
            pairs.metric[rows], pairs.rating[rows], pairs.cases[rows] - start, stop - start
        )
        values[start:stop] = correlation_statistic(some, coefficient)(np.eye(stop - start))
    return values


def _mean(values: FloatArray, weights: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore"):
        return np.asarray(weights @ values / weights.sum(axis=1))


def _scaled(statistic: Statistic, factors: FloatArray) -> Statistic:
    return lambda weights: statistic(weights * factors)


def _nothing(weights: FloatArray) -> FloatArray:
    return np.full(len(weights), np.nan)
