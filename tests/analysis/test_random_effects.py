"""The random-effects mean over models: its two equations, and what it has no interval for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.association.random_effects import random_effects


def test_random_effects_of_models_with_equal_errors() -> None:
    # Equal errors: the plain mean, its t interval, and the spread less the sampling variance.
    z = np.array([0.9, 0.7, 0.8, 0.2])
    found = random_effects(z, [0.1] * 4)
    reach = stats.t.ppf(0.975, 3) * z.std(ddof=1) / 2
    assert (found.low, found.high) == pytest.approx((z.mean() - reach, z.mean() + reach))
    assert found.between_sd == pytest.approx(np.sqrt(z.var(ddof=1) - 0.01), abs=1e-4)
    assert random_effects([0.5, 0.6], [0.1, 0.1]).reason == "2 models, at least 3 are needed"
    assert random_effects([0.5, 0.6, 0.7], [0.1, 0, 0.1]).reason == (
        "a model has no value or no standard error"
    )


@pytest.mark.parametrize("level", [0.8, 0.99])
def test_the_interval_has_the_level_that_is_asked_for(level: float) -> None:
    z, errors = np.array([0.9, 0.7, 0.8, 0.2, 1.4]), np.array([0.1, 0.2, 0.1, 0.15, 0.3])
    found = random_effects(z, errors, level)
    # Paule and Mandel's equation: the weighted squares about the mean are models minus 1.
    weights = 1 / (errors**2 + found.between_sd**2)
    mean = weights @ z / weights.sum()
    assert weights @ (z - mean) ** 2 == pytest.approx(4, abs=1e-4)
    # Hartung and Knapp's variance is then that of the weighted mean.
    reach = stats.t.ppf((1 + level) / 2, 4) / np.sqrt(weights.sum())
    assert (found.mean, found.low, found.high) == pytest.approx((mean, mean - reach, mean + reach))


def test_models_of_the_same_value_have_a_mean_without_an_interval() -> None:
    found = random_effects([0.5] * 4, [0.1] * 4)
    assert (found.mean, found.low, found.between_sd, found.i_squared) == (0.5, None, 0, 0)
    assert found.reason == "no interval: all models have the same value"
