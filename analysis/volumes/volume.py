"""What a volume is, and the error that a person can act on."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_VOXELS = 512 * 512 * 1024
"""Largest volume that is read, a CT of a whole body: more is a mistake or an attack."""

SPACING_RANGE_MM = (1e-4, 200.0)
"""Voxel spacings outside this range are a wrong unit, not an image."""


class VolumeError(ValueError):
    """An image that cannot be used; the message names the file, the fault and the repair."""


@dataclass(frozen=True, eq=False)
class Volume:
    """One channel or one mask on its grid.

    Parameters
    ----------
    array : ndarray, shape (i, j, k)
        Voxel values in the order in which they are stored; a 2D image has k = 1.
    affine : ndarray, shape (4, 4), float64
        Voxel index to millimetres in RAS+, the convention of NIfTI.
    slope, intercept : float
        Real value = slope * array + intercept. Always 1 and 0 for a volume that was read; only
        `encode_channel` makes others.
    """

    array: NDArray[Any]
    affine: NDArray[np.float64]
    slope: float = 1.0
    intercept: float = 0.0

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between neighbouring voxel centres along i, j and k, in millimetres."""
        lengths = np.linalg.norm(self.affine[:3, :3], axis=0)
        return float(lengths[0]), float(lengths[1]), float(lengths[2])


def affine_fault(affine: NDArray[np.float64]) -> str | None:
    """Say why an affine describes no usable grid, or None when it does.

    Columns must be finite, of a plausible length and at right angles (cosine up to 1e-3): a
    sheared grid has no voxel spacing to measure distances with.
    """
    if not np.isfinite(affine).all():
        return "the position or orientation of its voxels is not a number"
    lengths = np.linalg.norm(affine[:3, :3], axis=0)
    low, high = SPACING_RANGE_MM
    if (lengths < low).any() or (lengths > high).any():
        told = " x ".join(f"{length:g}" for length in lengths)
        return f"its voxel spacing of {told} mm is not plausible; check the unit in the header"
    directions = affine[:3, :3] / lengths
    if np.abs(directions.T @ directions - np.eye(3)).max() > 1e-3:
        return "its axes are not at right angles (sheared); resample it to a rectangular grid"
    return None
