"""SIMPLE against its steps written out, and its ends."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.consensus import majority_vote, simple
from analysis.metrics import dsc
from tests.analysis.mask_sets import noisy_masks


def plain_simple(masks, alpha, least):
    masks = dict(masks)
    consensus = np.mean(list(masks.values()), axis=0) > 0.5
    while True:
        found = {name: dsc(consensus, mask) for name, mask in masks.items()}
        values = np.array(list(found.values()))
        bar = values.mean() - alpha * values.std()
        kept = {name for name, value in found.items() if value >= bar - 1e-12}
        if len(kept) < least:
            kept = set(sorted(found, key=found.get)[-least:])
        still = {name: mask for name, mask in masks.items() if name in kept}
        weights = np.array([found[name] for name in still])
        fused = np.tensordot(weights, list(still.values()), 1) > weights.sum() / 2
        if len(still) == len(masks) and np.array_equal(fused, consensus):
            return consensus, tuple(still), found
        masks, consensus = still, fused


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("alpha", "least"), [(1.0, 3), (0.5, 3), (1.5, 5), (1.0, 2)])
def test_steps_of_the_method(seed, alpha, least):
    masks = noisy_masks(seed, 9)
    found = simple(masks, alpha=alpha, least_raters=least)
    mask, kept, performance = plain_simple(masks, alpha, least)
    assert np.array_equal(found.mask, mask)
    assert found.raters == kept
    assert {name: found.performance[name] for name in kept} == pytest.approx(performance)
    assert found.has_converged
    assert found.reason is None


def test_a_rater_far_off_is_left_out():
    masks = noisy_masks(5, 6)
    masks["rater 3"] = np.roll(masks["rater 3"], 4, axis=2)
    found = simple(masks, alpha=1.5)
    assert "rater 3" not in found.raters
    assert found.performance["rater 3"] < min(found.performance[name] for name in found.raters)


def test_nobody_is_left_out_with_an_infinite_alpha():
    masks = noisy_masks(5, 6)
    assert simple(masks, alpha=np.inf).raters == tuple(masks)


def test_several_labels():
    """Dice counts equal labels; the vote is for the heaviest label."""
    masks = noisy_masks(3, 5, labels=3)
    found = simple(masks, alpha=np.inf, most_iterations=1)
    start = majority_vote(masks)
    stack = np.stack(list(masks.values()))
    weights = [
        2 * np.sum((mask == start) & (mask > 0)) / (np.sum(mask > 0) + np.sum(start > 0))
        for mask in stack
    ]
    heaviest = np.argmax([np.tensordot(weights, stack == label, 1) for label in range(4)], axis=0)
    assert list(found.performance.values()) == pytest.approx(weights)
    assert np.array_equal(found.mask, heaviest)


def test_masks_that_are_equal():
    mask = noisy_masks(2, 1)["rater 0"]
    found = simple({"A": mask, "B": mask, "C": mask})
    assert np.array_equal(found.mask, mask)
    assert found.performance == {"A": 1.0, "B": 1.0, "C": 1.0}


def test_one_rater():
    found = simple(noisy_masks(1, 1))
    assert found.reason == "one rater: the consensus is the mask of rater 0"
    assert found.raters == ("rater 0",)


def test_masks_that_are_empty():
    found = simple(np.zeros((3, 5), bool))
    assert found.reason == "all masks are empty"
    assert found.performance == {"1": None, "2": None, "3": None}


def test_masks_without_a_voxel_in_common():
    found = simple(np.eye(3, dtype=bool))
    assert found.reason == "the consensus is empty: no voxel has a majority"
    assert not found.mask.any()
    assert found.performance == {"1": 0.0, "2": 0.0, "3": 0.0}


def test_alpha_is_not_negative():
    for alpha in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="give 0 or more"):
            simple(noisy_masks(1), alpha=alpha)
