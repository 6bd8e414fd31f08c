"""How much a ranking depends on the cases that happen to be in the study."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.ranking.methods import Ranking
from analysis.ranking.order import kendall_tau
from analysis.resampling import FloatArray, IntArray, Interval, Resamples, evaluate, percentiles


@dataclass(frozen=True, eq=False)
class RankingStability:
    """The ranks of the models over the resamples of the cases.

    Attributes
    ----------
    models, ranks
        The ranking of all cases.
    rank_values
        The ranks that occur: 1, 2 ... and the halves between them if ties share mean ranks.
    rank_counts
        Models x rank values: in how many resamples the model has that rank (a blob plot's areas).
    rank_intervals
        Percentile interval of each model's rank.
    win_probability
        Share of the resamples in which the model is first; k models tied for it have 1 / k each.
    better_probability
        Models x models: share of the resamples in which the row ranks before the column, ties
        half; 1/2 on the diagonal.
    kendall_tau, kendall_counts
        The values of Kendall's tau-b between the full ranking and a resample's, and how often each
        occurred.
    kendall_mean
        Their mean; None where tau is never defined.
    kendall_interval
        Their percentile interval.
    n_resamples, undefined_resamples
        Number of resamples, and of those in which there is no ranking (left out).
    method
        How the ranking was made.
    reason
        Why there is nothing; all that could not be had is then None or empty.
    """

    models: tuple[str, ...]
    ranks: tuple[float, ...] | None
    rank_values: tuple[float, ...]
    rank_counts: IntArray
    rank_intervals: tuple[Interval, ...]
    win_probability: tuple[float, ...] | None
    better_probability: FloatArray | None
    kendall_tau: tuple[float, ...]
    kendall_counts: tuple[int, ...]
    kendall_mean: float | None
    kendall_interval: Interval | None
    n_resamples: int
    undefined_resamples: int
    method: str
    reason: str | None = None


def ranking_stability(
    ranking: Ranking, resamples: Resamples, *, level: float = 0.95
) -> RankingStability:
    """Rank the models again in every resample of the cases.

    Wiesenfarth M et al. Sci Rep 2021;11:2369. A resample takes a case with all its models. The
    share of first places is a description of how firm the first place is, not the probability that
    a model is the best.

    Examples
    --------
    >>> from analysis.ranking import CaseValues, aggregate_then_rank
    >>> dice = CaseValues.of([[0.9, 0.8], [0.7, 0.75], [0.9, 0.7]], higher_is_better=True)
    >>> stable = ranking_stability(aggregate_then_rank(dice), Resamples(3, n=2000))
    >>> stable.rank_counts  # of all 27 resamples of the cases; three of them tie the models
    array([[26,  1],
           [ 4, 23]])
    """
    if ranking.ranks is None:
        return _nothing(ranking, resamples, ranking.reason, 0)
    ranks = evaluate(ranking.ranks_given, resamples, ranking.case_names)
    defined = np.isfinite(ranks).all(axis=1)
    total = int(resamples.copies.sum())
    kept, copies = ranks[defined], resamples.copies[defined]
    lost = total - int(copies.sum())
    if not len(kept):
        return _nothing(ranking, resamples, "no resample of the cases has a ranking", lost)
    possible = _possible_ranks(kept)
    counts = np.stack([copies @ (kept == rank) for rank in possible], axis=1)
    first = kept == kept.min(axis=1, keepdims=True)
    wins = copies @ (first / first.sum(axis=1, keepdims=True)) / copies.sum()
    taus = np.round(kendall_tau(ranking.ranks, ranks), 12)
    values, where = np.unique(taus[np.isfinite(taus)], return_inverse=True)
    tau_counts = np.bincount(where, resamples.copies[np.isfinite(taus)], len(values))
    mean = float(values @ tau_counts / tau_counts.sum()) if len(values) else None
    return RankingStability(
        ranking.models,
        ranking.ranks,
        tuple(float(rank) for rank in possible),
        counts.astype(np.int64),
        tuple(percentiles(column, resamples, level) for column in ranks.T),
        tuple(float(share) for share in wins),
        _better(kept, copies),
        tuple(float(tau) for tau in values),
        tuple(int(count) for count in tau_counts),
        mean,
        percentiles(taus, resamples, level),
        total,
        lost,
        ranking.method,
    )


@dataclass(frozen=True)
class RankingAgreement:
    """Kendall's tau-b of two rankings of the same models, or the reason why there is none.

    Attributes
    ----------
    tau
        1 for the same order, -1 for the opposite one.
    interval
        Percentile interval over the resamples of the cases, where these were given.
    n_models
        Number of models.
    reason
        Why `tau` is None.
    """

    tau: float | None
    interval: Interval | None
    n_models: int
    reason: str | None = None


def compare_rankings(
    first: Ranking,
    second: Ranking,
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> RankingAgreement:
    """Compare two rankings of the same models, such as those by two metrics, by Kendall's tau-b.

    With resamples both are ranked again in the same resample. There is no jackknife interval: a
    rank correlation of a few models is a step function of the cases, for which the jackknife is
    not consistent.

    Raises
    ------
    ValueError
        If the rankings are not of the same models.
    """
    if set(first.models) != set(second.models):
        differing = sorted(set(first.models) ^ set(second.models))
        raise ValueError(f"only one of the rankings has {', '.join(differing)}")
    n_models = len(first.models)
    if first.ranks is None or second.ranks is None:
        return RankingAgreement(None, None, n_models, first.reason or second.reason)
    order = [second.models.index(model) for model in first.models]
    tau = float(kendall_tau(first.ranks, np.array(second.ranks)[order])[0])
    if not np.isfinite(tau):
        reason = "all models tie in one of the rankings"
        return RankingAgreement(None, None, n_models, reason)
    interval = None
    if resamples is not None:
        one = evaluate(first.ranks_given, resamples, first.case_names)
        two = evaluate(second.ranks_given, resamples, second.case_names)[:, order]
        interval = percentiles(kendall_tau(one, two), resamples, level)
    return RankingAgreement(tau, interval, n_models)


def _possible_ranks(ranks: FloatArray) -> FloatArray:
    whole = bool((ranks == np.round(ranks)).all())
    return np.arange(1.0, ranks.shape[1] + 0.25, 1.0 if whole else 0.5)


def _better(ranks: FloatArray, copies: IntArray) -> FloatArray:
    n_models = ranks.shape[1]
    better = np.full((n_models, n_models), 0.5)
    for i in range(n_models):
        before = (ranks[:, [i]] < ranks) + 0.5 * (ranks[:, [i]] == ranks)
        better[i] = copies @ before / copies.sum()
    return better


def _nothing(
    ranking: Ranking, resamples: Resamples, reason: str | None, lost: int
) -> RankingStability:
    return RankingStability(
        ranking.models,
        ranking.ranks,
        (),
        np.zeros((len(ranking.models), 0), dtype=np.int64),
        (),
        None,
        None,
        (),
        (),
        None,
        None,
        int(resamples.copies.sum()),
        lost,
        ranking.method,
        reason,
    )
