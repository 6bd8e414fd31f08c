"""A model's mask of a case: the reference mask, bent by the model's known errors."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from analysis.volumes import Volume
from data_samples.brain import Floats, smooth_noise
from data_samples.cases import SEED
from data_samples.models import ModelErrors, SimulatedModel
from data_samples.tumour import ENHANCING, NECROSIS, OEDEMA

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class DrawnErrors:
    """What was drawn for one mask: the severity, and which of the rare errors occurred."""

    severity: float
    missed_enhancing: bool
    islands: int
    far_island: bool


def mask_rng(case: str, model: str) -> np.random.Generator:
    """Random numbers of one mask: any mask can be made alone."""
    return np.random.default_rng([SEED, crc32(f"{case}/{model}".encode())])


def draw_errors(errors: ModelErrors, rng: np.random.Generator) -> DrawnErrors:
    """Draw what the model gets wrong on one case."""
    severity = float(np.exp(rng.normal(0.0, errors.spread)))
    return DrawnErrors(
        round(severity, 6),
        bool(rng.random() < errors.missed_enhancing),
        int(rng.poisson(errors.islands)),
        bool(rng.random() < errors.far_island),
    )


def simulate_mask(
    reference: Volume, brain: Mask, case: str, model: SimulatedModel
) -> tuple[Volume, DrawnErrors]:
    """One model's mask on the reference's grid (labels 0-3), and the errors drawn for it."""
    rng = mask_rng(case, model.model)
    drawn = draw_errors(model.errors, rng)
    labels = _bend(reference.array, reference.spacing_mm, model.errors, drawn, rng)
    if drawn.missed_enhancing:
        _miss_enhancing(labels, reference.spacing_mm, rng)
    for _ in range(drawn.islands):
        _add_island(labels, brain, reference, rng, near=True)
    if drawn.far_island:
        _add_island(labels, brain, reference, rng, near=False)
    labels[~brain] = 0
    return Volume(labels, reference.affine), drawn


def _bend(
    reference: NDArray[np.uint8],
    spacing_mm: tuple[float, float, float],
    errors: ModelErrors,
    drawn: DrawnErrors,
    rng: np.random.Generator,
) -> NDArray[np.uint8]:
    """Move the boundaries of whole tumour, core and necrosis by smooth noise and an offset.

    A small tumour is drawn with smaller strokes: the displacement is limited to a third of the
    radius of the structure, so that nothing vanishes for its size alone.
    """
    core_mask = (reference == NECROSIS) | (reference == ENHANCING)
    common = smooth_noise(reference.shape, spacing_mm, 6.0, rng)

    def move(mask: Mask, offset_mm: float, smoothness_mm: float, own: float) -> Mask:
        if not mask.any():
            return mask
        volume_mm3 = float(mask.sum()) * float(np.prod(spacing_mm))
        limit_mm = (volume_mm3 * 3 / (4 * np.pi)) ** (1 / 3) / 3
        noise = own * smooth_noise(reference.shape, spacing_mm, smoothness_mm, rng)
        noise += np.sqrt(1 - own**2) * common
        shift_mm = drawn.severity * (offset_mm + errors.boundary_mm * noise)
        return np.asarray(
            _signed_distance_mm(mask, spacing_mm) < np.clip(shift_mm, -limit_mm, None)
        )

    whole = move(reference > 0, errors.offset_mm, 5.0, 0.7)
    core = move(core_mask, errors.core_offset_mm, 4.0, 0.7) & whole
    necrosis = move(reference == NECROSIS, -errors.core_offset_mm / 2, 3.5, 0.8) & core
    labels = np.zeros(reference.shape, dtype=np.uint8)
    labels[whole] = OEDEMA
    labels[core] = ENHANCING if (reference == ENHANCING).any() else NECROSIS
    labels[necrosis] = NECROSIS
    _swap_core_labels(labels, spacing_mm, errors.swap_share * drawn.severity, rng)
    return labels


def _signed_distance_mm(mask: Mask, spacing_mm: tuple[float, float, float]) -> Floats:
    """Distance to the boundary, which runs between the voxel centres; negative inside."""
    outside = np.asarray(ndimage.distance_transform_edt(~mask, sampling=spacing_mm))
    inside = np.asarray(ndimage.distance_transform_edt(mask, sampling=spacing_mm))
    half_voxel_mm = min(spacing_mm) / 2
    return np.asarray(outside - inside - np.where(mask, -half_voxel_mm, half_voxel_mm))


def _swap_core_labels(
    labels: NDArray[np.uint8],
    spacing_mm: tuple[float, float, float],
    share: float,
    rng: np.random.Generator,
) -> None:
    """Confuse necrosis and enhancing tumour in a smooth part of the core, in place."""
    core = (labels == NECROSIS) | (labels == ENHANCING)
    if share <= 0 or not core.any():
        return
    patch = smooth_noise(labels.shape, spacing_mm, 5.0, rng)
    confused = core & (patch > np.quantile(patch[core], 1 - min(share, 0.6)))
    swapped = np.where(labels == NECROSIS, ENHANCING, NECROSIS)
    labels[confused] = swapped[confused]


def _miss_enhancing(
    labels: NDArray[np.uint8], spacing_mm: tuple[float, float, float], rng: np.random.Generator
) -> None:
    """Call a smooth patch, 70 %, of the enhancing tumour oedema, in place."""
    enhancing = labels == ENHANCING
    if enhancing.any():
        patch = smooth_noise(labels.shape, spacing_mm, 8.0, rng)
        labels[enhancing & (patch < np.quantile(patch[enhancing], 0.7))] = OEDEMA


def _add_island(
    labels: NDArray[np.uint8],
    brain: Mask,
    grid: Volume,
    rng: np.random.Generator,
    near: bool,
) -> None:
    """Draw a false round island, in place: 10-35 mm off the tumour, or in the other hemisphere."""
    distance_mm = np.asarray(ndimage.distance_transform_edt(labels == 0, sampling=grid.spacing_mm))
    depth_mm = np.asarray(ndimage.distance_transform_edt(brain, sampling=grid.spacing_mm))
    allowed = (depth_mm > 6) & (distance_mm > 10) & (distance_mm < 35)
    if not near:
        side = _right_mm(grid)
        tumour_side = np.sign(side[labels > 0].mean()) if (labels > 0).any() else 1.0
        allowed = (depth_mm > 8) & (side * tumour_side < -10)
    spots = np.argwhere(allowed)
    if len(spots) == 0:
        return
    spot = spots[rng.integers(len(spots))]
    spacing = np.array(grid.spacing_mm)[:, None, None, None]
    away = (np.indices(labels.shape) - spot[:, None, None, None]) * spacing
    rough = smooth_noise(labels.shape, grid.spacing_mm, 4.0, rng)
    radius_mm = rng.uniform(4.0, 6.0) if near else rng.uniform(8.0, 11.0)
    island = np.linalg.norm(away, axis=0) + 1.5 * rough < radius_mm
    labels[island & brain & (labels == 0)] = OEDEMA
    if not near:
        labels[ndimage.binary_erosion(island, iterations=2) & brain] = ENHANCING


def _right_mm(grid: Volume) -> Floats:
    """World x of every voxel, from the middle of the grid: positive to the patient's right."""
    index = np.indices(grid.array.shape, dtype=np.float64)
    x = np.tensordot(grid.affine[0, :3], index, axes=1) + grid.affine[0, 3]
    return np.asarray(x)
