"""What a cut-off that was fixed in advance does: sensitivity and specificity with intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analysis.association.acceptability import Direction, Verdicts, VerdictsLike, as_verdicts
from analysis.association.cut_off_search import sensitivity_at_statistic
from analysis.resampling import (
    LOGIT,
    Estimate,
    FloatArray,
    Interval,
    Resamples,
    estimate,
    evaluate,
    method_on,
    percentiles,
    undefined,
)


@dataclass(frozen=True)
class Performance:
    """What a cut-off does with masks whose verdict is known.

    Attributes
    ----------
    cut_off
        Masks on its better side, itself included, are called acceptable.
    direction
        "higher": values of the cut-off or more are called acceptable; "lower": or less.
    sensitivity
        Share of the acceptable masks that are called so.
    specificity
        Share of the other masks that are not.
    """

    cut_off: float
    direction: Direction
    sensitivity: Estimate
    specificity: Estimate


def performance_at(
    verdicts: VerdictsLike,
    cut_off: float,
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Performance:
    """Estimate sensitivity and specificity of a cut-off that was fixed in advance.

    Intervals: case jackknife-t on the logit scale over the cases that have such a mask; beside it
    Wilson's for independent masks (Wilson EB. J Am Stat Assoc 1927;22:209-212), which is there at
    0 and 1 too.

    Parameters
    ----------
    verdicts
        Metric, verdict and case of each mask.
    cut_off
        In the unit of the metric.
    level
        Confidence level.
    resamples
        Weights of the cases, drawn by their labels, for bootstrap intervals.

    Raises
    ------
    ValueError
        If the cut-off is NaN.

    Examples
    --------
    >>> verdicts = Verdicts.of([0.9, 0.8, 0.7, 0.6, 0.5], [1, 1, 0, 1, 0])
    >>> found = performance_at(verdicts, 0.75)
    >>> round(found.sensitivity.value, 3), found.specificity.value
    (0.667, 1.0)
    """
    verdicts = as_verdicts(verdicts)
    if np.isnan(cut_off):
        raise ValueError("the cut-off is NaN")
    called = called_acceptable(verdicts, np.full(len(verdicts.metric), cut_off))
    accepted = verdicts.where(verdicts.acceptable)
    others = verdicts.where(~verdicts.acceptable)
    return Performance(
        cut_off,
        verdicts.direction,
        _share(accepted, called[verdicts.acceptable], "acceptable", level, resamples),
        _share(others, ~called[~verdicts.acceptable], "unacceptable", level, resamples),
    )


def called_acceptable(verdicts: Verdicts, cut_offs: FloatArray) -> NDArray[np.bool_]:
    """Say for each mask whether it lies on the better side of its cut-off, itself included."""
    better = verdicts.metric >= cut_offs
    return better if verdicts.direction == "higher" else verdicts.metric <= cut_offs


def _share(
    among: Verdicts,
    right: NDArray[np.bool_],
    verdict: str,
    level: float,
    resamples: Resamples | None,
) -> Estimate:
    if not len(right):
        return undefined(0, method_on(LOGIT), f"no mask is {verdict}")
    hits = np.bincount(among.cases, right, among.n_cases)
    masks = np.bincount(among.cases, minlength=among.n_cases).astype(float)

    def statistic(weights: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore"):
            return np.asarray((weights @ hits) / (weights @ masks))

    found = estimate(
        statistic,
        among.case_names,
        LOGIT,
        why_undefined=f"no mask is {verdict}",
        level=level,
        resamples=resamples,
    )
    return replace(found, beside=(*found.beside, wilson_interval(hits.sum(), len(right), level)))


def wilson_interval(hits: float, n: int, level: float = 0.95) -> Interval:
    """Return Wilson's interval of a share of independent masks (1927), without correction."""
    z = float(special.ndtri((1 + level) / 2))
    share = hits / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    low, high = max(0.0, centre - reach), min(1.0, centre + reach)
    return Interval(float(low), float(high), "Wilson, masks independent")


def sensitivity_at_specificity(
    verdicts: VerdictsLike,
    specificity: float,
    *,
    interpolate: bool = False,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate the highest sensitivity that a cut-off with at least some specificity reaches.

    Parameters
    ----------
    verdicts
        Metric, verdict and case of each mask.
    specificity
        Between 0 and 1, fixed in advance.
    interpolate
        Read the sensitivity off the line between the two neighbouring points of the curve, as
        pROC's coords does; no cut-off has that sensitivity.
    level
        Confidence level.
    resamples
        Weights of the cases for the percentile interval; 2000 are drawn where none are given.

    Raises
    ------
    ValueError
        If `specificity` is not between 0 and 1.

    Examples
    --------
    >>> verdicts = Verdicts.of([0.9, 0.8, 0.7, 0.6, 0.5], [1, 1, 0, 1, 0])
    >>> round(sensitivity_at_specificity(verdicts, 0.9).value, 3)
    0.667
    """
    verdicts = as_verdicts(verdicts)
    if not 0 <= specificity <= 1:
        raise ValueError(f"specificity is {specificity}, not between 0 and 1")
    reason = verdicts.why_one_sided()
    if reason:
        return undefined(verdicts.n_cases, "percentile", reason)
    drawn = Resamples(verdicts.case_names) if resamples is None else resamples
    statistic = sensitivity_at_statistic(verdicts, specificity, interpolate=interpolate)
    value = float(statistic(np.ones((1, verdicts.n_cases)))[0])
    replicates = evaluate(statistic, drawn, verdicts.case_names)
    return with_percentiles(value, replicates, drawn, verdicts.n_cases, level)


def with_percentiles(
    value: float, replicates: FloatArray, drawn: Resamples, n_cases: int, level: float
) -> Estimate:
    """Return a value with the percentiles of its replicates as the interval."""
    ends = percentiles(replicates, drawn, level)
    reason = ends.reason
    if reason is None and n_cases < 3:
        reason = f"no interval: {n_cases} case{'s' * (n_cases > 1)}, at least 3 are needed"
        ends = replace(ends, low=None, high=None)
    return Estimate(
        value,
        ends.low,
        ends.high,
        n_cases,
        ends.method,
        reason,
        undefined_replicates=ends.undefined_resamples,
    )
