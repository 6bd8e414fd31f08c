"""What other programs say of the same two masks, under our names for the metrics.

Each peer takes a reference mask, a mask (bool, both there, two or three axes longer than 1) and
the spacing of their axes, and returns what it can compute. Where its definition differs from ours,
the adapter makes the two comparable, and a comment says how.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import SimpleITK as sitk

from tests.analysis.drawing import Mask
from tests.analysis.plain_surfaces import Metrics, boundary, surfels

Peer = Callable[[Mask, Mask, Sequence[float]], Metrics]


def simpleitk(reference: Mask, mask: Mask, spacing_mm: Sequence[float]) -> Metrics:
    """SimpleITK 2.5: overlap, and the Hausdorff distance."""
    overlap = sitk.LabelOverlapMeasuresImageFilter()
    overlap.SetNumberOfThreads(1)
    overlap.Execute(_image(mask, spacing_mm), _image(reference, spacing_mm))
    # Its distance is between all voxels of two sets, so it is given the surfaces as sets.
    surfaces = boundary(reference), boundary(mask)
    found = {
        "dsc": overlap.GetDiceCoefficient(),
        "iou": overlap.GetJaccardCoefficient(),
        "sensitivity": 1 - overlap.GetFalseNegativeError(),
        "precision": 1 - overlap.GetFalseDiscoveryRate(),
        # Its similarity is signed, from -2 to 2, and 0 for equal volumes.
        "volume_similarity": 1 - abs(overlap.GetVolumeSimilarity()) / 2,
        "hd_mm": set_distance_of_simpleitk(*surfaces, spacing_mm),
    }
    if not reference.all():
        found["specificity"] = 1 - overlap.GetFalsePositiveError()
    return found


def set_distance_of_simpleitk(reference: Mask, mask: Mask, spacing_mm: Sequence[float]) -> float:
    """Hausdorff distance between all voxels of the masks, not between their surfaces."""
    distance = sitk.HausdorffDistanceImageFilter()
    distance.SetNumberOfThreads(1)  # more of them only wait for each other on masks this small
    distance.Execute(_image(mask, spacing_mm), _image(reference, spacing_mm))
    return float(distance.GetHausdorffDistance())


def _image(mask: Mask, spacing_mm: Sequence[float]) -> sitk.Image:
    image = sitk.GetImageFromArray(np.ascontiguousarray(mask.T).astype(np.uint8))
    image.SetSpacing([float(length) for length in spacing_mm])
    return image


def monai(reference: Mask, mask: Mask, spacing_mm: Sequence[float]) -> Metrics:
    """MONAI 1.6: distances of surface voxels in float32."""
    from monai import metrics

    one, other = (_batch(each) for each in (mask, reference))
    options: Any = {"include_background": True, "spacing": [float(s) for s in spacing_mm]}

    def nsd(tolerance: float, **more: bool) -> Any:
        return metrics.compute_surface_dice(one, other, [tolerance], **options, **more)

    # NSD takes d <= tau without slack, in float32: our slack is added, ties aside.
    found = {
        "dsc": metrics.compute_dice(one, other, include_background=True),
        "iou": metrics.compute_iou(one, other, include_background=True),
        "hd_mm": metrics.compute_hausdorff_distance(one, other, **options),
        "asd_mm": metrics.compute_average_surface_distance(one, other, **options),
        "assd_mm": metrics.compute_average_surface_distance(one, other, symmetric=True, **options),
        "nsd_1mm": nsd(1 + 1e-6),
        "nsd_2mm": nsd(2 + 2e-6),
        "nsd_surfel_1mm": nsd(1 + 1e-6, use_subvoxels=True),
    }
    return {name: float(value) for name, value in found.items()}


def monai_hd95(reference: Mask, mask: Mask, spacing_mm: Sequence[float]) -> float:
    """The larger of the two directed 95th percentiles, whose place it finds in float32."""
    from monai.metrics import compute_hausdorff_distance

    found = compute_hausdorff_distance(
        _batch(mask),
        _batch(reference),
        include_background=True,
        percentile=95,
        spacing=[float(length) for length in spacing_mm],
    )
    return float(found)


def wasserstein_dice_of_monai(
    reference_labels: np.ndarray, labels: np.ndarray, between: np.ndarray
) -> float:
    """Generalised Wasserstein Dice of label maps, from the loss of MONAI."""
    import torch
    from monai.losses import GeneralizedWassersteinDiceLoss

    loss = GeneralizedWassersteinDiceLoss(between, smooth_nr=0, smooth_dr=0)
    target = torch.from_numpy(reference_labels[None, None])
    certain = np.where(np.arange(len(between))[:, None, None, None] == labels, 1e4, -1e4)
    return 1 - float(loss(torch.from_numpy(certain[None].astype(np.float32)), target))


def _batch(mask: Mask) -> Any:
    import torch

    torch.set_num_threads(1)  # for the same reason
    return torch.from_numpy(np.ascontiguousarray(mask)[None, None])


def surface_distance(reference: Mask, mask: Mask, spacing_mm: Sequence[float]) -> Metrics:
    """surface-distance 0.1 (DeepMind): surface elements with areas."""
    import surface_distance as peer

    found = surfels(reference, mask, spacing_mm)
    return {
        "dsc": float(peer.compute_dice_coefficient(reference, mask)),
        "hd95_surfel_mm": float(peer.compute_robust_hausdorff(found, 95)),
        # it takes d <= tau without slack
        "nsd_surfel_1mm": float(peer.compute_surface_dice_at_tolerance(found, 1 + 1e-6)),
    }


def medpy(reference: Mask, mask: Mask, spacing_mm: Sequence[float]) -> Metrics:
    """MedPy 0.5.2: overlap, and distances of surface voxels; its assd is pooled since 0.5."""
    from medpy.metric import binary

    found = {
        "dsc": binary.dc(mask, reference),
        "iou": binary.jc(mask, reference),
        "sensitivity": binary.sensitivity(mask, reference),
        "precision": binary.precision(mask, reference),
        "volume_difference_relative": binary.ravd(mask, reference),
        "hd_mm": binary.hd(mask, reference, spacing_mm),
        "hd95_mm": binary.hd95(mask, reference, spacing_mm),
        "asd_mm": binary.asd(mask, reference, spacing_mm),
        "assd_mm": binary.assd(mask, reference, spacing_mm),
    }
    if not reference.all():
        found["specificity"] = binary.specificity(mask, reference)
    return {name: float(value) for name, value in found.items()}


MIKAN_NAMES = {
    "dsc": "dice",
    "iou": "jaccard_score",
    "sensitivity": "senstivity",
    "precision": "precision",
    "volume_similarity": "volume_similarity",
    "hd_mm": "hausdorff_distance",
    "assd_mm": "assd",
    "masd_mm": "masd",
    "hd95_observed_mm": "hausdorff_distance_95",
}


def mikan(reference: Mask, mask: Mask, spacing_mm: Sequence[float]) -> Metrics:
    """mikan-rs 0.1.4; its 95th percentile is the observation at rank round(0.95 n)."""
    from mikan import ArrayEvaluator

    if mask.ndim < 3:  # a plane would be all surface
        return {}
    # It takes what lies outside the image for mask, we for background: one voxel of it is added.
    arrays = [
        np.ascontiguousarray(np.pad(each, 1).T).astype(np.uint8) for each in (reference, mask)
    ]
    found = ArrayEvaluator(*arrays, tuple(spacing_mm)).labels(1).metrics("all")
    return {ours: found[theirs] for ours, theirs in MIKAN_NAMES.items()}


def scikit_image(reference: Mask, mask: Mask, spacing_mm: Sequence[float]) -> Metrics:
    """scikit-image 0.26: the Hausdorff distance in voxels, so of cubic voxels only."""
    from skimage.metrics import hausdorff_distance

    if len(set(spacing_mm)) > 1:
        return {}
    # as SimpleITK: all voxels of two sets
    found = hausdorff_distance(boundary(reference), boundary(mask))
    return {"hd_mm": float(found) * spacing_mm[0]}


DIFFERENT = {"hd95_observed_mm"}
"""Values under names of their own, because their definition is another one."""

EXACT: dict[str, Peer] = {
    "surface-distance": surface_distance,
    "MedPy": medpy,
    "mikan-rs": mikan,
    "scikit-image": scikit_image,
}
"""Peers that calculate in float64."""

SINGLE: dict[str, Peer] = {"SimpleITK": simpleitk, "MONAI": monai}
"""Peers that calculate distances in float32."""

MODULES = {
    "surface-distance": "surface_distance",
    "MedPy": "medpy",
    "mikan-rs": "mikan",
    "scikit-image": "skimage",
    "SimpleITK": "SimpleITK",
    "MONAI": "monai",
}
"""What each is called when it is imported."""
