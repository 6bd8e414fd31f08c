"""The surfaces of a mask, by name.

`voxel6`: voxels with background among their 6 neighbours (MedPy, MONAI, MetricsReloaded,
panoptica). `edge26`: the same among 26 neighbours (Kiser et al. 2021). `contour`: among the 4
neighbours in a slice (Vaassen et al. 2020). `surfels`: corners of voxels where the 2x2x2 voxels
around are neither all inside nor all outside (surface-distance, Nikolov et al. 2021). Outside the
image is background for all of them; an axis with a single voxel has no neighbours.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from analysis.compiled import kernel
from analysis.metrics.bits import ZERO, down, lowest_bit, up
from analysis.metrics.planes import Planes, Words

Axes = tuple[bool, bool, bool]
"""Along which of the axes z, y, x voxels have neighbours."""


def voxel6(mask: Planes, axes: Axes) -> Planes:
    """Mark the voxels with background beside them along one of the axes."""
    return _marked(_voxel6, mask, axes)


def edge26(mask: Planes, axes: Axes) -> Planes:
    """Mark the voxels with background among their neighbours by face, edge or corner."""
    return _marked(_edge26, mask, axes)


def surfels(mask: Planes, axes: Axes) -> Planes:
    """Mark the corners at which inside and outside meet; a corner precedes its voxel."""
    return _marked(_surfels, mask, axes)


def _marked(mark: Callable[..., None], mask: Planes, axes: Axes) -> Planes:
    if not any(axes):  # an image of one voxel: outside is background, so the voxel is surface
        return mask
    marked = np.zeros_like(mask.words)
    mark(mask.words, *axes, marked)
    return Planes(marked, mask.origin)


@kernel
def _voxel6(words: Words, along_z: bool, along_y: bool, along_x: bool, surface: Words) -> None:
    nz, ny, nw = words.shape
    for z in range(1, nz - 1):
        for y in range(1, ny - 1):
            before = ZERO
            for w in range(nw):
                word = words[z, y, w]
                if word != ZERO:
                    inner = word
                    if along_z:
                        inner &= words[z - 1, y, w] & words[z + 1, y, w]
                    if along_y:
                        inner &= words[z, y - 1, w] & words[z, y + 1, w]
                    if along_x:
                        after = words[z, y, w + 1] if w + 1 < nw else ZERO
                        inner &= up(word, 1) | down(before, 63)
                        inner &= down(word, 1) | up(after, 63)
                    surface[z, y, w] = word & ~inner
                before = word


@kernel
def _edge26(words: Words, along_z: bool, along_y: bool, along_x: bool, edge: Words) -> None:
    nz, ny, nw = words.shape
    reach_z, reach_y = int(along_z), int(along_y)
    for z in range(1, nz - 1):
        for y in range(1, ny - 1):
            for w in range(nw):
                word = words[z, y, w]
                if word == ZERO:
                    continue
                inner = word
                for dz in range(-reach_z, reach_z + 1):
                    for dy in range(-reach_y, reach_y + 1):
                        row = words[z + dz, y + dy]
                        inner &= row[w]
                        if along_x:
                            before = row[w - 1] if w > 0 else ZERO
                            after = row[w + 1] if w + 1 < nw else ZERO
                            inner &= up(row[w], 1) | down(before, 63)
                            inner &= down(row[w], 1) | up(after, 63)
                edge[z, y, w] = word & ~inner


@kernel
def _surfels(words: Words, along_z: bool, along_y: bool, along_x: bool, corners: Words) -> None:
    nz, ny, nw = words.shape
    back_z, back_y = int(along_z), int(along_y)
    # Without neighbours along an axis the mask goes on for ever along it, and one layer counts.
    for z in range(1, nz if along_z else nz - 1):
        for y in range(1, ny if along_y else ny - 1):
            before_any, before_all = ZERO, ZERO
            for w in range(nw):
                one, two = words[z, y, w], words[z - back_z, y, w]
                three, four = words[z, y - back_y, w], words[z - back_z, y - back_y, w]
                some, every = one | two | three | four, one & two & three & four
                if along_x:
                    some_here = some | up(some, 1) | down(before_any, 63)
                    every_here = every & (up(every, 1) | down(before_all, 63))
                    corners[z, y, w] = some_here & ~every_here
                else:
                    corners[z, y, w] = some & ~every
                before_any, before_all = some, every


def contour(mask: Planes, axes_in_slice: Axes) -> Planes:
    """Mark the voxels with background among their 4 neighbours in the slice."""
    return voxel6(mask, axes_in_slice)


def surfel_areas(
    mask: Planes, corners: Planes, axes: Axes, areas: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give the area of each corner, in the order of the planes.

    Parameters
    ----------
    mask, corners : Planes
        A mask and its `surfels`.
    axes : tuple of bool
    areas : ndarray, shape (256,)
        Area of each pattern of eight voxels, see `surfel_table`.
    """
    found = np.empty(corners.count)
    _surfel_areas(mask.words, corners.words, *axes, areas, found)
    return found


@kernel
def _surfel_areas(
    words: Words,
    corners: Words,
    along_z: bool,
    along_y: bool,
    along_x: bool,
    areas: NDArray[np.float64],
    found: NDArray[np.float64],
) -> None:
    nz, ny, nw = words.shape
    back_z, back_y = int(along_z), int(along_y)
    at = 0
    for z in range(1, nz):
        for y in range(1, ny):
            for w in range(nw):
                left = corners[z, y, w]
                while left != ZERO:
                    n = lowest_bit(left)
                    left &= left - np.uint64(1)
                    pattern = ZERO
                    for row in (
                        words[z - back_z, y - back_y],
                        words[z - back_z, y],
                        words[z, y - back_y],
                        words[z, y],
                    ):
                        here = down(row[w], n) & np.uint64(1)
                        if not along_x:
                            last = here
                        elif n > 0:
                            last = down(row[w], n - 1) & np.uint64(1)
                        else:
                            last = down(row[w - 1], 63) if w > 0 else ZERO
                        pattern = up(pattern, 2) | up(last, 1) | here
                    found[at] = areas[pattern]
                    at += 1
