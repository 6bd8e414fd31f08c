from __future__ import annotations

from functools import partial
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from scipy import stats

from analysis.association.correlation import Coefficient
from analysis.association.correlation_intervals import (
    bonett_wright_interval,
    fieller_interval_kendall,
    fieller_interval_spearman,
    fisher_interval,
)
from analysis.association.correlation_tests import ALTERNATIVES, Alternative, correlation_test
from analysis.association.spearman_distribution import edgeworth_tail, exact_tail
from tests.analysis.gold import check, data


def test_the_law_schools() -> None:
    expected = check("law_correlations")["expected"]
    lsat, gpa = np.array(data("law_school_82")).T
    pearson, spearman, kendall = (
        correlation_test((lsat, gpa), c).p_value for c in ("pearson", "spearman", "kendall")
    )
    assert pearson == pytest.approx(expected["pearson"]["p"], abs=1e-10)
    # R's "exact" beyond 9 pairs is the Edgeworth series.
    assert spearman == pytest.approx(expected["spearman"]["p_exact"], abs=1e-10)
    assert kendall == pytest.approx(expected["kendall"]["p_exact"], abs=1e-10)


@pytest.mark.parametrize("n", [4, 5, 6])
@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_spearman_counts_all_orders(n: int, alternative: Alternative) -> None:
    rhos = np.array(
        [stats.spearmanr(range(n), order).statistic for order in permutations(range(n))]
    )
    rng = np.random.default_rng(n)
    for _ in range(5):
        y = rng.permutation(n)
        rho = stats.spearmanr(range(n), y).statistic
        above, below = np.mean(rhos >= rho - 1e-9), np.mean(rhos <= rho + 1e-9)
        expected = {
            "greater": above,
            "less": below,
            "two-sided": min(1, 2 * min(above, below)),
        }[alternative]
        found = correlation_test((np.arange(n), y), alternative=alternative)
        assert found.p_value == pytest.approx(expected, abs=1e-12)
        assert found.distribution == "permutation"
        assert found.statistic == pytest.approx(rho)


def test_the_series_is_near_the_exact_tail() -> None:
    for squares in range(0, 573, 2):
        assert edgeworth_tail(squares, 12) == pytest.approx(exact_tail(squares, 12), abs=4e-4)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("levels", [5, 60])
def test_asymptotic_tests_are_scipys(alternative: Alternative, levels: int) -> None:
    rng = np.random.default_rng(levels)
    x = np.round(rng.normal(size=60), 1 if levels == 5 else 9)
    y = np.floor(levels * stats.rankdata(x + 3 * rng.normal(size=60)) / 61)
    tau = partial(stats.kendalltau, method="asymptotic")
    functions: dict[Coefficient, Any] = {
        "pearson": stats.pearsonr,
        "spearman": stats.spearmanr,
        "kendall": tau,
    }
    for coefficient, function in functions.items():
        expected = function(x, y, alternative=alternative)
        found = correlation_test((x, y), coefficient, alternative=alternative, method="asymptotic")
        assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_kendalls_exact_test_is_scipys(alternative: Alternative) -> None:
    rng = np.random.default_rng(9)
    x, y = rng.normal(size=40), rng.normal(size=40)
    expected = stats.kendalltau(x, y, method="exact", alternative=alternative).pvalue
    found = correlation_test((x, y), "kendall", alternative=alternative)
    assert found.p_value == pytest.approx(expected)


@pytest.mark.parametrize("sign", [1, -1])
def test_no_p_value_of_zero_far_out(sign: int) -> None:
    x = np.arange(200)
    y = sign * (x + np.random.default_rng(1).normal(size=200) * 5)
    found = correlation_test((x, y))
    assert found.p_value is not None
    assert 0 < found.p_value < 1e-30
    assert found.method == "Spearman, t approximation"


@pytest.mark.parametrize(
    ("x", "y", "coefficient", "method", "reason"),
    [
        ([1, 2], [1, 2], "spearman", "auto", "2 rated masks"),
        ([1, 1, 1], [1, 2, 3], "kendall", "auto", "no variation: the metric"),
        ([1, 2, 3], [1, 2, 3], "pearson", "auto", "exactly 1 or -1"),
        ([1, 2, 2, 4], [1, 2, 3, 4], "spearman", "exact", "ties"),
        ([1, 2, 2, 4], [1, 2, 3, 4], "kendall", "exact", "ties"),
        ([1, 2, 3, 4], [1, 2, 4, 3], "kendall", "series", "the series is for Spearman"),
        (range(15), range(15), "spearman", "exact", "15 pairs: all orders are counted up to 14"),
        ([1, 2, np.inf], [1, 2, 3], "pearson", "auto", "infinite values of the metric"),
    ],
)
def test_no_p_value_without_a_reason(
    x: Any, y: Any, coefficient: Any, method: Any, reason: str
) -> None:
    found = correlation_test((x, y), coefficient, method=method)
    assert found.p_value is None
    assert found.reason is not None
    assert reason in found.reason


def test_unknown_options_are_all_named() -> None:
    with pytest.raises(ValueError, match=r"alternative 'two'.*method 'fast'"):
        correlation_test(([1, 2, 3], [1, 3, 2]), alternative="two", method="fast")  # type: ignore


def test_intervals_that_cannot_be() -> None:
    for function, least in (
        (fisher_interval, 4),
        (bonett_wright_interval, 4),
        (fieller_interval_spearman, 4),
        (fieller_interval_kendall, 5),
    ):
        assert function(0.5, least).low is not None
        assert function(0.5, least - 1).reason == "no interval: 1 more pairs are needed"
        assert function(1.0, 20).reason == "no interval: the value lies on the edge of its range"


def test_pingouins_partial_interval() -> None:
    # pingouin 0.7 on Fisher's r with 2 covariates: n - 2 - 3.
    z = np.arctanh(0.4)
    reach = stats.norm.ppf(0.975) / np.sqrt(30 - 2 - 3)
    interval = fisher_interval(0.4, 30, covariates=2)
    assert (interval.low, interval.high) == pytest.approx((np.tanh(z - reach), np.tanh(z + reach)))


def test_no_pair_at_all_has_a_reason() -> None:
    for coefficient in ("pearson", "spearman", "kendall"):
        found = correlation_test(([], []), coefficient)
        assert found.reason is not None
        assert found.reason.startswith("0 rated masks")


def test_intervals_of_what_is_no_correlation_are_refused() -> None:
    with pytest.raises(ValueError, match=r"2 is no correlation; n is 10\.5.*level is 95"):
        fisher_interval(2, 10.5, 95)
    with pytest.raises(ValueError, match="nan is no correlation"):
        fieller_interval_kendall(np.nan, 30)
    beyond_by_rounding = fisher_interval(np.nextafter(1, 2), 30)
    assert beyond_by_rounding.reason == "no interval: the value lies on the edge of its range"
