from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.agreement.binary_votes import count_binary_votes
from analysis.agreement.vote_histogram import VoteHistogram, vote_histogram
from analysis.consensus import vote_patterns


def same(one: VoteHistogram, other: VoteHistogram) -> None:
    for name in ("labels", "votes", "voxels", "n_raters"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


@settings(deadline=None)  # the first example compiles
@given(
    st.integers(2, 8),
    st.sampled_from([(7,), (8,), (5, 5), (4, 4, 4), (3, 5, 9)]),
    st.sampled_from(["bool", "uint8"]),
    st.sampled_from("CF"),
    st.sampled_from([0.02, 0.5, 0.98]),
    st.integers(0, 2**32 - 1),
)
def test_the_quick_way_counts_as_the_patterns_do(masks, shape, kind, order, share, seed) -> None:
    draw = np.random.default_rng(seed)
    given_masks = [
        np.asarray(draw.random(shape) < share, dtype=kind, order=order) for _ in range(masks)
    ]
    votes = np.sum(given_masks, axis=0, dtype=int)
    assert np.array_equal(
        count_binary_votes(given_masks), np.bincount(votes.ravel(), minlength=masks + 1)
    )
    same(vote_histogram(given_masks), vote_histogram(vote_patterns(given_masks)))


@pytest.mark.parametrize(
    "masks",
    [
        [np.ones(9, bool)],
        [np.ones(9, bool)] * 9,
        [np.ones(9, bool), np.ones(9, np.int64)],
        [np.ones(9, np.uint8), np.full(9, 2, np.uint8)],
        [np.ones((3, 3), bool), np.ones((4, 4), bool)[:3, :3]],
        [np.ones((2, 3), bool, order="C"), np.ones((2, 3), bool, order="F")],
        [np.ma.masked_array(np.ones(9, bool), mask=[True] + [False] * 8), np.ones(9, bool)],
    ],
)
def test_other_kinds_are_left_to_the_patterns(masks: list[np.ndarray]) -> None:
    assert count_binary_votes(masks) is None
