from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.association.correlation import COEFFICIENTS, Coefficient, Pairs
from analysis.association.model_level import model_level_correlation, model_level_statistic
from analysis.association.within_between import (
    between_case_correlation,
    correlation_of_each_case,
    mean_within_case_correlation,
    split_correlation,
)
from analysis.resampling import Resamples
from tests.analysis.gold import data

SCIPY: dict[str, Any] = {
    "spearman": stats.spearmanr,
    "kendall": stats.kendalltau,
    "pearson": stats.pearsonr,
}


def study(seed: int, n_cases: int = 12) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    case = np.repeat(np.arange(n_cases), rng.integers(1, 6, n_cases))
    quality = rng.normal(size=len(case)) + rng.normal(size=n_cases)[case]
    return pd.DataFrame(
        {
            "case": case,
            "model": rng.integers(0, 4, len(case)),
            "x": np.round(quality + rng.normal(size=len(case)), 1),
            "y": np.clip(np.round(quality + 3), 1, 5),
        }
    )


def columns(frame: pd.DataFrame) -> tuple[Any, Any, Any]:
    return frame["x"].to_numpy(), frame["y"].to_numpy(), frame["case"].to_numpy()


def test_bland_and_altman_between_subjects() -> None:
    # BMJ 1995;310:633, the printed means of 8 subjects: r = 0.08 weighted by measurements.
    ph = np.array([6.49, 7.05, 7.36, 7.33, 7.31, 7.32, 6.91, 7.12])
    paco2 = np.array([4.04, 5.37, 4.83, 5.31, 4.40, 4.92, 6.60, 4.78])
    number = np.array([4, 4, 9, 5, 8, 6, 3, 8])
    subject = np.repeat(np.arange(8), number)
    found = between_case_correlation((ph[subject], paco2[subject], subject))
    assert found.value == pytest.approx(0.08, abs=0.005)
    assert found.value == pytest.approx(
        np.cov(ph, paco2, fweights=number)[0, 1]
        / np.sqrt(np.cov(ph, fweights=number) * np.cov(paco2, fweights=number))
    )
    # The measurements themselves, whose means were rounded in print.
    measured, x, y = np.array(data("bland_altman_1995")).T
    means = np.array([[of[measured == s].mean() for s in range(1, 9)] for of in (x, y)])
    expected = np.cov(means, fweights=number)
    assert between_case_correlation((x, y, measured)).value == pytest.approx(
        expected[0, 1] / np.sqrt(expected[0, 0] * expected[1, 1])
    )


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
@pytest.mark.parametrize("weighting", ["pairs", "cases"])
def test_between_is_the_correlation_of_means(coefficient: Coefficient, weighting: Any) -> None:
    frame = study(1)
    means = frame.groupby("case")[["x", "y"]].mean()
    copies = frame.groupby("case").size() if weighting == "pairs" else 1
    repeated = means.loc[means.index.repeat(copies)].round(9)
    expected = SCIPY[coefficient](repeated["x"], repeated["y"]).statistic
    found = between_case_correlation(columns(frame), coefficient, weighting=weighting)
    assert found.value == pytest.approx(expected, abs=1e-8)
    assert found.n_cases == 12


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_the_parts_make_the_whole(seed: int) -> None:
    found = split_correlation(columns(study(seed)))
    between, within = found.eta_squared_metric or 0, found.eta_squared_rating or 0
    whole = np.sqrt(between * within) * float(found.between.value or 0)
    whole += np.sqrt((1 - between) * (1 - within)) * float(found.within.value or 0)
    assert found.total.value == pytest.approx(whole, abs=1e-9)


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_within_cases_equals_a_plain_loop(coefficient: Coefficient) -> None:
    frame = study(2, 150)
    values = {
        case: SCIPY[coefficient](of["x"], of["y"]).statistic
        for case, of in frame.groupby("case")
        if of["x"].nunique() > 1 and of["y"].nunique() > 1
    }
    found = mean_within_case_correlation(columns(frame), coefficient, resamples=None)
    assert found.estimate.value == pytest.approx(np.mean(list(values.values())))
    assert found.estimate.standard_error == pytest.approx(stats.sem(list(values.values())))
    assert found.cases_without == 150 - len(values)
    each = correlation_of_each_case(Pairs.of(*columns(frame)), coefficient)
    assert np.flatnonzero(np.isfinite(each)).tolist() == list(values)


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_models_equal_repeated_cases(coefficient: Coefficient) -> None:
    frame = study(3, 15)
    x, y, case = columns(frame)
    model = frame["model"].to_numpy()
    weights = np.random.default_rng(4).multinomial(15, np.ones(15) / 15, 25).astype(float)
    statistic = model_level_statistic(Pairs.of(x, y, case), model, coefficient)
    for value, of in zip(statistic(weights), weights, strict=True):
        repeated = frame.loc[frame.index.repeat(of[case].astype(int))]
        means = repeated.groupby("model")[["x", "y"]].mean().round(10)
        expected = SCIPY[coefficient](means["x"], means["y"]).statistic
        whole = len(means) == 4
        assert value == pytest.approx(expected if whole else np.nan, abs=1e-8, nan_ok=True)


def test_an_infinite_mean_is_an_extreme() -> None:
    x, y = [1.0, 2, np.inf, 1, 2, 3], [1, 2, 3, 1, 2, 3]
    found = model_level_correlation((x, y, list("aaabbb")), list("xyzxyz"))
    assert found.value == 1
    pearson = model_level_correlation((x, y, list("aaabbb")), list("xyzxyz"), "pearson")
    assert pearson.reason is not None
    assert pearson.reason.startswith("the mean metric or the mean rating")
    assert between_case_correlation((x, y, list("aabbcc")), "kendall").value is not None
    both = between_case_correlation(([-np.inf, np.inf, 1, 2], [1, 2, 3, 4], list("aabc")))
    assert both.reason == "a case with infinities of both signs has no mean"


def test_labels_and_order_do_not_matter() -> None:
    frame = study(5)
    order = np.random.default_rng(6).permutation(len(frame))
    mixed = frame.iloc[order].assign(case=lambda f: 30 - f["case"])
    names = np.array(["d", "b", "a", "c"])[mixed["model"]]
    for one, two in (
        (
            model_level_correlation(columns(frame), frame["model"], "pearson"),
            model_level_correlation(columns(mixed), names, "pearson"),
        ),
        (between_case_correlation(columns(frame)), between_case_correlation(columns(mixed))),
        (
            mean_within_case_correlation(columns(frame)).estimate,
            mean_within_case_correlation(columns(mixed)).estimate,
        ),
    ):
        assert (one.value, one.low, one.high) == pytest.approx((two.value, two.low, two.high))


def test_intervals_share_resamples_of_named_cases() -> None:
    frame = study(7, 30)
    resamples = Resamples([str(case) for case in range(30)], 200)
    found = mean_within_case_correlation(columns(frame), resamples=resamples)
    assert found.cases_without > 0
    assert found.estimate.beside[0].n_resamples == 200
    models = model_level_correlation(columns(frame), frame["model"], resamples=resamples)
    assert models.beside[0].low is not None


def test_what_cannot_be_computed_says_why() -> None:
    flat = ([1, 1, 2, 2], [1, 2, 3, 4], list("aabb"))
    within = mean_within_case_correlation(flat)
    assert within.estimate.reason == "in no case do both the metric and the mean rating vary"
    assert within.cases_without == 2
    assert between_case_correlation(flat).reason == "means of 2 cases, at least 3 are needed"
    alike = ([1, 2, 2, 1, 1.5], [1, 2, 3, 4, 5], list("aabbc"))
    between = between_case_correlation(alike)
    assert between.value is None
    assert between.reason == (
        "no variation: the metric is the same for all masks (means of 3 cases)"
    )
    split = split_correlation(([1, 1, 1], [1, 2, 3], list("aab")))
    assert (split.eta_squared_metric, split.total.value) == (None, None)
    infinite = split_correlation(([1, np.inf, 1, 2], [1, 2, 3, 4], list("aabc")))
    assert infinite.between.reason is not None
    assert infinite.within.reason == "infinite values of the metric: use a rank correlation"
    few = model_level_correlation(flat, list("xyxy"))
    assert few.reason == "2 models, at least 3 are needed"


def test_wrong_input() -> None:
    with pytest.raises(ValueError, match="1 model labels for 4 pairs"):
        model_level_correlation(([1, 2, 3, 4], [1, 2, 3, 4]), ["x"])
    with pytest.raises(ValueError, match="none of the coefficients"):
        model_level_correlation(([1, 2], [1, 2]), ["x", "y"], "gamma")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="weighting is 'pairs' or 'cases'"):
        between_case_correlation(([1, 2], [1, 2]), weighting="models")  # type: ignore[arg-type]
