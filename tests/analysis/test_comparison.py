from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.association.comparison import Comparisons, compare_independent
from analysis.association.comparison_dependent import compare_nonoverlapping, compare_overlapping
from tests.analysis.gold import checks

KINDS: dict[str, Any] = {
    "compare_correlations_independent": compare_independent,
    "compare_correlations_dependent_overlapping": compare_overlapping,
    "compare_correlations_dependent_nonoverlapping": compare_nonoverlapping,
}
ALL_CHECKS = [each for kind in KINDS for each in checks(kind)]


@pytest.mark.parametrize("check", ALL_CHECKS)
def test_cocor(check: dict[str, Any]) -> None:
    found: Comparisons = KINDS[check["statistic"]](**check["inputs"])
    assert set(found) == set(check["expected"])
    for method, expected in check["expected"].items():
        one = found[method]
        assert one.reason is None
        if "statistic" in expected:
            assert one.statistic == pytest.approx(expected["statistic"], abs=1e-8)
            assert one.p_value == pytest.approx(expected["p"], abs=1e-8)
            assert (one.distribution, one.df) == (expected["dist"], expected.get("df"))
        for name, of in (
            ("ci95_difference", "difference"),
            ("ci95_z_difference", "difference of Fisher z"),
        ):
            if name in expected:
                assert (one.low, one.high) == pytest.approx(expected[name], abs=1e-8)
                assert one.interval_of == of


def test_one_sided_alternatives_share_the_two_sided_p() -> None:
    both = compare_overlapping(0.396, 0.179, 0.088, 66)
    greater = compare_overlapping(0.396, 0.179, 0.088, 66, alternative="greater")
    less = compare_overlapping(0.396, 0.179, 0.088, 66, alternative="less")
    for name, one in both.items():
        if name != "zou2007":
            assert one.p_value == pytest.approx(2 * greater[name].p_value)  # type: ignore
            assert greater[name].p_value + less[name].p_value == pytest.approx(1)  # type: ignore
    t = both["williams1959"]
    assert greater["williams1959"].p_value == pytest.approx(stats.t.sf(float(t.statistic or 0), 63))


def test_zous_interval_is_held_against_the_null() -> None:
    found = compare_independent(0.657, 62, 0.430, 143)["zou2007"]
    assert found.rejects_null
    assert not compare_independent(0.657, 62, 0.430, 143, null=0.1)["zou2007"].rejects_null
    assert not compare_independent(0.657, 62, 0.430, 143, level=0.99)["zou2007"].rejects_null


def samples(n: int, p: int) -> st.SearchStrategy[np.ndarray]:
    return st.integers(0, 10**6).map(
        lambda seed: np.asarray(np.corrcoef(np.random.default_rng(seed).normal(size=(p, n))))
    )


@settings(max_examples=50, deadline=None)
@given(samples(12, 3))
def test_swapping_the_correlations_changes_the_sign(r: np.ndarray) -> None:
    one = compare_overlapping(r[0, 1], r[0, 2], r[1, 2], 12)
    two = compare_overlapping(r[0, 2], r[0, 1], r[1, 2], 12)
    for name, found in one.items():
        assert found.reason is None
        if found.statistic is not None:
            assert found.statistic == pytest.approx(-two[name].statistic, abs=1e-9)  # type: ignore
        if found.low is not None:
            assert found.low == pytest.approx(-two[name].high, abs=1e-9)  # type: ignore


@settings(max_examples=50, deadline=None)
@given(samples(12, 4))
def test_naming_the_variables_otherwise_changes_nothing(r: np.ndarray) -> None:
    one = compare_nonoverlapping(r[0, 1], r[2, 3], r[0, 2], r[0, 3], r[1, 2], r[1, 3], 12)
    # j and k change places, h and m too.
    two = compare_nonoverlapping(r[0, 1], r[2, 3], r[1, 3], r[1, 2], r[0, 3], r[0, 2], 12)
    three = compare_nonoverlapping(r[2, 3], r[0, 1], r[0, 2], r[1, 2], r[0, 3], r[1, 3], 12)
    for name, found in one.items():
        if found.statistic is not None:
            assert found.statistic == pytest.approx(two[name].statistic, abs=1e-9)
            assert found.statistic == pytest.approx(-three[name].statistic, abs=1e-9)  # type: ignore
        else:
            assert (found.low, found.high) == pytest.approx((two[name].low, two[name].high))


def test_uncorrelated_pairs_of_variables_are_independent_samples() -> None:
    dependent = compare_nonoverlapping(0.5, 0.2, 0, 0, 0, 0, 40)
    independent = compare_independent(0.5, 40, 0.2, 40)
    for name in ("dunn1969", "raghunathan1996", "steiger1980", "silver2004"):
        assert dependent[name].statistic == pytest.approx(independent["fisher1925"].statistic)
    one, two = dependent["zou2007"], independent["zou2007"]
    assert (one.low, one.high) == pytest.approx((two.low, two.high))


def test_type_one_error_of_the_overlapping_tests() -> None:
    # 2000 trivariate normal samples with equal correlations: about 5 % rejections.
    rng = np.random.default_rng(7)
    root = np.linalg.cholesky(np.array([[1, 0.5, 0.5], [0.5, 1, 0.4], [0.5, 0.4, 1]]))
    counts = dict.fromkeys(("williams1959", "steiger1980", "meng1992", "zou2007"), 0)
    for _ in range(2000):
        r = np.asarray(np.corrcoef(root @ rng.normal(size=(3, 40))))
        found = compare_overlapping(r[0, 1], r[0, 2], r[1, 2], 40)
        for name in counts:
            p_value = found[name].p_value
            counts[name] += bool(found[name].rejects_null) if p_value is None else p_value < 0.05
    assert all(0.035 < count / 2000 < 0.065 for count in counts.values()), counts


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (compare_independent(0.5, 3, 0.2, 40), "3 pairs, at least 4 are needed"),
        (compare_independent(1.0, 9, 0.2, 40), "infinite on Fisher's z"),
        (compare_overlapping(0.9, -0.9, 0.9, 40), "no sample can have these correlations"),
        (compare_overlapping(0.5, 0.4, 0.3, 3), "3 pairs, at least 4 are needed"),
        (compare_nonoverlapping(0.9, 0.9, 0.9, -0.9, 0.9, 0.9, 40), "no sample can have"),
        (compare_nonoverlapping(0.5, 0.5, 0, 0, 0, 0, 2), "2 pairs, at least 4 are needed"),
        (compare_overlapping(0.5, 0.5, 1.0, 20), "a variance of zero"),
        (compare_nonoverlapping(1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 20), "a variance of zero"),
    ],
)
def test_each_method_says_why(found: Comparisons, reason: str) -> None:
    computed = {"williams1959", "hendrickson1970", "zou2007"} if len(found) == 10 else set()
    for one in found.values():
        if one.reason is None:
            assert one.method in computed
        else:
            assert reason in one.reason
            assert (one.statistic, one.p_value, one.low, one.high) == (None,) * 4


def test_all_wrong_inputs_at_once() -> None:
    with pytest.raises(ValueError, match=r"r_jk = 1.2.*r_kh = nan.*n = 4.5.*'both'.*level 95"):
        compare_overlapping(1.2, 0.1, np.nan, 4.5, alternative="both", level=95)  # type: ignore
