"""Votes of binary masks, counted eight voxels at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.compiled import kernel
from analysis.resampling import IntArray

MOST_MASKS = 8
"""A voxel's votes must fit into the bits of a byte."""
_VOXELS_A_WORD = 8
_BYTE = np.uint64(255)
_BITS = np.uint64(8)


def count_binary_votes(masks: Sequence[NDArray[Any]]) -> IntArray | None:
    """Count the voxels with 0, 1, ..., all masks voting for them; None for what is not of a kind.

    That kind is: two to eight arrays of one shape and memory order, bool, or uint8 of zeros and
    ones. The masks lie in memory as bytes, so eight voxels are one word, and the votes of all
    masks for a voxel become the bits of one byte.
    """
    if not 1 < len(masks) <= MOST_MASKS:
        return None
    flat = [_flat(mask, masks[0]) for mask in masks]
    known = [one for one in flat if one is not None]
    if len(known) < len(masks):
        return None
    whole = len(known[0]) // _VOXELS_A_WORD * _VOXELS_A_WORD
    votes = np.zeros(whole // _VOXELS_A_WORD, np.uint64)
    rest = np.zeros(len(known[0]) - whole, np.uint8)
    for place, voxels in enumerate(known):
        _merge(votes, voxels[:whole].view(np.uint64), np.uint64(place))
        rest |= voxels[whole:] << place
    patterns = np.zeros(256, np.int64)
    _tally(votes, patterns)
    patterns += np.bincount(rest, minlength=256)
    numbers = np.bitwise_count(np.arange(256, dtype=np.uint8))
    counts = np.zeros(len(masks) + 1, np.int64)
    np.add.at(counts, numbers[: 1 << len(masks)], patterns[: 1 << len(masks)])
    return counts


def _flat(mask: NDArray[Any], first: NDArray[Any]) -> NDArray[np.uint8] | None:
    """Return the voxels of a mask as bytes in the order of memory; None where that is not plain."""
    if type(mask) is not np.ndarray or mask.shape != first.shape:
        return None
    if mask.flags.c_contiguous and first.flags.c_contiguous:
        voxels = mask.reshape(-1)
    elif mask.flags.f_contiguous and first.flags.f_contiguous:
        voxels = mask.reshape(-1, order="F")
    else:
        return None
    if mask.dtype == np.bool_:
        return voxels.view(np.uint8)
    if mask.dtype == np.uint8 and not (voxels > 1).any():
        return voxels
    return None


@kernel
def _merge(votes: NDArray[np.uint64], words: NDArray[np.uint64], place: np.uint64) -> None:
    for at in range(len(votes)):
        votes[at] |= words[at] << place


@kernel
def _tally(votes: NDArray[np.uint64], patterns: IntArray) -> None:
    for word in votes:
        if word == 0:
            patterns[0] += _VOXELS_A_WORD
        else:
            left = word
            for _ in range(_VOXELS_A_WORD):
                patterns[left & _BYTE] += 1
                left >>= _BITS
