"""Replicates of a statistic and their intervals: percentile and BCa."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import special

from analysis.resampling.estimates import Interval, check_level
from analysis.resampling.weights import (
    Cases,
    FloatArray,
    IntArray,
    Resamples,
    Statistic,
    block_rows,
)

UNDEFINED_SHARE = 0.05
FEWEST_RESAMPLES = 20


def evaluate(
    statistic: Statistic,
    resamples: Resamples,
    cases: Cases | None = None,
) -> FloatArray:
    """Return the replicates of a statistic, shape (resamples,); NaN where it is undefined.

    Parameters
    ----------
    statistic
        Function of case weights.
    resamples
        The weights; only a block of them is in memory as floats at a time.
    cases
        Labels of the cases of the statistic, in the order of its columns, or their number; those
        of `resamples` when not given.
    """
    columns = resamples.columns(resamples.n_cases if cases is None else cases)
    everything = len(columns) == resamples.n_cases and bool((np.diff(columns) == 1).all())
    rows = block_rows(resamples.n_cases)
    replicates = []
    for start in range(0, resamples.n, rows):
        weights = resamples.rows(start, min(start + rows, resamples.n))
        replicates.append(statistic(weights if everything else weights[:, columns]))
    return np.concatenate(replicates)


def percentiles(replicates: FloatArray, resamples: Resamples, level: float = 0.95) -> Interval:
    """Return the percentile interval of replicates (Efron 1979), quantiles as numpy's default."""
    check_level(level)
    method = f"percentile, {_described(resamples)}"
    unusable = _why_not(replicates, resamples, method)
    if unusable:
        return unusable
    ends = quantiles(replicates, resamples.copies, [(1 - level) / 2, (1 + level) / 2])
    return _interval(ends, method, replicates, resamples)


def bca_interval(
    value: float,
    replicates: FloatArray,
    without: FloatArray,
    resamples: Resamples,
    level: float = 0.95,
) -> Interval:
    """Return the bias-corrected and accelerated interval.

    Efron B. J Am Stat Assoc 1987;82:171-185. The bias counts replicates equal to the value as half
    below it; the acceleration is that of the leave-one-case-out values `without`.
    """
    check_level(level)
    method = f"BCa, {_described(resamples)}"
    unusable = _why_not(replicates, resamples, method)
    if unusable:
        return unusable
    defined = np.isfinite(replicates)
    copies = resamples.copies[defined].astype(float)
    kept = replicates[defined]
    noise = 1e-12 * abs(value)
    below = (copies * (kept < value - noise)).sum() + 0.5 * (
        copies * (np.abs(kept - value) <= noise)
    ).sum()
    bias = float(special.ndtri(below / copies.sum()))
    acceleration = bca_acceleration(without[np.isfinite(without)])
    if not np.isfinite(bias):
        reason = "no interval: all resamples lie on one side of the value"
    elif not np.isfinite(acceleration):
        reason = "no interval: leaving out a case never changes the value"
    else:
        reach = special.ndtri((1 + level) / 2)
        z = bias + np.array([-reach, reach])
        shares = special.ndtr(bias + z / (1 - acceleration * z))
        ends = quantiles(replicates, resamples.copies, shares)
        return _interval(ends, method, replicates, resamples)
    total, missing = int(resamples.copies.sum()), int(resamples.copies[~defined].sum())
    return Interval(None, None, method, reason, total, missing)


def bca_acceleration(without: FloatArray) -> float:
    """Return Efron's acceleration from leave-one-out values; NaN when they do not vary."""
    # Divided by the largest, so that neither large nor small values leave the range of floats.
    largest = float(np.max(np.abs(without), initial=0.0))
    if largest == 0:
        return float("nan")
    scaled = without / largest
    gaps = scaled.mean() - scaled
    spread = float(np.sum(gaps**2))
    if spread <= 1e-24:
        return float("nan")
    return float(np.sum(gaps**3) / (6 * spread**1.5))


def quantiles(
    replicates: FloatArray, copies: IntArray, shares: Sequence[float] | FloatArray
) -> FloatArray:
    """Return quantiles of replicates of which each stands for `copies` equal ones; NaN left out.

    The same as numpy's linear quantiles of the whole list, without making it.
    """
    defined = np.isfinite(replicates)
    order = np.argsort(replicates[defined])
    values = replicates[defined][order]
    ends = np.cumsum(copies[defined][order])
    place = np.asarray(shares, dtype=float) * (ends[-1] - 1)
    lower = np.floor(place).astype(np.int64)
    upper = np.minimum(lower + 1, ends[-1] - 1)
    low, high = (values[np.searchsorted(ends, at, side="right")] for at in (lower, upper))
    return np.asarray(low + (high - low) * (place - lower))


def _described(resamples: Resamples) -> str:
    if resamples.exact:
        total = int(resamples.copies.sum())
        return f"all {total} resamples of cases ({resamples.n} distinct)"
    name = "Bayesian bootstrap" if resamples.kind == "bayesian" else "bootstrap"
    return f"case {name}, {resamples.n} resamples, seed {resamples.seed}"


def _why_not(replicates: FloatArray, resamples: Resamples, method: str) -> Interval | None:
    undefined = ~np.isfinite(replicates)
    total = int(resamples.copies.sum())
    missing = int(resamples.copies[undefined].sum())
    reason = None
    if total < FEWEST_RESAMPLES:
        reason = f"no interval: {total} resamples, at least {FEWEST_RESAMPLES} are needed"
    elif missing > UNDEFINED_SHARE * total:
        reason = f"no interval: {missing} of {total} resamples have no value"
    if reason is None:
        return None
    return Interval(None, None, method, reason, total, missing)


def _interval(
    ends: FloatArray, method: str, replicates: FloatArray, resamples: Resamples
) -> Interval:
    missing = int(resamples.copies[~np.isfinite(replicates)].sum())
    low, high = (float(end) for end in ends)
    return Interval(low, high, method, None, int(resamples.copies.sum()), missing)
