"""The ratings of two raters as a square table of counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.agreement.category_weights import Category
from analysis.resampling import FloatArray, IntArray

_MOST_NAMED = 5


@dataclass(frozen=True, eq=False)
class TwoRaters:
    """Units that both raters have rated, as numbers of categories.

    Attributes
    ----------
    first, second
        Number of the category of each unit, in the order of `categories`.
    cases
        Number of the case of each unit, 0 to cases - 1, none left out.
    case_names
        Label of each case, in the order of their numbers.
    categories
        All categories.
    """

    first: IntArray
    second: IntArray
    cases: IntArray
    case_names: NDArray[np.str_]
    categories: tuple[Category, ...]

    @classmethod
    def of(
        cls,
        first: ArrayLike,
        second: ArrayLike,
        categories: Sequence[Category] | None = None,
        cases: object = None,
    ) -> TwoRaters:
        """Match the ratings of two raters unit by unit; units that one did not rate are left out.

        Raises
        ------
        ValueError
            If the lengths differ, a rating is not in `categories`, or one of these is listed twice.
        """
        one, two = (_labels(ratings) for ratings in (first, second))
        labels = np.arange(len(one)) if cases is None else np.asarray(cases)
        if not len(one) == len(two) == len(labels):
            raise ValueError(
                f"{len(one)} and {len(two)} ratings with {len(labels)} case labels: "
                "they must be as many"
            )
        both = (one.notna() & two.notna()).to_numpy()
        one, two = one[both], two[both]
        listed = tuple(_seen(one, two) if categories is None else categories)
        number = {category: at for at, category in enumerate(listed)}
        if len(number) < len(listed):
            raise ValueError(f"a category is listed twice: {list(listed)}")
        unknown = [str(label) for label in _seen(one, two) if label not in number]
        if unknown:
            named = ", ".join(unknown[:_MOST_NAMED])
            raise ValueError(f"ratings that are not in the list of categories: {named}")
        names, numbers = np.unique(labels[both], return_inverse=True)
        return cls(
            np.array([number[label] for label in one], dtype=np.int64),
            np.array([number[label] for label in two], dtype=np.int64),
            numbers.astype(np.int64),
            names.astype(np.str_),
            listed,
        )

    def table(self) -> IntArray:
        """Return the counts, rows for the first rater and columns for the second."""
        q = len(self.categories)
        return np.bincount(self.first * q + self.second, minlength=q * q).reshape(q, q)


def _labels(ratings: ArrayLike) -> pd.Series:
    # In a list of strings numpy would turn NaN into the string "nan".
    kept = np.asarray(ratings) if hasattr(ratings, "dtype") else np.array(ratings, dtype=object)
    if kept.ndim != 1:
        raise ValueError(f"the ratings of a rater have {kept.ndim} axes, not one")
    return pd.Series(kept)


def _seen(one: pd.Series, two: pd.Series) -> list[Category]:
    labels = pd.unique(pd.concat([one, two], ignore_index=True)).tolist()
    if all(isinstance(label, int | float) for label in labels):
        return sorted(labels)
    return sorted(labels, key=str)


def agreement_table(
    first: ArrayLike, second: ArrayLike, categories: Sequence[Category] | None = None
) -> IntArray:
    """Count the ratings of two raters: rows for the first, columns for the second.

    Parameters
    ----------
    first, second
        Ratings of the same units in the same order; NaN or None where one is missing, and the unit
        is left out.
    categories
        All categories, in the order of the rows; those seen, sorted, when not given.

    Examples
    --------
    >>> agreement_table(["yes", "yes", "no"], ["yes", "no", "no"], ["yes", "no"])
    array([[1, 1],
           [0, 1]])
    """
    return TwoRaters.of(first, second, categories).table()


def counts_of_table(table: ArrayLike) -> FloatArray:
    """Return a square table of counts as floats.

    Raises
    ------
    ValueError
        If it is not square, or holds anything but finite counts of at least 0.
    """
    counts = np.asarray(table, dtype=float)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"a table of shape {counts.shape} is not square: categories x categories")
    if not np.isfinite(counts).all() or (counts < 0).any():
        raise ValueError("a table holds counts: finite and at least 0")
    return counts
