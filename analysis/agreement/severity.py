"""Severe and lenient raters, use of the scale, and drift over the reading order.

Everything is measured against the mean of the other raters on the same units, so that a rater who
read harder cases is not called severe, and nobody is compared with a mean that holds their own
ratings. A rating without another rater's on the same unit says nothing here and is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.agreement.rating_table import Ratings, RatingTable, rating_table
from analysis.resampling import (
    IDENTITY,
    LOG,
    Estimate,
    FloatArray,
    Resamples,
    Scale,
    SignificanceTest,
    estimate,
    undefined,
)

_NOISE = 1e-12


@dataclass(frozen=True)
class RaterSeverity:
    """How far each rater lies from the others, and whether all are alike.

    Attributes
    ----------
    deviation
        For each rater the mean of rating minus mean of the other raters of the same unit, in units
        of the rating: negative is severe where high ratings are good.
    n_compared
        Ratings of each rater that another rater's stands beside.
    equality
        Test that the deviations of all raters are equal (Wald's F with the covariance of the case
        jackknife).
    """

    deviation: dict[str, Estimate]
    n_compared: dict[str, int]
    equality: SignificanceTest


def rater_severity(
    ratings: Ratings, *, level: float = 0.95, resamples: Resamples | None = None
) -> RaterSeverity:
    """Estimate each rater's severity with a case jackknife-t interval, and test for equality.

    The deviation of a rating is from the mean of the other raters who rated the same unit; with
    all k raters there it is k / (k - 1) times that from the mean of all. The test is Hotelling's
    T^2 of the k - 1 independent deviations with the case jackknife covariance, as F on k - 1 and
    cases - k + 1 degrees of freedom; raters share cases, so that an analysis of variance of the
    deviations would take one disagreement for many.

    Parameters
    ----------
    ratings
        Units x raters, NaN where missing.
    level
        Confidence level.
    resamples
        Weights for bootstrap intervals beside.

    Examples
    --------
    >>> severity = rater_severity([[4, 3, 4], [2, 1, 2], [5, 3, 4], [3, 3, 3], [1, 1, 2]])
    >>> {name: round(found.value, 2) for name, found in severity.deviation.items()}
    {'1': 0.4, '2': -0.8, '3': 0.4}
    """
    table = rating_table(ratings)
    deviations, compared = deviations_from_others(table)
    sums, counts = _by_case(table, np.where(compared, deviations, 0.0)), _by_case(table, compared)
    names = rater_labels(table)

    found = {
        name: rater_estimate(
            table.case_names, [sums[:, rater], counts[:, rater]], mean_deviation, level, resamples
        )
        for rater, name in enumerate(names)
    }
    n_compared = {name: int(counts[:, rater].sum()) for rater, name in enumerate(names)}
    usable = [rater for rater in range(len(names)) if counts[:, rater].any()]
    return RaterSeverity(found, n_compared, _equality(sums[:, usable], counts[:, usable]))


def spread_ratio(
    ratings: Ratings, *, level: float = 0.95, resamples: Resamples | None = None
) -> dict[str, Estimate]:
    """Estimate how much of the scale each rater uses, against the others on the same units.

    Standard deviation of a rater's ratings over the root mean variance of single other raters:
    each unit's other ratings count together as one rating, by their mean and their mean square.
    Below 1 is central tendency, above 1 a liking for the ends (Saal FE, Downey RG, Lahey MA.
    Psychol Bull 1980;88:413). Case jackknife-t on the logarithm; the p value is for a ratio of 1.

    Parameters
    ----------
    ratings, level, resamples
        As for `rater_severity`.

    Examples
    --------
    >>> found = spread_ratio([[5, 3], [1, 2], [4, 3], [2, 3], [5, 4]])
    >>> {name: round(one.value, 3) for name, one in found.items()}
    {'1': 2.569, '2': 0.389}
    """
    table = rating_table(ratings)
    there = np.isfinite(table.values)
    mean = table.values[there].mean() if there.any() else 0.0
    values = np.where(there, table.values - mean, 0.0)
    _, compared = deviations_from_others(table)
    n_others = np.maximum(there.sum(axis=1, keepdims=True) - there, 1)
    others = (values.sum(axis=1, keepdims=True) - values) / n_others
    squares = ((values**2).sum(axis=1, keepdims=True) - values**2) / n_others
    parts = [
        _by_case(table, np.where(compared, part, 0.0))
        for part in (np.ones_like(values), values, values**2, others, squares)
    ]

    return {
        name: rater_estimate(
            table.case_names,
            [*(part[:, rater] for part in parts[1:]), parts[0][:, rater]],
            _spread_ratio,
            level,
            resamples,
            scale=LOG,
            null=1.0,
        )
        for rater, name in enumerate(rater_labels(table))
    }


def _spread_ratio(sums: Sequence[FloatArray]) -> FloatArray:
    own, own_square, other, other_square, n = sums
    mine = ratio(own_square, n) - ratio(own, n) ** 2
    theirs = ratio(other_square, n) - ratio(other, n) ** 2
    size = ratio(own_square + other_square, n)
    varied = (mine > _NOISE * size) & (theirs > _NOISE * size)
    return np.sqrt(np.where(varied, ratio(mine, theirs), np.nan))


def mean_deviation(sums: Sequence[FloatArray]) -> FloatArray:
    """Return sum over count."""
    return ratio(sums[0], sums[1])


def deviations_from_others(table: RatingTable) -> tuple[FloatArray, FloatArray]:
    """Return each rating minus the mean of the others of its unit (NaN: none), and where it is."""
    there = np.isfinite(table.values)
    values = np.where(there, table.values, 0.0)
    n_others = there.sum(axis=1, keepdims=True) - there
    others = (values.sum(axis=1, keepdims=True) - values) / np.maximum(n_others, 1)
    compared = there & (n_others > 0)
    deviations = np.where(compared, values - others, np.nan)
    return np.asarray(deviations, dtype=np.float64), compared.astype(np.float64)


def rater_labels(table: RatingTable) -> tuple[str, ...]:
    """Return the raters' names, or their numbers from 1."""
    numbered = tuple(str(rater + 1) for rater in range(table.values.shape[1]))
    return table.rater_names or numbered


def ratio(upper: FloatArray, lower: FloatArray) -> FloatArray:
    """Return a quotient, NaN where nothing is divided by."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(lower > 0, upper / lower, np.nan), dtype=np.float64)


def _by_case(table: RatingTable, per_unit: FloatArray) -> FloatArray:
    sums = np.zeros((table.n_cases, table.values.shape[1]))
    np.add.at(sums, table.cases, per_unit)
    return sums


def rater_estimate(
    case_names: NDArray[np.generic],
    by_case: Sequence[FloatArray],
    value: Callable[[Sequence[FloatArray]], FloatArray],
    level: float,
    resamples: Resamples | None,
    *,
    scale: Scale = IDENTITY,
    null: float = 0.0,
) -> Estimate:
    """Estimate a function of sums over cases; the last sum counts the ratings of each case.

    Cases without a rating of this rater beside another's stay out.
    """
    kept = by_case[-1] > 0
    if not kept.any():
        reason = "no unit of this rater was rated by another rater"
        return undefined(0, "deviation from the other raters", reason)
    columns = np.column_stack([part[kept] for part in by_case])
    return estimate(
        lambda weights: value(list((weights @ columns).T)),
        case_names[kept],
        scale,
        why_undefined="no variance: there is nothing to compare",
        level=level,
        null=null,
        resamples=resamples,
    )


def _equality(sums: FloatArray, counts: FloatArray) -> SignificanceTest:
    """Test that all raters' mean deviations are equal; sums and counts by case and rater."""
    method = "Hotelling T2 of the deviations, case jackknife covariance"
    compared = counts.any(axis=1)
    sums, counts = sums[compared], counts[compared]
    cases, k = sums.shape

    def nothing(reason: str) -> SignificanceTest:
        return SignificanceTest(None, "F", (), None, method, reason)

    if k < 2:
        return nothing("fewer than two raters have units in common")
    if cases <= k:
        return nothing(f"{cases} cases for {k} raters: more cases than raters are needed")
    without = ratio(sums.sum(axis=0) - sums, counts.sum(axis=0) - counts)
    if not np.isfinite(without).all():
        return nothing("a rater has only one case in common with others")
    # k - 1 directions in which raters differ.
    contrast = np.linalg.qr(np.column_stack([np.ones(k), np.eye(k)[:, 1:]]))[0][:, 1:]
    value = contrast.T @ (sums.sum(axis=0) / counts.sum(axis=0))
    spread = (without - without.mean(axis=0)) @ contrast
    covariance = (cases - 1) / cases * spread.T @ spread
    bends = np.linalg.eigvalsh(covariance)
    if bends[0] <= 1e-10 * max(float(bends[-1]), _NOISE):
        return nothing("the deviations vary too little over cases for a test")
    free = k - 1
    squared = float(value @ np.linalg.solve(covariance, value))
    f = squared * (cases - free) / (free * (cases - 1))
    p_value = float(stats.f.sf(f, free, cases - free))
    return SignificanceTest(f, "F", (float(free), float(cases - free)), p_value, method)
