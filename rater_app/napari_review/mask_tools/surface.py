"""Surfaces of labels for the view in 3D: marching cubes on the box of each."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from rater_app.napari_review.mask_tools.change import Labels

_SMOOTHINGS = 4

MOST_CELLS = 12_000_000
"""Voxels that all boxes together may have; finer ones are taken at every second, third, … voxel."""


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles: vertices in mm along z, y and x, the three vertices of each, and unit normals."""

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    normals: NDArray[np.float32]


def surfaces(
    mask: Labels, spacing_mm: tuple[float, float, float], labels: Iterable[int]
) -> dict[int, Surface]:
    """Make the surface of every label that the mask has.

    Voxel (0, 0, 0) has its centre at 0 mm. Surfaces are closed, also where the edge of the volume
    cuts a label. With many labels, large ones are drawn more coarsely: the mask stays as it is.

    Returns
    -------
    dict of int to Surface
        Labels that the mask lacks are left out.
    """
    wanted = frozenset(labels)
    boxes: dict[int, tuple[slice, ...]] = {
        label: box
        for label, box in enumerate(ndimage.find_objects(mask), start=1)
        if box is not None and label in wanted
    }
    share = MOST_CELLS / max(1, len(boxes))
    return {label: _surface(mask, box, label, spacing_mm, share) for label, box in boxes.items()}


def _surface(
    mask: Labels,
    box: tuple[slice, ...],
    label: int,
    spacing_mm: tuple[float, float, float],
    share: float,
) -> Surface:
    from skimage.measure import marching_cubes

    cells = math.prod(cut.stop - cut.start for cut in box)
    step = max(1, math.ceil((cells / share) ** (1 / 3)))
    coarse = tuple(slice(cut.start, cut.stop, step) for cut in box)
    inside, middle = mask[coarse] == label, 0.0
    if not inside.any():  # thinner than the step, or few voxels far apart
        inside, middle = _blocks(mask[box] == label, step), (step - 1) / 2
    # An empty layer around it closes the surface.
    padded = np.pad(inside, 1).astype(np.float32)
    scale = np.array([mm * step for mm in spacing_mm], np.float32)
    vertices, faces, normals, _ = marching_cubes(padded, 0.5)  # type: ignore[no-untyped-call]
    corner = np.array([cut.start + middle for cut in box], np.float32)
    corner *= np.array(spacing_mm, np.float32)
    return Surface(
        ((vertices - 1) * scale + corner).astype(np.float32),
        faces.astype(np.int32),
        # Normals of voxels are those of millimetres after division by the spacing.
        _smoothed(normals / scale, faces),
    )


def _blocks(inside: NDArray[np.bool_], step: int) -> NDArray[np.bool_]:
    """Tell which blocks of so many voxels along each axis hold anything."""
    for axis, size in enumerate(inside.shape):
        inside = np.logical_or.reduceat(inside, np.arange(0, size, step), axis=axis)
    return inside


def _smoothed(
    normals: NDArray[np.floating[Any]], faces: NDArray[np.integer[Any]]
) -> NDArray[np.float32]:
    """Average normals with their neighbours': the steps of the voxels are not the shape."""
    count = len(normals)
    for _ in range(_SMOOTHINGS):
        around = normals[faces].sum(axis=1)
        normals = np.stack(
            [
                sum(np.bincount(corner, around[:, axis], count) for corner in faces.T)
                for axis in range(3)
            ],
            axis=1,
        )
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return normals.astype(np.float32)
