"""Components of variation from the ratings of a pilot study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.arguments import refuse
from analysis.association.family_claim import FEWEST_MODELS
from analysis.resampling import FloatArray
from analysis.simulation.components import FAMILIES, Components
from analysis.simulation.moments import symmetric_sums, uncut_correlation

# What each effect is shared by: two ratings have it in common when they agree in these.
_SHARED_BY: dict[str, tuple[str, ...]] = {
    "case": ("case",),
    "model": ("model",),
    "item": ("case", "model"),
    "rater": ("rater",),
    "rater_family": ("rater", "family"),
    "rater_case": ("rater", "case"),
    "rater_item": ("rater", "case", "model"),
}
_PERFECT = 0.99


def components_from_pilot(
    ratings: pd.DataFrame, families: Sequence[str] | None = None
) -> tuple[Components, tuple[str, ...]]:
    """Estimate the components of variation from a pilot study.

    Method of moments by `symmetric_sums`, the ANOVA estimates where every rater rated every mask;
    negative ones are set to 0. Levels count by their order. They are coarser than what raters
    perceive, which shrinks every correlation; each is turned into that of normal values cut at the
    same shares (`uncut_correlation`), so that simulated ratings vary like those of the pilot.

    Parameters
    ----------
    ratings
        One row per rating: `rater`, `case`, `model`, `rating`, and if wanted `family`, `metric`
        and `replicate` (0, 1, ... where a rater reads a mask again). Ratings that are NaN are left
        out.
    families
        Names of the first and the second family; in alphabetical order when not given.

    Returns
    -------
    components, notes
        The components, and one sentence for each thing that the pilot could not tell.

    Raises
    ------
    ValueError
        Naming everything that is wrong: a column that is missing, fewer than two raters, cases or
        models, a mask rated twice by a rater without `replicate`, a model in two families.
    """
    refuse(_problems(ratings, families))
    rated = ratings[ratings["rating"].notna()].copy()
    notes = []
    if "family" not in rated:
        rated["family"] = ""
    numbers = np.unique(rated["rating"], return_inverse=True)[1]
    shares = np.bincount(numbers) / len(numbers)
    estimable = dict(_SHARED_BY)
    if rated["family"].nunique() < FAMILIES:
        del estimable["rater_family"]
        notes.append("one family only: raters are taken to like both families alike")
    if not rated.duplicated(["rater", "case", "model"]).any():
        del estimable["rater_item"]
        notes.append(
            "no replicates: what raters disagree on is taken not to repeat on a second reading"
        )
    moments = symmetric_sums(numbers.astype(float), rated, estimable)
    known: dict[str, Any] = dict.fromkeys([*_SHARED_BY, "residual"], 0.0)
    known |= _perceived(moments, estimable, shares)
    told = Components(**known, level_shares=tuple(shares.tolist()))
    told, of_metric = _with_metric(told, rated, families)
    return told, (*notes, *of_metric)


def _problems(ratings: pd.DataFrame, families: Sequence[str] | None) -> list[str]:
    absent = [name for name in ("rater", "case", "model", "rating") if name not in ratings.columns]
    if absent:
        return [f"column {name} is missing" for name in absent]
    rated = ratings[ratings["rating"].notna()]
    problems = [
        f"{rated[name].nunique()} {name}s with ratings, at least 2 are needed"
        for name in ("rater", "case", "model")
        if rated[name].nunique() < 2
    ]
    if rated["rating"].nunique() < 2:
        problems.append("all ratings are equal: there is no variation to estimate")
    key = [name for name in ("rater", "case", "model", "replicate") if name in rated]
    if twice := int(rated.duplicated(key).sum()):
        problems.append(
            f"{twice} rows rate again what the same rater has rated: "
            "number the readings in a column replicate"
        )
    return problems + _problems_of_models(rated, families)


def _problems_of_models(rated: pd.DataFrame, families: Sequence[str] | None) -> list[str]:
    problems: list[str] = []
    if "family" in rated:
        split = rated.groupby("model")["family"].nunique()
        problems += [f"model {name} is in two families" for name in split.index[split > 1]]
        known = sorted(rated["family"].unique()) if families is None else list(families)
        strange = sorted(set(rated["family"]) - set(known))
        problems += [f"family {name} is none of {', '.join(known)}" for name in strange]
        if len(known) > FAMILIES:
            problems.append(f"{len(known)} families, a comparison is between two")
    if "metric" in rated:
        several = rated.groupby(["case", "model"])["metric"].nunique()
        problems += [
            f"case {case}, model {model}: the mask has more than one value of the metric"
            for case, model in several.index[several > 1]
        ]
    return problems


def _perceived(
    moments: dict[str, float], estimable: dict[str, tuple[str, ...]], shares: FloatArray
) -> dict[str, float]:
    """Return standard deviations of what is perceived, from variances of levels; total 1."""
    kept = {name: max(0.0, variance) for name, variance in moments.items()}
    total = sum(kept.values())
    perceived: dict[str, float] = {}
    for name in sorted(estimable, key=lambda effect: len(estimable[effect])):
        within = [part for part in estimable if set(estimable[part]) <= set(_joined(name))]
        shared = sum(kept[part] for part in within) / total
        others = sum(perceived.get(part, 0.0) for part in within)
        perceived[name] = max(0.0, uncut_correlation(shared, shares) - others)
    perceived["residual"] = max(0.0, 1 - sum(perceived.values()))
    scale = sum(perceived.values())
    return {name: float(np.sqrt(variance / scale)) for name, variance in perceived.items()}


def _joined(name: str) -> tuple[str, ...]:
    """Return what ratings with this effect in common agree in: the same model, the same family."""
    shared = _SHARED_BY[name]
    return (*shared, "family") if "model" in shared else shared


def _with_metric(
    components: Components, rated: pd.DataFrame, families: Sequence[str] | None
) -> tuple[Components, tuple[str, ...]]:
    """Return the components with the correlations of the pilot's metric, where it has one."""
    if "metric" not in rated:
        return components, ("no metric: its correlation with the quality is not from the pilot",)
    names = sorted(rated["family"].unique()) if families is None else list(families)
    if rated["family"].nunique() < FAMILIES:
        return components, ("one family only: the metric's correlations are not from the pilot",)
    masks = rated.groupby(["family", "model", "case"], observed=True).agg(
        rating=("rating", "mean"), raters=("rater", "nunique"), metric=("metric", "first")
    )
    masks = masks[masks["metric"].notna()]
    z: dict[object, list[float]] = {name: [] for name in names}
    errors = []
    for (family, _model), of_model in masks.groupby(["family", "model"], observed=True):
        ranks = of_model[["rating", "metric"]].rank()
        if len(ranks) > 3 and (ranks.nunique() > 1).all():
            rho = float(np.corrcoef(ranks.to_numpy().T)[0, 1])
            rho /= _ceiling(components, of_model["raters"].mean())
            z[family].append(float(np.arctanh(np.clip(rho, -_PERFECT, _PERFECT))))
            errors.append(1 / (len(ranks) - 3))
    if not all(z.values()):
        return components, (
            "a family has no model with 4 cases of varying rating and metric: the metric's "
            "correlations are not from the pilot",
        )
    rho_of = [float(np.tanh(np.mean(z[name]))) for name in names]
    components = replace(components, metric_rho=(rho_of[0], rho_of[1]))
    if min(len(of_family) for of_family in z.values()) < FEWEST_MODELS:
        return components, (
            f"fewer than {FEWEST_MODELS} models a family: how much models differ in the metric's "
            "correlation is not from the pilot",
        )
    seen = np.mean([np.var(of_family, ddof=1) for of_family in z.values()])
    spread = float(np.sqrt(max(0.0, seen - np.mean(errors))))
    return replace(components, metric_z=spread), ()


def _ceiling(components: Components, raters: float) -> float:
    """Return the correlation of a model's mean rating with its quality: root of reliability."""
    signal = components.case**2 + components.item**2
    noise = components.rater_case**2 + components.rater_item**2 + components.residual**2
    return float(np.sqrt(signal / (signal + noise / raters)))
