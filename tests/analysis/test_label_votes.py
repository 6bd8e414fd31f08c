"""Votes of label masks counted by words, against the patterns of votes and numpy's own sorting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.agreement.label_votes import count_label_votes
from analysis.agreement.vote_histogram import VoteHistogram, vote_histogram
from analysis.consensus import vote_patterns

MOST_LABELS = {2: 255, 3: 31, 4: 15, 5: 7, 6: 3, 7: 3, 8: 3}


def same(one: VoteHistogram, other: VoteHistogram) -> None:
    for name in ("labels", "votes", "voxels", "n_raters"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


def drawn(
    seed: int, n_masks: int, shape: tuple[int, ...], highest: int, share: float
) -> list[NDArray[Any]]:
    rng = np.random.default_rng(seed)
    there = rng.random((n_masks, *shape)) < share
    labels = np.where(there, rng.integers(0, highest + 1, (n_masks, *shape)), 0)
    return list(labels.astype(np.uint8))


@settings(deadline=None)  # the first example of each number of masks compiles
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(sorted(MOST_LABELS)),
    st.sampled_from([(0,), (7,), (8,), (5, 5), (4, 4, 4), (3, 5, 9)]),
    st.sampled_from(["few labels", "most labels"]),
    st.sampled_from("CF"),
    st.sampled_from([0, 0.02, 0.5, 1]),
)
def test_patterns_are_those_of_sorting(seed, n_masks, shape, labels, order, share) -> None:
    highest = MOST_LABELS[n_masks] if labels == "most labels" else 2
    masks = [np.asarray(m, order=order) for m in drawn(seed, n_masks, shape, highest, share)]
    found = count_label_votes(masks)
    assert found is not None
    votes, voxels = np.unique(np.stack([m.ravel() for m in masks]), axis=1, return_counts=True)
    expected = {tuple(column): n for column, n in zip(votes.T.tolist(), voxels, strict=True)}
    assert {tuple(row): n for row, n in zip(found[0].tolist(), found[1], strict=True)} == expected
    same(vote_histogram(masks), vote_histogram(vote_patterns(masks)))


def test_masks_of_bool_and_of_labels_mix() -> None:
    masks = drawn(3, 4, (6, 7), 3, 0.6)
    masks[1] = masks[1] > 1
    assert count_label_votes(masks) is not None
    same(vote_histogram(masks), vote_histogram(vote_patterns(masks)))


def test_where_the_masks_lie_in_memory_does_not_matter() -> None:
    masks = [mask.copy() for mask in drawn(4, 3, (12, 8), 3, 0.7)]
    expected = vote_histogram(vote_patterns(masks))
    later = np.zeros(97, np.uint8)
    later[1:] = masks[1].ravel()
    masks[1] = later[1:].reshape(12, 8)  # begins amid a word
    masks[2].flags.writeable = False
    assert count_label_votes(masks) is not None
    same(vote_histogram(masks), expected)
    same(vote_histogram({str(at): mask for at, mask in enumerate(masks)}), expected)
    same(vote_histogram(np.stack(masks)), expected)
    assert masks[0].flags.writeable
    turned = [np.asfortranarray(masks[0]), *masks[1:]]
    assert count_label_votes(turned) is None
    same(vote_histogram(turned), expected)


@pytest.mark.parametrize("n_masks", MOST_LABELS)
@pytest.mark.parametrize("place", [0, 3, 8])  # in words, and in the voxels left over
def test_labels_that_do_not_fit_are_left_to_the_patterns(n_masks: int, place: int) -> None:
    masks = [np.ones(9, np.uint8) for _ in range(n_masks)]
    masks[-1][place] = MOST_LABELS[n_masks]
    assert count_label_votes(masks) is not None
    same(vote_histogram(masks), vote_histogram(vote_patterns(masks)))
    if n_masks > 2:
        masks[-1][place] += 1
        assert count_label_votes(masks) is None
        same(vote_histogram(masks), vote_histogram(vote_patterns(masks)))


@pytest.mark.parametrize(
    "masks",
    [
        [np.full(9, 2, np.uint8)],
        [np.full(9, 2, np.uint8)] * 9,
        [np.full(9, 2, np.uint8), np.full(9, 2, np.int64)],
        [np.full(9, 2, np.uint8), np.full(8, 2, np.uint8)],
        [np.full((4, 4), 2, np.uint8)[:3, :3]] * 2,
        [np.ma.masked_array(np.full(9, 2, np.uint8), mask=[True] + [False] * 8)] * 2,
    ],
)
def test_other_kinds_are_left_to_the_patterns(masks: list[NDArray[Any]]) -> None:
    assert count_label_votes(masks) is None


def test_a_region_is_counted_by_the_patterns() -> None:
    masks = drawn(6, 3, (8, 8), 3, 0.5)
    region = np.random.default_rng(6).random((8, 8)) < 0.4
    inside = [mask[region] for mask in masks]
    same(vote_histogram(masks, region), vote_histogram(inside))
