"""Association of the ratings of a study with every metric, and the contrast of the families."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.agreement.items import first_readings, structures_of, valid_ratings
from analysis.association.correlation import Coefficient, Pairs, rank_correlation
from analysis.association.families import compare_families
from analysis.association.pairing import (
    MEAN_OVER_STRUCTURES,
    METRICS,
    Paired,
    mean_over_references,
    mean_ratings,
    pair_up,
    with_mean_over_structures,
)
from analysis.description import Item
from analysis.metrics import Metric
from analysis.results import Result, estimated
from analysis.tables import FAMILIES, Handover

VISION_LANGUAGE, PURE_VISUAL, HUMAN = FAMILIES
COEFFICIENTS: dict[str, Coefficient] = {"spearman": "spearman", "kendall_tau_b": "kendall"}


def association_results(
    handover: Handover, measurements: pd.DataFrame, level: float = 0.95
) -> list[Result]:
    """Relate the mean rating of every item to every metric: pooled, by family, by model.

    Pooled means the masks of both families of models; masks by humans are left out of it and of
    the contrast, and stand on their own line.
    """
    return [
        result
        for item, structure, metric, metric_structure, paired in paired_masks(
            handover, measurements
        )
        for result in _one_metric(
            handover,
            paired,
            level,
            {"item": item.id, "structure": structure}
            | {"metric": metric.name, "metric_structure": metric_structure},
        )
    ]


def paired_masks(
    handover: Handover, measurements: pd.DataFrame
) -> Iterator[tuple[Item, str, Metric, str, Paired]]:
    """Go through all pairs of a rating and a metric: item, structure, metric, its structure, masks.

    A rating of a structure is paired with the metrics of that structure; a rating of the whole
    mask with those of every structure and with their mean.
    """
    metrics = mean_over_references(measurements)
    with_means = with_mean_over_structures(metrics)
    names = handover.description.structures or tuple(sorted(metrics["structure"].unique()))
    for item in handover.description.items:
        if not item.judges_mask:
            continue
        first = first_readings(valid_ratings(handover, item))
        for structure in structures_of(handover, item):
            ratings = mean_ratings(first, structure)
            asked = (structure,) if structure else (MEAN_OVER_STRUCTURES, *names)
            for metric_structure in asked:
                for metric in METRICS:
                    paired = pair_up(ratings, with_means, metric_structure, metric, item)
                    yield item, structure, metric, metric_structure, paired


def _one_metric(
    handover: Handover, paired: Paired, level: float, about: dict[str, str]
) -> Iterator[Result]:
    family_of = handover.family_of
    models = paired.frame["model"].to_numpy(dtype=object)
    families = np.array([family_of[model] for model in models], dtype=object)
    everything = {**about, "family": None, "model": None}
    excluded = [family_of[model] for model in paired.excluded]
    without = len(excluded) - excluded.count(HUMAN)
    yield from _correlations(paired.pairs.where(families != HUMAN), without, level, everything)
    for family in FAMILIES:
        if family in family_of.values():
            of_family = paired.pairs.where(families == family)
            without = excluded.count(family)
            yield from _correlations(of_family, without, level, everything | {"family": family})
    for model, family in family_of.items():
        of_model = paired.pairs.where(models == model)
        without = paired.excluded.count(model)
        whose: dict[str, str | None] = {"family": family, "model": model}
        yield from _correlations(of_model, without, level, everything | whose)
    yield from _contrast(paired.pairs, models, family_of, level, about)


def _correlations(
    pairs: Pairs, excluded: int, level: float, about: dict[str, str | None]
) -> Iterator[Result]:
    infinite = int(np.isinf(pairs.metric).sum())
    n = {"masks": len(pairs.metric), "infinite": infinite, "excluded": excluded}
    for name, coefficient in COEFFICIENTS.items():
        estimate = rank_correlation(pairs, coefficient, level)
        yield estimated(name, estimate, level, n, **about)


def _contrast(
    pairs: Pairs,
    models: np.ndarray,
    family_of: dict[str, str],
    level: float,
    about: dict[str, str],
) -> Iterator[Result]:
    first, second = (
        {m: pairs.where(models == m) for m, f in family_of.items() if f == family}
        for family in (VISION_LANGUAGE, PURE_VISUAL)
    )
    contrast = compare_families(first, second, level)
    n = dict(zip(("vision_language_models", "pure_visual_models"), contrast.models, strict=True))
    for family, estimate in (
        (VISION_LANGUAGE, contrast.first),
        (PURE_VISUAL, contrast.second),
    ):
        mean = replace(estimate, method=f"tanh of the models' mean Fisher z; {estimate.method}")
        yield estimated("spearman_model_mean", mean, level, n, **about, family=family)
    for name, estimate in (
        ("family_difference_z", contrast.difference_z),
        ("family_difference_rho", contrast.difference_rho),
    ):
        named = replace(
            estimate, method=f"vision-language minus pure visual, these models; {estimate.method}"
        )
        yield estimated(name, named, level, n, **about)
