"""max-T by joint resampling: against plain loops, normal theory and its own promises."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.association.all_pairs import compare_all_pairs
from analysis.association.max_t import max_t, max_t_permutation
from analysis.resampling import (
    FISHER_Z,
    IDENTITY,
    Resamples,
    jackknife_standard_error,
    jackknife_values,
)


def mean(values):
    return lambda weights: weights @ values / weights.sum(axis=1)


def plain(sizes: np.ndarray, observed: np.ndarray, step: str) -> np.ndarray:
    """Adjust by loops over tests and resamples."""
    order = np.argsort(-observed)
    adjusted, before = np.empty(len(observed)), 0.0
    for place, test in enumerate(order):
        among = order if step == "single" else order[place:]
        beyond = sum(row[among].max() >= observed[test] for row in sizes)
        before = max(before, (beyond + 1) / (len(sizes) + 1))
        adjusted[test] = before
    return adjusted


@pytest.mark.parametrize("step", ["single", "down"])
def test_plain_loops(step):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(199, 5)) @ rng.normal(size=(5, 5))
    values = np.array([0.5, -3.0, 0.1, 4.0, 1.5])
    errors = rows.std(axis=0, ddof=1)
    found = max_t(values, rows, step=step)
    sizes = np.abs((rows - values) / errors)
    expected = plain(sizes, np.abs(values / errors), step)
    assert found.p_values == pytest.approx(expected)
    largest = np.sort(sizes.max(axis=1))
    assert found.critical == pytest.approx(largest[int(np.ceil(0.95 * 199)) - 1])
    assert found.low == pytest.approx(values - found.critical * errors)
    assert found.high == pytest.approx(values + found.critical * errors)
    permuted = max_t_permutation(values, rows, step=step)
    assert permuted.p_values == pytest.approx(plain(np.abs(rows), np.abs(values), step))
    assert permuted.critical is None


def test_step_down_is_never_above_the_single_step():
    rng = np.random.default_rng(1)
    values = rng.normal(size=6) * 3
    rows = values + rng.normal(size=(500, 6))
    single, down = (max_t(values, rows, step=step).p_values for step in ("single", "down"))
    assert all(a >= b for a, b in zip(single, down, strict=True))
    assert max(abs(a - b) for a, b in zip(single, down, strict=True)) > 0.01


def test_independent_normal_tests_are_sidaks():
    rng = np.random.default_rng(2)
    values = np.array([2.5, 1.0, 0.3])
    rows = values + rng.normal(size=(40_000, 3))
    found = max_t(values, rows, standard_errors=[1, 1, 1], step="single")
    expected = 1 - (1 - 2 * stats.norm.sf(values)) ** 3
    np.testing.assert_allclose(found.p_values, expected, atol=0.008)
    assert found.critical == pytest.approx(stats.norm.ppf(0.5 + 0.95 ** (1 / 3) / 2), abs=0.03)


def test_the_same_test_twice_costs_nothing():
    rows = np.random.default_rng(3).normal(2, 1, (999, 1))
    once = max_t([2.0], rows).p_values
    twice = max_t([2.0, 2.0], np.hstack([rows, rows])).p_values
    assert twice == pytest.approx(once * 2)


def test_copies_stand_for_equal_rows():
    rng = np.random.default_rng(4)
    rows, copies = rng.normal(size=(60, 3)), rng.integers(1, 4, 60)
    values = [0.3, -0.1, 2.0]
    short = max_t(values, rows, copies=copies)
    long = max_t(values, np.repeat(rows, copies, axis=0))
    assert short.p_values == pytest.approx(long.p_values)
    assert short.critical == pytest.approx(long.critical)
    assert short.statistics == pytest.approx(long.statistics)


def test_undefined_tests_stand_aside():
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(100, 3))
    rows[:, 1] = np.nan
    found = max_t([0.5, None, 2.0], rows)
    assert found.p_values[1] is None
    assert found.low[1] is None
    alone = max_t([0.5, 2.0], rows[:, [0, 2]])
    assert (found.p_values[0], found.p_values[2]) == pytest.approx(alone.p_values)
    rows[:4, 0] = np.nan
    assert max_t([0.5, None, 2.0], rows).undefined_resamples == 4
    rows[:6, 0] = np.nan
    gone = max_t([0.5, None, 2.0], rows)
    assert gone.p_values == (None, None, None)
    assert gone.reason == "no p values: 6 of 100 resamples lack a value of some test"
    constant = max_t([1.0], np.ones((50, 1)))
    assert constant.reason == "no test has a value and a standard error"
    assert "10 resamples" in max_t([1.0], rng.normal(size=(10, 1))).reason


def test_wrong_input():
    with pytest.raises(ValueError, match="resamples x 2 tests"):
        max_t([1, 2], np.ones((50, 3)))
    with pytest.raises(ValueError, match="1 standard errors for 2 values"):
        max_t([1, 2], np.ones((50, 2)), standard_errors=[1])
    with pytest.raises(ValueError, match="2 copies for 50 resamples"):
        max_t([1, 2], np.ones((50, 2)), copies=np.array([1, 2]))


def test_all_pairs_of_models():
    rng = np.random.default_rng(6)
    ability = {"a": 0.5, "b": 0.45, "c": 0.1, "d": 0.1}
    shared = rng.normal(0, 0.2, 40)
    values = {name: at + shared + rng.normal(0, 0.1, 40) for name, at in ability.items()}
    drawn = Resamples(40, 400)
    models = {name: mean(of) for name, of in values.items()}
    found = compare_all_pairs(models, drawn, scale=IDENTITY)
    assert [pair.first + pair.second for pair in found] == ["ab", "ac", "ad", "bc", "bd", "cd"]
    for pair in found:
        gaps = values[pair.first] - values[pair.second]
        expected = stats.ttest_1samp(gaps, 0)
        assert pair.difference == pytest.approx(gaps.mean())
        assert pair.p_value == pytest.approx(expected.pvalue)
        assert pair.p_adjusted >= min(pair.p_value, 1 / 401)
        assert "spread as Student's t" in pair.method
        assert (pair.low > 0 or pair.high < 0) == (pair.p_adjusted < 0.05)
        error = jackknife_standard_error(jackknife_values(mean(gaps), 40))
        assert pair.standard_error == pytest.approx(error)
    (one,) = compare_all_pairs({name: models[name] for name in "ab"}, Resamples(40, 4000))
    # A pair alone has nothing to adjust for: Student's t, to the error of the resamples.
    assert one.p_adjusted == pytest.approx(one.p_value, abs=0.02)
    reach = stats.t.ppf(0.975, 39) * one.standard_error
    assert one.high - one.low == pytest.approx(2 * reach, rel=0.1)


def test_equal_models_of_few_cases_are_seldom_told_apart() -> None:
    rng, drawn, found = np.random.default_rng(3), Resamples(8, 200), 0
    for _ in range(200):
        models = {str(name): mean(rng.normal(size=8)) for name in range(3)}
        pairs = compare_all_pairs(models, drawn, scale=IDENTITY)
        found += min(pair.p_adjusted for pair in pairs) < 0.05
    assert found / 200 < 0.10  # by the bootstrap alone 17 %


def test_an_unknown_step_is_refused() -> None:
    rows = np.random.default_rng(1).normal(size=(50, 2))
    with pytest.raises(ValueError, match="step is 'up'"):
        max_t([0.1, 0.2], rows, step="up")


def test_the_unit_of_the_values_does_not_matter() -> None:
    rows = np.random.default_rng(1).normal(size=(50, 2))
    assert max_t([1e160, 0.0], rows * 1e160).p_values == max_t([1.0, 0.0], rows).p_values


def test_a_model_without_a_value_leaves_the_others_alone():
    rng = np.random.default_rng(7)
    models = {name: mean(rng.uniform(0.2, 0.6, 20)) for name in "ab"}
    models["gone"] = lambda weights: np.full(len(weights), np.nan)
    models["same"] = models["a"]
    found = {(p.first, p.second): p for p in compare_all_pairs(models, Resamples(20, 100))}
    assert found["a", "b"].p_adjusted is not None
    assert found["a", "gone"].difference is None
    assert found["a", "gone"].reason == "undefined, or on the edge of its range, for gone"
    assert found["a", "same"].reason == "no test: leaving out a case never changes the difference"
    assert "difference" not in (found["a", "b"].reason or "")
    few = compare_all_pairs({name: mean(np.array([0.2, 0.3])) for name in "ab"}, Resamples(2))
    assert "at least 3" in few[0].reason
    none = compare_all_pairs({"gone": models["gone"], "a": models["a"]}, Resamples(20, 100))
    assert none[0].p_adjusted is None
    assert FISHER_Z.name in none[0].method
