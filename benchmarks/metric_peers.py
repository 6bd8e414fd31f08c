"""Other programs that measure the same two masks, timed and compared under our names.

`prepare` brings the masks into the form that a program likes best, outside the time; what it
returns does the measuring and gives the values that are defined as ours are.
"""

from __future__ import annotations

import importlib.util
import re
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Mask = NDArray[np.bool_]
Spacing = tuple[float, float, float]
Values = dict[str, float]
Measure = Callable[[], Values]

TOLERANCE_MM = 1.0
SLACK = 1 + 1e-6  # ours, for programs that take d <= tau


@dataclass(frozen=True)
class Peer:
    """A program, what it is asked for, and how close its values come to ours.

    Parameters
    ----------
    name, package : str
    metrics : tuple of str
        What ours is asked for in turn; also where a value is defined otherwise and not compared.
    prepare : callable
    close : float
        Relative; looser where distances are float32.
    needs_cubes : bool
        Whether it knows no spacing.
    slow_voxels : int
        Volumes of more voxels take it minutes.
    """

    name: str
    package: str
    metrics: tuple[str, ...]
    prepare: Callable[[Mask, Mask, Spacing], Measure]
    close: float = 1e-9
    needs_cubes: bool = False
    slow_voxels: int = 1 << 62

    @property
    def is_installed(self) -> bool:
        """Whether it can be imported."""
        return importlib.util.find_spec(self.package) is not None


def tree_of_scipy(reference: Mask, mask: Mask, spacing_mm: Spacing) -> Measure:
    """Build what numpy and scipy offer: crop, boundary voxels by shifts, a k-d tree of each."""

    def measure() -> Values:
        both = reference | mask
        box = []
        for axis in range(3):
            others = tuple(other for other in range(3) if other != axis)
            inside = np.flatnonzero(both.any(axis=others))
            box.append(slice(inside[0], inside[-1] + 1))
        one, other = (np.pad(each[tuple(box)], 1) for each in (reference, mask))
        shared = np.count_nonzero(one & other)
        dsc = 2 * shared / (np.count_nonzero(one) + np.count_nonzero(other))
        points = [np.argwhere(boundary(each)) * spacing_mm for each in (one, other)]
        trees = [cKDTree(each, balanced_tree=False, compact_nodes=False) for each in points]
        found = [trees[1].query(points[0])[0], trees[0].query(points[1])[0]]
        return {"dsc": dsc} | from_distances(np.concatenate(found))

    return measure


def boundary(mask: Mask) -> Mask:
    """Mark voxels with background among their 6 neighbours; the mask touches no border."""
    inner = mask.copy()
    for axis in range(3):
        for step in (1, -1):
            inner &= np.roll(mask, step, axis)
    return mask & ~inner


def from_distances(both_ways: NDArray[np.floating]) -> Values:
    """Read the pooled metrics from the distances of both directions."""
    return {
        "hd_mm": float(both_ways.max()),
        "hd95_mm": float(np.percentile(both_ways, 95)),
        "assd_mm": float(both_ways.mean(dtype=np.float64)),
        "nsd_1mm": float(np.mean(both_ways <= TOLERANCE_MM * SLACK)),
    }


def mikan(reference: Mask, mask: Mask, spacing_mm: Spacing) -> Measure:
    """mikan-rs; its HD95 is an observed distance, so it is not compared."""
    from mikan import ArrayEvaluator

    arrays = [np.ascontiguousarray(each.T).astype(np.uint8) for each in (reference, mask)]
    theirs = ["dice", "hausdorff_distance", "hausdorff_distance_95", "assd"]

    def measure() -> Values:
        found = ArrayEvaluator(*arrays, spacing_mm).labels(1).metrics(theirs)
        return {"dsc": found[0], "hd_mm": found[1], "assd_mm": found[3]}

    return measure


def surface_distance(reference: Mask, mask: Mask, spacing_mm: Spacing) -> Measure:
    """surface-distance (DeepMind): surface elements with areas."""
    import surface_distance as peer

    one, other = np.ascontiguousarray(reference), np.ascontiguousarray(mask)

    def measure() -> Values:
        found = peer.compute_surface_distances(one, other, spacing_mm)
        return {
            "dsc": float(peer.compute_dice_coefficient(one, other)),
            "hd100_surfel_mm": float(peer.compute_robust_hausdorff(found, 100)),
            "hd95_surfel_mm": float(peer.compute_robust_hausdorff(found, 95)),
            "nsd_surfel_1mm": float(
                peer.compute_surface_dice_at_tolerance(found, TOLERANCE_MM * SLACK)
            ),
        }

    return measure


def monai(reference: Mask, mask: Mask, spacing_mm: Spacing) -> Measure:
    """MONAI: distances in float32, the larger directed HD95."""
    import torch
    from monai import metrics as peer

    torch.set_num_threads(1)
    one, other = (
        torch.from_numpy(np.ascontiguousarray(each)[None, None]) for each in (mask, reference)
    )

    def distance(**options: object) -> float:
        return float(peer.compute_hausdorff_distance(one, other, True, **options))

    def measure() -> Values:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            return {
                "dsc": float(peer.compute_dice(one, other)),
                "hd_mm": distance(spacing=spacing_mm),
                "hd95_directed_mm": distance(spacing=spacing_mm, percentile=95),
                "assd_mm": float(
                    peer.compute_average_surface_distance(
                        one, other, True, symmetric=True, spacing=spacing_mm
                    )
                ),
                "nsd_1mm": float(
                    peer.compute_surface_dice(
                        one, other, [TOLERANCE_MM * SLACK], True, spacing=spacing_mm
                    )
                ),
            }

    return measure


def medpy(reference: Mask, mask: Mask, spacing_mm: Spacing) -> Measure:
    """MedPy: every metric starts from the masks anew."""
    from medpy.metric import binary

    one, other = np.ascontiguousarray(mask), np.ascontiguousarray(reference)

    def measure() -> Values:
        return {
            "dsc": float(binary.dc(one, other)),
            "hd_mm": float(binary.hd(one, other, spacing_mm)),
            "hd95_mm": float(binary.hd95(one, other, spacing_mm)),
            "assd_mm": float(binary.assd(one, other, spacing_mm)),
        }

    return measure


def scikit_image(reference: Mask, mask: Mask, spacing_mm: Spacing) -> Measure:
    """scikit-image: HD between all voxels of two masks; here the same as between surfaces."""
    from skimage.metrics import hausdorff_distance

    one, other = np.ascontiguousarray(mask), np.ascontiguousarray(reference)
    return lambda: {"hd_mm": float(hausdorff_distance(one, other)) * spacing_mm[0]}


def simpleitk(reference: Mask, mask: Mask, spacing_mm: Spacing) -> Measure:
    """SimpleITK: contours, and the distance map of each contour read on the other."""
    import SimpleITK as sitk

    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    images = []
    for each in (reference, mask):
        image = sitk.GetImageFromArray(np.ascontiguousarray(each.T).astype(np.uint8))
        image.SetSpacing(spacing_mm)
        images.append(image)

    def measure() -> Values:
        overlap = sitk.LabelOverlapMeasuresImageFilter()
        overlap.Execute(*images)
        contours = [sitk.LabelContour(image, fullyConnected=False) for image in images]
        found = []
        for contour, other in (contours, contours[::-1]):
            away = sitk.SignedMaurerDistanceMap(other, squaredDistance=False, useImageSpacing=True)
            on_contour = sitk.GetArrayViewFromImage(contour) > 0
            found.append(np.maximum(sitk.GetArrayViewFromImage(away)[on_contour], 0))
        return {"dsc": overlap.GetDiceCoefficient()} | from_distances(np.concatenate(found))

    return measure


_POOLED = ("dsc", "hd_mm", "hd95_mm", "assd_mm", "nsd_1mm")
_DIRECTED = ("dsc", "hd_mm", "hd95_directed_mm", "assd_mm", "nsd_1mm")
_SURFELS = ("dsc", "hd100_surfel_mm", "hd95_surfel_mm", "nsd_surfel_1mm")
_LARGE = 20_000_000
TREE = Peer("scipy cKDTree", "scipy", _POOLED, tree_of_scipy)
PEERS = (
    TREE,
    Peer("mikan-rs", "mikan", ("dsc", "hd_mm", "hd95_directed_mm", "assd_mm"), mikan),
    Peer("surface-distance", "surface_distance", _SURFELS, surface_distance),
    Peer("MONAI", "monai", _DIRECTED, monai, close=1e-5),
    Peer("MedPy", "medpy", _POOLED[:4], medpy, slow_voxels=_LARGE),
    Peer("scikit-image", "skimage", ("hd_mm",), scikit_image, needs_cubes=True),
    Peer("SimpleITK", "SimpleITK", _POOLED, simpleitk, close=1e-5, slow_voxels=_LARGE),
)


_AREAS = re.compile(r"surface_distance(\.|$)")
BRATS2023_METRICS = (
    *("dsc", "hd95_surfel_mm", "sensitivity", "specificity"),
    *("lesion_dsc", "lesion_hd95_mm", "lesion_false"),
)


def brats2023(checkout: Path) -> Callable[[Path, Path], Values]:
    """Load the official lesion-wise code of BraTS 2023 from a checkout; it reads files itself.

    Means over lesions are taken here, because its own lines for that do not run with pandas 3.
    """
    code = next(path for name in ("metrics.py", "eval.py") if (path := checkout / name).is_file())
    found = importlib.util.spec_from_file_location("brats2023", code)
    assert found is not None
    assert found.loader is not None
    peer = importlib.util.module_from_spec(found)
    vars(np).setdefault("Inf", np.inf)  # it is written for numpy 1
    # It brings a surface_distance of its own, which must not become that of others.
    theirs = {name: sys.modules.pop(name) for name in list(sys.modules) if _AREAS.match(name)}
    sys.path.insert(0, str(checkout))
    try:
        found.loader.exec_module(peer)
    except ModuleNotFoundError as error:
        raise SystemExit(
            f"{code} needs {error.name}: install it, or name it in PYTHONPATH."
        ) from None
    sys.path.remove(str(checkout))
    for name in [name for name in sys.modules if _AREAS.match(name)]:
        del sys.modules[name]
    sys.modules.update(theirs)

    def one(reference: Path, mask: Path, structure: str) -> tuple[float, ...]:
        told = peer.get_LesionWiseScores(str(mask), str(reference), structure, dil_factor=3)
        false, lesions = len(told[2]), [each for each in told[4] if each[2] > 50]
        count = len(lesions) + false
        distances = [each[4] if np.isfinite(each[4]) else 374.0 for each in lesions]
        dsc = sum(each[3] for each in lesions) / count if count else 1.0
        hd95_mm = (sum(distances) + 374.0 * false) / count if count else 0.0
        return told[5], told[6], told[9], told[10], dsc, hd95_mm, false

    def measure(reference: Path, mask: Path) -> Values:
        return {
            f"{structure} {name}": value
            for structure in ("WT", "TC", "ET")
            for name, value in zip(BRATS2023_METRICS, one(reference, mask, structure), strict=True)
        }

    return measure
