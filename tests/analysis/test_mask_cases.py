"""Masks over cases: Student's interval on case means, and a model among raters."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.agreement.case_means import case_mean
from analysis.agreement.mask_cases import (
    mask_agreement,
    model_against_raters,
    others_agreement,
)
from analysis.agreement.masks import AgainstOthers, against_others, pairwise_metrics
from analysis.metrics import MetricSettings
from analysis.resampling import LOGIT, Resamples
from tests.analysis.mask_sets import noisy_masks

SPACING = (1.0, 1.0, 2.0)
METRICS = ("dsc", "hd95_mm", "sensitivity")


def cases(n=6, raters=3):
    return {
        f"case {at}": pairwise_metrics(noisy_masks(at, raters + at % 2), SPACING, METRICS)
        for at in range(n)
    }


def test_the_interval_of_a_mean_is_students():
    values = {"b": 3.0, "a": 1.5, "c": 2.5, "d": 7.0}
    found = case_mean(values, null=2.0)
    theirs = stats.ttest_1samp(list(values.values()), 2.0)
    interval = theirs.confidence_interval()
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.p_value == pytest.approx(theirs.pvalue)


def test_cases_without_a_value():
    assert case_mean({"a": None}).reason == "no case has a value"
    assert case_mean({}).reason == "no case has a value"
    assert case_mean({"a": 1.0, "b": None, "c": 2.0}).n_cases == 2
    infinite = case_mean({"a": np.inf, "b": 2.0})
    assert infinite.value is None
    assert "1 of 2 cases is infinite (a)" in infinite.reason


def test_pairs_are_averaged_within_their_case():
    found = mask_agreement(cases(), "dsc")
    means = [np.nanmean(case.matrices["dsc"]) for case in cases().values()]
    assert list(found.by_case.values()) == pytest.approx(means)
    assert found.mean.value == pytest.approx(np.mean(means))
    expected = case_mean(found.by_case, scale=LOGIT)
    assert found.mean == expected
    assert found.mean.low < found.mean.value < found.mean.high < 1
    assert found.undefined_pairs == 0


def test_distances_keep_their_own_scale():
    found = mask_agreement(cases(), "hd95_mm").mean
    assert found.high - found.value == pytest.approx(found.value - found.low)
    assert found.method == "case jackknife-t on its own scale"


def test_only_some_raters():
    found = mask_agreement(cases(), "dsc", ["rater 0", "rater 2"])
    means = [case.matrices["dsc"][0, 2] for case in cases().values()]
    assert list(found.by_case.values()) == pytest.approx(means)


def test_resamples_are_shared():
    resamples = Resamples(sorted(cases()), n=300)
    found = mask_agreement(cases(), "dsc", resamples=resamples)
    assert [each.n_resamples for each in found.mean.beside] == [300, 300]


def test_pairs_of_empty_masks_are_left_out_and_counted():
    empty = np.zeros((3, 4, 4), bool)
    part = empty.copy()
    part[2, 1, 1] = True
    found = {
        "empty": pairwise_metrics(empty, (1, 1)),
        "part": pairwise_metrics(part, (1, 1)),
        "full": pairwise_metrics(~empty, (1, 1)),
    }
    agreement = mask_agreement(found, "dsc")
    assert agreement.by_case == {"empty": None, "part": 0.0, "full": 1.0}
    assert agreement.undefined_pairs == 4
    assert agreement.mean.value == 0.5
    assert agreement.mean.n_cases == 2
    assert "infinite (part), because one of two masks is empty" in (
        mask_agreement(found, "hd95_mm").mean.reason
    )
    settings = MetricSettings(("hd95_mm",), empty="brats")
    brats = {"part": pairwise_metrics(part, (1, 1), settings)}
    assert mask_agreement(brats, "hd95_mm").mean.value == pytest.approx(374 * 2 / 3)


def test_one_rater_has_no_agreement():
    found = mask_agreement({"a": pairwise_metrics(noisy_masks(1, 1), SPACING)})
    assert found.mean.reason == "no case has a value"
    with pytest.raises(ValueError, match="no nsd_1mm"):
        mask_agreement(cases(2), "nsd_1mm")


def test_each_rater_against_the_others():
    found = {
        case: against_others(noisy_masks(at, 3 + at % 2), SPACING, ("dsc",))
        for at, case in enumerate("abcdef")
    }
    agreement = others_agreement(found, "dsc")
    assert list(agreement.by_rater) == ["rater 0", "rater 1", "rater 2", "rater 3"]
    assert agreement.by_rater["rater 3"].n_cases == 3
    expected = np.mean([found[case].values["dsc"]["rater 3"] for case in "bdf"])
    assert agreement.by_rater["rater 3"].value == pytest.approx(expected)
    means = [np.mean(list(each.values["dsc"].values())) for each in found.values()]
    assert agreement.mean.value == pytest.approx(np.mean(means))
    with pytest.raises(ValueError, match="hd95_mm was not measured in every case"):
        others_agreement({"a": AgainstOthers({"dsc": {}}, {})}, "hd95_mm")


def with_model(spoil, n=8):
    found = {}
    for at in range(n):
        masks = noisy_masks(at, 4)
        rng = np.random.default_rng(at)
        mask = masks["rater 0"] ^ (rng.random(masks["rater 0"].shape) < spoil)
        raters = {name: masks[name] for name in ("rater 1", "rater 2", "rater 3")}
        found[f"case {at}"] = pairwise_metrics({**raters, "model": mask}, SPACING, METRICS)
    return found


@pytest.mark.parametrize("metric", ["dsc", "hd95_mm"])
def test_a_model_among_raters_case_by_case(metric):
    found = with_model(0.01)
    result = model_against_raters(found, "model", metric)
    differences = []
    for case in found.values():
        matrix = case.matrices[metric]
        differences.append(np.mean(matrix[:3, 3]) - np.nanmean(matrix[:3, :3]))
    assert list(result.by_case.values()) == pytest.approx(differences)
    theirs = stats.ttest_1samp(differences, 0)
    interval = theirs.confidence_interval()
    assert result.difference.value == pytest.approx(np.mean(differences))
    assert (result.difference.low, result.difference.high) == pytest.approx(
        (interval.low, interval.high)
    )
    assert result.difference.p_value == pytest.approx(theirs.pvalue)
    assert result.inside is None
    between = result.model_to_raters.value - result.rater_to_rater.value
    assert result.difference.value == pytest.approx(between)


def test_the_margin_decides():
    good, poor = with_model(0.0), with_model(0.4)
    assert model_against_raters(good, "model", margin=0.05).inside is True
    assert model_against_raters(poor, "model", margin=0.05).inside is False
    assert model_against_raters(good, "model", "hd95_mm", margin=5.0).inside is True
    assert model_against_raters(poor, "model", "hd95_mm", margin=1e-6).inside is False
    assert model_against_raters(with_model(0.0, 2), "model", margin=0.05).inside is None


def test_a_directed_metric_takes_raters_as_references():
    found = with_model(0.05, 3)
    result = model_against_raters(found, "model", "sensitivity", ["rater 1", "rater 2"])
    matrix = found["case 0"].matrices["sensitivity"]
    expected = matrix[:2, 3].mean() - (matrix[0, 1] + matrix[1, 0]) / 2
    assert result.by_case["case 0"] == pytest.approx(expected)


def test_a_missing_side_leaves_the_case_out():
    empty = np.zeros((3, 4, 4), bool)
    empty[2, 1, 1] = True
    found = {
        **with_model(0.01, 3),
        "x": pairwise_metrics(
            {"rater 1": empty[0], "rater 2": empty[1], "model": empty[2]}, (1, 1), METRICS
        ),
    }
    result = model_against_raters(found, "model")
    assert result.by_case["x"] is None
    assert result.model_to_raters.n_cases == result.rater_to_rater.n_cases == 3
    far = {
        "x": pairwise_metrics(
            {"rater 1": ~empty[2], "rater 2": empty[2], "model": empty[0]}, (1, 1), METRICS
        )
    }
    infinite = model_against_raters(far, "model", "hd95_mm")
    assert infinite.difference.value is None
    assert "is infinite (x)" in infinite.difference.reason


@pytest.mark.parametrize(
    ("model", "more", "problem"),
    [
        ("nobody", {}, "of nobody"),
        ("model", {"margin": 0.0}, "must be above 0"),
        ("model", {"metric": "volume_ml", "margin": 1.0}, "has no margin"),
        ("model", {"raters": ["model", "rater 1"]}, "cannot be model and rater"),
        ("model", {"metric": "nsd_1mm"}, "no nsd_1mm"),
    ],
)
def test_unusable_questions(model, more, problem):
    with pytest.raises(ValueError, match=problem):
        model_against_raters(with_model(0.0, 2), model, **more)
