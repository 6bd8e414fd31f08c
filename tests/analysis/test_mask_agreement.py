"""Masks of one case against each other: the same numbers as one pair at a time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.agreement.masks import against_others, pairwise_metrics
from analysis.agreement.prepared_masks import symmetric
from analysis.consensus import hierarchical_majority_vote, majority_vote, simple, staple
from analysis.metrics import METRIC_NAMES, MetricError, MetricSettings, measure_masks
from tests.analysis.mask_sets import arrays, nodule, noisy_masks
from tests.analysis.random_pairs import pairs

SPACING = (1.5, 0.8, 1.0)
NESTED = [[1, 2, 3], [1, 3], [3]]


def test_every_metric_of_every_pair_is_that_of_measuring_the_pair_alone():
    masks = noisy_masks(1, 4)
    found = pairwise_metrics(masks, SPACING, METRIC_NAMES)
    assert found.raters == tuple(masks)
    for row, reference in enumerate(masks.values()):
        for column, mask in enumerate(masks.values()):
            if row != column:
                alone = measure_masks(reference, mask, SPACING)
                for name in METRIC_NAMES:
                    value = found.matrices[name][row, column]
                    assert value == pytest.approx(float(alone[name]), nan_ok=True), name
    assert np.isnan(np.diagonal(found.matrices["dsc"])).all()


def test_metrics_that_are_measured_once_a_pair_are_symmetric():
    names = tuple(name for name in METRIC_NAMES if symmetric(name))
    assert {"dsc", "hd95_mm", "hd95_directed_mm", "nsd_1mm", "nsd_surfel_1mm"} <= set(names)
    assert not {"sensitivity", "asd_mm", "volume_ml", "lesion_f1"} & set(names)
    settings = MetricSettings(names)
    for each in pairs(0, 150):
        one = measure_masks(each.reference, each.mask, each.spacing_mm, settings)
        other = measure_masks(each.mask, each.reference, each.spacing_mm, settings)
        for name in names:
            assert float(one[name]) == pytest.approx(float(other[name]), nan_ok=True), name
    masks = noisy_masks(2, 3)
    once = pairwise_metrics(masks, SPACING, names).matrices
    for name, matrix in once.items():
        assert np.array_equal(matrix, matrix.T, equal_nan=True), name


def test_both_ways_where_one_metric_needs_it():
    masks = noisy_masks(2, 3)
    matrix = pairwise_metrics(masks, SPACING, ("sensitivity", "precision")).matrices
    assert np.array_equal(matrix["sensitivity"], matrix["precision"].T, equal_nan=True)
    assert not np.array_equal(matrix["sensitivity"], matrix["sensitivity"].T, equal_nan=True)


def test_labels_make_up_the_structure():
    masks = noisy_masks(3, 3, labels=3)
    core = {name: np.isin(mask, (1, 3)) for name, mask in masks.items()}
    whole = {name: mask > 0 for name, mask in masks.items()}
    for labels, binary in (((1, 3), core), (None, whole)):
        found = pairwise_metrics(masks, SPACING, ("dsc", "assd_mm"), labels=labels).matrices
        expected = pairwise_metrics(binary, SPACING, ("dsc", "assd_mm")).matrices
        for name, matrix in expected.items():
            assert np.array_equal(found[name], matrix, equal_nan=True)


def test_slices_and_memory_order():
    masks = noisy_masks(4, 3, (12, 9))
    flat = pairwise_metrics(masks, (0.5, 2.0), ("hd95_mm", "apl_2d")).matrices
    one, other, _ = masks.values()
    settings = MetricSettings(("hd95_mm", "apl_2d"))
    alone = measure_masks(one, other, (0.5, 2.0), settings)
    assert flat["hd95_mm"][0, 1] == alone["hd95_mm"]
    assert flat["apl_2d"][0, 1] == alone["apl_2d"]
    deep = noisy_masks(4, 3)
    turned = {name: np.asfortranarray(mask) for name, mask in deep.items()}
    for name in ("hd95_mm", "apl_2d", "apl_3d"):
        here = pairwise_metrics(deep, SPACING, (name,)).matrices[name]
        there = pairwise_metrics(turned, SPACING, (name,)).matrices[name]
        assert np.array_equal(here, there, equal_nan=True)


def test_real_readers(shared: Path):
    folder = shared / "data" / "lidc_nodules_a"
    results = json.loads((folder / "expected_masks.json").read_text())["results"]
    columns = {"dsc": "dice", "hd95_mm": "hd95_pooled", "masd_mm": "assd", "iou": "jaccard"}
    for name, expected in results.items():
        volumes = nodule(shared, name)
        found = pairwise_metrics(arrays(volumes), volumes["1"].spacing_mm, tuple(columns))
        for pair, values in expected["pairs"].items():
            one, other = pair.split("-")
            for metric, column in columns.items():
                value = found.between(metric, [one], [other])[one, other]
                assert value == pytest.approx(values[column], abs=2e-6)
        means = np.nanmean(found.matrices["dsc"]), np.nanmean(found.matrices["hd95_mm"])
        assert means[0] == pytest.approx(expected["mean_pairwise_dice"], abs=2e-6)
        assert means[1] == pytest.approx(expected["mean_pairwise_hd95_pooled"], abs=2e-6)


def test_empty_masks_follow_the_convention():
    masks = {"A": np.zeros((5, 5), bool), "B": np.zeros((5, 5), bool), "C": np.eye(5, dtype=bool)}
    found = pairwise_metrics(masks, (1, 1))
    assert found.between("dsc", ["A"], ["B", "C"]) == {("A", "B"): None, ("A", "C"): 0}
    assert found.between("hd95_mm", ["A"], ["C"]) == {("A", "C"): np.inf}
    assert found.notes["A", "B"] == found.notes["B", "A"] == "both masks are empty"
    assert found.notes["A", "C"] == "the reference mask is empty"
    brats = pairwise_metrics(masks, (1, 1), MetricSettings(("dsc", "hd95_mm"), empty="brats"))
    assert brats.matrices["dsc"][0].tolist()[1:] == [1, 0]
    assert brats.matrices["hd95_mm"][0].tolist()[1:] == [0, 374]


def test_the_note_names_the_side_that_is_empty():
    masks = {"A": np.eye(5, dtype=bool), "B": np.zeros((5, 5), bool)}
    for metrics in (("dsc",), ("dsc", "sensitivity")):
        notes = pairwise_metrics(masks, (1, 1), metrics).notes
        assert notes["A", "B"] == "the mask is empty"
        assert notes["B", "A"] == "the reference mask is empty"
    monai = pairwise_metrics(masks, (1, 1), MetricSettings(("dsc",), empty="monai")).matrices
    assert monai["dsc"][0, 1] == 0  # only the mask is empty
    assert np.isnan(monai["dsc"][1, 0])


CONSENSUS = {"majority": majority_vote, "staple": lambda m: staple(m).mask}


@pytest.mark.parametrize("name", ["majority", "staple", "simple"])
@pytest.mark.parametrize("labels", [1, 3])
def test_a_rater_is_never_in_the_consensus(name, labels):
    make = {**CONSENSUS, "simple": lambda m: simple(m).mask}[name]
    masks = noisy_masks(5, 4, labels=labels)
    found = against_others(masks, SPACING, consensus=name)
    for rater, mask in masks.items():
        others = make({each: masks[each] for each in masks if each != rater}) > 0
        alone = measure_masks(others, mask > 0, SPACING, MetricSettings(("dsc", "hd95_mm")))
        for metric in ("dsc", "hd95_mm"):
            assert found.values[metric][rater] == pytest.approx(alone[metric])
    assert found.notes == {}


def test_a_consensus_of_your_own():
    masks = noisy_masks(6, 4, labels=3)
    found = against_others(
        masks,
        SPACING,
        ("dsc",),
        consensus=lambda votes: hierarchical_majority_vote(votes, NESTED),
        labels=(1, 3),
    )
    rest = [masks[name] for name in list(masks)[1:]]
    core = np.isin(hierarchical_majority_vote(rest, NESTED), (1, 3))
    mine = np.isin(masks["rater 0"], (1, 3))
    alone = measure_masks(core, mine, SPACING, MetricSettings(("dsc",)))
    assert found.values["dsc"]["rater 0"] == pytest.approx(alone["dsc"])


def test_others_who_agree_on_nothing():
    masks = {name: np.zeros((4, 4), bool) for name in "ABC"}
    masks["A"][0, 0] = True
    found = against_others(masks, (1, 1))
    assert found.values["dsc"] == {"A": 0, "B": None, "C": None}
    assert found.notes["A"] == "the consensus of the others is empty"
    assert found.notes["B"] == "both masks are empty"


def test_two_raters_are_each_others_consensus():
    masks = noisy_masks(1, 2)
    dice = pairwise_metrics(masks, SPACING, ("dsc",)).matrices["dsc"][0, 1]
    assert against_others(masks, SPACING, ("dsc",)).values["dsc"] == {
        "rater 0": pytest.approx(dice),
        "rater 1": pytest.approx(dice),
    }


def test_a_single_mask_has_no_pair():
    found = pairwise_metrics(noisy_masks(1, 1), SPACING)
    assert found.between("dsc", ["rater 0"], ["rater 0"]) == {}
    with pytest.raises(ValueError, match="nobody is left to agree with"):
        against_others(noisy_masks(1, 1), SPACING)


@pytest.mark.parametrize(
    ("masks", "spacing_mm", "more", "problem"),
    [
        ([], (1, 1), {}, "No mask was given"),
        ([np.ones((2, 3)), np.ones((3, 2))], (1, 1), {}, "several shapes"),
        (np.ones((2, 3, 3)), (1,), {}, "1 spacings for 2 axes"),
        (np.ones((2, 3)), (1,), {}, "1 axes: give two or three"),
        (np.full((2, 3, 3), np.nan), (1, 1), {}, "without a label"),
        (np.ones((2, 3, 3)), (1, 1), {"labels": (0,)}, "above 0"),
        (np.ones((2, 3, 3)), (1, 1), {"metrics": ("dcs",)}, "no metric 'dcs'"),
    ],
)
def test_unusable_input(masks, spacing_mm, more, problem):
    with pytest.raises((ValueError, MetricError), match=problem):
        pairwise_metrics(masks, spacing_mm, **more)


def test_unknown_names():
    found = pairwise_metrics(noisy_masks(1, 2), SPACING)
    with pytest.raises(ValueError, match="no dsc of Z"):
        found.between("dsc", ["Z"], ["rater 0"])
    with pytest.raises(ValueError, match="no nsd_1mm of these masks"):
        found.between("nsd_1mm", ["rater 0"], ["rater 1"])
    with pytest.raises(ValueError, match="no consensus 'mean'"):
        against_others(noisy_masks(1, 3), SPACING, consensus="mean")
