"""Williams' index: does a candidate agree with the raters as well as they do with each other."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from analysis.agreement.rating_table import Ratings
from analysis.interchangeability.alignment import Pairwise, pairwise_agreement, pairwise_ratings
from analysis.resampling import (
    LOG,
    Estimate,
    FloatArray,
    Resamples,
    Statistic,
    estimate,
    method_on,
    undefined,
)

Agreement = Literal["proportion", "inverse_mean_absolute_difference"]
Kind = Literal["agreement", "distance"]


def williams_index(
    ratings: Ratings,
    candidate: ArrayLike,
    *,
    agreement: Agreement = "proportion",
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Return Williams' index of a candidate's ratings, with its jackknife interval over cases.

    Mean agreement of the candidate with each rater, divided by the mean agreement of the raters
    with each other (Williams GW. Biometrics 1976;32:619-627). An interval that reaches 1 or more
    says that the candidate agrees with the raters about as well as they do among themselves. The
    p value is that of an index of 1, two-sided.

    Parameters
    ----------
    ratings
        Units x raters, or a table with cases; NaN where a rater did not rate. A pair of raters is
        compared on the units that both rated.
    candidate
        The candidate's rating of each unit.
    agreement
        "proportion": share of equal ratings, as Williams has it;
        "inverse_mean_absolute_difference": the modified index of Chalana V, Kim Y. IEEE Trans Med
        Imaging 1997;16:642-652.
    level, resamples
        Confidence level; weights for bootstrap intervals beside.

    Examples
    --------
    >>> raters = [[1, 1, 2], [2, 2, 2], [3, 2, 3], [4, 4, 4]]
    >>> round(williams_index(raters, [1, 2, 3, 4]).value, 6)
    1.25
    """
    if agreement not in get_args(Agreement):
        raise ValueError(f"agreement={agreement!r} is not one of {', '.join(get_args(Agreement))}")
    distance = agreement != "proportion"
    about = pairwise_ratings(ratings, candidate, "absolute" if distance else "equal")
    return _estimated(about, "distance" if distance else "agreement", level, resamples)


def williams_index_of_agreement(
    agreement: ArrayLike,
    *,
    kind: Kind = "agreement",
    cases: object = None,
    candidate: int = -1,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Return Williams' index for masks, from the agreement or distance of every two judges.

    Parameters
    ----------
    agreement
        Units x judges x judges, symmetric, such as the Dice of two masks; NaN where one of the two
        has none. The diagonal is not read.
    kind
        "agreement": means over units are averaged over pairs; "distance" (a surface distance in
        mm): their inverses are, as Chalana and Kim 1997 do.
    cases
        Case of each unit; each unit its own case when not given.
    candidate
        Which judge is the candidate; the last.
    level, resamples
        As for `williams_index`.
    """
    if kind not in get_args(Kind):
        raise ValueError(f"kind={kind!r} is not one of {', '.join(get_args(Kind))}")
    about = pairwise_agreement(agreement, cases, None, candidate)
    off = ~np.eye(about.values.shape[1], dtype=bool)
    if (about.values[:, off] < 0).any():
        raise ValueError("agreement is negative somewhere: an index of ratios needs 0 or more")
    return _estimated(about, kind, level, resamples)


def _estimated(about: Pairwise, kind: Kind, level: float, resamples: Resamples | None) -> Estimate:
    about = about.contributing()
    statistic, reason = _statistic(about, kind)
    if statistic is None:
        return undefined(about.n_cases, method_on(LOG), reason)
    return estimate(
        statistic,
        about.case_names,
        LOG,
        why_undefined=reason,
        level=level,
        null=1.0,
        resamples=resamples,
    )


def _statistic(about: Pairwise, kind: Kind) -> tuple[Statistic | None, str]:
    n_raters = about.values.shape[1] - 1
    if n_raters < 2:
        return None, f"{n_raters} raters: at least 2 are needed"
    one, two = np.triu_indices(n_raters + 1, 1)
    with_candidate = two == n_raters
    values = about.values[:, one, two]
    there = np.isfinite(values)
    sums, counts = np.zeros((2, about.n_cases, len(one)))
    np.add.at(sums, about.cases, np.where(there, values, 0.0))
    np.add.at(counts, about.cases, there)
    names = (*about.rater_names, "candidate")
    apart = [f"{names[one[at]]} and {names[two[at]]}" for at in np.flatnonzero(~there.any(axis=0))]
    if apart:
        return None, f"no unit in common: {', '.join(apart)}"

    def statistic(weights: FloatArray) -> FloatArray:
        size = weights @ counts
        with np.errstate(invalid="ignore", divide="ignore"):
            means = (weights @ sums) / size
            if kind == "distance":
                means = 1 / means
            index = means[:, with_candidate].mean(axis=1) / means[:, ~with_candidate].mean(axis=1)
        return np.where(np.isfinite(index), index, np.nan)

    return statistic, _why_undefined(
        sums.sum(axis=0),
        kind,
        [f"{names[i]} and {names[j]}" for i, j in zip(one, two, strict=True)],
    )


def _why_undefined(totals: FloatArray, kind: Kind, pairs: list[str]) -> str:
    if kind == "distance":
        same = [pair for pair, total in zip(pairs, totals, strict=True) if total == 0]
        return f"no difference at all, so that its inverse is infinite: {', '.join(same)}"
    return "the raters never agree with each other"
