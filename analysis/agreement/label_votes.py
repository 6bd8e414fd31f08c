"""Votes of masks of few labels, counted eight voxels at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.compiled import kernel
from analysis.resampling import IntArray

_MOST_MASKS = 8
_VOXELS_A_WORD = 8
_BITS_A_CODE = 16
_BITS_A_LABEL = 8
_EVERY_VOXEL = 0x0101010101010101
_EVERY_OTHER_VOXEL = np.uint64(0x00FF00FF00FF00FF)
_ONE_VOXEL = np.uint64(8)
_TWO_VOXELS = np.uint64(16)
_CODE = np.uint64(0xFFFF)


def count_label_votes(masks: Sequence[NDArray[Any]]) -> tuple[IntArray, IntArray] | None:
    """List the patterns of votes and count their voxels; None for what is not of a kind.

    That kind is: two to eight arrays of one shape and memory order, bool or uint8, whose labels
    fit together into 16 bits: all labels of two masks, up to 31 of three, 15 of four, 7 of five,
    3 of six to eight. The masks lie in memory as bytes, so eight voxels are one word: a word of
    background is counted at once; else the votes for a voxel become the digits of a code.

    Returns
    -------
    tuple of ndarray
        The label of each mask (patterns x masks), and the voxels of each pattern; each occurs.
    """
    flat = _flat(masks)
    if flat is None:
        return None
    bits = min(_BITS_A_CODE // len(flat), _BITS_A_LABEL)
    shifts = bits * np.arange(len(flat))
    whole = len(flat[0]) // _VOXELS_A_WORD * _VOXELS_A_WORD
    rest = np.array([voxels[whole:] for voxels in flat], dtype=np.int64)
    if (rest >> bits).any():
        return None
    voxels = np.zeros(1 << (bits * len(flat)), np.int64)
    beyond = np.uint64(_EVERY_VOXEL * (0xFF >> bits << bits))
    if not _tally(tuple(_words(each[:whole]) for each in flat), np.uint64(bits), beyond, voxels):
        return None
    np.add.at(voxels, (rest << shifts[:, None]).sum(axis=0), 1)
    codes = np.flatnonzero(voxels)
    return codes[:, None] >> shifts & ((1 << bits) - 1), voxels[codes]


def _flat(masks: Sequence[NDArray[Any]]) -> list[NDArray[np.uint8]] | None:
    """Return the voxels of the masks as bytes in their common order of memory, if there is one."""
    if not 1 < len(masks) <= _MOST_MASKS:
        return None
    for mask in masks:
        plain = type(mask) is np.ndarray and mask.dtype in (np.bool_, np.uint8)
        if not plain or mask.shape != masks[0].shape:
            return None
    if all(mask.flags.c_contiguous for mask in masks):
        return [mask.reshape(-1).view(np.uint8) for mask in masks]
    if all(mask.flags.f_contiguous for mask in masks):
        return [mask.reshape(-1, order="F").view(np.uint8) for mask in masks]
    return None


def _words(voxels: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """View bytes as words that cannot be written to, so that all masks are of one type to numba.

    Masks that begin amid a word are copied: numba takes for granted that none does.
    """
    words = np.require(voxels.view(np.uint64), requirements="A").view()
    words.flags.writeable = False
    return words


@kernel
def _tally(
    masks: tuple[NDArray[np.uint64], ...], bits: np.uint64, beyond: np.uint64, voxels: IntArray
) -> bool:
    """Count the voxels of each code; False, with counts to throw away, for a bit in `beyond`."""
    for at in range(len(masks[0])):
        union = np.uint64(0)
        for words in masks:
            union |= words[at]
        if union == 0:
            voxels[0] += _VOXELS_A_WORD
            continue
        if union & beyond:
            return False
        even, odd, shift = np.uint64(0), np.uint64(0), np.uint64(0)
        for words in masks:  # two bytes for each voxel from here on
            even |= (words[at] & _EVERY_OTHER_VOXEL) << shift
            odd |= (words[at] >> _ONE_VOXEL & _EVERY_OTHER_VOXEL) << shift
            shift += bits
        for _ in range(_VOXELS_A_WORD // 2):
            voxels[even & _CODE] += 1
            voxels[odd & _CODE] += 1
            even >>= _TWO_VOXELS
            odd >>= _TWO_VOXELS
    return True
