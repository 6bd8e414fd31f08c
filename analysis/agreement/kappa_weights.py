"""Cohen's kappa of pairs of raters as a function of case weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.resampling import FloatArray, IntArray, Statistic, blocks

_EDGE = 1e-12


@dataclass(frozen=True, eq=False)
class RatedPair:
    """The units that two raters have both rated: numbers of categories, and of the units' cases."""

    first: IntArray
    second: IntArray
    cases: IntArray


def mean_kappa_of_weights(
    pairs: Sequence[RatedPair], n_cases: int, category_weights: FloatArray
) -> Statistic:
    """Return the mean of the kappas of pairs of raters as a function of case weights.

    NaN where one of them is undefined. Kappa needs no table of categories x categories: the summed
    agreement of the units and how often each rater used each category are enough.
    """
    q = len(category_weights)
    columns = []
    for pair in pairs:
        agreement = category_weights[pair.first, pair.second]
        columns.append(np.bincount(pair.cases, agreement, minlength=n_cases)[:, None])
        for rated in (pair.first, pair.second):
            counts = np.bincount(pair.cases * q + rated, minlength=n_cases * q)
            columns.append(counts.reshape(n_cases, q))
    by_case = np.hstack(columns).astype(float)

    def statistic(weights: FloatArray) -> FloatArray:
        means = []
        for block in blocks(weights, 3 * by_case.shape[1]):
            sums = (block @ by_case).reshape(len(block), len(pairs), 2 * q + 1)
            agreed, first, second = sums[..., 0], sums[..., 1 : q + 1], sums[..., q + 1 :]
            n = first.sum(axis=2)
            with np.errstate(invalid="ignore", divide="ignore"):
                expected = ((first @ category_weights) * second).sum(axis=2) / n**2
                kappas = (agreed / n - expected) / (1 - expected)
                kappas = np.where(1 - expected > _EDGE, kappas, np.nan)
            means.append(kappas.mean(axis=1))
        return np.concatenate(means)

    return statistic
