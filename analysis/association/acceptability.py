"""A metric beside the verdict "acceptable": what cut-offs and areas under curves start from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.association.pairs import case_labels, missing_labels
from analysis.resampling import FloatArray, IntArray

Direction = Literal["higher", "lower"]
"""Whether higher or lower values of the metric speak for an acceptable mask."""


@dataclass(frozen=True, eq=False)
class Verdicts:
    """A metric and a verdict (acceptable or not) for each mask, with the number of its case.

    Attributes
    ----------
    metric
        Value of each mask; infinite values are extremes (the HD95 of an empty mask).
    acceptable
        The verdict of the raters.
    cases
        For each mask the number of its case, 0 to cases - 1, none left out.
    case_names
        Label of each case, in the order of their numbers.
    direction
        "higher" where higher values speak for an acceptable mask, "lower" for distances.
    """

    metric: FloatArray
    acceptable: NDArray[np.bool_]
    cases: IntArray
    case_names: NDArray[np.str_]
    direction: Direction = "higher"

    @classmethod
    def of(
        cls,
        metric: ArrayLike,
        acceptable: ArrayLike,
        cases: object = None,
        direction: Direction = "higher",
    ) -> Verdicts:
        """Make verdicts from arrays of one value per mask; without `cases` each is its own case.

        Raises
        ------
        ValueError
            For arrays of different lengths, NaN in the metric, verdicts other than true and false
            (or 1 and 0), cases without a label, and an unknown direction: all in one message.
        """
        values, verdicts = np.asarray(metric, dtype=float), np.asarray(acceptable)
        labels = np.arange(values.size) if cases is None else case_labels(cases)
        problems = []
        if direction not in get_args(Direction):
            problems.append(f"direction is {direction!r}, not 'higher' or 'lower'")
        shapes = {array.shape for array in (values, verdicts, labels)}
        if len(shapes) > 1 or values.ndim != 1:
            found = ", ".join(str(array.shape) for array in (values, verdicts, labels))
            problems.append(f"metric, verdicts and cases have shapes {found}, not one length")
        if np.isnan(values).any():
            count = int(np.isnan(values).sum())
            problems.append(f"{count} values of the metric are NaN: leave those masks out")
        if not np.isin(verdicts, (0, 1)).all():
            problems.append("verdicts must be true or false (1 or 0)")
        problems += missing_labels(labels)
        if problems:
            raise ValueError("; ".join(problems))
        names, numbers = np.unique(labels, return_inverse=True)
        return cls(
            values,
            verdicts.astype(np.bool_),
            numbers.astype(np.int64),
            names.astype(np.str_),
            direction,
        )

    @classmethod
    def from_ratings(
        cls,
        metric: ArrayLike,
        rating: ArrayLike,
        least: float,
        cases: object = None,
        direction: Direction = "higher",
    ) -> Verdicts:
        """Make verdicts from (mean) ratings: acceptable is a rating of `least` or more.

        `least` belongs to the plan of the study; a limit chosen after looking at the ratings makes
        every figure that follows too good.

        Raises
        ------
        ValueError
            As in `of`, and for ratings or a limit that are NaN.

        Examples
        --------
        >>> Verdicts.from_ratings([0.9, 0.7, 0.8], [4, 2, 5], least=4).acceptable
        array([ True, False,  True])
        """
        ratings = np.asarray(rating, dtype=float)
        if np.isnan(ratings).any() or np.isnan(least):
            raise ValueError("a rating or the least acceptable rating is NaN")
        return cls.of(metric, ratings >= least, cases, direction)

    @property
    def n_cases(self) -> int:
        """Number of cases."""
        return len(self.case_names)

    @property
    def toward(self) -> FloatArray:
        """The metric, turned so that higher values speak for an acceptable mask."""
        return self.metric if self.direction == "higher" else -self.metric

    @property
    def counts(self) -> tuple[int, int]:
        """Number of acceptable and of unacceptable masks."""
        accepted = int(self.acceptable.sum())
        return accepted, len(self.acceptable) - accepted

    def where(self, kept: NDArray[np.bool_]) -> Verdicts:
        """Return some of the masks; cases without a mask are gone."""
        return Verdicts.of(
            self.metric[kept],
            self.acceptable[kept],
            self.case_names[self.cases[kept]],
            self.direction,
        )

    def why_one_sided(self) -> str | None:
        """Say why there is nothing to tell apart, or None when there is."""
        accepted, others = self.counts
        if not accepted + others:
            return "no mask with a verdict and a value of the metric"
        if not accepted:
            return f"none of {others} masks is acceptable"
        return None if others else f"all {accepted} masks are acceptable"


VerdictsLike = Verdicts | tuple[ArrayLike, ...]
"""Verdicts, or (metric, acceptable), or (metric, acceptable, case labels), higher being better."""


def as_verdicts(verdicts: VerdictsLike) -> Verdicts:
    """Take verdicts as they are, or make them of (metric, acceptable) or with case labels.

    Raises
    ------
    ValueError
        For anything else, and as in `Verdicts.of`.
    """
    if isinstance(verdicts, Verdicts):
        return verdicts
    if not isinstance(verdicts, tuple) or len(verdicts) not in (2, 3):
        raise ValueError(
            "verdicts are given as Verdicts, (metric, acceptable) or (metric, acceptable, cases)"
        )
    metric, acceptable, cases = (*verdicts, None)[:3]
    return Verdicts.of(metric, acceptable, cases)  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class VerdictsByLevel:
    """The masks sorted by the metric turned upwards, and where each of its distinct values starts.

    Attributes
    ----------
    values
        Distinct values of the turned metric, rising.
    cases, acceptable
        Of the masks in that order.
    starts
        Place of the first mask of each distinct value.
    """

    values: FloatArray
    cases: IntArray
    acceptable: NDArray[np.bool_]
    starts: IntArray

    @classmethod
    def of(cls, verdicts: Verdicts) -> VerdictsByLevel:
        """Sort the masks."""
        order = np.argsort(verdicts.toward, kind="stable")
        values, starts = np.unique(verdicts.toward[order], return_index=True)
        return cls(
            values,
            verdicts.cases[order],
            verdicts.acceptable[order],
            starts.astype(np.int64),
        )

    def sums(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the weight of acceptable and of other masks at each value, resamples x values."""
        masks = weights[:, self.cases]
        accepted = np.add.reduceat(masks * self.acceptable, self.starts, axis=1)
        others = np.add.reduceat(masks * ~self.acceptable, self.starts, axis=1)
        return accepted, others
