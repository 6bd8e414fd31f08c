from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.association.correlation import COEFFICIENTS, Coefficient, Pairs
from analysis.association.partial import (
    partial_correlation,
    partial_statistic,
    semipartial_correlation,
)
from analysis.resampling import FloatArray, Resamples
from tests.analysis.gold import check


def residuals(of: FloatArray, given: FloatArray) -> FloatArray:
    design = np.column_stack([np.ones(len(of)), given])
    return np.asarray(of - design @ np.linalg.lstsq(design, of, rcond=None)[0])


def plain(
    x: FloatArray, y: FloatArray, z: FloatArray, coefficient: Coefficient, sides: Any
) -> float:
    """Residuals for Pearson and Spearman; for Kendall the inverse of the matrix of tau-b."""
    if coefficient == "kendall":
        columns = np.column_stack([x, y, z]).T
        matrix = np.array([[stats.kendalltau(a, b).statistic for a in columns] for b in columns])
        inverse = np.linalg.inv(matrix)
        if len(sides) == 2:
            return float(-inverse[0, 1] / np.sqrt(inverse[0, 0] * inverse[1, 1]))
        at = 0 if sides == ("metric",) else 1
        block = np.linalg.inv(inverse[:2, :2])
        return float(block[0, 1] / np.sqrt(block[at, at]))
    if coefficient == "spearman":
        x, y = stats.rankdata(x), stats.rankdata(y)
        z = stats.rankdata(z, axis=0)
    one = residuals(x, z) if "metric" in sides else x
    other = residuals(y, z) if "rating" in sides else y
    return float(stats.pearsonr(one, other).statistic)


def table(seed: int, n: int = 40, covariates: int = 2) -> tuple[FloatArray, FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    z = np.round(rng.normal(size=(n, covariates)), 1)
    quality = rng.normal(size=n)
    x = quality + z.sum(axis=1) + rng.normal(size=n)
    return x, np.clip(np.round(quality + z[:, 0] + 3), 1, 5), z


def test_the_published_table() -> None:
    one = check("partial_and_tied")
    x, y, z = (one["inputs"][name] for name in "xyz")
    for coefficient in ("pearson", "spearman"):
        found = partial_correlation((x, y), {"z": z}, coefficient)
        assert found.value == pytest.approx(one["expected"][f"partial_{coefficient}"], abs=1e-8)
    tau = {
        pair: stats.kendalltau(*pair_of).statistic
        for pair, pair_of in (("xy", (x, y)), ("xz", (x, z)), ("yz", (y, z)))
    }
    kendalls = (tau["xy"] - tau["xz"] * tau["yz"]) / np.sqrt(
        (1 - tau["xz"] ** 2) * (1 - tau["yz"] ** 2)
    )
    assert partial_correlation((x, y), z, "kendall").value == pytest.approx(kendalls, abs=1e-12)


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
@pytest.mark.parametrize("covariates", [1, 2, 3])
@pytest.mark.parametrize("sides", [("metric", "rating"), ("metric",), ("rating",)])
def test_weights_equal_repeated_cases(
    coefficient: Coefficient, covariates: int, sides: Any
) -> None:
    x, y, z = table(covariates, covariates=covariates)
    pairs = Pairs.of(x, y, np.arange(40) // 2)
    weights = np.random.default_rng(5).multinomial(20, np.ones(20) / 20, 15).astype(float)
    found = partial_statistic(pairs, z, coefficient, sides)(weights)
    for value, of in zip(found, weights, strict=True):
        index = np.repeat(np.arange(40), of[pairs.cases].astype(int))
        expected = plain(x[index], y[index], z[index], coefficient, sides)
        assert value == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("coefficient", ["pearson", "spearman"])
def test_pingouin(coefficient: Any) -> None:
    x, y, z = table(9)
    frame = pd.DataFrame({"x": x, "y": y, "a": z[:, 0], "b": z[:, 1]})
    theirs = pingouin.partial_corr(frame, "x", "y", covar=["a", "b"], method=coefficient)
    covariates = {"a": z[:, 0], "b": z[:, 1]}
    ours = partial_correlation((x, y), covariates, coefficient)
    assert ours.value == pytest.approx(theirs["r"].iloc[0], abs=1e-12)
    half = pingouin.partial_corr(frame, "x", "y", y_covar=["a", "b"], method=coefficient)
    part = semipartial_correlation((x, y), covariates, coefficient, removed_from="rating")
    assert part.value == pytest.approx(half["r"].iloc[0], abs=1e-12)
    reach = stats.norm.ppf(0.975) / np.sqrt(40 - 2 - 3)
    z_value = np.arctanh(float(ours.value or 0))
    closed = ours.beside[-1]
    ends = np.tanh([z_value - reach, z_value + reach])
    assert (closed.low, closed.high) == pytest.approx(tuple(ends))


def test_a_squared_part_correlation_is_the_gain_in_explained_variance() -> None:
    x, y, z = table(10)
    part = semipartial_correlation((x, y), z, "pearson", removed_from="metric").value
    with_x = 1 - residuals(y, np.column_stack([z, x])).var() / y.var()
    without = 1 - residuals(y, z).var() / y.var()
    assert float(part or 0) ** 2 == pytest.approx(with_x - without)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(COEFFICIENTS), st.integers(0, 10**6))
def test_order_of_rows_and_covariates_does_not_matter(coefficient: Coefficient, seed: int) -> None:
    x, y, z = table(seed, 24, 3)
    cases = np.arange(24) // 3
    order = np.random.default_rng(seed).permutation(24)
    one = partial_correlation((x, y, cases), z, coefficient)
    two = partial_correlation(
        (x[order], y[order], 9 - cases[order]), z[order][:, ::-1], coefficient
    )
    assert (one.value, one.low, one.p_value) == pytest.approx((two.value, two.low, two.p_value))


@pytest.mark.parametrize("coefficient", ["spearman", "kendall"])
def test_ranks_see_through_increasing_functions(coefficient: Coefficient) -> None:
    x, y, z = table(11, covariates=1)
    one = partial_correlation((x, y), z, coefficient, resamples=Resamples(40, 100))
    stretched = np.where(z > 1, np.inf, z**3)
    two = partial_correlation((np.exp(x), y**2), np.minimum(z, 1.1), coefficient)
    three = partial_correlation((x, y), np.where(stretched > 1, np.inf, stretched), coefficient)
    assert two.value == pytest.approx(three.value, abs=1e-12)
    assert [i.method.split(",")[0] for i in one.beside[:2]] == ["percentile", "BCa"]
    assert one.low < one.value < one.high  # type: ignore[operator]


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
@pytest.mark.parametrize(
    ("x", "z", "reason"),
    [
        ([1, 1, 1, 1, 1], {"v": [1, 2, 4, 3, 5]}, "no variation: the metric"),
        ([1, 2, 3, 4, 5], {"v": [2, 2, 2, 2, 2]}, "no variation: v is the same for all masks"),
        ([1, 2, 3, 4, 5], {"v": [1, 2, 4, 3, 5], "w": [2, 4, 8, 6, 10]}, "v, w determine each"),
        ([1, 2, 3, 4, 5], {"v": [1, 2, 3, 4, 5]}, "nothing is left of the metric"),
        ([1, 2, 3, 4], {}, "no covariate"),
    ],
)
def test_what_cannot_be_computed_says_why(
    coefficient: Coefficient, x: Any, z: Any, reason: str
) -> None:
    y = [2, 1, 4, 3, 5][: len(x)]
    if not z:
        with pytest.raises(ValueError, match=reason):
            partial_correlation((x, y), z, coefficient)
        return
    found = partial_correlation((x, y), z, coefficient)
    assert found.value is None
    assert found.reason is not None
    assert found.reason.startswith(reason)


def test_too_few_pairs_and_infinite_covariates() -> None:
    three = partial_correlation(([1, 2, 3], [1, 3, 2]), [1, 2, 5])
    assert three.reason == "3 pairs, at least 4 are needed with 1 covariate"
    infinite = partial_correlation(
        ([1, 2, 3, 4], [1, 3, 2, 4]), {"volume": [1, 4, np.inf, 2]}, "pearson"
    )
    assert infinite.reason == "infinite values of volume: use a rank correlation"


def test_all_problems_of_covariates_at_once() -> None:
    with pytest.raises(ValueError, match=r"a has shape \(2,\) for 3 pairs; 1 values of b are NaN"):
        partial_correlation(([1, 2, 3], [1, 3, 2]), {"a": [1, 2], "b": [1, np.nan, 2]})
    with pytest.raises(ValueError, match="removed_from is 'metric' or 'rating'"):
        semipartial_correlation(([1, 2], [1, 2]), [1, 2], removed_from="y")  # type: ignore
