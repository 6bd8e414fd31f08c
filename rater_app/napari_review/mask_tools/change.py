"""Change: the voxels that a tool sets, and nothing else of the mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.unsignedinteger[Any]]
Box = tuple[slice, slice, slice]


@dataclass(frozen=True, eq=False)
class Change:
    """Voxels by their indices along z, y and x, and the label that each of them gets."""

    indices: tuple[NDArray[np.intp], ...]
    values: Labels

    @property
    def count(self) -> int:
        """How many voxels change."""
        return int(self.values.size)


def change_to(
    mask: Labels, box: Box, wanted: NDArray[np.bool_], label: int, protected: frozenset[int]
) -> Change | None:
    """Set the wanted voxels of a box to a label, where that changes anything and is allowed."""
    part = mask[box]
    wanted = wanted & (part != label)
    for kept in protected:
        wanted &= part != kept
    found = np.nonzero(wanted)
    if found[0].size == 0:
        return None
    indices = tuple(axis + cut.start for axis, cut in zip(found, box, strict=True))
    return Change(indices, np.full(found[0].size, label, mask.dtype))


def box_of_label(mask: Labels, label: int) -> Box | None:
    """Give the smallest box around a label, or None where the mask lacks it.

    Slice by slice: a large volume is not held a second time.
    """
    rows = np.zeros(mask.shape[1:], np.bool_)
    layers = []
    for layer, labels in enumerate(mask):
        inside = labels == label
        if inside.any():
            layers.append(layer)
            rows |= inside
    if not layers:
        return None
    down, along = (np.flatnonzero(rows.any(axis=axis)) for axis in (1, 0))
    return (
        slice(layers[0], layers[-1] + 1),
        slice(int(down[0]), int(down[-1]) + 1),
        slice(int(along[0]), int(along[-1]) + 1),
    )


def widened(box: Box, by: tuple[int, ...], shape: tuple[int, ...]) -> Box:
    """Give a larger box, cut off at the edge of the volume."""
    z, y, x = (
        slice(max(0, cut.start - more), min(size, cut.stop + more))
        for cut, more, size in zip(box, by, shape, strict=True)
    )
    return z, y, x
