"""Logistic regression of the verdict "acceptable" on a metric, and calibration of probabilities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import special, stats

from analysis.association.acceptability import Verdicts, VerdictsLike, as_verdicts
from analysis.resampling import (
    IDENTITY,
    Estimate,
    FloatArray,
    Interval,
    Resamples,
    blocks,
    estimate,
    method_on,
    undefined,
)

_STEPS = 60
_CONVERGED = 1e-11
_COLUMNS = 10  # work arrays of masks that live at a time
_NO_FIT = "the logistic regression has no solution"


@dataclass(frozen=True)
class LogisticFit:
    """The log odds of an acceptable mask as a straight line in the metric.

    Attributes
    ----------
    intercept
        Log odds where the metric is 0; 0 for calibrated probabilities.
    slope
        Change of the log odds per unit of the metric; 1 for calibrated probabilities.

    The p values test that a metric has slope 0; for probabilities, intercept 0 and slope 1.
    """

    intercept: Estimate
    slope: Estimate


def logistic_regression(
    verdicts: VerdictsLike, *, level: float = 0.95, resamples: Resamples | None = None
) -> LogisticFit:
    """Fit the log odds of an acceptable mask by maximum likelihood.

    Intervals: case jackknife-t; beside them the normal interval of the cluster-robust variance
    with factor cases / (cases - 1) (Liang KY, Zeger SL. Biometrika 1986;73:13-22). The slope is in
    the direction of the metric as it is: negative for distances. Where the metric separates the
    verdicts the estimate is infinite and none is given (Albert A, Anderson JA. Biometrika
    1984;71:1-10); libraries print a huge slope there, with or without a warning.

    Examples
    --------
    >>> fit = logistic_regression(Verdicts.of([0.9, 0.8, 0.7, 0.6, 0.5], [1, 1, 0, 1, 0]))
    >>> round(fit.slope.value, 2)
    10.9
    """
    verdicts = as_verdicts(verdicts)
    return _fitted(verdicts, verdicts.metric, (None, 0.0), level, resamples)


def calibration(
    probabilities: VerdictsLike, *, level: float = 0.95, resamples: Resamples | None = None
) -> LogisticFit:
    """Estimate calibration intercept and slope of the probabilities that masks are acceptable.

    The verdict is regressed on the log odds of the stated probability (Cox DR. Biometrika
    1958;45:562-565). Intervals as in `logistic_regression`.

    Raises
    ------
    ValueError
        If a "metric" of `probabilities` is not between 0 and 1.
    """
    probabilities = as_verdicts(probabilities)
    stated = probabilities.metric
    if ((stated < 0) | (stated > 1)).any():
        raise ValueError("a probability is not between 0 and 1")
    return _fitted(probabilities, np.asarray(special.logit(stated)), (0.0, 1.0), level, resamples)


def _fitted(
    verdicts: Verdicts,
    x: FloatArray,
    nulls: tuple[float | None, float],
    level: float,
    resamples: Resamples | None,
) -> LogisticFit:
    reason = verdicts.why_one_sided() or _why_no_slope(verdicts, x)
    if reason:
        nothing = undefined(verdicts.n_cases, method_on(IDENTITY), reason)
        return LogisticFit(nothing, nothing)
    # In units of the largest value, so that no square leaves the range of floats; then around its
    # mean and in units of its spread, so that one tolerance fits all metrics.
    unit = float(np.abs(x).max())
    x = x / unit
    centre, spread = float(x.mean()), float(x.std())
    of_scaled = _lines(verdicts, (x - centre) / spread)

    def lines(weights: FloatArray) -> FloatArray:
        return _unscaled(of_scaled(weights), centre, spread)

    robust = _cluster_robust(verdicts, x, level, lines, unit)
    estimates = [
        estimate(
            coefficient,
            verdicts.case_names,
            IDENTITY,
            why_undefined=_NO_FIT,
            level=level,
            null=null,
            resamples=resamples,
        )
        for coefficient, null in (
            (lambda w: lines(w)[:, 0], nulls[0]),
            (lambda w: lines(w)[:, 1] / unit, nulls[1]),
        )
    ]
    return LogisticFit(
        *(replace(e, beside=(*e.beside, r)) for e, r in zip(estimates, robust, strict=True))
    )


def _why_no_slope(verdicts: Verdicts, x: FloatArray) -> str | None:
    infinite = int(np.isinf(x).sum())
    if infinite:
        return f"{infinite} values are infinite, and a slope needs finite ones"
    if np.ptp(x) == 0:
        return "no variation: all values are equal"
    accepted, others = x[verdicts.acceptable], x[~verdicts.acceptable]
    if accepted.min() >= others.max() or accepted.max() <= others.min():
        return "the values separate acceptable from other masks: the slope is infinite"
    return None


def _unscaled(lines: FloatArray, centre: float, spread: float) -> FloatArray:
    slope = lines[:, 1] / spread
    return np.stack([lines[:, 0] - slope * centre, slope], axis=1)


def _lines(verdicts: Verdicts, x: FloatArray) -> Callable[[FloatArray], FloatArray]:
    """Return intercept and slope as a function of case weights, resamples x 2; NaN if no fit."""
    y = verdicts.acceptable.astype(float)
    # Every resample starts from the line of the study, which is never far.
    start = _newton(np.ones((1, len(x))), x, y, np.zeros(2))[0]

    def lines(weights: FloatArray) -> FloatArray:
        parts = blocks(weights, _COLUMNS * len(x))
        return np.concatenate([_newton(block[:, verdicts.cases], x, y, start) for block in parts])

    return lines


def _newton(masks: FloatArray, x: FloatArray, y: FloatArray, start: FloatArray) -> FloatArray:
    """Maximise the weighted likelihood in every row at once, halving steps that overshoot."""
    line = np.full((len(masks), 2), np.nan)
    active = np.flatnonzero(_overlap(masks, x, y))
    line[active] = start
    before = np.full(len(masks), np.inf)
    step = np.zeros_like(line)
    for _ in range(_STEPS):
        if not len(active):
            return line
        w = masks[active]
        log_odds = line[active, :1] + line[active, 1:] * x
        loss = (w * (np.logaddexp(0, log_odds) - y * log_odds)).sum(axis=1)
        worse = loss > before[active] + 1e-9 * np.abs(loss)
        step[active[worse]] /= 2
        line[active[worse]] -= step[active[worse]]
        better = active[~worse]
        before[better] = loss[~worse]
        step[better] = _newton_step(w[~worse], x, y, log_odds[~worse])
        line[better] += step[better]
        size = np.abs(step[active]).max(axis=1)
        done = size < _CONVERGED * (1 + np.abs(line[active]).max(axis=1))
        active = active[~(done | np.isnan(size))]
    line[active] = np.nan
    return line


def _newton_step(w: FloatArray, x: FloatArray, y: FloatArray, log_odds: FloatArray) -> FloatArray:
    p = special.expit(log_odds)
    pull, curve = w * (y - p), w * p * (1 - p)
    a, b, c = curve.sum(axis=1), (curve * x).sum(axis=1), (curve * x * x).sum(axis=1)
    g, h = pull.sum(axis=1), (pull * x).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        step = np.stack([c * g - b * h, a * h - b * g], axis=1) / (a * c - b * b)[:, None]
    return np.asarray(step)


def _overlap(masks: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Say in which rows the two verdicts overlap on x, without which no finite maximum exists."""
    accepted, others = (masks > 0) & (y == 1), (masks > 0) & (y == 0)
    low_1, low_0 = (np.where(kept, x, np.inf).min(axis=1) for kept in (accepted, others))
    high_1, high_0 = (np.where(kept, x, -np.inf).max(axis=1) for kept in (accepted, others))
    there = accepted.any(axis=1) & others.any(axis=1)
    return np.asarray(there & (low_1 < high_0) & (high_1 > low_0))


def _cluster_robust(
    verdicts: Verdicts,
    x: FloatArray,
    level: float,
    lines: Callable[[FloatArray], FloatArray],
    unit: float,
) -> list[Interval]:
    method = "cluster-robust, normal"
    n = verdicts.n_cases
    if n < 2:
        reason = "no interval: 1 case, at least 2 are needed"
        return [Interval(None, None, method, reason)] * 2
    line = lines(np.ones((1, n)))[0]
    design = np.stack([np.ones_like(x), x], axis=1)
    p = special.expit(design @ line)
    bread = np.linalg.inv((design * (p * (1 - p))[:, None]).T @ design)
    pulls = np.zeros((n, 2))
    np.add.at(pulls, verdicts.cases, design * (verdicts.acceptable - p)[:, None])
    variance = n / (n - 1) * bread @ (pulls.T @ pulls) @ bread
    reach = float(stats.norm.ppf((1 + level) / 2)) * np.sqrt(np.diag(variance))
    line, reach = line / [1.0, unit], reach / [1.0, unit]
    return [Interval(float(b - r), float(b + r), method) for b, r in zip(line, reach, strict=True)]
