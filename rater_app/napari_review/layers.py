"""Blinded case <-> layer data: a pure inverse pair, without napari.

napari slices no oblique grid, so a layer gets the axes (z, y, x) nearest to RAS+ and a scale only.
The native affine is kept aside, and the way back restores the native array exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.volumes import Volume


@dataclass(frozen=True, eq=False)
class LayerData:
    """One volume as a layer shows it.

    Parameters
    ----------
    name : str
        Channel name of the blinded case, or "mask".
    array : ndarray, shape (z, y, x)
        The voxels; indices rise towards the head, the front and the patient's right.
    native_affine : ndarray, shape (4, 4)
        Native voxel index (i, j, k) to millimetres in RAS+.
    """

    name: str
    array: NDArray[Any]
    native_affine: NDArray[np.float64]

    @property
    def scale_mm(self) -> tuple[float, float, float]:
        """Voxel spacing along z, y and x, in millimetres."""
        order, _ = _orientation(self.native_affine)
        lengths = np.linalg.norm(self.native_affine[:3, :3], axis=0)
        return float(lengths[order[2]]), float(lengths[order[1]]), float(lengths[order[0]])


@dataclass(frozen=True, eq=False)
class CaseLayers:
    """What a rater looks at in one reading: the channels of a case and one blinded mask."""

    channels: tuple[LayerData, ...]
    mask: LayerData


def layer_of(name: str, volume: Volume) -> LayerData:
    """Turn a volume into layer data; the array is a copy, which may be painted in.

    Examples
    --------
    >>> left_first = Volume(np.arange(2).reshape(2, 1, 1), np.diag([-1.0, 1.0, 3.0, 1.0]))
    >>> layer = layer_of("mask", left_first)
    >>> layer.array.ravel().tolist(), layer.scale_mm
    ([1, 0], (3.0, 1.0, 1.0))
    >>> volume_of(layer).array.ravel().tolist()
    [0, 1]
    """
    looked_at = view_of(name, volume)
    return replace(looked_at, array=np.array(looked_at.array, order="C"))


def view_of(name: str, volume: Volume) -> LayerData:
    """Turn a volume that is only looked at into layer data, without a copy of its voxels."""
    order, flipped = _orientation(volume.affine)
    turned = np.flip(volume.array.transpose(order), flipped).transpose(2, 1, 0)
    return LayerData(name, turned, volume.affine)


def volume_of(layer: LayerData) -> Volume:
    """Turn layer data back into the volume they came from, in its native voxel order."""
    order, flipped = _orientation(layer.native_affine)
    turned = np.flip(layer.array.transpose(2, 1, 0), flipped)
    return Volume(np.array(turned.transpose(np.argsort(order))), layer.native_affine)


def _orientation(
    affine: NDArray[np.float64],
) -> tuple[tuple[int, int, int], tuple[int, ...]]:
    """Give the native axes that run nearest to x, y and z, and which of these three run backwards.

    An oblique grid takes the order with the largest sum of cosines, so that each native axis is
    used once even at 45 degrees.
    """
    cosines = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    i, j, k = max(permutations(range(3)), key=lambda order: _closeness(cosines, order))
    backwards = tuple(world for world, axis in enumerate((i, j, k)) if cosines[world, axis] < 0)
    return (i, j, k), backwards


def _closeness(cosines: NDArray[np.float64], order: tuple[int, ...]) -> float:
    # Rounded, so that at 45 degrees the last digits of a header do not part a mask from its image.
    return round(sum(abs(float(cosines[world, axis])) for world, axis in enumerate(order)), 6)
