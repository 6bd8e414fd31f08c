"""A mask for the tests of the correcting tools, and what scipy says each tool must change in it.

An implementation that is not ours: connected pieces, holes and distances are SciPy's.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

DIMS = (9, 8, 7)
SPACING_MM = (1.0, 1.5, 4.0)
MARKED = (7, 1, 5)
RIM = 1 + 1e-6
TIE_MM = 1e-9
SIDES = ndimage.generate_binary_structure(3, 1)
CORNERS = ndimage.generate_binary_structure(3, 3)

Labels = NDArray[np.uint8]
Where = NDArray[np.bool_]


def canonical_mask() -> Labels:
    """Two labels as chance has them, a box with a hole, a marked voxel; nothing symmetric."""
    random = np.random.default_rng(11)
    soft = ndimage.gaussian_filter(random.normal(size=(2, *DIMS)), (0, 1.0, 1.0, 0.7))
    mask = np.zeros(DIMS, np.uint8)
    mask[soft[0] > 0.1] = 1
    mask[soft[1] > 0.25] = 2
    mask[:, :, 4][mask[:, :, 4] == 1] = 0
    mask[:, 6, :][mask[:, 6, :] == 2] = 0
    mask[4:8, 2:6, 1:4] = 3
    mask[5:7, 3:5, 2] = 0
    mask[5, 3, 2] = 2
    mask[MARKED] = 9
    return mask


def at_slice(axis: int, index: int) -> tuple[slice | int, ...]:
    """The index of one slice of a volume."""
    return tuple(index if other == axis else slice(None) for other in range(3))


def distance_mm(where: Where, spacing: tuple[float, ...]) -> NDArray[np.float64]:
    """Distance of each voxel to the nearest one that is marked."""
    return np.asarray(ndimage.distance_transform_edt(~where, sampling=spacing), np.float64)


def grown(mask: Labels, label: int, margin: float, spacing: tuple[float, ...]) -> Where:
    return (mask != label) & (distance_mm(mask == label, spacing) <= margin * RIM)


def shrunk(mask: Labels, label: int, margin: float, spacing: tuple[float, ...]) -> Where:
    return (mask == label) & (distance_mm(mask != label, spacing) <= margin * RIM)


def piece_at(where: Where, index: tuple[int, ...], structure: NDArray[Any]) -> Where:
    pieces, _ = ndimage.label(where, structure)
    return np.asarray(pieces == pieces[index])


def small_pieces(where: Where, volume_mm3: float) -> Where:
    pieces, _ = ndimage.label(where, CORNERS)
    sizes = np.bincount(pieces.ravel()) * np.prod(SPACING_MM)
    return np.asarray(where & (sizes[pieces] < volume_mm3))


def between(mask: Labels, label: int, axis: int) -> Where:
    """Shape-based interpolation, straight from its definition."""
    spacing = tuple(mm for other, mm in enumerate(SPACING_MM) if other != axis)
    slices = np.moveaxis(mask == label, axis, 0)
    found = np.zeros_like(slices)
    drawn = np.flatnonzero(slices.any(axis=(1, 2)))

    def signed(inside: Where) -> NDArray[np.float64]:
        return np.where(inside, -distance_mm(~inside, spacing), distance_mm(inside, spacing))

    for first, last in itertools.pairwise(drawn):
        for index in range(first + 1, last):
            share = (index - first) / (last - first)
            sums = (1 - share) * signed(slices[first]) + share * signed(slices[last])
            found[index] = sums <= TIE_MM
    return np.moveaxis(found, 0, axis)


def in_slice(axis: int, index: int, part: Where) -> Where:
    """A result for one slice, in the whole volume."""
    found = np.zeros(DIMS, bool)
    found[at_slice(axis, index)] = part
    return found


def expected() -> dict[str, list[int]]:
    """Voxels that each tool must change, by their place in the canonical mask (x fastest)."""
    mask = canonical_mask()
    axial, coronal, sagittal = mask[:, :, 2], mask[:, 3, :], mask[6, :, :]
    one = tuple(int(value) for value in np.argwhere(mask == 1)[-1])
    background = (mask == 0)[one[0]]
    empty = tuple(int(value) for value in np.argwhere(background)[0])
    flat = np.ones((3, 3), bool)
    found: dict[str, Where] = {
        "grow": grown(mask, 1, 1.5, SPACING_MM),
        "grow far": grown(mask, 9, 5.0, SPACING_MM),
        "grow axial": in_slice(2, 2, grown(axial, 3, 2.0, SPACING_MM[:2])),
        "grow coronal": in_slice(1, 3, grown(coronal, 3, 4.0, (1.0, 4.0))),
        "shrink": shrunk(mask, 1, 1.0, SPACING_MM),
        "shrink sagittal": in_slice(0, 6, shrunk(sagittal, 3, 1.5, (1.5, 4.0))),
        "island": piece_at(mask == 1, one, CORNERS),
        "other islands": (mask == 1) & ~piece_at(mask == 1, one, CORNERS),
        "island sagittal": in_slice(0, one[0], piece_at((mask == 1)[one[0]], one[1:], flat)),
        "small islands": small_pieces(mask == 2, 40.0),
        "holes": ndimage.binary_fill_holes(mask == 3, SIDES) & (mask == 0),
        "holes coronal": in_slice(1, 3, ndimage.binary_fill_holes(coronal == 3) & (coronal == 0)),
        "between axial": between(mask, 1, 2),
        "between coronal": between(mask, 2, 1),
        "fill": piece_at(mask == 1, one, SIDES),
        "fill sagittal": in_slice(0, one[0], piece_at(background, empty, flat & SIDES[1])),
    }
    assert all(where.any() for where in found.values()), found
    places = {
        name: np.flatnonzero(where.ravel(order="F")).tolist() for name, where in found.items()
    }
    return {**places, "at label 1": list(one), "at background": [one[0], *empty]}
