from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats import contingency_tables

from analysis.agreement.marginal_homogeneity import bhapkar, cochran_q, friedman, stuart_maxwell
from analysis.resampling import SignificanceTest
from tests.analysis import gold


def assert_same(one: SignificanceTest, two: SignificanceTest) -> None:
    assert (one.statistic, one.p_value) == pytest.approx((two.statistic, two.p_value))
    assert one.df == two.df


def test_gold_of_the_vision_table() -> None:
    check = gold.check("stuart_1953_vision")
    table, expected = check["inputs"]["table"], check["expected"]
    for name, test in (("stuart_maxwell", stuart_maxwell), ("bhapkar", bhapkar)):
        found = test(table)
        assert found.statistic == pytest.approx(expected[f"{name}_chi2"], abs=check["atol"])
        assert found.p_value == pytest.approx(expected[f"{name}_p"], abs=check["atol"])
        assert found.df == (expected["df"],)


@pytest.mark.parametrize(
    ("ours", "theirs"), [(stuart_maxwell, "stuart_maxwell"), (bhapkar, "bhapkar")]
)
def test_as_statsmodels(ours: Any, theirs: str) -> None:
    table = np.random.default_rng(1).integers(1, 30, (5, 5))
    expected = contingency_tables.SquareTable(table, shift_zeros=False).homogeneity(theirs)
    found = ours(table)
    assert found.statistic == pytest.approx(expected.statistic)
    assert found.p_value == pytest.approx(expected.pvalue)
    assert found.df == (expected.df,)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([stuart_maxwell, bhapkar]))
def test_order_and_unused_categories_do_not_matter(seed: int, test: Any) -> None:
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 12, (4, 4)) + np.eye(4, dtype=int)
    found = test(table)
    order = rng.permutation(4)
    assert_same(found, test(table[np.ix_(order, order)]))
    assert_same(found, test(table.T))
    larger = np.zeros((5, 5), dtype=int)
    larger[:4, :4] = table
    assert_same(found, test(larger))
    larger[4, 4] = 9  # agreement alone does not move Stuart-Maxwell either
    assert_same(stuart_maxwell(table), stuart_maxwell(larger))


def test_categories_never_confused_with_each_other_are_tested_apart() -> None:
    table = np.zeros((4, 4))
    table[:2, :2], table[2:, 2:] = [[3, 1], [7, 4]], [[5, 6], [4, 1]]
    found = stuart_maxwell(table)
    assert found.df == (2,)
    assert found.statistic == pytest.approx((7 - 1) ** 2 / 8 + (6 - 4) ** 2 / 10)


def test_two_categories_are_mcnemar() -> None:
    table = [[30, 12], [5, 40]]
    expected = contingency_tables.mcnemar(table, exact=False, correction=False)
    found = stuart_maxwell(table)
    assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))


@pytest.mark.parametrize("table", [np.zeros((3, 3)), [[5]], [[4, 0], [0, 7]]])
def test_raters_who_never_disagree(table: Any) -> None:
    for test in (stuart_maxwell, bhapkar):
        found = test(table)
        assert (found.statistic, found.p_value) == (None, None)
        assert found.reason == "no test: the raters never disagree"


def test_bhapkar_when_all_differ_in_one_direction() -> None:
    assert stuart_maxwell([[0, 6], [0, 0]]).statistic == pytest.approx(6)
    found = bhapkar([[0, 6], [0, 0]])
    assert found.statistic is None
    assert "same direction" in str(found.reason)


def test_tables_must_be_square() -> None:
    with pytest.raises(ValueError, match="not square"):
        stuart_maxwell([[1, 2, 3]])


def binary(seed: int) -> Any:
    rng = np.random.default_rng(seed)
    return (rng.random((25, 4)) < [0.3, 0.4, 0.6, 0.5]).astype(float)


def test_cochran_q_as_statsmodels() -> None:
    values = binary(1)
    found = cochran_q(values)
    expected = contingency_tables.cochrans_q(values)
    assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))
    assert found.df == (3,)
    assert_same(found, cochran_q(5 - 2 * values))  # which of the two is the yes does not matter
    assert_same(found, cochran_q(values[::-1, [3, 1, 0, 2]]))


def test_friedman_as_scipy() -> None:
    values = np.random.default_rng(2).integers(1, 6, (20, 4)).astype(float)
    expected = stats.friedmanchisquare(*values.T)
    found = friedman(values)
    assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))
    assert found.df == (3,)
    assert_same(found, friedman(np.exp(values)))
    assert_same(found, friedman(values[::-1, [2, 0, 1, 3]]))


def test_friedman_of_two_values_is_cochran_q() -> None:
    values = binary(3)
    assert_same(friedman(values), cochran_q(values))


def test_the_f_of_friedman_is_the_anova_of_ranks() -> None:
    # Iman & Davenport 1980: the F of the two-way analysis of variance of the ranks.
    values = np.random.default_rng(4).integers(1, 6, (12, 3)).astype(float)
    ranks = stats.rankdata(values, axis=1)
    between = 12 * ((ranks.mean(axis=0) - 2) ** 2).sum()
    rest = ((ranks - 2) ** 2).sum() - between
    found = friedman(values, approximation="F")
    assert found.statistic == pytest.approx((between / 2) / (rest / 22))
    assert found.df == (2, 22)
    assert found.p_value == pytest.approx(stats.f.sf(found.statistic, 2, 22))


def test_incomplete_units_are_left_out_and_counted() -> None:
    values = np.random.default_rng(5).integers(1, 6, (9, 3)).astype(float)
    gaps = np.vstack([values, [[1, np.nan, 2], [np.nan, np.nan, np.nan]]])
    found = friedman(gaps)
    assert_same(found, friedman(values))
    assert "1 incomplete units left out" in found.method


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([[1], [0]], "fewer than two raters"),
        ([[1, 1], [0, 0]], "the raters never disagree"),
        ([[1, np.nan], [np.nan, 0]], "no unit was rated by all raters"),
    ],
)
def test_what_cannot_be_tested_says_why(values: Any, reason: str) -> None:
    for test in (cochran_q, friedman):
        found = test(np.array(values, dtype=float))
        assert (found.statistic, found.p_value) == (None, None)
        assert found.reason == f"no test: {reason}"


def test_the_f_of_friedman_without_spread_left() -> None:
    assert "rank the raters alike" in str(friedman([[1, 2], [2, 5]], approximation="F").reason)
    assert "one unit" in str(friedman([[1, 2]], approximation="F").reason)


def test_wrong_options() -> None:
    with pytest.raises(ValueError, match="two values, not 3"):
        cochran_q([[1, 2], [3, 1]])
    with pytest.raises(ValueError, match="unknown approximation"):
        friedman([[1, 2]], approximation="t")  # type: ignore[arg-type]
