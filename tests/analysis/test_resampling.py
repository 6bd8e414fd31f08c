from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.resampling import (
    FISHER_Z,
    HALF_DIFFERENCE,
    IDENTITY,
    LOG_COMPLEMENT,
    LOGIT,
    FloatArray,
    Scale,
    blocks,
    estimate,
    jackknife_error_on,
    jackknife_standard_error,
    jackknife_values,
    leave_one_out,
)

VALUES = np.array([2.0, 3.5, 3.0, 7.0, 4.5, 4.0])


def weighted_mean(weights: FloatArray) -> FloatArray:
    return np.asarray(weights @ VALUES / weights.sum(axis=1))


def test_the_jackknife_of_a_mean_is_students_t() -> None:
    # Efron & Tibshirani 1993, section 11.2: the jackknife error of a mean is s / sqrt(n).
    found = estimate(weighted_mean, 6, IDENTITY, why_undefined="-", null=3.0)
    reach = stats.t.ppf(0.975, 5) * VALUES.std(ddof=1) / np.sqrt(6)
    assert found.value == pytest.approx(4.0)
    assert (found.low, found.high) == pytest.approx((4.0 - reach, 4.0 + reach))
    assert found.p_value == pytest.approx(stats.ttest_1samp(VALUES, 3.0).pvalue)
    assert found.reason is None


def test_the_jackknife_equals_a_plain_loop() -> None:
    def share(values: np.ndarray) -> float:
        return float(np.tanh(values.mean() / 10))

    def statistic(weights: FloatArray) -> FloatArray:
        return np.tanh(weighted_mean(weights) / 10)

    z = [np.arctanh(share(np.delete(VALUES, i))) for i in range(6)]
    error = np.sqrt(5 / 6 * sum((one - np.mean(z)) ** 2 for one in z))
    reach = stats.t.ppf(0.95, 5) * error
    found = estimate(statistic, 6, FISHER_Z, why_undefined="-", level=0.9)
    centre = np.arctanh(share(VALUES))
    assert (found.low, found.high) == pytest.approx(
        tuple(np.tanh([centre - reach, centre + reach]))
    )


@pytest.mark.parametrize("scale", [IDENTITY, FISHER_Z, LOG_COMPLEMENT, LOGIT])
def test_a_scale_has_its_inverse_and_increases(scale: Scale) -> None:
    x = np.linspace(0.01, 0.99, 30)
    assert scale.back(scale.forward(x)) == pytest.approx(x)
    assert (np.diff(scale.forward(x)) > 0).all()


@pytest.mark.parametrize("scale", [FISHER_Z, LOG_COMPLEMENT, LOGIT])
def test_a_value_on_the_edge_has_no_interval(scale: Scale) -> None:
    found = estimate(lambda w: np.ones(len(w)), 5, scale, why_undefined="-")
    assert found.value == 1.0
    assert found.low is None
    assert found.reason == "no interval: the value lies on the edge of its range"


def test_an_undefined_value_is_none_with_its_reason() -> None:
    found = estimate(lambda w: np.full(len(w), np.nan), 5, IDENTITY, why_undefined="no data")
    assert (found.value, found.low, found.reason) == (None, None, "no data")


def test_no_case_at_all() -> None:
    found = estimate(weighted_mean, 0, IDENTITY, why_undefined="no data")
    assert (found.value, found.reason) == (None, "no data")


def test_two_cases_are_too_few() -> None:
    found = estimate(lambda w: w @ [1.0, 2.0], 2, IDENTITY, why_undefined="-")
    assert found.value == 3.0
    assert found.reason == "no interval: 2 cases, at least 3 are needed"


def test_a_value_that_no_case_changes_has_no_interval() -> None:
    found = estimate(lambda w: np.full(len(w), 0.4), 5, IDENTITY, why_undefined="-")
    assert found.reason == "no interval: leaving out a case never changes the value"


@pytest.mark.parametrize(("n_cases", "has_interval"), [(10, False), (40, True)])
def test_undefined_leave_one_out_values_are_counted(n_cases: int, has_interval: bool) -> None:
    # One case carries the statistic: without it there is no value.
    def statistic(weights: FloatArray) -> FloatArray:
        mean = weights @ np.linspace(0, 1, n_cases) / weights.sum(axis=1)
        return np.where(weights[:, 0] > 0, mean, np.nan)

    found = estimate(statistic, n_cases, IDENTITY, why_undefined="-")
    assert found.undefined_replicates == 1
    assert (found.low is not None) == has_interval
    assert (found.reason is None) == has_interval


def test_blocks_cover_all_weights_in_order() -> None:
    weights = leave_one_out(50)
    parts = list(blocks(weights, 2**20))
    assert len(parts) > 1
    assert np.array_equal(np.concatenate(parts), weights)


@pytest.mark.parametrize("unit", [1e160, 1e-160])
def test_the_jackknife_error_has_the_unit_of_the_values(unit: float) -> None:
    without = jackknife_values(weighted_mean, 6)
    expected = VALUES.std(ddof=1) / np.sqrt(6)
    assert jackknife_standard_error(without * unit) == pytest.approx(expected * unit, rel=1e-12)
    assert jackknife_standard_error(np.zeros(6)) == 0


def test_the_error_behind_an_interval_of_many_cases_is_that_of_its_groups() -> None:
    values = np.random.default_rng(1).normal(size=2500)
    found = estimate(lambda w: w @ values / w.sum(axis=1), 2500, IDENTITY, why_undefined="-")
    assert found.standard_error is not None
    error, df = jackknife_error_on(IDENTITY, found, 0.95)
    assert (error, df) == (pytest.approx(found.standard_error), 999)


def test_the_error_is_not_read_off_another_scale() -> None:
    found = estimate(lambda w: weighted_mean(w) / 10, 6, HALF_DIFFERENCE, why_undefined="-")
    assert jackknife_error_on(HALF_DIFFERENCE, found, 0.95)[0] is not None
    with pytest.raises(ValueError, match="not 'case jackknife-t on Fisher z'"):
        jackknife_error_on(FISHER_Z, found, 0.95)
