"""The candidate against one rater at a time, both compared with the raters who remain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.interchangeability.alignment import Pairwise
from analysis.resampling import FloatArray, SignificanceTest

_TIED = 1e-12


@dataclass(frozen=True)
class RaterComparison:
    """The candidate against one rater, both compared with the other raters.

    Attributes
    ----------
    rater
        The rater left out.
    candidate_advantage, rater_advantage
        Share of the units in which the candidate (the rater) goes along with the others at least
        as well as the other of the two does; ties count for both. Means of case means.
    test
        One-sided t test, over cases, that the rater's wins exceed the candidate's by less than
        epsilon.
    adjusted_p_value
        Its p value after Benjamini and Yekutieli.
    won
        Whether the candidate wins against this rater.
    n_units, n_cases
        Units that both judged together with somebody else, and their cases.
    """

    rater: str
    candidate_advantage: float | None
    rater_advantage: float | None
    test: SignificanceTest
    adjusted_p_value: float | None
    won: bool | None
    n_units: int
    n_cases: int


def case_wins(about: Pairwise, of_candidate: FloatArray, of_rater: FloatArray) -> FloatArray:
    """Return case means of the candidate's and the rater's wins: cases x 2 x raters."""
    there = np.isfinite(of_candidate) & np.isfinite(of_rater)
    noise = _TIED * float(np.max(np.abs(of_rater[there]), initial=1.0))
    gap = np.where(there, of_candidate, 0.0) - np.where(there, of_rater, 0.0)
    sums = np.zeros((3, about.n_cases, of_rater.shape[1]))
    for at, one in enumerate((gap >= -noise, gap <= noise, np.ones_like(there))):
        np.add.at(sums[at], about.cases, one & there)
    some = sums[2] > 0
    means = np.where(some, sums[:2] / np.where(some, sums[2], 1.0), np.nan)
    return np.asarray(means.transpose(1, 0, 2))


def compared_with(
    rater: str, wins: FloatArray, units: NDArray[np.bool_], epsilon: float
) -> RaterComparison:
    """Compare the candidate with one rater; `wins` are case means of both, cases x 2."""
    own = wins[np.isfinite(wins).all(axis=1)]
    n_cases, n_units = len(own), int(units.sum())
    test = _t_test(own[:, 1] - own[:, 0], epsilon)
    if not n_cases:
        return RaterComparison(rater, None, None, test, None, None, n_units, 0)
    advantage, other = (float(share) for share in own.mean(axis=0))
    return RaterComparison(rater, advantage, other, test, None, None, n_units, n_cases)


def _t_test(difference: FloatArray, epsilon: float) -> SignificanceTest:
    n = len(difference)
    df = (float(n - 1),)
    method = f"one-sided t test over cases, rater's wins minus candidate's below {epsilon}"
    if n < 2:
        reason = f"{n} cases with candidate, this rater and another one: at least 2 are needed"
        return SignificanceTest(None, "t", df, None, method, reason)
    away = float(difference.mean()) - epsilon
    error = float(difference.std(ddof=1)) / np.sqrt(n)
    if error <= _TIED:
        reason = "the difference is the same in all cases: decided without a t statistic"
        return SignificanceTest(None, "t", df, 0.0 if away < -_TIED else 1.0, method, reason)
    t = away / error
    return SignificanceTest(t, "t", df, float(stats.t.cdf(t, n - 1)), method)
