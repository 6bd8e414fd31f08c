"""The best cut-off of a metric under each row of case weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.association.acceptability import Verdicts, VerdictsByLevel
from analysis.resampling import FloatArray, Statistic, blocks

Criterion = Literal["youden", "closest"]
"""Largest sensitivity + specificity, or the point of the curve nearest to both being one."""

_COLUMNS = 12  # work arrays of masks or distinct values that live at a time


@dataclass(frozen=True, eq=False)
class Chosen:
    """The cut-off chosen under each row of weights; NaN where none tells the masks apart.

    Attributes
    ----------
    cut_off
        On the metric as it is.
    sensitivity, specificity
        In the same weighted masks.
    """

    cut_off: FloatArray
    sensitivity: FloatArray
    specificity: FloatArray

    @classmethod
    def joined(cls, parts: list[Chosen]) -> Chosen:
        """Put runs of rows together."""
        return cls(
            np.concatenate([part.cut_off for part in parts]),
            np.concatenate([part.sensitivity for part in parts]),
            np.concatenate([part.specificity for part in parts]),
        )


def cut_off_search(verdicts: Verdicts, criterion: Criterion) -> Callable[[FloatArray], Chosen]:
    """Return the search for the best cut-off as a function of case weights.

    Cut-offs lie halfway between neighbouring values that have weight, as in pROC, and at the
    better one of the two where the other is infinite. Of equally good cut-offs the one with the
    highest sensitivity is taken. Calling every mask acceptable, or none, is not a cut-off: where
    nothing is better than that, there is none.
    """
    if criterion not in get_args(Criterion):
        raise ValueError(f"criterion is {criterion!r}, not 'youden' or 'closest'")
    by_level = VerdictsByLevel.of(verdicts)
    turn = 1.0 if verdicts.direction == "higher" else -1.0

    def one(weights: FloatArray) -> Chosen:
        accepted, others = by_level.sums(weights)
        rows = np.arange(len(weights))
        n_accepted, n_others = (part.sum(axis=1)[:, None] for part in (accepted, others))
        # Called acceptable: this value and those above it. Whole numbers, so that ties are ties.
        missed = np.cumsum(accepted, axis=1) - accepted
        passed = n_others - (np.cumsum(others, axis=1) - others)
        if criterion == "youden":
            loss = missed * n_others + passed * n_accepted
        else:
            loss = (missed * n_others) ** 2 + (passed * n_accepted) ** 2
        of_none = n_accepted * n_others
        best = np.argmin(loss, axis=1)
        useless = (of_none if criterion == "youden" else of_none**2)[:, 0]
        found = loss[rows, best] < useless * (1 - 1e-12)
        present = accepted + others > 0
        middle = _halfway(by_level.values, present, best)
        with np.errstate(invalid="ignore", divide="ignore"):
            sensitivity = 1 - missed[rows, best] / n_accepted[:, 0]
            specificity = 1 - passed[rows, best] / n_others[:, 0]
        return Chosen(
            *(np.where(found, part, np.nan) for part in (turn * middle, sensitivity, specificity))
        )

    def search(weights: FloatArray) -> Chosen:
        parts = blocks(weights, _COLUMNS * max(1, len(verdicts.metric)))
        return Chosen.joined([one(block) for block in parts])

    return search


def _halfway(
    values: FloatArray, present: NDArray[np.bool_], first_called: NDArray[np.intp]
) -> FloatArray:
    """Return the middle between the lowest called value and the next below it, of those present.

    Rows in which nothing lies below get some number; they have no cut-off.
    """
    rows, places = np.arange(len(present)), np.arange(len(values))
    below = np.maximum.accumulate(np.where(present, places, 0), axis=1)
    above = np.where(present, places, len(values) - 1)[:, ::-1]
    above = np.minimum.accumulate(above, axis=1)[:, ::-1]
    low = values[below[rows, np.maximum(first_called - 1, 0)]]
    high = values[above[rows, first_called]]
    with np.errstate(invalid="ignore"):  # minus infinity beside infinity
        middle = low / 2 + high / 2
    return np.where(np.isfinite(middle) & (middle > low), middle, high)


def sensitivity_at_statistic(
    verdicts: Verdicts, specificity: float, *, interpolate: bool
) -> Statistic:
    """Return the sensitivity at a specificity as a function of case weights."""
    by_level = VerdictsByLevel.of(verdicts)

    def one(weights: FloatArray) -> FloatArray:
        accepted, others = by_level.sums(weights)
        with np.errstate(invalid="ignore", divide="ignore"):
            missed = np.cumsum(accepted, axis=1) / accepted.sum(axis=1)[:, None]
            stopped = np.cumsum(others, axis=1) / others.sum(axis=1)[:, None]
        none = np.zeros((len(weights), 1))
        # From calling all masks acceptable to calling none.
        hit = 1 - np.hstack([none, missed])
        stopped = np.hstack([none, stopped])
        defined = np.isfinite(hit[:, -1]) & np.isfinite(stopped[:, -1])
        rows = np.arange(len(weights))
        enough = stopped >= specificity - 1e-12
        first = np.where(defined, np.argmax(enough, axis=1), 0)
        value = hit[rows, first]
        if interpolate:
            before = np.maximum(first - 1, 0)
            step = stopped[rows, first] - stopped[rows, before]
            over = np.maximum(stopped[rows, first] - specificity, 0)
            with np.errstate(invalid="ignore", divide="ignore"):
                share = np.where(step > 0, over / step, 0.0)
            value = value + share * (hit[rows, before] - value)
        return np.where(defined, value, np.nan)

    def statistic(weights: FloatArray) -> FloatArray:
        parts = blocks(weights, _COLUMNS * max(1, len(verdicts.metric)))
        return np.concatenate([one(block) for block in parts])

    return statistic
