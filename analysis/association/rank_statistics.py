"""Spearman's rho and Kendall's tau-b between variables, as functions of case weights.

Both give a matrix of all variables for each row of weights, because partial coefficients are made
of such matrices. Values are ranked anew under each row of weights, so infinities are ordinary
extremes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from analysis.association.rank_kernels import concordance, concordance_of_cases, mid_rank_scatter
from analysis.resampling import FloatArray, IntArray, blocks

MatrixStatistic = Callable[[FloatArray], FloatArray]
"""Case weights (resamples x cases) -> (resamples x variables x variables)."""

MOST_PAIRS_FOR_MATRICES = 2000
CASES_SQUARED_PER_PAIR = 40


def dense_ranks(values: FloatArray) -> tuple[IntArray, int]:
    """Return the rank of each value among the distinct ones, from 0, and how many there are."""
    distinct, levels = np.unique(values, return_inverse=True)
    return levels.astype(np.int64), len(distinct)


def spearman_scatter(columns: FloatArray, cases: IntArray) -> MatrixStatistic:
    """Return sums of products of centred mid-ranks as a function of case weights.

    Spearman C. Am J Psychol 1904;15:72-101; ties as mid-ranks (Kendall MG, Rank Correlation
    Methods, 1948), as in scipy.stats.spearmanr. A row of the matrix is zero where a variable has
    one level only.

    Parameters
    ----------
    columns
        Values, pairs x variables; no NaN.
    cases
        Column of the weights that each pair belongs to.
    """
    ranked = [dense_ranks(column) for column in columns.T]
    starts = np.cumsum([0, *(n_levels for _, n_levels in ranked)])
    levels = np.stack([of + start for (of, _), start in zip(ranked, starts[:-1], strict=True)])

    def statistic(weights: FloatArray) -> FloatArray:
        return mid_rank_scatter(np.ascontiguousarray(weights), cases, levels, starts)

    return statistic


def kendall_matrix(columns: FloatArray, cases: IntArray, n_cases: int) -> MatrixStatistic:
    """Return the matrix of tau-b as a function of case weights; NaN where there is one level only.

    Kendall MG. Biometrika 1945;33:239-251: concordant minus discordant over the geometric mean of
    the pairs that are untied in each variable, as in scipy.stats.kendalltau.

    Parameters
    ----------
    columns
        Values, pairs x variables; no NaN.
    cases
        Column of the weights that each pair belongs to.
    n_cases
        Number of columns of the weights.
    """
    n_variables = columns.shape[1]
    counts = {
        (j, k): _concordance(columns[:, j], columns[:, k], cases, n_cases)
        for j in range(n_variables)
        for k in range(j)
    }

    def statistic(weights: FloatArray) -> FloatArray:
        out = np.ones((len(weights), n_variables, n_variables))
        for (j, k), of_two in counts.items():
            agreed, untied_x, untied_y = of_two(weights).T
            with np.errstate(invalid="ignore", divide="ignore"):
                tau = np.clip(agreed / np.sqrt(untied_x * untied_y), -1, 1)
            out[:, j, k] = out[:, k, j] = tau
        return out

    return statistic


def _concordance(
    x_values: FloatArray, y_values: FloatArray, cases: IntArray, n_cases: int
) -> Callable[[FloatArray], FloatArray]:
    """Choose the way that is faster at this size; memory is bounded in both.

    Quadratic forms cost 3 cases^2 multiplications, the tree some nanoseconds a pair and the log of
    the smaller number of levels.
    """
    (x, n_x), (y, n_y) = dense_ranks(x_values), dense_ranks(y_values)
    if len(x) <= MOST_PAIRS_FOR_MATRICES and n_cases**2 <= CASES_SQUARED_PER_PAIR * len(x):
        return _quadratic_forms(concordance_of_cases(cases, x, y, n_cases))
    if n_x < n_y:
        x, y, n_y = y, x, n_x
    order = np.argsort(x, kind="stable")
    x, y, sorted_cases = x[order], y[order], cases[order]

    def by_tree(weights: FloatArray) -> FloatArray:
        return concordance(np.ascontiguousarray(weights), sorted_cases, x, y, n_y)

    return by_tree


def _quadratic_forms(matrices: FloatArray) -> Callable[[FloatArray], FloatArray]:
    n_cases = len(matrices)
    side_by_side = matrices.reshape(n_cases, 3 * n_cases)

    def of_block(weights: FloatArray) -> FloatArray:
        products = (weights @ side_by_side).reshape(len(weights), 3, n_cases)
        return np.asarray(np.einsum("bkc,bc->bk", products, weights))

    def statistic(weights: FloatArray) -> FloatArray:
        return np.concatenate([of_block(block) for block in blocks(weights, 3 * n_cases)])

    return statistic
