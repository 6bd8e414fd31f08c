"""A skull-stripped brain in four MR contrasts, from the tissue maps of the MNI152 template."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from analysis.volumes import read_image

Floats = NDArray[np.float64]

TEMPLATE_FOLDER = Path(__file__).parent / "template"
CHANNELS = ("T1", "T1ce", "T2", "FLAIR")

# Intensity of pure tissue, in grey levels of the written image. Only the order and the rough
# ratio matter: T1 WM > GM > CSF, T2 CSF > GM > WM, FLAIR GM > WM with CSF dark.
TISSUE_LEVELS: dict[str, dict[str, float]] = {
    "T1": {"wm": 64.0, "gm": 45.0, "csf": 15.0},
    "T1ce": {"wm": 61.0, "gm": 46.0, "csf": 16.0},
    "T2": {"wm": 29.0, "gm": 41.0, "csf": 80.0},
    "FLAIR": {"wm": 36.0, "gm": 47.0, "csf": 11.0},
}


@dataclass(frozen=True, eq=False)
class Tissues:
    """Fractions of grey matter, white matter and CSF per voxel (0-1), and the brain mask."""

    gm: Floats
    wm: Floats
    csf: Floats
    brain: NDArray[np.bool_]
    affine: Floats

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Voxel size in mm."""
        i, j, k = np.linalg.norm(self.affine[:3, :3], axis=0)
        return float(i), float(j), float(k)


def load_template(folder: Path = TEMPLATE_FOLDER, margin: int = 2) -> Tissues:
    """Tissue fractions of the MNI152 template, cropped to the brain plus `margin` voxels."""
    t1 = read_image(folder / "mni152_t1_2mm.nii.gz")
    gm = read_image(folder / "mni152_gm_2mm.nii.gz").array.astype(np.float64) / 255
    wm = read_image(folder / "mni152_wm_2mm.nii.gz").array.astype(np.float64) / 255
    # The rim of the template's mask holds meninges and CSF: cut it back to where tissue begins.
    tissue = (gm + wm) > 0.3
    brain = ndimage.binary_fill_holes(ndimage.binary_closing(tissue, iterations=3))
    brain &= t1.array > 0
    inside = np.argwhere(brain)
    low = np.maximum(inside.min(axis=0) - margin, 0)
    high = np.minimum(inside.max(axis=0) + margin + 1, brain.shape)
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    affine = t1.affine.copy()
    affine[:3, 3] = affine[:3, :3] @ low + affine[:3, 3]
    gm, wm, brain = gm[box], wm[box], brain[box]
    csf = np.clip(1 - gm - wm, 0, 1) * brain
    return Tissues(gm * brain, wm * brain, csf, brain, affine)


def smooth_noise(
    shape: tuple[int, ...],
    spacing_mm: tuple[float, ...],
    length_mm: float,
    rng: np.random.Generator,
) -> Floats:
    """Gaussian random field of mean 0 and standard deviation 1 with the given smoothness."""
    sigma = [length_mm / spacing for spacing in spacing_mm]
    field = ndimage.gaussian_filter(rng.standard_normal(shape), sigma, mode="wrap")
    return np.asarray((field - field.mean()) / field.std(), dtype=np.float64)


def voxel_positions_mm(tissues: Tissues) -> Floats:
    """World position of every voxel centre, shape (3, i, j, k)."""
    grid = np.indices(tissues.brain.shape, dtype=np.float64)
    moved = np.tensordot(tissues.affine[:3, :3], grid, axes=1)
    return np.asarray(moved + tissues.affine[:3, 3, None, None, None])


def deform(tissues: Tissues, displacement_mm: Floats) -> Tissues:
    """Pull the tissue maps through a displacement field (world mm, shape (3, i, j, k)).

    Voxel x of the result shows the tissue that lay at x + displacement(x). The axes of the
    template are those of the world (RAS), so that mm become voxels by the spacing alone.
    """
    spacing = np.array(tissues.spacing_mm)[:, None, None, None]
    source = np.indices(tissues.brain.shape, dtype=np.float64) + displacement_mm / spacing

    def pull(values: Floats) -> Floats:
        return np.asarray(ndimage.map_coordinates(values, source, order=1, mode="nearest"))

    brain = pull(tissues.brain.astype(np.float64)) > 0.5
    gm, wm, csf = (_sharpen(pull(part)) for part in (tissues.gm, tissues.wm, tissues.csf))
    total = np.maximum(gm + wm + csf, 1e-6)
    return Tissues(
        gm / total * brain, wm / total * brain, csf / total * brain, brain, tissues.affine
    )


def _sharpen(fraction: Floats) -> Floats:
    # The template is a mean of 152 people: its fractions are softer than one person's.
    return np.asarray(np.clip(fraction, 0, 1) ** 1.8)


def anatomy_displacement_mm(tissues: Tissues, rng: np.random.Generator) -> Floats:
    """Smooth displacement that makes one person's brain of the template's (about 3 mm)."""
    shape, spacing = tissues.brain.shape, tissues.spacing_mm
    position = voxel_positions_mm(tissues)
    centre = position[:, tissues.brain].mean(axis=1)[:, None, None, None]
    stretch = rng.uniform(-0.04, 0.04, 3)[:, None, None, None] * (position - centre)
    wave = np.stack([smooth_noise(shape, spacing, 16.0, rng) for _ in range(3)])
    return np.asarray(stretch + 1.8 * wave)


def render_tissue(tissues: Tissues, channel: str, rng: np.random.Generator) -> Floats:
    """Noise-free intensities of the healthy brain in one contrast."""
    levels = TISSUE_LEVELS[channel]
    image = sum(getattr(tissues, part) * level for part, level in levels.items())
    texture = smooth_noise(tissues.brain.shape, tissues.spacing_mm, 2.0, rng)
    solid = tissues.gm + tissues.wm
    image = np.asarray(image) * (1 + 0.018 * texture * solid)
    if channel == "T1ce":
        image += _vessels(tissues, rng)
    return np.asarray(image)


def _vessels(tissues: Tissues, rng: np.random.Generator) -> Floats:
    """Contrast agent in the cortical veins: thin bright threads where sulcal CSF runs."""
    shape, spacing = tissues.brain.shape, tissues.spacing_mm
    thread = np.abs(smooth_noise(shape, spacing, 3.0, rng))
    depth = ndimage.distance_transform_edt(tissues.brain, sampling=spacing)
    cortical = tissues.csf * (np.asarray(depth) < 16)
    return np.asarray(70 * cortical * np.clip(1.3 - thread / 0.2, 0, 1))


def acquire(image: Floats, tissues: Tissues, rng: np.random.Generator) -> Floats:
    """Partial volume, receive-coil bias field and Rician noise; zero outside the brain."""
    shape, spacing = image.shape, tissues.spacing_mm
    blurred = ndimage.gaussian_filter(image, 0.4)
    bias = 1 + 0.05 * smooth_noise(shape, spacing, 40.0, rng)
    noise_real, noise_imaginary = rng.standard_normal((2, *shape)) * 1.1
    magnitude = np.hypot(blurred * bias + noise_real, noise_imaginary)
    return np.asarray(magnitude * tissues.brain)
