"""Sample sizes: published numbers, simulation, and the definitions by another way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower

from analysis.sample_size import (
    models_for_power,
    power_of_models,
    sample_size_correlation,
    sample_size_correlation_difference,
    sample_size_correlation_precision,
    sample_size_icc,
    sample_size_icc_precision,
    sample_size_kappa,
)
from tests.analysis.gold import checks


@pytest.mark.parametrize("check", checks("sample_size_kappa"))
def test_kappa_gold(check):
    assert sample_size_kappa(**check["inputs"]) == check["expected"]["n"]


@pytest.mark.parametrize("check", checks("sample_size_icc"))
def test_icc_gold(check):
    assert sample_size_icc(**check["inputs"]) == check["expected"]["n"]


@pytest.mark.parametrize("raters", [2, 3, 5])
def test_kappa_has_the_power_it_promises(raters):
    kappa0, kappa1, prevalence = 0.4, 0.7, 0.4
    n = sample_size_kappa(kappa0, kappa1, prevalence, raters)
    rng = np.random.default_rng(1)
    runs = 4000
    together = rng.random((runs, n)) < kappa1
    positive = rng.random((runs, n, raters)) < prevalence
    counts = np.where(together, raters * positive[..., 0], positive.sum(axis=2))
    observed = np.stack([(counts == j).sum(axis=1) for j in range(raters + 1)], axis=1)
    share = (observed * np.arange(raters + 1)).sum(axis=1) / (n * raters)
    cells = np.stack(
        [(1 - kappa0) * stats.binom.pmf(j, raters, share) for j in range(raters + 1)], axis=1
    )
    cells[:, 0] += kappa0 * (1 - share)
    cells[:, -1] += kappa0 * share
    distance = ((observed - n * cells) ** 2 / (n * cells)).sum(axis=1)
    # Estimating the prevalence takes all but one degree of freedom only for two raters.
    if raters == 2:
        assert (distance > stats.chi2.ppf(0.95, 1)).mean() == pytest.approx(0.8, abs=0.05)
    assert sample_size_kappa(kappa0, kappa1, prevalence, raters + 1) < n


def test_icc_study_has_the_power_it_promises():
    rho, null, k = 0.8, 0.6, 3
    n = sample_size_icc(rho, null, k, tails=1)
    f = _mean_square_ratios(rho, n, k, runs=20_000)
    bound = (1 + k * null / (1 - null)) * stats.f.ppf(0.95, n - 1, n * (k - 1))
    assert (f > bound).mean() == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize("assurance", [0.5, 0.8, 0.9])
def test_icc_interval_is_as_narrow_as_promised(assurance):
    rho, k, half_width = 0.7, 3, 0.1
    n = sample_size_icc_precision(rho, half_width, k, assurance=assurance)
    f = _mean_square_ratios(rho, n, k, runs=20_000)
    icc = (f - 1) / (f - 1 + k)
    error = math.sqrt(2 / (k * (k - 1) * (n - 1))) * (1 - icc) * (1 + (k - 1) * icc)
    assert (1.959964 * error <= half_width).mean() == pytest.approx(assurance, abs=0.05)


def _mean_square_ratios(rho, n, k, runs):
    rng = np.random.default_rng(2)
    between = rng.chisquare(n - 1, runs) / (n - 1) * (1 + (k - 1) * rho)
    return between / (rng.chisquare(n * (k - 1), runs) / (n * (k - 1)) * (1 - rho))


def test_bonett_wright_table():
    # Psychometrika 2000;65:23-28, table 1: Pearson, 95 %, widths .1, .2, .3
    published = {0.1: (1507, 378, 168), 0.3: (1274, 320, 143), 0.5: (867, 219, 99)}
    for rho, numbers in published.items():
        found = tuple(sample_size_correlation_precision(rho, width) for width in (0.1, 0.2, 0.3))
        assert found == numbers


@pytest.mark.parametrize("coefficient", ["pearson", "spearman", "kendall"])
@pytest.mark.parametrize("rho", [-0.95, -0.2, 0.0, 0.6, 0.99])
def test_one_pair_fewer_is_too_wide(coefficient, rho):
    variance = {"pearson": 1.0, "spearman": 1 + rho**2 / 2, "kendall": 0.437}[coefficient]
    lost = 4 if coefficient == "kendall" else 3
    n = sample_size_correlation_precision(rho, 0.15, coefficient=coefficient)

    def width(pairs):
        half = stats.norm.ppf(0.975) * math.sqrt(variance / (pairs - lost))
        return math.tanh(math.atanh(rho) + half) - math.tanh(math.atanh(rho) - half)

    assert width(n) <= 0.15
    assert n - 1 == lost or width(n - 1) > 0.15


def test_correlation_studies_have_the_power_they_promise():
    z = _fisher_z(0.5, n := sample_size_correlation(0.5, 0.2, power=0.9))
    found = np.abs(z - math.atanh(0.2)) * math.sqrt(n - 3) > stats.norm.ppf(0.975)
    assert found.mean() == pytest.approx(0.9, abs=0.02)
    n = sample_size_correlation_difference(0.6, 0.3)
    apart = _fisher_z(0.6, n) - _fisher_z(0.3, n, seed=4)
    found = np.abs(apart) * math.sqrt((n - 3) / 2) > stats.norm.ppf(0.975)
    assert found.mean() == pytest.approx(0.8, abs=0.02)


def _fisher_z(rho, n, seed=3):
    rng = np.random.default_rng(seed)
    x, noise = rng.standard_normal((2, 8000, n))
    y = rho * x + math.sqrt(1 - rho**2) * noise
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    return np.arctanh((x * y).sum(1) / np.sqrt((x**2).sum(1) * (y**2).sum(1)))


def test_tails_sign_and_coefficient_of_correlations():
    assert sample_size_correlation(-0.3) == sample_size_correlation(0.3)
    assert sample_size_correlation(0.3, tails=1) < sample_size_correlation(0.3)
    assert sample_size_correlation(0.3, coefficient="kendall") < sample_size_correlation(0.3)
    assert sample_size_correlation_difference(0.6, 0.4) < sample_size_correlation_difference(
        0.6, 0.4, coefficient="spearman"
    )


@pytest.mark.parametrize("models", [2, 4, 8, 40])
@pytest.mark.parametrize("difference", [0.05, 0.3, 1.0])
def test_power_of_models_is_that_of_statsmodels(models, difference):
    theirs = TTestIndPower().power(difference / 0.25, models, 0.05)
    assert power_of_models(models, difference, 0.25) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("models", [2, 3, 4, 30])
def test_power_of_models_grows_with_the_difference(models):
    power = [power_of_models(models, shift / 10, 0.25) for shift in range(200)]
    assert np.isfinite(power).all()
    assert (np.diff(power) >= -1e-9).all()
    assert power[-1] == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("difference", [-0.1, 0.27, 0.5, 2.0])
@pytest.mark.parametrize("power", [0.06, 0.5, 0.8, 0.99])
def test_models_for_power_is_the_fewest(difference, power):
    models = models_for_power(difference, 0.25, power)
    assert power_of_models(models, difference, 0.25) >= power
    assert models == 2 or power_of_models(models - 1, difference, 0.25) < power


def test_models_without_spread():
    assert models_for_power(0.1, 0.0) == 2
    assert power_of_models(4, 0.0, 0.25) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: sample_size_kappa(1.2, 0.6, 0, 1), ["kappa0", "prevalence", "raters"]),
        (lambda: sample_size_kappa(0.4, 0.4, 0.3), ["kappa0"]),
        (lambda: sample_size_kappa(0.4, 0.6, 0.3, power=0.01), ["power"]),
        (lambda: sample_size_icc(1.0, -0.1, 2.5, 2, 3), ["rho1", "rho0", "k", "alpha", "tails"]),
        (lambda: sample_size_icc_precision(0.8, 0.0, 1, 0.05, 0.2), ["half_width", "k", "assur"]),
        (lambda: sample_size_correlation(1.0, float("nan")), ["rho1", "rho0"]),
        (lambda: sample_size_correlation(0.3, coefficient="phi"), ["coefficient"]),
        (lambda: sample_size_correlation_precision(0.3, 2.5, 0), ["width", "alpha"]),
        (lambda: sample_size_correlation_difference(0.3, 0.3), ["rho2"]),
        (lambda: models_for_power(0, -1), ["difference_z", "sd_z"]),
        (lambda: models_for_power(0.1, 1, power=0.05), ["power"]),
        (lambda: power_of_models(1, float("inf"), 1), ["models", "difference_z"]),
    ],
)
def test_every_problem_is_named(call, told):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        call()
    assert all(word in str(error.value) for word in told)
