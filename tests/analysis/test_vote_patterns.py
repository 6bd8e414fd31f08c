"""Patterns of votes: every voxel is counted once, in the pattern that its raters show."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.consensus import NO_VOTE, vote_patterns
from tests.analysis.mask_sets import noisy_masks


def counted(found):
    return {
        tuple(votes): int(voxels)
        for votes, voxels in zip(found.votes.tolist(), found.voxels, strict=True)
        if voxels
    }


def by_voxel(masks):
    return dict(Counter(zip(*(np.asarray(m).ravel().tolist() for m in masks), strict=True)))


@given(
    st.integers(0, 10_000),
    st.integers(1, 14),
    st.integers(1, 5),
    st.sampled_from([(3, 4, 5), (6, 5), (40,), (1, 7, 1)]),
)
@settings(max_examples=60, deadline=None)
def test_every_voxel_is_counted_in_its_pattern(seed, raters, labels, shape):
    masks = noisy_masks(seed, raters, shape, labels)
    found = vote_patterns(masks)
    assert found.raters == tuple(masks)
    assert counted(found) == by_voxel(masks.values())
    for at, mask in enumerate(masks.values()):
        assert np.array_equal(found.paint(found.votes[:, at]), mask)


def test_labels_too_many_for_a_table_of_patterns():
    rng = np.random.default_rng(5)
    masks = [rng.choice([0, 3, 40, 117, 250, 9001], 500) for _ in range(12)]
    found = vote_patterns(masks)
    assert found.labels.tolist() == [0, 3, 40, 117, 250, 9001]
    assert counted(found) == by_voxel(masks)
    small = [rng.integers(0, 250, 500).astype(np.uint8) for _ in range(9)]
    assert counted(vote_patterns(small)) == by_voxel(small)


def test_memory_order_changes_nothing():
    masks = noisy_masks(1, 3, labels=3)
    turned = {name: np.asfortranarray(mask) for name, mask in masks.items()}
    assert counted(vote_patterns(turned)) == counted(vote_patterns(masks))


def test_missing_votes():
    values = np.array([[0, 1, np.nan, 1], [1, np.nan, np.nan, 1]])
    found = vote_patterns(values)
    expected = {(0, 1): 1, (1, NO_VOTE): 1, (NO_VOTE, NO_VOTE): 1, (1, 1): 1}
    assert counted(found) == expected
    masked = [np.ma.MaskedArray(np.nan_to_num(row).astype(int), np.isnan(row)) for row in values]
    assert counted(vote_patterns(masked)) == expected
    assert vote_patterns(masked).labels.tolist() == [0, 1]


def test_which_voxels_count():
    masks = np.zeros((2, 10, 10), bool)
    masks[0, 2:4, 3:5] = masks[1, 3:6, 3:5] = True
    region = np.zeros((10, 10), bool)
    region[3:9, :4] = True
    assert counted(vote_patterns(masks)) == {(0, 0): 92, (0, 1): 4, (1, 0): 2, (1, 1): 2}
    assert counted(vote_patterns(masks, "box")) == {(0, 1): 4, (1, 0): 2, (1, 1): 2}
    assert counted(vote_patterns(masks, region)) == {(0, 0): 21, (0, 1): 2, (1, 1): 1}
    with pytest.raises(ValueError, match="no part 'brain'"):
        vote_patterns(masks, "brain")
    with pytest.raises(ValueError, match="the masks need bool of"):
        vote_patterns(masks, region[:3])
    with pytest.raises(ValueError, match="when the patterns are found"):
        vote_patterns(vote_patterns(masks), "box")


def test_leaving_out_a_rater():
    masks = noisy_masks(2, 3)
    found = vote_patterns(masks).without("rater 1")
    assert found.raters == ("rater 0", "rater 2")
    assert np.array_equal(found.paint(found.votes[:, 1]), masks["rater 2"])


def test_masks_without_anything():
    found = vote_patterns(np.zeros((3, 4, 4), bool))
    assert counted(found) == {(0, 0, 0): 16}
    assert found.labels.tolist() == [0]
    assert vote_patterns(np.zeros((3, 0), bool)).voxels.sum() == 0


@pytest.mark.parametrize(
    ("masks", "problem"),
    [
        ([], "No mask was given"),
        ({"A": np.zeros(3), "B": np.zeros(4)}, r"several shapes \(A \(3,\), B \(4,\)\)"),
        ([np.array([-1, 0])], "negative or no whole numbers"),
        ([np.array([0.5, 0])], "negative or no whole numbers"),
        ([np.array([np.inf, 0])], "infinite label"),
        ([np.array(["a"])], "holds no numbers"),
    ],
)
def test_unusable_masks(masks, problem):
    with pytest.raises(ValueError, match=problem):
        vote_patterns(masks)


def test_every_problem_is_told_at_once():
    with pytest.raises(ValueError, match=r"several shapes .* mask of A holds .* mask of B holds"):
        vote_patterns({"A": np.array([-1]), "B": np.array([0.5, 1])})
