"""Rank correlation of ratings with a metric, as functions of case weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.resampling import (
    BLOCK_BYTES,
    FISHER_Z,
    Estimate,
    FloatArray,
    IntArray,
    Statistic,
    blocks,
    jackknife_t,
    method_on,
    undefined,
)

Coefficient = Literal["spearman", "kendall"]

FEWEST_PAIRS = 3


@dataclass(frozen=True, eq=False)
class Pairs:
    """A metric and a mean rating for each mask, with the number of the mask's case.

    Both are ranked before anything else, so plus and minus infinity are ordinary extremes. NaN
    must have been taken out. `n_cases` counts the cases of the weights, also those without a pair.
    """

    metric: FloatArray
    rating: FloatArray
    cases: IntArray
    n_cases: int

    @classmethod
    def of(cls, metric: FloatArray, rating: FloatArray, cases: object = None) -> Pairs:
        """Make pairs from any case labels; without labels each pair is a case of its own."""
        labels = np.arange(len(metric)) if cases is None else np.asarray(cases)
        names, numbers = np.unique(labels, return_inverse=True)
        return cls(
            np.asarray(metric, dtype=float),
            np.asarray(rating, dtype=float),
            numbers.astype(np.int64),
            len(names),
        )

    def where(self, kept: np.ndarray) -> Pairs:
        """Return some of the pairs, with the same numbering of cases."""
        return Pairs(self.metric[kept], self.rating[kept], self.cases[kept], self.n_cases)


def rank_correlation(pairs: Pairs, coefficient: Coefficient, level: float = 0.95) -> Estimate:
    """Estimate Spearman's rho or Kendall's tau-b with a case jackknife-t interval on Fisher z.

    Examples
    --------
    >>> dsc, mean_rating = np.array([0.2, 0.5, 0.7, 0.8]), np.array([1, 3, 2, 4])
    >>> round(rank_correlation(Pairs.of(dsc, mean_rating), "kendall").value, 3)
    0.667
    """
    used = Pairs.of(pairs.metric, pairs.rating, pairs.cases)
    if len(used.metric) < FEWEST_PAIRS:
        count = len(used.metric)
        rated = f"{count} rated mask{'' if count == 1 else 's'} with a value of this metric"
        reason = f"{rated}, at least {FEWEST_PAIRS} are needed"
        return undefined(used.n_cases, method_on(FISHER_Z), reason)
    statistic = correlation_statistic(used, coefficient)
    return jackknife_t(
        statistic, used.n_cases, FISHER_Z, why_undefined=why_constant(used), level=level
    )


def why_constant(pairs: Pairs) -> str:
    """Say which of the two does not vary."""
    constant = [
        name
        for name, values in (("metric", pairs.metric), ("mean rating", pairs.rating))
        if len(np.unique(values)) < 2
    ]
    return f"no variation: the {' and the '.join(constant or ['pairs'])} is the same for all masks"


def correlation_statistic(pairs: Pairs, coefficient: Coefficient) -> Statistic:
    """Return a coefficient as a function of case weights."""
    return _spearman(pairs) if coefficient == "spearman" else _kendall(pairs)


def _levels(pairs: Pairs, values: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the dense rank of each value, and the counts of cases x distinct values."""
    distinct, level = np.unique(values, return_inverse=True)
    counts = np.zeros((pairs.n_cases, len(distinct)))
    np.add.at(counts, (pairs.cases, level), 1)
    return level.astype(np.int64), counts


def _mid_ranks(weights: FloatArray, counts: FloatArray) -> FloatArray:
    n_levels = weights @ counts
    return np.asarray(np.cumsum(n_levels, axis=1) - n_levels / 2 + 0.5)


def _spearman(pairs: Pairs) -> Statistic:
    """Pearson correlation of mid-ranks, which are ranked anew under each row of weights.

    Spearman C. Am J Psychol 1904;15:72-101; ties as mid-ranks (Kendall MG, Rank Correlation
    Methods, 1948), as in scipy.stats.spearmanr.
    """
    metric, metric_counts = _levels(pairs, pairs.metric)
    rating, rating_counts = _levels(pairs, pairs.rating)

    def one(weights: FloatArray) -> FloatArray:
        mask = weights[:, pairs.cases]
        n = mask.sum(axis=1)
        # The mean of mid-ranks is (n + 1) / 2, whatever the ties.
        centre = ((n + 1) / 2)[:, None]
        x = _mid_ranks(weights, metric_counts)[:, metric] - centre
        y = _mid_ranks(weights, rating_counts)[:, rating] - centre
        xy, xx, yy = (mask * x * y).sum(1), (mask * x * x).sum(1), (mask * y * y).sum(1)
        varied = (xx > 1e-9) & (yy > 1e-9)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(varied, xy / np.sqrt(xx * yy), np.nan)

    def statistic(weights: FloatArray) -> FloatArray:
        return np.concatenate([one(block) for block in blocks(weights, 4 * len(metric))])

    return statistic


def _kendall(pairs: Pairs) -> Statistic:
    """Concordant minus discordant pairs over the geometric mean of the untied pairs.

    Kendall MG. Biometrika 1945;33:239-251 (tau-b). The numerator is the quadratic form w' K w,
    with K the concordances summed by the cases of both masks; copies of a mask tie with it.
    """
    metric, metric_counts = _levels(pairs, pairs.metric)
    rating, rating_counts = _levels(pairs, pairs.rating)
    concordance = np.zeros((pairs.n_cases, pairs.n_cases))
    member = np.zeros((len(metric), pairs.n_cases))
    member[np.arange(len(metric)), pairs.cases] = 1
    step = max(1, BLOCK_BYTES // (32 * len(metric)))
    for start in range(0, len(metric), step):
        part = slice(start, start + step)
        signs = np.sign(metric[part, None] - metric) * np.sign(rating[part, None] - rating)
        concordance += member[part].T @ (signs.astype(float) @ member)

    def statistic(weights: FloatArray) -> FloatArray:
        n_metric, n_rating = weights @ metric_counts, weights @ rating_counts
        n = n_metric.sum(axis=1)
        untied_metric = n**2 - (n_metric**2).sum(axis=1)
        untied_rating = n**2 - (n_rating**2).sum(axis=1)
        agreed = ((weights @ concordance) * weights).sum(axis=1)
        varied = ((n_metric > 0).sum(axis=1) > 1) & ((n_rating > 0).sum(axis=1) > 1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(varied, agreed / np.sqrt(untied_metric * untied_rating), np.nan)

    return statistic
