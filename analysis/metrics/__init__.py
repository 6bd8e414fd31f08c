"""Segmentation metrics: one pass over a pair of masks, many numbers from it."""

from analysis.metrics.overlap import dsc
from analysis.metrics.pair import measure_file_pair, measure_pair
from analysis.metrics.surface import SurfaceDistances, surface_distances, surface_voxels

__all__ = [
    "SurfaceDistances",
    "dsc",
    "measure_file_pair",
    "measure_pair",
    "surface_distances",
    "surface_voxels",
]
