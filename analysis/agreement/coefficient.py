"""A chance-corrected coefficient with its parts, its case interval and its closed-form error."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from analysis.agreement.category_counts import CategoryCounts
from analysis.agreement.chance_models import ChanceModel
from analysis.resampling import (
    Estimate,
    Interval,
    Resamples,
    Scale,
    SignificanceTest,
    estimate,
    method_on,
    undefined,
)

NO_PAIR = "no unit has two ratings"
NO_VARIATION = "no variation: all ratings are equal"
ONE_CATEGORY = "only one category was seen: give the list of all categories"
_CLOSED = "linearised error, Student's t, units independent"
_MOST_NAMED = 20


@dataclass(frozen=True)
class Coefficient:
    """A coefficient of agreement with its parts and its closed-form error.

    Attributes
    ----------
    estimate
        Value with the case jackknife-t interval, which respects that masks share cases.
    observed, expected
        Agreement of the pairs of raters, and what chance alone would give.
    standard_error
        Of the value, linearised, units random and independent (Gwet 2008); None when undefined.
    interval
        Value plus and minus Student's t (units minus 1) times that error, cut off at 1.
    n_units, n_raters
        Units and raters that the value rests on.
    null_test
        Test that raters agree by chance alone, where there is one (Fleiss' kappa).
    null_standard_error
        Error of that test; never for an interval.
    """

    estimate: Estimate
    observed: float | None
    expected: float | None
    standard_error: float | None
    interval: Interval
    n_units: int
    n_raters: int
    null_test: SignificanceTest | None = None
    null_standard_error: float | None = None

    @property
    def value(self) -> float | None:
        """The coefficient, or None when it is undefined."""
        return self.estimate.value


def coefficient(
    model: ChanceModel,
    counted: CategoryCounts,
    scale: Scale,
    level: float,
    resamples: Resamples | None,
) -> Coefficient:
    """Estimate the coefficient of a chance model from counted ratings."""
    method = method_with_categories(counted, scale)
    n_units, n_raters = int(counted.copies.sum()), counted.by_rater.shape[1]
    if not (counted.ratings >= 2).any():
        nothing = Interval(None, None, _CLOSED, NO_PAIR)
        return Coefficient(
            undefined(0, method, NO_PAIR), None, None, None, nothing, n_units, n_raters
        )
    # A case without a pair of ratings cannot move a coefficient that only pairs enter.
    moving = counted.with_ratings(2) if model.pairs_only else counted
    unlisted = model.needs_list and not counted.listed and len(counted.categories) == 1
    why = ONE_CATEGORY if unlisted else NO_VARIATION
    estimated = estimate(
        model.statistic(moving),
        moving.case_names if len(moving.case_names) else moving.n_cases,
        scale,
        why_undefined=why,
        level=level,
        resamples=resamples,
    )
    observed, expected = observed_and_expected(model, counted)
    error = None
    if estimated.value is not None and observed is not None and expected is not None:
        error = linearised_error(model, counted, observed, expected, n_units - 1)
    interval = closed_interval(estimated.value, error, n_units - 1, level, why)
    estimated = replace(estimated, method=method)
    return Coefficient(estimated, observed, expected, error, interval, n_units, n_raters)


def method_with_categories(counted: CategoryCounts, scale: Scale) -> str:
    """Name the interval, and the categories where only those that were seen are known."""
    if counted.listed:
        return method_on(scale)
    seen = ", ".join(f"{category:g}" for category in counted.categories[:_MOST_NAMED])
    more = " ..." if len(counted.categories) > _MOST_NAMED else ""
    return f"{method_on(scale)}; no list of categories was given, these were seen: {seen}{more}"


def observed_and_expected(
    model: ChanceModel, counted: CategoryCounts
) -> tuple[float | None, float | None]:
    """Return the observed agreement and what chance would give; None where undefined."""
    sums = counted.copies @ model.columns(counted)
    parts = (float(part[0]) for part in model.parts(sums[None], counted))
    observed, expected = (part if np.isfinite(part) else None for part in parts)
    return observed, expected


def linearised_error(
    model: ChanceModel, counted: CategoryCounts, observed: float, expected: float, divisor: float
) -> float | None:
    """Return the linearised standard error; `divisor` is the number of units, minus 1 or not."""
    if divisor < 1:
        return None
    values = model.linearised(counted, observed, expected)
    n = counted.copies.sum()
    mean = counted.copies @ values / n
    return float(np.sqrt(counted.copies @ (values - mean) ** 2 / (n * divisor)))


def closed_interval(
    value: float | None, error: float | None, freedom: float, level: float, why_undefined: str
) -> Interval:
    """Return value plus and minus t times error, cut off at 1; why not when there is no error."""
    if value is None:
        return Interval(None, None, _CLOSED, why_undefined)
    if error is None:
        return Interval(None, None, _CLOSED, "no interval: a single unit")
    if error < 1e-12:
        return Interval(None, None, _CLOSED, "no interval: all units contribute the same")
    reach = float(stats.t.ppf((1 + level) / 2, freedom)) * error
    return Interval(value - reach, min(1.0, value + reach), _CLOSED)
