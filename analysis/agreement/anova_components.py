"""Variance components of a complete crossed design from its mean squares."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from analysis.resampling import FloatArray

Subset = tuple[int, ...]


def subsets(n_facets: int) -> list[Subset]:
    """Return the effects of a crossed design: every non-empty set of facets, small ones first."""
    return [
        chosen for size in range(1, n_facets + 1) for chosen in combinations(range(n_facets), size)
    ]


def expected_mean_square_components(
    ratings: NDArray[np.float64], cluster: int, weights: FloatArray
) -> FloatArray:
    """Return all components for each row of weights of the levels of one facet.

    Each component solves the expected mean squares of random effects (Cornfield J, Tukey JW. Ann
    Math Stat 1956;27:907; Brennan RL. Generalizability Theory, 2001, section 3.4). It may be
    negative. The last one, of all facets together, holds the residual.

    Parameters
    ----------
    ratings
        One axis per facet, no value missing.
    cluster
        The axis whose levels are weighted.
    weights
        Rows x levels of that axis.

    Returns
    -------
    FloatArray
        Rows x effects, in the order of `subsets`; NaN where a facet has fewer than two levels.
    """
    axes = range(ratings.ndim)
    centred = np.moveaxis(ratings - ratings.mean(), cluster, 0)
    order = [cluster, *(axis for axis in axes if axis != cluster)]
    total = weights.sum(axis=1)
    levels = {axis: np.full(len(weights), float(size)) for axis, size in enumerate(ratings.shape)}
    levels[cluster] = total
    with np.errstate(invalid="ignore", divide="ignore"):
        squares: dict[Subset, FloatArray] = {}
        for effect in [(), *subsets(ratings.ndim)]:
            away = tuple(place for place, axis in enumerate(order) if place and axis not in effect)
            means = centred.mean(axis=away).reshape(len(centred), -1)
            if cluster in effect:
                sums = weights @ (means**2).sum(axis=1)
            else:
                sums = (((weights @ means) / total[:, None]) ** 2).sum(axis=1)
            squares[effect] = sums * _product(levels, set(axes) - set(effect))
        mean_squares = {}
        for effect in subsets(ratings.ndim):
            parts = [
                (-1) ** (len(effect) - size) * squares[inner]
                for size in range(len(effect) + 1)
                for inner in combinations(effect, size)
            ]
            freedom = np.prod([levels[axis] - 1 for axis in effect], axis=0)
            mean_squares[effect] = np.where(freedom > 0, np.sum(parts, axis=0) / freedom, np.nan)
        components = []
        for effect in subsets(ratings.ndim):
            parts = [
                (-1) ** (len(outer) - len(effect)) * mean_squares[outer]
                for outer in subsets(ratings.ndim)
                if set(effect) <= set(outer)
            ]
            components.append(np.sum(parts, axis=0) / _product(levels, set(axes) - set(effect)))
    return np.asarray(np.column_stack(components), dtype=np.float64)


def _product(levels: dict[int, FloatArray], axes: set[int]) -> FloatArray:
    ones = np.ones_like(next(iter(levels.values())))
    return np.asarray(np.prod([ones, *(levels[axis] for axis in axes)], axis=0), dtype=np.float64)
