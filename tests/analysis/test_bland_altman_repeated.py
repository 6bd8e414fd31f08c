from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.agreement.bland_altman import bland_altman
from analysis.agreement.bland_altman_repeated import RepeatedLimits, bland_altman_repeated
from analysis.agreement.mover import Part, mover_limits
from analysis.agreement.within_subject import within_subject_sd
from analysis.resampling import Estimate, Resamples

# Cardiac output by two methods: Bland JM, Altman DG. J Biopharm Stat 2007;17:571-582, table 1.
FIRST = [
    [7.83, 7.42, 7.89, 7.12, 7.88],
    [6.16, 7.26, 6.71, 6.54],
    [4.75, 5.24, 4.86, 4.78, 6.05, 5.42],
    [4.21, 3.61, 3.72, 3.87, 3.92],
    [3.13, 2.98, 2.85, 3.17, 3.09, 3.12],
    [5.92, 6.42, 5.92, 6.27],
    [7.13, 6.62, 6.58, 6.93],
    [4.54, 4.81, 5.11, 5.29, 5.39, 5.57],
    [4.48, 4.92, 3.97],
    [4.22, 4.65, 4.74, 4.44, 4.50],
    [6.78, 6.07, 6.52, 6.42, 6.41, 5.76],
    [5.06, 4.72, 4.90, 4.80, 4.90, 5.10],
]
SECOND = [
    [6.57, 5.62, 6.90, 6.57, 6.35],
    [4.06, 4.29, 4.26, 4.09],
    [4.71, 5.50, 5.08, 5.02, 6.01, 5.67],
    [4.14, 4.20, 4.61, 4.68, 5.04],
    [3.03, 2.86, 2.77, 2.46, 2.32, 2.43],
    [5.90, 5.81, 5.70, 5.76],
    [5.09, 4.63, 4.61, 5.09],
    [4.72, 4.61, 4.36, 4.20, 4.36, 4.20],
    [3.17, 3.12, 2.96],
    [4.35, 4.62, 3.16, 3.53, 3.53],
    [7.20, 6.09, 7.00, 7.10, 7.40, 6.80],
    [4.50, 4.20, 3.80, 3.80, 4.20, 4.50],
]
RV, IC = np.concatenate(FIRST), np.concatenate(SECOND)
SUBJECT = np.repeat(np.arange(12), [len(row) for row in FIRST])


def value_of(estimate: Estimate) -> float:
    assert estimate.value is not None
    return estimate.value


def cardiac(**options: Any) -> RepeatedLimits:
    return bland_altman_repeated(RV, IC, SUBJECT, multiplier=1.96, **options)


def test_cardiac_output_with_a_varying_truth() -> None:
    # Table 2 of 2007: bias .6021667, residual mean square .170714, total SD .99062408.
    found = cardiac(truth="varying", convention="bland_altman")
    assert found.mean_difference.value == pytest.approx(0.6021667, abs=5e-8)
    assert found.sd_difference.value == pytest.approx(0.99062408, abs=1e-6)
    assert found.within_variances == pytest.approx((0.170714,), abs=1e-6)
    limits = (found.lower_limit.value, found.upper_limit.value)
    assert limits == pytest.approx((-1.3394565, 2.5437899), abs=1e-6)
    assert (found.n_subjects, found.n_first, found.n_second) == (12, 60, 60)


def test_cardiac_output_with_a_constant_truth() -> None:
    # Table 3 of 2007: within-subject variances .107228 and .137874, SD 1.0518506.
    found = cardiac(truth="constant", convention="bland_altman")
    assert found.within_variances == pytest.approx((0.107227795, 0.137874069), abs=1e-7)
    assert found.sd_difference.value == pytest.approx(1.0518506, abs=1e-6)
    limits = (found.lower_limit.value, found.upper_limit.value)
    assert limits == pytest.approx((-1.4594605, 2.6637939), abs=1e-6)
    # Mean and variance of the differences of subject means: .7092361, .91269114.
    zou = cardiac(truth="constant")
    assert zou.mean_difference.value == pytest.approx(0.7092361, abs=5e-8)
    assert zou.sd_difference.value == pytest.approx(1.0518506, abs=1e-6)


@pytest.mark.parametrize(
    ("truth", "gaps", "limits", "lower", "upper"),
    [
        ("varying", [], (-2.14, 3.59), (-9.83, -0.33), (1.77, 11.27)),
        ("constant", [4, 8], (-2.23, 3.66), (-9.76, -0.48), (1.91, 11.20)),
    ],
)
def test_the_examples_of_zou(truth: Any, gaps: Any, limits: Any, lower: Any, upper: Any) -> None:
    """Zou 2013 takes the first four subjects, and two gaps for replicates of unequal number."""
    rows = SUBJECT < 4
    second = IC[rows].copy()
    second[gaps] = np.nan
    found = bland_altman_repeated(RV[rows], second, SUBJECT[rows], truth=truth)
    assert (found.lower_limit.value, found.upper_limit.value) == pytest.approx(limits, abs=0.005)
    low, high = found.lower_limit.beside[-1], found.upper_limit.beside[-1]
    assert (low.low, low.high) == pytest.approx(lower, abs=0.011)
    assert (high.low, high.high) == pytest.approx(upper, abs=0.011)


@pytest.mark.parametrize("truth", ["constant", "varying"])
def test_one_measurement_per_subject_is_the_simple_method(truth: Any) -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(2, 12))
    simple = bland_altman(first, second)
    found = bland_altman_repeated(first, second, np.arange(12), truth=truth)
    assert found.sd_difference.value == pytest.approx(value_of(simple.sd_difference))
    assert found.upper_limit.value == pytest.approx(value_of(simple.upper_limit))
    assert found.upper_limit.high == pytest.approx(simple.upper_limit.high)
    again = bland_altman_repeated(
        first, second, np.arange(12), truth="varying", convention="bland_altman"
    )
    assert again.sd_difference.value is None
    assert "measured twice" in (again.sd_difference.reason or "")


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_balanced_numbers_make_the_conventions_one(seed: int, replicates: int) -> None:
    """With m pairs each: (MSB + (m - 1) MSW) / m, by either way, where MSB exceeds MSW."""
    rng = np.random.default_rng(seed)
    subjects = np.repeat(np.arange(8), replicates)
    first = 5 * rng.normal(size=8)[subjects] + rng.normal(size=len(subjects))
    second = rng.normal(size=len(subjects))
    zou, classic = (
        bland_altman_repeated(first, second, subjects, truth="varying", convention=convention)
        for convention in ("zou", "bland_altman")
    )
    means = (first - second).reshape(8, replicates)
    msb = replicates * means.mean(axis=1).var(ddof=1)
    msw = means.var(axis=1, ddof=1).mean()
    expected = np.sqrt((msb + (replicates - 1) * msw) / replicates)
    assert zou.sd_difference.value == pytest.approx(expected)
    assert classic.sd_difference.value == pytest.approx(max(expected, np.sqrt(msw)))
    assert zou.mean_difference.value == pytest.approx(value_of(classic.mean_difference))


def test_a_constant_truth_does_not_care_which_replicates_stand_side_by_side() -> None:
    rng = np.random.default_rng(2)
    shuffled = IC.copy()
    for subject in range(12):
        rows = np.flatnonzero(subject == SUBJECT)
        shuffled[rows] = rng.permutation(shuffled[rows])
    one, two = (
        bland_altman_repeated(RV, second, SUBJECT, truth="constant") for second in (IC, shuffled)
    )
    assert one.upper_limit.value == pytest.approx(value_of(two.upper_limit))
    assert one.within_variances[0] == pytest.approx(
        value_of(within_subject_sd([row + [np.nan] * (6 - len(row)) for row in FIRST])) ** 2
    )
    pairs = [
        bland_altman_repeated(RV, second, SUBJECT, truth="varying").sd_difference.value
        for second in (IC, shuffled)
    ]
    assert pairs[0] != pytest.approx(pairs[1])


@pytest.mark.parametrize("truth", ["constant", "varying"])
@pytest.mark.parametrize("convention", ["zou", "bland_altman"])
def test_the_bootstrap_is_that_of_physically_repeated_cases(truth: Any, convention: Any) -> None:
    rows = SUBJECT < 6
    cases = SUBJECT[rows] // 2
    options = {"truth": truth, "convention": convention}
    exact = Resamples(range(3), n=27)
    found = bland_altman_repeated(
        RV[rows], IC[rows], SUBJECT[rows], cases=cases, resamples=exact, **options
    )
    assert found.upper_limit.n_cases == 3
    replicates = []
    for chosen in np.ndindex(3, 3, 3):
        parts = [np.flatnonzero(cases == case) for case in chosen]
        units = np.concatenate(parts)
        who = np.concatenate([SUBJECT[part] + 100 * at for at, part in enumerate(parts)])
        again = bland_altman_repeated(RV[units], IC[units], who, **options)
        replicates.append(value_of(again.upper_limit))
    low, high = np.quantile(replicates, [0.025, 0.975])
    interval = found.upper_limit.beside[0]
    assert (interval.low, interval.high) == pytest.approx((low, high))


def test_order_of_rows_and_names_of_subjects_do_not_matter() -> None:
    order = np.random.default_rng(3).permutation(60)
    names = np.array([f"p{11 - subject:02d}" for subject in SUBJECT])
    one = cardiac(truth="varying")
    two = bland_altman_repeated(
        RV[order], IC[order], names[order], truth="varying", multiplier=1.96
    )
    assert two.upper_limit.high == pytest.approx(one.upper_limit.high)
    assert two.upper_limit.beside[0].high == pytest.approx(one.upper_limit.beside[0].high)


def test_mover_holds_its_level() -> None:
    rng = np.random.default_rng(4)
    covered = []
    for _ in range(1500):
        between = rng.normal(0, 1, (10, 1))
        values = between + rng.normal(0, 1, (10, 3))
        means, within = values.mean(axis=1), values.var(axis=1, ddof=1).mean()
        parts = [Part(1.0, means.var(ddof=1), 9.0), Part(2 / 3, within, 20.0)]
        upper = mover_limits(float(means.mean()), parts, 10, 1.96, level=0.9)[1]
        covered.append((upper.low or 9) <= 1.96 * 2**0.5 <= (upper.high or -9))
    assert abs(np.mean(covered) - 0.9) < 0.025


def test_data_that_give_no_limits_say_why() -> None:
    one = bland_altman_repeated([1.0, 2.0], [1.0, 2.5], ["a", "a"], truth="varying")
    assert one.upper_limit.value is None
    assert "1 subjects" in (one.upper_limit.reason or "")
    flat = bland_altman_repeated(
        [1.0, 1.0, 2.0, 2.0, 3.0, 3.0],
        [0.9, 0.9, 1.9, 1.9, 2.9, 2.9],
        list("aabbcc"),
        truth="constant",
    )
    assert flat.sd_difference.value == 0
    assert flat.upper_limit.value == pytest.approx(0.1)
    assert flat.upper_limit.low is None
    assert "do not vary" in (flat.upper_limit.beside[0].reason or "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"subjects": [1, 2]}, "equal lists"),
        ({"cases": [1, 2, 3]}, "1 subjects lie in more than one case: 1"),
        ({"first": [1.0, np.inf, 2.0]}, "1 measurements are infinite"),
        ({"subjects": ["a", None, "b"]}, "1 rows have no subject"),
        ({"truth": "fixed"}, "neither of constant, varying"),
        ({"convention": "other"}, "neither of zou, bland_altman"),
        ({"coverage": 2.0}, "coverage"),
    ],
)
def test_wrong_input_is_refused(options: dict[str, Any], message: str) -> None:
    given_options: dict[str, Any] = {
        "first": [1.0, 2.0, 3.0],
        "second": [1.0, 2.0, 2.0],
        "subjects": [1, 1, 2],
        "truth": "varying",
    }
    with pytest.raises(ValueError, match=message):
        bland_altman_repeated(**(given_options | options))
