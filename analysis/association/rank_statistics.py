"""Spearman's rho and Kendall's tau-b between variables, as functions of case weights.

Both give a matrix of all variables for each row of weights, because partial coefficients are made
of such matrices. Values are ranked anew under each row of weights, so infinities are ordinary
extremes.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np

from analysis.association.rank_kernels import concordance, concordance_of_cases, mid_rank_scatter
from analysis.resampling import FloatArray, IntArray, Statistic

MatrixStatistic = Callable[[FloatArray], FloatArray]
"""Case weights (resamples x cases) -> (resamples x variables x variables)."""

Ranked = tuple[IntArray, int]
"""The level of each pair, and the number of levels."""

MOST_PAIRS_FOR_MATRICES = 2000
CASES_SQUARED_PER_PAIR = 40
ROWS_IN_CACHE = 256


def dense_ranks(values: FloatArray) -> Ranked:
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
    ranked = [dense_ranks(column) for column in columns.T]
    few = len(cases) <= MOST_PAIRS_FOR_MATRICES
    small = n_cases**2 <= CASES_SQUARED_PER_PAIR * len(cases)
    concordant = (_by_matrices if few and small else _by_trees)(ranked, cases, n_cases)

    def statistic(weights: FloatArray) -> FloatArray:
        of_two = concordant(weights)
        untied = np.diagonal(of_two, axis1=1, axis2=2)
        with np.errstate(invalid="ignore", divide="ignore"):
            tau = np.clip(of_two / np.sqrt(untied[:, :, None] * untied[:, None, :]), -1, 1)
        tau[:, np.arange(len(ranked)), np.arange(len(ranked))] = 1
        return np.asarray(tau)

    return statistic


def _by_matrices(ranked: list[Ranked], cases: IntArray, n_cases: int) -> MatrixStatistic:
    """Return concordant minus discordant of two variables; of one, on the diagonal, untied.

    Quadratic forms: cases^2 multiplications for two variables, whatever the number of pairs.
    """
    untied = [_untied(levels, n_levels, cases, n_cases) for levels, n_levels in ranked]
    forms = {
        (j, k): concordance_of_cases(cases, ranked[j][0], ranked[k][0], n_cases)
        for j, k in combinations(range(len(ranked)), 2)
    }

    def statistic(weights: FloatArray) -> FloatArray:
        out = np.empty((len(weights), len(ranked), len(ranked)))
        for start in range(0, len(weights), ROWS_IN_CACHE):
            rows = slice(start, start + ROWS_IN_CACHE)
            for j, of_one in enumerate(untied):
                out[rows, j, j] = of_one(weights[rows])
            for (j, k), form in forms.items():
                products = _row_products(weights[rows] @ form, weights[rows])
                out[rows, j, k] = out[rows, k, j] = products
        return out

    return statistic


def _untied(levels: IntArray, n_levels: int, cases: IntArray, n_cases: int) -> Statistic:
    """Return the number of ordered pairs of pairs on two levels, as a function of case weights.

    Groups of pairs are multiplied, and not the tied taken from all: where fractional weights
    leave one level, that difference would be a rounding error in place of 0. Levels are groups;
    those of a single pair are one group together, in which only a pair ties with itself.
    """
    alone = np.bincount(levels, minlength=n_levels) == 1
    is_alone = alone[levels]
    singles = np.bincount(cases[is_alone], minlength=n_cases).astype(float)
    n_shared = n_levels - int(alone.sum())
    place = (np.cumsum(~alone) - 1)[levels] + n_shared * cases
    shared = np.bincount(place[~is_alone], minlength=n_shared * n_cases)
    groups = np.column_stack([shared.reshape(n_cases, n_shared), singles])
    below = np.cumsum(groups, axis=1) - groups
    narrow = 2 * groups.shape[1] <= n_cases
    factors = np.hstack([groups, below]) if narrow else groups @ below.T

    def statistic(weights: FloatArray) -> FloatArray:
        products = weights @ factors
        one, other = np.split(products, 2, axis=1) if narrow else (products, weights)
        within_singles = (weights @ singles) ** 2 - weights**2 @ singles
        return np.asarray(2 * _row_products(one, other) + within_singles)

    return statistic


def _row_products(one: FloatArray, other: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("bc,bc->b", one, other))


def _by_trees(ranked: list[Ranked], cases: IntArray, n_cases: int) -> MatrixStatistic:
    """Return the same as `_by_matrices` in some nanoseconds a pair and log of the fewer levels."""
    trees = {}
    for j, k in combinations(range(len(ranked)), 2):
        x, y = (j, k) if ranked[j][1] >= ranked[k][1] else (k, j)
        order = np.argsort(ranked[x][0], kind="stable")
        trees[x, y] = cases[order], ranked[x][0][order], ranked[y][0][order], ranked[y][1]

    def statistic(weights: FloatArray) -> FloatArray:
        out = np.zeros((len(weights), len(ranked), len(ranked)))
        for (x, y), sorted_pairs in trees.items():
            found = concordance(np.ascontiguousarray(weights), *sorted_pairs)
            out[:, x, y] = out[:, y, x] = found[:, 0]
            out[:, x, x], out[:, y, y] = found[:, 1], found[:, 2]
        return out

    return statistic
