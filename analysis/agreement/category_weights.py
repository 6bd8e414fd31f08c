"""Weights of agreement between categories: how much of an agreement a near miss still is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from analysis.resampling import FloatArray

Category = float | int | str
Kind = Literal[
    "unweighted",
    "identity",
    "linear",
    "quadratic",
    "ordinal",
    "radical",
    "ratio",
    "circular",
    "bipolar",
]
CategoryWeights = Kind | ArrayLike
"""The name of a weighting, or a square matrix of agreement or disagreement weights."""

_CLOSE = 1e-12


def category_weights(weights: CategoryWeights, categories: Sequence[Category]) -> FloatArray:
    """Return the agreement weights of every two categories: 1 on the diagonal, at most 1 elsewhere.

    With d the distance of two categories and D that of the outermost ones: linear 1 - d/D,
    quadratic 1 - d^2/D^2, radical 1 - sqrt(d/D), ratio with d = (a - b) / (a + b), circular with
    the squared sine of pi (a - b) / (D + 1), bipolar with (a - b)^2 / ((a + b - 2 min)
    (2 max - a - b)), ordinal with the number of pairs of ranks between and at the two, each divided
    by its largest value (Gwet KL. Handbook of Inter-Rater Reliability, 4th ed. 2014, chapter 3).

    Numbers are placed at their values, in whatever order they are listed; other labels are placed
    at 1, 2, 3 ... in the order given. The list must be that of the instrument, not of what happened
    to be seen: scikit-learn 1.9 without `labels` takes 1, 2, 5 for neighbours and returns .794 for
    a quadratic kappa of .591.

    Parameters
    ----------
    weights
        A name, or a matrix (categories x categories, in the order of `categories`). A matrix with
        zeros on the diagonal holds disagreement weights (Cohen J. Psychol Bull 1968;70:213-220) and
        becomes 1 - v / max(v), so that their unit does not matter (psych 2.2.9 in R returns another
        variance for weights in another unit); one with ones there holds agreement weights.
    categories
        All categories of the scale.

    Raises
    ------
    ValueError
        For an unknown name, categories listed twice, a matrix of another shape or with other
        diagonals, or ratio weights of negative categories.

    Examples
    --------
    >>> category_weights("quadratic", [1, 2, 3])
    array([[1.  , 0.75, 0.  ],
           [0.75, 1.  , 0.75],
           [0.  , 0.75, 1.  ]])
    """
    if len(set(categories)) < len(categories):
        raise ValueError(f"a category is listed twice: {list(categories)}")
    if not isinstance(weights, str):
        return _of_matrix(np.asarray(weights, dtype=float), len(categories))
    if weights not in get_args(Kind):
        raise ValueError(f"unknown weights {weights!r}: use one of {', '.join(get_args(Kind))}")
    if weights in {"unweighted", "identity"}:
        return np.eye(len(categories))
    places = _places(categories)
    if weights == "ordinal":
        places = np.argsort(np.argsort(places)).astype(float)
    if weights == "ratio" and (places < 0).any():
        raise ValueError(f"ratio weights need categories of at least 0: {list(categories)}")
    return _agreement(_DISAGREEMENT[weights](places))


def _places(categories: Sequence[Category]) -> FloatArray:
    if all(isinstance(category, int | float | np.number) for category in categories):
        return np.array(categories, dtype=float)
    return np.arange(1.0, len(categories) + 1)


def _agreement(disagreement: FloatArray) -> FloatArray:
    largest = disagreement.max(initial=0)
    return 1 - disagreement / largest if largest > 0 else np.ones_like(disagreement)


def _of_matrix(matrix: FloatArray, n_categories: int) -> FloatArray:
    if matrix.shape != (n_categories, n_categories):
        raise ValueError(f"weights of shape {matrix.shape} for {n_categories} categories")
    if not np.isfinite(matrix).all():
        raise ValueError("weights must be finite numbers")
    diagonal = np.diagonal(matrix)
    if (np.abs(diagonal) <= _CLOSE).all():
        if (matrix < 0).any():
            raise ValueError("disagreement weights must not be negative")
        return _agreement(matrix)
    if (np.abs(diagonal - 1) > _CLOSE).any() or (matrix > 1 + _CLOSE).any():
        raise ValueError(
            "a matrix of weights has ones on the diagonal and nothing above 1 (agreement weights), "
            "or zeros on the diagonal (disagreement weights)"
        )
    return matrix


def _gaps(x: FloatArray) -> FloatArray:
    return np.asarray(np.abs(x[:, None] - x[None, :]))


def _ratio(x: FloatArray) -> FloatArray:
    sums = x[:, None] + x[None, :]
    return np.asarray((_gaps(x) / np.where(sums > 0, sums, 1)) ** 2)


def _circular(x: FloatArray) -> FloatArray:
    return np.asarray(np.sin(np.pi * _gaps(x) / (x.max() - x.min() + 1)) ** 2)


def _bipolar(x: FloatArray) -> FloatArray:
    sums = x[:, None] + x[None, :]
    nearness = (sums - 2 * x.min()) * (2 * x.max() - sums)
    return np.asarray(_gaps(x) ** 2 / np.where(nearness > 0, nearness, 1))


_DISAGREEMENT: dict[str, Callable[[FloatArray], FloatArray]] = {
    "linear": _gaps,
    "quadratic": lambda x: _gaps(x) ** 2,
    "radical": lambda x: np.sqrt(_gaps(x)),
    "ordinal": lambda x: _gaps(x) * (_gaps(x) + 1) / 2,
    "ratio": _ratio,
    "circular": _circular,
    "bipolar": _bipolar,
}
