"""The effort of a correction: what lies between a candidate mask and the corrected one.

**Added path length** is that of Vaassen et al. (2020, doi 10.1016/j.phro.2019.12.001) in the
meaning of contouring: slice by slice, the voxels on the contour of the corrected mask that are not
on the contour of the candidate mask. A contour voxel is a voxel of the structure with a neighbour
outside of it among its four in the slice; beyond the border of the image is outside. Their number
is multiplied by the mean spacing in the slice. Other programs count other things under this name:
platipy the contour of the candidate that the corrected mask lacks, pyAPL takes (1 + sqrt 2) / 2 of
the spacing for a voxel, and Kiser et al. (2021, doi 10.1007/s10278-021-00460-3) count edge voxels
in 3D (`apl_3d` of the catalogue).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.metrics.arrays import measure_masks
from analysis.metrics.pair import measure_pair
from analysis.metrics.settings import MetricSettings
from analysis.regions import LabelScheme
from analysis.volumes import Volume, VolumeError, grid_problems

WHOLE_MASK = ""
EFFORT_COLUMNS = (
    "structure",
    "changed_voxels",
    "added_ml",
    "removed_ml",
    "added_path_length_mm",
    "dsc",
    "hd95_mm",
)
_ASKED = MetricSettings(
    (
        "voxels",
        "reference_voxels",
        "shared_voxels",
        "added_ml",
        "removed_ml",
        "apl_2d_mm",
        "dsc",
        "hd95_mm",
    )
)


def correction_effort(
    candidate: Volume,
    corrected: Volume,
    scheme: LabelScheme | None = None,
    structures: Sequence[str] | None = None,
    slices: int | None = None,
) -> list[dict[str, Any]]:
    """Measure what a correction changed, for the whole mask and for each structure.

    Parameters
    ----------
    candidate, corrected : Volume
        Whole labels on one grid.
    scheme : LabelScheme, optional
        Names the structures; without it the whole mask is all there is.
    structures : sequence of str, optional
        Those that are wanted, in this order; all of the scheme when not given.
    slices : int, optional
        The axis that runs across the slices in which contours are drawn (0, 1 or 2);
        `axial_axis` when not given. An image of one slice is always seen in that slice.

    Returns
    -------
    list of dict
        One row a structure with `EFFORT_COLUMNS`. The first, structure "", is the whole mask: all
        labels together, except that its `changed_voxels` also counts voxels that were given another
        label. `dsc` and `hd95_mm` (pooled) compare the corrected mask with the candidate; where a
        structure is absent they follow the convention "plain" of `analysis.metrics.conventions`.

    Raises
    ------
    VolumeError
        The masks lie on two grids, or hold a label that the scheme does not know.

    Examples
    --------
    >>> labels = np.zeros((6, 6, 1), np.uint8)
    >>> labels[1:4, 1:4] = 1
    >>> more = labels.copy()
    >>> more[4, 1:4] = 1
    >>> grid = np.diag([1.0, 1.0, 5.0, 1.0])
    >>> (row,) = correction_effort(Volume(labels, grid), Volume(more, grid))
    >>> row["changed_voxels"], row["added_ml"], row["added_path_length_mm"]
    (3, 0.015, 3.0)
    """
    off_grid = grid_problems(candidate, corrected)
    if off_grid:
        raise VolumeError(f"The corrected mask against its candidate: {' '.join(off_grid)}")
    across = axial_axis(candidate.affine) if slices is None else slices
    before, after = (_turned(volume, across) for volume in (candidate, corrected))
    rows = [_whole_mask(before, after)]
    if scheme is not None:
        measured = {
            str(row["structure"]): row
            for row in measure_pair(
                after,
                before,
                scheme,
                _ASKED,
                reference_name="The corrected mask",
                mask_name="The candidate mask",
            )
        }
        wanted = measured if structures is None else structures
        rows += [_row(name, measured[name]) for name in wanted]
    return rows


def axial_axis(affine: NDArray[np.float64]) -> int:
    """Return the axis of the voxels that is closest to the patient's, from feet to head.

    Of two axes that are equally close (a volume turned by 45 degrees) it is the one with the
    larger spacing, because slices lie across that.

    Examples
    --------
    >>> axial_axis(np.array([[0, 0, 3.0, 0], [1.0, 0, 0, 0], [0, -1.0, 0, 0], [0, 0, 0, 1]]))
    1
    """
    spacing_mm = np.linalg.norm(affine[:3, :3], axis=0)
    closeness = np.abs(affine[2, :3]) / spacing_mm
    return max(range(3), key=lambda axis: (round(closeness[axis], 4), spacing_mm[axis], axis))


def _turned(volume: Volume, across: int) -> Volume:
    """Return a volume whose third axis runs across the slices; nothing is copied."""
    order = [axis for axis in range(3) if axis != across] + [across]
    return Volume(volume.array.transpose(order), volume.affine[:, [*order, 3]])


def _whole_mask(before: Volume, after: Volume) -> dict[str, Any]:
    measured = measure_masks(after.array > 0, before.array > 0, after.spacing_mm, _ASKED)
    relabelled = int(np.count_nonzero(before.array != after.array))
    return _row(WHOLE_MASK, measured) | {"changed_voxels": relabelled}


def _row(structure: str, measured: dict[str, Any]) -> dict[str, Any]:
    either = measured["voxels"] + measured["reference_voxels"]
    return {
        "structure": structure,
        "changed_voxels": int(either - 2 * measured["shared_voxels"]),
        "added_ml": float(measured["added_ml"]),
        "removed_ml": float(measured["removed_ml"]),
        "added_path_length_mm": float(measured["apl_2d_mm"]),
        "dsc": float(measured["dsc"]),
        "hd95_mm": float(measured["hd95_mm"]),
    }
