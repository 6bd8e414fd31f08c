"""Ratings as counts of categories: the common input of the chance-corrected coefficients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.agreement.category_weights import CategoryWeights, category_weights
from analysis.agreement.rating_table import Ratings, rating_table
from analysis.resampling import FloatArray, IntArray

_MOST_NAMED = 5


@dataclass(frozen=True, eq=False)
class CategoryCounts:
    """How often each category was chosen in each unit; units without a rating are left out.

    Attributes
    ----------
    by_rater
        Units x raters x categories: 1 for the category chosen, 0 elsewhere; raters without any
        rating are left out.
    copies
        How many units each row stands for; all ones unless the rows are cells of a table.
    cases
        Number of the case of each unit, 0 to n_cases - 1, none left out.
    case_names
        Label of each case, in the order of their numbers.
    categories
        All categories, ascending.
    listed
        Whether the categories were given, or only those that were seen are known.
    weights
        Agreement weights, categories x categories, symmetric.
    """

    by_rater: FloatArray
    copies: FloatArray
    cases: IntArray
    case_names: NDArray[np.str_]
    categories: tuple[float, ...]
    listed: bool
    weights: FloatArray

    @property
    def counts(self) -> FloatArray:
        """Units x categories."""
        return np.asarray(self.by_rater.sum(axis=1))

    @property
    def ratings(self) -> FloatArray:
        """Number of ratings of each unit."""
        return np.asarray(self.by_rater.sum(axis=(1, 2)))

    @property
    def n_cases(self) -> int:
        """Number of cases."""
        return int(self.cases.max()) + 1 if len(self.cases) else 0

    def pair_agreement(self) -> FloatArray:
        """Return the mean agreement of the pairs of raters of each unit; 0 where there is none."""
        counts, ratings = self.counts, self.ratings
        agreed = (counts * (counts @ self.weights - 1)).sum(axis=1)
        return np.asarray(agreed / np.maximum(ratings * (ratings - 1), 1))

    def with_ratings(self, least: int) -> CategoryCounts:
        """Return the units that have at least `least` ratings."""
        kept = self.ratings >= least
        numbers, cases = np.unique(self.cases[kept], return_inverse=True)
        return replace(
            self,
            by_rater=self.by_rater[kept],
            copies=self.copies[kept],
            cases=cases.astype(np.int64),
            case_names=self.case_names[numbers] if len(self.case_names) else self.case_names,
        )

    def sums_by_case(self, columns: FloatArray) -> FloatArray:
        """Return sums over the units of each case, cases x columns."""
        summed = [
            np.bincount(self.cases, weights=column, minlength=self.n_cases) for column in columns.T
        ]
        return np.stack(summed, axis=1)


def count_categories(
    ratings: Ratings,
    weights: CategoryWeights = "unweighted",
    categories: Sequence[float] | None = None,
) -> CategoryCounts:
    """Count the ratings of each unit by category.

    Parameters
    ----------
    ratings
        Table, or units x raters with NaN where a rating is missing.
    weights
        Weighting of the categories, see `category_weights`. An asymmetric matrix is replaced by the
        mean of itself and its transpose, since raters of a pair have no order here.
    categories
        All categories of the instrument; those that were seen when not given.

    Raises
    ------
    ValueError
        If a rating is not one of `categories`, or the weights do not fit them.
    """
    table = rating_table(ratings).with_ratings(1)
    present = np.isfinite(table.values)
    seen = np.unique(table.values[present])
    listed = [float(category) for category in (seen if categories is None else categories)]
    unknown = [f"{value:g}" for value in seen if value not in listed]
    if unknown:
        more = f" and {len(unknown) - _MOST_NAMED} more" if len(unknown) > _MOST_NAMED else ""
        named = ", ".join(unknown[:_MOST_NAMED])
        raise ValueError(f"ratings that are not in the list of categories: {named}{more}")
    matrix = category_weights(weights, listed)
    order = np.argsort(listed)
    matrix = (matrix + matrix.T)[np.ix_(order, order)] / 2
    levels = np.array(listed)[order]
    used = present.any(axis=0)
    return CategoryCounts(
        by_rater=(table.values[:, used, None] == levels).astype(float),
        copies=np.ones(len(table.values)),
        cases=table.cases,
        case_names=table.case_names,
        categories=tuple(float(level) for level in levels),
        listed=categories is not None,
        weights=matrix,
    )
