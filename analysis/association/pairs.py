"""Pairs of a metric and a rating, with the cases they belong to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
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
            When the lengths differ, a value is NaN, a case has no label, or there is more than one
            dimension; all problems in one message.
        """
        x, y = np.asarray(metric, dtype=float), np.asarray(rating, dtype=float)
        labels = np.arange(x.size) if cases is None else case_labels(cases)
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
        problems += missing_labels(labels)
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

    def among(self, names: NDArray[Any]) -> Pairs:
        """Return the pairs of some cases, numbered by the place of their name in `names`."""
        common = np.result_type(self.case_names, names)
        own, others = self.case_names.astype(common), names.astype(common)
        kept = np.isin(own, others)[self.cases]
        numbers = np.searchsorted(others, own)[self.cases[kept]].astype(np.int64)
        return Pairs(self.metric[kept], self.rating[kept], numbers, len(names), names)

    @property
    def columns(self) -> FloatArray:
        """Metric and rating side by side, pairs x 2."""
        return np.stack([self.metric, self.rating], axis=1)


def case_labels(cases: object) -> NDArray[Any]:
    """Return labels that can be sorted: objects become text; None and NaN stay what they are."""
    labels, given = np.asarray(cases), np.asarray(cases, dtype=object)
    # numpy would make the text "nan" of a NaN beside text.
    if pd.isna(given).any():
        return given
    return labels.astype(np.str_) if labels.dtype == object else labels


def missing_labels(labels: NDArray[Any]) -> list[str]:
    """Say how many cases have no label (None or NaN); nothing when all have one."""
    missing = int(pd.isna(labels).sum())
    return [f"{missing} case labels are missing"] if missing else []


def names_of_cases(several: Iterable[Pairs]) -> NDArray[Any]:
    """Return the sorted names of all cases that have a pair in some of these."""
    names = [one.case_names[np.unique(one.cases)] for one in several]
    return np.unique(np.concatenate([np.empty(0, dtype=np.int64), *names]))
