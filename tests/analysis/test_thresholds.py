"""Cut-offs: against pROC, against plain search, and their correction for optimism."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from analysis.association.acceptability import Verdicts
from analysis.association.cut_off_performance import (
    called_acceptable,
    performance_at,
    sensitivity_at_specificity,
    wilson_interval,
)
from analysis.association.cut_off_search import cut_off_search, sensitivity_at_statistic
from analysis.association.thresholds import choose_cut_off
from analysis.resampling import Resamples
from tests.analysis.gold import checks
from tests.analysis.test_auc import METRICS, asah, study

FEW = 100


def plain_choice(metric, acceptable, criterion, direction="higher"):
    """Try the middle between every two neighbouring values; NaN where none is of use."""
    levels = np.unique(metric)
    best, chosen = (0.0 if criterion == "youden" else -1.0), np.nan
    middles = [
        (low + high) / 2 if np.isfinite(low + high) else (low if np.isfinite(low) else high)
        for low, high in pairwise(levels)
    ]
    rising = sorted(middles, reverse=direction == "lower")
    if acceptable.all() or not acceptable.any():
        return np.nan
    for cut_off in rising:
        called = metric >= cut_off if direction == "higher" else metric <= cut_off
        sensitivity, specificity = called[acceptable].mean(), (~called[~acceptable]).mean()
        gain = sensitivity + specificity - 1
        if criterion == "closest":
            gain = -((1 - sensitivity) ** 2) - (1 - specificity) ** 2
        if gain > best + 1e-12:
            best, chosen = gain, cut_off
    return chosen


@pytest.mark.parametrize("check", checks("auc_delong"))
def test_youden_on_asah(check):
    for name in METRICS:
        expected = check["expected"][name]
        verdicts = asah(name, check["options"]["positive"])
        drawn = Resamples(verdicts.case_names, FEW)
        found = choose_cut_off(verdicts, resamples=drawn)
        close = {"abs": check["atol"]}
        assert found.cut_off.value == pytest.approx(expected["youden_threshold"], **close)
        assert found.sensitivity.apparent == pytest.approx(expected["sensitivity"], **close)
        assert found.specificity.apparent == pytest.approx(expected["specificity"], **close)
        at = performance_at(verdicts, expected["youden_threshold"])
        assert at.sensitivity.value == pytest.approx(expected["sensitivity"], **close)
        assert at.specificity.value == pytest.approx(expected["specificity"], **close)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([-1.0, 0.0, 0.25, 0.5, 2.0, 8.0]), st.booleans(), st.integers(0, 3)
        ),
        min_size=2,
        max_size=14,
    ),
    st.lists(st.integers(0, 3), min_size=4, max_size=4),
    st.sampled_from(["youden", "closest"]),
    st.sampled_from(["higher", "lower"]),
)
def test_weights_are_copies_of_cases(drawn, copies, criterion, direction):
    metric, acceptable, case = (np.array(column) for column in zip(*drawn, strict=True))
    verdicts = Verdicts.of(metric, acceptable, case, direction)
    weights = np.array(copies[: verdicts.n_cases], dtype=float)
    found = cut_off_search(verdicts, criterion)(weights[None])
    again = np.repeat(np.arange(len(case)), weights[verdicts.cases].astype(int))
    metric, acceptable = metric[again], acceptable[again]
    expected = plain_choice(metric, acceptable, criterion, direction)
    assert found.cut_off[0] == pytest.approx(expected, nan_ok=True)
    if np.isfinite(expected):
        called = metric >= expected if direction == "higher" else metric <= expected
        assert found.sensitivity[0] == pytest.approx(called[acceptable].mean())
        assert found.specificity[0] == pytest.approx((~called[~acceptable]).mean())


def test_infinite_distances_are_extremes():
    distance = np.array([2.0, 3.0, 4.0, np.inf, np.inf, 50.0])
    verdicts = Verdicts.of(distance, [1, 1, 1, 0, 0, 1], direction="lower")
    found = choose_cut_off(verdicts, resamples=Resamples(verdicts.case_names, FEW))
    assert found.cut_off.value == 50.0
    assert found.sensitivity.apparent == found.specificity.apparent == 1.0
    assert called_acceptable(verdicts, np.full(6, 50.0)).tolist() == [1, 1, 1, 0, 0, 1]


def test_the_two_criteria_may_choose_differently():
    metric = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10.0])
    acceptable = np.array([0, 0, 0, 0, 1, 0, 1, 0, 0, 1], dtype=bool)
    for criterion in ("youden", "closest"):
        verdicts = Verdicts.of(metric, acceptable)
        found = choose_cut_off(verdicts, criterion, resamples=Resamples(verdicts.case_names, FEW))
        assert found.cut_off.value == plain_choice(metric, acceptable, criterion)


def test_optimism_and_the_case_left_out_by_plain_loops():
    verdicts = study(11, 25)
    labels = verdicts.case_names
    drawn = Resamples(labels, FEW)
    found = choose_cut_off(verdicts, resamples=drawn)
    weights = drawn.rows(0, FEW)[:, drawn.columns(labels)]
    gaps = []
    for row in weights:
        again = np.repeat(np.arange(len(verdicts.metric)), row[verdicts.cases].astype(int))
        metric, acceptable = verdicts.metric[again], verdicts.acceptable[again]
        cut_off = plain_choice(metric, acceptable, "youden")
        there = metric >= cut_off
        here = verdicts.metric >= cut_off
        gaps.append(there[acceptable].mean() - here[verdicts.acceptable].mean())
    assert found.sensitivity.optimism == pytest.approx(np.mean(gaps))
    assert found.sensitivity.corrected == pytest.approx(found.sensitivity.apparent - np.mean(gaps))
    called = np.zeros(len(verdicts.metric), dtype=bool)
    for case in range(verdicts.n_cases):
        own = verdicts.cases == case
        cut_off = plain_choice(verdicts.metric[~own], verdicts.acceptable[~own], "youden")
        called[own] = verdicts.metric[own] >= cut_off
    assert found.sensitivity.left_out == pytest.approx(called[verdicts.acceptable].mean())
    assert found.specificity.left_out == pytest.approx((~called[~verdicts.acceptable]).mean())
    assert found.youden.left_out == pytest.approx(
        found.sensitivity.left_out + found.specificity.left_out - 1
    )


def test_a_metric_of_noise_looks_useful_until_it_is_corrected():
    rng = np.random.default_rng(2)
    apparent, corrected = [], []
    for _ in range(20):
        verdicts = Verdicts.of(rng.normal(size=40), rng.random(40) < 0.5)
        found = choose_cut_off(verdicts, resamples=Resamples(verdicts.case_names, FEW))
        if found.youden.corrected is not None:
            apparent.append(found.youden.apparent)
            corrected.append(found.youden.corrected)
    assert len(apparent) > 10
    assert np.mean(apparent) > 0.2
    assert abs(np.mean(corrected)) < 0.5 * np.mean(apparent)


def test_the_interval_of_a_cut_off_is_one_of_percentiles():
    verdicts = study(12, 30)
    drawn = Resamples(verdicts.case_names, FEW)
    found = choose_cut_off(verdicts, resamples=drawn).cut_off
    weights = drawn.rows(0, FEW)[:, drawn.columns(verdicts.case_names)]
    chosen = cut_off_search(verdicts, "youden")(weights).cut_off
    assert (found.low, found.high) == pytest.approx(np.quantile(chosen, [0.025, 0.975]))
    same = choose_cut_off(verdicts)
    assert (
        same.cut_off == choose_cut_off(verdicts, resamples=Resamples(verdicts.case_names)).cut_off
    )


def test_sensitivity_at_a_specificity():
    metric = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
    acceptable = [0, 0, 1, 0, 1, 0, 1, 1]
    verdicts = Verdicts.of(metric, acceptable)
    drawn = Resamples(verdicts.case_names, FEW)

    def at(specificity: float, interpolate: bool = False) -> float:
        statistic = sensitivity_at_statistic(verdicts, specificity, interpolate=interpolate)
        return float(statistic(np.ones((1, 8)))[0])

    # Points of the curve: specificity 1/4 and 1/2 with all, 3/4 with 3 of 4, 1 with 2 of 4.
    assert [at(s) for s in (0, 0.5, 0.6, 0.75, 0.8, 1)] == [1, 1, 0.75, 0.75, 0.5, 0.5]
    assert at(0.625, interpolate=True) == 0.75
    tied = Verdicts.of([1, 2, 2, 3], [0, 0, 1, 1])
    for interpolate, expected in ((False, 0.5), (True, 0.75)):
        statistic = sensitivity_at_statistic(tied, 0.75, interpolate=interpolate)
        assert statistic(np.ones((1, 4)))[0] == expected
    found = sensitivity_at_specificity(verdicts, 0.75, resamples=drawn)
    assert found.value == 0.75
    assert found.low <= 0.75 <= found.high
    with pytest.raises(ValueError, match="between 0 and 1"):
        sensitivity_at_specificity(verdicts, 90)


def test_intervals_of_a_fixed_cut_off():
    verdicts = study(13, 40)
    found = performance_at(verdicts, 0.0, resamples=Resamples(verdicts.case_names, FEW))
    hits = (verdicts.metric >= 0)[verdicts.acceptable]
    assert found.sensitivity.value == pytest.approx(hits.mean())
    wilson = proportion_confint(hits.sum(), len(hits), method="wilson")
    assert (found.sensitivity.beside[-1].low, found.sensitivity.beside[-1].high) == pytest.approx(
        wilson
    )
    assert len(found.sensitivity.beside) == 3
    assert found.sensitivity.low < found.sensitivity.value < found.sensitivity.high
    assert wilson_interval(5, 5).high == 1.0
    with pytest.raises(ValueError, match="NaN"):
        performance_at(verdicts, np.nan)


@pytest.mark.parametrize(
    ("metric", "acceptable", "reason"),
    [
        ([1.0, 2, 3], [0, 0, 0], "none of 3 masks is acceptable"),
        ([5.0, 5, 5], [0, 1, 0], "no cut-off is better"),
        ([3.0, 2, 1], [0, 0, 1], "no cut-off is better"),
    ],
)
def test_no_cut_off(metric, acceptable, reason):
    found = choose_cut_off((metric, acceptable))
    assert found.cut_off.value is None
    assert reason in found.cut_off.reason
    assert reason in found.youden.interval.reason
    assert found.youden.corrected is None


def test_one_case_has_a_cut_off_without_an_interval():
    found = choose_cut_off(([1, 2, 3, 4], [0, 0, 1, 1], ["a"] * 4))
    assert found.cut_off.value == 2.5
    assert found.cut_off.low is None
    assert "no interval" in found.cut_off.reason
    assert found.youden.left_out is None
    assert sensitivity_at_specificity(([1, 2], [0, 1], ["a", "a"]), 0.5).low is None
    shares = performance_at(([1, 2], [1, 1]), 1.5)
    assert shares.sensitivity.value == 0.5
    assert shares.specificity.reason == "no mask is unacceptable"


def test_a_cut_off_between_the_infinities_and_an_unknown_criterion() -> None:
    verdicts = Verdicts.of([-np.inf, -np.inf, np.inf, np.inf], [0, 0, 1, 1])
    found = cut_off_search(verdicts, "youden")(np.ones((1, 4)))
    assert (found.cut_off[0], found.sensitivity[0], found.specificity[0]) == (np.inf, 1, 1)
    with pytest.raises(ValueError, match="criterion is 'best'"):
        choose_cut_off(verdicts, "best")


def test_verdicts_of_cases_without_a_label_are_refused() -> None:
    for labels in ([None, "a", "b"], [np.nan, 1, np.nan], [np.nan, "a", "b"]):
        with pytest.raises(ValueError, match="case labels are missing"):
            Verdicts.of([1, 2, 3], [1, 0, 1], labels)
    mixed = np.array([2, "a", 2], dtype=object)
    assert list(Verdicts.of([1, 2, 3], [1, 0, 1], mixed).case_names) == ["2", "a"]
