"""Correlation of ratings with a metric, as functions of case weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from analysis.association.correlation_intervals import (
    bonett_wright_interval,
    fieller_interval_kendall,
    fieller_interval_spearman,
    fisher_interval,
)
from analysis.association.correlation_matrices import (
    COEFFICIENTS,
    Coefficient,
    correlation_matrices,
)
from analysis.association.pairs import Pairs
from analysis.resampling import (
    FISHER_Z,
    Estimate,
    FloatArray,
    Interval,
    Resamples,
    Statistic,
    estimate,
    method_on,
    undefined,
)

__all__ = [
    "COEFFICIENTS",
    "FEWEST_PAIRS",
    "Coefficient",
    "Pairs",
    "as_pairs",
    "correlation",
    "correlation_statistic",
    "rank_correlation",
    "too_few",
    "why_constant",
    "why_undefined",
]

FEWEST_PAIRS = 3


def correlation(
    pairs: Pairs | tuple[ArrayLike, ...],
    coefficient: Coefficient = "spearman",
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate a correlation with a case jackknife-t interval on Fisher z.

    The p value tests a correlation of zero with the error of the case jackknife. `beside` holds
    the bootstrap intervals, where resamples are given, and the closed forms for independent pairs:
    Fisher for Pearson's r, Bonett-Wright and Fieller for Spearman's rho, Fieller for tau-b.

    Parameters
    ----------
    pairs
        Pairs, or (x, y), or (x, y, case labels).
    coefficient
        "spearman" (mid-ranks for ties), "kendall" (tau-b) or "pearson".
    level
        Confidence level of all intervals.
    resamples
        Weights for bootstrap intervals.

    Returns
    -------
    Estimate
        Without a value, and with the reason, when one of the two is constant, when there are fewer
        than 3 pairs, and for Pearson when a value is infinite (the rank coefficients take
        infinities as extremes).

    Raises
    ------
    ValueError
        For an unknown coefficient, NaN, or columns of different lengths.

    Examples
    --------
    >>> lsat = [576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594]
    >>> gpa = [339, 330, 281, 303, 344, 307, 300, 343, 336, 313, 312, 274, 276, 288, 296]
    >>> r = correlation((lsat, gpa), "pearson")
    >>> round(r.value, 4), round(r.standard_error, 4)
    (0.7764, 0.1425)
    """
    used = as_pairs(pairs).of_present_cases()
    statistic = correlation_statistic(used, coefficient)
    if too_few(used):
        return undefined(used.n_cases, method_on(FISHER_Z), too_few(used))
    found = estimate(
        statistic,
        used.case_names,
        FISHER_Z,
        why_undefined=why_undefined(used, coefficient),
        level=level,
        null=0.0,
        resamples=resamples,
    )
    if found.value is None:
        return found
    closed = _closed_forms(found.value, len(used.metric), coefficient, level)
    return replace(found, beside=found.beside + closed)


def rank_correlation(pairs: Pairs, coefficient: Coefficient, level: float = 0.95) -> Estimate:
    """Estimate Spearman's rho or Kendall's tau-b: `correlation` without resamples.

    Examples
    --------
    >>> dsc, mean_rating = np.array([0.2, 0.5, 0.7, 0.8]), np.array([1, 3, 2, 4])
    >>> round(rank_correlation(Pairs.of(dsc, mean_rating), "kendall").value, 3)
    0.667
    """
    return correlation(pairs, coefficient, level=level)


def correlation_statistic(pairs: Pairs, coefficient: Coefficient) -> Statistic:
    """Return a coefficient as a function of case weights; NaN where it is undefined."""
    matrices = correlation_matrices(pairs.columns, pairs.cases, pairs.n_cases, coefficient)

    def statistic(weights: FloatArray) -> FloatArray:
        return matrices(weights)[:, 0, 1]

    return statistic


def as_pairs(pairs: Pairs | tuple[ArrayLike, ...]) -> Pairs:
    """Take pairs as they are, or make them of (x, y) or (x, y, case labels)."""
    if isinstance(pairs, Pairs):
        return pairs
    if not isinstance(pairs, tuple) or len(pairs) not in (2, 3):
        raise ValueError("pairs are given as Pairs, as (x, y), or as (x, y, case labels)")
    return Pairs.of(*pairs)


def too_few(pairs: Pairs) -> str:
    """Say that there are fewer pairs than any correlation needs; empty when there are enough."""
    count = len(pairs.metric)
    if count >= FEWEST_PAIRS:
        return ""
    rated = f"{count} rated mask{'' if count == 1 else 's'} with a value of this metric"
    return f"{rated}, at least {FEWEST_PAIRS} are needed"


def why_undefined(pairs: Pairs, coefficient: Coefficient) -> str:
    """Say why a coefficient of these pairs has no value."""
    if coefficient == "pearson":
        infinite = [
            name
            for name, values in (("metric", pairs.metric), ("mean rating", pairs.rating))
            if not np.isfinite(values).all()
        ]
        if infinite:
            return f"infinite values of the {' and the '.join(infinite)}: use a rank correlation"
    return why_constant(pairs)


def why_constant(pairs: Pairs) -> str:
    """Say which of the two does not vary."""
    constant = [
        name
        for name, values in (("metric", pairs.metric), ("mean rating", pairs.rating))
        if len(np.unique(values)) < 2
    ]
    return f"no variation: the {' and the '.join(constant or ['pairs'])} is the same for all masks"


def _closed_forms(
    value: float, n_pairs: int, coefficient: Coefficient, level: float
) -> tuple[Interval, ...]:
    if coefficient == "pearson":
        return (fisher_interval(value, n_pairs, level),)
    if coefficient == "kendall":
        return (fieller_interval_kendall(value, n_pairs, level),)
    return (
        bonett_wright_interval(value, n_pairs, level),
        fieller_interval_spearman(value, n_pairs, level),
    )
