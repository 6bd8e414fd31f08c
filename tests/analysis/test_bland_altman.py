from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.agreement.bland_altman import BlandAltman, bland_altman, proportional_bias
from analysis.agreement.limit_intervals import limit_intervals
from analysis.agreement.nonparametric_limits import nonparametric_limits, quantile_statistic
from analysis.agreement.rating_table import RatingTable
from analysis.resampling import Estimate, Resamples
from tests.analysis.gold import check, data

ESTIMATES = ("mean_difference", "sd_difference", "lower_limit", "upper_limit", "proportional_bias")


def value_of(estimate: Estimate) -> float:
    assert estimate.value is not None
    return estimate.value


def peak_flow(**options: Any) -> BlandAltman:
    wright, _, mini, _ = np.array(data("pefr_1986"), float).T
    return bland_altman(wright, mini, **options)


def test_peak_flow_meters_of_1986() -> None:
    expected, found = check("bland_altman_pefr")["expected"], peak_flow()
    assert found.mean_difference.value == pytest.approx(expected["mean_difference"], abs=1e-8)
    assert found.sd_difference.value == pytest.approx(expected["sd_difference"], abs=1e-8)
    limits = (found.lower_limit.value, found.upper_limit.value)
    assert limits == pytest.approx(tuple(expected["loa_1p96"]), abs=1e-8)
    assert found.standard_error_mean == pytest.approx(expected["se_mean"], abs=1e-8)
    assert found.standard_error_limit_1986 == pytest.approx(expected["se_loa_1986"], abs=1e-8)
    assert found.standard_error_limit_1999 == pytest.approx(expected["se_loa_1999"], abs=1e-8)
    interval = found.mean_difference.beside[0]
    assert (interval.low, interval.high) == pytest.approx(tuple(expected["ci95_mean"]), abs=1e-8)
    two = peak_flow(multiplier=2)
    limits = (two.lower_limit.value, two.upper_limit.value)
    assert limits == pytest.approx(tuple(expected["loa_2sd"]), abs=1e-8)
    assert two.multiplier == 2


def test_the_jackknife_of_a_mean_is_student_s_interval() -> None:
    found = peak_flow().mean_difference
    interval = found.beside[0]
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


@pytest.mark.parametrize(("n", "factor"), [(10, 2.911), (20, 2.396), (30, 2.220)])
def test_the_exact_interval_is_the_published_tolerance_factor(n: int, factor: float) -> None:
    # Natrella MG. Experimental Statistics, 1963: one-sided, 95 % of the population, 95 % sure.
    upper = limit_intervals(0.0, 1.0, n, float(stats.norm.ppf(0.95)), level=0.90)[0]
    lower = limit_intervals(0.0, 1.0, n, -float(stats.norm.ppf(0.95)), level=0.90)[0]
    assert upper.high == pytest.approx(factor, abs=5e-4)
    assert lower.low == pytest.approx(-factor, abs=5e-4)


def test_the_exact_interval_holds_its_level_where_the_approximations_lean() -> None:
    rng = np.random.default_rng(11)
    sets = rng.normal(size=(3000, 8))
    true = 1.96
    below = np.zeros(3)
    for each in sets:
        intervals = limit_intervals(each.mean(), each.std(ddof=1), 8, 1.96, level=0.9)
        below += [(interval.high or 0) < true for interval in intervals]
    # 5 % of the intervals should end below the true limit.
    assert abs(below[0] / len(sets) - 0.05) < 0.012
    assert (below[1:] / len(sets) > 0.08).all()


def test_the_intervals_of_a_limit_by_their_formulas() -> None:
    found, n = peak_flow(), 17
    exact, of_1999, of_1986 = found.upper_limit.beside
    limit, t = value_of(found.upper_limit), float(stats.t.ppf(0.975, n - 1))
    assert of_1999.high == pytest.approx(limit + t * (found.standard_error_limit_1999 or 0))
    assert of_1986.low == pytest.approx(limit - t * (found.standard_error_limit_1986 or 0))
    mean, sd = value_of(found.mean_difference), value_of(found.sd_difference)
    # The noncentral t distribution at the ends of the interval has its tails.
    for end, tail in ((exact.low, 0.025), (exact.high, 0.975)):
        pivot = ((end or 0.0) - mean) / sd * n**0.5
        assert stats.nct.cdf(pivot, n - 1, found.multiplier * n**0.5) == pytest.approx(tail)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 100), st.floats(-50, 50))
def test_units_of_measurement_order_and_roles(seed: int, factor: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.normal(10, 2, (2, 14))
    cases = np.repeat(np.arange(7), 2)
    order = rng.permutation(14)
    plain = bland_altman(first, second, cases=cases)
    moved = bland_altman(
        (factor * first + shift)[order], (factor * second)[order], cases=cases[order]
    )
    swapped = bland_altman(second, first, cases=cases)
    assert value_of(moved.upper_limit) == pytest.approx(
        factor * value_of(plain.upper_limit) + shift, rel=1e-6, abs=1e-6
    )
    assert moved.sd_difference.low == pytest.approx(factor * (plain.sd_difference.low or 0))
    assert value_of(swapped.upper_limit) == pytest.approx(-value_of(plain.lower_limit))
    assert swapped.upper_limit.high == pytest.approx(-(plain.lower_limit.low or 0))
    assert value_of(moved.proportional_bias) == pytest.approx(value_of(plain.proportional_bias))


def test_the_bootstrap_is_that_of_physically_repeated_cases() -> None:
    rng = np.random.default_rng(12)
    first, second = rng.normal(10, 2, (2, 6))
    cases = np.repeat(np.arange(3), 2)
    exact = Resamples(range(3), n=27)
    found = bland_altman(first, second, cases=cases, resamples=exact)
    free = nonparametric_limits(first, second, cases=cases, resamples=exact)
    replicates: dict[str, list[float]] = {name: [] for name in ESTIMATES}
    quantiles = []
    for chosen in np.ndindex(3, 3, 3):
        units = np.concatenate([np.flatnonzero(cases == case) for case in chosen])
        again = bland_altman(first[units], second[units])
        for name in ESTIMATES:
            replicates[name].append(value_of(getattr(again, name)))
        quantiles.append(np.quantile((first - second)[units], 0.975))
    for name in ESTIMATES:
        low, high = np.quantile(replicates[name], [0.025, 0.975])
        interval = getattr(found, name).beside[0]
        assert (interval.low, interval.high) == pytest.approx((low, high)), name
    low, high = np.quantile(quantiles, [0.025, 0.975])
    assert (free.upper_limit.low, free.upper_limit.high) == pytest.approx((low, high))


def test_proportional_bias_is_ordinary_regression() -> None:
    rng = np.random.default_rng(13)
    first = rng.normal(10, 3, 25)
    second = 0.5 * first + rng.normal(0, 1, 25)
    fit = stats.linregress((first + second) / 2, first - second)
    found = proportional_bias(first, second)
    interval = found.beside[0]
    reach = stats.t.ppf(0.975, 23) * fit.stderr
    assert found.value == pytest.approx(fit.slope)
    assert (interval.low, interval.high) == pytest.approx((fit.slope - reach, fit.slope + reach))
    assert found.p_value is not None
    assert found.p_value < 0.05


def test_pairs_with_a_gap_stay_out() -> None:
    first, second = np.array([1.0, 2.0, np.nan, 4.0, 7.0]), np.array([1.5, 1.0, 3.0, 5.0, np.nan])
    found = bland_altman(first, second)
    whole = bland_altman([1.0, 2.0, 4.0], [1.5, 1.0, 5.0])
    assert (found.n, found.upper_limit.value) == (3, whole.upper_limit.value)


@pytest.mark.parametrize("first", [[], [1.0], [np.nan, 1.0]])
def test_fewer_than_two_pairs(first: list[float]) -> None:
    found = bland_altman(first, np.zeros(len(first)))
    for name in ("mean_difference", "sd_difference", "lower_limit", "upper_limit"):
        assert getattr(found, name).value is None
        assert "fewer than two pairs" in getattr(found, name).reason
    assert found.proportional_bias.value is None
    assert found.standard_error_mean is None


def test_a_constant_difference_has_limits_without_width() -> None:
    first = np.array([0.3, 0.7, 1.1, 2.9])
    found = bland_altman(first, first - 0.1)
    assert found.sd_difference.value == 0
    assert found.lower_limit.value == found.upper_limit.value == pytest.approx(0.1)
    for name in ("mean_difference", "sd_difference", "lower_limit", "upper_limit"):
        estimate = getattr(found, name)
        assert estimate.low is None
        assert all("do not vary" in interval.reason for interval in estimate.beside)


def test_means_that_do_not_vary_have_no_slope() -> None:
    found = proportional_bias([1.0, 2.0, 3.0], [3.0, 2.0, 1.0])
    assert (found.value, found.reason) == (None, "the means do not vary")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"first": [1.0, 2.0], "second": [1.0]}, "two equal lists"),
        ({"first": [1.0, np.inf], "second": [1.0, 2.0]}, "infinite"),
        ({"first": [1.0, 2.0], "second": [1.0, 2.0], "cases": [1]}, "1 case labels"),
        ({"first": [1.0, 2.0], "second": [1.0, 2.0], "coverage": 1.0}, "coverage"),
        ({"first": [1.0, 2.0], "second": [1.0, 2.0], "multiplier": -2}, "multiplier"),
    ],
)
def test_wrong_input_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bland_altman(**options)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 0.99))
def test_weighted_quantiles_are_numpy_s_of_the_repeated_values(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 6, 9).astype(float)
    cases = np.repeat(np.arange(3), 3)
    counts = rng.integers(0, 4, (5, 3))
    counts[:, 0] += 1
    pairs = RatingTable.of(np.zeros((9, 2)), cases)
    found = quantile_statistic(pairs, values, share)(counts.astype(float))
    expected = [np.quantile(np.repeat(values, count[cases]), share) for count in counts]
    assert found == pytest.approx(expected, abs=1e-9)


def test_order_statistics_cover_a_quantile_and_say_when_pairs_are_too_few() -> None:
    rng = np.random.default_rng(14)
    covered = []
    for each in rng.normal(size=(400, 200)):
        limit = nonparametric_limits(each, np.zeros(200), level=0.9).upper_limit
        covered.append((limit.low or 9) <= stats.norm.ppf(0.975) <= (limit.high or -9))
    assert np.mean(covered) > 0.88
    few = nonparametric_limits([1.0, 2.0, 4.0], [0.0, 0.0, 0.0])
    assert few.upper_limit.value == pytest.approx(3.9)
    assert "3 pairs are too few" in (few.upper_limit.reason or "")
    shared = nonparametric_limits(rng.normal(size=200), np.zeros(200), cases=np.arange(200) // 2)
    assert "units share cases" in (shared.median_difference.reason or "")
    assert "no pair" in (nonparametric_limits([], []).lower_limit.reason or "")
    with pytest.raises(ValueError, match="coverage"):
        nonparametric_limits([1.0], [1.0], coverage=0.0)
