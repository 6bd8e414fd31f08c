"""A simulated glioma: necrotic core, enhancing rim, oedema along the white matter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse import csgraph

from data_samples.brain import Floats, Tissues, smooth_noise, voxel_positions_mm

NECROSIS, OEDEMA, ENHANCING = 1, 2, 3

# Intensity of each tumour part, in the grey levels of `brain.TISSUE_LEVELS`. "solid" is the
# core of a tumour that takes up no contrast agent (label 1, non-enhancing tumour).
TUMOUR_LEVELS: dict[str, dict[str, float]] = {
    "T1": {"necrosis": 24.0, "solid": 36.0, "enhancing": 46.0, "oedema": 41.0},
    "T1ce": {"necrosis": 23.0, "solid": 37.0, "enhancing": 98.0, "oedema": 42.0},
    "T2": {"necrosis": 72.0, "solid": 66.0, "enhancing": 53.0, "oedema": 67.0},
    "FLAIR": {"necrosis": 45.0, "solid": 73.0, "enhancing": 64.0, "oedema": 81.0},
}


@dataclass(frozen=True)
class TumourPlan:
    """Where a tumour sits and how it has grown; lengths in mm, position in MNI space (RAS).

    `rim_mm` is the mean thickness of the enhancing rim, 0 for a tumour that does not enhance;
    `oedema_mm` is how far oedema runs in pure white matter.
    """

    centre_mm: tuple[float, float, float]
    radii_mm: tuple[float, float, float]
    rim_mm: float
    oedema_mm: float
    roughness_mm: float = 3.0
    push_mm: float = 4.0


@dataclass(frozen=True, eq=False)
class Tumour:
    """Labels (0 none, 1 necrosis, 2 oedema, 3 enhancing) and how intense the oedema is (0-1)."""

    labels: NDArray[np.uint8]
    oedema_strength: Floats
    enhances: bool


def push_displacement_mm(tissues: Tissues, plan: TumourPlan) -> Floats:
    """Mass effect: tissue is pushed away from the tumour, strongest at its edge."""
    away = voxel_positions_mm(tissues) - np.array(plan.centre_mm)[:, None, None, None]
    distance = np.maximum(np.linalg.norm(away, axis=0), 1e-6)
    radius = float(np.mean(plan.radii_mm))
    inward = np.minimum(distance / radius, 1.0)
    fade = np.exp(-np.maximum(distance - radius, 0) / 18.0)
    return np.asarray(-plan.push_mm * inward * fade * away / distance)


def grow(tissues: Tissues, plan: TumourPlan, rng: np.random.Generator) -> Tumour:
    """Grow the planned tumour in a brain."""
    shape, spacing = tissues.brain.shape, tissues.spacing_mm
    away = voxel_positions_mm(tissues) - np.array(plan.centre_mm)[:, None, None, None]
    radii = np.array(plan.radii_mm)[:, None, None, None]
    mean_radius = float(np.mean(plan.radii_mm))
    outward_mm = (np.linalg.norm(away / radii, axis=0) - 1) * mean_radius
    rough = smooth_noise(shape, spacing, max(3.0, mean_radius / 3), rng)
    outward_mm = outward_mm + plan.roughness_mm * rough
    core = (outward_mm < 0) & tissues.brain & ~_open_csf(tissues)
    core = _largest_part(core)
    labels = np.zeros(shape, dtype=np.uint8)
    reach_mm = plan.oedema_mm * (1 + 0.15 * smooth_noise(shape, spacing, 10.0, rng))
    travelled_mm = _travel_mm(tissues, core, plan.oedema_mm * 1.5, rng)
    swollen = ndimage.median_filter((travelled_mm < reach_mm).astype(np.uint8), size=3) > 0
    labels[_largest_part((swollen & tissues.brain) | core)] = OEDEMA
    labels[core] = NECROSIS
    if plan.rim_mm > 0:
        labels[core & ~_necrosis(core, plan, spacing, rng)] = ENHANCING
    strength = np.clip(1.15 - 0.55 * travelled_mm / np.maximum(reach_mm, 1.0), 0.55, 1.0)
    return Tumour(labels, np.asarray(strength), plan.rim_mm > 0)


def _necrosis(
    core: NDArray[np.bool_],
    plan: TumourPlan,
    spacing_mm: tuple[float, float, float],
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    depth_mm = np.asarray(ndimage.distance_transform_edt(core, sampling=spacing_mm))
    uneven = smooth_noise(core.shape, spacing_mm, 4.5, rng)
    thickness_mm = plan.rim_mm * np.clip(1 + 0.5 * uneven, 0.35, 2.5)
    return np.asarray(ndimage.binary_opening(depth_mm > thickness_mm))


def _open_csf(tissues: Tissues) -> NDArray[np.bool_]:
    """Ventricles, cisterns and wide sulci: tumour does not grow there."""
    return np.asarray(ndimage.gaussian_filter(tissues.csf, 0.7) > 0.6)


def _largest_part(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    parts, count = ndimage.label(mask)
    if count < 2:
        return mask
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray(parts == sizes.argmax())


def _travel_mm(
    tissues: Tissues, core: NDArray[np.bool_], limit_mm: float, rng: np.random.Generator
) -> Floats:
    """Shortest path from the core, in mm of white matter; grey matter costs six times more.

    The path runs over the graph of the 26 neighbours; unreached voxels are infinite.
    """
    uneven = smooth_noise(tissues.brain.shape, tissues.spacing_mm, 4.0, rng)
    cost = (tissues.wm + 6.0 * tissues.gm + 14.0 * tissues.csf) * 1.5**uneven
    near = np.asarray(ndimage.distance_transform_edt(~core, sampling=tissues.spacing_mm))
    inside = tissues.brain & (near <= limit_mm)
    number = np.full(inside.shape, -1)
    number[inside] = np.arange(inside.sum())
    rows, columns, lengths = [], [], []
    for step in _half_neighbourhood():
        here, there = _shifted(step, inside.shape)
        both = inside[here] & inside[there]
        length = float(np.linalg.norm(np.array(step) * tissues.spacing_mm))
        rows.append(number[here][both])
        columns.append(number[there][both])
        lengths.append(length * (cost[here][both] + cost[there][both]) / 2)
    size = int(inside.sum())
    graph = sparse.csr_array(
        (np.concatenate(lengths), (np.concatenate(rows), np.concatenate(columns))), (size, size)
    )
    edge = core & ~ndimage.binary_erosion(core)
    reached = csgraph.dijkstra(
        graph, directed=False, indices=number[edge], min_only=True, limit=limit_mm
    )
    travelled = np.full(inside.shape, np.inf)
    travelled[inside] = reached
    travelled[core] = 0
    return travelled


def _half_neighbourhood() -> list[tuple[int, int, int]]:
    steps = [tuple(int(v) - 1 for v in index) for index in np.ndindex(3, 3, 3)]
    return [(i, j, k) for i, j, k in steps if (i, j, k) > (0, 0, 0)]


def _shifted(
    step: tuple[int, int, int], shape: tuple[int, ...]
) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    here = tuple(slice(max(0, -s), n - max(0, s)) for s, n in zip(step, shape, strict=True))
    there = tuple(slice(max(0, s), n - max(0, -s)) for s, n in zip(step, shape, strict=True))
    return here, there


def add_to_image(
    image: Floats, tumour: Tumour, channel: str, tissues: Tissues, rng: np.random.Generator
) -> Floats:
    """Blend the tumour into the healthy image of one contrast, with soft edges."""
    levels = TUMOUR_LEVELS[channel]
    shape, spacing = image.shape, tissues.spacing_mm
    core_name = "necrosis" if tumour.enhances else "solid"
    mottle = smooth_noise(shape, spacing, 3.0, rng)
    parts: list[tuple[int, str, float]] = [
        (OEDEMA, "oedema", 0.03),
        (NECROSIS, core_name, 0.07),
        (ENHANCING, "enhancing", 0.12),
    ]
    fractions = [ndimage.gaussian_filter((tumour.labels == n) * 1.0, 0.55) for n, _, _ in parts]
    fractions[0] = fractions[0] * tumour.oedema_strength
    healthy = 1 - np.minimum(sum(fractions), 1)
    blended = image * healthy
    for fraction, (_, name, unevenness) in zip(fractions, parts, strict=True):
        blended = blended + fraction * levels[name] * (1 + unevenness * mottle)
    return np.asarray(blended)
