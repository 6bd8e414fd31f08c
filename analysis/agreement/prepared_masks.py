"""Masks of a case, each brought to bits once and then measured in any pairs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.consensus.mask_input import number_masks
from analysis.metrics import MetricSettings, metric
from analysis.metrics.conventions import empty_value, reason
from analysis.metrics.grid import Grid, grid_of, in_memory_order, memory_order
from analysis.metrics.label_counts import count_labels
from analysis.metrics.overlap import Counts
from analysis.metrics.planes import blank, pack
from analysis.metrics.structure_mask import StructureMask
from analysis.metrics.structure_pair import StructurePair

_SAME_BOTH_WAYS = re.compile(
    r"dsc|iou|gwds|volume_similarity|shared_voxels|recognised|assd_mm|masd_mm|hd_mm"
    r"|hd[0-9.]+(_directed|_surfel)?_mm|nsd(_surfel)?_[0-9.]+mm"
)


def symmetric(name: str) -> bool:
    """Tell whether a metric has the same value when mask and reference change places."""
    return _SAME_BOTH_WAYS.fullmatch(name) is not None


@dataclass(frozen=True, eq=False)
class PreparedMasks:
    """One structure in several masks of one grid.

    Attributes
    ----------
    grid
        Of all masks.
    structures
        In the order of the masks; what is worked out for a pair is kept for the next.
    """

    grid: Grid
    structures: list[StructureMask]

    @classmethod
    def of(
        cls,
        masks: Mapping[str, NDArray[Any]],
        spacing_mm: Sequence[float],
        labels: Sequence[int] | None,
    ) -> PreparedMasks:
        """Prepare masks; `labels` are those of the structure, None for all above 0.

        Raises
        ------
        ValueError
            Several shapes, not two or three axes with a spacing each, voxels without a label.
        """
        numbered = number_masks(masks)
        shape = numbered.numbers[0].shape
        problems = []
        if len(shape) not in (2, 3):
            problems.append(f"The masks have {len(shape)} axes: give two or three.")
        if len(spacing_mm) != len(shape):
            problems.append(f"{len(spacing_mm)} spacings for {len(shape)} axes: give one an axis.")
        if numbered.no_votes and any(np.any(n == len(numbered.labels)) for n in numbered.numbers):
            problems.append("A mask has voxels without a label (masked or NaN): fill them first.")
        if labels is not None and (not len(labels) or min(labels) < 1):
            problems.append("The labels of a structure are whole numbers above 0.")
        if problems:
            raise ValueError(" ".join(problems))
        belongs = numbered.labels > 0 if labels is None else np.isin(numbered.labels, labels)
        own = np.flatnonzero(belongs)
        volumes = numbered.numbers
        if volumes[0].dtype != np.uint8:  # more labels than the kernels know
            volumes, own = [belongs[each].view(np.uint8) for each in volumes], np.array([1])
        volumes = [each.reshape((*shape, 1)[:3]) for each in volumes]
        order = memory_order(volumes[0])
        grid = grid_of(volumes[0].shape, (*spacing_mm, 1.0)[:3], order)
        part = own.astype(np.uint8)
        return cls(grid, [_prepared(in_memory_order(each, order), part, grid) for each in volumes])

    def either_is_empty(self, one: int, other: int) -> bool:
        """Tell whether one of two masks is empty."""
        return self.structures[one].is_empty or self.structures[other].is_empty

    def measure(
        self, reference: int, mask: int, settings: MetricSettings
    ) -> tuple[dict[str, float], str]:
        """Measure one mask against another; NaN where a value is undefined, and the note."""
        one, other = self.structures[reference], self.structures[mask]
        pair = StructurePair(
            counts := _counts(one, other, self.grid.voxels),
            one,
            other,
            counts.dsc(),  # the Wasserstein Dice of a single label
            settings.lesions,
            settings.strict,
        )
        absent = {"mask_is_empty": other.is_empty, "reference_is_empty": one.is_empty}
        values = {}
        for name in settings.metrics:
            wanted = metric(name)
            value = empty_value(settings.empty, wanted.empty, **absent)
            values[name] = float(wanted.value(pair) if value is None else value)
        undefined = {name for name, value in values.items() if isnan(value)}
        return values, reason(undefined, **absent)


def _prepared(volume: NDArray[np.uint8], part: NDArray[np.uint8], grid: Grid) -> StructureMask:
    if not len(part):
        return StructureMask(True, lambda: blank((0, 0, 0), (0, 0, 0)), grid)
    boxes = count_labels(volume, volume).mask_boxes[part]
    box = np.empty(6, np.int64)
    box[0::2] = boxes[:, 0::2].min(axis=0)
    box[1::2] = boxes[:, 1::2].max(axis=0)
    return StructureMask(bool(box[0] > box[1]), lambda: pack(volume, part, box), grid)


def _counts(reference: StructureMask, mask: StructureMask, voxels: int) -> Counts:
    shared = reference.planes.count_shared(mask.planes)
    fp, fn = mask.planes.count - shared, reference.planes.count - shared
    return Counts(shared, fp, fn, voxels - shared - fp - fn)
