"""The contrast of two families: does the metric follow the raters better in one of them.

Two questions, always both answered. A, "these models": the models are taken as they are, the cases
are a sample. B, "the family": the models are a sample too, and only their spread can say how far
other models of the family would differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.association.correlation import FEWEST_PAIRS, Pairs, correlation_statistic
from analysis.association.family_claim import FamilyClaim, family_claim
from analysis.association.family_permutation import within_case_permutation
from analysis.association.pairs import names_of_cases
from analysis.resampling import (
    FISHER_Z,
    HALF_DIFFERENCE,
    IDENTITY,
    Estimate,
    FloatArray,
    Interval,
    Resamples,
    SignificanceTest,
    Statistic,
    crossed_mean,
    crossed_replicates,
    estimate,
    method_on,
    percentiles,
    undefined,
)

CROSSED = ("case x rater bootstrap, percentile", "case x rater x model bootstrap, percentile")
Models = Mapping[str, Pairs]
"""Model -> its masks, each with the metric and a rating."""


@dataclass(frozen=True)
class FamilyContrast:
    """Spearman's rho averaged over the models of two families, and the difference.

    Attributes
    ----------
    first, second
        tanh of the mean Fisher z over the models of each family.
    difference_z
        A: mean z of the first family minus mean z of the second; its p value tests zero.
    difference_rho
        `first` minus `second`.
    permutation
        A: studentised permutation within cases; None without resamples.
    crossed
        The difference of z averaged over single raters, with raters resampled too, and with models
        as well; empty without resamples.
    family
        B: the claim about the families as such.
    models
        Number of models of each family.
    """

    first: Estimate
    second: Estimate
    difference_z: Estimate
    difference_rho: Estimate
    permutation: SignificanceTest | None
    crossed: tuple[Estimate, ...]
    family: FamilyClaim
    models: tuple[int, int]


def compare_families(
    first: Models,
    second: Models,
    level: float = 0.95,
    *,
    by_rater: Sequence[tuple[Models, Models]] = (),
    resamples: Resamples | None = None,
) -> FamilyContrast:
    """Compare two families of models, each given as model -> pairs of metric and mean rating.

    Estimand: the difference of model-averaged Fisher z of Spearman's rho, all models counting
    alike. Leaving out a case leaves it out for every model, so that what the models share through
    the cases is taken into account.

    A model without a defined rho leaves the contrast without a value, and the reason names it:
    dropping it would compare other models than the study planned.

    Parameters
    ----------
    first, second
        The models of each family. Cases are the same when their names are.
    level
        Confidence level.
    by_rater
        The same two families for each single rater, for the intervals that resample raters.
    resamples
        Weights for the bootstrap intervals and the number of permutations.

    Raises
    ------
    ValueError
        If a model is in both families, or the level is not between 0 and 1.
    """
    first, second = (dict(sorted(family.items())) for family in (first, second))
    twice = ", ".join(name for name in first if name in second)
    if twice:
        raise ValueError(f"in both families: {twice}")
    names = names_of_cases([*first.values(), *second.values()])
    n_cases = len(names)
    n_models = (len(first), len(second))
    reason = _why_not(first, second)
    if reason:
        on_z, on_rho, on_both = (
            undefined(n_cases, method_on(scale), reason)
            for scale in (IDENTITY, HALF_DIFFERENCE, FISHER_Z)
        )
        claim = family_claim([], [], level, reason=reason)
        return FamilyContrast(on_both, on_both, on_z, on_rho, None, (), claim, n_models)
    families = [_renumbered(family, names) for family in (first, second)]
    z_first, z_second = (_mean_z(family) for family in families)

    def difference_z(weights: FloatArray) -> FloatArray:
        return z_first(weights) - z_second(weights)

    def difference_rho(weights: FloatArray) -> FloatArray:
        return np.tanh(z_first(weights)) - np.tanh(z_second(weights))

    edge = "a model's rho is undefined or exactly 1 or -1"
    found = [
        estimate(
            statistic,
            names,
            scale,
            why_undefined=edge,
            level=level,
            null=null,
            resamples=resamples,
        )
        for statistic, scale, null in (
            (lambda w: np.tanh(z_first(w)), FISHER_Z, None),
            (lambda w: np.tanh(z_second(w)), FISHER_Z, None),
            (difference_z, IDENTITY, 0.0),
            (difference_rho, HALF_DIFFERENCE, None),
        )
    ]
    permutation = None
    crossed: tuple[Estimate, ...] = ()
    if resamples is not None:
        permutation = within_case_permutation(
            families[0], families[1], resamples.asked, resamples.seed
        )
        crossed = _crossed(by_rater, names, resamples, level)
    of_models = [list(_z(family)(np.ones((1, n_cases)))[0]) for family in families]
    return FamilyContrast(
        first=found[0],
        second=found[1],
        difference_z=found[2],
        difference_rho=found[3],
        permutation=permutation,
        crossed=crossed,
        family=family_claim(of_models[0], of_models[1], level),
        models=n_models,
    )


def _why_not(first: Models, second: Models) -> str | None:
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


def _renumbered(family: Models, names: NDArray[Any]) -> list[Pairs]:
    return [pairs.among(names) for pairs in family.values()]


def _z(models: list[Pairs]) -> Statistic:
    """Fisher z of each model, (resamples, models)."""
    statistics = [correlation_statistic(pairs, "spearman") for pairs in models]

    def statistic(weights: FloatArray) -> FloatArray:
        return np.stack([FISHER_Z.forward(one(weights)) for one in statistics], axis=-1)

    return statistic


def _mean_z(models: list[Pairs]) -> Statistic:
    of_models = _z(models)
    return lambda weights: np.asarray(of_models(weights).mean(axis=-1), dtype=float)


def _crossed(
    by_rater: Sequence[tuple[Models, Models]],
    names: NDArray[Any],
    resamples: Resamples,
    level: float,
) -> tuple[Estimate, ...]:
    """Estimate the mean over raters, with raters, then models, resampled too."""
    if len(by_rater) < 2:
        return ()
    drawn = resamples.drawn()
    values, replicates = [], []
    for at in (0, 1):
        of_raters = [_z(_renumbered(families[at], names)) for families in by_rater]
        cells = partial(_cells, of_raters)
        values.append(crossed_mean(cells(np.ones((1, len(names)))), ())[0])
        designs = (("rater", None), ("rater", f"model of family {at + 1}"))
        replicates.append(crossed_replicates(cells, drawn, names, designs))
    difference = float(values[0] - values[1])
    return tuple(
        _crossed_estimate(difference, percentiles(one, drawn, level), what, len(names))
        for what, one in zip(CROSSED, replicates[0] - replicates[1], strict=True)
    )


def _crossed_estimate(value: float, interval: Interval, what: str, n_cases: int) -> Estimate:
    method = f"{what}; mean over raters of z"
    if not np.isfinite(value):
        return undefined(n_cases, method, "no rater has a rho for the models of a family")
    return Estimate(
        value,
        interval.low,
        interval.high,
        n_cases,
        method,
        interval.reason,
        undefined_replicates=interval.undefined_resamples,
    )


def _cells(of_raters: list[Statistic], weights: FloatArray) -> FloatArray:
    """Return z by (resample, rater, model)."""
    return np.stack([one(weights) for one in of_raters], axis=1)
