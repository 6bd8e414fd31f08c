"""Mid-ranks of ratings within each rater, plain and under case weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from scipy import stats

from analysis.agreement.rating_table import RatingTable
from analysis.resampling import FloatArray


def mid_ranks(values: FloatArray) -> FloatArray:
    """Return the ranks of each column from 1; ties share the mean of their ranks.

    Examples
    --------
    >>> mid_ranks(np.array([[3.0], [1.0], [3.0]])).ravel()
    array([2.5, 1. , 2.5])
    """
    return np.asarray(stats.rankdata(values, axis=0), dtype=float)


def case_mid_ranks(
    complete: RatingTable,
) -> Callable[[FloatArray], Iterator[tuple[FloatArray, FloatArray]]]:
    """Return, rater by rater, mid-ranks under case weights and the weights of tied groups.

    The ranks, shape (resamples, units), are those of the table in which each case is repeated
    as often as its weight says: half of its own group and all that lies below.
    """
    cases, n_cases = complete.cases, complete.n_cases
    level_of_unit, counts = [], []
    for column in complete.values.T:
        levels, level = np.unique(column, return_inverse=True)
        count = np.zeros((n_cases, len(levels)))
        np.add.at(count, (cases, level), 1.0)
        level_of_unit.append(level)
        counts.append(count)

    def ranks(weights: FloatArray) -> Iterator[tuple[FloatArray, FloatArray]]:
        for level, count in zip(level_of_unit, counts, strict=True):
            groups = weights @ count
            places = np.cumsum(groups, axis=1) - (groups - 1) / 2
            yield places[:, level], groups

    return ranks
