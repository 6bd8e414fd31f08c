"""Mean of the correlations of all pairs of raters."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from analysis.agreement.icc import spearman_brown_scale
from analysis.agreement.mean_squares import cases_of, share_complete, why_not_crossed
from analysis.agreement.rater_ranks import case_mid_ranks
from analysis.agreement.rating_table import Ratings, RatingTable, rating_table
from analysis.resampling import (
    Estimate,
    FloatArray,
    Resamples,
    Statistic,
    blocks,
    estimate,
    undefined,
)

Correlation = Literal["spearman", "pearson"]
Average = Literal["plain", "fisher_z"]


def mean_interrater_correlation(
    ratings: Ratings,
    correlation: Correlation = "spearman",
    average: Average = "plain",
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate the mean correlation of all pairs of raters.

    "fisher_z" averages on Fisher's z and transforms back, as meanrho and meancor of R's irr do;
    irr drops pairs with a correlation of 1 or -1, whose z is infinite, where here the mean is
    undefined. The plain mean of Spearman correlations belongs to Kendall's W:
    (m W - 1) / (m - 1) equals it where all raters have the same numbers of ties. Interval: case
    jackknife-t on the scale of a single-rating ICC, whose range it shares. Correlations know
    nothing of the raters' levels: they measure consistency, not agreement.

    Parameters
    ----------
    ratings
        Table, or array of units x raters; only units that all raters rated enter.
    correlation
        Of mid-ranks, or of the ratings.
    average
        How correlations are averaged.
    level
        Confidence level.
    resamples
        Weights for the percentile and BCa intervals beside.

    Raises
    ------
    ValueError
        If ratings have the wrong shape, or correlation or average is not one of these.

    Examples
    --------
    >>> found = mean_interrater_correlation([[1, 2, 1], [2, 1, 2], [3, 3, 4], [4, 4, 3]])
    >>> round(found.value, 3)
    0.733
    """
    for value, known in ((correlation, Correlation), (average, Average)):
        if value not in get_args(known):
            raise ValueError(f"{value!r} is neither of {', '.join(get_args(known))}")
    table = rating_table(ratings)
    complete = table.complete()
    share = share_complete(table, complete)
    how = f"mean {correlation}, {average} average; {share}"
    reason = why_not_crossed(complete, share)
    if reason:
        return undefined(complete.n_cases, how, reason)
    estimated = estimate(
        mean_correlation_statistic(complete, correlation, average),
        cases_of(complete),
        spearman_brown_scale(complete.values.shape[1]),
        why_undefined=_why_undefined(complete),
        level=level,
        resamples=resamples,
    )
    return replace(estimated, method=f"{how}; {estimated.method}")


def _why_undefined(complete: RatingTable) -> str:
    if (np.ptp(complete.values, axis=0) == 0).any():
        return "no variance: a rater gave all units the same rating"
    return "two raters correlate perfectly: the mean of Fisher's z is infinite"


def mean_correlation_statistic(
    complete: RatingTable, correlation: Correlation, average: Average
) -> Statistic:
    """Return the mean correlation of a table without gaps as a function of case weights."""
    values = complete.values - complete.values.mean(axis=0)
    n_units, m = values.shape
    ranks_of = case_mid_ranks(complete)
    one, two = np.triu_indices(m, 1)

    def of(weights: FloatArray) -> FloatArray:
        w = weights[:, complete.cases]
        if correlation == "spearman":
            x = np.stack([ranks for ranks, _ in ranks_of(weights)], axis=2)
        else:
            x = np.broadcast_to(values, (len(w), n_units, m))
        with np.errstate(invalid="ignore", divide="ignore"):
            x = x - (np.einsum("bu,bur->br", w, x) / w.sum(axis=1, keepdims=True))[:, None, :]
            products = np.matmul((w[:, :, None] * x).transpose(0, 2, 1), x)
            squares = np.diagonal(products, axis1=1, axis2=2)
            varied = squares > 1e-12 * np.maximum((w[:, :, None] * x * x).max(axis=1), 1e-300)
            spread = np.sqrt(np.where(varied, squares, np.nan))
            r = products[:, one, two] / (spread[:, one] * spread[:, two])
            if average == "plain":
                return np.asarray(r.mean(axis=1))
            z = np.arctanh(np.where(np.abs(r) < 1 - 1e-12, r, np.nan))
            return np.asarray(np.tanh(z.mean(axis=1)))

    def statistic(weights: FloatArray) -> FloatArray:
        return np.concatenate([of(block) for block in blocks(weights, 4 * n_units * m)])

    return statistic
