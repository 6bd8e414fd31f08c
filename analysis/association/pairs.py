"""Pairs of a metric and a rating, with the cases they belong to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.resampling import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Pairs:
    """A metric and a mean rating for each mask, with the number of the mask's case.

    Rank coefficients take plus and minus infinity as ordinary extremes. There is no NaN.

    Attributes
    ----------
    metric, rating
        One value for each mask.
    cases
        Number of each mask's case: its place in `case_names`.
    n_cases
        Number of cases of the weights, also those without a pair.
    case_names
        Sorted labels of the cases; the numbers themselves where there are no labels.
    """

    metric: FloatArray
    rating: FloatArray
    cases: IntArray
    n_cases: int
    case_names: NDArray[Any] = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __post_init__(self) -> None:
        if len(self.case_names) != self.n_cases:
            object.__setattr__(self, "case_names", np.arange(self.n_cases))

    @classmethod
    def of(cls, metric: ArrayLike, rating: ArrayLike, cases: ArrayLike | None = None) -> Pairs:
        """Make pairs from any case labels; without labels each pair is a case of its own.

        Raises
        ------
        ValueError
            When the lengths differ, a value is NaN, or there is more than one dimension; all
            problems in one message.
        """
        x, y = np.asarray(metric, dtype=float), np.asarray(rating, dtype=float)
        labels = np.arange(x.size) if cases is None else np.asarray(cases)
        problems = []
        if not x.ndim == y.ndim == labels.ndim == 1:
            problems.append("metric, rating and cases are lists of one dimension each")
        if not x.size == y.size == labels.size:
            problems.append(
                f"{x.size} values of the metric, {y.size} of the rating, {labels.size} case labels"
            )
        problems += [
            f"{int(np.isnan(values).sum())} values of the {name} are NaN"
            for name, values in (("metric", x), ("rating", y))
            if np.isnan(values).any()
        ]
        if problems:
            raise ValueError("; ".join(problems))
        names, numbers = np.unique(labels, return_inverse=True)
        return cls(x, y, numbers.astype(np.int64), len(names), names)

    def where(self, kept: NDArray[Any]) -> Pairs:
        """Return some of the pairs, with the same numbering of cases."""
        return Pairs(
            self.metric[kept], self.rating[kept], self.cases[kept], self.n_cases, self.case_names
        )

    def of_present_cases(self) -> Pairs:
        """Return the same pairs, numbered among the cases that have a pair."""
        present, numbers = np.unique(self.cases, return_inverse=True)
        names = self.case_names[present]
        return Pairs(self.metric, self.rating, numbers.astype(np.int64), len(names), names)

    @property
    def columns(self) -> FloatArray:
        """Metric and rating side by side, pairs x 2."""
        return np.stack([self.metric, self.rating], axis=1)
