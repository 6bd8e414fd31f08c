"""Connected components of a mask, from runs of voxels along its rows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.compiled import kernel
from analysis.metrics.bits import ALL, ONE, ZERO, count_bits, down, lowest_bit, up
from analysis.metrics.planes import Place, Planes, Words, blank

Ints = NDArray[np.int64]

CONNECTIVITIES = (6, 18, 26)


@dataclass(frozen=True, eq=False)
class Components:
    """The runs of a mask, each with the component that it belongs to.

    Parameters
    ----------
    runs : ndarray of int64, shape (4, runs)
        z, y, first and last x of each run in the volume, in the order of the planes.
    rows : ndarray of int64, shape (z * y + 1,)
        Where the runs of each row of the planes begin.
    labels : ndarray of int64, shape (runs,)
        Component of each run, from 0 on.
    sizes : ndarray of int64, shape (components,)
        Voxels of each component.
    origin, size : tuple of int
        First (z, y, x) and number of rows along z and y of the planes.
    """

    runs: Ints
    rows: Ints
    labels: Ints
    sizes: Ints
    origin: Place
    size: tuple[int, int]

    @property
    def count(self) -> int:
        """Number of components."""
        return len(self.sizes)

    def planes(self, chosen: NDArray[np.bool_]) -> Planes:
        """Draw some of the components in their own box.

        Parameters
        ----------
        chosen : ndarray of bool, shape (components,)
        """
        runs = np.ascontiguousarray(self.runs[:, chosen[self.labels]])
        if runs.shape[1] == 0:
            return blank((0, 0, 0), (0, 0, 0))
        first = runs[:3].min(axis=1)
        last = runs[[0, 1, 3]].max(axis=1)
        z, y, x = (int(index) for index in first)
        nz, ny, nx = (int(length) for length in last - first + 1)
        drawn = blank((z, y, x), (nz, ny, nx))
        _draw(runs, *drawn.origin, drawn.words)
        return drawn


def components(mask: Planes, connectivity: int = 26) -> Components:
    """Find the connected components of a mask.

    Parameters
    ----------
    mask : Planes
    connectivity : {6, 18, 26}
        Neighbours by face; by face or edge; by face, edge or corner.
    """
    nz, ny, _ = mask.words.shape
    rows = np.zeros(nz * ny + 1, np.int64)
    _count_runs(mask.words, rows)
    runs = np.empty((4, rows[-1]), np.int64)
    _find_runs(mask.words, *mask.origin, rows, runs)
    parents = np.arange(rows[-1])
    if connectivity not in CONNECTIVITIES:
        raise ValueError(f"connectivity is one of {CONNECTIVITIES}, not {connectivity}")
    by_edge, by_corner = connectivity >= 18, connectivity == 26
    _join(runs, rows, nz, ny, by_edge, by_corner, parents)
    labels = np.empty(rows[-1], np.int64)
    count = _number(parents, labels)
    sizes = np.bincount(labels, runs[3] - runs[2] + 1, minlength=count).astype(np.int64)
    return Components(runs, rows, labels, sizes, mask.origin, (nz, ny))


def overlaps(one: Components, other: Components) -> tuple[Ints, Ints, Ints]:
    """Return every pair of components that share voxels, and how many.

    Returns
    -------
    first, second, voxels : ndarray of int64
    """
    most = one.runs.shape[1] + other.runs.shape[1]
    found = np.empty((3, most), np.int64)
    count = _overlaps(
        one.runs, one.rows, one.labels, one.origin, one.size,
        other.runs, other.rows, other.labels, other.origin, other.size, found,
    )  # fmt: skip
    found = found[:, :count]
    columns = max(other.count, 1)
    pairs = found[0] * columns + found[1]
    if one.count * columns <= 4 * most:  # a table is smaller than a sorted list
        table = np.bincount(pairs, found[2], minlength=one.count * columns)
        pairs = np.flatnonzero(table)
        voxels = table[pairs]
    else:
        pairs, place = np.unique(pairs, return_inverse=True)
        voxels = np.bincount(place, found[2], minlength=len(pairs))
    return pairs // columns, pairs % columns, voxels.astype(np.int64)


@kernel
def _count_runs(words: Words, rows: Ints) -> None:
    nz, ny, nw = words.shape
    for z in range(nz):
        for y in range(ny):
            before, runs = ZERO, 0
            for w in range(nw):
                word = words[z, y, w]
                runs += count_bits(word & ~(up(word, 1) | down(before, 63)))
                before = word
            rows[z * ny + y + 1] = rows[z * ny + y] + runs


@kernel
def _find_runs(words: Words, z0: int, y0: int, x0: int, rows: Ints, runs: Ints) -> None:
    nz, ny, nw = words.shape
    for z in range(nz):
        for y in range(ny):
            at, before = rows[z * ny + y], ZERO
            last_at = at
            if at == rows[z * ny + y + 1]:
                continue
            for w in range(nw):
                word = words[z, y, w]
                after = words[z, y, w + 1] if w + 1 < nw else ZERO
                starts = word & ~(up(word, 1) | down(before, 63))
                ends = word & ~(down(word, 1) | up(after, 63))
                while starts != ZERO:
                    runs[0, at], runs[1, at] = z0 + z, y0 + y
                    runs[2, at] = x0 + 64 * w + lowest_bit(starts)
                    starts &= starts - ONE
                    at += 1
                while ends != ZERO:
                    runs[3, last_at] = x0 + 64 * w + lowest_bit(ends)
                    ends &= ends - ONE
                    last_at += 1
                before = word


@kernel
def _root(parents: Ints, run: int) -> int:
    while parents[run] != run:
        parents[run] = parents[parents[run]]
        run = parents[run]
    return run


@kernel
def _join(
    runs: Ints, rows: Ints, nz: int, ny: int, by_edge: bool, by_corner: bool, parents: Ints
) -> None:
    for z in range(nz):
        for y in range(ny):
            row = z * ny + y
            if rows[row] == rows[row + 1]:
                continue
            for dz, dy in ((0, -1), (-1, 0), (-1, -1), (-1, 1)):
                across = dz != 0 and dy != 0
                if z + dz < 0 or not 0 <= y + dy < ny or (across and not by_edge):
                    continue
                # Diagonal in x as well takes one connection more than the rows themselves.
                slack = int(by_corner if across else by_edge)
                here, there = rows[row], rows[row + dz * ny + dy]
                end, other_end = rows[row + 1], rows[row + dz * ny + dy + 1]
                while here < end and there < other_end:
                    if runs[3, there] + slack < runs[2, here]:
                        there += 1
                    elif runs[3, here] + slack < runs[2, there]:
                        here += 1
                    else:
                        one, other = _root(parents, here), _root(parents, there)
                        parents[max(one, other)] = min(one, other)
                        if runs[3, there] < runs[3, here]:
                            there += 1
                        else:
                            here += 1


@kernel
def _number(parents: Ints, labels: Ints) -> int:
    count = 0
    for run in range(len(parents)):
        root = _root(parents, run)
        if root == run:
            labels[run] = count
            count += 1
        else:
            labels[run] = labels[root]
    return count


@kernel
def _overlaps(
    runs: Ints,
    rows: Ints,
    labels: Ints,
    origin: Place,
    size: tuple[int, int],
    other_runs: Ints,
    other_rows: Ints,
    other_labels: Ints,
    other_origin: Place,
    other_size: tuple[int, int],
    found: Ints,
) -> int:
    count = 0
    for z in range(size[0]):
        other_z = z + origin[0] - other_origin[0]
        if not 0 <= other_z < other_size[0]:
            continue
        for y in range(size[1]):
            other_y = y + origin[1] - other_origin[1]
            if not 0 <= other_y < other_size[1]:
                continue
            row, other_row = z * size[1] + y, other_z * other_size[1] + other_y
            here, there = rows[row], other_rows[other_row]
            while here < rows[row + 1] and there < other_rows[other_row + 1]:
                low = max(runs[2, here], other_runs[2, there])
                high = min(runs[3, here], other_runs[3, there])
                if low <= high:
                    found[0, count], found[1, count] = labels[here], other_labels[there]
                    found[2, count] = high - low + 1
                    count += 1
                if runs[3, here] < other_runs[3, there]:
                    here += 1
                else:
                    there += 1
    return count


@kernel
def _draw(runs: Ints, z0: int, y0: int, x0: int, words: Words) -> None:
    for k in range(runs.shape[1]):
        row = words[runs[0, k] - z0, runs[1, k] - y0]
        first, last = runs[2, k] - x0, runs[3, k] - x0
        for w in range(first >> 6, (last >> 6) + 1):
            low, high = max(first - 64 * w, 0), min(last - 64 * w, 63)
            row[w] |= up(down(ALL, 63 - (high - low)), low)
