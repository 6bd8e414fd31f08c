"""Write two study folders from real images, for `rater-app prepare`.

    python docs/validation/real_studies.py SHARED_DATA OUT

SHARED_DATA holds `msd_brats_a` (a glioma in four contrasts with an expert outline) and
`ct_totalsegmentator` (a CT with the output of two models). OUT/glioma gets the expert outline and
five masks that classical algorithms of SimpleITK compute from the images; OUT/organs gets the two
models. The classical masks are no good masks: they are here because nobody drew them.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path

import SimpleITK as sitk

CHANNELS = ("T1", "T1ce", "T2", "FLAIR")
Images = dict[str, sitk.Image]
Masks = tuple[sitk.Image, sitk.Image, sitk.Image]


def main(data: Path, out: Path) -> None:
    """Write both studies."""
    glioma(data / "msd_brats_a", out / "glioma")
    organs(data / "ct_totalsegmentator", out / "organs")


def glioma(source: Path, out: Path) -> None:
    """Write the glioma study: expert outline and classical algorithms as candidates."""
    out.mkdir(parents=True)
    paths = {channel: source / f"caseA_{channel.lower()}.nii.gz" for channel in CHANNELS}
    expert = source / "caseA_seg_expert.nii.gz"
    images = {
        channel: sitk.Cast(sitk.ReadImage(str(path)), sitk.sitkFloat32)
        for channel, path in paths.items()
    }
    masks = [("A", "expert-outline", "human", "human reader", "", expert.resolve())]
    for name, algorithm in ALGORITHMS.items():
        whole, core, enhancing = algorithm(images)
        # 1 in the core, 2 around it, 3 where it enhances.
        labels = whole * 2 - core + enhancing * 2 * core
        path = out / f"{name}.nii.gz"
        sitk.WriteImage(sitk.Cast(labels, sitk.sitkUInt8), str(path))
        masks.append(("A", name, "pure visual", "classical algorithm", "", path.name))
    write_study(
        out,
        "Real glioma, classical algorithms",
        "brats",
        [("A", channel, path.resolve()) for channel, path in paths.items()],
        masks,
        [("A", "expert", expert.resolve())],
    )


def organs(source: Path, out: Path) -> None:
    """Write the CT study: two models, no reference."""
    out.mkdir(parents=True)
    masks = [
        ("B", name, "pure visual", "CNN/transformer", "", (source / file).resolve())
        for name, file in (("full-net", "model_full.nii.gz"), ("fast-net", "model_fast.nii.gz"))
    ]
    images = [("B", "CT", (source / "ct.nii.gz").resolve())]
    write_study(out, "CT organs, two models", "totalsegmentator", images, masks, [])


def write_study(
    out: Path,
    title: str,
    scheme: str,
    images: list[tuple[object, ...]],
    masks: list[tuple[object, ...]],
    references: list[tuple[object, ...]],
) -> None:
    """Write study.toml and the tables."""
    tables = {
        "images.csv": (("case", "channel", "image"), images),
        "masks.csv": (("case", "model", "family", "class", "prompt", "mask"), masks),
        "references.csv": (("case", "reference", "mask"), references),
    }
    for name, (columns, rows) in tables.items():
        if rows:
            with (out / name).open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([columns, *rows])
    raters = "".join(f'\n[[raters]]\nid = "R{n}"\nname = "Rater {n}"\n' for n in (1, 2))
    (out / "study.toml").write_text(
        f'title = "{title}"\nseed = 20261123\ninstrument = "expert4"\nscheme = "{scheme}"\n'
        'further_items = ["error_types", "comment"]\n' + raters,
        encoding="utf-8",
    )


def region_growing(images: Images) -> Masks:
    """Grow in FLAIR from the deepest point of its bright part."""
    bright = largest(above(images["FLAIR"], brain(images), 0.88))
    region = sitk.ConfidenceConnected(
        images["FLAIR"],
        [deepest_voxel(bright)],
        numberOfIterations=2,
        multiplier=2.0,
        initialNeighborhoodRadius=3,
    )
    whole = sitk.BinaryMorphologicalClosing(sitk.Cast(region, sitk.sitkUInt8), [1, 1, 1])
    return with_core(images, whole, 0.75)


def otsu(images: Images) -> Masks:
    """Split the intensities of FLAIR into four classes."""
    classes = sitk.OtsuMultipleThresholds(images["FLAIR"], 3)
    whole = largest(sitk.Cast(classes == 3, sitk.sitkUInt8))
    return with_core(images, whole, 0.7)


def watershed(images: Images) -> Masks:
    """Flood the gradient of smoothed FLAIR and keep the basins that are bright."""
    smooth = sitk.CurvatureFlow(images["FLAIR"], 0.0625, 8)
    basins = sitk.MorphologicalWatershed(sitk.GradientMagnitude(smooth), level=8)
    means = sitk.LabelIntensityStatisticsImageFilter()
    means.Execute(basins, images["FLAIR"])
    limit = quantile(images["FLAIR"], brain(images), 0.8)
    keep = {label: int(means.GetMean(label) > limit) for label in means.GetLabels()}
    whole = largest(sitk.Cast(sitk.ChangeLabel(basins, keep), sitk.sitkUInt8) == 1)
    return with_core(images, whole, 0.8)


def fast_marching(images: Images) -> Masks:
    """March a front from the deepest bright point of FLAIR, slow at its edges."""
    bright = largest(above(images["FLAIR"], brain(images), 0.88))
    speed = sitk.BoundedReciprocal(
        sitk.GradientMagnitudeRecursiveGaussian(images["FLAIR"], sigma=1.0) / 40
    )
    arrival = sitk.FastMarching(speed, [deepest_voxel(bright)], 1.0, 90.0)
    whole = sitk.Cast(arrival < 60, sitk.sitkUInt8) * brain(images)
    return with_core(images, whole, 0.85)


def threshold(images: Images) -> Masks:
    """Take everything above a quantile of FLAIR: what a first script would do."""
    return with_core(images, above(images["FLAIR"], brain(images), 0.85), 0.9)


ALGORITHMS: dict[str, Callable[[Images], Masks]] = {
    "region-growing": region_growing,
    "otsu-classes": otsu,
    "watershed-basins": watershed,
    "fast-marching": fast_marching,
    "plain-threshold": threshold,
}


def brain(images: Images) -> sitk.Image:
    """Give the voxels with any signal."""
    return sitk.Cast(images["T1"] > 0, sitk.sitkUInt8)


def quantile(image: sitk.Image, mask: sitk.Image, share: float) -> float:
    """Give the intensity below which this share of the masked voxels lies."""
    values = sorted(sitk.GetArrayViewFromImage(image)[sitk.GetArrayViewFromImage(mask) > 0])
    return float(values[int(share * (len(values) - 1))])


def above(image: sitk.Image, mask: sitk.Image, share: float) -> sitk.Image:
    """Give the masked voxels above a quantile."""
    return sitk.Cast(image > quantile(image, mask, share), sitk.sitkUInt8) * mask


def deepest_voxel(mask: sitk.Image) -> tuple[int, ...]:
    """Give the index of the voxel that is farthest from the border of a mask."""
    depth = sitk.SignedMaurerDistanceMap(mask, insideIsPositive=True, squaredDistance=False)
    extremes = sitk.MinimumMaximumImageFilter()
    extremes.Execute(depth)
    inside = sitk.LabelShapeStatisticsImageFilter()
    inside.Execute(sitk.Cast(depth >= extremes.GetMaximum(), sitk.sitkUInt8))
    return tuple(mask.TransformPhysicalPointToIndex(inside.GetCentroid(1)))


def with_core(images: Images, whole: sitk.Image, share: float) -> Masks:
    """Add rim and core: what contrast agent brightens most in the tumour, and what it surrounds."""
    uptake = sitk.SmoothingRecursiveGaussian(images["T1ce"] - images["T1"], 1.0)
    enhancing = largest(above(uptake, whole, share))
    return whole, filled(enhancing) * whole, enhancing


def largest(mask: sitk.Image) -> sitk.Image:
    """Keep the largest component."""
    parts = sitk.RelabelComponent(sitk.ConnectedComponent(sitk.Cast(mask, sitk.sitkUInt8)))
    return sitk.Cast(parts == 1, sitk.sitkUInt8)


def filled(mask: sitk.Image) -> sitk.Image:
    """Close a rim and fill what it surrounds."""
    closed = sitk.BinaryMorphologicalClosing(mask, [3, 3, 2])
    return sitk.BinaryFillhole(closed)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
