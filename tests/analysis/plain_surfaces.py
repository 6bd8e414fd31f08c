"""Distances between surfaces, slow and obvious: part of `plain_metrics`.

Surface elements with areas ("surfels") come from the surface-distance package, whose definition
they are (Nikolov et al., JMIR 23:e26151, 2021).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from math import inf, nan

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from tests.analysis.drawing import Mask

Metrics = dict[str, float]


# --- surfaces of voxels ---------------------------------------------------------------------------


def boundary(mask: Mask, connectivity: int = 1) -> Mask:
    """Voxels with background among their neighbours; outside the image is background."""
    if mask.ndim == 0:
        return mask
    cross = ndimage.generate_binary_structure(mask.ndim, min(connectivity, mask.ndim))
    return mask & ~ndimage.binary_erosion(mask, cross)


def nearest(start: Mask, goal: Mask, spacing_mm: Sequence[float]) -> np.ndarray:
    """Distance in mm of every start voxel to the nearest goal voxel."""
    starts, goals = np.argwhere(start), np.argwhere(goal)
    if start.ndim == 0:
        return np.zeros(1)
    _, which = cKDTree(goals * np.asarray(spacing_mm)).query(starts * np.asarray(spacing_mm))
    # Whole steps times the spacing: 3 x 0.1 and not 0.5 - 0.2, which decides ties.
    return np.sqrt((((starts - goals[which]) * np.asarray(spacing_mm)) ** 2).sum(axis=1))


def surfaces(
    reference: Mask,
    mask: Mask,
    spacing_mm: Sequence[float],
    percents: Sequence[float],
    tolerances_mm: Sequence[float],
    slack: float,
) -> Metrics:
    of_reference, of_mask = boundary(reference), boundary(mask)
    if reference.any() and mask.any():
        forth = nearest(of_mask, of_reference, spacing_mm)
        back = nearest(of_reference, of_mask, spacing_mm)
    else:
        forth, back = np.full(of_mask.sum(), inf), np.full(of_reference.sum(), inf)
        if not len(forth) + len(back):
            forth = back = np.array([nan])
    both = np.concatenate([forth, back])
    directions = [direction for direction in (forth, back) if len(direction)]
    found = {
        "hd_mm": both.max(),
        "asd_mm": forth.mean() if len(forth) else inf,
        "assd_mm": both.mean(),
        "masd_mm": np.mean([direction.mean() for direction in directions]),
    }
    for percent in percents:
        # numpy interpolates between two infinities to nan
        each = [inf if np.isinf(d).any() else np.percentile(d, percent) for d in directions]
        pooled = inf if np.isinf(both).any() else np.percentile(both, percent)
        found |= {f"hd{percent:g}_mm": pooled, f"hd{percent:g}_directed_mm": max(each)}
    for tolerance in tolerances_mm:
        near = both <= tolerance * (1 + slack)
        found[f"nsd_{tolerance:g}mm"] = near.mean()
    return {name: float(value) for name, value in found.items()}


# --- surfels --------------------------------------------------------------------------------------


def surfels(reference: Mask, mask: Mask, spacing_mm: Sequence[float]) -> dict[str, np.ndarray]:
    """What surface-distance 0.1 finds in two masks that are both there."""
    if mask.ndim < 2:
        return _ends(reference, mask, spacing_mm)
    import surface_distance

    with warnings.catch_warnings():  # it asks scipy for functions by their names of before 1.8
        warnings.filterwarnings("ignore", "Please import `.*` from the `scipy.ndimage` namespace")
        found: dict[str, np.ndarray] = surface_distance.compute_surface_distances(
            reference, mask, spacing_mm
        )
    return found


def _ends(reference: Mask, mask: Mask, spacing_mm: Sequence[float]) -> dict[str, np.ndarray]:
    """The same for a line, which the package does not know: surfels are the ends of runs."""
    if mask.ndim == 0:  # one voxel, in both
        apart = np.zeros((1, 1))
    else:
        one, other = (np.flatnonzero(np.diff(np.pad(each, 1))) for each in (reference, mask))
        apart = np.abs(one[:, None] - other) * spacing_mm[0]
    return {
        "distances_gt_to_pred": np.sort(apart.min(axis=1)),
        "distances_pred_to_gt": np.sort(apart.min(axis=0)),
        "surfel_areas_gt": np.ones(len(apart)),
        "surfel_areas_pred": np.ones(len(apart.T)),
    }


def surfel_surfaces(
    reference: Mask,
    mask: Mask,
    spacing_mm: Sequence[float],
    percents: Sequence[float],
    tolerances_mm: Sequence[float],
    slack: float,
) -> Metrics:
    import surface_distance as peer

    hd = [f"hd{percent:g}_surfel_mm" for percent in percents]
    nsd = [f"nsd_surfel_{tolerance:g}mm" for tolerance in tolerances_mm]
    if not (reference.any() and mask.any()):
        return dict.fromkeys(hd, inf) | dict.fromkeys(nsd, 0.0)
    found = surfels(reference, mask, spacing_mm)
    robust = [peer.compute_robust_hausdorff(found, percent) for percent in percents]
    within = [
        peer.compute_surface_dice_at_tolerance(found, tolerance * (1 + slack))
        for tolerance in tolerances_mm
    ]
    return {n: float(v) for n, v in zip(hd + nsd, robust + within, strict=True)}


def surfel_percentiles(
    reference: Mask, mask: Mask, spacing_mm: Sequence[float], percent: float
) -> list[float]:
    """HD by surfels; more than one value where an area reaches the share to the last digit.

    The package adds areas up in float64. When a share is met exactly, as by 19 of 20 equal
    areas, rounding decides whether it counts as reached.
    """
    found = surfels(reference, mask, spacing_mm)
    values = []
    for distances, areas in (
        (found["distances_gt_to_pred"], found["surfel_areas_gt"]),
        (found["distances_pred_to_gt"], found["surfel_areas_pred"]),
    ):
        reached = np.cumsum(areas) / np.sum(areas)
        at = np.searchsorted(reached, [percent / 100 - 1e-12, percent / 100 + 1e-12])
        values.append(distances[np.minimum(at, len(distances) - 1)])
    return [float(max(one, other)) for one in values[0] for other in values[1]]
