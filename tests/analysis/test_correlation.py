from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.association.correlation import (
    COEFFICIENTS,
    Coefficient,
    Pairs,
    correlation,
    correlation_statistic,
)
from analysis.resampling import (
    FloatArray,
    Resamples,
    bca_acceleration,
    evaluate,
    jackknife_values,
    leave_one_out,
)
from tests.analysis.gold import check, data

SCIPY: dict[str, Any] = {
    "spearman": stats.spearmanr,
    "kendall": stats.kendalltau,
    "pearson": stats.pearsonr,
}


def scipys(coefficient: Coefficient, x: FloatArray, y: FloatArray) -> float:
    if len(np.unique(x)) < 2 or len(np.unique(y)) < 2:
        return float("nan")
    return float(SCIPY[coefficient](x, y).statistic)


def small_study() -> Pairs:
    rows = data("crossed_small_pub")
    ratings = np.array([row[4:] for row in rows], dtype=float).mean(axis=1)
    return Pairs.of([row[3] for row in rows], ratings, [row[0] for row in rows])


@pytest.mark.parametrize("coefficient", ["spearman", "kendall"])
def test_every_case_resample_of_a_small_study(coefficient: Coefficient) -> None:
    expected = check("clustered_machinery_pub")["expected"]
    pairs = small_study()
    draws = np.array(list(product(range(5), repeat=5)))
    weights = np.stack([(draws == case).sum(axis=1) for case in range(5)], axis=1).astype(float)
    values = correlation_statistic(pairs, coefficient)(weights)
    values = values[np.isfinite(values)]
    exact = expected[f"{coefficient}_exact_case_bootstrap"]
    assert values.mean() == pytest.approx(exact["mean"], abs=1e-9)
    assert values.std() == pytest.approx(exact["sd_population"], abs=1e-9)
    name = "spearman_pooled" if coefficient == "spearman" else "kendall_tau_b_pooled"
    assert correlation(pairs, coefficient).value == pytest.approx(expected[name], abs=1e-9)


def test_the_law_schools() -> None:
    expected = check("law_correlations")["expected"]
    lsat, gpa = np.array(data("law_school_82")).T
    pearson = correlation((lsat, gpa), "pearson")
    assert pearson.value == pytest.approx(expected["pearson"]["r"], abs=1e-8)
    error = expected["jackknife_se_pearson"]
    assert pearson.standard_error == pytest.approx(error, abs=1e-8)
    without = jackknife_values(correlation_statistic(Pairs.of(lsat, gpa), "pearson"), 15)
    acceleration = expected["bca_acceleration_pearson"]
    assert bca_acceleration(without) == pytest.approx(acceleration, abs=1e-8)
    rho, tau = (correlation((lsat, gpa), c) for c in ("spearman", "kendall"))
    assert rho.value == pytest.approx(expected["spearman"]["rho"], abs=1e-8)
    assert tau.value == pytest.approx(expected["kendall"]["tau_b"], abs=1e-8)


def test_closed_forms_stand_beside_the_bootstrap() -> None:
    expected = check("law_correlations")["expected"]
    lsat, gpa = np.array(data("law_school_82")).T
    asked = {
        "pearson": ["ci95_fisher"],
        "spearman": ["ci95_bonett_wright", "ci95_fieller"],
        "kendall": ["ci95_fieller"],
    }
    for coefficient, names in asked.items():
        found = correlation((lsat, gpa), coefficient, resamples=Resamples(15, 200))  # type: ignore
        methods = [interval.method for interval in found.beside]
        assert [m.split(",")[0] for m in methods[:2]] == ["percentile", "BCa"]
        closed = found.beside[2:]
        assert len(closed) == len(names)
        for interval, name in zip(closed, names, strict=True):
            ends = expected[coefficient][name]
            assert (interval.low, interval.high) == pytest.approx(ends, abs=1e-8)


def test_ties() -> None:
    tied = check("partial_and_tied")
    x, y = tied["inputs"]["x"], tied["inputs"]["y"]
    assert correlation((x, y)).value == pytest.approx(tied["expected"]["spearman"], abs=1e-8)
    tau = correlation((x, y), "kendall").value
    assert tau == pytest.approx(tied["expected"]["kendall_tau_b"], abs=1e-8)


values = st.sampled_from([0.1, 0.5, 0.7, 3.0, -2.5])


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(COEFFICIENTS),
    st.lists(st.tuples(values, st.integers(1, 4), st.integers(0, 3)), min_size=4, max_size=14),
    st.lists(st.lists(st.integers(0, 3), min_size=4, max_size=4), min_size=1, max_size=20),
)
def test_weights_are_copies_of_cases(
    coefficient: Coefficient, rows: list[tuple[float, int, int]], copies: list[list[int]]
) -> None:
    metric, rating, case = (np.array(column) for column in zip(*rows, strict=True))
    pairs = Pairs.of(metric, rating, case)
    weights = np.array(copies, dtype=float)[:, : pairs.n_cases]
    found = correlation_statistic(pairs, coefficient)(weights)
    for value, of in zip(found, weights, strict=True):
        index = np.repeat(np.arange(len(rows)), of[pairs.cases].astype(int))
        expected = scipys(coefficient, metric[index], rating[index])
        assert value == pytest.approx(expected, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("coefficient", ["spearman", "kendall"])
@pytest.mark.parametrize("n_levels", [3, 40, 400])
def test_many_cases_equal_a_loop(coefficient: Coefficient, n_levels: int) -> None:
    # 300 cases of 1 or 2 masks: Kendall goes by the tree, in the small studies by matrices.
    rng = np.random.default_rng(3)
    cases = np.append(np.arange(300), np.arange(100))
    x = rng.normal(size=400)
    y = np.floor(stats.rankdata(x + rng.normal(size=400)) * n_levels / 401)
    x[:2] = np.inf, -np.inf
    pairs = Pairs.of(x, y, cases)
    resamples = Resamples(300, 40, seed=5)
    for one, other in ((x, y), (y, x)):
        statistic = correlation_statistic(Pairs.of(one, other, cases), coefficient)
        for weights, value in zip(
            resamples.rows(0, 40), evaluate(statistic, resamples), strict=True
        ):
            index = np.repeat(np.arange(400), weights[pairs.cases].astype(int))
            x_ranks, y_ranks = stats.rankdata(one[index]), stats.rankdata(other[index])
            assert value == pytest.approx(scipys(coefficient, x_ranks, y_ranks), abs=1e-12)


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_fractional_weights_scale_out(coefficient: Coefficient) -> None:
    rng = np.random.default_rng(4)
    pairs = Pairs.of(rng.normal(size=60), rng.integers(1, 5, 60), np.arange(60) // 3)
    statistic = correlation_statistic(pairs, coefficient)
    counts = rng.integers(0, 4, (30, 20)).astype(float)
    assert statistic(counts / 7.3) == pytest.approx(statistic(counts), abs=1e-12)
    # One case alone, all its ratings equal: undefined, whatever the weight.
    flat = Pairs.of([1.0, 2.0, 3.0, 4.0], [2, 2, 1, 3], ["a", "a", "b", "b"])
    alone = np.array([[1 / 3, 0.0]])
    assert np.isnan(correlation_statistic(flat, coefficient)(alone)).all()


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_rows_and_labels_do_not_matter(coefficient: Coefficient) -> None:
    rng = np.random.default_rng(12)
    metric, rating, cases = rng.random(20), rng.integers(1, 5, 20), np.arange(20) // 4
    order = rng.permutation(20)
    names = np.array(["e", "c", "d", "a", "b"])[cases]
    one = correlation((metric, rating, cases), coefficient)
    two = correlation((metric[order], rating[order], names[order]), coefficient)
    assert (one.value, one.low, one.high, one.p_value) == pytest.approx(
        (two.value, two.low, two.high, two.p_value)
    )


@pytest.mark.parametrize("coefficient", ["spearman", "kendall"])
def test_ranks_see_through_increasing_functions(coefficient: Coefficient) -> None:
    rng = np.random.default_rng(13)
    metric, rating = rng.normal(size=30), rng.integers(1, 6, 30)
    one = correlation((metric, rating), coefficient)
    two = correlation((np.exp(9 * metric), rating**3), coefficient)
    three = correlation((-metric, rating), coefficient)
    assert (two.value, two.low) == pytest.approx((one.value, one.low), abs=1e-12)
    assert [three.value, three.low] == pytest.approx([-of for of in (one.value, one.high) if of])


def test_pearson_of_far_and_of_tiny_values() -> None:
    rng = np.random.default_rng(14)
    x, y = rng.normal(size=12), rng.normal(size=12)
    expected = stats.pearsonr(x, y).statistic
    for scale, shift in ((1e200, 0), (1e-200, 0), (1, 1e8), (1e300, 1e301)):
        found = correlation((x * scale + shift, y), "pearson").value
        assert found == pytest.approx(expected, abs=1e-6 if shift == 1e8 else 1e-12)


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_the_interval_equals_a_plain_loop(coefficient: Coefficient) -> None:
    rng = np.random.default_rng(11)
    cases = np.repeat(np.arange(9), 3)
    quality = rng.normal(size=9)[cases]
    metric = quality + rng.normal(size=27)
    rating = np.clip(np.round(quality + rng.normal(size=27) + 3), 1, 5)
    z = np.arctanh([scipys(coefficient, metric[cases != c], rating[cases != c]) for c in range(9)])
    error = np.sqrt(8 / 9 * np.sum((z - z.mean()) ** 2))
    centre = np.arctanh(scipys(coefficient, metric, rating))
    reach = stats.t.ppf(0.95, 8) * error
    found = correlation((metric, rating, cases), coefficient, level=0.9)
    assert (found.low, found.high) == pytest.approx(
        (np.tanh(centre - reach), np.tanh(centre + reach))
    )
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(centre) / error, 8))
    assert found.n_cases == 9


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
    coefficient: Coefficient, metric: Any, rating: Any, reason: str
) -> None:
    found = correlation((metric, rating), coefficient)
    assert (found.value, found.low, found.p_value, found.reason) == (None, None, None, reason)


def test_infinities_are_for_ranks() -> None:
    metric, rating = [0.5, 0.6, 0.7, np.inf], [1, 2, 4, 3]
    assert correlation((metric, rating)).value == pytest.approx(0.8)
    found = correlation((metric, rating), "pearson")
    assert (found.value, found.reason) == (
        None,
        "infinite values of the metric: use a rank correlation",
    )


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_a_perfect_correlation_has_no_interval(coefficient: Coefficient) -> None:
    found = correlation(([1, 2, 3, 4, 5], [2, 4, 6, 8, 10]), coefficient)
    assert found.value == pytest.approx(1, abs=1e-15)
    assert found.low is None
    assert found.reason == "no interval: the value lies on the edge of its range"
    assert {i.reason for i in found.beside} == {found.reason}


def test_all_problems_of_pairs_at_once() -> None:
    with pytest.raises(ValueError, match=r"3 values of the metric, 2 of the rating.*are NaN"):
        Pairs.of([1.0, np.nan, 2.0], [1, 2])
    with pytest.raises(ValueError, match="none of the coefficients"):
        correlation(([1, 2, 3], [1, 2, 3]), "gamma")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="given as Pairs"):
        correlation(([1, 2, 3],))


def test_cases_without_pairs_do_not_count() -> None:
    pairs = Pairs.of([1, 2, 3, 4, 9], [1, 3, 2, 4, 9], list("abcde"))
    found = correlation(pairs.where(np.arange(5) < 4), "kendall")
    assert found.n_cases == 4
    assert found.value == pytest.approx(2 / 3)
    assert list(pairs.where(pairs.metric > 2).of_present_cases().case_names) == ["c", "d", "e"]
    weights = leave_one_out(5)
    whole = correlation_statistic(pairs.where(np.arange(5) < 4), "kendall")(weights)
    assert whole[4] == pytest.approx(2 / 3)
