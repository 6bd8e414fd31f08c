"""Equivalence and non-inferiority: against published values, libraries and plain optimisation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.weightstats import ttost_ind, ttost_paired

from analysis.association.correlation_equivalence import (
    fisher_z_variance,
    tost_correlation,
    tost_correlation_difference,
)
from analysis.association.equivalence import (
    tost_estimate,
    tost_mean,
    tost_of_estimate,
    tost_two_means,
)
from analysis.association.non_inferiority import non_inferiority
from analysis.resampling import (
    FISHER_Z,
    IDENTITY,
    LOG_COMPLEMENT,
    Estimate,
    estimate,
    jackknife_error_on,
)
from tests.analysis.gold import checks, data


def mean_of(values):
    def statistic(weights):
        return weights @ values / weights.sum(axis=1)

    return estimate(statistic, len(values), IDENTITY, why_undefined="empty")


@pytest.mark.parametrize("check", checks("bland_altman"))
def test_peak_flow(check):
    rows = np.array(data(check["dataset"]), dtype=float)
    expected = check["expected"]["tost_pm30"]
    found = tost_mean(rows[:, 0] - rows[:, 2], low=-30, high=30)
    close = {"abs": check["atol"]}
    assert found.lower.statistic == pytest.approx(expected["t_lower"], **close)
    assert found.lower.p_value == pytest.approx(expected["p_lower"], **close)
    assert found.upper.statistic == pytest.approx(expected["t_upper"], **close)
    assert found.upper.p_value == pytest.approx(expected["p_upper"], **close)
    assert (found.ci_low, found.ci_high) == pytest.approx(expected["ci90"], **close)
    assert found.p_value == max(found.lower.p_value, found.upper.p_value)
    assert found.equivalent


def test_means_against_statsmodels():
    rng = np.random.default_rng(0)
    x, y = rng.normal(0.2, 1, 30), rng.normal(0, 2, 24)
    p, *_ = ttost_paired(x[:24], y, -1, 0.8)
    assert tost_mean(x[:24] - y, -1, 0.8).p_value == pytest.approx(p)
    for usevar, equal in (("unequal", False), ("pooled", True)):
        p, (t_low, p_low, df), (t_high, p_high, _) = ttost_ind(x, y, -1, 0.8, usevar=usevar)
        found = tost_two_means(x, y, -1, 0.8, equal_variances=equal)
        assert found.p_value == pytest.approx(p)
        assert found.lower.df[0] == pytest.approx(df)
        assert (found.lower.statistic, found.lower.p_value) == pytest.approx((t_low, p_low))
        assert (found.upper.statistic, found.upper.p_value) == pytest.approx((t_high, p_high))


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-3, 3),
    st.floats(0.05, 3),
    st.sampled_from([2.0, 9.0, np.inf]),
    st.sampled_from([0.01, 0.05, 0.1]),
)
def test_both_tests_reject_exactly_when_the_interval_lies_inside(centre, error, df, alpha):
    found = tost_estimate(centre, error, df, -1.0, 1.5, alpha)
    inside = found.ci_low > -1.0 and found.ci_high < 1.5
    assert found.equivalent == inside
    assert found.equivalent == (found.p_value < alpha)
    mirrored = tost_estimate(-centre, error, df, -1.5, 1.0, alpha)
    assert mirrored.p_value == pytest.approx(found.p_value)
    assert mirrored.ci_low == pytest.approx(-found.ci_high)


def test_one_correlation_by_fishers_formula():
    found = tost_correlation(0.02, 71, -0.24, 0.24)
    for margin, test, sign in ((-0.24, found.lower, 1), (0.24, found.upper, -1)):
        z = (np.arctanh(0.02) - np.arctanh(margin)) * np.sqrt(68)
        assert test.statistic == pytest.approx(z)
        assert test.p_value == pytest.approx(stats.norm.sf(sign * z))
    reach = 1.6448536269514722 / np.sqrt(68)
    assert np.arctanh(found.ci_high) - np.arctanh(0.02) == pytest.approx(reach)


def test_the_variance_of_other_correlations():
    assert fisher_z_variance(0.6, 53, "spearman") == pytest.approx(1.18 / 50)
    assert fisher_z_variance(0.6, 54, "kendall") == pytest.approx(0.437 / 50)
    assert np.isnan(fisher_z_variance(0.6, 4, "kendall"))
    narrow = tost_correlation(0.3, 60, 0, 0.6, coefficient="kendall")
    wide = tost_correlation(0.3, 60, 0, 0.6, coefficient="spearman")
    assert narrow.ci_high < wide.ci_high


def test_two_correlations_without_a_margin_are_fishers_test():
    # As the margin goes to zero both tests become Fisher's of two independent correlations.
    found = tost_correlation_difference((0.8, 100), (0.5, 50), margin=1e-9)
    z = (np.arctanh(0.8) - np.arctanh(0.5)) / np.sqrt(1 / 97 + 1 / 47)
    assert found.lower.statistic == pytest.approx(z, abs=1e-6)
    assert found.upper.statistic == pytest.approx(z, abs=1e-6)


@pytest.mark.parametrize(
    ("first", "second", "margin"),
    [((0.8, 60), (0.78, 45), 0.1), ((-0.2, 30), (0.3, 90), 0.3), ((0.97, 20), (0.1, 20), 0.5)],
)
def test_two_correlations_by_plain_optimisation(first, second, margin):
    found = tost_correlation_difference(first, second, margin)
    (r, n), (s, m) = first, second
    for null, test in ((-margin, found.lower), (margin, found.upper)):
        grid = np.linspace(max(-1, null - 1), min(1, null + 1), 200_003)[1:-1]
        square = (np.arctanh(r) - np.arctanh(grid)) ** 2 * (n - 3)
        square += (np.arctanh(s) - np.arctanh(grid - null)) ** 2 * (m - 3)
        expected = np.sign(r - s - null) * np.sqrt(square.min())
        assert test.statistic == pytest.approx(expected, abs=1e-4)
    swapped = tost_correlation_difference(second, first, margin)
    assert swapped.p_value == pytest.approx(found.p_value)
    assert (swapped.ci_low, swapped.ci_high) == pytest.approx((-found.ci_high, -found.ci_low))


def test_the_interval_holds_the_differences_that_are_not_rejected():
    pairs = ((0.8, 60), (0.78, 45))
    found = tost_correlation_difference(*pairs, margin=0.1)
    assert found.ci_low < 0 < found.ci_high
    at_high = tost_correlation_difference(*pairs, margin=found.ci_high)
    at_low = tost_correlation_difference(*pairs, margin=-found.ci_low)
    assert at_high.upper.p_value == pytest.approx(0.05, abs=1e-8)
    assert at_low.lower.p_value == pytest.approx(0.05, abs=1e-8)


def test_a_margin_on_z():
    found = tost_correlation_difference((0.8, 900), (0.78, 900), 0.1, margin_on="z")
    error = np.sqrt(2 / 897)
    z = (np.arctanh(0.8) - np.arctanh(0.78) - np.arctanh(0.1)) / error
    assert found.upper.statistic == pytest.approx(z)
    assert not found.equivalent
    assert tost_correlation_difference((0.8, 900), (0.78, 900), 0.1).equivalent


def test_an_estimate_of_the_case_jackknife_is_a_t_test():
    differences = np.random.default_rng(1).normal(0.1, 1, 40)
    estimated = mean_of(differences)
    found, plain = (
        tost_of_estimate(estimated, IDENTITY, -0.5, 0.5),
        tost_mean(differences, -0.5, 0.5),
    )
    assert found.p_value == pytest.approx(plain.p_value)
    assert (found.ci_low, found.ci_high) == pytest.approx((plain.ci_low, plain.ci_high))
    one = non_inferiority(estimated, IDENTITY, -0.5)
    expected = stats.ttest_1samp(differences, -0.5, alternative="greater")
    assert one.test.statistic == pytest.approx(expected.statistic)
    assert one.test.p_value == pytest.approx(expected.pvalue)
    assert one.non_inferior
    assert one.bound == pytest.approx(plain.ci_low)


def test_an_estimate_on_its_own_scale():
    estimated = Estimate(0.8, 0.7, 0.87, 30, "case jackknife-t on Fisher z")
    error, df = jackknife_error_on(FISHER_Z, estimated, 0.95)
    assert df == 29
    assert error == pytest.approx((np.arctanh(0.87) - np.arctanh(0.7)) / 2 / stats.t.ppf(0.975, 29))
    found = non_inferiority(estimated, FISHER_Z, 0.667)
    t = (np.arctanh(0.8) - np.arctanh(0.667)) / error
    assert found.test.p_value == pytest.approx(stats.t.sf(t, 29))
    root = optimize.brentq(
        lambda m: non_inferiority(estimated, FISHER_Z, m).test.p_value - 0.05, 0.1, 0.79
    )
    assert found.bound == pytest.approx(root)
    with pytest.raises(ValueError, match="log"):
        non_inferiority(estimated, LOG_COMPLEMENT, 0.667)
    with pytest.raises(ValueError, match="off the scale"):
        tost_of_estimate(estimated, FISHER_Z, -1, 1)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (lambda: tost_mean([], -1, 1), "0 differences"),
        (lambda: tost_mean([3.0], -1, 1), "1 difference,"),
        (lambda: tost_mean([0.1, 0.1, 0.1], -1, 1), "all differences are equal"),
        (lambda: tost_two_means([1], [2, 3], -1, 1), "at least 2 values"),
        (lambda: tost_two_means([1, 1], [2, 2], -1, 1), "do not vary"),
        (lambda: tost_correlation(1.0, 20, -0.5, 0.5), "exactly 1"),
        (lambda: tost_correlation(0.5, 3, -0.5, 0.5), "3 pairs are too few"),
        (lambda: tost_correlation_difference((1.0, 9), (0.5, 9), 0.1), "exactly 1"),
        (lambda: tost_correlation_difference((0.1, 3), (0.5, 9), 0.1), "too few"),
        (lambda: tost_of_estimate(mean_of(np.ones(4)), IDENTITY, -1, 2), "never changes"),
        (lambda: non_inferiority(mean_of(np.ones(2)), IDENTITY, 0), "2 cases"),
    ],
)
def test_no_test_has_a_reason(found, reason):
    outcome = found()
    assert reason in outcome.reason
    test = outcome.test if hasattr(outcome, "test") else outcome.lower
    assert test.p_value is None
    assert reason in test.reason


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (lambda: tost_estimate(0, 1, 9, 1, -1, 0.7), "not below.*alpha is 0.7"),
        (lambda: tost_mean([1, np.nan], -1, 1), "finite"),
        (lambda: tost_correlation(1.2, 20, -0.5, 0.5), "not between -1 and 1"),
        (lambda: tost_correlation_difference((0.1, 9), (0.2, 9), 0), "margin is 0"),
    ],
)
def test_wrong_input(call, fault):
    with pytest.raises(ValueError, match=fault):
        call()


@pytest.mark.parametrize("unit", [1e-200, 1e-85, 1e-15, 1e160, 1e300])
def test_means_are_equivalent_in_any_unit(unit: float) -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=12), rng.normal(0.3, 2, size=15)
    for test in (
        lambda u: tost_mean(x * u, -u, u),
        lambda u: tost_two_means(x * u, y * u, -u, u),
        lambda u: tost_two_means(x * u, y * u, -u, u, equal_variances=True),
    ):
        assert test(unit).p_value == pytest.approx(test(1.0).p_value, rel=1e-9)
    assert tost_two_means([unit] * 3, [unit] * 3, -unit, unit).reason is not None


def test_the_rounding_of_a_mean_is_no_variance() -> None:
    # The mean of three values of 0.1 is not 0.1.
    for equal_variances in (False, True):
        found = tost_two_means([0.1] * 3, [0.3] * 7, -1, 1, equal_variances=equal_variances)
        assert (found.equivalent, found.p_value) == (None, None)
        assert found.reason == "no test: the values of each do not vary"
    assert tost_two_means([0, 0], [0, 0], -1, 1).reason == found.reason
    assert tost_mean([0, 0], -1, 1).reason == "no test: all differences are equal"


def test_options_that_are_none_are_refused_together() -> None:
    with pytest.raises(ValueError, match=r"margin is 2.*margin_on is 'r'.*alpha is 0\.9"):
        tost_correlation_difference((0.2, 50), (0.3, 50), 2, 0.9, margin_on="r")
    with pytest.raises(ValueError, match="coefficient is 'gamma'"):
        tost_correlation(0.2, 50, -0.3, 0.3, coefficient="gamma")
    found = mean_of(np.arange(6.0))
    with pytest.raises(ValueError, match="alpha is 2"):
        non_inferiority(found, IDENTITY, 0.0, 2.0)
