from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats import inter_rater

from analysis.agreement import chance_corrected as cac
from analysis.agreement.alpha import krippendorff_alpha
from analysis.agreement.category_counts import count_categories
from analysis.agreement.category_weights import category_weights
from analysis.agreement.chance_models import (
    ALPHA_CHANCE,
    GWET_CHANCE,
    NO_CHANCE,
    OWN_CHANCE,
    POOLED_CHANCE,
    UNIFORM_CHANCE,
)
from analysis.agreement.light_kappa import light_kappa
from analysis.agreement.rating_table import RatingTable
from analysis.resampling import FloatArray, Resamples
from tests.analysis import gold
from tests.analysis.plain_coefficients import plain_coefficient

SCALE = [1.0, 2.0, 3.0, 4.0, 5.0]
NAMES = (
    "percent_agreement",
    "gwet_ac2",
    "fleiss_kappa",
    "conger_kappa",
    "brennan_prediger",
    "krippendorff_alpha_fixed_weights",
)
MODELS = dict(
    zip(
        NAMES,
        (NO_CHANCE, GWET_CHANCE, POOLED_CHANCE, OWN_CHANCE, UNIFORM_CHANCE, ALPHA_CHANCE),
        strict=True,
    )
)
WEIGHTS = ("unweighted", "linear", "quadratic", "ordinal", "radical", "circular", "bipolar")


def called(name: str, values: Any, weights: Any = "unweighted", **options: Any) -> cac.Coefficient:
    found: cac.Coefficient = getattr(cac, name)(values, weights, **options)
    return found


def matrix(rows: Any) -> FloatArray:
    return np.array(rows, dtype=float)


@pytest.mark.parametrize("check", gold.checks("chance_corrected_agreement"))
def test_gold_of_gwet(check: gold.Check) -> None:
    values = matrix(gold.data(check["dataset"]))
    for name, expected in check["expected"].items():
        ours = "gwet_ac2" if name == "gwet_ac" else name
        found = called(ours, values, check["options"]["weights"], categories=SCALE)
        tolerance = check["atol"]
        assert found.value == pytest.approx(expected["value"], abs=tolerance)
        assert found.observed == pytest.approx(expected["pa"], abs=tolerance)
        assert found.expected == pytest.approx(expected["pe"], abs=tolerance)
        if "se" in expected:
            assert found.standard_error == pytest.approx(expected["se"], abs=tolerance)
            ends = (found.interval.low, found.interval.high)
            assert ends == pytest.approx(tuple(expected["ci95"]), abs=tolerance)
        else:
            assert found.standard_error == pytest.approx(expected["se_5dp"], abs=5.1e-6)


def test_gold_of_fleiss_1971() -> None:
    values = matrix(gold.data("fleiss_1971"))
    check = gold.check("fleiss_1971_kappas")
    expected, tolerance = check["expected"], check["atol"]
    assert light_kappa(values).value == pytest.approx(expected["light_kappa"], abs=tolerance)
    unanimous = cac.unanimous_percent(values).value
    assert unanimous == pytest.approx(expected["unanimous_percent"], abs=tolerance)
    agreement = cac.percent_agreement(values).value
    assert agreement == pytest.approx(expected["pairwise_percent_agreement"], abs=tolerance)
    for name, ours in (
        ("fleiss_kappa", cac.fleiss_kappa),
        ("conger_kappa", cac.conger_kappa),
        ("gwet_ac1", cac.gwet_ac1),
        ("brennan_prediger", cac.brennan_prediger),
    ):
        found = ours(values)
        assert found.value == pytest.approx(expected[name], abs=tolerance)
        if name in expected["se"]:
            assert found.standard_error == pytest.approx(expected["se"][name], abs=tolerance)
    test = cac.fleiss_kappa(values).null_test
    assert test is not None
    assert test.statistic == pytest.approx(expected["fleiss_z_under_null"], abs=1e-7)


def test_fleiss_kappa_as_statsmodels() -> None:
    values = np.random.default_rng(3).integers(1, 5, (40, 6))
    counts = inter_rater.aggregate_raters(values)[0]
    found = cac.fleiss_kappa(values)
    assert found.value == pytest.approx(inter_rater.fleiss_kappa(counts))
    assert found.n_raters == 6


def test_the_fleiss_test_needs_as_many_ratings_and_no_weights() -> None:
    values = matrix([[1, 1, 2], [2, 2, np.nan], [1, 2, 1], [2, 2, 2]])
    test = cac.fleiss_kappa(values).null_test
    assert test is not None
    assert "as many ratings" in str(test.reason)
    weighted = cac.fleiss_kappa(values[[0, 2, 3]], "linear", categories=[1, 2, 3]).null_test
    assert weighted is not None
    assert "unweighted" in str(weighted.reason)


def ratings(seed: int, units: int = 20, raters: int = 4) -> RatingTable:
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 6, (units, 1))
    values = np.clip(truth + rng.integers(-1, 2, (units, raters)), 1, 5).astype(float)
    values[rng.random(values.shape) < 0.25] = np.nan
    return RatingTable.of(values, rng.integers(0, 6, units))


@pytest.mark.parametrize("weights", [*WEIGHTS, "ratio"])
@pytest.mark.parametrize("name", NAMES[:-1])
def test_values_are_those_of_loops_over_pairs(name: str, weights: str) -> None:
    table = ratings(1)
    expected = plain_coefficient(name, table.values, SCALE, category_weights(weights, SCALE))  # type: ignore[arg-type]
    found = called(name, table, weights, categories=SCALE)
    assert found.value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("weights", ["unweighted", "quadratic"])
@pytest.mark.parametrize("name", NAMES)
def test_case_weights_are_copies_of_cases(name: str, weights: Any) -> None:
    table = ratings(2)
    counted = count_categories(table, weights, SCALE)
    if MODELS[name].pairs_only:
        counted = counted.with_ratings(2)
    statistic = MODELS[name].statistic(counted)
    draws = np.random.default_rng(4).multinomial(6, np.full(6, 1 / 6), size=25)
    for row in np.vstack([np.ones(6, int), draws]):
        units = np.concatenate([np.repeat([i], row[c]) for i, c in enumerate(table.cases)])
        expected = called(name, table.values[units], weights, categories=SCALE).value
        found = float(statistic(row[None].astype(float))[0])
        assert (found if np.isfinite(found) else None) == pytest.approx(expected, abs=1e-12)


def test_light_kappa_is_copies_of_cases_too() -> None:
    values = np.random.default_rng(8).integers(1, 4, (12, 3)).astype(float)
    table = RatingTable.of(values, np.arange(12) // 3)
    resamples = Resamples(4, 35, kind="exact")
    beside = light_kappa(table, resamples=resamples).beside[0]
    plain = []
    for row in resamples.rows(0, resamples.n).astype(int):
        units = np.concatenate([np.repeat([i], row[c]) for i, c in enumerate(table.cases)])
        plain.append(light_kappa(values[units]).value)
    plain = np.repeat(np.array(plain, dtype=float), resamples.copies)
    ends = np.quantile(plain[np.isfinite(plain)], [0.025, 0.975])
    assert (beside.low, beside.high) == pytest.approx(tuple(ends))


def test_unanimous_percent_by_hand_and_in_resamples() -> None:
    values = matrix([[1, 1, 1], [2, np.nan, 2], [1, 2, 1], [np.nan, 3, np.nan], [3, 3, 1]])
    table = RatingTable.of(values, ["a", "a", "b", "b", "c"])
    resamples = Resamples(["a", "b", "c"], 27, kind="exact")
    found = cac.unanimous_percent(table, resamples=resamples)
    assert found.value == 50.0
    draws = resamples.rows(0, resamples.n)
    plain = np.repeat(100 * draws @ [2, 0, 0] / (draws @ [2, 1, 1]), resamples.copies)
    ends = np.quantile(plain, [0.025, 0.975])
    assert (found.beside[0].low, found.beside[0].high) == pytest.approx(tuple(ends))


@pytest.mark.parametrize("name", ["gwet_ac2", "fleiss_kappa", "conger_kappa", "percent_agreement"])
def test_the_linearised_error_is_the_limit_of_the_jackknife(name: str) -> None:
    rng = np.random.default_rng(9)
    truth = rng.integers(1, 6, (600, 1))
    values = np.clip(truth + rng.integers(-1, 2, (600, 3)), 1, 5).astype(float)
    found = called(name, values, "linear", categories=SCALE)
    assert found.standard_error == pytest.approx(found.estimate.standard_error, rel=0.01)


@pytest.mark.parametrize(
    ("weights", "measurement"),
    [("unweighted", "nominal"), ("quadratic", "interval"), ("ratio", "ratio")],
)
def test_alpha_with_fixed_weights_is_the_alpha_of_that_measurement(
    weights: Any, measurement: Any
) -> None:
    table = ratings(5)
    found = cac.krippendorff_alpha_fixed_weights(table, weights, categories=SCALE)
    alpha = krippendorff_alpha(table, measurement)
    assert (found.value, found.estimate.low) == pytest.approx((alpha.value, alpha.low))


def test_two_raters() -> None:
    values = ratings(6, raters=2).values
    scott = cac.scott_pi(values, categories=SCALE)
    assert scott.value == cac.fleiss_kappa(values, categories=SCALE).value
    complete = values[np.isfinite(values).all(axis=1)]
    light = light_kappa(complete, "linear", categories=SCALE).value
    assert cac.conger_kappa(complete, "linear", categories=SCALE).value == pytest.approx(light)
    with pytest.raises(ValueError, match="2 raters, not 3"):
        cac.scott_pi([[1, 2, 3]])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1000), st.sampled_from(NAMES), st.sampled_from(WEIGHTS))
def test_order_of_raters_units_and_labels_does_not_matter(seed: int, name: str, kind: str) -> None:
    rng = np.random.default_rng(seed)
    table = ratings(seed)
    units, raters = rng.permutation(20), rng.permutation(4)
    moved = RatingTable.of(table.values[units][:, raters], 9 - table.cases[units])
    one = called(name, table, kind, categories=SCALE)
    two = called(name, moved, kind, categories=SCALE[::-1])
    assert (one.value, one.standard_error) == pytest.approx((two.value, two.standard_error))
    assert (one.estimate.low, one.estimate.high) == pytest.approx(
        (two.estimate.low, two.estimate.high)
    )
    disagreement = 17 * (1 - category_weights(kind, SCALE))  # type: ignore[arg-type]
    three = called(name, table, disagreement, categories=SCALE)
    assert three.value == pytest.approx(one.value, abs=1e-12)


def test_unused_categories_count_where_they_should() -> None:
    values = [[1, 1], [2, 2], [1, 2], [2, 2]]
    for name in ("brennan_prediger", "gwet_ac2"):
        seen, all_ = called(name, values), called(name, values, categories=SCALE)
        assert seen.value != pytest.approx(all_.value)
        assert "these were seen: 1, 2" in seen.estimate.method
        assert "seen" not in all_.estimate.method
    assert cac.fleiss_kappa(values).value == cac.fleiss_kappa(values, categories=SCALE).value


def test_a_rating_outside_the_list_is_an_error() -> None:
    with pytest.raises(ValueError, match="not in the list of categories: 7, 9"):
        cac.gwet_ac1([[1, 7], [9, 2]], categories=[1, 2])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rows", [[[1], [2]], [[1, np.nan], [np.nan, 2]], np.empty((0, 3))])
def test_nothing_to_compare_says_so(name: str, rows: Any) -> None:
    found = called(name, matrix(rows))
    assert (found.value, found.standard_error) == (None, None)
    assert found.estimate.reason == found.interval.reason == "no unit has two ratings"
    assert light_kappa(matrix(rows)).reason == "no unit has two ratings"
    assert cac.unanimous_percent(matrix(rows)).reason == "no unit has two ratings"


def test_equal_ratings() -> None:
    values = [[3, 3, 3]] * 5
    for name in ("fleiss_kappa", "conger_kappa", "krippendorff_alpha_fixed_weights"):
        found = called(name, values, categories=SCALE)
        assert found.value is None
        assert found.estimate.reason == "no variation: all ratings are equal"
        assert found.observed == 1.0
    for name in ("gwet_ac2", "brennan_prediger", "percent_agreement"):
        found = called(name, values, categories=SCALE)
        assert (found.value, found.estimate.low, found.interval.low) == (1.0, None, None)
        assert found.interval.reason == "no interval: all units contribute the same"
    for name in ("gwet_ac2", "brennan_prediger"):
        assert "give the list" in str(called(name, values).estimate.reason)
    assert "one category" in str(light_kappa(values).reason)


def test_one_unit_has_no_error() -> None:
    found = cac.gwet_ac1([[1, 2, 1]], categories=[1, 2])
    assert found.value is not None
    assert found.standard_error is None
    assert found.interval.reason == "no interval: a single unit"


def test_light_kappa_compares_raters_on_their_common_units() -> None:
    values = matrix([[1, 1, np.nan], [2, 1, np.nan], [2, 2, np.nan], [1, np.nan, 1]])
    found = light_kappa(values, categories=[1, 2])
    assert found.value is None  # raters 1 and 3 share one unit, without variation
    values = np.vstack([values, [[2, np.nan, 2]]])
    found = light_kappa(values, categories=[1, 2])
    assert found.value == pytest.approx((0.4 + 1) / 2)
    assert "2 of 3 pairs" in found.method
