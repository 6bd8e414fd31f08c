from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.agreement.drift import rater_drift
from analysis.agreement.rating_table import RatingTable
from analysis.agreement.severity import rater_severity, spread_ratio
from analysis.resampling import Resamples


def holed(seed: int, severity: tuple[float, ...] = (0.0, -1.0, 0.5, 0.0)) -> RatingTable:
    """Return ratings of 15 cases with two masks each, one in eight missing."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(30, 1)) + np.array(severity) + rng.normal(size=(30, len(severity)))
    values[rng.random(values.shape) < 1 / 8] = np.nan
    return RatingTable.of(values, np.arange(30) // 2)


def plain_deviations(values: Any, rater: int) -> list[tuple[int, float]]:
    """Return unit and deviation from the others, one by one."""
    found = []
    for unit, row in enumerate(values):
        others = [x for r, x in enumerate(row) if r != rater and np.isfinite(x)]
        if np.isfinite(row[rater]) and others:
            found.append((unit, float(row[rater] - np.mean(others))))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_severity_by_a_plain_loop(seed: int) -> None:
    table = holed(seed)
    severity = rater_severity(table)
    for rater, (name, found) in enumerate(severity.deviation.items()):
        deviations = plain_deviations(table.values, rater)
        assert severity.n_compared[name] == len(deviations)
        assert found.value == pytest.approx(np.mean([d for _, d in deviations]))
        own = sorted({table.cases[unit] for unit, _ in deviations})
        without = [
            np.mean([d for unit, d in deviations if table.cases[unit] != case]) for case in own
        ]
        n = len(own)
        error = np.sqrt((n - 1) / n * np.sum((without - np.mean(without)) ** 2))
        reach = stats.t.ppf(0.975, n - 1) * error
        assert (found.low, found.high) == pytest.approx((found.value - reach, found.value + reach))
        assert found.p_value == pytest.approx(2 * stats.t.sf(abs(found.value) / error, n - 1))
        assert found.n_cases == n


def test_on_complete_ratings_it_is_the_deviation_from_the_mean_stretched() -> None:
    values = np.random.default_rng(0).normal(size=(12, 4))
    found = [one.value for one in rater_severity(values).deviation.values()]
    assert found == pytest.approx((values.mean(axis=0) - values.mean()) * 4 / 3)


def test_two_raters_are_compared_as_by_a_paired_t_test() -> None:
    """One unit per case: the jackknife is exact, and Hotelling's T2 is the square of t."""
    values = np.random.default_rng(1).normal(size=(20, 2)) + np.array([0.0, 0.4])
    severity = rater_severity(values)
    known = stats.ttest_rel(values[:, 0], values[:, 1])
    assert severity.deviation["1"].p_value == pytest.approx(known.pvalue)
    assert severity.equality.statistic == pytest.approx(known.statistic**2)
    assert severity.equality.p_value == pytest.approx(known.pvalue)
    assert severity.equality.df == (1.0, 19.0)


def test_equality_is_hotellings_t_squared_of_the_differences() -> None:
    values = np.random.default_rng(2).normal(size=(16, 3)) + np.array([0.0, 0.5, 0.2])
    differences = values[:, 1:] - values[:, :1]
    mean, spread = differences.mean(axis=0), np.cov(differences.T) / 16
    f = mean @ np.linalg.solve(spread, mean) * 14 / (2 * 15)
    found = rater_severity(values).equality
    assert found.statistic == pytest.approx(f)
    assert found.p_value == pytest.approx(stats.f.sf(f, 2, 14))


def test_the_test_holds_its_level_and_finds_a_severe_rater() -> None:
    alike = [rater_severity(holed(seed, (0.0,) * 4)).equality.p_value for seed in range(200)]
    assert np.mean([p is not None and p < 0.1 for p in alike]) == pytest.approx(0.1, abs=0.06)
    found = rater_severity(holed(3)).equality.p_value
    assert found is not None
    assert found < 0.01


@pytest.mark.parametrize("seed", range(3))
def test_spread_by_a_plain_loop(seed: int) -> None:
    table = holed(seed)
    for rater, found in enumerate(spread_ratio(table).values()):
        own, mean, square = [], [], []
        for row in table.values:
            others = [x for r, x in enumerate(row) if r != rater and np.isfinite(x)]
            if np.isfinite(row[rater]) and others:
                own.append(row[rater])
                mean.append(np.mean(others))
                square.append(np.mean(np.square(others)))
        expected = np.sqrt(np.var(own) / (np.mean(square) - np.mean(mean) ** 2))
        assert found.value == pytest.approx(expected)
        assert found.low is not None
        assert found.low < expected < (found.high or 0)


def test_central_tendency_is_a_ratio_below_one() -> None:
    rng = np.random.default_rng(4)
    truth = rng.normal(size=(60, 1))
    values = truth * [1.0, 1.0, 0.3] + rng.normal(0, 0.2, (60, 3))
    found = spread_ratio(values)["3"]
    assert found.high is not None
    assert found.high < 0.6
    assert found.p_value is not None
    assert found.p_value < 0.001


def readings(seed: int, drift: float) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for rater in range(3):
        for place, unit in enumerate(rng.permutation(80)):
            rating = unit % 5 + rng.normal(0, 0.5) + (drift * place / 100 if rater == 0 else 0)
            rows.append((rating, unit, "abc"[rater], 10 * place, unit // 4))
    return pd.DataFrame(rows, columns=["rating", "unit", "rater", "order", "case"])


def test_drift_is_the_slope_on_the_place_in_the_order() -> None:
    table = readings(0, 2.0)
    table.loc[[5, 90, 200], "rating"] = np.nan
    found = rater_drift(*(table[name] for name in table.columns))
    for name, own in table.groupby("rater"):
        place = own["order"].rank().to_numpy()
        others = [
            table[(table.unit == row.unit) & (table.rater != name)].rating.mean()
            for row in own.itertuples()
        ]
        deviation = own["rating"].to_numpy() - np.array(others)
        there = np.isfinite(deviation)
        line = stats.linregress(place[there] / 100, deviation[there])
        assert found[name].slope_per_100.value == pytest.approx(line.slope)
        late = there & (place > 40)
        change = deviation[late].mean() - deviation[there & (place <= 40)].mean()
        assert found[name].second_minus_first_half.value == pytest.approx(change)
        assert (found[name].n_readings, found[name].n_compared) == (80, there.sum())
    slope = found["a"].slope_per_100
    assert slope.low is not None
    assert slope.low < 2.0 < (slope.high or 0)
    assert slope.n_cases == 20
    assert slope.p_value is not None
    assert slope.p_value < 1e-4


def test_a_steady_rater_does_not_drift() -> None:
    rejected = 0
    for seed in range(40):
        table = readings(seed, 0.0)
        p_value = rater_drift(*(table[name] for name in table.columns))["b"].slope_per_100.p_value
        rejected += p_value is not None and p_value < 0.05
    assert rejected <= 6


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_order_of_rows_raters_and_cases_does_not_matter(seed: int) -> None:
    table, rng = holed(seed), np.random.default_rng(seed)
    units, raters = rng.permutation(30), rng.permutation(4)
    other = RatingTable.of(
        table.values[units][:, raters], 50 - table.cases[units], list(raters + 1)
    )
    for one, two in (
        (rater_severity(table).deviation, rater_severity(other).deviation),
        (spread_ratio(table), spread_ratio(other)),
    ):
        for name, found in one.items():
            assert found.value == pytest.approx(two[name].value)
            assert found.low == pytest.approx(two[name].low)
    tests = rater_severity(table).equality, rater_severity(other).equality
    assert tests[0].p_value == pytest.approx(tests[1].p_value)
    frame = readings(seed, 1.0)
    shuffled = frame.sample(frac=1, random_state=seed)
    first, second = (
        rater_drift(*(rows[name] for name in rows.columns))["a"].slope_per_100
        for rows in (frame, shuffled)
    )
    assert (first.value, first.low) == pytest.approx((second.value, second.low))


def test_bootstrap_intervals_lie_beside() -> None:
    table = holed(0)
    found = rater_severity(table, resamples=Resamples(table.case_names, n=100)).deviation["2"]
    assert [interval.n_resamples for interval in found.beside] == [100, 100]


def test_a_rater_alone_on_their_units_has_no_severity() -> None:
    nan = np.nan
    severity = rater_severity([[1, 2, nan], [2, 2, nan], [3, 2, nan], [4, 3, nan], [nan, nan, 5]])
    assert severity.deviation["3"].value is None
    assert "no unit of this rater" in (severity.deviation["3"].reason or "")
    assert severity.n_compared == {"1": 4, "2": 4, "3": 0}
    assert severity.equality.df == (1.0, 3.0)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([[1.0], [2.0]], "fewer than two raters"),
        ([[1.0, 2.0], [2.0, 2.0]], "more cases than raters"),
        ([[1.0, 2.0]] * 5, "vary too little"),
        (np.empty((0, 3)), "fewer than two raters"),
    ],
)
def test_no_test_without_enough_to_test(values: Any, reason: str) -> None:
    equality = rater_severity(values).equality
    assert (equality.statistic, equality.p_value) == (None, None)
    assert reason in (equality.reason or "")


def test_a_constant_rater_has_no_spread() -> None:
    found = spread_ratio([[3, 1], [3, 2], [3, 5], [3, 4]])
    assert [one.value for one in found.values()] == [None, None]
    assert "no variance" in (found["1"].reason or "")


def test_a_single_reading_has_no_drift() -> None:
    found = rater_drift([1.0, 2.0], ["u", "u"], ["a", "b"], [1, 1])["a"]
    assert found.slope_per_100.value is None
    assert found.second_minus_first_half.value is None
    assert found.n_compared == 1


def test_wrong_order_is_named_all_at_once() -> None:
    with pytest.raises(ValueError, match="1 readings of a unit") as raised:
        rater_drift([1, 2, np.inf], ["u", "u", "v"], ["a", "a", "b"], [1, 1, 1], ["c", "d", "d"])
    for problem in ("1 ratings are infinite", "1 readings in the same place", "1 units lie in two"):
        assert problem in str(raised.value)
    with pytest.raises(ValueError, match="order: 1 labels are missing"):
        rater_drift([1, 2], ["u", "v"], ["a", "a"], [1, np.nan])
    with pytest.raises(ValueError, match="order: shape"):
        rater_drift([1, 2], ["u", "v"], ["a", "a"], [1])
