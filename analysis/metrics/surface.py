"""How far apart two surfaces are: distances computed once, many metrics read from them.

Two conventions, by name. Boundary voxels: the surface is the mask minus its erosion by the
6-neighbour cross, distances are between voxel centres, and every voxel counts alike. Surface
elements (surfels): the surface runs between voxels, distances are between corners, and every
element counts by its area. In both, outside the image is background and lengths are millimetres.
"""

from dataclasses import dataclass
from math import floor, inf, nan

import numpy as np
from numpy.typing import NDArray

from analysis.metrics.percentiles import area_percentile

Floats = NDArray[np.float64]

SLACK = 1e-6
"""How much longer than the tolerance a distance may be and still count as within it.

Spacings in image headers are float32, so that a distance which equals the tolerance is off by up
to 6e-8 of it.
"""


def within(tolerance_mm: float, strict: bool) -> float:
    """Return the largest distance that counts as within a tolerance."""
    return tolerance_mm if strict else tolerance_mm * (1 + SLACK)


@dataclass(frozen=True, eq=False)
class _BothWays:
    """Distances of each element of a surface to the nearest one of the other, both ways."""

    mask_to_reference_mm: Floats
    reference_to_mask_mm: Floats

    @property
    def is_defined(self) -> bool:
        """Whether either mask has a surface."""
        return len(self.mask_to_reference_mm) + len(self.reference_to_mask_mm) > 0

    @property
    def is_finite(self) -> bool:
        """Whether both masks have a surface."""
        return len(self.mask_to_reference_mm) > 0 < len(self.reference_to_mask_mm)

    def _undefined(self) -> float:
        return inf if self.is_defined else nan


@dataclass(frozen=True, eq=False)
class SurfaceDistances(_BothWays):
    """Distances between the boundary voxels of two masks.

    Parameters
    ----------
    mask_to_reference_mm, reference_to_mask_mm : ndarray
        Distance of each boundary voxel to the nearest one of the other mask, in rising order.

    Notes
    -----
    With both masks empty every metric is nan; with one empty every distance is infinite and
    nothing is within a tolerance.
    """

    def hd_mm(self, percent: float = 100) -> float:
        """Percentile of the distances of both directions pooled; 100 is the Hausdorff distance."""
        if not self.is_finite:
            return self._undefined()
        return pooled_percentile(self.mask_to_reference_mm, self.reference_to_mask_mm, percent)

    def hd_directed_mm(self, percent: float) -> float:
        """Return the larger of the percentiles of the two directions."""
        if not self.is_finite:
            return self._undefined()
        return max(
            pooled_percentile(self.mask_to_reference_mm, None, percent),
            pooled_percentile(self.reference_to_mask_mm, None, percent),
        )

    def asd_mm(self) -> float:
        """Mean distance from the mask to the reference."""
        return float(self.mask_to_reference_mm.mean()) if self.is_finite else self._undefined()

    def assd_mm(self) -> float:
        """Mean of the distances of both directions pooled."""
        if not self.is_finite:
            return self._undefined()
        total = self.mask_to_reference_mm.sum() + self.reference_to_mask_mm.sum()
        return float(total / (len(self.mask_to_reference_mm) + len(self.reference_to_mask_mm)))

    def masd_mm(self) -> float:
        """Mean of the mean distances of the two directions."""
        if not self.is_finite:
            return self._undefined()
        return float(self.mask_to_reference_mm.mean() + self.reference_to_mask_mm.mean()) / 2

    def nsd(self, tolerance_mm: float, strict: bool = False) -> float:
        """Share of the boundary voxels of both masks that are within a tolerance of the other."""
        if not self.is_defined:
            return nan
        if not self.is_finite:
            return 0.0
        both = (self.mask_to_reference_mm, self.reference_to_mask_mm)
        limit = within(tolerance_mm, strict)
        near = sum(int(np.searchsorted(each, limit, side="right")) for each in both)
        return near / sum(len(each) for each in both)


@dataclass(frozen=True, eq=False)
class SurfelDistances(_BothWays):
    """Distances between the surface elements of two masks, with the area of each.

    Parameters
    ----------
    mask_to_reference_mm, reference_to_mask_mm : ndarray
        Distance of each element to the nearest one of the other mask.
    mask_area_mm2, reference_area_mm2 : ndarray
        Area of each element; its length in millimetres, times a constant, in a 2D image.
    """

    mask_area_mm2: Floats
    reference_area_mm2: Floats

    def hd_mm(self, percent: float = 100) -> float:
        """Return the larger of the two distances within which `percent` of an area lies."""
        if not self.is_finite:
            return self._undefined()
        return max(
            area_percentile(self.mask_to_reference_mm, self.mask_area_mm2, percent),
            area_percentile(self.reference_to_mask_mm, self.reference_area_mm2, percent),
        )

    def asd_mm(self) -> tuple[float, float]:
        """Mean distance weighted by area, from the mask to the reference and back."""
        return (
            _area_mean(self.mask_to_reference_mm, self.mask_area_mm2),
            _area_mean(self.reference_to_mask_mm, self.reference_area_mm2),
        )

    def overlap(self, tolerance_mm: float, strict: bool = False) -> tuple[float, float]:
        """Share of the area within a tolerance of the other: of the mask, of the reference."""
        limit = within(tolerance_mm, strict)
        return (
            _area_mean(self.mask_to_reference_mm <= limit, self.mask_area_mm2),
            _area_mean(self.reference_to_mask_mm <= limit, self.reference_area_mm2),
        )

    def nsd(self, tolerance_mm: float, strict: bool = False) -> float:
        """Share of the area of both surfaces that is within a tolerance of the other."""
        if not self.is_defined:
            return nan
        limit = within(tolerance_mm, strict)
        near = self.mask_area_mm2[self.mask_to_reference_mm <= limit].sum()
        near += self.reference_area_mm2[self.reference_to_mask_mm <= limit].sum()
        return float(near / (self.mask_area_mm2.sum() + self.reference_area_mm2.sum()))


def pooled_percentile(one: Floats, other: Floats | None, percent: float) -> float:
    """Linear percentile (as numpy's) of one or two sorted arrays together."""
    count = len(one) + (0 if other is None else len(other))
    place = (count - 1) * percent / 100
    low = floor(place)
    below = _kth(one, other, low)
    above = _kth(one, other, min(low + 1, count - 1))
    return below + (above - below) * (place - low)


def _kth(one: Floats, other: Floats | None, k: int) -> float:
    """Return the value at place k of two sorted arrays merged."""
    if other is None:
        return float(one[k])
    low, high = max(0, k + 1 - len(other)), min(k + 1, len(one))
    # How many of the first k + 1 values come from `one`: bisection.
    while low < high:
        taken = (low + high) // 2
        if one[taken] < other[k - taken]:
            low = taken + 1
        else:
            high = taken
    values = []
    if low > 0:
        values.append(float(one[low - 1]))
    if k + 1 - low > 0:
        values.append(float(other[k - low]))
    return max(values)


def _area_mean(values: NDArray[np.float64] | NDArray[np.bool_], area: Floats) -> float:
    return float(np.sum(values * area) / np.sum(area)) if len(area) else nan
