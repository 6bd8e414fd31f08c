"""Maximum likelihood of a cumulative link model without random effects."""

from __future__ import annotations

import numpy as np
from scipy import special

from analysis.mixed.category_likelihood import Link, RowTerms, row_terms
from analysis.mixed.design import Design
from analysis.resampling import FloatArray, IntArray

_ROUNDS = 100
_SETTLED = 1e-14
_SEPARATED = 1e-7  # information of a direction over that of the thresholds


def maximum_likelihood(
    design: Design, categories: IntArray, link: Link
) -> tuple[FloatArray, FloatArray, float | None]:
    """Return thresholds and coefficients, their information, and the log-likelihood.

    By Newton's method; both links have a concave likelihood (Pratt JW. J Am Stat Assoc
    1981;76:103). The log-likelihood is None where there is no finite maximum.
    """
    shares = np.cumsum(np.bincount(categories))[:-1] / len(categories)
    thresholds = special.logit(shares) if link == "logit" else special.ndtri(shares)
    at = np.concatenate([thresholds, np.zeros(design.fixed.shape[1])])
    scale: float | None = None
    value = _negative(at, design, categories, link)
    for _ in range(_ROUNDS):
        slope, information = _slope_and_information(at, design, categories, link)
        size = np.sqrt(np.maximum(np.diag(information), 1e-300))
        lowest = float(np.linalg.eigvalsh(information / np.outer(size, size))[0])
        scale = scale or float(size.max())
        if lowest < 1e-12 or float(size.min()) < _SEPARATED * scale:
            return at, information, None
        move = np.linalg.solve(information, slope)
        gain = float(slope @ move)
        if gain < _SETTLED * max(1.0, value):
            return at + move, information, -value
        step = 1.0
        while _negative(at + step * move, design, categories, link) > value and step > 1e-10:
            step /= 2
        at = at + step * move
        value = _negative(at, design, categories, link)
    return at, information, None


def _terms(at: FloatArray, design: Design, categories: IntArray, link: Link) -> RowTerms | None:
    a = len(at) - design.fixed.shape[1]
    return row_terms(categories, at[:a], design.fixed @ at[a:], link)


def _negative(at: FloatArray, design: Design, categories: IntArray, link: Link) -> float:
    terms = _terms(at, design, categories, link)
    return np.inf if terms is None else float(-terms.log_probability.sum())


def _slope_and_information(
    at: FloatArray, design: Design, categories: IntArray, link: Link
) -> tuple[FloatArray, FloatArray]:
    terms = _terms(at, design, categories, link)
    assert terms is not None  # every accepted step keeps the thresholds in order
    a = len(at) - design.fixed.shape[1]
    ends = np.arange(a)
    upper = np.column_stack([categories[:, None] == ends, -design.fixed]).astype(float)
    lower = np.column_stack([categories[:, None] == ends + 1, -design.fixed]).astype(float)
    slope = upper.T @ terms.upper + lower.T @ terms.lower
    cross = upper.T @ (terms.upper_lower[:, None] * lower)
    information = -(
        upper.T @ (terms.upper_upper[:, None] * upper)
        + lower.T @ (terms.lower_lower[:, None] * lower)
        + cross
        + cross.T
    )
    return slope, information
