"""Kendall's matrix by quadratic forms, by trees, and by comparing pairs one after the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.association import rank_statistics
from analysis.association.rank_statistics import kendall_matrix
from analysis.resampling import FloatArray, IntArray


def some_columns(seed: int, n_pairs: int, n_levels: tuple[int, ...]) -> FloatArray:
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n_pairs)
    columns = [
        np.floor(stats.rankdata(common + rng.normal(size=n_pairs)) * n / (n_pairs + 1))
        for n in n_levels
    ]
    return np.stack(columns, axis=1)


def plain_tau(columns: FloatArray, cases: IntArray, weights: FloatArray) -> FloatArray:
    """Tau-b of all variables: each ordered pair of pairs counts with both of its weights."""
    signs = np.sign(columns[:, None, :] - columns[None, :, :])
    both = np.outer(weights[cases], weights[cases])
    sums = np.einsum("ab,abj,abk->jk", both, signs, signs)
    with np.errstate(invalid="ignore", divide="ignore"):
        tau: FloatArray = sums / np.sqrt(np.outer(np.diag(sums), np.diag(sums)))
    np.fill_diagonal(tau, 1)
    return tau


@settings(deadline=None, max_examples=60)  # the first example compiles
@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 60),
    st.integers(1, 20),
    st.tuples(st.integers(1, 60), st.integers(1, 60), st.integers(1, 5)),
    st.sampled_from(["counts", "fractions", "few"]),
)
def test_all_ways_give_what_a_loop_gives(seed, n_pairs, n_cases, n_levels, kind) -> None:
    rng = np.random.default_rng(seed)
    columns = some_columns(seed, n_pairs, n_levels)
    cases = rng.integers(0, n_cases, n_pairs)
    weights = {
        "counts": rng.integers(0, 4, (7, n_cases)).astype(float),
        "fractions": rng.dirichlet(np.ones(n_cases), 7) * n_cases,
        "few": rng.random((7, n_cases)) * (rng.random((7, n_cases)) < 0.2),
    }[kind]
    expected = np.stack([plain_tau(columns, cases, row) for row in weights])
    by_matrices, by_trees = ways(columns, cases, n_cases)
    for found in (by_matrices(weights), by_trees(weights)):
        assert found == pytest.approx(expected, abs=1e-11, nan_ok=True)


def ways(
    columns: FloatArray, cases: IntArray, n_cases: int
) -> list[rank_statistics.MatrixStatistic]:
    found = []
    for at_most in (len(cases), 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rank_statistics, "MOST_PAIRS_FOR_MATRICES", at_most)
            patch.setattr(rank_statistics, "CASES_SQUARED_PER_PAIR", 10**9)
            found.append(kendall_matrix(columns, cases, n_cases))
    return found


def test_more_rows_than_stay_in_the_cache() -> None:
    rng = np.random.default_rng(2)
    columns, cases = some_columns(2, 30, (30, 4)), np.arange(30) // 3
    weights = rng.integers(0, 3, (rank_statistics.ROWS_IN_CACHE + 44, 10)).astype(float)
    statistic = kendall_matrix(columns, cases, 10)
    one_by_one = np.concatenate([statistic(row[None]) for row in weights])
    assert np.array_equal(statistic(weights), one_by_one, equal_nan=True)
    for row, matrix in zip(weights[::30], statistic(weights)[::30], strict=True):
        index = np.repeat(np.arange(30), row[cases].astype(int))
        tau = stats.kendalltau(columns[index, 0], columns[index, 1]).statistic
        assert matrix[0, 1] == pytest.approx(tau, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("n_levels_elsewhere", [2, 30])
def test_one_level_is_undefined_whatever_the_fractions(n_levels_elsewhere: int) -> None:
    # The difference of all pairs and the tied would be a rounding error, and tau any number.
    rng = np.random.default_rng(5)
    cases = np.arange(60) // 3
    rating = np.where(cases < 8, 3, 4 + rng.integers(0, n_levels_elsewhere, 60))
    columns = np.stack([rng.normal(size=60), rating], axis=1)
    weights = np.hstack([rng.dirichlet(np.ones(8), 500), np.zeros((500, 12))])
    for way in ways(columns, cases, 20):
        assert np.isnan(way(weights)[:, 0, 1]).all()


def test_one_pair_or_its_ties_alone_are_undefined() -> None:
    # Case 0 has one pair, case 1 three of one metric that no other case has.
    columns = np.array([[5, 1], [7, 1], [7, 2], [7, 3], [1, 4], [2, 5]], dtype=float)
    cases = np.array([0, 1, 1, 1, 2, 2])
    weights = np.array([[1 / 3, 0, 0], [0, 1 / 3, 0], [0, 0, 0], [0, 0, 1 / 3]])
    for way in ways(columns, cases, 3):
        values = way(weights)[:, 0, 1]
        assert np.isnan(values).tolist() == [True, True, True, False]
        assert values[3] == pytest.approx(1, abs=1e-15)
