"""Cholesky factors of sparse symmetric matrices that share one pattern.

The crossed random effects of a reader study give a large, nearly empty matrix that must be
factored a hundred times with other values. scipy has no sparse Cholesky factor, so the pattern is
worked out once and the numbers are filled in by a compiled loop, column by column (left-looking;
George A, Liu JW. Computer Solution of Large Sparse Positive Definite Systems, 1981, chapter 5).
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from analysis.compiled import kernel
from analysis.resampling import FloatArray, IntArray


@kernel
def _factor(
    start: IntArray,
    row: IntArray,
    given_start: IntArray,
    given_row: IntArray,
    given: FloatArray,
    factor: FloatArray,
) -> bool:
    n = len(start) - 1
    work = np.zeros(n)
    # Columns to the left wait in a chain at the row at which they are needed next.
    head, link = np.full(n, -1), np.full(n, -1)
    place = np.zeros(n, np.int64)
    for j in range(n):
        for t in range(given_start[j], given_start[j + 1]):
            work[given_row[t]] = given[t]
        k = head[j]
        while k != -1:
            after = link[k]
            here = place[k]
            times = factor[here]
            for t in range(here, start[k + 1]):
                work[row[t]] -= times * factor[t]
            place[k] = here + 1
            if here + 1 < start[k + 1]:
                link[k] = head[row[here + 1]]
                head[row[here + 1]] = k
            k = after
        if not work[j] > 0:
            return False
        pivot = np.sqrt(work[j])
        for t in range(start[j], start[j + 1]):
            factor[t] = work[row[t]] / pivot
            work[row[t]] = 0.0
        place[j] = start[j] + 1
        if start[j] + 1 < start[j + 1]:
            link[j] = head[row[start[j] + 1]]
            head[row[start[j] + 1]] = j
    return True


@kernel
def _solve(start: IntArray, row: IntArray, factor: FloatArray, x: FloatArray) -> None:
    n = len(start) - 1
    for j in range(n):
        x[j] /= factor[start[j]]
        for t in range(start[j] + 1, start[j + 1]):
            x[row[t]] -= factor[t] * x[j]
    for j in range(n - 1, -1, -1):
        for t in range(start[j] + 1, start[j + 1]):
            x[j] -= factor[t] * x[row[t]]
        x[j] /= factor[start[j]]


class SparseCholesky:
    """The pattern of a Cholesky factor; columns are taken in the order given.

    Put the columns that touch few others first: a factor with many levels before one with few.
    """

    def __init__(self, lower: sparse.csc_array) -> None:
        """Work out the pattern from the lower triangle, diagonal included, rows sorted."""
        self._given_start = lower.indptr.astype(np.int64)
        self._given_row = lower.indices.astype(np.int64)
        self.start, self.row = _pattern(self._given_start, self._given_row)

    def factor(self, values: FloatArray) -> FloatArray | None:
        """Return the factor's values for the triangle's values; None if not positive definite."""
        factor = np.empty(len(self.row))
        done = _factor(self.start, self.row, self._given_start, self._given_row, values, factor)
        return factor if done else None

    def diagonal(self, factor: FloatArray) -> FloatArray:
        """Return the diagonal of the factor."""
        return factor[self.start[:-1]]

    def solve(self, factor: FloatArray, right: FloatArray) -> FloatArray:
        """Return the solution for one right-hand side."""
        solution = right.astype(np.float64)
        _solve(self.start, self.row, factor, solution)
        return solution

    def last_rows(self, factor: FloatArray, count: int) -> FloatArray:
        """Return the lower right corner of the factor as a dense lower triangle."""
        n = len(self.start) - 1
        corner = np.zeros((count, count))
        for j in range(n - count, n):
            rows = self.row[self.start[j] : self.start[j + 1]]
            corner[rows - (n - count), j - (n - count)] = factor[self.start[j] : self.start[j + 1]]
        return corner


def _pattern(given_start: IntArray, given_row: IntArray) -> tuple[IntArray, IntArray]:
    """Return starts and rows of the factor: a column passes its rows on to its first one below."""
    n = len(given_start) - 1
    waiting: list[list[IntArray]] = [[] for _ in range(n)]
    columns = []
    for j in range(n):
        own = given_row[given_start[j] : given_start[j + 1]]
        rows = np.unique(np.concatenate([own, *waiting[j]])) if waiting[j] else own
        waiting[j] = []
        columns.append(rows)
        if len(rows) > 1:
            waiting[rows[1]].append(rows[1:])
    start = np.concatenate([[0], np.cumsum([len(rows) for rows in columns])]).astype(np.int64)
    return start, np.concatenate(columns).astype(np.int64)
