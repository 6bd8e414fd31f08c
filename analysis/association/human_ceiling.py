"""The human ceiling: how well raters follow each other, and whether a metric does as well.

Each rater is set against the mean of the others, never against a mean that holds their own
ratings. Missing ratings are kept: a unit counts for a rater who rated it, with the mean of those
others who did.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.agreement.rating_table import Ratings, RatingTable, rating_table
from analysis.association.ceiling import TIE_DECIMALS, metric_of_units
from analysis.association.correlation import Coefficient
from analysis.association.non_inferiority import NonInferiority, non_inferiority
from analysis.association.over_raters import OverRaters, correlation_of_two, over_raters
from analysis.resampling import FISHER_Z, HALF_DIFFERENCE, FloatArray, Resamples


@dataclass(frozen=True)
class HumanCeiling:
    """How well the raters follow each other.

    Attributes
    ----------
    lower
        Correlation of each rater with the mean of the others: what a metric reaches that does as
        well as one more rater.
    upper
        Correlation of each rater with the mean of all, that rater included: somewhat more than any
        metric can be hoped to reach.
    """

    lower: OverRaters
    upper: OverRaters


@dataclass(frozen=True)
class InsideRaterVariability:
    """Whether a metric follows raters as well as one more rater would.

    Attributes
    ----------
    difference
        Correlation of the metric with the mean of the others, minus that of the rater left out.
    non_inferiority
        Test that the mean difference is above minus the margin.
    """

    difference: OverRaters
    non_inferiority: NonInferiority


def human_ceiling(
    ratings: Ratings,
    coefficient: Coefficient = "spearman",
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> HumanCeiling:
    """Estimate the correlation of raters with the mean of the others, and with the mean of all.

    Nili H et al. PLoS Comput Biol 2014;10:e1003553. Interval: case jackknife-t on Fisher's z.

    Parameters
    ----------
    ratings
        Table, or array of units x raters.
    coefficient
        Which correlation.
    level
        Confidence level.
    resamples
        Weights of the cases for bootstrap intervals.

    Examples
    --------
    >>> ratings = [[1, 1, 2], [2, 3, 2], [3, 3, 4], [4, 5, 5], [5, 4, 5], [2, 2, 1]]
    >>> ceiling = human_ceiling(ratings)
    >>> round(ceiling.lower.mean.value, 3), round(ceiling.upper.mean.value, 3)
    (0.901, 0.946)
    """
    table = rating_table(ratings).with_ratings(2)

    def with_others(rater: int, kept: NDArray[np.bool_]) -> FloatArray:
        return np.stack([table.values[kept, rater], _mean_of_others(table, rater)[kept]], axis=1)

    def with_all(rater: int, kept: NDArray[np.bool_]) -> FloatArray:
        return np.stack([table.values[kept, rater], _mean_of_all(table)[kept]], axis=1)

    lower, upper = (
        over_raters(table, columns, correlation_of_two, coefficient, FISHER_Z, level, resamples)
        for columns in (with_others, with_all)
    )
    return HumanCeiling(lower, upper)


def correlation_per_rater(
    metric: ArrayLike,
    ratings: Ratings,
    coefficient: Coefficient = "spearman",
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> OverRaters:
    """Estimate the correlation of a metric with each single rater, and the mean over raters.

    It is lower than the correlation with the mean rating, which is more reliable than one rater.

    Parameters
    ----------
    metric
        One value per unit, turned so that more is better; infinite values are extremes.
    ratings, coefficient, level, resamples
        As in `human_ceiling`.

    Raises
    ------
    ValueError
        If the metric does not have one value per unit, or NaN.
    """
    everything = rating_table(ratings)
    values = metric_of_units(metric, everything)
    rated = np.asarray(np.isfinite(everything.values).any(axis=1))
    table, values = everything.where(rated), values[rated]

    def columns(rater: int, kept: NDArray[np.bool_]) -> FloatArray:
        return np.stack([values[kept], table.values[kept, rater]], axis=1)

    return over_raters(table, columns, correlation_of_two, coefficient, FISHER_Z, level, resamples)


def inside_rater_variability(
    metric: ArrayLike,
    ratings: Ratings,
    margin: float = 0.05,
    coefficient: Coefficient = "spearman",
    *,
    alpha: float = 0.05,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> InsideRaterVariability:
    """Test whether a metric follows the mean of the others no worse than the rater left out.

    In the same units for both, rater by rater, then averaged; non-inferiority by the margin that
    the plan of the study names (.05 to .10). Interval: case jackknife-t on Fisher's z of half the
    difference.

    Parameters
    ----------
    metric
        One value per unit, turned so that more is better; infinite values are extremes.
    ratings, coefficient, level, resamples
        As in `human_ceiling`.
    margin
        By how much the metric's correlation may fall short.
    alpha
        Level of the one-sided test.

    Raises
    ------
    ValueError
        If the metric does not have one value per unit, or NaN, and if the margin is not between 0
        and 2.
    """
    if not 0 <= margin < 2:
        raise ValueError(f"the margin is {margin}, not from 0 to below 2")
    everything = rating_table(ratings)
    values = metric_of_units(metric, everything)
    compared = np.asarray(np.isfinite(everything.values).sum(axis=1) >= 2)
    table, values = everything.where(compared), values[compared]

    def columns(rater: int, kept: NDArray[np.bool_]) -> FloatArray:
        of_others = _mean_of_others(table, rater)
        return np.stack([values[kept], table.values[kept, rater], of_others[kept]], axis=1)

    difference = over_raters(
        table, columns, _difference_of_two, coefficient, HALF_DIFFERENCE, level, resamples
    )
    test = non_inferiority(difference.mean, HALF_DIFFERENCE, -margin, alpha, level=level)
    return InsideRaterVariability(difference, test)


def _difference_of_two(matrix: FloatArray) -> FloatArray:
    return np.asarray(matrix[:, 0, 2] - matrix[:, 1, 2])


def _mean_of_others(table: RatingTable, rater: int) -> FloatArray:
    """Return for each unit the mean of the other raters; NaN where no other rated it."""
    return _mean_of_all(RatingTable(np.delete(table.values, rater, axis=1), table.cases))


def _mean_of_all(table: RatingTable) -> FloatArray:
    rated = np.isfinite(table.values)
    with np.errstate(invalid="ignore"):
        means = np.where(rated, table.values, 0.0).sum(axis=1) / rated.sum(axis=1)
    # Equal means of different ratings are ties, whatever the rounding of the sum.
    return np.asarray(np.round(means, TIE_DECIMALS))
