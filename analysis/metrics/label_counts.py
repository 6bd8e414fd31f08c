"""One pass over two label volumes: how often each pair of labels occurs, and where each label is.

Everything that is a matter of counting (Dice, sensitivity, volumes, the Wasserstein Dice) is read
from the table of pairs; the boxes say where the work on surfaces has to look.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.compiled import kernel
from analysis.metrics.bits import (
    ALL,
    ZERO,
    count_bits,
    down,
    equal_labels,
    highest_bit,
    lowest_bit,
    up,
    voxel_at,
)

Box = NDArray[np.int64]
"""First and last voxel of a label along the three axes: z, z, y, y, x, x."""


@dataclass(frozen=True, eq=False)
class LabelCounts:
    """What one pass over a reference mask and a mask finds.

    Parameters
    ----------
    pairs : ndarray of int64, shape (256, 256)
        Voxels with label `row` in the reference and `column` in the mask; both background: 0.
    reference_boxes, mask_boxes : ndarray of int64, shape (256, 6)
        The box of each label; the first is beyond the last for a label that does not occur.
    """

    pairs: NDArray[np.int64]
    reference_boxes: NDArray[np.int64]
    mask_boxes: NDArray[np.int64]


def count_labels(reference: NDArray[np.uint8], mask: NDArray[np.uint8]) -> LabelCounts:
    """Count pairs of labels and find their boxes.

    Parameters
    ----------
    reference, mask : ndarray of uint8, shape (z, y, x)
        C-contiguous, of one shape, as `in_memory_order` gives them.
    """
    pairs = np.zeros((256, 256), np.int64)
    boxes = np.empty((2, 256, 6), np.int64)
    boxes[:, :, 0::2] = np.iinfo(np.int64).max
    boxes[:, :, 1::2] = -1
    nz, ny, nx = mask.shape
    _count(address_of(reference), address_of(mask), readable(mask), nz, ny, nx, pairs, boxes)
    return LabelCounts(pairs, boxes[0], boxes[1])


def address_of(array: NDArray[np.uint8]) -> int:
    """Where the voxels of an array lie in memory."""
    return int(array.__array_interface__["data"][0])


def readable(array: NDArray[np.uint8]) -> int:
    """How many bytes of an array can be read: `in_memory_order` gives small ones 64."""
    return max(array.size, 64)


@kernel
def labels_from(address: int, end: int, at: int, label: np.uint8) -> np.uint64:
    """Compare 64 voxels from index `at` on with a label; there are `end` bytes to read."""
    if at < 0:
        return up(equal_labels(address, label), -at)
    if at + 64 > end:
        return down(equal_labels(address + end - 64, label), at - (end - 64))
    return equal_labels(address + at, label)


@kernel
def _count(
    reference: int,
    mask: int,
    end: int,
    nz: int,
    ny: int,
    nx: int,
    pairs: NDArray[np.int64],
    boxes: NDArray[np.int64],
) -> None:
    background = np.uint8(0)
    for z in range(nz):
        for y in range(ny):
            for x in range(0, nx, 64):
                at = (z * ny + y) * nx + x
                inside = ALL if nx - x >= 64 else ~up(ALL, nx - x)
                left = inside & ~(
                    labels_from(reference, end, at, background)
                    & labels_from(mask, end, at, background)
                )
                while left != ZERO:
                    first = lowest_bit(left)
                    in_reference = voxel_at(reference + at + first)
                    in_mask = voxel_at(mask + at + first)
                    both = left & labels_from(reference, end, at, in_reference)
                    both &= labels_from(mask, end, at, in_mask)
                    left &= ~both
                    pairs[in_reference, in_mask] += count_bits(both)
                    low, high = x + first, x + highest_bit(both)
                    for which in range(2):
                        box = boxes[which, in_reference if which == 0 else in_mask]
                        box[0], box[1] = min(box[0], z), max(box[1], z)
                        box[2], box[3] = min(box[2], y), max(box[3], y)
                        box[4], box[5] = min(box[4], low), max(box[5], high)
