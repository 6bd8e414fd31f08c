"""How far each bit of one mask is from the nearest bit of another, exactly.

Two searches share the work. Near by, the rows of the other mask are visited from the closest on,
and the nearest bit of a row is found in one 64-bit window, until no row can hold a nearer bit.
Farther away, the other mask is cut into cells with tight boxes, and only cells whose box is nearer
than the best bit so far are opened. The nearest bit of the voxel before is a
good first guess for both, because neighbours on a surface have neighbours as their nearest.
"""

from functools import lru_cache
from math import ceil, inf, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from analysis.compiled import kernel, part_of_kernel
from analysis.metrics.bits import ONE, ZERO, down, highest_bit, lowest_bit, up
from analysis.metrics.planes import Planes, Words
from analysis.metrics.targets import Ints, Targets

Floats = NDArray[np.float64]
Spacing = tuple[float, float, float]

_WINDOW = 31
"""Voxels that a window shows on either side of its middle."""
_MOST_ROWS = 250


def nearest(origin: Planes, goal: Targets, spacing_mm: Spacing) -> tuple[Floats, Ints]:
    """Find the nearest bit of `goal` for every bit of `origin`.

    Parameters
    ----------
    origin : Planes
    goal : Targets
    spacing_mm : tuple of float
        Along z, y and x.

    Returns
    -------
    distances_mm : ndarray of float64, shape (bits,)
        In the order of the planes; infinite when `goal` has no bit.
    places : ndarray of int32, shape (3, bits)
        Index (z, y, x) of the nearest bit, one of several at the same distance.
    """
    found = np.empty(origin.count)
    places = np.empty((3, len(found)), np.int32)
    if len(found) == 0 or goal.points.shape[1] == 0:
        found.fill(inf)
        return found, places
    rows, row_mm2, reach_mm = _rows_around(spacing_mm)
    _, height, words = goal.planes.words.shape
    _search(
        origin.words,
        np.array(origin.origin),
        goal.planes.words,
        np.array(goal.planes.origin),
        np.array(spacing_mm),
        rows,
        (rows[0] * np.int64(height) + rows[1]) * np.int64(words),
        row_mm2,
        reach_mm,
        goal.points,
        goal.cells,
        goal.blocks,
        goal.cell_boxes,
        goal.block_boxes,
        found,
        places,
    )
    return np.sqrt(found, out=found), places


@lru_cache(maxsize=64)
def _rows_around(spacing_mm: Spacing) -> tuple[Ints, Floats, float]:
    """Return steps (z, y) to the rows within reach, nearest first, their mm2 and the reach."""
    z_mm, y_mm, x_mm = spacing_mm
    reach = min(_WINDOW * x_mm, sqrt(_MOST_ROWS / pi * z_mm * y_mm))
    z, y = (ceil(reach / each) for each in (z_mm, y_mm))
    steps = np.argwhere(np.ones((2 * z + 1, 2 * y + 1))) - (z, y)
    mm2 = (steps[:, 0] * z_mm) ** 2 + (steps[:, 1] * y_mm) ** 2
    order = np.argsort(mm2, kind="stable")
    order = order[mm2[order] <= reach**2]
    return np.ascontiguousarray(steps[order].T.astype(np.int32)), mm2[order], reach


@kernel
def _search(
    words: Words,
    origin: NDArray[np.int64],
    goal: Words,
    goal_origin: NDArray[np.int64],
    spacing_mm: Floats,
    rows: Ints,
    steps: NDArray[np.int64],
    row_mm2: Floats,
    reach_mm: float,
    points: Ints,
    cells: NDArray[np.int64],
    blocks: NDArray[np.int64],
    cell_boxes: Ints,
    block_boxes: Ints,
    found: Floats,
    places: Ints,
) -> None:
    nz, ny, nw = words.shape
    goal_nz, goal_ny, goal_nw = goal.shape
    goal_words = goal.ravel()
    z_mm, y_mm, x_mm = spacing_mm
    at = 0
    # The nearest bit of the voxel before, and that voxel; none at first.
    near_z, near_y, near_x, last_z, last_y, last_x = 0, 0, 0, 0, 0, 0
    last_mm2, reach_mm2 = 0.0, reach_mm * reach_mm
    far_z, far_y = int(reach_mm / z_mm) + 1, int(reach_mm / y_mm) + 1
    for plane in range(nz):
        for row in range(ny):
            for w in range(nw):
                left = words[plane, row, w]
                while left != ZERO:
                    z, y = origin[0] + plane, origin[1] + row
                    x = origin[2] + 64 * w + lowest_bit(left)
                    left &= left - ONE
                    best = np.inf
                    if at > 0:
                        best = _mm2(z - near_z, y - near_y, x - near_x, z_mm, y_mm, x_mm)
                    step = _mm2(z - last_z, y - last_y, x - last_x, z_mm, y_mm, x_mm)
                    # One step from a voxel that is farther than reach and a step, nothing is near.
                    if last_mm2 <= reach_mm2 or np.sqrt(last_mm2) - np.sqrt(step) <= reach_mm:
                        best, k, dx = _search_rows(
                            z - goal_origin[0], y - goal_origin[1], x - goal_origin[2],
                            z_mm, y_mm, x_mm, best,
                            goal_words, goal_nz, goal_ny, goal_nw, rows, steps, row_mm2,
                            far_z, far_y,
                        )  # fmt: skip
                        if k >= 0:
                            near_z, near_y, near_x = z + rows[0, k], y + rows[1, k], x + dx
                    if best > reach_mm2:
                        best, k = _search_cells(
                            z, y, x, z_mm, y_mm, x_mm, best,
                            points, cells, blocks, cell_boxes, block_boxes,
                        )  # fmt: skip
                        if k >= 0:
                            near_z, near_y, near_x = points[0, k], points[1, k], points[2, k]
                    found[at] = best
                    places[0, at], places[1, at], places[2, at] = near_z, near_y, near_x
                    at += 1
                    last_z, last_y, last_x, last_mm2 = z, y, x, best


@part_of_kernel
def _search_rows(
    z: int,
    y: int,
    x: int,
    z_mm: float,
    y_mm: float,
    x_mm: float,
    best: float,
    words: Words,
    nz: int,
    ny: int,
    nw: int,
    rows: Ints,
    steps: NDArray[np.int64],
    row_mm2: Floats,
    far_z: int,
    far_y: int,
) -> tuple[float, int, int]:
    """Return the squared distance, the row and the step along x of a nearer bit.

    The place is in bits of the goal. Without a nearer bit the row is -1 and the distance `best`.
    """
    near_row, near_dx = -1, 0
    first = x - _WINDOW
    w, shift = first >> 6, first & 63
    base = (z * ny + y) * nw + w
    # Inside the box by as much as is looked at, no row needs to be checked for being there.
    is_inside = far_z <= z < nz - far_z and far_y <= y < ny - far_y
    for k in range(len(row_mm2) if -1 <= w < nw - 1 else 0):
        if row_mm2[k] >= best:
            break
        # The first plane is empty, so that the word before a row is always there.
        if is_inside or (0 < z + rows[0, k] < nz and 0 <= y + rows[1, k] < ny):
            at = base + steps[k]
            seen = down(words[at], shift) | up(up(words[at + 1], 1), 63 - shift)
            if seen != ZERO:
                after = lowest_bit(down(seen, _WINDOW))
                before = _WINDOW + 32 - highest_bit(up(seen, 63 - _WINDOW))
                mm2 = row_mm2[k] + (min(after, before) * x_mm) ** 2
                if mm2 < best:
                    best, near_row = mm2, k
                    near_dx = after if after <= before else -before
    return best, near_row, near_dx


@kernel
def _mm2(z: int, y: int, x: int, z_mm: float, y_mm: float, x_mm: float) -> float:
    return (z * z_mm) ** 2 + (y * y_mm) ** 2 + (x * x_mm) ** 2


@kernel
def _may_hold(
    box: Ints, z: int, y: int, x: int, z_mm: float, y_mm: float, x_mm: float, best: float
) -> bool:
    """Whether a box comes nearer than the best so far; most are off along the first axis."""
    mm2 = float(max(box[0] - z, z - box[1], 0) * z_mm) ** 2
    if mm2 >= best:
        return False
    mm2 += (max(box[2] - y, y - box[3], 0) * y_mm) ** 2
    if mm2 >= best:
        return False
    mm2 += (max(box[4] - x, x - box[5], 0) * x_mm) ** 2
    return bool(mm2 < best)


@kernel
def _search_cells(
    z: int,
    y: int,
    x: int,
    z_mm: float,
    y_mm: float,
    x_mm: float,
    best: float,
    points: Ints,
    cells: NDArray[np.int64],
    blocks: NDArray[np.int64],
    cell_boxes: Ints,
    block_boxes: Ints,
) -> tuple[float, int]:
    """Return the squared distance and the index of a nearer point, or `best` and -1."""
    near = -1
    for block in range(len(block_boxes)):
        if not _may_hold(block_boxes[block], z, y, x, z_mm, y_mm, x_mm, best):
            continue
        for cell in range(blocks[block], blocks[block + 1]):
            if not _may_hold(cell_boxes[cell], z, y, x, z_mm, y_mm, x_mm, best):
                continue
            for k in range(cells[cell], cells[cell + 1]):
                mm2 = _mm2(points[0, k] - z, points[1, k] - y, points[2, k] - x, z_mm, y_mm, x_mm)
                if mm2 < best:
                    best, near = mm2, k
    return best, near
