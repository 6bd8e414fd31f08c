"""The alt-test: is the candidate as good as leaving a rater in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.agreement.rating_table import Ratings
from analysis.interchangeability.alignment import (
    Alignment,
    Pairwise,
    aligned,
    aligned_by,
    pairwise_agreement,
    pairwise_ratings,
    with_candidate,
)
from analysis.interchangeability.left_out import RaterComparison, case_wins, compared_with
from analysis.resampling import (
    LOGIT,
    Estimate,
    FloatArray,
    Resamples,
    estimate,
    method_on,
    undefined,
)

FEWEST_ITEMS = 30


@dataclass(frozen=True)
class AltTest:
    """The result of the alt-test.

    Attributes
    ----------
    winning_rate
        Omega: share of the raters against whom the candidate wins.
    passed
        Whether omega is at least 1/2: the candidate may stand in for a rater.
    advantage_probability
        Rho: mean over raters of `candidate_advantage`, with its interval over cases.
    raters
        The comparisons.
    epsilon, q
        The margin, and the false discovery rate.
    warnings
        What speaks against relying on the test.
    reason
        Why there is no winning rate.
    """

    winning_rate: float | None
    passed: bool | None
    advantage_probability: Estimate
    raters: tuple[RaterComparison, ...]
    epsilon: float
    q: float
    warnings: tuple[str, ...] = ()
    reason: str | None = None


def alt_test(
    ratings: Ratings,
    candidate: ArrayLike,
    *,
    epsilon: float = 0.2,
    alignment: Alignment = "accuracy",
    q: float = 0.05,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> AltTest:
    """Test whether a candidate may stand in for the raters.

    Calderon N, Reichart R, Dror R. arXiv:2501.10970 (2025). Each rater in turn is left out; on
    every unit the candidate and that rater are compared with the raters who remain. With units
    that belong to cases the t test is one over case means, cases being the sample; when each unit
    is its own case this is the published test.

    Parameters
    ----------
    ratings
        Units x raters, or a table with cases; NaN where a rater did not rate. At least 2 raters,
        better 3.
    candidate
        The candidate's rating of each unit; NaN where there is none.
    epsilon
        By how much the rater may win more often: the price of a rater. The authors advise 0.2 for
        experts, 0.15 for skilled raters, 0.1 for crowd workers.
    alignment
        "accuracy": share of the others with the same rating; "negative_rmse": minus the root mean
        square difference from them; or a function of one rating and the others' ratings.
    q
        False discovery rate over raters (Benjamini Y, Yekutieli D. Ann Stat 2001;29:1165-1188).
    level, resamples
        For the interval of the advantage probability.

    Raises
    ------
    ValueError
        If the shapes do not fit, epsilon is not within [-1, 1] or q not between 0 and 1.

    Examples
    --------
    >>> raters = np.tile([[1, 1, 2], [2, 2, 3], [3, 3, 3], [4, 5, 4]], (10, 1))
    >>> tested = alt_test(raters, candidate=[1, 2, 3, 4] * 10)
    >>> tested.winning_rate, tested.passed
    (1.0, True)
    """
    if callable(alignment):
        about, judged = with_candidate(ratings, candidate)
        scales = aligned_by(alignment, judged)
    elif alignment in ("accuracy", "negative_rmse"):
        measure: Literal["equal", "squared"] = "equal" if alignment == "accuracy" else "squared"
        about = pairwise_ratings(ratings, candidate, measure)
        scales = aligned(about)
    else:
        raise ValueError(f"alignment={alignment!r} is neither accuracy, negative_rmse nor callable")
    return _tested(about, *scales, epsilon, q, level, resamples)


def alt_test_of_agreement(
    agreement: ArrayLike,
    *,
    cases: object = None,
    raters: object = None,
    candidate: int = -1,
    epsilon: float = 0.2,
    q: float = 0.05,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> AltTest:
    """Do the alt-test for masks: from the agreement of every two judges, such as their Dice.

    A judge's alignment with the remaining raters is the mean of its agreement with each.

    Parameters
    ----------
    agreement
        Units x judges x judges, symmetric, higher for better agreement (turn the sign of a
        distance); NaN where one of the two has no mask. The diagonal is not read.
    cases
        Case of each unit; each unit its own case when not given.
    raters
        Labels of the judges other than the candidate.
    candidate
        Which judge is the candidate; the last.
    epsilon, q, level, resamples
        As for `alt_test`.
    """
    about = pairwise_agreement(agreement, cases, raters, candidate)
    return _tested(about, *aligned(about), epsilon, q, level, resamples)


def _tested(
    about: Pairwise,
    of_candidate: FloatArray,
    of_rater: FloatArray,
    epsilon: float,
    q: float,
    level: float,
    resamples: Resamples | None,
) -> AltTest:
    if not -1 <= epsilon <= 1 or not 0 < q < 1:
        raise ValueError(f"epsilon={epsilon} must lie within [-1, 1] and q={q} between 0 and 1")
    wins = case_wins(about, of_candidate, of_rater)
    compared = [
        compared_with(name, wins[:, :, at], np.isfinite(of_rater[:, at]), epsilon)
        for at, name in enumerate(about.rater_names)
    ]
    tested = [at for at, one in enumerate(compared) if one.test.p_value is not None]
    p_values = [compared[at].test.p_value or 0.0 for at in tested]
    adjusted = stats.false_discovery_control(p_values, method="by") if tested else np.empty(0)
    for at, p_value in zip(tested, adjusted, strict=True):
        compared[at] = replace(
            compared[at], adjusted_p_value=float(p_value), won=bool(p_value <= q)
        )
    rho = _advantage_probability(about, wins, level, resamples)
    warnings = _warnings(compared)
    if not tested:
        reason = f"no rater can be tested: {rho.reason or compared[0].test.reason}"
        return AltTest(None, None, rho, tuple(compared), epsilon, q, warnings, reason)
    rate = sum(bool(compared[at].won) for at in tested) / len(tested)
    return AltTest(rate, rate >= 0.5, rho, tuple(compared), epsilon, q, warnings)


def _advantage_probability(
    about: Pairwise, wins: FloatArray, level: float, resamples: Resamples | None
) -> Estimate:
    if len(about.rater_names) < 2:
        reason = f"{len(about.rater_names)} raters: at least 2 are needed"
        return undefined(about.n_cases, method_on(LOGIT), reason)
    contributing = np.isfinite(wins[:, 0]).any(axis=1)
    by_candidate = wins[contributing, 0]
    there = np.isfinite(by_candidate)
    used = there.any(axis=0)
    sums, counts = np.where(there, by_candidate, 0.0)[:, used], there[:, used].astype(float)

    def statistic(weights: FloatArray) -> FloatArray:
        size = weights @ counts
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = np.where(size > 0, weights @ sums / size, np.nan)
        return np.asarray(shares.mean(axis=1))

    return estimate(
        statistic,
        about.case_names[contributing],
        LOGIT,
        why_undefined="no unit was judged by the candidate and two raters",
        level=level,
        resamples=resamples,
    )


def _warnings(compared: list[RaterComparison]) -> tuple[str, ...]:
    few = [one.rater for one in compared if one.n_units < FEWEST_ITEMS]
    untested = [one.rater for one in compared if one.test.p_value is None]
    found = []
    if few:
        found.append(
            f"fewer than {FEWEST_ITEMS} units for rater {', '.join(few)}: the t test needs about "
            "that many (Calderon et al. 2025)"
        )
    if untested:
        found.append(f"not tested and not in the winning rate: rater {', '.join(untested)}")
    if len(compared) == 2:
        found.append("2 raters: the candidate is compared with one rater at a time; 3 are advised")
    return tuple(found)
