"""Sums of squares and products by case, and what case weights make of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.resampling import FloatArray, IntArray, blocks

SAME_MEAN = 1e-9
NOISE = 1e-14
"""Spread relative to the range of all values below which a variable counts as constant."""


@dataclass(frozen=True, eq=False)
class CaseMoments:
    """Pairs of each case: how many, their mean, and sums of products about that mean.

    All variables are brought to a range of 1 first, which no correlation notices: squares neither
    overflow nor vanish, and `NOISE` has a meaning.

    Attributes
    ----------
    counts
        Pairs, (cases,).
    means
        (cases x variables); 0 for a case without pairs.
    within
        Sums of products of the deviations from the case's mean, (cases x variables x variables).
    """

    counts: FloatArray
    means: FloatArray
    within: FloatArray

    @classmethod
    def of(cls, columns: FloatArray, cases: IntArray, n_cases: int) -> CaseMoments:
        """Sum up finite values, pairs x variables."""
        scaled = _to_unit_range(columns)
        n_variables = scaled.shape[1]
        counts = np.bincount(cases, minlength=n_cases).astype(float)
        # Sums start from one value of the case, so that the mean of equal values is that value
        # to the last bit, and their deviations are exactly zero.
        origin = np.zeros((n_cases, n_variables))
        origin[cases] = scaled
        shifted = np.zeros((n_cases, n_variables))
        np.add.at(shifted, cases, scaled - origin[cases])
        means = origin + shifted / np.maximum(counts, 1)[:, None]
        deviations = scaled - means[cases]
        within = np.zeros((n_cases, n_variables, n_variables))
        np.add.at(within, cases, deviations[:, :, None] * deviations[:, None, :])
        return cls(counts, means, within)

    def within_scatter(self, weights: FloatArray) -> FloatArray:
        """Return pooled sums of products within cases (resamples x variables x variables)."""
        n_cases, n_variables = self.means.shape
        summed = weights @ self.within.reshape(n_cases, -1)
        return summed.reshape(len(weights), n_variables, n_variables)

    def between_scatter(self, weights: FloatArray) -> FloatArray:
        """Return sums of products of case means about their mean, each case weighted by pairs."""
        columns = self.means.size
        return np.concatenate([self._between(block) for block in blocks(weights, 2 * columns)])

    def total_scatter(self, weights: FloatArray) -> FloatArray:
        """Return sums of products about the mean of all pairs."""
        return self.within_scatter(weights) + self.between_scatter(weights)

    def _between(self, weights: FloatArray) -> FloatArray:
        of_case = weights * self.counts
        # Again from the mean of one case that is there, for an exact zero where all are equal.
        origin = self.means[np.argmax(of_case > 0, axis=1)]
        from_origin = self.means - origin[:, None, :]
        with np.errstate(invalid="ignore", divide="ignore"):
            shift = np.einsum("bc,bcj->bj", of_case, from_origin) / of_case.sum(axis=1)[:, None]
        deviations = from_origin - shift[:, None, :]
        return np.asarray((of_case[:, None, :] * deviations.transpose(0, 2, 1)) @ deviations)


def correlation_matrix(scatter: FloatArray, least: FloatArray | float) -> FloatArray:
    """Divide sums of products by the roots of the sums of squares; NaN for a constant variable.

    Parameters
    ----------
    scatter
        resamples x variables x variables.
    least
        Sums of squares up to this one, of each resample or of all, are of a constant variable.
    """
    squares = np.diagonal(scatter, axis1=1, axis2=2)
    varied = squares > np.asarray(least).reshape(-1, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        root = np.where(varied, np.sqrt(squares), np.nan)
        return np.asarray(np.clip(scatter / (root[:, :, None] * root[:, None, :]), -1, 1))


def _to_unit_range(columns: FloatArray) -> FloatArray:
    if not columns.size:
        return columns
    low, high = columns.min(axis=0), columns.max(axis=0)
    middle = low / 2 + high / 2
    half = np.maximum(high / 2 - low / 2, np.finfo(float).tiny)
    return np.asarray((columns / 2 - middle / 2) / half)


def means_of_groups(values: FloatArray, groups: IntArray, counts: FloatArray) -> FloatArray:
    """Return the mean of each group; means closer than 1e-9 of the largest value are made equal.

    So equal means tie in ranks, although they are means of means, each rounded. A mean with an
    infinite value is infinite, with infinities of both signs NaN.
    """
    finite = np.isfinite(values)
    largest = float(np.max(np.abs(values[finite]), initial=0)) or 1.0
    with np.errstate(invalid="ignore"):
        sums = np.bincount(groups, values / largest, minlength=len(counts))
        means = sums / counts
        order = np.argsort(means)
        rises = np.diff(means[order], prepend=-np.inf) > SAME_MEAN
    lowest = np.maximum.accumulate(np.where(rises, np.arange(len(means)), 0))
    tied = np.empty_like(means)
    tied[order] = means[order][lowest]
    return np.asarray(np.where(np.isnan(means), np.nan, tied) * largest)
