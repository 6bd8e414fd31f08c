"""The parts of a ranking against scipy, numpy and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from statsmodels.stats.multitest import multipletests

from analysis.ranking import (
    CaseValues,
    aggregate_then_rank,
    kendall_tau,
    rank_rows,
    rank_then_aggregate,
    significance_map,
    significance_ranking,
    weighted_median,
)
from analysis.ranking.significance import adjusted, wilcoxon_p_values
from analysis.resampling import Resamples, evaluate


@settings(max_examples=50, deadline=None)
@given(
    arrays(float, st.tuples(st.integers(1, 9), st.integers(1, 3)), elements=st.integers(-4, 4)),
    st.data(),
)
def test_a_weighted_median_is_that_of_the_repeated_list(
    values: np.ndarray, data: st.DataObject
) -> None:
    counts = data.draw(arrays(int, (3, len(values)), elements=st.integers(0, 3)))
    medians = weighted_median(counts.astype(float), values)
    for row, found in zip(counts, medians, strict=True):
        if row.sum():
            assert np.array_equal(found, np.median(np.repeat(values, row, axis=0), axis=0))
        else:
            assert np.isnan(found).all()


@pytest.mark.parametrize("ties", ["min", "average", "max"])
def test_ranks_are_those_of_scipy(ties: str) -> None:
    values = np.random.default_rng(2).integers(0, 5, (40, 6)).astype(float)
    assert np.array_equal(
        rank_rows(values, ties),  # type: ignore[arg-type]
        stats.rankdata(-values, method=ties, axis=1),
    )


def test_rounding_is_no_difference_in_rank() -> None:
    parts = np.array([0.1, 0.2, 0.3])
    sums = [parts[0] + parts[1] + parts[2], parts[2] + parts[1] + parts[0]]
    assert sums[0] != sums[1]
    assert rank_rows([[*sums, 0.5]]).tolist() == [[1, 1, 3]]
    assert rank_rows([[-np.inf, 0.5, -np.inf]]).tolist() == [[2, 1, 2]]
    assert np.isnan(rank_rows([[np.nan, 1.0]])).all()


def test_tau_is_that_of_scipy() -> None:
    rng = np.random.default_rng(4)
    one, two = rng.integers(1, 5, (2, 30, 6))
    expected = [stats.kendalltau(a, b).statistic for a, b in zip(one, two, strict=True)]
    assert kendall_tau(one, two) == pytest.approx(expected)
    assert np.isnan(kendall_tau([1, 1, 1], [1, 2, 3])[0])
    with pytest.raises(ValueError, match="rankings of 2 and of 3 models"):
        kendall_tau([1, 2], [1, 2, 3])


def test_signed_rank_p_values_are_those_of_scipy_on_repeated_cases() -> None:
    rng = np.random.default_rng(6)
    gains = rng.integers(0, 8, (15, 3)) / 8  # ties and zero differences, exact in binary
    counts = rng.multinomial(15, [1 / 15] * 15, size=20)
    counts[0] = 1
    found = wilcoxon_p_values(counts.astype(float), gains)
    for row, p_values in zip(counts, found, strict=True):
        cases = np.repeat(gains, row, axis=0)
        for i, j in ((0, 1), (1, 0), (2, 1)):
            test = stats.wilcoxon(
                cases[:, i],
                cases[:, j],
                alternative="greater",
                method="asymptotic",
                correction=True,
            )
            assert p_values[i, j] == pytest.approx(test.pvalue, abs=1e-12)
    assert (found[:, range(3), range(3)] == 1).all()


def test_differences_that_are_equal_as_decimals_tie() -> None:
    # 0.9 - 0.8 and 0.7 - 0.6 differ in the last bit; as integers they do not.
    tenths = np.array([[9, 8], [7, 6], [5, 7], [4, 1]])
    ones = np.ones((1, 4))
    assert wilcoxon_p_values(ones, tenths / 10) == pytest.approx(wilcoxon_p_values(ones, tenths))


def test_holm_is_that_of_statsmodels() -> None:
    p_values = np.random.default_rng(9).random((5, 4, 4)) ** 3
    off = ~np.eye(4, dtype=bool)
    found = adjusted(p_values, "holm")
    for before, after in zip(p_values, found, strict=True):
        assert after[off] == pytest.approx(multipletests(before[off], method="holm")[1])


def test_a_significance_map_counts_the_tests_won() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(0, 1, (30, 1)) + rng.normal(0, 0.3, (30, 3)) + [0.0, 0.05, 1.0]
    table = CaseValues.of(values, higher_is_better=True)
    found = significance_map(table)
    assert found.wins == (0, 0, 2)
    assert found.significant[2].tolist() == [True, True, False]
    assert found.p_values[2, 0] <= 0.05 < found.p_values[1, 0]
    assert significance_ranking(table).aggregates == (0, 0, 2)
    # Raw p .036 for the better of two in four cases; Holm doubles it (Wiesenfarth 2021).
    four = CaseValues.of([[0.2, 1.0]] * 4, higher_is_better=True)
    assert significance_map(four, adjust="none").wins == (0, 1)
    assert significance_map(four).wins == (0, 0)
    assert significance_map(four).p_values[1, 0] == pytest.approx(2 * stats.norm.sf(1.8))


def test_models_that_are_alike_differ_nowhere() -> None:
    same = CaseValues.of([[0.5, 0.5], [0.7, 0.7]], higher_is_better=True)
    assert significance_map(same).p_values.tolist() == [[1, 1], [1, 1]]
    one = CaseValues.of([[0.5, 0.6]], higher_is_better=True)
    assert significance_map(one).wins == (0, 0)
    nobody = significance_map(CaseValues.of(np.empty((0, 2)), higher_is_better=True))
    assert (nobody.p_values, nobody.wins, nobody.reason) == (None, None, "no case")


def test_parts_of_cases_have_means_but_no_rank_tests() -> None:
    values = CaseValues.of(np.random.default_rng(1).random((6, 3)), higher_is_better=True)
    bayesian = Resamples(6, n=20, kind="bayesian")
    ranks = evaluate(aggregate_then_rank(values).ranks_given, bayesian)
    weights = bayesian.rows(0, 20)
    assert np.array_equal(ranks, stats.rankdata(-(weights @ values.values), axis=1))
    with pytest.raises(ValueError, match="whole case weights"):
        evaluate(significance_ranking(values).ranks_given, bayesian)
    with pytest.raises(ValueError, match="adjust='bonferroni'"):
        significance_map(values, adjust="bonferroni")  # type: ignore[arg-type]


def test_a_case_of_huge_values_ties_nobody_in_the_others() -> None:
    values = CaseValues.of([[1, 2, 3], [1e14, 2e14, 0]], higher_is_better=True)
    assert rank_then_aggregate(values).aggregates == (2.5, 1.5, 2.0)
