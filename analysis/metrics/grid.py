"""The grid of a pair of masks in the order in which their voxels lie in memory.

Kernels read voxels in the order of memory, whatever axis that is; no metric but the slice-wise
path lengths depends on which axis comes first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

Order = tuple[int, int, int]


@dataclass(frozen=True)
class Grid:
    """Size and spacing along the axes z, y and x of memory; x is the one of neighbouring bytes.

    Parameters
    ----------
    shape : tuple of int
    spacing_mm : tuple of float
    slices : int
        Which of the three axes runs across slices (k in voxel order).
    """

    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    slices: int

    @property
    def axes(self) -> tuple[bool, bool, bool]:
        """Along which axes voxels have neighbours: those with more than one voxel."""
        z, y, x = (length > 1 for length in self.shape)
        return z, y, x

    @property
    def axes_in_slice(self) -> tuple[bool, bool, bool]:
        """Along which axes voxels have neighbours in their slice."""
        z, y, x = (wide and axis != self.slices for axis, wide in enumerate(self.axes))
        return z, y, x

    @property
    def voxel_ml(self) -> float:
        """Volume of a voxel in millilitres."""
        return prod(self.spacing_mm) / 1000

    @property
    def voxels(self) -> int:
        """Number of voxels."""
        return prod(self.shape)

    @property
    def in_slice_mm(self) -> float:
        """Mean spacing within a slice."""
        across = [each for axis, each in enumerate(self.spacing_mm) if axis != self.slices]
        return sum(across) / 2


def memory_order(array: NDArray[np.generic]) -> Order:
    """Order the axes of an array (i, j, k) as in memory; those with one voxel come first."""
    order: Sequence[int] = (0, 1, 2) if array.flags.c_contiguous else (2, 1, 0)
    flat = [axis for axis in order if array.shape[axis] == 1]
    first, second, third = flat + [axis for axis in order if array.shape[axis] > 1]
    return first, second, third


def in_memory_order(array: NDArray[np.uint8], order: Order) -> NDArray[np.uint8]:
    """Turn an array (i, j, k) so that its last axis is the one of neighbouring bytes.

    Copies only where the array lies otherwise in memory, or is so small that 64 bytes could not
    be read from it.
    """
    turned = np.ascontiguousarray(array.transpose(order))
    if turned.size >= 64:
        return turned
    roomy = np.zeros(64, np.uint8)
    roomy[: turned.size] = turned.ravel()
    return roomy[: turned.size].reshape(turned.shape)


def grid_of(shape: Sequence[int], spacing_mm: Sequence[float], order: Order) -> Grid:
    """Describe the grid of an array (i, j, k) that is turned into an order.

    Slices lie across k, or across the axis with a single voxel where there is one.
    """
    z, y, x = (int(shape[axis]) for axis in order)
    z_mm, y_mm, x_mm = (float(spacing_mm[axis]) for axis in order)
    across = next((axis for axis in (2, 0, 1) if shape[axis] == 1), 2)
    return Grid((z, y, x), (z_mm, y_mm, x_mm), order.index(across))
