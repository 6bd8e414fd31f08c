"""Machine code of the rank coefficients: sixteen rows of weights in one pass over the pairs.

Every kernel takes weights (resamples x cases), the case of each pair, and dense ranks ("levels").
Which sums a pair enters depends on the levels alone, so that sixteen resamples take the same steps
side by side, in the lanes of the processor's wide registers. Work arrays have the size of the
pairs, whatever the number of cases, levels and resamples.
"""

from __future__ import annotations

import numpy as np

from analysis.compiled import kernel
from analysis.resampling import FloatArray, IntArray

LANES = 16


@kernel
def _fill(lanes: FloatArray, weights: FloatArray, first: int) -> None:
    """Put rows `first` ... of the weights side by side, zero where there are no more rows."""
    lanes[:] = 0
    for lane in range(min(LANES, len(weights) - first)):
        for case in range(weights.shape[1]):
            lanes[case, lane] = weights[first + lane, case]


@kernel
def _rank(ranks: FloatArray, squares: FloatArray, start: int, stop: int) -> None:
    """Turn the weight of each level into its centred mid-rank; sum up weight x rank^2."""
    total, below = np.zeros(LANES), np.zeros(LANES)
    for level in range(start, stop):
        for lane in range(LANES):
            total[lane] += ranks[level, lane]
    for level in range(start, stop):
        for lane in range(LANES):
            own = ranks[level, lane]
            rank = below[lane] + own / 2 - total[lane] / 2
            ranks[level, lane] = rank
            squares[lane] += own * rank * rank
            below[lane] += own


@kernel
def _multiply(
    products: FloatArray, lanes: FloatArray, ranks: FloatArray, cases: IntArray, levels: IntArray
) -> None:
    """Sum up weight x rank x rank over the pairs, `levels` being those of two variables."""
    for pair in range(len(cases)):
        one, other, case = levels[0, pair], levels[1, pair], cases[pair]
        for lane in range(LANES):
            products[lane] += lanes[case, lane] * ranks[one, lane] * ranks[other, lane]


@kernel
def mid_rank_scatter(
    weights: FloatArray, cases: IntArray, levels: IntArray, starts: IntArray
) -> FloatArray:
    """Sum the products of centred mid-ranks, (resamples x variables x variables).

    `levels` is variables x pairs; those of variable j begin at `starts[j]`, so that one array
    holds them all. The mean of mid-ranks is (n + 1) / 2 whatever the ties, and the mid-rank of a
    level is the weight below it plus half of its own plus 1/2: the halves of 1 cancel, and the
    formula holds for fractional weights.
    """
    n_variables = len(levels)
    out = np.zeros((len(weights), n_variables, n_variables))
    lanes = np.empty((weights.shape[1], LANES))
    ranks = np.empty((starts[-1], LANES))
    sums = np.empty((n_variables, n_variables, LANES))
    for first in range(0, len(weights), LANES):
        _fill(lanes, weights, first)
        ranks[:] = 0
        sums[:] = 0
        for j in range(n_variables):
            for pair in range(len(cases)):
                for lane in range(LANES):
                    ranks[levels[j, pair], lane] += lanes[cases[pair], lane]
            _rank(ranks, sums[j, j], starts[j], starts[j + 1])
            for k in range(j):
                _multiply(sums[j, k], lanes, ranks, cases, levels[k : j + 1 : j - k])
                sums[k, j] = sums[j, k]
        for lane in range(min(LANES, len(weights) - first)):
            out[first + lane] = sums[:, :, lane]
    return out


@kernel
def _compare(
    agreed: FloatArray, lanes: FloatArray, tree: FloatArray, of: FloatArray, case: int, y: int
) -> None:
    """Add own weight x (weight below y - weight above y) to `agreed`; `of` ends with the total."""
    for lane in range(LANES):
        agreed[lane] += 2 * lanes[case, lane] * (of[y, lane] - of[-1, lane])
    at = y
    while at > 0:
        for lane in range(LANES):
            agreed[lane] += 4 * lanes[case, lane] * tree[at, lane]
        at &= at - 1


@kernel
def _enter(lanes: FloatArray, tree: FloatArray, of: FloatArray, case: int, y: int) -> None:
    """Add the weight of a pair to the tree, to its level and, in the last place, to the total."""
    for lane in range(LANES):
        of[y, lane] += lanes[case, lane]
        of[-1, lane] += lanes[case, lane]
    at = y + 1
    while at < len(tree):
        for lane in range(LANES):
            tree[at, lane] += lanes[case, lane]
        at += at & -at


@kernel
def concordance(
    weights: FloatArray, cases: IntArray, x: IntArray, y: IntArray, n_levels: int
) -> FloatArray:
    """Return concordant minus discordant, untied in x, untied in y (resamples x 3).

    Ordered pairs of pairs. `x` ascends; `y` has `n_levels` levels. A tree over the levels of y
    holds the weight of all pairs with a smaller x: n log(levels) steps (Knight WR. J Am Stat Assoc
    1966;61:436-439; the tree: Fenwick PM. Softw Pract Exp 1994;24:327-336). Copies of a pair tie
    with it and add nothing.
    """
    out = np.zeros((len(weights), 3))
    lanes = np.empty((weights.shape[1], LANES))
    tree, of = np.empty((n_levels + 1, LANES)), np.empty((n_levels + 1, LANES))
    starts = np.append(np.append(0, np.flatnonzero(np.diff(x)) + 1), len(x))
    for first in range(0, len(weights), LANES):
        _fill(lanes, weights, first)
        tree[:] = 0
        of[:] = 0
        sums, before = np.zeros((3, LANES)), np.zeros(LANES)
        for group in range(len(starts) - 1):
            for pair in range(starts[group], starts[group + 1]):
                _compare(sums[0], lanes, tree, of, cases[pair], y[pair])
            for pair in range(starts[group], starts[group + 1]):
                _enter(lanes, tree, of, cases[pair], y[pair])
            for lane in range(LANES):
                sums[1, lane] += 2 * (of[-1, lane] - before[lane]) * before[lane]
                before[lane] = of[-1, lane]
        before[:] = 0
        for level in range(n_levels):
            for lane in range(LANES):
                sums[2, lane] += 2 * of[level, lane] * before[lane]
                before[lane] += of[level, lane]
        for lane in range(min(LANES, len(weights) - first)):
            out[first + lane] = sums[:, lane]
    return out


@kernel
def concordance_of_cases(cases: IntArray, x: IntArray, y: IntArray, n_cases: int) -> FloatArray:
    """Return concordant minus discordant, the first number of `concordance`, (cases x cases).

    The quadratic form of the weights in this matrix is that number. Each two pairs are compared
    once and count as both ordered ones; the matrix is not symmetric.
    """
    out = np.zeros((n_cases, n_cases))
    for i in range(len(x)):
        for j in range(i):
            sign_x = (x[i] > x[j]) - (x[i] < x[j])
            sign_y = (y[i] > y[j]) - (y[i] < y[j])
            out[cases[i], cases[j]] += 2 * sign_x * sign_y
    return out
