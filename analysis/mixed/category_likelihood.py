"""Likelihood of an ordered category given where its two thresholds lie, with its derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from analysis.resampling import FloatArray, IntArray

Link = Literal["logit", "probit"]

_FAR = 500.0  # an open end: there the density of either link is zero


@dataclass(frozen=True, eq=False)
class RowTerms:
    """Log-probability of each rating, with derivatives by its upper and its lower end."""

    log_probability: FloatArray
    upper: FloatArray
    lower: FloatArray
    upper_upper: FloatArray
    upper_lower: FloatArray
    lower_lower: FloatArray

    @property
    def slope(self) -> FloatArray:
        """Derivative of the log-probability by the linear predictor, which moves both ends down."""
        return -(self.upper + self.lower)

    @property
    def curvature(self) -> FloatArray:
        """Minus its second derivative by the linear predictor."""
        return -(self.upper_upper + 2 * self.upper_lower + self.lower_lower)


def row_terms(
    categories: IntArray, thresholds: FloatArray, predictor: FloatArray, link: Link
) -> RowTerms | None:
    """Return the terms of P(Y <= k) = F(threshold k - predictor), or None.

    None where the thresholds are not in order: there is no likelihood.

    Parameters
    ----------
    categories
        Number of each rating's category, 0 to the number of thresholds.
    thresholds
        Increasing.
    predictor
        One per rating.
    link
        The distribution F: logistic or normal.
    """
    if not (np.diff(thresholds) > 0).all():
        return None
    ends = np.concatenate([[-_FAR], thresholds, [_FAR]])
    with np.errstate(over="ignore", under="ignore"):
        high = np.where(categories < len(thresholds), ends[categories + 1] - predictor, _FAR)
        low = np.where(categories > 0, ends[categories] - predictor, -_FAR)
        cumulative = special.expit if link == "logit" else special.ndtr
        # In the upper half, differences of the upper tail lose no digits.
        flip = high + low > 0
        probability = np.where(
            flip, cumulative(-low) - cumulative(-high), cumulative(high) - cumulative(low)
        )
        probability = np.maximum(probability, 1e-300)
        (f_high, g_high), (f_low, g_low) = _density(high, link), _density(low, link)
        one, two = f_high / probability, f_low / probability
        return RowTerms(
            log_probability=np.log(probability),
            upper=one,
            lower=-two,
            upper_upper=g_high / probability - one**2,
            upper_lower=one * two,
            lower_lower=-g_low / probability - two**2,
        )


def _density(x: FloatArray, link: Link) -> tuple[FloatArray, FloatArray]:
    """Return a link's density and its derivative."""
    if link == "logit":
        density = special.expit(x) * special.expit(-x)
        return density, density * (special.expit(-x) - special.expit(x))
    density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    return density, -x * density
