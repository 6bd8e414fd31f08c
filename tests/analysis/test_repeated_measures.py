from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.association.correlation import Pairs
from analysis.association.repeated_measures import (
    compare_rm_corr,
    compare_rm_corr_fisher,
    rm_corr,
    rm_corr_statistic,
)
from analysis.resampling import FloatArray, Resamples, evaluate
from tests.analysis.gold import check, checks, data


@pytest.mark.parametrize("check", checks("repeated_measures_correlation"))
def test_published_sets(check: dict[str, Any]) -> None:
    subject, x, y = np.array(data(check["dataset"])).T
    expected = check["expected"]
    found = rm_corr((x, y, subject))
    assert found.r == pytest.approx(expected["r"], abs=1e-8)
    assert found.df == expected["df"]
    assert found.p_value == pytest.approx(expected["p"], abs=1e-8)
    assert (found.fisher.low, found.fisher.high) == pytest.approx(expected["ci95"], abs=1e-8)


def test_the_small_crossed_study() -> None:
    rows = data("crossed_small_pub")
    ratings = [np.mean(row[4:]) for row in rows]
    found = rm_corr(([row[3] for row in rows], ratings, [row[0] for row in rows]))
    expected = check("clustered_machinery_pub")["expected"]["rm_corr"]
    assert found.r == pytest.approx(expected["r"], abs=1e-9)
    assert found.df == expected["df"]


def study(seed: int, n_cases: int = 12) -> tuple[FloatArray, FloatArray, Any]:
    rng = np.random.default_rng(seed)
    cases = np.repeat(np.arange(n_cases), rng.integers(1, 6, n_cases))
    quality = rng.normal(size=len(cases))
    x = quality + rng.normal(size=n_cases)[cases] + rng.normal(size=len(cases))
    return x, np.round(2 * quality + rng.normal(size=n_cases)[cases]), cases


def test_every_resample_equals_pingouin() -> None:
    x, y, cases = study(1)
    pairs = Pairs.of(x, y, cases)
    weights = np.random.default_rng(2).multinomial(12, np.ones(12) / 12, 20).astype(float)
    for value, of in zip(rm_corr_statistic(pairs)(weights), weights, strict=True):
        rows = [
            {"case": f"{case}.{copy}", "x": x[i], "y": y[i]}
            for case in range(12)
            for copy in range(int(of[case]))
            for i in np.flatnonzero(cases == case)
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pingouin 0.7 uses what pandas 3 warns of
            theirs = pingouin.rm_corr(pd.DataFrame(rows), x="x", y="y", subject="case")
        assert value == pytest.approx(theirs["r"].iloc[0], abs=1e-10)


def test_the_interval_over_cases_equals_a_plain_loop() -> None:
    x, y, cases = study(3)

    def plain(kept: Any) -> float:
        frame = pd.DataFrame({"x": x[kept], "y": y[kept], "case": cases[kept]})
        deviations = frame[["x", "y"]] - frame.groupby("case")[["x", "y"]].transform("mean")
        return float((deviations["x"] * deviations["y"]).sum()) / float(
            np.sqrt((deviations["x"] ** 2).sum() * (deviations["y"] ** 2).sum())
        )

    z = np.arctanh([plain(cases != case) for case in range(12)])
    reach = stats.t.ppf(0.975, 11) * np.sqrt(11 / 12 * ((z - z.mean()) ** 2).sum())
    centre = np.arctanh(plain(cases >= 0))
    found = rm_corr((x, y, cases), resamples=Resamples(12, 300))
    ends = np.tanh([centre - reach, centre + reach])
    assert (found.estimate.low, found.estimate.high) == pytest.approx(tuple(ends))
    assert [i.method.split(",")[0] for i in found.estimate.beside] == ["percentile", "BCa"]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_levels_of_cases_and_order_do_not_matter(seed: int) -> None:
    x, y, cases = study(seed)
    shift = np.random.default_rng(seed).normal(size=12) * 100
    order = np.random.default_rng(seed).permutation(len(x))
    one = rm_corr((x, y, cases))
    two = rm_corr(((x + shift[cases])[order], y[order] * 3 - 1, 20 - cases[order]))
    assert (one.r, one.p_value, one.estimate.low) == pytest.approx(
        (two.r, two.p_value, two.estimate.low), abs=1e-9
    )


@pytest.mark.parametrize(
    ("x", "y", "cases", "reason"),
    [
        ([0.1 + 0.2, 0.3, 5, 5], [1, 2, 3, 4], "aabb", "no variation within a case: the metric is"),
        ([1, 2, 3, 5], [1, 1, 3, 3], "aabb", "no variation within a case: the mean rating is"),
        ([1, 1, 5, 5], [1, 1, 3, 3], "aabb", "within a case: the metric and the mean rating is"),
        ([1, 2, 3], [1, 3, 2], "aab", "3 masks of 2 cases: a line for each case leaves no"),
        ([1, np.inf, 3, 4], [1, 3, 2, 4], "aabb", "infinite values of the metric"),
        ([], [], "", "0 masks of 0 cases"),
    ],
)
def test_what_cannot_be_computed_says_why(x: Any, y: Any, cases: str, reason: str) -> None:
    found = rm_corr((x, y, np.array(list(cases), dtype=str)))
    assert (found.r, found.p_value, found.fisher.low) == (None, None, None)
    for why in (found.estimate.reason, found.test.reason, found.fisher.reason):
        assert why is not None
        assert reason in why


def test_many_equal_values_are_constant_in_spite_of_rounding() -> None:
    # Their sum is off by more than the last bit, and so is sum / n.
    x = np.repeat([0.1, 0.37, 0.7], 40_000)
    y = np.random.default_rng(1).normal(size=len(x))
    found = rm_corr((x, y, np.repeat(["a", "b", "c"], 40_000)))
    assert found.r is None


def test_exact_lines_have_no_test() -> None:
    found = rm_corr(([1, 2, 3, 1, 2, 3], [1, 2, 3, 5, 6, 7], list("aaabbb")))
    assert found.r == 1
    assert found.p_value is None
    assert found.test.reason == "the correlation is exactly 1 or -1: t is infinite"
    assert found.fisher.reason == "no interval: the value lies on the edge of its range"
    one = rm_corr(([1, 2, 3, 1], [1, 3, 2, 5], list("aaab")))
    assert one.df == 1
    assert one.fisher.reason == "no interval: 1 degree of freedom, at least 2 are needed"


def test_two_of_them_over_shared_cases() -> None:
    x, y, cases = study(5, 20)
    other = x + 2 * np.random.default_rng(6).normal(size=len(x))
    resamples = Resamples([str(case) for case in range(20)], 400)
    found = compare_rm_corr((x, y, cases), (other, y, cases), resamples=resamples)
    one, two = (
        evaluate(rm_corr_statistic(Pairs.of(of, y, cases)), resamples, np.arange(20))
        for of in (x, other)
    )
    interval = found.difference.beside[0]
    ends = np.quantile(one - two, [0.025, 0.975])
    assert (interval.low, interval.high) == pytest.approx(tuple(ends))
    assert found.shared_cases == 20
    same = compare_rm_corr((x, y, cases), (x, y, cases))
    assert same.difference.value == 0
    assert same.difference.reason == "no interval: leaving out a case never changes the value"


def test_two_of_them_by_fisher() -> None:
    one, two = (np.array(data(name)).T[[1, 2, 0]] for name in ("bland_altman_1995", "gilden_2010"))
    first, second = (rm_corr(tuple(of)) for of in (one, two))
    z = np.arctanh(np.array([first.r, second.r], dtype=float))
    expected = (z[0] - z[1]) / np.sqrt(1 / 37 + 1 / 31)
    found = compare_rm_corr_fisher(tuple(one), tuple(two))
    assert found.statistic == pytest.approx(expected)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(expected)))
    line = ([1, 2, 3, 1, 2, 3], [1, 2, 3, 5, 6, 7], list("aaabbb"))
    flat = ([1, 1, 1, 2, 2, 2], [1, 2, 3, 5, 6, 7], list("aaabbb"))
    assert "exactly 1" in str(compare_rm_corr_fisher(tuple(one), line).reason)
    assert "no variation" in str(compare_rm_corr_fisher(flat, tuple(one)).reason)
    comparison = compare_rm_corr(flat, line)
    assert comparison.difference.reason is not None
    assert comparison.difference.reason.startswith("the first correlation has no value: no variat")
    assert comparison.second.value == 1
