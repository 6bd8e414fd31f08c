"""The REML criterion of a linear mixed model as a function of the relative standard deviations.

theta is the standard deviation of each random term over that of the residual. The fixed effects
and the residual variance are profiled out (Bates D, Maechler M, Bolker B, Walker S. J Stat Softw
2015;67(1), equations 39 to 42): one Cholesky factor of the cross-products of random columns, fixed
columns and response holds all that is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from analysis.mixed.design import Design
from analysis.mixed.sparse_cholesky import SparseCholesky
from analysis.resampling import FloatArray


@dataclass(frozen=True, eq=False)
class Profile:
    """What one value of theta gives.

    Attributes
    ----------
    log_determinant
        Logarithms of the determinants of V / sigma^2 and of X'(V / sigma^2)^-1 X, added.
    residual
        Generalised residual sum of squares.
    coefficients
        Fixed effects.
    covariance
        Their covariance over the residual variance.
    """

    log_determinant: float
    residual: float
    coefficients: FloatArray
    covariance: FloatArray


class ProfiledModel:
    """A design with its cross-products, to be profiled at many values of theta."""

    def __init__(self, design: Design) -> None:
        """Take the cross-products once; largest terms first, so that little fills in."""
        self.n_rows, self.n_fixed = design.fixed.shape
        self.n_terms = len(design.terms)
        sizes = np.array([term.n_levels for term in design.terms], dtype=np.int64)
        term_of = design.term_of_column()
        # Terms of equal size stay in the order of the design.
        order = np.lexsort((np.arange(len(term_of)), -sizes[term_of]))
        random = sparse.csr_array(design.random_columns()[:, order])
        # Orthonormal fixed columns and a response free of them: the criterion does not change,
        # and nothing is lost to large means.
        basis, self._triangle = np.linalg.qr(design.fixed)
        self._start = basis.T @ design.response
        rest = design.response - basis @ self._start
        # A response of length one, so that its unit does not matter to the arithmetic.
        self.size = float(np.linalg.norm(rest))
        border = np.column_stack([basis, rest / (self.size or 1.0)])
        self._term_of = np.concatenate(
            [term_of[order], np.full(self.n_fixed + 1, self.n_terms)]
        ).astype(np.int64)
        self._gather(random, border)
        self._log_triangle = float(np.sum(np.log(np.abs(np.diag(self._triangle)))))

    def _gather(self, random: sparse.csr_array, border: FloatArray) -> None:
        effects, width = random.shape[1], border.shape[1]
        inner = sparse.coo_array(random.T @ random)
        below = inner.row >= inner.col
        side = border.T @ random
        side_row, side_col = np.indices((width, effects)).reshape(2, -1)
        corner_row, corner_col = np.tril_indices(width)
        corner = (border.T @ border)[corner_row, corner_col]
        row = np.concatenate([inner.row[below], side_row + effects, corner_row + effects])
        col = np.concatenate([inner.col[below], side_col, corner_col + effects])
        values = np.concatenate([inner.data[below], np.asarray(side).ravel(), corner])
        order = np.lexsort((row, col))
        self._row, self._col, self._values = row[order], col[order], values[order]
        total = effects + width
        start = np.searchsorted(self._col, np.arange(total + 1))
        self._cholesky = SparseCholesky(
            sparse.csc_array((self._values, self._row, start), shape=(total, total))
        )
        self._ones = np.where((self._row == self._col) & (self._row < effects), 1.0, 0.0)
        self._effects = effects

    def at(self, theta: FloatArray) -> Profile:
        """Return the profile at `theta`, one value per random term; signs do not matter."""
        scale = np.append(theta, 1.0)[self._term_of]
        values = self._values * scale[self._row] * scale[self._col] + self._ones
        factor = self._cholesky.factor(values)
        nothing = np.full((self.n_fixed, self.n_fixed), np.nan)
        if factor is None:
            return Profile(np.nan, np.nan, nothing[0], nothing)
        logs = np.log(self._cholesky.diagonal(factor)[:-1])
        corner = self._cholesky.last_rows(factor, self.n_fixed + 1)
        fixed, last = corner[:-1, :-1], corner[-1]
        own = np.linalg.solve(fixed.T, last[:-1]) * self.size + self._start
        # V^-1 on the basis is fixed fixed'; on the columns themselves the triangle comes in.
        inverse = np.linalg.solve(self._triangle, np.linalg.inv(fixed).T)
        return Profile(
            log_determinant=float(2 * np.sum(logs) + 2 * self._log_triangle),
            residual=float((last[-1] * self.size) ** 2),
            coefficients=np.linalg.solve(self._triangle, own),
            covariance=inverse @ inverse.T,
        )

    def criterion(self, theta: FloatArray) -> float:
        """Return the REML criterion, minus twice the profiled restricted log-likelihood."""
        profile = self.at(theta)
        freedom = self.n_rows - self.n_fixed
        spread = float(np.log(2 * np.pi * profile.residual / freedom))
        return float(profile.log_determinant + freedom * (1 + spread))
