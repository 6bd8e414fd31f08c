"""Majority votes, plain and hierarchical, against counting by hand and against BraTS Toolkit."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.consensus import hierarchical_majority_vote, majority_vote, simple
from analysis.regions import apply_scheme, load_scheme
from analysis.volumes import VolumeError, read_labels
from tests.analysis.mask_sets import arrays, nodule, noisy_masks

NESTED = [[1, 2, 3], [1, 3], [3]]


def most_voted(votes, ties):
    counts = Counter(votes)
    most = max(counts.values())
    first = sorted(label for label, n in counts.items() if n == most)
    if len(first) == 1 or ties == "lowest":
        return first[0]
    return 0 if ties == "background" else min(label for label in first if label)


@pytest.mark.parametrize("ties", ["background", "foreground", "lowest"])
@pytest.mark.parametrize(("raters", "labels"), [(1, 1), (2, 1), (5, 1), (4, 3), (6, 3)])
def test_majority_is_the_most_frequent_label(ties, raters, labels):
    masks = noisy_masks(raters, raters, labels=labels)
    fused = majority_vote(masks, ties=ties)
    assert fused.dtype == next(iter(masks.values())).dtype
    voxels = zip(*(m.ravel().tolist() for m in masks.values()), strict=True)
    assert fused.ravel().tolist() == [most_voted(votes, ties) for votes in voxels]


@given(st.integers(0, 1000), st.permutations(range(5)))
@settings(max_examples=25, deadline=None)
def test_the_order_of_raters_does_not_matter(seed, order):
    masks = list(noisy_masks(seed, 5, labels=3).values())
    turned = [masks[at] for at in order]
    assert np.array_equal(majority_vote(turned), majority_vote(masks))
    assert np.array_equal(
        hierarchical_majority_vote(turned, NESTED), hierarchical_majority_vote(masks, NESTED)
    )


def test_a_weight_of_two_is_a_rater_twice():
    masks = noisy_masks(8, 3, labels=3)
    twice = [*masks.values(), masks["rater 2"]]
    weights = {"rater 2": 2, "rater 0": 1, "rater 1": 1}
    assert np.array_equal(majority_vote(masks, weights=weights), majority_vote(twice))
    assert np.array_equal(
        hierarchical_majority_vote(masks, NESTED, weights=[1, 1, 2]),
        hierarchical_majority_vote(twice, NESTED),
    )


def test_fractions_that_sum_to_the_same_are_a_tie():
    masks = [np.array([1]), np.array([1]), np.array([0])]
    assert majority_vote(masks, weights=[0.1, 0.2, 0.3], ties="background").tolist() == [0]
    assert majority_vote(masks, weights=[0.1, 0.2, 0.3], ties="foreground").tolist() == [1]


def test_who_did_not_vote_is_not_counted():
    masks = np.array([[1, 1, np.nan], [0, np.nan, np.nan], [np.nan, np.nan, np.nan]])
    assert majority_vote(masks).tolist() == [0, 1, 0]
    assert majority_vote(masks, ties="foreground").tolist() == [1, 1, 0]
    assert hierarchical_majority_vote(masks, [[1]], ties="foreground").tolist() == [1, 1, 0]


def test_nested_votes_by_hand():
    # Three see tumour, three see core, but in each voxel no label of it has three votes.
    votes = [[2, 0, 1], [3, 0, 3], [1, 2, 2], [0, 3, 3], [0, 0, 0]]
    assert hierarchical_majority_vote(np.array(votes), NESTED).tolist() == [2, 0, 1]
    assert majority_vote(np.array(votes)).tolist() == [0, 0, 3]


def by_region(votes, ties):
    """Vote on each region alone; a region can only lie in the one before."""
    label = 0
    for region, mark in zip(NESTED, (2, 1, 3), strict=True):
        share = sum(vote in region for vote in votes) / len(votes)
        if share < 0.5 or (share == 0.5 and ties == "background"):
            break
        label = mark
    return label


@pytest.mark.parametrize("ties", ["background", "foreground"])
@pytest.mark.parametrize("raters", [1, 4, 5])
def test_nested_votes_are_votes_on_each_region(ties, raters):
    masks = noisy_masks(raters, raters, labels=3)
    fused = hierarchical_majority_vote(masks, NESTED, ties=ties)
    voxels = zip(*(m.ravel().tolist() for m in masks.values()), strict=True)
    assert fused.ravel().tolist() == [by_region(votes, ties) for votes in voxels]


def test_a_region_with_several_labels_of_its_own():
    votes = np.array([[1, 1], [2, 1], [2, 2], [0, 4], [4, 2]])
    # In the second voxel 1 and 2 have two votes each.
    assert hierarchical_majority_vote(votes, [[1, 2, 4], [4]]).tolist() == [2, 1]


def test_majority_of_real_readers(shared: Path):
    folder = shared / "data" / "lidc_nodules_a"
    results = json.loads((folder / "expected_masks.json").read_text())["results"]
    for name, expected in results.items():
        masks = arrays(nodule(shared, name))
        assert np.count_nonzero(majority_vote(masks)) == expected["majority_3of4_voxels"]


def test_fusions_of_brats_toolkit(shared: Path):
    """Both fusions of the folder are the label-wise majority of the five masks.

    The nested vote differs from them in 195 voxels, where most saw tumour core but not the same
    part of it: there a vote on single labels leaves a hole.
    """
    folder = shared / "data" / "brats_toolkit_masks_c"
    masks = {path.name: read_labels(path).array for path in sorted(folder.glob("model_*.nii.gz"))}
    by_vote = read_labels(folder / "fusion_mav.nii.gz").array
    by_simple = read_labels(folder / "fusion_simple.nii.gz").array
    assert np.array_equal(majority_vote(masks), by_vote)
    for label in (1, 2, 4):  # label by label, and nobody left out, as in the toolkit
        alone = simple({name: mask == label for name, mask in masks.items()}, alpha=np.inf)
        assert np.array_equal(alone.mask, by_simple == label)

    scheme = load_scheme("brats")
    nested = hierarchical_majority_vote(masks, scheme)
    theirs = apply_scheme(by_vote, scheme, "fusion")
    other = nested != theirs
    assert np.count_nonzero(other) == 195
    assert np.all(theirs[other] == 0)
    assert np.all(nested[other] == 1)
    assert np.array_equal(nested == 3, theirs == 3)
    # A mask that holds both numbers of the enhancing tumour cannot be read.
    with pytest.raises(VolumeError, match="mask of A: Label 4"):
        hierarchical_majority_vote({"A": np.array([3, 4])}, scheme)


@pytest.mark.parametrize(
    ("regions", "problem"),
    [
        ([], "Give regions as lists"),
        ([[0, 1]], "Give regions as lists"),
        ([[1, 2], [3]], r"Region \[3\] does not lie within \[1, 2\]"),
        ([[1, 2], [1, 2]], "does not lie within"),
        ([[1], []], "Give regions as lists"),
        ([[1]], r"Labels \[2, 3\] lie in no region"),
    ],
)
def test_unusable_regions(regions, problem):
    with pytest.raises(ValueError, match=problem):
        hierarchical_majority_vote(noisy_masks(1, labels=3), regions)


def test_a_scheme_that_is_not_nested():
    with pytest.raises(ValueError, match="does not lie within"):
        hierarchical_majority_vote([np.array([1])], load_scheme("btcv"))


@pytest.mark.parametrize(
    ("weights", "problem"),
    [
        ([1, 2], "2 weights for 4 raters"),
        ([1, 1, 1, -1], "none negative"),
        ([0, 0, 0, 0], "not all 0"),
        ([1, 1, 1, np.nan], "finite"),
        ({"rater 0": 1}, "Weights for"),
    ],
)
def test_unusable_weights(weights, problem):
    with pytest.raises(ValueError, match=problem):
        majority_vote(noisy_masks(1), weights=weights)


def test_rules_for_ties_are_known_by_name():
    with pytest.raises(ValueError, match="no rule 'random'"):
        majority_vote(noisy_masks(1), ties="random")
    with pytest.raises(ValueError, match="no rule 'lowest'"):
        hierarchical_majority_vote(noisy_masks(1), [[1]], ties="lowest")
