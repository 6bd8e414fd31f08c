"""Ranks, medians and Kendall's tau for many resamples at once."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from analysis.resampling import FloatArray, blocks

Ties = Literal["min", "average", "max"]
# Two sums of the same numbers in another order differ by rounding; that is no difference in rank.
_ROUNDING = 1e-12


def check_ties(ties: Ties) -> None:
    """Raise for a way of ranking ties that is not known."""
    if ties not in get_args(Ties):
        raise ValueError(f"ties={ties!r} is not one of {', '.join(get_args(Ties))}")


def rank_rows(gains: ArrayLike, ties: Ties = "min") -> FloatArray:
    """Rank the columns of each row, rank 1 for the highest value.

    Values that differ by less than rounding (1e-12 of the largest of their row) are tied.

    Parameters
    ----------
    gains
        Rows x models; minus infinity ranks last, a row with NaN has no ranks.
    ties
        "min": tied models share the best of their ranks (challengeR's default and that of sports);
        "average": the mean of them; "max": the worst.

    Examples
    --------
    >>> rank_rows([[0.8, 0.9, 0.8]])
    array([[2., 1., 2.]])
    """
    check_ties(ties)
    values = np.atleast_2d(np.asarray(gains, dtype=float))
    ranked = [_rank_block(part, ties) for part in blocks(values, values.shape[1] ** 2)]
    return np.concatenate(ranked) if ranked else np.empty(values.shape)


def _rank_block(values: FloatArray, ties: Ties) -> FloatArray:
    sizes = np.where(np.isfinite(values), np.abs(values), 0.0)
    noise = _ROUNDING * sizes.max(axis=1, initial=0.0)[:, None, None]
    lower = np.where(np.isneginf(values), np.finfo(float).min, values)
    with np.errstate(over="ignore"):
        gaps = lower[:, None, :] - lower[:, :, None]
    above = (gaps > noise).sum(axis=2)
    tied = (np.abs(gaps) <= noise).sum(axis=2) - 1.0
    ranks = 1.0 + above + {"min": 0.0, "average": 0.5, "max": 1.0}[ties] * tied
    ranks[np.isnan(values).any(axis=1)] = np.nan
    return np.asarray(ranks, dtype=float)


def weighted_median(weights: FloatArray, values: FloatArray) -> FloatArray:
    """Return the median of each column of `values` under each row of `weights`.

    For whole weights it is the median of the list in which each case is repeated that often: the
    mean of the two middle values where these differ. Other weights: the mean of the lower and the
    upper weighted median. NaN where the weights are all zero.

    Parameters
    ----------
    weights
        Resamples x cases.
    values
        Cases x columns, finite.

    Examples
    --------
    >>> weighted_median(np.array([[1.0, 0.0, 3.0]]), np.array([[5.0], [6.0], [7.0]]))
    array([[7.]])
    """
    n_cases, n_columns = values.shape
    medians = []
    for part in blocks(weights, 3 * n_cases):
        half = part.sum(axis=1, keepdims=True) / 2
        noise = 1e-9 * half
        block = np.full((len(part), n_columns), np.nan)
        some = half[:, 0] > 0
        for column in range(n_columns):
            order = np.argsort(values[:, column], kind="stable")
            heaped = np.cumsum(part[some][:, order], axis=1)
            lower = (heaped < (half - noise)[some]).sum(axis=1)
            upper = (heaped <= (half + noise)[some]).sum(axis=1)
            ordered = values[order, column]
            block[some, column] = (ordered[lower] + ordered[upper]) / 2
        medians.append(block)
    return np.concatenate(medians) if medians else np.empty((0, n_columns))


def kendall_tau(first: ArrayLike, second: ArrayLike) -> FloatArray:
    """Return Kendall's tau-b of two rankings, row by row; NaN where one ranks nobody apart.

    Kendall MG. Biometrika 1945;33:239-251. One ranking against many rows, or rows against rows.

    Parameters
    ----------
    first, second
        Ranks of the models, (models,) or (rows x models).

    Examples
    --------
    >>> kendall_tau([1, 2, 3], [[1, 2, 3], [1, 3, 2]])
    array([1.        , 0.33333333])
    """
    one, two = (np.atleast_2d(np.asarray(ranks, dtype=float)) for ranks in (first, second))
    if one.shape[1] != two.shape[1]:
        raise ValueError(f"rankings of {one.shape[1]} and of {two.shape[1]} models")
    row, column = np.triu_indices(one.shape[1], 1)
    taus = []
    n_rows = max(len(one), len(two))
    one, two = (np.broadcast_to(ranks, (n_rows, one.shape[1])) for ranks in (one, two))
    both = np.concatenate([one, two], axis=1)
    for part in blocks(both, 4 * max(1, len(row))):
        ranks = np.split(part, 2, axis=1)
        signs = [np.sign(r[:, row] - r[:, column]) for r in ranks]
        agreed = (signs[0] * signs[1]).sum(axis=1)
        size = np.sqrt((signs[0] ** 2).sum(axis=1) * (signs[1] ** 2).sum(axis=1))
        with np.errstate(invalid="ignore"):
            taus.append(np.where(size > 0, agreed / np.where(size > 0, size, 1.0), np.nan))
    return np.concatenate(taus) if taus else np.empty(0)
