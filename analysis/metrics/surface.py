"""How far apart the surfaces of two masks are.

Conventions, the ones of MedPy, MONAI, MetricsReloaded and panoptica (`voxel6`): the surface of a
mask is the mask minus its erosion with the 6-neighbour cross; outside the image is background, so
mask voxels on the border of the image are surface; distances are between voxel centres in
millimetres; percentiles are numpy's linear ones.

An axis along which the image has a single voxel has no neighbours: a 2D image (k = 1) is measured
in its plane with the 4-neighbour cross. Otherwise every voxel of it would be surface.
"""

from dataclasses import dataclass
from math import inf, nan

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree


@dataclass(frozen=True, eq=False)
class SurfaceDistances:
    """Distances between the surface voxels of two masks, computed once for all metrics.

    Parameters
    ----------
    mask_to_reference_mm : ndarray, shape (surface voxels of the mask,)
        Distance of each surface voxel of the mask to the nearest one of the reference.
    reference_to_mask_mm : ndarray, shape (surface voxels of the reference,)
        The same the other way.

    Notes
    -----
    Both are empty when both masks are empty: then every distance metric is nan. When one mask is
    empty there is nothing to be near to, the other's distances are infinite, and so are the
    metrics.
    """

    mask_to_reference_mm: NDArray[np.float64]
    reference_to_mask_mm: NDArray[np.float64]

    @property
    def hd_mm(self) -> float:
        """Hausdorff distance: the largest distance of either direction."""
        return self.pooled_percentile_mm(100)

    @property
    def hd95_mm(self) -> float:
        """95th percentile of both directions pooled (MedPy, panoptica)."""
        return self.pooled_percentile_mm(95)

    @property
    def hd95_directed_mm(self) -> float:
        """Larger of the two directed 95th percentiles (MONAI, MetricsReloaded)."""
        return self.directed_percentile_mm(95)

    def pooled_percentile_mm(self, percent: float) -> float:
        """Percentile of the distances of both directions together."""
        return _percentile(
            np.concatenate([self.mask_to_reference_mm, self.reference_to_mask_mm]), percent
        )

    def directed_percentile_mm(self, percent: float) -> float:
        """Larger of the percentiles of the two directions."""
        one, other = self.mask_to_reference_mm, self.reference_to_mask_mm
        if len(one) == 0 or len(other) == 0:
            return _percentile(np.concatenate([one, other]), percent)
        return max(_percentile(one, percent), _percentile(other, percent))


def surface_voxels(mask: NDArray[np.bool_], axes: tuple[int, ...]) -> NDArray[np.bool_]:
    """Mark the voxels of a mask that have a background neighbour along one of the axes.

    Parameters
    ----------
    mask : ndarray of bool, shape (i, j, k)
        What lies outside the array is background.
    axes : tuple of int
        The axes along which the image has more than one voxel; none leaves the mask as it is.
    """
    if not axes:
        return mask
    inside = mask.copy()
    for axis in axes:
        ahead = _along(axis, slice(1, None))
        behind = _along(axis, slice(None, -1))
        inside[ahead] &= mask[behind]
        inside[behind] &= mask[ahead]
        inside[_along(axis, slice(0, 1))] = False
        inside[_along(axis, slice(-1, None))] = False
    return mask & ~inside


def surface_distances(
    reference: NDArray[np.bool_],
    mask: NDArray[np.bool_],
    spacing_mm: tuple[float, float, float],
    axes: tuple[int, ...] = (0, 1, 2),
) -> SurfaceDistances:
    """Measure from each surface to the other.

    Parameters
    ----------
    reference, mask : ndarray of bool, shape (i, j, k)
        Of one shape. They may be cropped, as long as nothing of either mask is cut off: outside
        is background either way.
    spacing_mm : tuple of float
    axes : tuple of int
        Axes along which voxels have neighbours, see `surface_voxels`.
    """
    of_reference = surface_voxels(reference, axes)
    of_mask = surface_voxels(mask, axes)
    return SurfaceDistances(
        mask_to_reference_mm=_nearest_mm(of_mask, of_reference, spacing_mm),
        reference_to_mask_mm=_nearest_mm(of_reference, of_mask, spacing_mm),
    )


def _nearest_mm(
    start: NDArray[np.bool_], goal: NDArray[np.bool_], spacing_mm: tuple[float, float, float]
) -> NDArray[np.float64]:
    """Distance of every start voxel to the nearest goal voxel; infinite without a goal."""
    count = int(np.count_nonzero(start))
    goals = np.argwhere(goal) * np.asarray(spacing_mm)
    if count == 0 or len(goals) == 0:
        return np.full(count, inf)
    # Voxels on both surfaces are at distance 0: only the others need a search.
    searched = np.argwhere(start & ~goal) * np.asarray(spacing_mm)
    distances = np.zeros(count)
    if len(searched):
        tree = cKDTree(goals, balanced_tree=False, compact_nodes=False)
        distances[: len(searched)] = tree.query(searched)[0]
    return distances


def _percentile(distances_mm: NDArray[np.float64], percent: float) -> float:
    if len(distances_mm) == 0:
        return nan
    if np.isinf(distances_mm).any():
        return inf
    return float(np.percentile(distances_mm, percent))


def _along(axis: int, part: slice) -> tuple[slice, slice, slice]:
    places = [slice(None)] * 3
    places[axis] = part
    return places[0], places[1], places[2]
