"""Drift of a rater to more or less severe ratings in the course of the readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.agreement.severity import rater_estimate, ratio
from analysis.mixed.design import missing_labels
from analysis.resampling import Estimate, FloatArray, IntArray, Resamples

_NOISE = 1e-12


@dataclass(frozen=True)
class RaterDrift:
    """One rater's deviation from the others over the reading order.

    Attributes
    ----------
    slope_per_100
        Change of the deviation per 100 readings of this rater, in units of the rating.
    second_minus_first_half
        Mean deviation in the second half of the rater's readings minus that in the first.
    n_readings, n_compared
        Readings of this rater, and those of units that another rater read as well.
    """

    slope_per_100: Estimate
    second_minus_first_half: Estimate
    n_readings: int
    n_compared: int


def rater_drift(
    rating: ArrayLike,
    unit: ArrayLike,
    rater: ArrayLike,
    order: ArrayLike,
    case: ArrayLike | None = None,
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> dict[str, RaterDrift]:
    """Estimate each rater's drift, with intervals that keep the readings of a case together.

    The deviation of a reading is its rating minus the mean rating of the other raters of the unit;
    it is regressed on the reading's place among the rater's own readings (1, 2, ...), and its
    mean in the first half of them compared with that in the second. A drift that all raters
    share is not seen this way, and where orders are alike the others' drift comes in with the
    opposite sign: random orders, different per rater, prevent that (Myford CM, Wolfe EW. J Educ
    Meas 2009;46:371). p values are for no drift.

    Parameters
    ----------
    rating
        One number per reading; NaN where the rater could not judge: it keeps its place in the
        order.
    unit, rater
        What was read, and by whom; once per pair.
    order
        Anything that sorts a rater's readings: a number, a time.
    case
        The case of each unit; None if each unit is a case.
    level
        Confidence level.
    resamples
        Weights for bootstrap intervals beside.

    Raises
    ------
    ValueError
        If lengths differ, a rater read a unit twice or two units at once, a unit lies in two
        cases, or a rating is infinite; all problems at once.

    Examples
    --------
    >>> ratings = [3, 4, 2, 5, 3, 4, 3, 4, 2, 4, 3, 6]
    >>> raters, units = ["a"] * 6 + ["b"] * 6, list(range(6)) * 2
    >>> drift = rater_drift(ratings, units, raters, [1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 2, 1])
    >>> drift["a"].n_compared, round(drift["a"].second_minus_first_half.value, 3)
    (6, -0.333)
    """
    values = np.asarray(rating, dtype=float)
    columns = [
        np.asarray(column) for column in (unit, rater, order, unit if case is None else case)
    ]
    _check(values, columns)
    units, raters, cases = (
        np.unique(columns[place], return_inverse=True)[1] for place in (0, 1, 3)
    )
    case_names, names = np.unique(columns[3]), np.unique(columns[1])
    deviation, compared = _deviations(values, units)
    found = {}
    for number, name in enumerate(names):
        own = np.flatnonzero(raters == number)
        place = np.empty(len(own))
        place[np.argsort(columns[2][own], kind="stable")] = np.arange(1, len(own) + 1)
        use = compared[own]
        parts = _parts(place[use], deviation[own[use]], len(own), cases[own[use]], len(case_names))
        labels = case_names.astype(np.str_)
        late = [parts[:, column] for column in (4, 5, 6, 7, 8)]
        found[str(name)] = RaterDrift(
            rater_estimate(
                labels, [parts[:, column] for column in (0, 1, 2, 3, 8)], _slope, level, resamples
            ),
            rater_estimate(labels, late, _difference, level, resamples),
            n_readings=len(own),
            n_compared=int(use.sum()),
        )
    return found


def _deviations(values: FloatArray, units: IntArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    there = np.isfinite(values)
    filled = np.where(there, values, 0.0)
    total, count = np.bincount(units, filled), np.bincount(units, there)
    others = count[units] - there
    compared = there & (others > 0)
    mean = (total[units] - filled) / np.maximum(others, 1)
    return np.where(compared, filled - mean, 0.0), compared


def _parts(
    place: FloatArray, deviation: FloatArray, n_readings: int, cases: IntArray, n_cases: int
) -> FloatArray:
    """Return per case the sums that slope and halves need, the count of readings last."""
    # Hundreds of readings from the middle: the slope loses no digits.
    x = (place - (n_readings + 1) / 2) / 100
    late = place > n_readings / 2
    columns = [
        *(x, x**2, deviation, x * deviation),
        *(deviation * late, late, deviation * ~late, ~late),
        np.ones(len(x)),
    ]
    return np.column_stack([np.bincount(cases, column, minlength=n_cases) for column in columns])


def _slope(sums: Sequence[FloatArray]) -> FloatArray:
    x, xx, d, xd, n = sums
    spread = xx - ratio(x * x, n)
    return ratio(xd - ratio(x * d, n), np.where(spread > _NOISE * xx, spread, 0.0))


def _difference(sums: Sequence[FloatArray]) -> FloatArray:
    late, n_late, early, n_early, _ = sums
    return ratio(late, n_late) - ratio(early, n_early)


def _check(values: FloatArray, columns: list[NDArray[np.generic]]) -> None:
    names = ("unit", "rater", "order", "case")
    problems = [] if values.ndim == 1 else [f"the ratings have {values.ndim} axes, not one"]
    problems += [
        f"{name}: shape {column.shape} for {values.shape} ratings"
        for name, column in zip(names, columns, strict=True)
        if column.shape != values.shape
    ]
    problems += missing_labels(dict(zip(names, columns, strict=True)))
    if problems:
        raise ValueError("; ".join(problems))
    if np.isinf(values).any():
        problems.append(f"{int(np.isinf(values).sum())} ratings are infinite")
    unit, rater, order, case = (np.unique(column, return_inverse=True)[1] for column in columns)

    def pairs(one: IntArray, two: IntArray) -> int:
        return len(np.unique(np.column_stack([one, two]), axis=0))

    if twice := len(values) - pairs(unit, rater):
        problems.append(f"{twice} readings of a unit that the same rater has read")
    if at_once := len(values) - pairs(rater, order):
        problems.append(f"{at_once} readings in the same place of a rater's order")
    if split := pairs(unit, case) - len(np.unique(unit)):
        problems.append(f"{split} units lie in two cases")
    if problems:
        raise ValueError("; ".join(problems))
