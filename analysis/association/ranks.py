"""Results of a study about the order of its models: by rating and by every metric."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.association.all_pairs import compare_all_pairs
from analysis.association.rated_masks import RatedMasks
from analysis.ranking.methods import Ranking, rank_then_aggregate
from analysis.ranking.stability import compare_rankings, ranking_stability
from analysis.ranking.values import CaseValues
from analysis.resampling import IDENTITY, FloatArray, Interval, Resamples, Statistic
from analysis.results import Asked, Result

FEWEST_MODELS = 2
RATING = "rating"


def ranking_results(masks: RatedMasks, asked: Asked, resamples: Resamples) -> Iterator[Result]:
    """Rank the models within each case and by their mean rank, by rating and by each metric.

    Interval and share of first places are those of the case resamples (Wiesenfarth M et al. Sci Rep
    2021;11:2369). Infinite distances rank worst; a case in which a model has no value (not rated,
    or nothing to segment) is left out for all. Several masks of a model and case, of several
    prompts, are averaged first. Nothing with fewer than two models.

    Parameters
    ----------
    masks
        Masks of models, signed so that more is better.
    asked
        What the results are about.
    resamples
        Weights of the cases.
    """
    if len(set(masks.models)) < FEWEST_MODELS:
        return
    by_rating = _ranking(masks, None)
    yield from _ranks(by_rating, masks, asked.on(metric=RATING), resamples)
    yield from _differences(masks, asked.on(metric=RATING), resamples)
    for metric in masks.metrics:
        ranking = _ranking(masks, metric)
        yield from _ranks(ranking, masks, asked.on(metric=metric), resamples)
        found = compare_rankings(by_rating, ranking, level=asked.level, resamples=resamples)
        yield Result(
            "ranking_tau_b",
            found.tau,
            "1",
            f"of the models' ranks by rating and by metric; {ranking.method}",
            n={"models": found.n_models},
            interval=_ends(found.interval),
            level=asked.level,
            reason=found.reason or (found.interval.reason if found.interval else None),
            **{**asked.about, "metric": metric},
        )


def _ranking(masks: RatedMasks, metric: str | None) -> Ranking:
    values = masks.mean_rating if metric is None else masks.metrics[metric].copy()
    # Infinite distances are failures, and rank behind everything that was measured.
    finite = values[np.isfinite(values)]
    values[np.isneginf(values)] = finite.min() - 1 if len(finite) else 0.0
    frame = pd.DataFrame({"case": masks.cases, "model": masks.models, "value": values})
    wide = frame.groupby(["case", "model"])["value"].mean().unstack("model")
    return rank_then_aggregate(
        CaseValues.of(
            wide.to_numpy(dtype=float),
            higher_is_better=True,
            models=list(wide.columns),
            cases=list(wide.index),
            undefined="omit",
        ),
        ties="average",
    )


def _ranks(
    ranking: Ranking, masks: RatedMasks, asked: Asked, resamples: Resamples
) -> Iterator[Result]:
    stability = ranking_stability(ranking, resamples, level=asked.level)
    n = {"cases": len(ranking.case_names), "models": len(stability.models)}
    for at, model in enumerate(stability.models):
        whose = asked.on(model=model, family=masks.family_of.get(model))
        interval = stability.rank_intervals[at] if stability.rank_intervals else None
        yield Result(
            "model_rank",
            stability.ranks[at] if stability.ranks is not None else None,
            "rank",
            f"{stability.method}; percentile interval of case resamples",
            n=n,
            interval=_ends(interval),
            level=asked.level,
            reason=stability.reason or (interval.reason if interval else None),
            **whose.about,
        )
        wins = stability.win_probability
        how = "share of the case resamples in which the model ranks first"
        share = None if wins is None else wins[at]
        yield whose.number("share_first", share, how, n=n, reason=stability.reason)


def _differences(masks: RatedMasks, asked: Asked, resamples: Resamples) -> Iterator[Result]:
    """Compare the mean ratings of every two models, adjusted for all pairs by max-T."""
    names = masks.case_names
    numbers = np.searchsorted(names, masks.cases)
    rating = masks.mean_rating
    means: dict[str, Statistic] = {}
    for model in sorted(set(masks.models)):
        used = (masks.models == model) & ~np.isnan(rating)
        sums = np.bincount(numbers[used], rating[used], len(names)).astype(float)
        counts = np.bincount(numbers[used], minlength=len(names)).astype(float)
        means[str(model)] = _mean(sums, counts)
    for pair in compare_all_pairs(means, resamples, cases=names, scale=IDENTITY, level=asked.level):
        known = pair.low is not None and pair.high is not None
        yield Result(
            "mean_rating_difference",
            pair.difference,
            "rating",
            pair.method,
            n={"cases": len(names)},
            interval=(float(pair.low or 0), float(pair.high or 0)) if known else None,
            level=asked.level,
            reason=pair.reason,
            p_value=pair.p_value,
            p_adjusted=pair.p_adjusted,
            adjustment="max-T",
            **{**asked.about, "model": f"{pair.first} - {pair.second}"},
        )


def _mean(sums: FloatArray, counts: FloatArray) -> Statistic:
    def statistic(weights: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((weights @ sums) / (weights @ counts))

    return statistic


def _ends(interval: Interval | None) -> tuple[float, float] | None:
    if interval is None or interval.low is None or interval.high is None:
        return None
    return interval.low, interval.high
