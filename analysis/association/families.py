"""The contrast of two families: does the metric follow the raters better in one of them.

Target A, "these models": the models are taken as they are, the cases are a sample. A statement
about a family as such would have to sample models too; it is not made here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.association.correlation import FEWEST_PAIRS, Pairs, correlation_statistic
from analysis.resampling import (
    FISHER_Z,
    HALF_DIFFERENCE,
    IDENTITY,
    Estimate,
    FloatArray,
    Statistic,
    jackknife_t,
    method_on,
    undefined,
)


@dataclass(frozen=True)
class FamilyContrast:
    """Spearman's rho averaged over the models of two families, and the difference.

    Attributes
    ----------
    first, second
        tanh of the mean Fisher z over the models of each family.
    difference_z
        Mean z of the first family minus mean z of the second; its p value tests zero.
    difference_rho
        `first` minus `second`.
    models
        Number of models of each family.
    """

    first: Estimate
    second: Estimate
    difference_z: Estimate
    difference_rho: Estimate
    models: tuple[int, int]


def compare_families(
    first: Mapping[str, Pairs], second: Mapping[str, Pairs], level: float = 0.95
) -> FamilyContrast:
    """Compare two families of models, each given as model -> pairs of metric and mean rating.

    All pairs must number their cases alike: leaving out a case leaves it out for every model, so
    that what the models share through the cases is taken into account. Estimand: the difference
    of model-averaged Fisher z of Spearman's rho, all models counting alike.

    A model without a defined rho leaves the contrast without a value, and the reason names it:
    dropping it would compare other models than the study planned.
    """
    both = {**first, **second}
    cases = np.unique(np.concatenate([np.empty(0, int), *(p.cases for p in both.values())]))
    n_cases = len(cases)
    n_models = (len(first), len(second))
    reason = _why_not(first, second)
    if reason:
        on_z, on_rho, on_both = (
            undefined(n_cases, method_on(scale), reason)
            for scale in (IDENTITY, HALF_DIFFERENCE, FISHER_Z)
        )
        return FamilyContrast(on_both, on_both, on_z, on_rho, n_models)
    z_first, z_second = (_mean_z(_renumbered(family, cases)) for family in (first, second))

    def difference_z(weights: FloatArray) -> FloatArray:
        return z_first(weights) - z_second(weights)

    def difference_rho(weights: FloatArray) -> FloatArray:
        return np.tanh(z_first(weights)) - np.tanh(z_second(weights))

    edge = "a model's rho is undefined or exactly 1 or -1"
    return FamilyContrast(
        first=jackknife_t(
            lambda w: np.tanh(z_first(w)), n_cases, FISHER_Z, why_undefined=edge, level=level
        ),
        second=jackknife_t(
            lambda w: np.tanh(z_second(w)), n_cases, FISHER_Z, why_undefined=edge, level=level
        ),
        difference_z=jackknife_t(
            difference_z, n_cases, IDENTITY, why_undefined=edge, level=level, null=0.0
        ),
        difference_rho=jackknife_t(
            difference_rho, n_cases, HALF_DIFFERENCE, why_undefined=edge, level=level
        ),
        models=n_models,
    )


def _why_not(first: Mapping[str, Pairs], second: Mapping[str, Pairs]) -> str | None:
    if not first or not second:
        return "one of the two families has no model"
    unusable = []
    for name, pairs in {**first, **second}.items():
        rho = np.array([np.nan])
        if len(pairs.metric) >= FEWEST_PAIRS:
            rho = correlation_statistic(pairs, "spearman")(np.ones((1, pairs.n_cases)))
        if not np.isfinite(FISHER_Z.forward(rho)).all():
            unusable.append(name)
    if unusable:
        named = ", ".join(sorted(unusable))
        return (
            f"Spearman's rho is undefined or exactly 1 or -1 (infinite on Fisher's z) for {named}"
        )
    return None


def _renumbered(family: Mapping[str, Pairs], cases: np.ndarray) -> list[Pairs]:
    return [
        Pairs(p.metric, p.rating, np.searchsorted(cases, p.cases).astype(np.int64), len(cases))
        for p in family.values()
    ]


def _mean_z(models: list[Pairs]) -> Statistic:
    statistics = [correlation_statistic(pairs, "spearman") for pairs in models]

    def statistic(weights: FloatArray) -> FloatArray:
        z = np.stack([FISHER_Z.forward(one(weights)) for one in statistics])
        return np.asarray(z.mean(axis=0), dtype=float)

    return statistic
