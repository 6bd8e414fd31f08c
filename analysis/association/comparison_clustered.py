"""Difference of two correlations whose pairs share cases, in whatever way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.association.correlation import (
    Coefficient,
    Pairs,
    as_pairs,
    correlation_statistic,
    too_few,
    why_undefined,
)
from analysis.resampling import (
    FISHER_Z,
    HALF_DIFFERENCE,
    IDENTITY,
    Estimate,
    FloatArray,
    IntArray,
    Resamples,
    Statistic,
    estimate,
)

EDGE = "a correlation is exactly 1 or -1, which is infinite on Fisher's z"


@dataclass(frozen=True)
class ClusteredComparison:
    """Two correlations and their difference, first minus second.

    Attributes
    ----------
    first, second
        The correlations, each over its own cases.
    difference
        Difference of the correlations; its p value tests zero.
    difference_z
        Difference of their Fisher z; its p value tests zero.
    shared_cases
        Number of cases that both have.
    """

    first: Estimate
    second: Estimate
    difference: Estimate
    difference_z: Estimate
    shared_cases: int


def compare_clustered(
    first: Pairs | tuple[ArrayLike, ...],
    second: Pairs | tuple[ArrayLike, ...],
    coefficient: Coefficient = "spearman",
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> ClusteredComparison:
    """Compare two correlations when a case gives several masks, ratings or models.

    The tests of cocor know one pair for each of n independent units. Here the case is the unit:
    leaving out or drawing a case takes it from both sides, so that whatever they share through it
    is accounted for. One function serves two metrics on the same ratings (overlapping), two models
    or two families on the same cases (non-overlapping), and samples without a case in common.

    Parameters
    ----------
    first, second
        Pairs, or (x, y, case labels). Cases are the same when their names are.
    coefficient
        "spearman", "kendall" or "pearson".
    level
        Confidence level of all intervals.
    resamples
        Weights for bootstrap intervals, shared by both sides; drawn for all cases of both.

    Returns
    -------
    ClusteredComparison
        Without a difference, and with the reason, when one of the two has no value.

    Examples
    --------
    >>> cases = ["a", "a", "b", "b", "c", "c", "d", "d"]
    >>> rating = [1, 2, 3, 4, 4, 5, 2, 3]
    >>> dsc = ([0.2, 0.3, 0.6, 0.7, 0.8, 0.9, 0.4, 0.5], rating, cases)
    >>> volume = ([5, 1, 3, 4, 7, 2, 8, 6], rating, cases)
    >>> found = compare_clustered(dsc, volume)
    >>> round(found.difference.value, 3), found.shared_cases
    (1.14, 4)
    """
    one, two = (as_pairs(pairs).of_present_cases() for pairs in (first, second))
    return compared(
        one,
        two,
        lambda pairs: correlation_statistic(pairs, coefficient),
        (_why_not(one, coefficient), _why_not(two, coefficient)),
        level,
        resamples,
    )


def compared(
    first: Pairs,
    second: Pairs,
    statistic_of: Callable[[Pairs], Statistic],
    reasons: tuple[str, str],
    level: float,
    resamples: Resamples | None,
) -> ClusteredComparison:
    """Compare a correlation of two sets of pairs; `reasons` say why a side has no value, or ''."""
    names, at_first, at_second = joined_cases(first.case_names, second.case_names)
    shared = len(at_first) + len(at_second) - len(names)
    one, two = (
        _nothing if reason else statistic_of(pairs)
        for pairs, reason in zip((first, second), reasons, strict=True)
    )
    of_first, of_second = [
        estimate(
            of, pairs.case_names, FISHER_Z, why_undefined=reason, level=level, resamples=resamples
        )
        for of, pairs, reason in zip((one, two), (first, second), reasons, strict=True)
    ]

    def difference(weights: FloatArray) -> FloatArray:
        return one(weights[:, at_first]) - two(weights[:, at_second])

    def difference_z(weights: FloatArray) -> FloatArray:
        z_first = FISHER_Z.forward(one(weights[:, at_first]))
        return z_first - FISHER_Z.forward(two(weights[:, at_second]))

    which = [
        f"the {side} correlation has no value: {reason}"
        for side, reason in zip(("first", "second"), reasons, strict=True)
        if reason
    ]
    on_r, on_z = [
        estimate(
            of,
            names,
            scale,
            why_undefined="; ".join(which) or EDGE,
            level=level,
            null=0.0,
            resamples=resamples,
        )
        for of, scale in ((difference, HALF_DIFFERENCE), (difference_z, IDENTITY))
    ]
    return ClusteredComparison(of_first, of_second, on_r, on_z, shared)


def _nothing(weights: FloatArray) -> FloatArray:
    return np.full(len(weights), np.nan)


def joined_cases(
    first: NDArray[Any], second: NDArray[Any]
) -> tuple[NDArray[Any], IntArray, IntArray]:
    """Return the sorted names of all cases, and where those of both sides are among them.

    Names are compared as text, so that case 7 of one table is case "7" of the other.
    """
    one, two = ([str(name) for name in names] for names in (first, second))
    names = np.array(sorted({*one, *two}))
    place = {name: at for at, name in enumerate(names.tolist())}
    at_first, at_second = (
        np.array([place[name] for name in side], dtype=np.int64) for side in (one, two)
    )
    return names, at_first, at_second


def _why_not(pairs: Pairs, coefficient: Coefficient) -> str:
    if too_few(pairs):
        return too_few(pairs)
    value = correlation_statistic(pairs, coefficient)(np.ones((1, pairs.n_cases)))[0]
    return why_undefined(pairs, coefficient) if np.isnan(value) else ""
