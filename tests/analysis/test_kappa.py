from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats import inter_rater

from analysis.agreement import chance_corrected as cac
from analysis.agreement.agreement_of_table import agreement_of_table
from analysis.agreement.category_weights import category_weights
from analysis.agreement.kappa import cohen_kappa, cohen_kappa_of_table, cohen_kappa_statistic
from analysis.agreement.prevalence_and_bias import prevalence_and_bias
from analysis.agreement.two_raters import agreement_table
from analysis.resampling import FloatArray, Resamples
from tests.analysis import gold

PARTS = {
    "kappa": "value",
    "se": "standard_error",
    "se_null": "null_standard_error",
    "po": "observed",
    "pe": "expected",
}


def assert_as_expected(found: Any, expected: dict[str, float], tolerance: float) -> None:
    for name, attribute in PARTS.items():
        assert getattr(found, attribute) == pytest.approx(expected[name], abs=tolerance)


def test_gold_of_cohen_1968() -> None:
    check = gold.check("cohen_1968_weighted")
    table, expected = check["inputs"]["table"], check["expected"]
    assert_as_expected(cohen_kappa_of_table(table), expected["kappa"], check["atol"])
    disagreement = np.array(check["inputs"]["disagreement_weights"])
    for unit in (1, 100, 0.01):  # psych 2.2.9 returns another variance for each
        found = cohen_kappa_of_table(table, unit * disagreement)
        assert_as_expected(found, expected["weighted_kappa"], check["atol"])


@pytest.mark.parametrize("weights", ["kappa", "linear", "quadratic"])
def test_gold_of_the_vision_table(weights: Any) -> None:
    check = gold.check("stuart_1953_vision")
    kind = "unweighted" if weights == "kappa" else weights
    found = cohen_kappa_of_table(check["inputs"]["table"], kind)
    assert_as_expected(found, check["expected"][weights], check["atol"])


@pytest.mark.parametrize("check", gold.checks("kappa_paradox_table"))
def test_gold_of_the_paradox(check: gold.Check) -> None:
    expected = check["expected"]
    found = agreement_of_table(check["inputs"]["table"])
    beside = found.cohen_kappa.prevalence_and_bias
    values = {
        "percent_agreement": found.percent_agreement.value,
        "cohen_kappa": found.cohen_kappa.value,
        "cohen_se": found.cohen_kappa.standard_error,
        "scott_pi": found.scott_pi.value,
        "gwet_ac1": found.gwet_ac.value,
        "gwet_ac1_se": found.gwet_ac.standard_error,
        "pabak_brennan_prediger": found.brennan_prediger.value,
        "prevalence_index": beside.prevalence_index,
        "bias_index": beside.bias_index,
    }
    for name, value in values.items():
        assert value == pytest.approx(expected[name], abs=check["atol"]), name
    assert beside.pabak == pytest.approx(found.brennan_prediger.value)
    assert beside.percent_agreement == found.percent_agreement.value


def test_gold_of_anxiety() -> None:
    check = gold.check("kappa2_anxiety_r1_r2")
    values = np.array(gold.data("irr_anxiety"), dtype=float)
    one, two = (values[:, rater - 1] for rater in check["options"]["raters"])
    for weights, expected in check["expected"].items():
        found = cohen_kappa(one, two, categories=check["options"]["categories"], weights=weights)
        assert found.value == pytest.approx(expected, abs=check["atol"])
        assert found.estimate is not None
        assert found.estimate.value == pytest.approx(found.value)


def two_raters(seed: int, units: int = 60) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    one = rng.integers(1, 6, units).astype(float)
    return one, np.clip(one + rng.integers(-1, 2, units), 1, 5)


@pytest.mark.parametrize("weights", ["unweighted", "linear", "quadratic"])
def test_value_as_scikit_learn_with_labels(weights: Any) -> None:
    one, two = two_raters(1)
    theirs = cohen_kappa_score(
        one, two, labels=range(1, 7), weights=None if weights == "unweighted" else weights
    )
    found = cohen_kappa(one, two, categories=range(1, 7), weights=weights)
    assert found.value == pytest.approx(theirs)


@pytest.mark.parametrize("weights", ["unweighted", "linear", "quadratic"])
def test_errors_as_statsmodels(weights: Any) -> None:
    table = agreement_table(*two_raters(2), [1, 2, 3, 4, 5])
    wt = {"unweighted": None, "linear": "linear", "quadratic": "quadratic"}[weights]
    theirs = inter_rater.cohens_kappa(table, wt=wt)
    found = cohen_kappa_of_table(table, weights, level=0.9)
    assert found.value == pytest.approx(theirs.kappa)
    assert found.standard_error == pytest.approx(theirs.std_kappa)
    assert found.null_standard_error == pytest.approx(theirs.std_kappa0)
    assert found.test.p_value == pytest.approx(theirs.pvalue_two_sided)
    reach = stats.norm.ppf(0.95) * theirs.std_kappa
    ends = (found.interval.low, found.interval.high)
    assert ends == pytest.approx((theirs.kappa - reach, theirs.kappa + reach))


def test_weighted_kappa_needs_the_list_of_categories() -> None:
    one, two = [1, 2, 5, 1, 5, 2], [1, 1, 5, 1, 2, 2]
    with pytest.raises(ValueError, match="needs the list of all categories"):
        cohen_kappa(one, two, weights="quadratic")
    by_value = cohen_kappa(one, two, categories=[1, 2, 5], weights="quadratic").value
    full = cohen_kappa(one, two, categories=range(1, 6), weights="quadratic").value
    assert by_value == pytest.approx(full)  # levels stand at their values, seen or not
    assert by_value != pytest.approx(cohen_kappa_score(one, two, weights="quadratic"))


@pytest.mark.parametrize("weights", ["unweighted", "linear", "quadratic", "ordinal"])
def test_case_weights_are_copies_of_cases(weights: Any) -> None:
    one, two = two_raters(3)
    cases = np.arange(60) // 6
    options: dict[str, Any] = {"categories": range(1, 6), "weights": weights}
    statistic = cohen_kappa_statistic(one, two, cases=cases, **options)
    draws = Resamples(10, 30).rows(0, 30)
    for row, value in zip(draws, statistic(draws), strict=True):
        units = np.concatenate([np.repeat([i], int(row[c])) for i, c in enumerate(cases)])
        plain = cohen_kappa(one[units], two[units], **options).value
        assert value == pytest.approx(plain, abs=1e-12)


def test_cases_widen_the_interval_of_copied_units() -> None:
    one, two = two_raters(4, 30)
    alone = cohen_kappa(one, two, categories=range(1, 6))
    copied = cohen_kappa(
        np.tile(one, 4), np.tile(two, 4), categories=range(1, 6), cases=list(range(30)) * 4
    )
    assert copied.estimate is not None
    assert alone.estimate is not None
    assert copied.estimate.low == pytest.approx(alone.estimate.low)
    assert copied.standard_error == pytest.approx(alone.standard_error / 2)  # type: ignore[operator]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1000), st.sampled_from(["unweighted", "linear", "quadratic"]))
def test_order_does_not_matter(seed: int, weights: Any) -> None:
    one, two = two_raters(seed, 25)
    order = np.random.default_rng(seed).permutation(25)
    plain = cohen_kappa(one, two, categories=range(1, 6), weights=weights)
    swapped = cohen_kappa(two[order], one[order], categories=[5, 3, 4, 1, 2], weights=weights)
    for name in PARTS.values():
        assert getattr(plain, name) == pytest.approx(getattr(swapped, name), abs=1e-12)
    agreement = cac.conger_kappa(np.stack([one, two], axis=1), weights, categories=range(1, 6))
    assert agreement.value == pytest.approx(plain.value)
    assert agreement.standard_error == pytest.approx(
        plain.standard_error * np.sqrt(25 / 24)  # type: ignore[operator]
    )


def test_tables_give_what_ratings_give() -> None:
    one, two = two_raters(5)
    table = agreement_of_table(agreement_table(one, two, range(1, 6)), "linear")
    values = np.stack([one, two], axis=1)
    for found, ours in (
        (table.percent_agreement, cac.percent_agreement),
        (table.scott_pi, cac.scott_pi),
        (table.gwet_ac, cac.gwet_ac2),
        (table.brennan_prediger, cac.brennan_prediger),
    ):
        expected = ours(values, "linear", categories=range(1, 6))
        assert found.value == pytest.approx(expected.value)
        assert found.standard_error == pytest.approx(
            expected.standard_error * np.sqrt(59 / 60)  # type: ignore[operator]
        )


def test_labels_and_missing_ratings() -> None:
    first = ["bad", "good", None, "good", "bad", "good"]
    second = ["bad", "good", "good", "bad", np.nan, "good"]
    found = cohen_kappa(first, second, categories=["bad", "good"])
    assert found.n_units == 4
    assert found.table.tolist() == [[1, 0], [1, 2]]
    assert found.value == pytest.approx(0.5)
    assert found.categories == ("bad", "good")


def test_specific_agreement() -> None:
    # Cicchetti & Feinstein 1990: positive 2a / (2a + b + c), negative 2d / (2d + b + c).
    beside = prevalence_and_bias([[80, 10], [5, 5]])
    assert beside.positive_agreement == pytest.approx(160 / 175)
    assert beside.negative_agreement == pytest.approx(10 / 25)
    three = prevalence_and_bias([[4, 1, 0], [1, 3, 0], [0, 0, 0]])
    assert three.specific_agreement == pytest.approx((0.8, 0.75, None))
    assert three.positive_agreement is None
    assert three.pabak == pytest.approx((3 * 7 / 9 - 1) / 2)


def test_prevalence_and_bias_of_three_categories() -> None:
    # Shares of both raters: 5/10, 3/10, 2/10 by row and 4/10, 5/10, 1/10 by column.
    found = prevalence_and_bias([[3, 2, 0], [0, 3, 0], [1, 0, 1]])
    assert found.prevalence_index == pytest.approx((3 * 9 / 20 - 1) / 2)
    assert found.bias_index == pytest.approx((0.1 + 0.2 + 0.1) / 2)
    everything_alike = prevalence_and_bias([[5, 0, 0], [0, 0, 0], [0, 0, 0]])
    assert (everything_alike.prevalence_index, everything_alike.bias_index) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([[5, 0], [0, 0]], "no variation"),
        ([[0, 0], [0, 0]], "no unit was rated by both raters"),
        ([[4]], "no variation"),
    ],
)
def test_undefined_kappa_says_why(table: Any, reason: str) -> None:
    found = cohen_kappa_of_table(table)
    assert (found.value, found.standard_error, found.test.statistic) == (None, None, None)
    for said in (found.reason, found.interval.reason, found.test.reason):
        assert str(said).startswith(reason)
    table_wide = agreement_of_table(table)
    assert table_wide.scott_pi.value is None
    assert table_wide.scott_pi.reason is not None


def test_no_common_unit() -> None:
    found = cohen_kappa([1, None], [None, 2])
    assert found.value is None
    assert found.estimate is not None
    assert found.reason == found.estimate.reason == "no unit was rated by both raters"


def test_perfect_and_one_sided_tables() -> None:
    perfect = cohen_kappa_of_table([[5, 0], [0, 3]])
    assert (perfect.value, perfect.standard_error) == (1.0, 0.0)
    assert perfect.interval.low is None
    one_sided = cohen_kappa_of_table([[5, 3], [0, 0]])
    assert one_sided.value == pytest.approx(0)
    assert "whatever the other did" in str(one_sided.test.reason)


def test_invalid_input_is_an_error() -> None:
    with pytest.raises(ValueError, match="3 and 2 ratings"):
        cohen_kappa([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="not in the list of categories: 9"):
        cohen_kappa([1, 9], [1, 2], categories=[1, 2])
    with pytest.raises(ValueError, match="listed twice"):
        cohen_kappa([1, 2], [1, 2], categories=[1, 2, 2])
    with pytest.raises(ValueError, match="not square"):
        cohen_kappa_of_table([[1, 2, 3], [4, 5, 6]])
    with pytest.raises(ValueError, match="at least 0"):
        cohen_kappa_of_table([[1, -2], [4, 5]])
    with pytest.raises(ValueError, match="3 categories for a table of 2 rows"):
        cohen_kappa_of_table([[1, 2], [4, 5]], categories=[1, 2, 3])


def test_no_warning_escapes() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        statistic = cohen_kappa_statistic([1, 1, 2], [1, 1, 2], categories=[1, 2])
        values = statistic(np.array([[0.0, 0, 0], [1, 1, 0], [1, 1, 1]]))
    assert np.isnan(values).tolist() == [True, True, False]
    assert category_weights("linear", [1]).tolist() == [[1.0]]
