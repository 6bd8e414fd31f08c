"""One structure in a reference mask and in a mask: what every metric is read from."""

from functools import cached_property

from analysis.metrics.components import Components
from analysis.metrics.distances import SurfelWays, surface_distances
from analysis.metrics.lesions import (
    Detection,
    LesionRule,
    LesionWise,
    detect_any,
    detect_by_iou,
    lesion_wise,
)
from analysis.metrics.overlap import Counts
from analysis.metrics.structure_mask import StructureMask
from analysis.metrics.surface import SurfaceDistances, SurfelDistances


class StructurePair:
    """A structure in two masks; each step is done when a metric asks for it, and once.

    Parameters
    ----------
    counts : Counts
    reference, mask : StructureMask
    wasserstein_dice : float
        Of the labels of the structure.
    rule : LesionRule
    strict : bool
        Whether a distance must not exceed a tolerance even by the rounding of a header.
    """

    def __init__(
        self,
        counts: Counts,
        reference: StructureMask,
        mask: StructureMask,
        wasserstein_dice: float,
        rule: LesionRule,
        strict: bool,
    ) -> None:
        self.counts = counts
        self.reference = reference
        self.mask = mask
        self.wasserstein_dice = wasserstein_dice
        self.rule = rule
        self.strict = strict
        self.grid = reference.grid
        self.voxel_ml = reference.grid.voxel_ml

    @cached_property
    def surface(self) -> SurfaceDistances:
        """Distances between boundary voxels."""
        return surface_distances(self.reference, self.mask)

    @cached_property
    def surfel_ways(self) -> SurfelWays:
        """The nearest surface elements, both ways."""
        return SurfelWays.between(self.reference, self.mask)

    @cached_property
    def surfels(self) -> SurfelDistances:
        """Distances between surface elements."""
        return self.surfel_ways.distances()

    @cached_property
    def lesions(self) -> LesionWise:
        """The comparison lesion by lesion."""
        return lesion_wise(self.surfel_ways, self.rule)

    @cached_property
    def detection_any(self) -> Detection:
        """Components that share a voxel."""
        return detect_any(*self._components)

    def detection_by_iou(self, least: float) -> Detection:
        """Match components of at least an intersection over union."""
        return detect_by_iou(*self._components, least)

    @property
    def _components(self) -> tuple[Components, Components]:
        connectivity = self.rule.connectivity
        return self.reference.components(connectivity), self.mask.components(connectivity)

    @cached_property
    def added_path(self) -> int:
        """Contour voxels of the reference, slice by slice, that the mask's contour lacks."""
        contour = self.reference.contour
        return contour.count - contour.count_shared(self.mask.contour)

    @cached_property
    def added_path_outside(self) -> int:
        """Contour voxels of the reference that lie outside the mask."""
        contour = self.reference.contour
        return contour.count - contour.count_shared(self.mask.planes)

    @cached_property
    def added_edge(self) -> int:
        """Edge voxels of the reference (26 neighbours) that the mask's edge lacks."""
        edge = self.reference.edge
        return edge.count - edge.count_shared(self.mask.edge)

    @cached_property
    def surface_changed(self) -> float:
        """Share of the reference's boundary voxels that are no boundary voxels of the mask."""
        surface = self.reference.surface
        whole = surface.count
        return 1 - surface.count_shared(self.mask.surface) / whole if whole else float("nan")
