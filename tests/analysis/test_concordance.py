from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.agreement.concordance import Variance, ccc_statistic, lin_ccc, overall_ccc
from analysis.agreement.icc import icc_statistic
from analysis.agreement.rating_table import RatingTable
from analysis.resampling import Estimate, Resamples
from tests.analysis.gold import check, data


def value_of(estimate: Estimate) -> float:
    assert estimate.value is not None
    return estimate.value


def brute_force(values: np.ndarray, ddof: int) -> float:
    """Twice the covariances over the expected squared differences of all pairs of raters."""
    above = below = 0.0
    for x, y in combinations(values.T, 2):
        covariance = np.cov(x, y, ddof=ddof)
        above += 2 * covariance[0, 1]
        below += covariance[0, 0] + covariance[1, 1] + (x.mean() - y.mean()) ** 2
    return above / below


def test_peak_flow_meters_as_epi_r() -> None:
    expected = check("lin_ccc_pefr")["expected"]
    wright, _, mini, _ = np.array(data("pefr_1986"), float).T
    found = lin_ccc(wright, mini)
    assert found.ccc.value == pytest.approx(expected["ccc"], abs=1e-10)
    interval = found.ccc.beside[0]
    assert (interval.low, interval.high) == pytest.approx(tuple(expected["ci95_z"]), abs=1e-8)
    assert found.scale_shift == pytest.approx(expected["scale_shift"], abs=1e-10)
    assert found.location_shift == pytest.approx(expected["location_shift"], abs=1e-10)
    assert found.bias_correction == pytest.approx(expected["bias_correction_Cb"], abs=1e-10)
    assert found.pearson == pytest.approx(np.corrcoef(wright, mini)[0, 1])
    assert (found.n, found.ccc.n_cases) == (17, 17)


@pytest.mark.parametrize(("variance", "ddof"), [("n", 0), ("n-1", 1)])
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_both_conventions_by_brute_force(variance: Variance, ddof: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(9, 1)) + rng.normal(size=(9, 4)) + rng.normal(size=(1, 4))
    expected = brute_force(values, ddof)
    assert overall_ccc(values, variance=variance).value == pytest.approx(expected)
    pair = lin_ccc(values[:, 0], values[:, 1], variance=variance)
    assert pair.ccc.value == pytest.approx(brute_force(values[:, :2], ddof))
    assert pair.pearson is not None
    assert pair.bias_correction is not None
    assert pair.pearson * pair.bias_correction == pytest.approx(value_of(pair.ccc))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_the_icc_of_agreement_is_the_limit(seed: int) -> None:
    """Over n - 1 the two differ by MSE / n in the raters' variance, and so less with more units."""
    rng = np.random.default_rng(seed)
    values = 2 * rng.normal(size=(20, 1)) + rng.normal(size=(20, 3)) + rng.normal(size=(1, 3))
    gaps = []
    for copies in (1, 100):
        table, all_of_them = RatingTable.of(values), np.full((1, 20), float(copies))
        ccc = ccc_statistic(table, "n-1")(all_of_them)[0]
        gaps.append(abs(ccc - icc_statistic(table, "ICC(A,1)")(all_of_them)[0]))
    assert gaps[1] < 0.02 * gaps[0]


def test_for_two_raters_it_is_lin_s() -> None:
    wright, _, mini, _ = np.array(data("pefr_1986"), float).T
    cases = np.arange(17) // 2
    pair = lin_ccc(wright, mini, cases=cases).ccc
    overall = overall_ccc(RatingTable.of(np.column_stack([wright, mini]), cases))
    assert (overall.value, overall.low, overall.high) == (pair.value, pair.low, pair.high)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 10), st.floats(-20, 20))
def test_order_unit_and_zero_do_not_matter(seed: int, factor: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(12, 1)) + rng.normal(size=(12, 3))
    moved = factor * values[rng.permutation(12)][:, rng.permutation(3)] + shift
    one, two = overall_ccc(values), overall_ccc(moved)
    assert one.value == pytest.approx(value_of(two), abs=1e-8)
    assert one.low == pytest.approx(two.low, abs=1e-6)
    first = lin_ccc(values[:, 0], values[:, 1])
    turned = lin_ccc(values[:, 1], values[:, 0])
    assert first.ccc.value == pytest.approx(value_of(turned.ccc))
    assert first.scale_shift == pytest.approx(1 / (turned.scale_shift or 1))
    assert first.location_shift == pytest.approx(-(turned.location_shift or 0))
    assert first.standard_error == pytest.approx(turned.standard_error)


@pytest.mark.parametrize("variance", ["n", "n-1"])
def test_counts_as_weights_are_repeated_cases(variance: Variance) -> None:
    rng = np.random.default_rng(1)
    values, cases = rng.normal(size=(12, 3)), np.repeat(np.arange(4), 3)
    counts = np.array([2, 0, 3, 1])
    units = np.repeat(np.arange(12), counts[cases])
    table = RatingTable.of(values, cases)
    weighted = ccc_statistic(table, variance)(counts[None].astype(float))[0]
    assert weighted == pytest.approx(brute_force(values[units], 0 if variance == "n" else 1))


def test_the_interval_of_lin_holds_its_level() -> None:
    rng = np.random.default_rng(2)
    covered = []
    for _ in range(600):
        truth = rng.normal(size=60)
        x, y = truth + 0.5 * rng.normal(size=60), truth + 0.3 + 0.5 * rng.normal(size=60)
        interval = lin_ccc(x, y).ccc.beside[0]
        covered.append((interval.low or 1) <= 2 / (2.5 + 0.09) <= (interval.high or 0))
    assert abs(np.mean(covered) - 0.95) < 0.03


def test_resamples_stand_beside() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=20)
    found = lin_ccc(x, x + rng.normal(size=20), resamples=Resamples(20, n=200)).ccc
    assert [interval.n_resamples for interval in found.beside] == [200, 200, 0]


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ([], [], "fewer than two pairs"),
        ([1.0, np.nan], [1.0, 2.0], "fewer than two pairs"),
        ([2.0, 2.0, 2.0], [2.0, 2.0, 2.0], "no variance"),
    ],
)
def test_pairs_without_a_coefficient(first: Any, second: Any, reason: str) -> None:
    found = lin_ccc(first, second)
    assert found.ccc.value is None
    assert reason in (found.ccc.reason or "")
    assert found.pearson is found.bias_correction is found.standard_error is None


def test_one_constant_rater_has_no_concordance() -> None:
    found = lin_ccc([2.0, 2.0, 2.0], [1.0, 2.0, 3.0])
    assert found.ccc.value == 0
    assert found.pearson is None


def test_perfect_agreement_has_no_interval() -> None:
    x = np.array([0.1, 0.4, 0.7, 2.0])
    found = lin_ccc(x, x)
    assert found.ccc.value == pytest.approx(1)
    assert found.ccc.low is None
    assert "edge" in (found.ccc.reason or "")
    assert found.ccc.beside[0].low is None
    assert found.bias_correction == pytest.approx(1)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.full((4, 3), 2.0), "no variance"),
        ([[1.0], [2.0]], "fewer than two raters"),
        ([[1.0, 2.0]], "at least 2"),
    ],
)
def test_tables_without_a_coefficient(values: Any, reason: str) -> None:
    found = overall_ccc(values)
    assert found.value is None
    assert reason in (found.reason or "")


def test_wrong_input_is_refused() -> None:
    with pytest.raises(ValueError, match="neither of n, n-1"):
        lin_ccc([1.0, 2.0], [1.0, 2.0], variance="unbiased")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="two equal lists"):
        lin_ccc([1.0, 2.0], [1.0])
