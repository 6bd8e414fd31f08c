"""What each simulated study finds, with the product's own statistics and case jackknife."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy import stats

from analysis.agreement.alpha import alpha_statistic
from analysis.agreement.icc import icc_statistic, spearman_brown_scale
from analysis.agreement.rating_table import RatingTable
from analysis.association.correlation import correlation_statistic
from analysis.resampling import (
    FISHER_Z,
    HALF_DIFFERENCE,
    LOG_COMPLEMENT,
    Estimate,
    FloatArray,
    Scale,
    estimate,
    leave_one_out,
)
from analysis.resampling.weights import block_rows
from analysis.simulation import Components, Design, SimulatedStudies, simulate

_STUDIES_AT_ONCE = 25
# Arrays of the size of all ratings that are in memory at the same time.
_ARRAYS = 10


@dataclass(frozen=True, eq=False)
class Findings:
    """What the simulated studies found, one entry a study; NaN where one found no value.

    Attributes
    ----------
    alpha, icc, intra_rater
        Estimate and width of the interval, studies x 2.
    z
        Fisher z of each model: all cases, then without each of them, studies x (1 + cases) x
        models.
    """

    design: Design
    alpha: FloatArray
    icc: FloatArray
    intra_rater: FloatArray
    z: FloatArray

    def family_z(self, family: int) -> FloatArray:
        """Return the mean z over the models of a family, studies x (1 + cases)."""
        return np.asarray(self.z[..., self.design.family == family].mean(axis=-1))

    def width_rho(self, family: int, level: float) -> FloatArray:
        """Return the width of the interval of a family's rho in each study."""
        return _width(self.family_z(family), FISHER_Z, level)

    def width_difference(self, level: float) -> FloatArray:
        """Return the width of the interval of the difference of the families' rho."""
        first, second = (np.tanh(self.family_z(family)) for family in (0, 1))
        return _width(HALF_DIFFERENCE.forward(first - second), HALF_DIFFERENCE, level)

    def p_these_models(self) -> FloatArray:
        """Return the p values of target A: cases random, models as they are."""
        difference = self.family_z(0) - self.family_z(1)
        centre, error, freedom = _jackknife(difference)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(2 * stats.t.sf(np.abs(centre) / error, freedom))

    def p_families(self) -> FloatArray:
        """Return the p values of target B: Welch's t with the models as a sample."""
        first, second = (self.z[:, 0, self.design.family == family] for family in (0, 1))
        return np.asarray(stats.ttest_ind(first, second, axis=1, equal_var=False).pvalue)

    def spread_of_models(self) -> float:
        """Return the standard deviation of z between the models of a family, over all studies."""
        variances = [
            self.z[:, 0, self.design.family == family].var(axis=1, ddof=1)
            for family, models in enumerate(self.design.models)
            if models > 1
        ]
        return float(np.sqrt(np.nanmean(variances)))


def run_studies(
    design: Design,
    components: Components,
    runs: int,
    rng: Generator,
    level: float,
    progress: Callable[[int], None],
) -> Findings:
    """Simulate studies and analyse each; `progress` is told how many more are done."""
    of_one = design.cases * design.n_models * design.raters
    at_once = min(_STUDIES_AT_ONCE, block_rows(_ARRAYS * of_one))
    weights = np.vstack([np.ones((1, design.cases)), leave_one_out(design.cases)])
    found: list[tuple[FloatArray, ...]] = []
    for start in range(0, runs, at_once):
        studies = simulate(design, components, rng, min(at_once, runs - start))
        found += [_one(studies, study, weights, level) for study in range(len(studies))]
        progress(len(studies))
    alpha, icc, intra_rater, z = (np.stack(part) for part in zip(*found, strict=True))
    return Findings(design, alpha, icc, intra_rater, z)


def _one(
    studies: SimulatedStudies, study: int, weights: FloatArray, level: float
) -> tuple[FloatArray, ...]:
    table = studies.rating_table(study)
    again = np.full(2, np.nan)
    if studies.design.replicates:
        again = _alpha(studies.replicate_table(study), level)
    models = [pairs for family in studies.families(study) for pairs in family.values()]
    rho = np.stack([correlation_statistic(pairs, "spearman")(weights) for pairs in models], axis=1)
    return _alpha(table.with_ratings(2), level), _icc(table, level), again, FISHER_Z.forward(rho)


def _alpha(table: RatingTable, level: float) -> FloatArray:
    return _value_and_width(
        estimate(
            alpha_statistic(table, "ordinal"),
            table.n_cases,
            LOG_COMPLEMENT,
            why_undefined="no variation",
            level=level,
        )
    )


def _icc(table: RatingTable, level: float) -> FloatArray:
    complete = table.complete()
    if len(complete.values) < 2:
        return np.full(2, np.nan)
    return _value_and_width(
        estimate(
            icc_statistic(complete, "ICC(A,1)"),
            complete.n_cases,
            spearman_brown_scale(complete.n_raters),
            why_undefined="no variation",
            level=level,
        )
    )


def _value_and_width(found: Estimate) -> FloatArray:
    if found.value is None or found.low is None or found.high is None:
        return np.full(2, np.nan)
    return np.array([found.value, found.high - found.low])


def _jackknife(values: FloatArray) -> tuple[FloatArray, FloatArray, int]:
    """Return value, case jackknife error and degrees of freedom; the first column is the value."""
    without = values[:, 1:]
    n = without.shape[1]
    return values[:, 0], np.sqrt((n - 1) * without.var(axis=1)), n - 1


def _width(values: FloatArray, scale: Scale, level: float) -> FloatArray:
    """Return the width of the jackknife-t interval, from values on a scale."""
    centre, error, freedom = _jackknife(values)
    far = float(stats.t.ppf((1 + level) / 2, freedom)) * error
    return np.asarray(scale.back(centre + far) - scale.back(centre - far))
