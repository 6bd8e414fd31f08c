"""Segmentation metrics: one pass over a pair of masks, many numbers from it.

Every metric has one name, which is its column in tables and its argument here. Conventions:
docs/metrics.md.
"""

from analysis.metrics.arrays import measure_masks, surface_distances, surfel_distances
from analysis.metrics.catalogue import METRIC_NAMES, Metric, MetricError, metric
from analysis.metrics.conventions import CONVENTIONS
from analysis.metrics.effort import (
    EFFORT_COLUMNS,
    WHOLE_MASK,
    axial_axis,
    correction_effort,
)
from analysis.metrics.lesions import (
    BRATS2023,
    BRATS2023_MEN,
    BRATS2023_MET,
    LESION_RULES,
    LesionRule,
)
from analysis.metrics.overlap import dsc
from analysis.metrics.pair import (
    CaseReference,
    measure_case,
    measure_file_pair,
    measure_pair,
)
from analysis.metrics.settings import MetricSettings, settings_of
from analysis.metrics.surface import SurfaceDistances, SurfelDistances

__all__ = [
    "BRATS2023",
    "BRATS2023_MEN",
    "BRATS2023_MET",
    "CONVENTIONS",
    "EFFORT_COLUMNS",
    "LESION_RULES",
    "METRIC_NAMES",
    "WHOLE_MASK",
    "CaseReference",
    "LesionRule",
    "Metric",
    "MetricError",
    "MetricSettings",
    "SurfaceDistances",
    "SurfelDistances",
    "axial_axis",
    "correction_effort",
    "dsc",
    "measure_case",
    "measure_file_pair",
    "measure_masks",
    "measure_pair",
    "metric",
    "settings_of",
    "surface_distances",
    "surfel_distances",
]
