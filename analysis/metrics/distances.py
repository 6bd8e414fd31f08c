"""The distances between the surfaces of a structure in two masks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.metrics.nearest import nearest
from analysis.metrics.structure_mask import StructureMask
from analysis.metrics.surface import SurfaceDistances, SurfelDistances

Floats = NDArray[np.float64]

_WORTH_SHARING = 0.5
"""Share of a surface from which on its known distances are looked through for a part of it."""


def surface_distances(reference: StructureMask, mask: StructureMask) -> SurfaceDistances:
    """Measure between boundary voxels, both ways."""
    spacing_mm = reference.grid.spacing_mm
    return SurfaceDistances(
        np.sort(nearest(mask.surface, reference.surface_targets, spacing_mm)[0]),
        np.sort(nearest(reference.surface, mask.surface_targets, spacing_mm)[0]),
    )


@dataclass(frozen=True, eq=False)
class Way:
    """From the surface elements of one mask to those of another.

    Parameters
    ----------
    start, goal : StructureMask
    distances_mm : ndarray, shape (elements of start,)
    places : ndarray of int32, shape (3, elements of start)
        The nearest element of the goal.
    """

    start: StructureMask
    goal: StructureMask
    distances_mm: Floats
    places: NDArray[np.int32]

    @classmethod
    def between(cls, start: StructureMask, goal: StructureMask) -> "Way":
        """Search the nearest element for each."""
        found = nearest(start.corners, goal.corner_targets, start.grid.spacing_mm)
        return cls(start, goal, *found)

    def of_parts(self, start: StructureMask, goal: StructureMask) -> Floats:
        """Distances from a part of the start to a part of the goal.

        Parameters
        ----------
        start, goal : StructureMask
            Whole components (26 neighbours), so that their elements are those of the whole.

        Notes
        -----
        An element whose nearest one belongs to the part has its distance already; only the others
        are searched anew.
        """
        if start is self.start and goal is self.goal:
            return self.distances_mm
        if start.corners.count < _WORTH_SHARING * len(self.distances_mm):
            return nearest(start.corners, goal.corner_targets, start.grid.spacing_mm)[0]
        of_part = slice(None) if start is self.start else self.start.corners.marks(start.corners)
        distances_mm = self.distances_mm[of_part].copy()
        known = goal.corners.holds(self.places[:, of_part])
        if not known.all():
            anew = start.corners.only(~known)
            distances_mm[~known] = nearest(anew, goal.corner_targets, start.grid.spacing_mm)[0]
        return distances_mm


@dataclass(frozen=True, eq=False)
class SurfelWays:
    """Between the surface elements of two masks, both ways."""

    to_reference: Way
    to_mask: Way

    @classmethod
    def between(cls, reference: StructureMask, mask: StructureMask) -> "SurfelWays":
        """Search both ways."""
        return cls(Way.between(mask, reference), Way.between(reference, mask))

    def distances(
        self, reference: StructureMask | None = None, mask: StructureMask | None = None
    ) -> SurfelDistances:
        """Return the distances of the whole, or of parts that are whole components."""
        one, other = reference or self.to_mask.start, mask or self.to_reference.start
        return SurfelDistances(
            self.to_reference.of_parts(other, one),
            self.to_mask.of_parts(one, other),
            other.corner_areas,
            one.corner_areas,
        )
