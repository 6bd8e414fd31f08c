"""Krippendorff's alpha as a function of case weights: sums per case, or a kernel of mid-ranks.

With m ratings in a unit and n ratings in all, alpha is 1 - (n - 1) D / E: D sums the differences of
all pairs within each unit, divided by m - 1, and E those of all n^2 pairs (Krippendorff 2011). A
nominal, interval or ratio difference is fixed, so D is one sum per case. The ordinal difference of
two levels is the squared difference of their mid-ranks, which change with the weights: with few
levels D follows from the coincidences of every two levels per case, and with many from the
mid-ranks themselves, without a table of all pairs of levels.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Literal, get_args

import numpy as np

from analysis.compiled import kernel, part_of_kernel
from analysis.resampling import BLOCK_BYTES, FloatArray, IntArray, Statistic, blocks

Measurement = Literal["nominal", "ordinal", "interval", "ratio"]

# Coincidences of two levels are kept for each case: 66 columns at 12 levels.
_FEW_LEVELS = 12
# Means of equal numbers differ by rounding: less than this share of the largest is no variation.
_SAME = 1e-13


def alpha_of_weights(
    values: FloatArray, cases: IntArray, n_cases: int, measurement: Measurement
) -> Statistic:
    """Return alpha of units x raters as a function of case weights; single ratings do not count."""
    if measurement not in get_args(Measurement):
        raise ValueError(f"unknown measurement {measurement!r}: {', '.join(get_args(Measurement))}")
    kept = np.isfinite(values).sum(axis=1) >= 2
    values, cases = values[kept], cases[kept]
    if not len(values):
        return lambda weights: np.full(len(weights), np.nan)
    if measurement == "ordinal":
        levels = np.unique(values[np.isfinite(values)])
        if len(levels) > _FEW_LEVELS:
            return _by_mid_ranks(values, cases, n_cases)
        return _by_coincidences(values, cases, n_cases, levels)
    return _by_fixed_differences(values, cases, n_cases, measurement)


def _level_counts(values: FloatArray, groups: IntArray, n_groups: int) -> FloatArray:
    """Return how often each group holds each level, groups x levels."""
    present = np.isfinite(values)
    levels, level = np.unique(values[present], return_inverse=True)
    place = groups[np.nonzero(present)[0]] * len(levels) + level
    counts = np.bincount(place, minlength=n_groups * len(levels))
    return counts.reshape(n_groups, len(levels)).astype(float)


def _sum_by_case(columns: FloatArray, cases: IntArray, n_cases: int) -> FloatArray:
    return np.stack(
        [np.bincount(cases, weights=column, minlength=n_cases) for column in columns.T], axis=1
    )


def _alpha(n: FloatArray, within: FloatArray, total: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, 1 - (n - 1) * within / total, np.nan)


def _by_coincidences(
    values: FloatArray, cases: IntArray, n_cases: int, levels: FloatArray
) -> Statistic:
    in_unit = _level_counts(values, np.arange(len(values)), len(values))
    lower, upper = np.triu_indices(len(levels), 1)
    pairs = in_unit[:, lower] * in_unit[:, upper] / (in_unit.sum(axis=1) - 1)[:, None]
    by_case = _sum_by_case(np.hstack([in_unit, pairs]), cases, n_cases).T.copy()

    def statistic(weights: FloatArray) -> FloatArray:
        sums = by_case @ weights.T
        n_level, coincidences = sums[: len(levels)], sums[len(levels) :]
        n = n_level.sum(axis=0)
        ranks = np.cumsum(n_level, axis=0) - n_level / 2 - n / 2  # their mean is 0
        total = 2 * n * (n_level * ranks**2).sum(axis=0)
        within = 2 * (coincidences * (ranks[lower] - ranks[upper]) ** 2).sum(axis=0)
        return _alpha(n, within, total)

    return statistic


def _by_mid_ranks(values: FloatArray, cases: IntArray, n_cases: int) -> Statistic:
    order = np.argsort(cases, kind="stable")
    values, cases = values[order], cases[order]
    present = np.isfinite(values)
    levels, level = np.unique(values[present], return_inverse=True)
    starts = np.concatenate([[0], np.cumsum(present.sum(axis=1))])
    first_unit = np.searchsorted(cases, np.arange(n_cases + 1))

    def statistic(weights: FloatArray) -> FloatArray:
        rows = np.ascontiguousarray(weights, dtype=np.float64)
        return np.asarray(_mid_rank_alpha(rows, level, starts, first_unit, len(levels)))

    return statistic


@part_of_kernel
def _unit_spread(ranks: FloatArray, level: IntArray, start: int, stop: int) -> float:
    origin = ranks[level[start]]
    linear, square = 0.0, 0.0
    for rating in range(start + 1, stop):
        gap = ranks[level[rating]] - origin
        linear += gap
        square += gap * gap
    return float(((stop - start) * square - linear * linear) / (stop - start - 1))


@kernel
def _mid_rank_alpha(
    weights: FloatArray, level: IntArray, starts: IntArray, first_unit: IntArray, n_levels: int
) -> FloatArray:
    n_resamples, n_cases = weights.shape
    alphas = np.empty(n_resamples)
    counts, ranks = np.empty(n_levels), np.empty(n_levels)
    for resample in range(n_resamples):
        counts[:] = 0
        for case in range(n_cases):
            weight = weights[resample, case]
            if weight > 0:
                for rating in range(starts[first_unit[case]], starts[first_unit[case + 1]]):
                    counts[level[rating]] += weight
        n = 0.0
        for at in range(n_levels):
            ranks[at] = n + counts[at] / 2
            n += counts[at]
        total = 0.0
        for at in range(n_levels):
            total += counts[at] * (ranks[at] - n / 2) ** 2  # n / 2 is the mean of the mid-ranks
        within = 0.0
        for case in range(n_cases):
            weight = weights[resample, case]
            if weight > 0:
                in_case = 0.0
                for unit in range(first_unit[case], first_unit[case + 1]):
                    in_case += _unit_spread(ranks, level, starts[unit], starts[unit + 1])
                within += weight * in_case
        alphas[resample] = 1 - (n - 1) * within / (n * total) if total > 0 else np.nan
    return alphas


def _by_fixed_differences(
    values: FloatArray, cases: IntArray, n_cases: int, measurement: Measurement
) -> Statistic:
    in_unit = np.isfinite(values).sum(axis=1)
    summed = np.zeros(len(values))
    for one, two in combinations(range(values.shape[1]), 2):
        pair = _DIFFERENCE[measurement](values[:, one], values[:, two])
        summed += np.where(np.isfinite(values[:, one] + values[:, two]), pair, 0)
    columns = np.column_stack([in_unit, 2 * summed / (in_unit - 1)])
    by_case = _sum_by_case(columns, cases, n_cases)
    total_of = _TOTAL[measurement](values, cases, n_cases)

    def statistic(weights: FloatArray) -> FloatArray:
        n, within = (weights @ by_case).T
        return _alpha(n, within, total_of(weights))

    return statistic


def _nominal(one: FloatArray, two: FloatArray) -> FloatArray:
    return np.asarray(one != two, dtype=float)


def _interval(one: FloatArray, two: FloatArray) -> FloatArray:
    return np.asarray((one - two) ** 2)


def _ratio(one: FloatArray, two: FloatArray) -> FloatArray:
    sums = one + two
    return np.asarray(((one - two) / np.where(sums != 0, sums, 1)) ** 2)


def _nominal_total(values: FloatArray, cases: IntArray, n_cases: int) -> Statistic:
    counts = _level_counts(values, cases, n_cases)

    def total(weights: FloatArray) -> FloatArray:
        parts = []
        for block in blocks(weights, 2 * counts.shape[1]):
            n_level = block @ counts
            parts.append(n_level.sum(axis=1) ** 2 - (n_level**2).sum(axis=1))
        return np.concatenate(parts)

    return total


def _interval_total(values: FloatArray, cases: IntArray, n_cases: int) -> Statistic:
    """Return the sum of all squared differences, from the mean and the spread of each case."""
    in_unit = np.isfinite(values).sum(axis=1).astype(float)
    n_case = np.bincount(cases, weights=in_unit, minlength=n_cases)
    origin = float(np.nanmedian(values))
    filled = np.where(np.isfinite(values), values - origin, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.bincount(cases, weights=filled.sum(axis=1), minlength=n_cases) / n_case
    means = np.where(n_case > 0, means, 0)
    gaps = np.where(np.isfinite(values), values - origin - means[cases][:, None], 0)
    spread = np.bincount(cases, weights=(gaps**2).sum(axis=1), minlength=n_cases)
    least = (_SAME * np.abs(filled).max()) ** 2

    def total(weights: FloatArray) -> FloatArray:
        parts = []
        for block in blocks(weights, n_cases):
            ratings = block * n_case
            n = ratings.sum(axis=1)
            with np.errstate(invalid="ignore", divide="ignore"):
                mean = (ratings @ means) / n
            between = (ratings * (means - mean[:, None]) ** 2).sum(axis=1)
            squares = block @ spread + between
            parts.append(np.where(squares > n * least, 2 * n * squares, 0))
        return np.concatenate(parts)

    return total


def _ratio_total(values: FloatArray, cases: IntArray, n_cases: int) -> Statistic:
    """Return the sum of all ratio differences: a quadratic form of levels, or of cases if fewer."""
    levels = np.unique(values[np.isfinite(values)])
    counts = _level_counts(values, cases, n_cases)
    by_level = len(levels) <= n_cases
    form = np.zeros((len(levels), len(levels)) if by_level else (n_cases, n_cases))
    rows = max(1, BLOCK_BYTES // (8 * len(levels)))
    for start in range(0, len(levels), rows):
        run = slice(start, start + rows)
        differences = _ratio(levels[run, None], levels[None, :])
        if by_level:
            form[run] = differences
        else:
            form += counts[:, run] @ (differences @ counts.T)

    def total(weights: FloatArray) -> FloatArray:
        parts = []
        for block in blocks(weights, 2 * len(form)):
            sums = block @ counts if by_level else block
            parts.append(((sums @ form) * sums).sum(axis=1))
        return np.concatenate(parts)

    return total


_DIFFERENCE: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "nominal": _nominal,
    "interval": _interval,
    "ratio": _ratio,
}
_TOTAL: dict[str, Callable[[FloatArray, IntArray, int], Statistic]] = {
    "nominal": _nominal_total,
    "interval": _interval_total,
    "ratio": _ratio_total,
}
