"""Measure one mask against one reference mask, structure by structure."""

import os
from collections.abc import Sequence
from math import isfinite, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from analysis.metrics.overlap import dsc_of_counts
from analysis.metrics.surface import surface_distances
from analysis.regions import LabelScheme, Structure, apply_scheme, structure_mask
from analysis.volumes import Volume, VolumeError, grid_problems, read_labels

Box = tuple[slice, ...]


def measure_pair(
    reference: Volume,
    mask: Volume,
    scheme: LabelScheme | None = None,
    *,
    reference_name: str = "The reference mask",
    mask_name: str = "The mask",
) -> list[dict[str, Any]]:
    """Measure a mask against a reference mask.

    Parameters
    ----------
    reference, mask : Volume
        Whole labels on one grid.
    scheme : LabelScheme, optional
        Names the structures. Without it each positive label of either mask is one, `label_<n>`.
    reference_name, mask_name : str
        What to call the two in a message: their files.

    Returns
    -------
    list of dict
        One row a structure: `structure`; `dsc`; `hd95_mm` (95th percentile of both directions
        pooled); `hd95_directed_mm` (larger of the two directed 95th percentiles); `volume_ml`,
        `reference_volume_ml` and `volume_difference_ml` (mask minus reference); `hd_mm`; `note`,
        the reason where a value is not finite, else "". Conventions: `analysis.metrics.surface`.
        Both masks empty: `dsc` and distances nan. One empty: `dsc` 0, distances inf.

    Raises
    ------
    VolumeError
        The masks lie on two grids, or a label is not in the scheme.
    """
    off_grid = grid_problems(reference, mask)
    if off_grid:
        raise VolumeError(f"{mask_name} against {reference_name}: {' '.join(off_grid)}")
    if scheme is None:
        labels, reference_labels = mask.array, reference.array
        structures = _label_structures(reference_labels, labels)
    else:
        labels = apply_scheme(mask.array, scheme, mask_name)
        reference_labels = apply_scheme(reference.array, scheme, reference_name)
        structures = scheme.structures
    boxes = [list(find_objects(each)) for each in (reference_labels, labels)]
    axes = tuple(axis for axis, length in enumerate(labels.shape) if length > 1)
    rows = []
    for structure in structures:
        box = _joint_box(structure, boxes)
        inside_reference = structure_mask(reference_labels[box], structure)
        inside = structure_mask(labels[box], structure)
        row = _measure(inside_reference, inside, mask.spacing_mm, axes)
        rows.append({"structure": structure.name} | row)
    return rows


def measure_file_pair(
    reference_path: str | os.PathLike[str],
    mask_path: str | os.PathLike[str],
    scheme: LabelScheme | None = None,
) -> list[dict[str, Any]]:
    """Read a reference mask and a mask, and measure them as `measure_pair` does.

    Raises
    ------
    VolumeError
        One or both cannot be read (both reasons are told), or cannot be compared.
    """
    volumes, problems = [], []
    for path in (reference_path, mask_path):
        try:
            volumes.append(read_labels(path))
        except VolumeError as problem:
            problems.append(str(problem))
    if problems:
        raise VolumeError("\n".join(problems))
    reference, mask = volumes
    return measure_pair(
        reference,
        mask,
        scheme,
        reference_name=os.fspath(reference_path),
        mask_name=os.fspath(mask_path),
    )


def _label_structures(*masks: NDArray[Any]) -> tuple[Structure, ...]:
    present = sorted({int(label) for mask in masks for label in np.unique(mask)} - {0})
    return tuple(Structure(f"label_{label}", f"label {label}", (label,)) for label in present)


def _joint_box(structure: Structure, boxes: Sequence[Sequence[Box | None]]) -> Box:
    """Smallest box around a structure in both masks; without voxels when it is in neither."""
    found = [
        box
        for of_mask in boxes
        for label in structure.labels
        if label <= len(of_mask) and (box := of_mask[label - 1]) is not None
    ]
    if not found:
        return (slice(0, 0),) * 3
    return tuple(
        slice(min(side.start for side in sides), max(side.stop for side in sides))
        for sides in zip(*found, strict=True)
    )


def _measure(
    inside_reference: NDArray[np.bool_],
    inside: NDArray[np.bool_],
    spacing_mm: tuple[float, float, float],
    axes: tuple[int, ...],
) -> dict[str, Any]:
    of_reference, of_mask = int(inside_reference.sum()), int(inside.sum())
    voxel_mm3 = prod(spacing_mm)
    distances = surface_distances(inside_reference, inside, spacing_mm, axes)
    return {
        "dsc": dsc_of_counts(of_reference, of_mask, int((inside_reference & inside).sum())),
        "hd95_mm": distances.hd95_mm,
        "hd95_directed_mm": distances.hd95_directed_mm,
        "volume_ml": of_mask * voxel_mm3 / 1000,
        "reference_volume_ml": of_reference * voxel_mm3 / 1000,
        "volume_difference_ml": (of_mask - of_reference) * voxel_mm3 / 1000,
        "hd_mm": distances.hd_mm,
        "note": "" if isfinite(distances.hd_mm) else _empty_note(of_reference, of_mask),
    }


def _empty_note(of_reference: int, of_mask: int) -> str:
    if of_reference == of_mask == 0:
        return "both masks are empty"
    return "the mask is empty" if of_mask == 0 else "the reference mask is empty"
