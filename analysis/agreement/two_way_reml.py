"""REML of ratings = unit + rater + residual, for many sets of case weights at once.

Missing ratings stay missing. All that the restricted likelihood needs of the units are sums over
units with equally many ratings, and those are sums over cases: a resample is a matrix product, and
the search for the variances runs for all resamples together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.agreement.rating_table import RatingTable
from analysis.resampling import FloatArray, IntArray, blocks

# Central differences: the point, one and two steps along each axis, the four corners.
_STENCIL = np.array(
    [
        *([0, 0], [1, 0], [-1, 0], [2, 0], [-2, 0], [0, 1], [0, -1], [0, 2], [0, -2]),
        *([1, 1], [1, -1], [-1, 1], [-1, -1]),
    ],
    dtype=np.float64,
)
_STEP = 1e-3
_LEAST = 0.1
_ROUNDS = 60
_HALVINGS = 20
_SETTLED = 1e-12
_ZERO = 1e-4
_FLATTEST = 1e-4
_NOISE = 1e-11
_ENDLESS = 1e8


@dataclass(frozen=True, eq=False)
class TwoWayFit:
    """Variances over the residual variance, and that variance; one entry per row of weights.

    NaN where they are undefined. `perfect` marks rows in which the raters agree on every unit
    while units differ: the residual is zero and every ICC one.
    """

    unit: FloatArray
    rater: FloatArray
    residual: FloatArray
    perfect: FloatArray


class _Sums:
    """Weighted sums over units, per row of weights; `sizes` are the numbers of ratings."""

    def __init__(self, sums: FloatArray, sizes: IntArray, n_raters: int, *, crossed: bool) -> None:
        k, g, b = n_raters, len(sizes), len(sums)
        ends = np.cumsum([g * k * k, g * k, g, g, k])
        pairs, products, squares, counts, totals, own = np.split(sums, ends, axis=1)
        self.pairs = pairs.reshape(b, g, k, k)
        self.products = products.reshape(b, g, k)
        self.squares, self.counts, self.totals, self.own = squares, counts, totals, own[:, 0]
        self.sizes = sizes.astype(np.float64)
        self.n = counts @ self.sizes
        self.crossed = crossed

    def within(self) -> FloatArray:
        """Sum of squares within units."""
        return np.asarray(self.own - self.squares @ (1 / self.sizes), dtype=np.float64)

    def total(self) -> FloatArray:
        """Sum of squares about the mean."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.own - self.totals.sum(axis=1) ** 2 / self.n, dtype=np.float64)

    def paired(self) -> FloatArray:
        """Weight of the units with two ratings or more."""
        return np.asarray(self.counts[:, self.sizes >= 2].sum(axis=1), dtype=np.float64)

    def rows(self, kept: IntArray) -> _Sums:
        """Return some of the rows."""
        part = object.__new__(_Sums)
        for name in ("pairs", "products", "squares", "counts", "totals", "own", "n"):
            setattr(part, name, getattr(self, name)[kept])
        part.sizes, part.crossed = self.sizes, self.crossed
        return part

    def profile(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return log-determinants and residual sum of squares at theta, (..., rows, 2).

        theta holds the standard deviations of unit and rater over that of the residual. Units are
        integrated out first (each has the same variance for all its ratings), raters then.
        """
        unit, rater = theta[..., 0] ** 2, theta[..., 1] ** 2
        own = 1 + unit[..., None] * self.sizes
        shrink = unit[..., None] / own
        cross = -np.einsum("...bg,bgij->...bij", shrink, self.pairs)
        k = self.totals.shape[1]
        per_rater = np.einsum("bgii->bi", self.pairs)
        cross[..., np.arange(k), np.arange(k)] += per_rater
        side = self.totals - np.einsum("...bg,bgi->...bi", shrink, self.products)
        square = self.own - (shrink * self.squares).sum(axis=-1)
        ones = cross.sum(axis=-1)
        determinant = (self.counts * np.log(own)).sum(axis=-1)
        if self.crossed:
            inner = np.eye(k) + rater[..., None, None] * cross
            right = np.stack([ones, side], axis=-1)
            solved = np.linalg.solve(inner, right) * rater[..., None, None]
            inside = np.einsum("...ia,...ib->...ab", right, solved)
            determinant = determinant + np.linalg.slogdet(inner)[1]
        else:
            inside = np.zeros((*square.shape, 2, 2))
        of_mean = ones.sum(axis=-1) - inside[..., 0, 0]
        with_mean = side.sum(axis=-1) - inside[..., 0, 1]
        residual = square - inside[..., 1, 1] - with_mean**2 / of_mean
        return determinant + np.log(of_mean), residual

    def criterion(self, theta: FloatArray) -> FloatArray:
        """Return the REML criterion without its constant."""
        determinant, residual = self.profile(theta)
        # Rounding may leave less than nothing of a residual that is zero.
        return np.asarray(
            determinant + (self.n - 1) * np.log(np.maximum(residual, 1e-300)), dtype=np.float64
        )


class TwoWayReml:
    """The sums of a table of ratings per case, to be fitted under many weights.

    Without raters in the model (`crossed` false) it is the one-way model of units alone.
    """

    def __init__(self, table: RatingTable, *, crossed: bool) -> None:
        """Take the sums per case; ratings about their mean, so that no digits are lost."""
        there = np.isfinite(table.values)
        mean = table.values[there].mean() if there.any() else 0.0
        values = np.where(there, table.values - mean, 0.0)
        k = values.shape[1]
        size, total = there.sum(axis=1), values.sum(axis=1)
        self._sizes = np.unique(size[size > 0])
        self._k, self._crossed = k, crossed
        g = len(self._sizes)
        of_size = (size[:, None] == self._sizes).astype(np.float64)
        seen = there.astype(np.float64)
        pairs = np.einsum("ug,ui,uj->ugij", of_size, seen, seen).reshape(len(values), g * k * k)
        products = np.einsum("ug,ui,u->ugi", of_size, seen, total).reshape(len(values), g * k)
        columns = [
            pairs,
            products,
            of_size * total[:, None] ** 2,
            of_size,
            values,
            (values**2).sum(axis=1, keepdims=True),
        ]
        per_unit = np.concatenate(columns, axis=1)
        self.by_case = np.zeros((table.n_cases, per_unit.shape[1]))
        np.add.at(self.by_case, table.cases, per_unit)

    def fit(self, weights: FloatArray) -> TwoWayFit:
        """Return the variances for each row of case weights."""
        columns = len(_STENCIL) * max(self.by_case.shape[1], self.by_case.shape[0])
        parts = [self._fit(block) for block in blocks(weights, columns)]
        if not parts:
            return TwoWayFit(*(np.empty(0),) * 4)
        return TwoWayFit(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in ("unit", "rater", "residual", "perfect")
            )
        )

    def _fit(self, weights: FloatArray) -> TwoWayFit:
        sums = _Sums(weights @ self.by_case, self._sizes, self._k, crossed=self._crossed)
        varied = sums.total() > _NOISE * np.maximum(sums.own, 1e-300)
        paired = sums.paired() > 0
        perfect = varied & paired & (sums.within() <= _NOISE * sums.total())
        fitted = np.flatnonzero(varied & paired & ~perfect & (sums.n > 2))
        unit, rater, residual = (np.full(len(weights), np.nan) for _ in range(3))
        residual[perfect] = 0.0
        if len(fitted):
            part = sums.rows(fitted)
            theta = _least(part, crossed=self._crossed)
            left = part.profile(theta)[1]
            known = (theta**2 < _ENDLESS).all(axis=1) & (left > _NOISE * part.total())
            unit[fitted] = np.where(known, theta[:, 0] ** 2, np.nan)
            rater[fitted] = np.where(known, theta[:, 1] ** 2, np.nan)
            residual[fitted] = np.where(known, left / (part.n - 1), np.nan)
        return TwoWayFit(unit, rater, residual, perfect.astype(np.float64))


def _least(sums: _Sums, *, crossed: bool) -> FloatArray:
    """Return the relative standard deviations at the least criterion, per row.

    By Newton's method on the absolute curvature, with steps halved where they climb. The
    criterion is even in theta, so that a step past zero comes back as one on this side.
    """
    theta = np.ones((len(sums.n), 2))
    theta[:, 1] = 0.5 if crossed else 0.0
    moving = np.arange(len(theta))
    for _ in range(_ROUNDS):
        part, at = sums.rows(moving), theta[moving]
        value, slope, curve = _differences(part, at, crossed=crossed)
        move = -np.linalg.solve(curve, slope[..., None])[..., 0]
        gain = -(slope * move).sum(axis=1)
        settled = gain < _SETTLED * np.maximum(1.0, np.abs(value))
        theta[moving[settled]] = np.abs(at[settled] + move[settled])
        moving, at, move, value = (x[~settled] for x in (moving, at, move, value))
        if not len(moving):
            break
        part = part.rows(np.flatnonzero(~settled))
        theta[moving] = _descended(part, at, move, value)
    theta[theta < _ZERO] = 0.0
    return theta


def _differences(
    sums: _Sums, theta: FloatArray, *, crossed: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return value, gradient, and the Hessian with its eigenvalues made positive."""
    h = _STEP * np.maximum(theta, _LEAST)
    out = sums.criterion(theta + _STENCIL[:, None, :] * h)
    slope, curve = np.empty((len(theta), 2)), np.empty((len(theta), 2, 2))
    for axis in range(2):
        one, minus, two, minus_two = out[1 + 4 * axis : 5 + 4 * axis]
        slope[:, axis] = (8 * (one - minus) - (two - minus_two)) / (12 * h[:, axis])
        far = 16 * (one + minus) - (two + minus_two) - 30 * out[0]
        curve[:, axis, axis] = far / (12 * h[:, axis] ** 2)
    both = (out[9] - out[10] - out[11] + out[12]) / (4 * h[:, 0] * h[:, 1])
    curve[:, 0, 1] = curve[:, 1, 0] = both
    if not crossed:
        slope[:, 1] = curve[:, 0, 1] = curve[:, 1, 0] = 0.0
        curve[:, 1, 1] = 1.0
    bends, axes = np.linalg.eigh(curve)
    bends = np.abs(bends)
    bends = np.maximum(bends, _FLATTEST * bends.max(axis=1, keepdims=True))
    return out[0], slope, np.einsum("rij,rj,rkj->rik", axes, bends, axes)


def _descended(sums: _Sums, theta: FloatArray, move: FloatArray, value: FloatArray) -> FloatArray:
    best, open_rows = theta.copy(), np.ones(len(theta), dtype=bool)
    # No step goes further than ten times the distance from zero.
    far = np.abs(move) / (10 * np.maximum(theta, _LEAST))
    move = move / np.maximum(far.max(axis=1, keepdims=True), 1.0)
    for halving in range(_HALVINGS):
        there = np.abs(theta + move / 2**halving)
        lower = open_rows & (sums.criterion(there) <= value)
        best[lower] = there[lower]
        open_rows &= ~lower
        if not open_rows.any():
            break
    return best
