"""A statistic of every rater, and its mean over the raters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.agreement.mean_squares import cases_of
from analysis.agreement.rating_table import RatingTable
from analysis.association.correlation import FEWEST_PAIRS, Coefficient
from analysis.association.correlation_matrices import correlation_matrices
from analysis.resampling import (
    Estimate,
    FloatArray,
    IntArray,
    Resamples,
    Scale,
    Statistic,
    estimate,
    method_on,
    undefined,
)

_NOBODY = "no unit has been rated by enough raters"


@dataclass(frozen=True)
class OverRaters:
    """A statistic of every rater, and its mean over them.

    Attributes
    ----------
    of_rater
        Rater -> estimate.
    mean
        Plain mean, all raters counting alike; undefined where that of a rater is.
    """

    of_rater: Mapping[str, Estimate]
    mean: Estimate


def correlation_of_two(matrix: FloatArray) -> FloatArray:
    """Return the correlation of the first two variables."""
    return matrix[:, 0, 1]


def over_raters(
    table: RatingTable,
    columns: Callable[[int, NDArray[np.bool_]], FloatArray],
    of_matrix: Callable[[FloatArray], FloatArray],
    coefficient: Coefficient,
    scale: Scale,
    level: float,
    resamples: Resamples | None,
) -> OverRaters:
    """Estimate a statistic of every rater and its mean over raters.

    Parameters
    ----------
    table
        Its units; each rater's are those that the rater has rated.
    columns
        Column of a rater in the table, and which units are theirs -> values that are correlated,
        units x variables.
    of_matrix
        Correlation matrices -> the statistic, one for each row of weights.
    coefficient, scale, level, resamples
        Which correlation; how the estimates are made.
    """
    raters = np.flatnonzero(np.isfinite(table.values).any(axis=0))
    names = table.rater_names or tuple(str(at + 1) for at in range(table.values.shape[1]))
    statistics: list[Statistic] = []
    of_rater: dict[str, Estimate] = {}
    for rater in raters:
        kept = np.isfinite(table.values[:, rater])
        own = table.where(kept)
        values = columns(int(rater), kept)
        statistics.append(
            _statistic(values, table.cases[kept], table.n_cases, of_matrix, coefficient)
        )
        of_own = _statistic(values, own.cases, own.n_cases, of_matrix, coefficient)
        of_rater[names[rater]] = estimate(
            of_own,
            cases_of(own),
            scale,
            why_undefined=_why_not(values),
            level=level,
            resamples=resamples,
        )
    without = [name for name, found in of_rater.items() if found.value is None]
    if not of_rater or without:
        reason = f"no correlation for rater {', '.join(without)}"
        mean = undefined(table.n_cases, method_on(scale), reason if of_rater else _NOBODY)
        return OverRaters(of_rater, mean)

    def mean_statistic(weights: FloatArray) -> FloatArray:
        return np.asarray(np.mean([one(weights) for one in statistics], axis=0))

    mean = estimate(
        mean_statistic,
        cases_of(table),
        scale,
        why_undefined="a rater's correlation is undefined",
        level=level,
        resamples=resamples,
    )
    return OverRaters(of_rater, mean)


def _statistic(
    values: FloatArray,
    cases: IntArray,
    n_cases: int,
    of_matrix: Callable[[FloatArray], FloatArray],
    coefficient: Coefficient,
) -> Statistic:
    if len(values) < FEWEST_PAIRS:
        return lambda weights: np.full(len(weights), np.nan)
    matrices = correlation_matrices(values, cases, n_cases, coefficient)
    return lambda weights: of_matrix(matrices(weights))


def _why_not(values: FloatArray) -> str:
    if len(values) < FEWEST_PAIRS:
        return f"{len(values)} units, at least {FEWEST_PAIRS} are needed"
    if (values.max(axis=0) == values.min(axis=0)).any():
        return "no variation: the metric or the ratings are the same in all units"
    return "infinite values: use a rank correlation"
