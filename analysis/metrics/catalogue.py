"""Every metric by name: its unit, what it means, and where it is read from."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from analysis.metrics.structure_pair import StructurePair

Value = Callable[[StructurePair], float]


class MetricError(ValueError):
    """Names of metrics that do not exist."""


@dataclass(frozen=True, eq=False)
class Metric:
    """A metric as it stands in tables.

    Parameters
    ----------
    name : str
        Column and argument, with its unit where it has one.
    unit : str
    title : str
        What it is, for people.
    orientation : int
        1 where more is better, -1 where less is, 0 for a quantity that is neither (a volume).
    empty : str
        Which row of the table of empty masks holds for it (`analysis.metrics.conventions`).
    value : callable
        Reads it from a pair.
    """

    name: str
    unit: str
    title: str
    orientation: int
    empty: str
    value: Value


_OVERLAP = (
    Metric("dsc", "1", "DSC", 1, "dice", lambda p: p.counts.dsc()),
    Metric("iou", "1", "IoU", 1, "iou", lambda p: p.counts.iou()),
    Metric("sensitivity", "1", "Sensitivity", 1, "sensitivity", lambda p: p.counts.sensitivity()),
    Metric("specificity", "1", "Specificity", 1, "formula", lambda p: p.counts.specificity()),
    Metric("precision", "1", "Precision", 1, "precision", lambda p: p.counts.precision()),
    Metric("volume_ml", "mL", "Volume", 0, "formula", lambda p: p.counts.of_mask * p.voxel_ml),
    Metric("reference_volume_ml", "mL", "Volume of the reference", 0, "formula",
           lambda p: p.counts.of_reference * p.voxel_ml),
    Metric("volume_difference_ml", "mL", "Volume difference", 0, "formula",
           lambda p: (p.counts.fp - p.counts.fn) * p.voxel_ml),
    Metric("volume_difference_relative", "1", "Volume difference, relative", 0, "formula",
           lambda p: p.counts.volume_difference_relative()),
    Metric("volume_similarity", "1", "Volumetric similarity", 1, "formula",
           lambda p: p.counts.volume_similarity()),
    Metric("gwds", "1", "Generalised Wasserstein Dice", 1, "gwds", lambda p: p.wasserstein_dice),
    Metric("voxels", "voxels", "Voxels", 0, "formula", lambda p: p.counts.of_mask),
    Metric("reference_voxels", "voxels", "Voxels of the reference", 0, "formula",
           lambda p: p.counts.of_reference),
    Metric("shared_voxels", "voxels", "Voxels of both", 0, "formula", lambda p: p.counts.tp),
)  # fmt: skip
_SURFACE = (
    Metric("hd_mm", "mm", "HD", -1, "hd", lambda p: p.surface.hd_mm(100)),
    Metric("asd_mm", "mm", "ASD, mask to reference", -1, "mean distance",
           lambda p: p.surface.asd_mm()),
    Metric("assd_mm", "mm", "ASSD, pooled", -1, "mean distance", lambda p: p.surface.assd_mm()),
    Metric("masd_mm", "mm", "MASD", -1, "mean distance", lambda p: p.surface.masd_mm()),
)  # fmt: skip
_LESIONS = (
    Metric("lesions", "lesions", "Lesions of the reference", 0, "formula",
           lambda p: p.lesions.detection.found + p.lesions.detection.missed),
    Metric("lesion_dsc", "1", "Lesion-wise DSC", 1, "lesion", lambda p: p.lesions.dsc),
    Metric("lesion_hd95_mm", "mm", "Lesion-wise HD95", -1, "lesion distance",
           lambda p: p.lesions.hd95_mm),
    Metric("lesion_f1", "1", "F1 of lesions", 1, "lesion", lambda p: p.lesions.detection.f1()),
    Metric("lesion_sensitivity", "1", "Lesions found", 1, "lesion sensitivity",
           lambda p: p.lesions.detection.sensitivity()),
    Metric("lesion_precision", "1", "Precision of lesions", 1, "lesion precision",
           lambda p: p.lesions.detection.precision()),
    Metric("lesion_false", "lesions", "False lesions", -1, "formula",
           lambda p: p.lesions.detection.false),
    Metric("lesion_f1_any", "1", "F1, any overlap", 1, "lesion", lambda p: p.detection_any.f1()),
)  # fmt: skip
_EFFORT = (
    Metric("apl_2d", "voxels", "APL, in slices", -1, "formula", lambda p: p.added_path),
    Metric("apl_2d_mm", "mm", "APL, in slices", -1, "formula",
           lambda p: p.added_path * p.grid.in_slice_mm),
    Metric("apl_3d", "voxels", "APL, in 3D", -1, "formula", lambda p: p.added_edge),
    Metric("fnpl_2d", "voxels", "FNPL, in slices", -1, "formula", lambda p: p.added_path_outside),
    Metric("added_ml", "mL", "Volume to add", -1, "formula", lambda p: p.counts.fn * p.voxel_ml),
    Metric("removed_ml", "mL", "Volume to remove", -1, "formula",
           lambda p: p.counts.fp * p.voxel_ml),
    Metric("surface_changed", "1", "Surface to draw anew", -1, "formula",
           lambda p: p.surface_changed),
)  # fmt: skip
_PRESENCE = (
    Metric("recognised", "1", "Recognised", 1, "formula",
           lambda p: p.mask.is_empty == p.reference.is_empty),
)  # fmt: skip
_FIXED = {each.name: each for each in (*_OVERLAP, *_SURFACE, *_LESIONS, *_EFFORT, *_PRESENCE)}

_NUMBER = r"([0-9]+(?:\.[0-9]+)?)"


def _hd(percent: float) -> Value:
    return lambda p: p.surface.hd_mm(percent)


def _hd_directed(percent: float) -> Value:
    return lambda p: p.surface.hd_directed_mm(percent)


def _hd_surfel(percent: float) -> Value:
    return lambda p: p.surfels.hd_mm(percent)


def _nsd(tolerance_mm: float) -> Value:
    return lambda p: p.surface.nsd(tolerance_mm, p.strict)


def _nsd_surfel(tolerance_mm: float) -> Value:
    return lambda p: p.surfels.nsd(tolerance_mm, p.strict)


def _f1_by_iou(percent: float) -> Value:
    return lambda p: p.detection_by_iou(percent / 100).f1()


_PERCENT, _ANY = 100.0, float("inf")
_WITH_A_NUMBER: tuple[tuple[str, float, str, str, int, str, Callable[[float], Value]], ...] = (
    (f"hd{_NUMBER}_mm", _PERCENT, "mm", "HD{}, pooled", -1, "hd percentile", _hd),
    (f"hd{_NUMBER}_directed_mm", _PERCENT, "mm", "HD{}, directed", -1, "hd percentile",
     _hd_directed),
    (f"hd{_NUMBER}_surfel_mm", _PERCENT, "mm", "HD{}, surfels", -1, "hd percentile", _hd_surfel),
    (f"nsd_{_NUMBER}mm", _ANY, "1", "NSD at {} mm", 1, "nsd", _nsd),
    (f"nsd_surfel_{_NUMBER}mm", _ANY, "1", "NSD at {} mm, surfels", 1, "nsd", _nsd_surfel),
    (f"lesion_f1_iou{_NUMBER}", _PERCENT, "1", "F1, IoU from {} %", 1, "lesion", _f1_by_iou),
)  # fmt: skip

METRIC_NAMES = (
    "dsc", "iou", "sensitivity", "specificity", "precision",
    "volume_ml", "reference_volume_ml", "volume_difference_ml", "volume_difference_relative",
    "volume_similarity", "gwds", "voxels", "reference_voxels", "shared_voxels",
    "hd_mm", "hd95_mm", "hd95_directed_mm", "hd95_surfel_mm", "asd_mm", "assd_mm", "masd_mm",
    "nsd_1mm", "nsd_2mm", "nsd_surfel_1mm",
    "lesions", "lesion_dsc", "lesion_hd95_mm", "lesion_f1", "lesion_sensitivity",
    "lesion_precision", "lesion_false", "lesion_f1_any", "lesion_f1_iou50",
    "apl_2d", "apl_2d_mm", "apl_3d", "fnpl_2d", "added_ml", "removed_ml", "surface_changed",
    "recognised",
)  # fmt: skip
"""The metrics of a table in which nothing else is asked for, in the order of its columns."""


@lru_cache(maxsize=256)
def metric(name: str) -> Metric:
    """Return the metric of a name, such as `dsc`, `hd95_mm`, `hd99_directed_mm` or `nsd_0.5mm`.

    Raises
    ------
    MetricError
        When there is none.

    Examples
    --------
    >>> metric("nsd_0.5mm").title
    'NSD at 0.5 mm'
    """
    if name in _FIXED:
        return _FIXED[name]
    for pattern, most, unit, title, orientation, empty, make in _WITH_A_NUMBER:
        found = re.fullmatch(pattern, name)
        if found and float(found[1]) <= most:
            value = make(float(found[1]))
            return Metric(name, unit, title.format(found[1]), orientation, empty, value)
    raise MetricError(
        f"There is no metric '{name}'; known are {', '.join(METRIC_NAMES)}, and other numbers in "
        "hd95_mm, hd95_directed_mm, hd95_surfel_mm, nsd_1mm, nsd_surfel_1mm and lesion_f1_iou50."
    )
