"""The best cut-off of a metric against the verdict "acceptable": where, how good, and how sure.

A cut-off that is judged by the data it was chosen on looks better than it is. `choose_cut_off`
therefore reports what bootstrap correction leaves of it, and how the cut-off chosen on the other
cases does on each case. Choosing is not smooth, and the jackknife fails for such statistics (Efron
B. Ann Stat 1979;7:1-26): intervals are percentiles of the case bootstrap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from analysis.association.acceptability import Direction, Verdicts, VerdictsLike, as_verdicts
from analysis.association.cut_off_performance import called_acceptable, with_percentiles
from analysis.association.cut_off_search import Chosen, Criterion, cut_off_search
from analysis.resampling import (
    Estimate,
    FloatArray,
    IntArray,
    Interval,
    Resamples,
    percentiles,
    undefined,
)

_ROWS_AT_ONCE = 256
_NO_CUT_OFF = "no cut-off is better than calling all masks acceptable, or none"


@dataclass(frozen=True)
class Judged:
    """A measure of a chosen cut-off, as it looks and as it is.

    Attributes
    ----------
    apparent
        In the masks it was chosen on.
    optimism
        By how much a resample flatters the cut-off that is chosen on it, on average: the measure
        in the resample minus that in the study.
    corrected
        Apparent minus optimism (Efron B. J Am Stat Assoc 1983;78:316-331; Harrell FE et al. Stat
        Med 1996;15:361-387).
    interval
        Percentiles of the measure in the resamples, moved by the optimism (Noma H et al. Stat Med
        2021;40:5691-5701).
    left_out
        When the masks of each case are called by the cut-off chosen on the other cases.
    """

    apparent: float | None
    optimism: float | None
    corrected: float | None
    interval: Interval
    left_out: float | None


@dataclass(frozen=True)
class CutOff:
    """A cut-off chosen on the data.

    Attributes
    ----------
    cut_off
        With its percentile interval.
    criterion
        What was made best: "youden" or "closest".
    direction
        Which side is called acceptable.
    sensitivity, specificity, youden
        Its measures; Youden's J is sensitivity + specificity - 1.
    """

    cut_off: Estimate
    criterion: Criterion
    direction: Direction
    sensitivity: Judged
    specificity: Judged
    youden: Judged


def choose_cut_off(
    verdicts: VerdictsLike,
    criterion: Criterion = "youden",
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> CutOff:
    """Choose the best cut-off of a metric, and judge it without the optimism of having chosen.

    Parameters
    ----------
    verdicts
        Metric, verdict and case of each mask.
    criterion
        "youden": largest sensitivity + specificity - 1 (Youden WJ. Cancer 1950;3:32-35);
        "closest": nearest to sensitivity = specificity = 1 (Perkins NJ, Schisterman EF. Am J
        Epidemiol 2006;163:670-675).
    level
        Confidence level.
    resamples
        Weights of the cases; 2000 are drawn where none are given.

    Examples
    --------
    >>> chosen = choose_cut_off(Verdicts.of([0.9, 0.8, 0.7, 0.6, 0.5], [1, 1, 0, 1, 0]))
    >>> round(chosen.cut_off.value, 3), round(chosen.sensitivity.apparent, 3)
    (0.75, 0.667)
    """
    verdicts = as_verdicts(verdicts)
    n_cases = verdicts.n_cases
    reason = verdicts.why_one_sided()
    if reason is None:
        search = cut_off_search(verdicts, criterion)
        study = search(np.ones((1, n_cases)))
        reason = None if np.isfinite(study.cut_off[0]) else _NO_CUT_OFF
    if reason is not None:
        nothing = Judged(None, None, None, Interval(None, None, "percentile", reason), None)
        no_cut_off = undefined(n_cases, "percentile", reason)
        return CutOff(no_cut_off, criterion, verdicts.direction, nothing, nothing, nothing)
    drawn = Resamples(verdicts.case_names) if resamples is None else resamples
    chosen = Chosen.joined(
        [search(weights) for weights in _rows(drawn, drawn.columns(verdicts.case_names))]
    )
    cut_off = with_percentiles(float(study.cut_off[0]), chosen.cut_off, drawn, n_cases, level)
    without = Chosen.joined([search(weights) for weights in _rows_without_a_case(n_cases)])
    measures = zip(
        _measures(study),
        _measures(chosen),
        _measures(_in_study(verdicts, chosen.cut_off)),
        _measures(_left_out(verdicts, without.cut_off)),
        ((0.0, 1.0), (0.0, 1.0), (-1.0, 1.0)),
        strict=True,
    )
    judged = [
        _judged(float(apparent[0]), there, here, float(left_out[0]), bounds, drawn, level)
        for apparent, there, here, left_out, bounds in measures
    ]
    return CutOff(cut_off, criterion, verdicts.direction, *judged)


def _rows(drawn: Resamples, columns: IntArray) -> Iterator[FloatArray]:
    for start in range(0, drawn.n, _ROWS_AT_ONCE):
        yield drawn.rows(start, min(start + _ROWS_AT_ONCE, drawn.n))[:, columns]


def _rows_without_a_case(n_cases: int) -> Iterator[FloatArray]:
    for start in range(0, n_cases, _ROWS_AT_ONCE):
        left_out = np.arange(start, min(start + _ROWS_AT_ONCE, n_cases))
        weights = np.ones((len(left_out), n_cases))
        weights[np.arange(len(left_out)), left_out] = 0
        yield weights


def _measures(chosen: Chosen) -> tuple[FloatArray, FloatArray, FloatArray]:
    youden = chosen.sensitivity + chosen.specificity - 1
    return chosen.sensitivity, chosen.specificity, youden


def _in_study(verdicts: Verdicts, cut_offs: FloatArray) -> Chosen:
    """Return what cut-offs chosen elsewhere do in the whole study; NaN stays NaN."""
    turned = cut_offs if verdicts.direction == "higher" else -cut_offs
    shares = []
    for verdict in (True, False):
        values = np.sort(verdicts.toward[verdicts.acceptable == verdict])
        shares.append(np.searchsorted(values, turned, side="left") / len(values))
    missed, stopped = (np.where(np.isnan(cut_offs), np.nan, share) for share in shares)
    return Chosen(cut_offs, 1 - missed, stopped)


def _left_out(verdicts: Verdicts, cut_offs: FloatArray) -> Chosen:
    """Return what comes of calling each case's masks by the cut-off of the others."""
    of_mask = cut_offs[verdicts.cases]
    called = called_acceptable(verdicts, of_mask)
    sensitivity = called[verdicts.acceptable].mean(keepdims=True)
    specificity = (~called[~verdicts.acceptable]).mean(keepdims=True)
    known = not np.isnan(of_mask).any()
    return Chosen(cut_offs, *(np.where(known, part, np.nan) for part in (sensitivity, specificity)))


def _judged(
    apparent: float,
    there: FloatArray,
    here: FloatArray,
    left_out: float,
    bounds: tuple[float, float],
    drawn: Resamples,
    level: float,
) -> Judged:
    validated = None if np.isnan(left_out) else left_out
    ends = percentiles(there, drawn, level)
    if ends.low is None or ends.high is None:
        return Judged(apparent, None, None, ends, validated)
    defined = np.isfinite(there)
    optimism = float(np.average((there - here)[defined], weights=drawn.copies[defined]))
    low, high = (float(np.clip(end - optimism, *bounds)) for end in (ends.low, ends.high))
    moved = replace(ends, low=low, high=high, method=f"{ends.method}, moved by the optimism")
    return Judged(apparent, optimism, apparent - optimism, moved, validated)
