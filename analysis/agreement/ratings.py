"""Agreement of ratings: Krippendorff's alpha and percent agreement, with case intervals."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from analysis.resampling import (
    LOG_COMPLEMENT,
    LOGIT,
    Estimate,
    FloatArray,
    IntArray,
    Statistic,
    blocks,
    jackknife_t,
    method_on,
    undefined,
)

Measurement = Literal["nominal", "ordinal", "interval"]

# The package krippendorff needs memory for units x values^2; beyond this it is not asked.
_PACKAGE_CELLS = 5_000_000
_PACKAGE_TOLERANCE = 1e-8


@dataclass(frozen=True, eq=False)
class RatingTable:
    """Ratings of one item: one row per unit (a mask, or a structure of it), one column per rater.

    Attributes
    ----------
    values
        Units x raters; NaN where a rater did not rate or could not judge.
    cases
        For each unit the number of its case, 0 to cases - 1, none left out.
    """

    values: FloatArray
    cases: IntArray

    @classmethod
    def of(cls, values: FloatArray, cases: object = None) -> RatingTable:
        """Make a table from ratings and any case labels; without labels each unit is a case."""
        values = np.asarray(values, dtype=float)
        labels = np.arange(len(values)) if cases is None else np.asarray(cases)
        numbers = np.unique(labels, return_inverse=True)[1]
        return cls(values, numbers.astype(np.int64))

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

    def with_ratings(self, at_least: int) -> RatingTable:
        """Return the units with that many ratings or more, and only their cases."""
        kept = np.isfinite(self.values).sum(axis=1) >= at_least
        return RatingTable.of(self.values[kept], self.cases[kept])


def krippendorff_alpha(
    table: RatingTable, measurement: Measurement = "ordinal", level: float = 0.95
) -> Estimate:
    """Estimate Krippendorff's alpha with a case jackknife-t interval on the scale log(1 - alpha).

    Missing ratings are kept: a unit counts as soon as it has two. Where the package krippendorff
    can compute the value, it is asked as well, and the two must agree to 1e-8.

    Formula: Krippendorff K., Computing Krippendorff's Alpha-Reliability, 2011.

    Examples
    --------
    >>> ratings = np.array([[1, 1], [2, 2], [3, 3], [3, 2], [4, 4]])
    >>> round(krippendorff_alpha(RatingTable.of(ratings)).value, 3)
    0.895
    """
    pairable = table.with_ratings(2)
    if not len(pairable.values):
        return undefined(0, method_on(LOG_COMPLEMENT), "no unit has two ratings")
    statistic = alpha_statistic(pairable, measurement)
    estimate = jackknife_t(
        statistic,
        pairable.n_cases,
        LOG_COMPLEMENT,
        why_undefined="no variation: all ratings are equal",
        level=level,
    )
    return _confirmed_by_package(estimate, pairable, measurement)


def _confirmed_by_package(
    estimate: Estimate, table: RatingTable, measurement: Measurement
) -> Estimate:
    domain = np.unique(table.values[np.isfinite(table.values)])
    if estimate.value is None or len(table.values) * len(domain) ** 2 > _PACKAGE_CELLS:
        return estimate
    import krippendorff

    # The domain must be sorted: unsorted, the package's ordinal alpha is silently another number.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = float(
            krippendorff.alpha(
                reliability_data=table.values.T,
                value_domain=domain,
                level_of_measurement=measurement,
            )
        )
    if not abs(theirs - estimate.value) <= _PACKAGE_TOLERANCE:
        reason = f"two programs disagree: {estimate.value!r} here, {theirs!r} in krippendorff"
        return undefined(estimate.n_cases, estimate.method, reason)
    confirmed = f"{estimate.method}; value of the package krippendorff, confirmed by our own"
    return replace(estimate, value=theirs, method=confirmed)


def alpha_statistic(table: RatingTable, measurement: Measurement) -> Statistic:
    """Return alpha as a function of case weights; every unit of `table` must have two ratings.

    With D the sum over units of the differences of their pairs divided by (ratings - 1), alpha is
    1 - (n - 1) D / E, E the sum of the differences of all n^2 pairs. For squared differences both
    follow from sums and sums of squares. The ordinal difference of two levels is the squared
    difference of their mid-ranks, so ordinal alpha is the interval alpha of mid-ranks, and no
    table of all pairs of levels is needed.
    """
    present = np.isfinite(table.values)
    unit, _ = np.nonzero(present)
    levels, level = np.unique(table.values[present], return_inverse=True)
    counts = np.zeros((table.n_cases, len(levels)))
    np.add.at(counts, (table.cases[unit], level), 1)
    ratings_per_unit = present.sum(axis=1).astype(float)
    starts = np.concatenate([[0], np.cumsum(present.sum(axis=1))[:-1]])

    def squared(weights: FloatArray) -> FloatArray:
        n_levels = weights @ counts
        if measurement == "ordinal":
            # Half counts keep neighbouring levels apart by the mean of their counts.
            places = np.cumsum(n_levels, axis=1) - n_levels / 2
        else:
            places = np.broadcast_to(levels, n_levels.shape)
        n = n_levels.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            places = places - ((n_levels * places).sum(axis=1) / n)[:, None]
        total = 2 * n * (n_levels * places**2).sum(axis=1)
        rated = places[:, level]
        within = ratings_per_unit * np.add.reduceat(rated**2, starts, axis=1)
        within -= np.add.reduceat(rated, starts, axis=1) ** 2
        spread = (weights[:, table.cases] * 2 * within / (ratings_per_unit - 1)).sum(axis=1)
        return _alpha(n_levels, n, spread, total)

    def nominal(weights: FloatArray) -> FloatArray:
        n_levels = weights @ counts
        n = n_levels.sum(axis=1)
        in_unit = np.zeros((len(table.values), len(levels)))
        np.add.at(in_unit, (unit, level), 1)
        unequal = ratings_per_unit**2 - (in_unit**2).sum(axis=1)
        spread = weights[:, table.cases] @ (unequal / (ratings_per_unit - 1))
        return _alpha(n_levels, n, spread, n**2 - (n_levels**2).sum(axis=1))

    one = nominal if measurement == "nominal" else squared

    def statistic(weights: FloatArray) -> FloatArray:
        return np.concatenate([one(block) for block in blocks(weights, len(unit))])

    return statistic


def _alpha(
    n_levels: FloatArray, n: FloatArray, spread: FloatArray, total: FloatArray
) -> FloatArray:
    varied = (n_levels > 0).sum(axis=1) > 1
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(varied, 1 - (n - 1) * spread / total, np.nan)


def percent_agreement(table: RatingTable, level: float = 0.95) -> Estimate:
    """Estimate the share of rater pairs that chose the same level, averaged over units.

    Not corrected for chance: Gwet 2014, Handbook of Inter-Rater Reliability, p_a. Interval: case
    jackknife-t on the logit scale.
    """
    pairable = table.with_ratings(2)
    if not len(pairable.values):
        return undefined(0, method_on(LOGIT), "no unit has two ratings")
    values = pairable.values
    equal = (values[:, :, None] == values[:, None, :]).sum(axis=(1, 2))
    rated = np.isfinite(values).sum(axis=1)
    agreed = (equal - rated) / (rated * (rated - 1))
    sums = np.bincount(pairable.cases, weights=agreed)
    units = np.bincount(pairable.cases).astype(float)

    def statistic(weights: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore"):
            return np.asarray((weights @ sums) / (weights @ units), dtype=float)

    return jackknife_t(
        statistic, pairable.n_cases, LOGIT, why_undefined="no unit has two ratings", level=level
    )
