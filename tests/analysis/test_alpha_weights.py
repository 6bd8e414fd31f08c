from __future__ import annotations

from itertools import product
from typing import Any

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.agreement.alpha import alpha_statistic
from analysis.agreement.rating_table import RatingTable
from analysis.resampling import FloatArray, leave_one_out
from tests.analysis import gold

LEVELS = ("nominal", "ordinal", "interval", "ratio")


def crossed() -> RatingTable:
    rows = gold.data("crossed_small_pub")
    values = np.array([row[4:] for row in rows], dtype=float)
    return RatingTable.of(values, [row[0] for row in rows])


def test_every_case_resample_of_a_small_study() -> None:
    expected = gold.check("clustered_machinery_pub")["expected"]
    statistic = alpha_statistic(crossed(), "ordinal")
    draws = np.array(list(product(range(5), repeat=5)))
    weights = np.stack([(draws == case).sum(axis=1) for case in range(5)], axis=1).astype(float)
    values = statistic(weights)
    values = values[np.isfinite(values)]
    exact = expected["alpha_exact_case_bootstrap"]
    assert len(values) == exact["n"]
    assert values.mean() == pytest.approx(exact["mean"], abs=1e-9)
    assert values.std() == pytest.approx(exact["sd_population"], abs=1e-9)
    quantiles = np.quantile(values, [0.025, 0.5, 0.975])
    assert quantiles == pytest.approx(list(exact["q"].values()), abs=1e-9)
    jackknife = statistic(leave_one_out(5))
    assert jackknife == pytest.approx(expected["alpha_case_jackknife_values"], abs=1e-9)


def study(levels: str, seed: int = 1) -> RatingTable:
    """24 units of 8 cases x 4 raters with gaps, in the given number of levels."""
    rng = np.random.default_rng(seed)
    values = 50 + 15 * (rng.normal(size=(24, 1)) + rng.normal(0, 0.6, (24, 4)))
    values = np.abs({"5": np.round(values / 20), "101": np.round(values)}.get(levels, values))
    values[rng.random(values.shape) < 0.2] = np.nan
    return RatingTable.of(values, rng.permutation(np.arange(24) % 8))


@pytest.mark.parametrize("levels", ["5", "101", "continuous"])
@pytest.mark.parametrize("measurement", LEVELS)
def test_weights_are_copies_of_cases(levels: str, measurement: Any) -> None:
    # The package krippendorff on the rows of a resample, written out, is the plain way.
    table = study(levels)
    rng = np.random.default_rng(2)
    weights = rng.multinomial(8, np.full(8, 1 / 8), size=40).astype(float)
    weights[0] = 1
    expected = []
    for row in weights.astype(int):
        rows = np.concatenate([np.repeat([i], row[c]) for i, c in enumerate(table.cases)])
        data = table.values[rows].T
        expected.append(krippendorff.alpha(data, level_of_measurement=measurement))
    found = alpha_statistic(table, measurement)(weights)
    assert found == pytest.approx(np.array(expected), abs=1e-10)


@pytest.mark.parametrize("measurement", LEVELS)
def test_fractional_weights_of_alpha(measurement: Any) -> None:
    # The formula with n, n_c and the coincidences o_ck weighted, written out.
    table = study("5", seed=4)
    weights = np.random.default_rng(6).exponential(size=(5, 8))
    found = alpha_statistic(table, measurement)(weights)
    for row, value in zip(weights, found, strict=True):
        assert value == pytest.approx(plain_alpha(table, row, measurement), abs=1e-12)


def plain_alpha(table: RatingTable, weights: FloatArray, measurement: str) -> float:
    levels = np.unique(table.values[np.isfinite(table.values)])
    coincidence = np.zeros((len(levels), len(levels)))
    for ratings, case in zip(table.values, table.cases, strict=True):
        there = np.flatnonzero(np.isfinite(ratings))
        for one, two in product(there, there):
            if one != two:
                at = np.searchsorted(levels, ratings[[one, two]])
                coincidence[at[0], at[1]] += weights[case] / (len(there) - 1)
    counts = coincidence.sum(axis=1)
    delta = np.zeros_like(coincidence)
    for c, k in product(range(len(levels)), repeat=2):
        low, high = min(c, k), max(c, k)
        delta[c, k] = {
            "nominal": float(c != k),
            "ordinal": (counts[low : high + 1].sum() - (counts[c] + counts[k]) / 2) ** 2,
            "interval": (levels[c] - levels[k]) ** 2,
            "ratio": ((levels[c] - levels[k]) / max(levels[c] + levels[k], 1e-300)) ** 2,
        }[measurement]
    expected = np.outer(counts, counts)
    return float(1 - (counts.sum() - 1) * (coincidence * delta).sum() / (expected * delta).sum())


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(LEVELS))
def test_few_and_many_levels_agree(seed: int, measurement: Any) -> None:
    # A case of weight 0 that holds many more levels sends the same data down the other path.
    few = study("5", seed)
    extra = np.linspace(0, 9, 40).reshape(20, 2)
    values = np.full((44, 4), np.nan)
    values[:24], values[24:, :2] = few.values, extra
    many = RatingTable.of(values, [*few.cases, *[8] * 20])
    weights = np.random.default_rng(seed).integers(0, 3, (6, 8)).astype(float)
    padded = np.hstack([weights, np.zeros((6, 1))])
    one = alpha_statistic(few, measurement)(weights)
    two = alpha_statistic(many, measurement)(padded)
    assert one == pytest.approx(two, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("levels", ["5", "101", "continuous"])
@pytest.mark.parametrize("measurement", LEVELS)
def test_a_resample_without_variation_is_undefined(levels: str, measurement: Any) -> None:
    table = study(levels)
    values = table.values.copy()
    values[table.cases == 0] = 0.1
    statistic = alpha_statistic(RatingTable.of(values, table.cases), measurement)
    weights = np.array([[4.0] + [0.0] * 7, [1.0] * 8, [0.0] * 8])
    assert np.isfinite(statistic(weights)).tolist() == [False, True, False]


def test_interval_alpha_keeps_its_digits_far_from_zero() -> None:
    table = study("101")
    far = RatingTable.of(table.values + 1e9, table.cases)
    one = alpha_statistic(table, "interval")(leave_one_out(8))
    assert alpha_statistic(far, "interval")(leave_one_out(8)) == pytest.approx(one, abs=1e-12)


@pytest.mark.parametrize("measurement", LEVELS)
def test_single_ratings_do_not_count(measurement: Any) -> None:
    table = study("5")
    alone = np.full((24, 4), np.nan)
    alone[:, 1] = np.arange(24)
    longer = RatingTable.of(np.vstack([table.values, alone]), [*table.cases, *table.cases])
    one = alpha_statistic(table, measurement)(leave_one_out(8))
    assert alpha_statistic(longer, measurement)(leave_one_out(8)) == pytest.approx(one, abs=1e-13)
