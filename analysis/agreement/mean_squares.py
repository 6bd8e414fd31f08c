"""Mean squares of a complete units x raters table, as functions of case weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from analysis.agreement.rating_table import Ratings, RatingTable, rating_table
from analysis.resampling import Cases, FloatArray


class MeanSquares(NamedTuple):
    """Mean squares of a units x raters table, one value per row of weights."""

    units: FloatArray
    raters: FloatArray
    error: FloatArray
    within: FloatArray
    n_units: FloatArray
    n_raters: int


@dataclass(frozen=True)
class AnovaTable:
    """Mean squares of one units x raters table, or the reason why there are none.

    Attributes
    ----------
    msr, msc, mse, msw
        Mean squares of rows (units), columns (raters), rest, and within units; None without one.
    n_units, n_raters
        Size of the complete table that they rest on.
    reason
        Why there are none.
    """

    msr: float | None
    msc: float | None
    mse: float | None
    msw: float | None
    n_units: int
    n_raters: int
    reason: str | None = None


def mean_squares_of(complete: RatingTable) -> Callable[[FloatArray], MeanSquares]:
    """Return the mean squares of a table without gaps as a function of case weights.

    All of them follow from sums per case, which are made here, once: a resample costs a few
    products. Formulas: McGraw KO, Wong SP. Psychol Methods 1996;1:30-46, tables 2 and 3.
    """
    values = complete.values - complete.values.mean()
    k = values.shape[1]
    by_case = np.zeros((complete.n_cases, k + 3))
    np.add.at(by_case[:, :k], complete.cases, values)
    np.add.at(by_case[:, k], complete.cases, 1.0)
    np.add.at(by_case[:, k + 1], complete.cases, values.sum(axis=1) ** 2)
    np.add.at(by_case[:, k + 2], complete.cases, (values**2).sum(axis=1))

    def mean_squares(weights: FloatArray) -> MeanSquares:
        sums = weights @ by_case
        columns, n, rows, squares = sums[:, :k], *sums[:, k:].T
        with np.errstate(invalid="ignore", divide="ignore"):
            grand = columns.sum(axis=1) ** 2 / (n * k)
            of_units = rows / k - grand
            of_raters = (columns**2).sum(axis=1) / n - grand
            total = squares - grand
            # Sums of squares that are rounding noise are zero: a constant table has no ICC.
            noise = 1e-12 * np.maximum(squares, np.finfo(float).tiny)
            of_units, of_raters, error, within = (
                np.where(part > noise, part, 0.0)
                for part in (of_units, of_raters, total - of_units - of_raters, total - of_units)
            )
            return MeanSquares(
                units=of_units / (n - 1),
                raters=of_raters / (k - 1),
                error=error / ((n - 1) * (k - 1)),
                within=within / (n * (k - 1)),
                n_units=n,
                n_raters=k,
            )

    return mean_squares


def cases_of(table: RatingTable) -> Cases:
    """Return what the columns of case weights stand for: labels, or a number without labels."""
    return table.case_names if len(table.case_names) else table.n_cases


def share_complete(table: RatingTable, complete: RatingTable) -> str:
    """Say how many of the units that anybody rated were rated by all raters."""
    return f"{len(complete.values)} of {len(table.with_ratings(1).values)} units rated by all"


def why_not_crossed(complete: RatingTable, share: str) -> str | None:
    """Return why a complete table is too small for two-way mean squares; None when it is not."""
    raters = complete.values.shape[1]
    if raters < 2:
        return "fewer than two raters"
    if len(complete.values) < 2:
        return f"{share} {raters} raters; a crossed design needs at least 2 (use alpha)"
    return None


def anova_mean_squares(ratings: Ratings) -> AnovaTable:
    """Return the mean squares of the units that all raters rated.

    With rows i = 1..n for units and columns j = 1..k for raters: MSR with n - 1 degrees of
    freedom, MSC with k - 1, MSE with (n - 1)(k - 1), MSW with n (k - 1). Source: Shrout PE,
    Fleiss JL. Psychol Bull 1979;86:420-428, table 1.

    Examples
    --------
    >>> anova_mean_squares([[1, 2], [3, 5], [5, 5]]).msr
    6.5
    """
    table = rating_table(ratings)
    complete = table.complete()
    n, k = complete.values.shape
    reason = why_not_crossed(complete, share_complete(table, complete))
    if reason:
        return AnovaTable(None, None, None, None, n, k, reason)
    found = mean_squares_of(complete)(np.ones((1, complete.n_cases)))
    msr, msc, mse, msw = (float(part[0]) for part in found[:4])
    return AnovaTable(msr, msc, mse, msw, n, k)
