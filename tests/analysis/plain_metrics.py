"""Every metric a second time, slow and obvious, to hold the fast ones against.

Whole volumes, numpy and scipy, one idea after the other; nothing of `analysis.metrics` is used.
Definitions: Maier-Hein et al., Nat Methods 21:195 (2024); Moawad et al., arXiv:2306.00838 (2023)
for the lesions of BraTS; Vaassen et al., phiRO 13:1 (2020) for added path length; Fidon et al.,
BrainLes 2017, for the generalised Wasserstein Dice.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import nan, prod

import numpy as np
from scipy import ndimage
from scipy.optimize import linear_sum_assignment

from tests.analysis.drawing import Mask
from tests.analysis.plain_surfaces import Metrics, boundary, surfaces, surfel_surfaces

DEFINED = {
    "specificity", "voxels", "reference_voxels", "shared_voxels", "volume_ml",
    "reference_volume_ml", "volume_difference_ml", "lesions", "lesion_false", "apl_2d",
    "apl_2d_mm", "apl_3d", "fnpl_2d", "added_ml", "removed_ml", "recognised",
}  # fmt: skip
"""What has a value even if nothing was there to find and nothing was found."""

SLACK = 1e-6
"""By how much of itself a tolerance may be missed: spacings in headers have seven digits."""


def plain_metrics(
    reference: Mask,
    mask: Mask,
    spacing_mm: Sequence[float],
    *,
    percents: Sequence[float] = (95,),
    tolerances_mm: Sequence[float] = (1, 2),
    ious: Sequence[float] = (50,),
    strict: bool = False,
    dilations: int = 3,
    smallest_mm3: float = 50,
    penalty_mm: float = 374,
) -> Metrics:
    """All metrics of one structure under the convention "plain" for empty masks."""
    if reference.ndim == 2:
        reference, mask = reference[:, :, None], mask[:, :, None]
        spacing_mm = [*spacing_mm, 1.0][:3]
    flat, flat_mask, flat_spacing = without_thin_axes(reference, mask, spacing_mm)
    slack = 0.0 if strict else SLACK
    found = overlap(reference, mask, spacing_mm)
    found |= surfaces(flat, flat_mask, flat_spacing, percents, tolerances_mm, slack)
    found |= surfel_surfaces(flat, flat_mask, flat_spacing, percents, tolerances_mm, slack)
    found |= brats_lesions(
        flat, flat_mask, flat_spacing, prod(spacing_mm), dilations, smallest_mm3, penalty_mm
    )
    found |= detection(flat, flat_mask, ious)
    found |= effort(reference, mask, spacing_mm)
    found["recognised"] = reference.any() == mask.any()
    if not (reference.any() or mask.any()):
        found |= dict.fromkeys(set(found) - DEFINED, nan)
    return found


def without_thin_axes(
    reference: Mask, mask: Mask, spacing_mm: Sequence[float]
) -> tuple[Mask, Mask, list[float]]:
    """Drop the axes of length 1: nothing has neighbours along them."""
    wide = [axis for axis, length in enumerate(mask.shape) if length > 1]
    shape = [mask.shape[axis] for axis in wide]
    return reference.reshape(shape), mask.reshape(shape), [spacing_mm[axis] for axis in wide]


# --- overlap --------------------------------------------------------------------------------------


def ratio(part: float, whole: float) -> float:
    return part / whole if whole else nan


def overlap(reference: Mask, mask: Mask, spacing_mm: Sequence[float]) -> Metrics:
    tp, fp = int((reference & mask).sum()), int((~reference & mask).sum())
    fn, tn = int((reference & ~mask).sum()), int((~reference & ~mask).sum())
    voxel_ml = prod(spacing_mm) / 1000
    return {
        "dsc": ratio(2 * tp, 2 * tp + fp + fn),
        "iou": ratio(tp, tp + fp + fn),
        "sensitivity": ratio(tp, tp + fn),
        "specificity": ratio(tn, tn + fp),
        "precision": ratio(tp, tp + fp),
        "voxels": tp + fp,
        "reference_voxels": tp + fn,
        "shared_voxels": tp,
        "volume_ml": (tp + fp) * voxel_ml,
        "reference_volume_ml": (tp + fn) * voxel_ml,
        "volume_difference_ml": (fp - fn) * voxel_ml,
        "volume_difference_relative": ratio(fp - fn, tp + fn),
        "volume_similarity": 1 - ratio(abs(fp - fn), 2 * tp + fp + fn),
        "gwds": generalised_wasserstein_dice(reference * 1, mask * 1, 1 - np.eye(2)),
    }


def generalised_wasserstein_dice(
    reference_labels: np.ndarray, labels: np.ndarray, between: np.ndarray
) -> float:
    """Dice of label maps (0 is background) where confusing near labels costs less."""
    costs = between[reference_labels, labels]  # of each voxel; all mass lies on one label
    to_background = between[reference_labels, 0]
    true = (to_background - costs)[reference_labels > 0].sum()
    return ratio(2 * true, 2 * true + costs.sum())


# --- lesions --------------------------------------------------------------------------------------


def components(mask: Mask) -> tuple[np.ndarray, int]:
    """Number the parts whose voxels share a face, an edge or a corner."""
    labelled, count = ndimage.label(mask, np.ones((3,) * mask.ndim))
    return np.asarray(labelled), int(count)


def brats_lesions(
    reference: Mask,
    mask: Mask,
    spacing_mm: Sequence[float],
    voxel_mm3: float,
    dilations: int,
    smallest_mm3: float,
    penalty_mm: float,
) -> Metrics:
    """Lesion-wise metrics as the BraTS challenge of 2023 defined them."""
    axes = reference.ndim
    ball = ndimage.generate_binary_structure(axes, min(axes, 2))  # 18 neighbours in a volume
    grown = ndimage.binary_dilation(reference, ball, dilations) if axes else reference
    extents, lesions = components(grown)
    parts, count = components(mask)
    matched: set[int] = set()
    dices, distances, found = [], [], 0
    for lesion in range(1, lesions + 1):
        inside = reference & (extents == lesion)
        touching = set(np.unique(parts[extents == lesion]).tolist()) - {0}
        matched |= touching
        if inside.sum() * voxel_mm3 <= smallest_mm3:
            continue
        own = np.isin(parts, list(touching))
        dices.append(2 * (own & inside).sum() / (own.sum() + inside.sum()))
        hd95 = surfel_surfaces(inside, own, spacing_mm, [95], [], 0)["hd95_surfel_mm"]
        distances.append(hd95 if touching else penalty_mm)
        found += bool(touching)
    false, kept = count - len(matched), len(dices)
    costs = kept + false
    return {
        "lesions": kept,
        "lesion_false": false,
        "lesion_dsc": sum(dices) / costs if costs else 1.0,
        "lesion_hd95_mm": (sum(distances) + false * penalty_mm) / costs if costs else 0.0,
        "lesion_sensitivity": ratio(found, kept),
        "lesion_precision": ratio(found, found + false),
        "lesion_f1": ratio(2 * found, 2 * found + false + kept - found),
    }


def detection(reference: Mask, mask: Mask, ious: Sequence[float]) -> Metrics:
    lesions, count = components(reference)
    parts, of_mask = components(mask)
    shared = np.zeros((count + 1, of_mask + 1), int)
    np.add.at(shared, (lesions.ravel(), parts.ravel()), 1)
    union = shared.sum(axis=1)[:, None] + shared.sum(axis=0)[None] - shared
    shared, union = shared[1:, 1:], union[1:, 1:]
    found, false = (shared.any(axis=1)).sum(), (~shared.any(axis=0)).sum()
    result = {"lesion_f1_any": ratio(2 * found, found + count + false)}
    for iou in ious:
        enough = (shared > 0) & (100 * shared >= iou * union)
        pairs = linear_sum_assignment(enough, maximize=True)
        result[f"lesion_f1_iou{iou:g}"] = ratio(2 * enough[pairs].sum(), count + of_mask)
    return {name: float(value) for name, value in result.items()}


# --- effort ---------------------------------------------------------------------------------------


def effort(reference: Mask, mask: Mask, spacing_mm: Sequence[float]) -> Metrics:
    path = missed = 0
    # Slices lie across k; an image with one slice is seen in that slice, whatever axis it is.
    thin = [axis for axis in (2, 0, 1) if mask.shape[axis] == 1]
    across = thin[0] if thin else 2
    for place in range(mask.shape[across]):
        cut = [each.take(place, across) for each in (reference, mask)]
        flat, flat_mask, _ = without_thin_axes(*cut, spacing_mm)
        todo = boundary(flat) & ~boundary(flat_mask)
        path += int(todo.sum())
        missed += int((todo & ~flat_mask).sum())
    flat, flat_mask, _ = without_thin_axes(reference, mask, spacing_mm)
    edge, surface = boundary(flat, 3), boundary(flat)
    voxel_ml = prod(spacing_mm) / 1000
    return {
        "apl_2d": path,
        "apl_3d": int((edge & ~boundary(flat_mask, 3)).sum()),
        "apl_2d_mm": path * (sum(spacing_mm) - spacing_mm[across]) / 2,
        "fnpl_2d": missed,
        "added_ml": int((reference & ~mask).sum()) * voxel_ml,
        "removed_ml": int((~reference & mask).sum()) * voxel_ml,
        "surface_changed": ratio(int((surface & ~boundary(flat_mask)).sum()), int(surface.sum())),
    }
