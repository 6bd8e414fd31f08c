"""A structure as bits: its own box of the volume, 64 voxels to a word, one word row per line.

Each mask keeps to its own box, so that the reference is prepared once for all masks of a case;
kernels that take two masks line them up through their origins.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.compiled import kernel
from analysis.metrics.bits import ALL, ONE, ZERO, count_bits, down, lowest_bit, up
from analysis.metrics.label_counts import Box, address_of, labels_from, readable

Words = NDArray[np.uint64]
Place = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Planes:
    """Voxels as bits with background around them.

    Parameters
    ----------
    words : ndarray of uint64, shape (z, y, word)
        Bit n of word w is the voxel at x = origin + 64 w + n. The first and the last row of each
        axis and the last word of each row hold no voxel.
    origin : tuple of int
        Index (z, y, x) of the first bit of the first word in the volume.
    """

    words: Words
    origin: Place

    @property
    def count(self) -> int:
        """Number of voxels."""
        return int(_count(self.words))

    def count_shared(self, other: "Planes") -> int:
        """Count the voxels that two masks have in common."""
        return int(_shared(self.words, *self.origin, other.words, *other.origin))

    def marks(self, others: "Planes") -> NDArray[np.bool_]:
        """Tell for each voxel, in the order of the planes, whether it is one of the others."""
        found = np.empty(self.count, np.bool_)
        _marks(self.words, *self.origin, others.words, *others.origin, found)
        return found

    def holds(self, places: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Tell for each place, shape (3, places), whether there is a voxel."""
        found = np.empty(places.shape[1], np.bool_)
        _holds(self.words, *self.origin, places, found)
        return found

    def only(self, chosen: NDArray[np.bool_]) -> "Planes":
        """Keep some of the voxels, which are told in the order of the planes."""
        kept = np.zeros_like(self.words)
        _only(self.words, chosen, kept)
        return Planes(kept, self.origin)


def pack(volume: NDArray[np.uint8], labels: NDArray[np.uint8], box: Box) -> Planes:
    """Take the voxels with one of the labels out of a volume.

    Parameters
    ----------
    volume : ndarray of uint8, shape (z, y, x)
        C-contiguous, as `in_memory_order` gives it.
    labels : ndarray of uint8
    box : ndarray of int64
        A box that holds all of these voxels; beyond itself when there is none.
    """
    if box[0] > box[1]:
        return blank((0, 0, 0), (0, 0, 0))
    planes = blank((int(box[0]), int(box[2]), int(box[4])), tuple(box[1::2] - box[0::2] + 1))
    _, ny, nx = volume.shape
    _pack(address_of(volume), readable(volume), ny, nx, labels, box, planes.words)
    return planes


def blank(first: Place, size: Place, margin: int = 1) -> Planes:
    """Make planes without a voxel for a box of a size that begins at a voxel."""
    nz, ny, nx = (length + 2 * margin for length in size)
    z, y, x = (index - margin for index in first)
    return Planes(np.zeros((nz, ny, nx // 64 + 2), np.uint64), (z, y, x))


@kernel
def _pack(
    address: int, end: int, ny: int, nx: int, labels: NDArray[np.uint8], box: Box, words: Words
) -> None:
    for z in range(box[0], box[1] + 1):
        for y in range(box[2], box[3] + 1):
            for w in range((box[5] - box[4] + 2) // 64 + 1):
                start = box[4] - 1 + 64 * w
                word = ZERO
                for label in labels:
                    word |= labels_from(address, end, (z * ny + y) * nx + start, label)
                low, beyond = max(box[4] - start, 0), box[5] + 1 - start
                inside = up(ALL, low)
                if beyond < 64:
                    inside &= ~up(ALL, beyond)
                words[z - box[0] + 1, y - box[2] + 1, w] = word & inside


@kernel
def window(row: Words, first: int) -> np.uint64:
    """Take 64 bits of a row from bit `first` on, which may lie before or beyond the row."""
    w, beyond = first >> 6, first & 63
    word = ZERO
    if 0 <= w < len(row):
        word = down(row[w], beyond)
    if beyond > 0 and 0 <= w + 1 < len(row):
        word |= up(row[w + 1], 64 - beyond)
    return word


@kernel
def _marks(
    words: Words,
    z0: int,
    y0: int,
    x0: int,
    other: Words,
    other_z: int,
    other_y: int,
    other_x: int,
    found: NDArray[np.bool_],
) -> None:
    at = 0
    for z in range(words.shape[0]):
        for y in range(words.shape[1]):
            row_z, row_y = z + z0 - other_z, y + y0 - other_y
            is_there = 0 <= row_z < other.shape[0] and 0 <= row_y < other.shape[1]
            for w in range(words.shape[2]):
                left = words[z, y, w]
                if left == ZERO:
                    continue
                same = window(other[row_z, row_y], x0 - other_x + 64 * w) if is_there else ZERO
                while left != ZERO:
                    found[at] = down(same, lowest_bit(left)) & ONE != ZERO
                    left &= left - ONE
                    at += 1


@kernel
def _holds(
    words: Words, z0: int, y0: int, x0: int, places: NDArray[np.int32], found: NDArray[np.bool_]
) -> None:
    nz, ny, nw = words.shape
    for at in range(len(found)):
        z, y, x = places[0, at] - z0, places[1, at] - y0, places[2, at] - x0
        found[at] = False
        if 0 <= z < nz and 0 <= y < ny and 0 <= x < 64 * nw:
            found[at] = down(words[z, y, x >> 6], x & 63) & ONE != ZERO


@kernel
def _only(words: Words, chosen: NDArray[np.bool_], kept: Words) -> None:
    at = 0
    for z in range(words.shape[0]):
        for y in range(words.shape[1]):
            for w in range(words.shape[2]):
                left = words[z, y, w]
                while left != ZERO:
                    if chosen[at]:
                        kept[z, y, w] |= up(ONE, lowest_bit(left))
                    left &= left - ONE
                    at += 1


@kernel
def _count(words: Words) -> int:
    voxels = 0
    for word in words.ravel():
        voxels += count_bits(word)
    return voxels


@kernel
def _shared(
    words: Words, z0: int, y0: int, x0: int, other: Words, other_z: int, other_y: int, other_x: int
) -> int:
    voxels = 0
    nz, ny, _ = other.shape
    for z in range(max(0, other_z - z0), min(words.shape[0], other_z + nz - z0)):
        for y in range(max(0, other_y - y0), min(words.shape[1], other_y + ny - y0)):
            row = other[z + z0 - other_z, y + y0 - other_y]
            for w in range(words.shape[2]):
                word = words[z, y, w]
                if word != ZERO:
                    voxels += count_bits(word & window(row, x0 - other_x + 64 * w))
    return voxels
