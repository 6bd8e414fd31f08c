"""The table that every coefficient of agreement starts from: units x raters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.resampling import FloatArray, IntArray

_MOST_NAMED = 5


@dataclass(frozen=True, eq=False)
class RatingTable:
    """Ratings of one item: one row per unit (a mask, or a structure of it), one column per rater.

    Attributes
    ----------
    values
        Units x raters; NaN where a rater did not rate or could not judge.
    cases
        For each unit the number of its case, 0 to cases - 1, none left out.
    case_names
        Label of each case, in the order of their numbers.
    rater_names
        Label of each rater, in the order of the columns.
    """

    values: FloatArray
    cases: IntArray
    case_names: NDArray[np.str_] = field(default_factory=lambda: np.empty(0, dtype=np.str_))
    rater_names: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, values: ArrayLike, cases: object = None, raters: Sequence[object] | None = None
    ) -> RatingTable:
        """Make a table from ratings and any case labels; without labels each unit is a case.

        Raises
        ------
        ValueError
            If `values` is not units x raters, is infinite somewhere, or if the number of labels
            does not fit.
        """
        masked = np.ma.masked_array(values, dtype=float) if np.ma.isMaskedArray(values) else None
        ratings = np.asarray(values if masked is None else masked.filled(np.nan), dtype=float)
        if ratings.ndim != 2:
            raise ValueError(f"ratings have {ratings.ndim} axes, not two: units x raters")
        problems = []
        if np.isinf(ratings).any():
            problems.append(f"{int(np.isinf(ratings).sum())} ratings are infinite")
        labels = np.arange(len(ratings)) if cases is None else np.asarray(cases)
        if labels.shape != (len(ratings),):
            problems.append(f"{labels.size} case labels for {len(ratings)} units")
        columns = range(1, ratings.shape[1] + 1) if raters is None else raters
        if len(columns) != ratings.shape[1]:
            problems.append(f"{len(columns)} rater labels for {ratings.shape[1]} columns")
        if problems:
            raise ValueError("; ".join(problems))
        names, numbers = np.unique(labels, return_inverse=True)
        return cls(
            ratings,
            numbers.astype(np.int64),
            names.astype(np.str_),
            tuple(str(rater) for rater in columns),
        )

    @classmethod
    def from_long(
        cls,
        frame: pd.DataFrame,
        *,
        unit: str | Sequence[str],
        rater: str,
        rating: str,
        case: str | None = None,
    ) -> RatingTable:
        """Make a table from one row per rating; the columns are named by the arguments.

        Units and raters are sorted, so that the order of the rows does not matter. Without a
        column of cases each unit is a case.

        Raises
        ------
        ValueError
            If a rater rated a unit twice (declare replicates as such, or choose one reading), or
            if a unit lies in two cases.
        """
        key = [unit] if isinstance(unit, str) else list(unit)
        twice = frame[frame.duplicated([*key, rater])]
        if len(twice):
            raise ValueError(_rated_twice(twice, [*key, rater]))
        wide = frame.pivot(index=key, columns=rater, values=rating).sort_index()
        if case is None or case in key:
            level = key[0] if case is None else case
            labels = wide.index if case is None else wide.index.get_level_values(level)
            cases = np.arange(len(wide)) if case is None and len(key) > 1 else labels.to_numpy()
        else:
            of_unit = frame.groupby(key)[case].agg(["nunique", "first"])
            split = of_unit[of_unit["nunique"] > 1]
            if len(split):
                named = ", ".join(str(name) for name in split.index[:_MOST_NAMED])
                raise ValueError(f"{len(split)} units lie in more than one case: {named}")
            cases = of_unit["first"].reindex(wide.index).to_numpy()
        raters = [str(name) for name in wide.columns]
        return cls.of(wide.to_numpy(dtype=float), cases, raters)

    @property
    def n_cases(self) -> int:
        """Number of cases."""
        return int(self.cases.max()) + 1 if len(self.cases) else 0

    @property
    def n_ratings(self) -> int:
        """Number of ratings that are there."""
        return int(np.isfinite(self.values).sum())

    @property
    def n_raters(self) -> int:
        """Number of raters with at least one rating."""
        return int(np.isfinite(self.values).any(axis=0).sum())

    def where(self, kept: NDArray[np.bool_]) -> RatingTable:
        """Return some of the units; cases without a unit are gone."""
        numbers, cases = np.unique(self.cases[kept], return_inverse=True)
        names = self.case_names[numbers] if len(self.case_names) else self.case_names
        return RatingTable(self.values[kept], cases.astype(np.int64), names, self.rater_names)

    def with_ratings(self, least: int) -> RatingTable:
        """Return the units that have at least `least` ratings."""
        return self.where(np.isfinite(self.values).sum(axis=1) >= least)

    def complete(self) -> RatingTable:
        """Return the units that all raters with at least one rating have rated, and those raters.

        Listwise by unit, as ANOVA formulas need it.
        """
        used = np.isfinite(self.values).any(axis=0)
        names = tuple(np.array(self.rater_names)[used]) if self.rater_names else ()
        rated = RatingTable(self.values[:, used], self.cases, self.case_names, names)
        return rated.with_ratings(max(int(used.sum()), 1))


Ratings = RatingTable | ArrayLike
"""A table of ratings, or an array of units x raters in which each unit is a case."""


def rating_table(ratings: Ratings) -> RatingTable:
    """Return `ratings` as a table."""
    return ratings if isinstance(ratings, RatingTable) else RatingTable.of(ratings)


def _rated_twice(twice: pd.DataFrame, key: list[str]) -> str:
    named = ["/".join(str(row[name]) for name in key) for _, row in twice[:_MOST_NAMED].iterrows()]
    more = "" if len(twice) <= _MOST_NAMED else f" and {len(twice) - _MOST_NAMED} more"
    return (
        f"{len(twice)} rows rate again what the same rater has rated ({', '.join(named)}{more}): "
        "name the column that tells readings apart, or keep one of them"
    )
