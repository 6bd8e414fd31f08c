from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.agreement.icc import intraclass_correlation
from analysis.agreement.measurement_error import (
    minimal_detectable_change,
    standard_error_of_measurement,
)
from analysis.agreement.normal_intervals import chi_square_interval
from analysis.agreement.rating_table import RatingTable
from analysis.agreement.within_subject import (
    Variation,
    repeatability_coefficient,
    within_subject_cv,
    within_subject_sd,
)
from analysis.resampling import Estimate, Resamples
from tests.analysis.gold import check, data

KINDS = ("agreement", "consistency")


def value_of(estimate: Estimate) -> float:
    assert estimate.value is not None
    return estimate.value


@pytest.mark.parametrize("error", KINDS)
@pytest.mark.parametrize(
    ("dataset", "name"),
    [("shrout_fleiss_1979", "icc_shrout_fleiss"), ("irr_anxiety", "icc_anxiety")],
)
def test_published_errors_of_measurement(dataset: str, name: str, error: Any) -> None:
    expected, values = check(name)["expected"], data(dataset)
    sem = standard_error_of_measurement(values, error)
    mdc = minimal_detectable_change(values, error)
    assert sem.value == pytest.approx(expected[f"SEM_{error}"], abs=1e-8)
    assert mdc.value == pytest.approx(expected[f"MDC95_{error}"], abs=1e-8)
    assert sem.low is not None
    assert sem.low < value_of(sem) < (sem.high or 0.0)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_the_agreement_error_is_the_sd_that_the_icc_leaves(seed: int) -> None:
    """SEM = SD sqrt(1 - ICC(A,1)), SD^2 the sum of the three variance components (Weir 2005)."""
    rng = np.random.default_rng(seed)
    values = 3 * rng.normal(size=(15, 1)) + rng.normal(size=(15, 4)) + rng.normal(size=(1, 4))
    icc = value_of(intraclass_correlation(values, "ICC(A,1)"))
    sem = value_of(standard_error_of_measurement(values))
    units = value_of(intraclass_correlation(values, "ICC(C,1)"))
    rest = value_of(standard_error_of_measurement(values, "consistency")) ** 2
    variance_of_units = units / (1 - units) * rest
    total = variance_of_units / icc
    assert sem == pytest.approx(np.sqrt(total * (1 - icc)))


@pytest.mark.parametrize(("method", "columns"), [("wright", [0, 1]), ("mini", [2, 3])])
def test_repeatability_of_peak_flow_meters(method: str, columns: list[int]) -> None:
    # Bland & Altman 1986: within-subject SD 15.3 and 19.9 l/min; SDD95 as R agRee.
    expected, values = check("bland_altman_pefr")["expected"], np.array(data("pefr_1986"), float)
    sd = within_subject_sd(values[:, columns])
    sdd = repeatability_coefficient(values[:, columns])
    assert sd.value == pytest.approx(expected[f"within_sd_{method}"], abs=1e-8)
    assert sdd.value == pytest.approx(expected[f"sdd95_{method}"], abs=1e-8)
    low, high = expected[f"sdd95_{method}_ci95"]
    assert (sdd.beside[0].low, sdd.beside[0].high) == pytest.approx((low, high), abs=1e-8)
    assert "17 degrees" in sdd.beside[0].method


def test_units_may_have_different_numbers_of_replicates() -> None:
    """By hand: squares about means 2, 8 and none, on 2 + 1 degrees of freedom."""
    values = np.array([[1.0, 2.0, 3.0], [1.0, 5.0, np.nan], [7.0, np.nan, np.nan]])
    assert within_subject_sd(values).value == pytest.approx(np.sqrt(10 / 3))


@pytest.mark.parametrize(
    ("variation", "expected"),
    [
        # Means 2 and 4, variances 2 and 8: squares of the ratios .5 and .5.
        ("root_mean_square", np.sqrt(0.5)),
        ("ratio", np.sqrt(5.0) / 3),
        ("logarithmic", np.exp(np.log(3) / np.sqrt(2)) - 1),
    ],
)
def test_coefficients_of_variation_by_hand(variation: Variation, expected: float) -> None:
    values = np.array([[1.0, 3.0], [2.0, 6.0]])
    assert within_subject_cv(values, variation).value == pytest.approx(expected)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 100))
@pytest.mark.parametrize("variation", ["root_mean_square", "ratio", "logarithmic"])
def test_a_coefficient_of_variation_has_no_unit_and_no_order(
    variation: Variation, seed: int, unit: float
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.uniform(1, 5, (9, 3))
    values[0, 2] = np.nan
    other = unit * rng.permuted(values, axis=0)[:, ::-1]
    shuffled = unit * values[rng.permutation(9)][:, [2, 0, 1]]
    one, two = within_subject_cv(values, variation), within_subject_cv(shuffled, variation)
    assert one.value == pytest.approx(value_of(two))
    assert one.low == pytest.approx(two.low)
    assert within_subject_cv(other, variation).value != pytest.approx(value_of(one))


def every_function(values: Any, resamples: Resamples | None = None) -> dict[str, Estimate]:
    found = {
        "sd": within_subject_sd(values, resamples=resamples),
        "repeatability": repeatability_coefficient(values, resamples=resamples),
        "cv rms": within_subject_cv(values, resamples=resamples),
        "cv ratio": within_subject_cv(values, "ratio", resamples=resamples),
        "cv log": within_subject_cv(values, "logarithmic", resamples=resamples),
    }
    for error in ("agreement", "consistency"):
        found[f"sem {error}"] = standard_error_of_measurement(values, error, resamples=resamples)
        found[f"mdc {error}"] = minimal_detectable_change(values, error, resamples=resamples)
    return found


def test_the_bootstrap_is_that_of_physically_repeated_cases() -> None:
    rng = np.random.default_rng(4)
    cases = np.repeat(np.arange(3), 4)
    values = rng.uniform(1, 5, (12, 3))
    exact = Resamples(range(3), n=27)
    found = every_function(RatingTable.of(values, cases), exact)
    replicates: dict[str, list[float]] = {name: [] for name in found}
    for chosen in np.ndindex(3, 3, 3):
        units = np.concatenate([np.flatnonzero(cases == case) for case in chosen])
        for name, estimate in every_function(values[units]).items():
            replicates[name].append(value_of(estimate))
    for name, estimate in found.items():
        low, high = np.quantile(replicates[name], [0.025, 0.975])
        assert (estimate.beside[0].low, estimate.beside[0].high) == pytest.approx((low, high)), name


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.array([[1.0, np.nan], [2.0, np.nan]]), "no unit has two replicates"),
        (np.empty((0, 2)), "no unit has two replicates"),
    ],
)
def test_replicates_that_are_not_there(values: Any, reason: str) -> None:
    for estimate in (
        within_subject_sd(values),
        repeatability_coefficient(values),
        within_subject_cv(values),
    ):
        assert estimate.value is None
        assert estimate.reason == reason


def test_equal_replicates_have_no_error_and_no_interval() -> None:
    values = np.array([[0.1, 0.1], [0.3, 0.3], [0.7, 0.7]])
    for name, estimate in every_function(values).items():
        assert estimate.value == 0, name
        assert estimate.low is None, name
        assert "no interval" in (estimate.reason or ""), name


def test_a_coefficient_of_variation_needs_positive_measurements() -> None:
    estimate = within_subject_cv([[1.0, 2.0], [0.0, 1.0], [2.0, 2.0]])
    assert estimate.value is None
    assert "positive" in (estimate.reason or "")


@pytest.mark.parametrize(
    ("values", "reason"), [([[1.0], [2.0]], "fewer than two raters"), ([[1.0, 2.0]], "at least 2")]
)
def test_a_table_that_is_too_small(values: Any, reason: str) -> None:
    for estimate in (standard_error_of_measurement(values), minimal_detectable_change(values)):
        assert estimate.value is None
        assert reason in (estimate.reason or "")


def test_wrong_options_are_refused() -> None:
    with pytest.raises(ValueError, match="neither of"):
        standard_error_of_measurement([[1, 2], [2, 3]], "absolute")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="neither of"):
        within_subject_cv([[1, 2], [2, 3]], "rms")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="two: units x raters"):
        within_subject_sd([1.0, 2.0])


def test_the_chi_square_interval_has_its_level() -> None:
    rng = np.random.default_rng(5)
    sds = rng.normal(size=(2000, 11)).std(axis=1, ddof=1)
    intervals = [chi_square_interval(sd, 10, level=0.9) for sd in sds]
    covered = np.mean([(each.low or 2) <= 1 <= (each.high or 0) for each in intervals])
    assert abs(covered - 0.9) < 0.025
