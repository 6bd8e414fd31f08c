"""Ways to turn a table of cases x models into ranks, each a function of case weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.ranking.order import Ties, check_ties, rank_rows, weighted_median
from analysis.ranking.significance import Adjustment, adjusted, significance_map, wilcoxon_p_values
from analysis.ranking.values import CaseValues
from analysis.resampling import FloatArray

Aggregate = Literal["mean", "median"]
Ranks = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class Ranking:
    """The ranks of some models, and how to rank them again under other case weights.

    Attributes
    ----------
    models
        Labels of the models.
    ranks
        Rank of each model, 1 for the best; None when there is no ranking.
    aggregates
        What was ranked, one number per model: a mean or median in the metric's own unit, a mean or
        median rank, or a number of tests won.
    method
        How the ranking was made.
    case_names
        Label of each case.
    n_undefined
        Undefined values of each model.
    ranks_given
        Function of case weights, (resamples x cases) -> (resamples x models).
    reason
        Why there are no ranks.
    """

    models: tuple[str, ...]
    ranks: tuple[float, ...] | None
    aggregates: tuple[float, ...] | None
    method: str
    case_names: NDArray[np.str_]
    n_undefined: tuple[int, ...]
    ranks_given: Ranks = field(repr=False)
    reason: str | None = None

    @property
    def n_cases(self) -> int:
        """Number of cases."""
        return len(self.case_names)


def aggregate_then_rank(
    values: CaseValues, *, aggregate: Aggregate = "mean", ties: Ties = "min"
) -> Ranking:
    """Rank the models by their mean or median over the cases.

    Maier-Hein et al., Nat Commun 2018;9:5217: the more common scheme of challenges, and with the
    mean the less sensitive to the cases that happen to be in the test set.

    Examples
    --------
    >>> dice = CaseValues.of([[0.9, 0.8], [0.7, 0.75], [0.9, 0.7]], higher_is_better=True)
    >>> aggregate_then_rank(dice, aggregate="median").ranks
    (1.0, 2.0)
    """
    _check(aggregate, ties)
    gains = values.gains
    sign = 1.0 if values.higher_is_better else -1.0
    return _ranking(
        values, lambda w: _aggregated(w, gains, aggregate), ties, sign, f"{aggregate}, then rank"
    )


def rank_then_aggregate(
    values: CaseValues, *, aggregate: Aggregate = "mean", ties: Ties = "min"
) -> Ranking:
    """Rank the models within each case, then by the mean or median of their ranks.

    `ties` holds for the ranks within a case and for the final ones, as in challengeR.

    Examples
    --------
    >>> hd95_mm = CaseValues.of([[2.0, 3.0], [9.0, 1.0], [2.0, 2.5]], higher_is_better=False)
    >>> rank_then_aggregate(hd95_mm).aggregates
    (1.3333333333333333, 1.6666666666666667)
    """
    _check(aggregate, ties)
    within = -rank_rows(values.order_gains, ties)
    return _ranking(
        values, lambda w: _aggregated(w, within, aggregate), ties, -1.0, f"rank, then {aggregate}"
    )


def significance_ranking(
    values: CaseValues, *, alpha: float = 0.05, adjust: Adjustment = "holm", ties: Ties = "min"
) -> Ranking:
    """Rank the models by the number of models that they are significantly better than.

    Test-then-rank of Wiesenfarth et al., Sci Rep 2021;11:2369. The tests are
    those of `significance_map`; under case weights they are all done again.
    """
    check_ties(ties)
    method = f"tests won, then rank ({significance_map(values, adjust=adjust).method})"
    gains = values.gains

    def wins(weights: FloatArray) -> FloatArray:
        won = adjusted(wilcoxon_p_values(weights, gains), adjust) <= alpha
        none = np.where(weights.sum(axis=1, keepdims=True) > 0, 0.0, np.nan)
        return np.asarray(won.sum(axis=2) + none)

    return _ranking(values, wins, ties, 1.0, method)


def consensus_ranking(rankings: Mapping[str, Ranking], *, ties: Ties = "min") -> Ranking:
    """Rank the models by their mean rank over several structures, or over several metrics.

    All structures count alike. Each keeps its own cases; under case weights a case changes all the
    structures that it has. No consensus if one of the structures has no ranking.

    Raises
    ------
    ValueError
        If no ranking is given, or they are not of the same models in the same order.
    """
    check_ties(ties)
    if not rankings or len({ranking.models for ranking in rankings.values()}) > 1:
        raise ValueError("a consensus needs rankings of the same models, in the same order")
    parts = list(rankings.values())
    names = np.unique(np.concatenate([part.case_names for part in parts]))
    columns = [np.searchsorted(names, part.case_names) for part in parts]
    broken = [f"{name}: {part.reason}" for name, part in rankings.items() if part.ranks is None]
    undefined = np.sum([part.n_undefined for part in parts], axis=0)

    def gains(weights: FloatArray) -> FloatArray:
        ranks = [
            part.ranks_given(weights[:, own]) for part, own in zip(parts, columns, strict=True)
        ]
        return np.asarray(-np.mean(ranks, axis=0))

    return _made(
        parts[0].models,
        names,
        tuple(int(n) for n in undefined),
        gains,
        ties,
        -1.0,
        f"mean rank over {', '.join(rankings)}",
        "; ".join(broken) or None,
    )


def _check(aggregate: Aggregate, ties: Ties) -> None:
    check_ties(ties)
    if aggregate not in get_args(Aggregate):
        raise ValueError(f"aggregate={aggregate!r} is neither 'mean' nor 'median'")


def _aggregated(weights: FloatArray, values: FloatArray, aggregate: Aggregate) -> FloatArray:
    if aggregate == "median":
        return weighted_median(weights, values)
    total = weights.sum(axis=1, keepdims=True)
    sums = weights @ values
    return np.asarray(np.where(total > 0, sums / np.where(total > 0, total, 1.0), np.nan))


def _ranking(values: CaseValues, gains: Ranks, ties: Ties, sign: float, method: str) -> Ranking:
    return _made(
        values.models,
        values.case_names,
        values.n_undefined,
        gains,
        ties,
        sign,
        method,
        values.why_not(),
    )


def _made(
    models: tuple[str, ...],
    case_names: NDArray[np.str_],
    n_undefined: tuple[int, ...],
    gains: Ranks,
    ties: Ties,
    sign: float,
    method: str,
    reason: str | None,
) -> Ranking:
    def ranks_given(weights: FloatArray) -> FloatArray:
        return rank_rows(gains(weights), ties)

    ranks = aggregates = None
    if reason is None:
        reached = gains(np.ones((1, len(case_names))))
        aggregates = tuple(float(value) for value in sign * reached[0])
        ranks = tuple(float(rank) for rank in rank_rows(reached, ties)[0])
    return Ranking(models, ranks, aggregates, method, case_names, n_undefined, ranks_given, reason)
