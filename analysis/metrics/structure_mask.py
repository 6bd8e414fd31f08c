"""One structure of one mask, with everything that is worked out once and used for many pairs."""

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.metrics.boundary import contour, edge26, surfel_areas, surfels, voxel6
from analysis.metrics.components import Components, components
from analysis.metrics.dilation import dilate18
from analysis.metrics.grid import Grid
from analysis.metrics.planes import Planes
from analysis.metrics.surfel_table import surfel_table
from analysis.metrics.targets import Targets, targets


class StructureMask:
    """A structure in a mask; what is asked of it is computed at the first time and kept.

    Parameters
    ----------
    is_empty : bool
        Whether it is absent.
    draw : callable
        Gives its voxels as planes.
    grid : Grid
    """

    def __init__(self, is_empty: bool, draw: Callable[[], Planes], grid: Grid) -> None:
        self.is_empty = is_empty
        self._draw = draw
        self.grid = grid
        self._components: dict[tuple[int, int], Components] = {}

    @cached_property
    def planes(self) -> Planes:
        """Its voxels."""
        return self._draw()

    @cached_property
    def surface(self) -> Planes:
        """Its boundary voxels (6 neighbours)."""
        return voxel6(self.planes, self.grid.axes)

    @cached_property
    def surface_targets(self) -> Targets:
        """Its boundary voxels, ready to be searched."""
        return targets(self.surface)

    @cached_property
    def corners(self) -> Planes:
        """Corners of its surface elements."""
        return surfels(self.planes, self.grid.axes)

    @cached_property
    def corner_targets(self) -> Targets:
        """Corners of its surface elements, ready to be searched."""
        return targets(self.corners)

    @cached_property
    def corner_areas(self) -> NDArray[np.float64]:
        """Area of each surface element, in the order of the corners."""
        axes = self.grid.axes
        if not any(axes):
            return np.ones(self.corners.count)
        # In a 2D image an element is a length: the missing axis must not even round it.
        z_mm, y_mm, x_mm = (
            each if wide else 1.0 for each, wide in zip(self.grid.spacing_mm, axes, strict=True)
        )
        return surfel_areas(self.planes, self.corners, axes, surfel_table((z_mm, y_mm, x_mm)))

    @cached_property
    def contour(self) -> Planes:
        """Its contour in each slice (4 neighbours)."""
        return contour(self.planes, self.grid.axes_in_slice)

    @cached_property
    def edge(self) -> Planes:
        """Its edge in 3D (26 neighbours)."""
        return edge26(self.planes, self.grid.axes)

    def components(self, connectivity: int, grown: int = 0) -> Components:
        """Return the connected components, of the structure grown some times by 18 neighbours."""
        key = (connectivity, grown)
        if key not in self._components:
            planes = dilate18(self.planes, grown, self.grid.shape) if grown else self.planes
            self._components[key] = components(planes, connectivity)
        return self._components[key]
