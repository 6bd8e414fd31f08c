"""Results of the family contrast: targets A and B, their sensitivity, equivalence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from analysis.association.correlation import FEWEST_PAIRS, correlation_statistic
from analysis.association.equivalence import tost_of_estimate
from analysis.association.families import FamilyContrast, compare_families
from analysis.association.family_claim import FamilyClaim
from analysis.association.pairs import Pairs
from analysis.association.random_effects import random_effects
from analysis.association.rated_masks import RatedMasks
from analysis.resampling import (
    FISHER_Z,
    HALF_DIFFERENCE,
    jackknife_standard_error,
    jackknife_values,
)
from analysis.results import Asked, Result

CROSSED_NAMES = ("family_difference_z_raters", "family_difference_z_raters_models")


def contrast_results(
    masks: RatedMasks,
    metric: str,
    asked: Asked,
    families: tuple[str, str],
    margin_rho: float,
) -> Iterator[Result]:
    """Compare how well a metric follows the raters in two families, first minus second."""
    first, second = (masks.by_model(metric, family) for family in families)
    by_rater = [
        (
            masks.by_model(metric, families[0], rater),
            masks.by_model(metric, families[1], rater),
        )
        for rater in range(masks.ratings.shape[1])
    ]
    found = compare_families(
        first,
        second,
        asked.level,
        by_rater=by_rater if len(by_rater) > 1 else (),
        resamples=asked.resamples,
    )
    names = (f"{family.replace('-', '_').replace(' ', '_')}_models" for family in families)
    n = dict(zip(names, found.models, strict=True))
    for family, estimate in zip(families, (found.first, found.second), strict=True):
        mean = replace(estimate, method=f"tanh of the models' mean Fisher z; {estimate.method}")
        yield asked.result("spearman_model_mean", mean, n, family=family)
    yield from _these_models(found, asked, families, n, margin_rho)
    yield from _the_families(found.family, asked, families, n)
    for family, models in zip(families, (first, second), strict=True):
        yield _forest(models, family, asked)


def _these_models(
    found: FamilyContrast,
    asked: Asked,
    families: tuple[str, str],
    n: dict[str, int],
    margin_rho: float,
) -> Iterator[Result]:
    whose = f"{families[0]} minus {families[1]}, these models"
    for name, estimate in (
        ("family_difference_z", found.difference_z),
        ("family_difference_rho", found.difference_rho),
        *zip(CROSSED_NAMES, found.crossed, strict=False),
    ):
        yield asked.result(name, replace(estimate, method=f"{whose}; {estimate.method}"), n)
    if found.permutation is not None:
        yield asked.test("family_difference_permutation", found.permutation, n)
    tost = tost_of_estimate(
        found.difference_rho, HALF_DIFFERENCE, -margin_rho, margin_rho, level=asked.level
    )
    yield Result(
        "family_equivalence",
        tost.estimate,
        "1",
        f"{whose}; two one-sided tests, margin {margin_rho:g} in rho",
        n=n,
        interval=_ends(tost.ci_low, tost.ci_high),
        level=1 - 2 * tost.alpha,
        reason=tost.reason,
        p_value=tost.p_value,
        **asked.about,
    )


def _the_families(
    claim: FamilyClaim, asked: Asked, families: tuple[str, str], n: dict[str, int]
) -> Iterator[Result]:
    whose = f"{families[0]} minus {families[1]}, the families as such"
    needed = (
        {} if claim.models_for_power is None else {"models_for_80_power": claim.models_for_power}
    )
    yield Result(
        "family_claim_z",
        claim.difference_z if claim.reason is None else None,
        "1",
        f"{whose}; models sampled; {claim.welch.method}",
        n={**n, **needed},
        interval=_ends(claim.low, claim.high),
        level=asked.level,
        reason=claim.reason,
        p_value=claim.welch.p_value,
        **asked.about,
    )
    yield asked.test("family_claim_permutation", claim.permutation, n)
    for family, spread in zip(families, claim.sd_z, strict=True):
        reason = None if spread is not None else "fewer than two models"
        how = "standard deviation of the models' Fisher z"
        yield asked.number("between_models_sd_z", spread, how, n=n, family=family, reason=reason)


def _forest(models: Mapping[str, Pairs], family: str, asked: Asked) -> Result:
    """Average the models' z as a meta-analysis does: the line under a forest plot."""
    values, errors = [], []
    for pairs in models.values():
        present = pairs.of_present_cases()
        statistic = correlation_statistic(present, "spearman")
        enough = len(present.metric) >= FEWEST_PAIRS
        z = FISHER_Z.forward(statistic(np.ones((1, present.n_cases)))) if enough else [np.nan]
        values.append(float(z[0]))
        without = FISHER_Z.forward(jackknife_values(statistic, present.n_cases))
        errors.append(jackknife_standard_error(without[np.isfinite(without)]))
    found = random_effects(values, errors, asked.level)
    return Result(
        "random_effects_z",
        found.mean,
        "1",
        f"{found.method}; between-model sd {found.between_sd}",
        n={"models": found.n},
        interval=_ends(found.low, found.high),
        level=asked.level,
        reason=found.reason,
        **{**asked.about, "family": family},
    )


def _ends(low: float | None, high: float | None) -> tuple[float, float] | None:
    return None if low is None or high is None else (low, high)
