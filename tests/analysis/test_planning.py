"""Forecasts: what the product finds in simulated studies, averaged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.agreement.alpha import krippendorff_alpha
from analysis.agreement.icc import intraclass_correlation
from analysis.association.families import compare_families
from analysis.planning import (
    Simulated,
    design_grid,
    forecast,
    models_needed,
    plan_study,
    smallest_design,
)
from analysis.planning.runs import run_studies
from analysis.sample_size import models_for_power
from analysis.simulation import Components, Design, simulate

APART = Components(metric_rho=(0.8, 0.2), metric_z=0.1)


def test_each_study_is_analysed_as_the_product_does():
    design = Design(12, (4, 4), 3, replicates=0.5, missing=0.02)
    level = 0.9
    found = run_studies(design, APART, 3, np.random.default_rng(1), level, lambda _: None)
    drawn = simulate(design, APART, np.random.default_rng(1), 3)
    for study in range(3):
        table = drawn.rating_table(study)
        for ours, estimate in (
            (found.alpha, krippendorff_alpha(table, level=level)),
            (found.icc, intraclass_correlation(table, level=level)),
            (found.intra_rater, krippendorff_alpha(drawn.replicate_table(study), level=level)),
        ):
            expected = [estimate.value, estimate.high - estimate.low]
            np.testing.assert_allclose(ours[study], expected, rtol=1e-9)
        contrast = compare_families(*drawn.families(study), level=level)
        for family, rho in enumerate((contrast.first, contrast.second)):
            assert np.tanh(found.family_z(family)[study, 0]) == pytest.approx(rho.value)
            assert found.width_rho(family, level)[study] == pytest.approx(rho.high - rho.low)
        difference = contrast.difference_rho
        width = difference.high - difference.low
        assert found.width_difference(level)[study] == pytest.approx(width)
        assert found.p_these_models()[study] == pytest.approx(contrast.difference_z.p_value)
        assert found.p_families()[study] == pytest.approx(contrast.family.welch.p_value)
    spreads = [compare_families(*drawn.families(s)).family.sd_z for s in range(3)]
    assert found.spread_of_models() == pytest.approx(np.sqrt(np.mean(np.square(spreads))))


def test_the_seed_decides_whatever_else_is_planned():
    designs = design_grid([10, 15], [4], [3])
    both = plan_study(designs, APART, runs=8, seed=5)
    assert both[1] == forecast(designs[1], APART, runs=8, seed=5)
    assert both[1] != forecast(designs[1], APART, runs=8, seed=6)


def test_progress_counts_all_studies():
    told = []
    plan_study(
        design_grid([8, 10], [1], [2]),
        APART,
        60,
        progress=lambda done, all_: told.append((done, all_)),
    )
    assert told[-1] == (120, 120)
    assert told == sorted(told)


def test_more_is_better():
    small, large = plan_study(design_grid([12, 48], [4], [4], [0.3]), Components(), runs=60)
    for name in ("alpha_width", "icc_width", "intra_rater_width", "difference_width"):
        # Four times the cases: half the width.
        ratio = getattr(large, name).value / getattr(small, name).value
        assert 0.35 < ratio < 0.6, name
    assert large.rho_width[0].value < small.rho_width[0].value
    assert large.power_these_models.value > small.power_these_models.value


def test_power_against_nothing_is_the_level():
    alike = Components(metric_rho=(0.5, 0.5), metric_z=0.3)
    found = forecast(Design(30, (4, 4), 3), alike, runs=400)
    assert found.power_families.value == pytest.approx(0.05, abs=0.035)
    # These very models do differ, and A finds it.
    assert found.power_these_models.value > 0.15
    assert models_needed(found) is None


def test_no_statement_about_families_of_three_models():
    found = forecast(Design(10, (3, 4), 3), APART, runs=5)
    assert found.power_families is None
    assert "at least 4 models" in found.reason
    assert found.intra_rater_alpha is None
    alone = forecast(Design(10, (1, 1), 3), APART, runs=5)
    assert alone.sd_z is None
    assert models_needed(alone) is None


def test_models_needed():
    found = forecast(Design(40, (4, 4), 4), Components(metric_rho=(0.7, 0.4)), runs=200)
    assert models_needed(found) == models_for_power(found.difference_z.value, found.sd_z)
    assert models_needed(found, 0.9) > models_needed(found)
    clear = replace(found, difference_z=Simulated(5.0, 0.1), sd_z=0.1)
    assert models_needed(clear) == 4
    assert models_needed(replace(found, difference_z=Simulated(None, None, 200))) is None
    assert models_needed(replace(found, difference_z=Simulated(0.001, 1e-6))) is None


def test_the_smallest_design_has_the_fewest_readings():
    base = forecast(Design(8, (4, 4), 2), APART, runs=4)
    forecasts = [
        replace(
            base,
            design=Design(cases, (4, 4), 2),
            power_these_models=Simulated(power, 0.01),
            power_families=Simulated(power / 2, 0.01),
        )
        for cases, power in ((90, 0.95), (40, 0.85), (30, 0.7), (60, 0.99))
    ]
    assert smallest_design(forecasts, "these models") is forecasts[1]
    assert smallest_design(forecasts, "these models", 0.9) is forecasts[3]
    assert smallest_design(forecasts, "families") is None
    assert smallest_design(forecasts, "families", 0.45) is forecasts[3]
    assert smallest_design([replace(base, power_families=None)], "families", 0.0) is None


def test_studies_without_a_value_are_counted():
    # Almost every study has equal ratings only: no alpha, no rho.
    flat = Components(level_shares=(0.99999, 0.00001))
    found = forecast(Design(3, (1, 1), 2), flat, runs=20)
    assert found.alpha.undefined == 20
    assert found.rho[0].undefined == 20
    assert found.rho[0].value is None
    assert found.power_these_models.value == 0
    assert found.power_these_models.monte_carlo_error > 0


def test_monte_carlo_error_says_what_another_seed_changes():
    design = Design(8, (1, 1), 3)
    found = [forecast(design, APART, runs=20, seed=seed) for seed in range(20)]
    between = np.std([one.alpha.value for one in found], ddof=1)
    told = np.mean([one.alpha.monte_carlo_error for one in found])
    assert told == pytest.approx(between, rel=0.4)


def test_every_problem_is_named():
    with pytest.raises(ValueError, match=r"runs is 1.*seed is -1.*level is 1"):
        forecast(Design(), Components(), runs=1, seed=-1, level=1)
