from __future__ import annotations

import doctest
import importlib
import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.association.correlation import Pairs, correlation_statistic, rank_correlation
from analysis.association.families import compare_families
from analysis.resampling import FloatArray, leave_one_out

COEFFICIENTS = ("spearman", "kendall")


def scipys(coefficient: str, x: FloatArray, y: FloatArray) -> float:
    function = stats.spearmanr if coefficient == "spearman" else stats.kendalltau
    return float(function(x, y).statistic)


def small_study(shared: Path) -> tuple[Pairs, dict[str, Any], list[list[Any]]]:
    document = json.loads((shared / "reference" / "agreement_gold.json").read_text())
    rows = document["datasets"]["crossed_small_pub"]["values"]
    check = next(c for c in document["checks"] if c["id"] == "clustered_machinery_pub")
    ratings = np.array([row[4:] for row in rows], dtype=float).mean(axis=1)
    pairs = Pairs.of(np.array([row[3] for row in rows]), ratings, [row[0] for row in rows])
    return pairs, check["expected"], rows


def test_the_law_schools(shared: Path) -> None:
    # Efron 1982: LSAT and GPA of 15 law schools.
    document = json.loads((shared / "reference" / "agreement_gold.json").read_text())
    lsat, gpa = np.array(document["datasets"]["law_school_82"]["values"]).T
    pairs = Pairs.of(lsat, gpa)
    assert rank_correlation(pairs, "spearman").value == pytest.approx(0.796428571429, abs=1e-10)
    assert rank_correlation(pairs, "kendall").value == pytest.approx(0.638095238095, abs=1e-10)


def test_ties(shared: Path) -> None:
    document = json.loads((shared / "reference" / "agreement_gold.json").read_text())
    check = next(c for c in document["checks"] if c["id"] == "partial_and_tied")
    pairs = Pairs.of(np.array(check["inputs"]["x"]), np.array(check["inputs"]["y"]))
    expected = check["expected"]
    assert rank_correlation(pairs, "spearman").value == pytest.approx(expected["spearman"])
    assert rank_correlation(pairs, "kendall").value == pytest.approx(expected["kendall_tau_b"])


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_every_case_resample_of_a_small_study(shared: Path, coefficient: Any) -> None:
    pairs, expected, _ = small_study(shared)
    draws = np.array(list(product(range(5), repeat=5)))
    weights = np.stack([(draws == case).sum(axis=1) for case in range(5)], axis=1).astype(float)
    values = correlation_statistic(pairs, coefficient)(weights)
    values = values[np.isfinite(values)]
    exact = expected[f"{coefficient}_exact_case_bootstrap"]
    assert values.mean() == pytest.approx(exact["mean"], abs=1e-9)
    assert values.std() == pytest.approx(exact["sd_population"], abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(COEFFICIENTS),
    st.lists(
        st.tuples(st.sampled_from([0.1, 0.5, 0.7, -np.inf]), st.integers(1, 4), st.integers(0, 3)),
        min_size=4,
        max_size=14,
    ),
    st.lists(st.integers(0, 3), min_size=4, max_size=4),
)
def test_weights_are_copies_of_cases(
    coefficient: Any, rows: list[tuple[float, int, int]], copies: list[int]
) -> None:
    metric, rating, case = (np.array(column) for column in zip(*rows, strict=True))
    labels = np.unique(case)
    weights = np.array(copies[: len(labels)], dtype=float)
    pairs = Pairs.of(metric, rating, case)
    value = correlation_statistic(pairs, coefficient)(weights[None])[0]
    index = np.repeat(np.arange(len(rows)), weights[pairs.cases].astype(int))
    x, y = stats.rankdata(metric[index]), stats.rankdata(rating[index])
    if len(np.unique(x)) < 2 or len(np.unique(y)) < 2:
        assert np.isnan(value)
    else:
        assert value == pytest.approx(scipys(coefficient, x, y), abs=1e-9)


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_the_interval_equals_a_plain_loop(coefficient: Any) -> None:
    rng = np.random.default_rng(11)
    cases = np.repeat(np.arange(9), 3)
    quality = rng.normal(size=9)[cases]
    metric = quality + rng.normal(size=27)
    rating = np.clip(np.round(quality + rng.normal(size=27) + 3), 1, 5)
    estimate = rank_correlation(Pairs.of(metric, rating, cases), coefficient)
    z = [
        np.arctanh(scipys(coefficient, metric[cases != case], rating[cases != case]))
        for case in range(9)
    ]
    reach = stats.t.ppf(0.975, 8) * np.sqrt(8 / 9 * np.sum((np.array(z) - np.mean(z)) ** 2))
    value = scipys(coefficient, metric, rating)
    ends = np.tanh([np.arctanh(value) - reach, np.arctanh(value) + reach])
    assert estimate.value == pytest.approx(value)
    assert (estimate.low, estimate.high) == pytest.approx(tuple(ends))
    assert estimate.n_cases == 9


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_names_and_order_do_not_matter(coefficient: Any) -> None:
    rng = np.random.default_rng(12)
    metric, rating, cases = rng.random(20), rng.integers(1, 5, 20), np.arange(20) // 4
    order = rng.permutation(20)
    one = rank_correlation(Pairs.of(metric, rating, cases), coefficient)
    two = rank_correlation(Pairs.of(metric[order], rating[order], 9 - cases[order]), coefficient)
    assert (one.value, one.low, one.high) == pytest.approx((two.value, two.low, two.high))


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
@pytest.mark.parametrize(
    ("metric", "rating", "reason"),
    [
        ([0.5, 0.5, 0.5], [1, 2, 3], "no variation: the metric is the same for all masks"),
        ([0.5, 0.6, 0.7], [2, 2, 2], "no variation: the mean rating is the same for all masks"),
        ([0.5, 0.6], [1, 2], "2 rated masks with a value of this metric, at least 3 are needed"),
        ([], [], "0 rated masks with a value of this metric, at least 3 are needed"),
    ],
)
def test_what_cannot_be_computed_says_why(
    coefficient: Any, metric: Any, rating: Any, reason: str
) -> None:
    estimate = rank_correlation(Pairs.of(np.array(metric), np.array(rating)), coefficient)
    assert (estimate.value, estimate.low, estimate.reason) == (None, None, reason)


def study(seed: int, n_cases: int = 15) -> dict[str, Pairs]:
    rng = np.random.default_rng(seed)
    models = {}
    case_quality = rng.normal(size=n_cases)
    for model in "ABCD":
        quality = case_quality + rng.normal(size=n_cases)
        metric = quality + rng.normal(size=n_cases) * (0.5 if model in "AB" else 2)
        models[model] = Pairs.of(metric, np.round(quality), np.arange(n_cases))
    return models


def family_z(models: list[Pairs], kept: np.ndarray) -> float:
    rhos = [scipys("spearman", m.metric[kept], m.rating[kept]) for m in models]
    return float(np.mean(np.arctanh(rhos)))


def test_the_contrast_equals_a_plain_loop() -> None:
    models = study(21)
    first, second = [models["A"], models["B"]], [models["C"], models["D"]]
    contrast = compare_families(
        {"A": models["A"], "B": models["B"]}, {"C": models["C"], "D": models["D"]}
    )
    everyone = np.arange(15)
    difference = family_z(first, everyone) - family_z(second, everyone)
    without = np.array(
        [
            family_z(first, np.delete(everyone, i)) - family_z(second, np.delete(everyone, i))
            for i in range(15)
        ]
    )
    error = np.sqrt(14 / 15 * ((without - without.mean()) ** 2).sum())
    reach = stats.t.ppf(0.975, 14) * error
    z = contrast.difference_z
    assert z.value == pytest.approx(difference)
    assert (z.low, z.high) == pytest.approx((difference - reach, difference + reach))
    assert z.p_value == pytest.approx(2 * stats.t.sf(abs(difference) / error, 14))
    on_rho = np.tanh(family_z(first, everyone)) - np.tanh(family_z(second, everyone))
    assert contrast.difference_rho.value == pytest.approx(on_rho)
    assert contrast.models == (2, 2)


def test_swapping_the_families_changes_the_sign() -> None:
    models = study(22)
    first, second = ({k: models[k] for k in names} for names in ("AB", "CD"))
    one, two = compare_families(first, second), compare_families(second, first)
    assert one.difference_z.value == pytest.approx(-two.difference_z.value)
    assert one.difference_z.low == pytest.approx(-two.difference_z.high)
    assert one.difference_z.p_value == pytest.approx(two.difference_z.p_value)


def test_a_case_leaves_all_models_at_once() -> None:
    models = study(23)
    statistic = correlation_statistic(models["A"], "spearman")
    expected = [
        scipys("spearman", np.delete(models["A"].metric, i), np.delete(models["A"].rating, i))
        for i in range(15)
    ]
    assert statistic(leave_one_out(15)) == pytest.approx(expected)


def test_a_model_without_rho_is_named() -> None:
    models = study(24)
    constant = Pairs.of(models["C"].metric, np.ones(15))
    contrast = compare_families({"A": models["A"]}, {"constant": constant, "D": models["D"]})
    assert contrast.difference_z.value is None
    assert contrast.difference_z.reason == (
        "Spearman's rho is undefined or exactly 1 or -1 (infinite on Fisher's z) for constant"
    )


def test_a_family_without_models() -> None:
    contrast = compare_families({"A": study(25)["A"]}, {})
    assert contrast.difference_z.reason == "one of the two families has no model"


def test_cases_that_no_model_of_the_contrast_has_do_not_count() -> None:
    models = {name: Pairs(p.metric, p.rating, p.cases + 5, 30) for name, p in study(26).items()}
    contrast = compare_families({"A": models["A"]}, {"C": models["C"]})
    assert contrast.difference_z.n_cases == 15
    assert contrast.difference_z.low is not None


@pytest.mark.parametrize(
    "module",
    ["analysis.agreement.alpha", "analysis.association.correlation", "analysis.typed_csv"],
)
def test_the_examples_run(module: str) -> None:
    results = doctest.testmod(importlib.import_module(module))
    assert results.attempted > 0
    assert results.failed == 0


def test_cases_without_a_label_are_refused() -> None:
    for labels in ([None, "a", "b"], [np.nan, 1, 2], [np.nan, "a", "b"]):
        with pytest.raises(ValueError, match="1 values of the metric are NaN; 1 case labels are"):
            Pairs.of([np.nan, 2, 3], [1, 2, 3], labels)
    mixed = Pairs.of([1, 2, 3], [1, 2, 3], np.array([2, "a", 2], dtype=object))
    assert mixed.case_names.tolist() == ["2", "a"]
