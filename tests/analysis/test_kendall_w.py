from __future__ import annotations

from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.agreement.kendall_w import kendall_w, kendall_w_statistic
from analysis.agreement.mean_correlation import (
    mean_correlation_statistic,
    mean_interrater_correlation,
)
from analysis.agreement.rating_table import RatingTable
from analysis.resampling import Estimate, Resamples
from tests.analysis.gold import check, data


def value_of(estimate: Estimate) -> float:
    assert estimate.value is not None
    return estimate.value


def pairwise(values: np.ndarray, rank: bool = True) -> list[float]:
    columns = stats.rankdata(values, axis=0) if rank else values
    return [float(np.corrcoef(x, y)[0, 1]) for x, y in combinations(columns.T, 2)]


def test_the_anxiety_data_of_irr() -> None:
    expected, values = check("kendall_w_anxiety")["expected"], data("irr_anxiety")
    found = kendall_w(values)
    assert found.w.value == pytest.approx(expected["W_corrected"], abs=1e-10)
    assert found.w_uncorrected.value == pytest.approx(expected["W_uncorrected"], abs=1e-10)
    assert found.chi_square.statistic == pytest.approx(expected["chi2_corrected"], abs=1e-8)
    assert found.chi_square.p_value == pytest.approx(expected["p_corrected"], abs=1e-10)
    assert found.chi_square.df == (expected["df"],)
    # The note of the gold file: (m W - 1) / (m - 1).
    assert found.mean_spearman == pytest.approx(0.309485313932, abs=1e-10)
    for correlation in ("spearman", "pearson"):
        mean = mean_interrater_correlation(values, correlation, "fisher_z")  # type: ignore[arg-type]
        assert mean.value == pytest.approx(expected[f"mean_{correlation}"], abs=1e-10)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 5))
def test_friedman_s_test_of_scipy(seed: int, raters: int) -> None:
    values = np.random.default_rng(seed).integers(1, 5, (9, raters)).astype(float)
    theirs = stats.friedmanchisquare(*values)
    found = kendall_w(values, permutations=1)
    assert found.chi_square.statistic == pytest.approx(theirs.statistic)
    assert found.chi_square.p_value == pytest.approx(theirs.pvalue)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_mean_correlations_by_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(1, 7, (10, 3)) + rng.normal(size=(10, 1))
    for correlation, rank in (("spearman", True), ("pearson", False)):
        r = np.array(pairwise(values, rank))
        plain = mean_interrater_correlation(values, correlation)  # type: ignore[arg-type]
        fisher = mean_interrater_correlation(values, correlation, "fisher_z")  # type: ignore[arg-type]
        assert plain.value == pytest.approx(r.mean())
        assert fisher.value == pytest.approx(np.tanh(np.arctanh(r).mean()))


def test_w_gives_the_mean_spearman_where_ties_are_equally_many_and_not_elsewhere() -> None:
    rng = np.random.default_rng(1)
    without = rng.normal(size=(8, 1)) + rng.normal(size=(8, 4))
    assert kendall_w(without).mean_spearman == pytest.approx(np.mean(pairwise(without)))
    # In the anxiety data the raters' ties differ: .309485 against .310000.
    anxiety = np.array(data("irr_anxiety"), float)
    plain = mean_interrater_correlation(anxiety).value
    assert plain == pytest.approx(np.mean(pairwise(anxiety)))
    assert plain != pytest.approx(kendall_w(anxiety).mean_spearman or 0, abs=1e-4)


def test_the_permutation_test_is_the_exact_one_in_the_limit() -> None:
    values = np.array([[1.0, 1.0, 2.0], [2.0, 3.0, 1.0], [3.0, 2.0, 3.0], [4.0, 4.0, 4.0]])
    ranks = stats.rankdata(values, axis=0)

    def spread(second: Any, third: Any) -> float:
        return float(np.var(ranks[:, 0] + second + third))

    observed = spread(ranks[:, 1], ranks[:, 2])
    every = [
        spread(np.array(second), np.array(third)) >= observed - 1e-9
        for second in permutations(ranks[:, 1])
        for third in permutations(ranks[:, 2])
    ]
    found = kendall_w(values, permutations=40_000).permutation
    assert found.p_value == pytest.approx(np.mean(every), abs=0.006)
    assert found.statistic == pytest.approx(value_of(kendall_w(values).w))


def test_the_seed_makes_the_permutations() -> None:
    values = data("irr_anxiety")
    one, two = (kendall_w(values, seed=7).permutation.p_value for _ in range(2))
    assert one == two
    assert one != kendall_w(values, seed=8).permutation.p_value
    # Perfect agreement: no permutation reaches it, and p counts the data as one.
    best = kendall_w(np.arange(9.0)[:, None].repeat(3, axis=1), permutations=99)
    assert best.permutation.p_value == 0.01


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_order_and_increasing_transformations_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(1, 6, (12, 3)).astype(float)
    cases = np.repeat(np.arange(6), 2)
    order = rng.permutation(12)
    one = kendall_w(RatingTable.of(values, cases), permutations=9)
    turned = np.exp(values[order][:, [2, 0, 1]])
    two = kendall_w(RatingTable.of(turned, cases[order]), permutations=9)
    assert one.w.value == pytest.approx(value_of(two.w))
    assert one.w.low == pytest.approx(two.w.low, abs=1e-9)
    assert one.w_uncorrected.value == pytest.approx(value_of(two.w_uncorrected))


@pytest.mark.parametrize("ties", [True, False])
def test_counts_as_weights_are_repeated_cases(ties: bool) -> None:
    rng = np.random.default_rng(2)
    values, cases = rng.integers(1, 6, (12, 3)).astype(float), np.repeat(np.arange(4), 3)
    counts = np.array([[2, 0, 3, 1], [1, 1, 1, 1], [0, 4, 1, 0]])
    table = RatingTable.of(values, cases)
    weights = counts.astype(float)
    w = kendall_w_statistic(table, ties=ties)(weights)
    spearman = mean_correlation_statistic(table, "spearman", "plain")(weights)
    pearson = mean_correlation_statistic(table, "pearson", "fisher_z")(weights)
    for at, count in enumerate(counts):
        repeated = values[np.repeat(np.arange(12), count[cases])]
        found = kendall_w(repeated, permutations=1)
        assert w[at] == pytest.approx(value_of(found.w if ties else found.w_uncorrected))
        assert spearman[at] == pytest.approx(np.mean(pairwise(repeated)))
        z = np.arctanh(pairwise(repeated, rank=False)).mean()
        assert pearson[at] == pytest.approx(np.tanh(z))


def test_units_with_a_gap_stay_out_and_are_counted() -> None:
    values = np.array(data("irr_anxiety"), float)
    broken = values.copy()
    broken[[3, 8], [0, 2]] = np.nan
    found, whole = kendall_w(broken), kendall_w(np.delete(values, [3, 8], axis=0))
    assert (found.w.value, found.w.low) == (whole.w.value, whole.w.low)
    assert (found.n_units, found.n_raters) == (18, 3)
    assert "18 of 20 units rated by all" in found.w.method


def test_resamples_stand_beside() -> None:
    values = RatingTable.of(data("irr_anxiety"))
    found = kendall_w(values, resamples=Resamples(values.case_names, n=200))
    mean = mean_interrater_correlation(values, resamples=Resamples(values.case_names, n=200))
    for estimate in (found.w, mean):
        assert [interval.n_resamples for interval in estimate.beside] == [200, 200]


def test_without_permutations_there_is_no_such_test() -> None:
    found = kendall_w(data("irr_anxiety"), permutations=0)
    assert found.permutation.p_value is None
    assert found.permutation.reason == "no permutation was asked for"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.full((5, 3), 2.0), "no rater tells units apart"),
        ([[1.0], [2.0]], "fewer than two raters"),
        ([[1.0, 2.0]], "at least 2"),
        ([[1.0, np.nan], [np.nan, 2.0]], "0 of 2 units rated by all"),
    ],
)
def test_tables_without_a_w(values: Any, reason: str) -> None:
    found = kendall_w(values)
    for part in (found.w, found.w_uncorrected, found.chi_square, found.permutation):
        assert reason in (part.reason or "")
    assert found.w.value is found.mean_spearman is found.chi_square.p_value is None


@pytest.mark.parametrize(
    ("values", "average", "reason"),
    [
        (np.array([[1.0, 2.0], [2.0, 2.0], [3.0, 2.0]]), "plain", "the same rating"),
        (np.array([[1.0, 2.0], [2.0, 3.0], [3.0, 4.0]]), "fisher_z", "correlate perfectly"),
        (np.array([[1.0], [2.0]]), "plain", "fewer than two raters"),
    ],
)
def test_tables_without_a_mean_correlation(values: Any, average: Any, reason: str) -> None:
    for correlation in ("spearman", "pearson"):
        found = mean_interrater_correlation(values, correlation, average)  # type: ignore[arg-type]
        assert found.value is None
        assert reason in (found.reason or "")


def test_a_rater_who_ties_all_units_is_no_obstacle_to_w() -> None:
    """By hand: rank sums 3, 4, 5 about 4, S = 2, T = 24: 24 / (4 * 24 - 2 * 24)."""
    found = kendall_w([[1.0, 2.0], [2.0, 2.0], [3.0, 2.0]])
    assert found.w.value == pytest.approx(0.5)
    assert found.w_uncorrected.value == pytest.approx(0.25)


def test_wrong_input_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 permutations"):
        kendall_w([[1, 2], [2, 1]], permutations=-1)
    with pytest.raises(ValueError, match="neither of"):
        mean_interrater_correlation([[1, 2], [2, 1]], "kendall")  # type: ignore[arg-type]
