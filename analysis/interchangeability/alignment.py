"""How well candidate and raters go along with each other, unit by unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.agreement.rating_table import Ratings, rating_table
from analysis.resampling import FloatArray, IntArray

Alignment = Literal["accuracy", "negative_rmse"] | Callable[[float, FloatArray], float]
"""A named alignment, or a function (one rating, the others' ratings of the unit) -> number."""


@dataclass(frozen=True, eq=False)
class Pairwise:
    """Agreement of everyone with everyone: units x (raters + candidate) squared, candidate last.

    NaN where one of the two did not judge the unit.
    """

    values: FloatArray
    cases: IntArray
    case_names: NDArray[np.str_]
    rater_names: tuple[str, ...]

    @property
    def n_cases(self) -> int:
        """Number of cases."""
        return len(self.case_names)

    def contributing(self) -> Pairwise:
        """Return the units that two judges share; cases without one are gone."""
        off = ~np.eye(self.values.shape[1], dtype=bool)
        kept = np.isfinite(self.values[:, off]).any(axis=1)
        numbers, cases = np.unique(self.cases[kept], return_inverse=True)
        return Pairwise(
            self.values[kept], cases.astype(np.int64), self.case_names[numbers], self.rater_names
        )


def pairwise_agreement(
    agreement: ArrayLike, cases: object, raters: object, candidate: int
) -> Pairwise:
    """Check an array of agreement between all judges, units x judges x judges.

    Raises
    ------
    ValueError
        If the shape does not fit, agreement is not symmetric, or labels do not fit.
    """
    values = np.array(agreement, dtype=float)
    if values.ndim != 3 or values.shape[1] != values.shape[2] or values.shape[1] < 1:
        raise ValueError(f"agreement has shape {values.shape}, not units x judges x judges")
    n_judges = values.shape[1]
    problems = []
    if np.isinf(values).any():
        problems.append("agreement is infinite somewhere")
    turned = values.transpose(0, 2, 1)
    if not ((values == turned) | (np.isnan(values) & np.isnan(turned)))[
        :, ~np.eye(n_judges, dtype=bool)
    ].all():
        problems.append("agreement is not the same both ways")
    if not -n_judges <= candidate < n_judges:
        problems.append(f"no judge {candidate} among {n_judges}")
    labels = np.arange(len(values)) if cases is None else np.asarray(cases)
    if labels.shape != (len(values),):
        problems.append(f"{labels.size} case labels for {len(values)} units")
    names = list(range(1, n_judges)) if raters is None else list(np.asarray(raters))
    if len(names) != n_judges - 1:
        problems.append(f"{len(names)} rater labels for {n_judges - 1} raters")
    if problems:
        raise ValueError("; ".join(problems))
    order = [at for at in range(n_judges) if at != candidate % n_judges] + [candidate % n_judges]
    found, numbers = np.unique(labels, return_inverse=True)
    return Pairwise(
        values[:, order][:, :, order],
        numbers.astype(np.int64),
        found.astype(np.str_),
        tuple(str(name) for name in names),
    )


def pairwise_ratings(
    ratings: Ratings, candidate: ArrayLike, measure: Literal["equal", "squared", "absolute"]
) -> Pairwise:
    """Compare all ratings of a unit, and the candidate's, with each other.

    "equal": 1 for the same value, else 0; "squared": minus the squared difference, which orders
    alignments as the negative root mean square does; "absolute": the absolute difference.
    """
    table, judged = with_candidate(ratings, candidate)
    gap = judged[:, :, None] - judged[:, None, :]
    absent = np.isnan(gap)
    if measure == "equal":
        values = np.where(absent, np.nan, gap == 0)
    else:
        values = -(gap**2) if measure == "squared" else np.abs(gap)
    return Pairwise(values, table.cases, table.case_names, table.rater_names)


def with_candidate(ratings: Ratings, candidate: ArrayLike) -> tuple[Pairwise, FloatArray]:
    """Return cases and raters (without agreement yet), and units x (raters + candidate)."""
    table = rating_table(ratings)
    own = np.asarray(candidate, dtype=float)
    if own.shape != (len(table.values),):
        raise ValueError(
            f"the candidate has shape {own.shape}, there are {len(table.values)} units"
        )
    if np.isinf(own).any():
        raise ValueError(f"{int(np.isinf(own).sum())} ratings of the candidate are infinite")
    names = table.rater_names or tuple(str(at + 1) for at in range(table.values.shape[1]))
    labels = table.case_names
    if len(labels) != table.n_cases:
        labels = np.arange(table.n_cases).astype(np.str_)
    judged = np.column_stack([table.values, own])
    return Pairwise(np.empty((0, 0, 0)), table.cases, labels, names), judged


def aligned(pairwise: Pairwise) -> tuple[FloatArray, FloatArray]:
    """Return mean agreement with the other raters, of the candidate and of each rater left out.

    Both are units x raters; column j is about the raters other than j who judged the unit. NaN
    where candidate or rater j did not, or nobody else did.
    """
    values = pairwise.values
    n_raters = values.shape[1] - 1
    both = np.full((2, len(values), n_raters), np.nan)
    for rater in range(n_raters):
        others = [at for at in range(n_raters) if at != rater]
        of_candidate, of_rater = values[:, -1, others], values[:, rater, others]
        usable = np.isfinite(of_candidate) & np.isfinite(of_rater)
        count = usable.sum(axis=1)
        for at, one in enumerate((of_candidate, of_rater)):
            total = np.where(usable, one, 0.0).sum(axis=1)
            both[at, count > 0, rater] = total[count > 0] / count[count > 0]
    return both[0], both[1]


def aligned_by(
    alignment: Callable[[float, FloatArray], float], judged: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Do the same as `aligned` with a function of one rating and the others' ratings."""
    n_raters = judged.shape[1] - 1
    both = np.full((2, len(judged), n_raters), np.nan)
    for unit, row in enumerate(judged):
        there = np.flatnonzero(np.isfinite(row[:-1]))
        for rater in there:
            others = row[there[there != rater]]
            if len(others) and np.isfinite(row[-1]):
                both[0, unit, rater] = alignment(float(row[-1]), others)
                both[1, unit, rater] = alignment(float(row[rater]), others)
    return both[0], both[1]
