"""The parts of the coverage study: intervals against the truth of a panel, tests without effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from analysis.agreement.alpha import alpha_statistic, krippendorff_alpha
from analysis.agreement.icc import icc_statistic, intraclass_correlation
from analysis.association.correlation import correlation, correlation_statistic
from analysis.association.families import compare_families
from analysis.resampling import Estimate, Resamples
from analysis.simulation import (
    Components,
    Design,
    Panel,
    SimulatedStudies,
    draw_panel,
    simulate,
)

SIZES = (20, 50)
MODELS, RATERS = (4, 4), 5
PANELS, TRUE_CASES, RESAMPLES = 20, 20_000, 2000
STATISTICS = {
    "alpha": "ordinal alpha",
    "icc": "ICC(A,1)",
    "rho": "pooled Spearman rho",
    "difference": "family difference of Fisher z (A)",
}
CASE_METHODS = ("case jackknife-t", "case bootstrap, percentile", "case bootstrap, BCa")
VARIED = Components()
ALIKE = Components(metric_rho=(0.5, 0.5), metric_z=0.0)
SPREAD = Components(metric_rho=(0.5, 0.5), metric_z=0.25)


@dataclass
class Tally:
    """What came out: for each key how often, and of how many."""

    hits: Counter[tuple[str, ...]] = field(default_factory=Counter)
    tried: Counter[tuple[str, ...]] = field(default_factory=Counter)
    widths: Counter[tuple[str, ...]] = field(default_factory=Counter)
    undefined: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Add the counts of another part of the study."""
        for name in ("hits", "tried", "widths", "undefined"):
            getattr(self, name).update(getattr(other, name))

    def percent(self, key: tuple[str, ...]) -> float:
        """Return hits as a percentage of what was tried."""
        return 100 * self.hits[key] / self.tried[key]


def cover(cases: int, panel_number: int, runs: int, seed: int) -> Tally:
    """Analyse studies of one panel and count the intervals that hold its truth."""
    design = Design(cases, MODELS, RATERS)
    panel = draw_panel(design, VARIED, np.random.default_rng([seed, panel_number]))
    true = truth(panel, np.random.default_rng([seed, panel_number, 0]))
    rng = np.random.default_rng([seed, panel_number, cases])
    studies = simulate(design, VARIED, rng, runs, panel)
    tally = Tally()
    for study in range(runs):
        for statistic, found in estimates(studies, study, _seed(seed, panel_number, study)).items():
            for method, low, high in intervals(found):
                key = (str(cases), statistic, method)
                if low is None or high is None:
                    tally.undefined[key] += 1
                    continue
                tally.tried[key] += 1
                tally.hits[key] += low <= true[statistic] <= high
                tally.widths[key] += high - low
    return tally


def truth(panel: Panel, rng: np.random.Generator) -> dict[str, float]:
    """Return what the statistics tend to with more and more cases."""
    studies = simulate(Design(TRUE_CASES, MODELS, RATERS), VARIED, rng, 1, panel)
    table = studies.rating_table(0)
    every = np.ones((1, TRUE_CASES))
    z = [
        np.mean([np.arctanh(correlation_statistic(pairs, "spearman")(every)[0]) for pairs in of])
        for of in (family.values() for family in studies.families(0))
    ]
    return {
        "alpha": float(alpha_statistic(table, "ordinal")(every)[0]),
        "icc": float(icc_statistic(table, "ICC(A,1)")(every)[0]),
        "rho": float(correlation_statistic(studies.pairs(0), "spearman")(every)[0]),
        "difference": float(z[0] - z[1]),
    }


def estimates(studies: SimulatedStudies, study: int, seed: int) -> dict[str, Estimate]:
    """Return the estimates of a study as the product gives them."""
    table = studies.rating_table(study)
    resamples = Resamples(studies.design.cases, RESAMPLES, seed)
    first, second = studies.families(study)
    contrast = compare_families(first, second, resamples=resamples)
    return {
        "alpha": krippendorff_alpha(table, "ordinal", resamples=resamples),
        "icc": intraclass_correlation(table, "ICC(A,1)", resamples=resamples),
        "rho": correlation(studies.pairs(study), "spearman", resamples=resamples),
        "difference": contrast.difference_z,
    }


def intervals(found: Estimate) -> Iterator[tuple[str, float | None, float | None]]:
    """Give the case intervals, and the closed form that takes masks as independent."""
    yield CASE_METHODS[0], found.low, found.high
    for name, begin in (
        (CASE_METHODS[1], "percentile"),
        (CASE_METHODS[2], "BCa"),
        ("masks as independent: F interval", "F interval"),
        ("masks as independent: Bonett-Wright", "Fisher z, variance of Bonett"),
    ):
        for interval in found.beside:
            if interval.method.startswith(begin):
                yield name, interval.low, interval.high


def reject(components: Components, runs: int, part: int, seed: int) -> Tally:
    """Count how often families without a difference are found to differ."""
    design = Design(SIZES[-1], MODELS, RATERS)
    world = "alike" if components == ALIKE else "spread"
    rng = np.random.default_rng([seed, part, 1000 + round(100 * components.metric_z)])
    studies = simulate(design, components, rng, runs)
    tally = Tally()
    for study in range(runs):
        resamples = Resamples(design.cases, RESAMPLES, _seed(seed, part, study))
        contrast = compare_families(*studies.families(study), resamples=resamples)
        permutation = contrast.permutation
        assert permutation is not None
        for test, p_value in (
            ("A, case jackknife t", contrast.difference_z.p_value),
            ("A, permutation within cases", permutation.p_value),
            ("B, Welch t on the models' z", contrast.family.welch.p_value),
            ("B, exact permutation of models", contrast.family.permutation.p_value),
        ):
            key = (world, test)
            if p_value is None:
                tally.undefined[key] += 1
                continue
            tally.tried[key] += 1
            tally.hits[key] += p_value < 0.05
    return tally


def _seed(seed: int, part: int, study: int) -> int:
    """Return the seed of a study's resamples, another one for each study of the same size."""
    return (seed * PANELS + part) * 100_000 + study
