"""The bits of a mask laid out for a search: blocks of cells of points, each with a tight box."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.compiled import kernel
from analysis.metrics.bits import ONE, ZERO, lowest_bit
from analysis.metrics.planes import Planes, Words

Ints = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Targets:
    """The bits that are searched: blocks of cells of points, each with a tight box.

    Parameters
    ----------
    planes : Planes
    points : ndarray of int32, shape (3, bits)
        Index (z, y, x) in the volume, cell by cell.
    cells, blocks : ndarray of int64, shape (cells + 1,), (blocks + 1,)
        Where the points of each cell, and the cells of each block, begin.
    cell_boxes, block_boxes : ndarray of int32, shape (cells, 6), (blocks, 6)
        First and last index along each axis: z, z, y, y, x, x.
    """

    planes: Planes
    points: Ints
    cells: NDArray[np.int64]
    blocks: NDArray[np.int64]
    cell_boxes: Ints
    block_boxes: Ints


def targets(planes: Planes) -> Targets:
    """Sort the bits of planes into cells of 4 x 4 x 4 and blocks of 4 x 4 x 4 cells."""
    nz, ny, nw = planes.words.shape
    sizes = np.zeros((-(-nz // 4), -(-ny // 4), nw * 16), np.int64)
    filled = _cell_sizes(planes.words, sizes)
    cells, blocks = np.zeros(filled + 1, np.int64), np.zeros(filled + 1, np.int64)
    blocks = blocks[: _order_cells(sizes, cells, blocks) + 1]
    points = np.empty((3, cells[-1]), np.int32)
    _fill_cells(planes.words, *planes.origin, sizes, points)
    cell_boxes = np.empty((filled, 6), np.int32)
    block_boxes = np.empty((len(blocks) - 1, 6), np.int32)
    _bound_cells(points, cells, cell_boxes)
    _bound_blocks(cell_boxes, blocks, block_boxes)
    return Targets(planes, points, cells, blocks, cell_boxes, block_boxes)


@kernel
def _cell_sizes(words: Words, sizes: NDArray[np.int64]) -> int:
    """Count the bits of each cell; return how many cells have some."""
    nz, ny, nw = words.shape
    filled = 0
    for z in range(nz):
        for y in range(ny):
            for w in range(nw):
                left = words[z, y, w]
                while left != ZERO:
                    cell = z >> 2, y >> 2, 16 * w + (lowest_bit(left) >> 2)
                    filled += sizes[cell] == 0
                    sizes[cell] += 1
                    left &= left - ONE
    return filled


@kernel
def _order_cells(
    sizes: NDArray[np.int64], cells: NDArray[np.int64], blocks: NDArray[np.int64]
) -> int:
    """Lay the cells out block by block; `sizes` becomes the place of each cell's next point."""
    nz, ny, nx = sizes.shape
    cell, block = 0, 0
    for z0 in range(0, nz, 4):
        for y0 in range(0, ny, 4):
            for x0 in range(0, nx, 4):
                for z in range(z0, min(z0 + 4, nz)):
                    for y in range(y0, min(y0 + 4, ny)):
                        for x in range(x0, min(x0 + 4, nx)):
                            count = sizes[z, y, x]
                            if count > 0:
                                sizes[z, y, x] = cells[cell]
                                cells[cell + 1] = cells[cell] + count
                                cell += 1
                if cell > blocks[block]:
                    blocks[block + 1] = cell
                    block += 1
    return block


@kernel
def _fill_cells(
    words: Words, z0: int, y0: int, x0: int, place: NDArray[np.int64], points: Ints
) -> None:
    nz, ny, nw = words.shape
    for z in range(nz):
        for y in range(ny):
            for w in range(nw):
                left = words[z, y, w]
                while left != ZERO:
                    x = lowest_bit(left)
                    left &= left - ONE
                    cell = z >> 2, y >> 2, 16 * w + (x >> 2)
                    k = place[cell]
                    place[cell] = k + 1
                    points[0, k], points[1, k], points[2, k] = z0 + z, y0 + y, x0 + 64 * w + x


@kernel
def _bound_cells(points: Ints, cells: NDArray[np.int64], boxes: Ints) -> None:
    for cell in range(len(boxes)):
        for axis in range(3):
            low = high = points[axis, cells[cell]]
            for k in range(cells[cell] + 1, cells[cell + 1]):
                low, high = min(low, points[axis, k]), max(high, points[axis, k])
            boxes[cell, 2 * axis], boxes[cell, 2 * axis + 1] = low, high


@kernel
def _bound_blocks(cell_boxes: Ints, blocks: NDArray[np.int64], boxes: Ints) -> None:
    for block in range(len(boxes)):
        for axis in range(3):
            low, high = cell_boxes[blocks[block], 2 * axis], cell_boxes[blocks[block], 2 * axis + 1]
            for cell in range(blocks[block] + 1, blocks[block + 1]):
                low = min(low, cell_boxes[cell, 2 * axis])
                high = max(high, cell_boxes[cell, 2 * axis + 1])
            boxes[block, 2 * axis], boxes[block, 2 * axis + 1] = low, high
