"""Laplace approximation of a cumulative link model with crossed random effects."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from analysis.mixed.category_likelihood import Link, RowTerms, row_terms
from analysis.mixed.design import Design
from analysis.mixed.sparse_cholesky import SparseCholesky
from analysis.resampling import FloatArray, IntArray

IMPOSSIBLE = 1e10

_ROUNDS = 100
_SETTLED = 1e-11


class LaplaceModel:
    """Minus the log-likelihood of thresholds, coefficients and standard deviations.

    The random effects are integrated out at their joint mode (Breslow NE, Clayton DG. J Am Stat
    Assoc 1993;88:9; Pinheiro JC, Chao EC. J Comput Graph Stat 2006;15:58), with the observed
    curvature there. The mode of one call is where the next one starts.
    """

    def __init__(self, design: Design, categories: IntArray, link: Link) -> None:
        """Work out which products of random columns meet in a row."""
        self._categories, self._link, self._fixed = categories, link, design.fixed
        self.n_thresholds, self.n_fixed = int(categories.max()), design.fixed.shape[1]
        terms = sorted(range(len(design.terms)), key=lambda t: -design.terms[t].n_levels)
        sizes = [design.terms[t].n_levels for t in terms]
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self._effects = int(offsets[-1])
        self._term_of = np.repeat(terms, sizes)
        # Rows x terms: which effect a row has of each term, and with which factor.
        self._place = np.column_stack(
            [design.terms[t].levels + start for t, start in zip(terms, offsets, strict=False)]
        )
        self._column = np.column_stack([design.terms[t].column for t in terms])
        one, two = np.tril_indices(len(terms))
        key = self._place[:, two] * self._effects + self._place[:, one]
        diagonal = np.arange(self._effects) * (self._effects + 1)
        cells, where = np.unique(np.concatenate([key.ravel(), diagonal]), return_inverse=True)
        self._cell_of, self._diagonal = where[: key.size], where[key.size :]
        self._products = self._column[:, one] * self._column[:, two]
        self._col, self._row = cells // self._effects, cells % self._effects
        start = np.searchsorted(self._col, np.arange(self._effects + 1))
        shape = (self._effects, self._effects)
        self._cholesky = SparseCholesky(
            sparse.csc_array((np.ones(len(cells)), self._row, start), shape=shape)
        )
        self._mode = np.zeros(self._effects)

    def __call__(self, parameters: FloatArray) -> float:
        """Return the negative log-likelihood; `IMPOSSIBLE` if thresholds are out of order."""
        a, b = self.n_thresholds, self.n_thresholds + self.n_fixed
        thresholds, beta, deviation = parameters[:a], parameters[a:b], parameters[b:]
        base = self._fixed @ beta
        scale = deviation[self._term_of]
        spread = self._column * scale[self._place]
        effects = self._mode
        terms, value = self._at(thresholds, base, spread, effects)
        if terms is None:
            effects = np.zeros(self._effects)
            terms, value = self._at(thresholds, base, spread, effects)
        if terms is None:
            return IMPOSSIBLE
        for _ in range(_ROUNDS):
            factor = self._factor(terms, scale)
            if factor is None:
                return IMPOSSIBLE
            pull = np.bincount(
                self._place.ravel(),
                (spread * terms.slope[:, None]).ravel(),
                minlength=self._effects,
            )
            move = self._cholesky.solve(factor, pull - effects)
            gain = float((pull - effects) @ move)
            step = 1.0
            there, reached = self._at(thresholds, base, spread, effects + move)
            while (there is None or reached > value + 1e-9) and step > 1e-6:
                step /= 2
                there, reached = self._at(thresholds, base, spread, effects + step * move)
            if there is None:
                return IMPOSSIBLE
            effects, terms, value = effects + step * move, there, reached
            if gain < _SETTLED:
                break
        factor = self._factor(terms, scale)
        if factor is None:
            return IMPOSSIBLE
        self._mode = effects
        return value + float(np.sum(np.log(self._cholesky.diagonal(factor))))

    def _at(
        self, thresholds: FloatArray, base: FloatArray, spread: FloatArray, effects: FloatArray
    ) -> tuple[RowTerms | None, float]:
        predictor = base + (spread * effects[self._place]).sum(axis=1)
        terms = row_terms(self._categories, thresholds, predictor, self._link)
        if terms is None:
            return None, IMPOSSIBLE
        return terms, float(effects @ effects / 2 - terms.log_probability.sum())

    def _factor(self, terms: RowTerms, scale: FloatArray) -> FloatArray | None:
        weights = (self._products * terms.curvature[:, None]).ravel()
        values = np.bincount(self._cell_of, weights, minlength=len(self._row))
        values = values * scale[self._row] * scale[self._col]
        values[self._diagonal] += 1.0
        return self._cholesky.factor(values)
