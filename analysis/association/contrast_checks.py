"""Other ways to ask about the families: mixed models, and the study without one rater or model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from analysis.association.families import compare_families
from analysis.association.rated_masks import RatedMasks
from analysis.mixed.sensitivity import (
    RatingMetricInteraction,
    rating_metric_interaction,
    rating_metric_interaction_ordinal,
)
from analysis.results import Asked, Result

FEWEST_RATERS = 2
MODELS = (
    ("family_interaction_mixed_model", "linear mixed model"),
    ("family_interaction_cumulative_link", "cumulative link mixed model"),
)
SEVERAL_MASKS = "a model has several masks of a case (prompts): this model takes one"


def mixed_model_results(
    masks: RatedMasks, metric: str, asked: Asked, families: tuple[str, str], *, ordinal: bool
) -> Iterator[Result]:
    """Test the interaction of metric and family on single ratings; nothing with one rater.

    Without a number, and with the reason, where a model has several masks of a case.

    A linear mixed model on rank-normal values, and with `ordinal` a cumulative link model as well,
    which takes seconds.
    """
    kept = np.isin(masks.of_families(), families)
    raters = masks.ratings.shape[1]
    if raters < FEWEST_RATERS or not kept.any():
        return
    used = np.isfinite(masks.ratings).any(axis=1) & ~np.isnan(masks.metrics[metric])
    chosen = masks.where(kept & used)
    present = {masks.family_of[model] for model in set(chosen.models)}
    several = len(set(zip(chosen.cases, chosen.models, strict=True))) < len(chosen.cases)
    readings: dict[str, Any] = {
        "rating": chosen.ratings.ravel(),
        "metric": np.repeat(chosen.metrics[metric], raters),
        "family": np.repeat(chosen.of_families(), raters),
        "model": np.repeat(chosen.models, raters),
        "case": np.repeat(chosen.cases, raters),
        "rater": np.tile(np.array(chosen.raters), len(chosen.cases)),
    }
    if present != set(families):
        return
    if several:
        for name, how in MODELS[: 1 + ordinal]:
            yield asked.number(name, None, how, reason=SEVERAL_MASKS)
        return
    # The interaction is the second family minus the first.
    order = families[::-1]
    found = rating_metric_interaction(**readings, families=order, level=asked.level)
    yield _interaction(MODELS[0][0], found, asked)
    if ordinal:
        found = rating_metric_interaction_ordinal(**readings, families=order, level=asked.level)
        yield _interaction(MODELS[1][0], found, asked)


def _interaction(name: str, found: RatingMetricInteraction, asked: Asked) -> Result:
    ends = None if found.low is None or found.high is None else (found.low, found.high)
    return Result(
        name,
        found.estimate,
        "1",
        f"slope of {found.families[1]} minus slope of {found.families[0]}; {found.method}",
        n={"readings": found.n_rows, "left_out": found.n_left_out},
        interval=ends,
        level=found.level,
        reason=found.reason,
        p_value=found.p_value,
        **asked.about,
    )


def without_one_results(
    masks: RatedMasks, metric: str, asked: Asked, families: tuple[str, str]
) -> Iterator[Result]:
    """Estimate the contrast without each rater and without each model.

    Does one of them carry it? The jackknife interval alone; a model is left out only where its
    family keeps another.
    """
    raters = masks.ratings.shape[1]
    if raters > FEWEST_RATERS:
        for at, rater in enumerate(masks.raters):
            others = [column for column in range(raters) if column != at]
            yield _contrast(_with_raters(masks, others), metric, asked.on(rater=rater), families)
    for model, family in masks.family_of.items():
        if family in families and list(masks.family_of.values()).count(family) > 1:
            left = {name: of for name, of in masks.family_of.items() if name != model}
            whose = asked.on(model=model, family=family)
            yield _contrast(replace(masks, family_of=left), metric, whose, families)


def _with_raters(masks: RatedMasks, columns: Sequence[int]) -> RatedMasks:
    raters = tuple(masks.raters[column] for column in columns)
    return replace(masks, ratings=masks.ratings[:, columns], raters=raters)


def _contrast(masks: RatedMasks, metric: str, asked: Asked, families: tuple[str, str]) -> Result:
    first, second = (masks.by_model(metric, family) for family in families)
    found = compare_families(first, second, asked.level)
    models = sum(found.models)
    return asked.result("family_difference_z_without", found.difference_z, {"models": models})
