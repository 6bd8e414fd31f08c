from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.agreement.icc import intraclass_correlation
from analysis.agreement.rating_table import RatingTable
from analysis.agreement.variance_components import (
    icc_adjusted,
    icc_reml,
    icc_reml_statistic,
    rating_variances,
    variance_shares,
)
from analysis.mixed import fit_mixed_model
from analysis.resampling import Resamples, leave_one_out
from tests.analysis.gold import check, checks, data

FORMS = ["ICC(1,1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)"]


def holed(seed: int, *, units: int = 24, raters: int = 4) -> RatingTable:
    """Return ratings with every sixth missing, two units to a case."""
    rng = np.random.default_rng(seed)
    values = (
        rng.normal(size=(units, 1)) + rng.normal(0, 0.7, raters) + rng.normal(size=(units, raters))
    )
    values[rng.random(values.shape) < 1 / 6] = np.nan
    return RatingTable.of(np.round(2 * values + 5), np.arange(units) // 2)


def by_mixed_model(values: Any) -> dict[str, float]:
    unit, rater = np.nonzero(np.isfinite(values))
    return fit_mixed_model(values[unit, rater], groups={"unit": unit, "rater": rater}).variance


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["shrout_fleiss_1979", "irr_anxiety"])
def test_on_a_complete_table_it_is_the_icc_of_the_mean_squares(name: str, form: str) -> None:
    table = RatingTable.of(np.array(data(name), dtype=float))
    ours, theirs = icc_reml(table, form), intraclass_correlation(table, form)
    assert ours.value == pytest.approx(theirs.value, abs=1e-9)
    assert ours.low == pytest.approx(theirs.low, abs=1e-7)
    assert ours.high == pytest.approx(theirs.high, abs=1e-7)


def test_shrout_and_fleiss() -> None:
    expected = check("icc_shrout_fleiss")["expected"]["values"]
    table = np.array(data("shrout_fleiss_1979"), dtype=float)
    assert icc_reml(table, "A,1").value == pytest.approx(expected["ICC_A1"], abs=1e-9)
    assert icc_reml(table, "C,k").value == pytest.approx(expected["ICC_Ck"], abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_with_missing_ratings_it_is_that_of_the_mixed_model(seed: int) -> None:
    table = holed(seed)
    unit, rater, residual = by_mixed_model(table.values).values()
    found = rating_variances(table)
    assert (found.unit, found.rater, found.residual) == pytest.approx(
        (unit, rater, residual), abs=1e-6
    )
    assert icc_reml(table, "A,1").value == pytest.approx(unit / (unit + rater + residual), abs=1e-7)
    assert icc_reml(table, "C,1").value == pytest.approx(unit / (unit + residual), abs=1e-7)
    mean_of_six = icc_reml(table, "A,k", k=6).value
    assert mean_of_six == pytest.approx(unit / (unit + (rater + residual) / 6), abs=1e-7)
    u, _ = np.nonzero(np.isfinite(table.values))
    one_way = fit_mixed_model(table.values[np.isfinite(table.values)], groups={"unit": u}).variance
    share = one_way["unit"] / sum(one_way.values())
    assert icc_reml(table, "1,1").value == pytest.approx(share, abs=1e-7)


@pytest.mark.parametrize("seed", range(3))
def test_the_jackknife_and_doubled_cases_are_refits(seed: int) -> None:
    table = holed(seed)
    weights = np.vstack([leave_one_out(12), 1.0 + np.eye(12)[:3]])
    fast = icc_reml_statistic(table, "ICC(A,1)", 1.0)(weights)
    for row, value in zip(weights, fast, strict=True):
        rows = np.repeat(np.arange(24), row.astype(int)[table.cases])
        unit, rater, residual = by_mixed_model(table.values[rows]).values()
        assert value == pytest.approx(unit / (unit + rater + residual), abs=1e-6)


def test_variances_that_the_mean_squares_would_have_below_zero_are_zero() -> None:
    values = np.array([[1.0, 5.0], [5.0, 1.0], [2.0, 4.0], [4.0, 2.0], [3.0, 2.0]])
    found = rating_variances(values)
    assert found.unit == 0
    assert found.rater == 0
    assert found.residual == pytest.approx(values.var(ddof=1))
    assert icc_reml(values, "C,k").value == 0


def test_bootstrap_intervals_lie_beside_it() -> None:
    table = holed(1)
    found = icc_reml(table, "A,1", resamples=Resamples(table.case_names, n=200))
    assert [beside.n_resamples for beside in found.beside] == [200, 200]
    for beside in found.beside:
        assert beside.low is not None
        assert found.value is not None
        assert beside.high is not None
        assert beside.low < found.value < beside.high


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.floats(-1e3, 1e3), st.floats(0.01, 100))
def test_order_and_unit_do_not_matter(seed: int, shift: float, factor: float) -> None:
    table = holed(seed)
    rng = np.random.default_rng(seed)
    units, raters = rng.permutation(24), rng.permutation(4)
    other = RatingTable.of(
        table.values[units][:, raters] * factor + shift, 100 - table.cases[units]
    )
    one, two = icc_reml(table), icc_reml(other)
    assert one.value == pytest.approx(two.value, abs=1e-6)
    assert one.standard_error == pytest.approx(two.standard_error, abs=1e-5)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.full((4, 3), 2.0), "the ratings do not vary"),
        (np.array([[1.0], [2.0]]), "fewer than two raters"),
        (np.array([[1.0, 2.0]]), "fewer than two units"),
        (np.array([[1, np.nan], [np.nan, 2], [3, np.nan]]), "no unit has two ratings"),
        (np.array([[1.0, 2.0], [2.0, 3.0], [4.0, 5.0]]), "no residual variance"),
        (np.full((3, 2), np.nan), "fewer than two raters"),
        (np.empty((0, 2)), "fewer than two raters"),
    ],
)
def test_what_cannot_be_computed_says_why(values: Any, reason: str) -> None:
    found = icc_reml(values)
    assert found.value is None
    assert reason in (found.reason or "")
    assert rating_variances(values).unit is None


def test_raters_who_agree_on_all_units_have_an_icc_of_one() -> None:
    found = icc_reml([[1, 1, np.nan], [3, 3, 3], [np.nan, 5, 5], [2, 2, 2]])
    assert found.value == 1
    assert "edge" in (found.reason or "")


def test_wrong_input_is_named() -> None:
    with pytest.raises(ValueError, match="no form of the ICC"):
        icc_reml([[1, 2], [2, 3]], "B,1")
    with pytest.raises(ValueError, match="the mean of 0 raters"):
        icc_reml([[1, 2], [2, 3]], "A,k", k=0)
    with pytest.raises(ValueError, match="no component residual"):
        icc_adjusted({"case": 1.0})


@pytest.mark.parametrize("case", checks("lmm_variance_components"))
def test_penicillin(case: dict[str, Any]) -> None:
    plate, sample, diameter = zip(*data(case["dataset"]), strict=True)
    variance = fit_mixed_model(diameter, groups={"plate": plate, "sample": sample}).variance
    shares, expected = variance_shares(variance), case["expected"]
    assert shares["plate"] == pytest.approx(expected["icc_plate"], abs=case["atol"])
    assert shares["sample"] == pytest.approx(expected["icc_sample"], abs=case["atol"])
    assert icc_adjusted(variance) == pytest.approx(expected["icc_adjusted"], abs=case["atol"])


def test_without_variance_there_are_no_shares() -> None:
    assert variance_shares({"case": 0.0, "residual": 0.0}) == {"case": None, "residual": None}
    assert icc_adjusted({"case": 0.0, "residual": 0.0}) is None
