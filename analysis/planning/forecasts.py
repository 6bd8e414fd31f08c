"""Expected precision and power of a design."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from analysis.arguments import few, outside, refuse
from analysis.association.family_claim import FEWEST_MODELS
from analysis.planning.runs import Findings, run_studies
from analysis.resampling import FloatArray
from analysis.simulation import Components, Design

Progress = Callable[[int, int], None]
"""Told the number of simulated studies that are done, and of how many."""


@dataclass(frozen=True)
class Simulated:
    """The mean of a number over simulated studies.

    Attributes
    ----------
    value
        The mean, or None where no study gave the number.
    monte_carlo_error
        Its standard error: what another seed would change.
    undefined
        Number of studies that did not give the number.
    """

    value: float | None
    monte_carlo_error: float | None
    undefined: int = 0


@dataclass(frozen=True)
class Forecast:
    """What studies of one design find on average.

    Attributes
    ----------
    design
        The design.
    runs
        Number of simulated studies.
    alpha, alpha_width
        Ordinal Krippendorff's alpha, and the width of its case interval.
    icc, icc_width
        The same for ICC(A,1).
    intra_rater_alpha, intra_rater_width
        The same for the alpha of first and second readings; None without replicates.
    rho
        Spearman's rho of metric and mean rating, averaged over the models of each family.
    rho_width
        Width of the interval of each family's rho.
    difference_width
        Width of the interval of the difference of the two.
    power_these_models
        A: share of studies that find the families different, for the models that they have.
    power_families
        B: share of studies that find the families different as families; None with a reason below
        4 models a family.
    difference_z, sd_z
        Difference of the families' mean Fisher z, and spread of the models' z as a study sees it.
    reason
        Why there is no `power_families`.
    """

    design: Design
    runs: int
    alpha: Simulated
    alpha_width: Simulated
    icc: Simulated
    icc_width: Simulated
    intra_rater_alpha: Simulated | None
    intra_rater_width: Simulated | None
    rho: tuple[Simulated, Simulated]
    rho_width: tuple[Simulated, Simulated]
    difference_width: Simulated
    power_these_models: Simulated
    power_families: Simulated | None
    difference_z: Simulated
    sd_z: float | None
    reason: str | None = None


def design_grid(
    cases: Sequence[int],
    models_per_family: Sequence[int],
    raters: Sequence[int],
    replicates: Sequence[float] = (0.0,),
    missing: float = 0.0,
) -> list[Design]:
    """Return the designs of all combinations, families of equal size.

    Examples
    --------
    >>> [design.readings for design in design_grid([30, 60], [4], [5])]
    [1200, 2400]
    """
    return [
        Design(n_cases, (n_models, n_models), n_raters, share, missing)
        for n_cases, n_models, n_raters, share in product(
            cases, models_per_family, raters, replicates
        )
    ]


def plan_study(
    designs: Iterable[Design],
    components: Components,
    runs: int = 500,
    seed: int = 1,
    level: float = 0.95,
    progress: Progress | None = None,
) -> list[Forecast]:
    """Forecast each design; see `forecast`."""
    planned = list(designs)
    forecasts = []
    for at, design in enumerate(planned):

        def show(done: int, _total: int, before: int = at * runs) -> None:
            if progress is not None:
                progress(before + done, len(planned) * runs)

        forecasts.append(forecast(design, components, runs, seed, level, show))
    return forecasts


def forecast(
    design: Design,
    components: Components,
    runs: int = 500,
    seed: int = 1,
    level: float = 0.95,
    progress: Progress | None = None,
) -> Forecast:
    """Simulate studies of a design, analyse each as the report does, and average.

    Raters, models and cases are drawn anew for each study. Tests are two-sided at 1 - `level`. A
    study whose test cannot be computed counts as one that finds nothing. A design gives the same
    numbers whatever other designs are planned with it.

    Parameters
    ----------
    design, components
        Size of the study and its sources of variation, with the true correlations.
    runs
        Number of simulated studies; 500 give a power to 2 percentage points.
    seed
        Seed of the random numbers.
    level
        Confidence level of the intervals.
    progress
        Told how many studies are done.

    Examples
    --------
    >>> found = forecast(Design(cases=30), Components(metric_rho=(0.8, 0.2)), runs=40)
    >>> found.power_these_models.value > 0.8
    True
    """
    refuse([*few(2, runs=runs), *few(0, seed=seed), *outside(0, 1, level=level)])
    parts = [design.cases, *design.models, design.raters]
    shares = [round(1e6 * share) for share in (design.replicates, design.missing)]
    rng = np.random.default_rng([seed, *parts, *shares])
    done = 0

    def more(studies: int) -> None:
        nonlocal done
        done += studies
        if progress is not None:
            progress(done, runs)

    return _averaged(run_studies(design, components, runs, rng, level, more), level)


def _averaged(found: Findings, level: float) -> Forecast:
    design = found.design
    runs = len(found.z)
    enough = min(design.models) >= FEWEST_MODELS
    twice = design.replicates > 0
    fewest = f"a statement about the families takes at least {FEWEST_MODELS} models of each"
    return Forecast(
        design=design,
        runs=runs,
        alpha=_mean(found.alpha[:, 0]),
        alpha_width=_mean(found.alpha[:, 1]),
        icc=_mean(found.icc[:, 0]),
        icc_width=_mean(found.icc[:, 1]),
        intra_rater_alpha=_mean(found.intra_rater[:, 0]) if twice else None,
        intra_rater_width=_mean(found.intra_rater[:, 1]) if twice else None,
        rho=_of_both(lambda family: np.tanh(found.family_z(family)[:, 0])),
        rho_width=_of_both(lambda family: found.width_rho(family, level)),
        difference_width=_mean(found.width_difference(level)),
        power_these_models=_share(found.p_these_models() < 1 - level),
        power_families=_share(found.p_families() < 1 - level) if enough else None,
        difference_z=_mean(found.family_z(0)[:, 0] - found.family_z(1)[:, 0]),
        sd_z=found.spread_of_models() if max(design.models) > 1 else None,
        reason=None if enough else fewest,
    )


def _of_both(of: Callable[[int], FloatArray]) -> tuple[Simulated, Simulated]:
    return _mean(of(0)), _mean(of(1))


def _mean(values: FloatArray) -> Simulated:
    defined = values[np.isfinite(values)]
    undefined = len(values) - len(defined)
    if not len(defined):
        return Simulated(None, None, undefined)
    if len(defined) == 1:
        return Simulated(float(defined[0]), None, undefined)
    error = float(defined.std(ddof=1) / np.sqrt(len(defined)))
    return Simulated(float(defined.mean()), error, undefined)


def _share(found: np.ndarray) -> Simulated:
    """Return a share; its error is that of Agresti and Coull 1998, which is never 0."""
    n = len(found)
    kept_off_the_edge = (found.sum() + 2) / (n + 4)
    error = np.sqrt(kept_off_the_edge * (1 - kept_off_the_edge) / (n + 4))
    return Simulated(float(found.mean()), float(error))
