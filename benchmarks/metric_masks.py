"""Masks to measure on, drawn from fixed seeds: a glioma, metastases, thick slices, an organ.

Shapes are bumpy ellipsoids cut at the level that gives them their size; a model's mask is the
same shape with other bumps on top. No patient's data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from analysis.regions import LabelScheme, load_scheme, structure_mask
from analysis.volumes import Volume

Labels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Field = NDArray[np.float32]
Triple = tuple[float, float, float]

BRATS_SHAPE = (240, 240, 155)
PATCH = (33, 33, 33)
TUMOUR_BOX = (slice(14, 150), slice(20, 144), slice(4, 92))
NECROTIC, OEDEMA, ENHANCING = 1, 2, 3
NESTED: tuple[tuple[int, Triple, Triple, float, float, int], ...] = (
    (OEDEMA, (78, 80, 46), (38, 33, 25), 0.12, 0.057, 129_000),
    (ENHANCING, (92, 84, 48), (19, 17, 14), 0.12, 0.095, 19_000),
    (NECROTIC, (92, 84, 48), (9, 8, 7), 0.4, 0.5, 2_000),
)
"""Label, middle, radii, height of the bumps, height of a model's own bumps, voxels: outside in."""


@dataclass(frozen=True, eq=False)
class Pair:
    """A reference and a mask in memory, in the order of a NIfTI file."""

    name: str
    reference: Volume
    mask: Volume
    scheme: LabelScheme | None = None

    def structures(self) -> dict[str, tuple[Mask, Mask]]:
        """Return the two masks of each structure, or of all that is labelled."""
        arrays = (self.reference.array, self.mask.array)
        if self.scheme is None:
            one, other = (array > 0 for array in arrays)
            return {self.name: (one, other)}
        found = {}
        for structure in self.scheme.structures:
            one, other = (structure_mask(array, structure) for array in arrays)
            found[structure.name] = (one, other)
        return found


def volume(labels: Labels, spacing_mm: Triple = (1.0, 1.0, 1.0)) -> Volume:
    """Put labels on a grid, in Fortran order as a reader of NIfTI gives them."""
    return Volume(np.asfortranarray(labels), np.diag([*spacing_mm, 1.0]))


def glioma(case: int = 1, model: int = 1) -> Pair:
    """Three nested structures of a glioma; the model adds a small false lesion far away."""
    labels = tumour(case, 0)
    seen = tumour(case, model)
    seen[_ball((165, 92, 54), 3.2)] = ENHANCING
    return Pair("BraTS", volume(labels), volume(seen), load_scheme("brats"))


def tumour(case: int, model: int) -> Labels:
    """Draw the tumour of a glioma; model 0 is the reference."""
    shape = tuple(edge.stop - edge.start for edge in TUMOUR_BOX)
    start = np.array([edge.start for edge in TUMOUR_BOX])
    bumps = smooth_noise(shape, 12, case)
    own = smooth_noise(shape, 7, 1000 * case + model) if model else np.zeros_like(bumps)
    labels = np.zeros(BRATS_SHAPE, np.uint8)
    inside = np.ones(shape, np.bool_)
    for label, middle, radii, bumpy, doubtful, voxels in NESTED:
        field = _ellipsoid(shape, middle - start, radii) + bumpy * bumps + doubtful * own
        inside = _top(np.where(inside, field, -np.inf), voxels + voxels * model // 1000)
        labels[TUMOUR_BOX][inside] = label
    return labels


def metastases(count: int = 23) -> Pair:
    """Many small lesions; the model misses some, and finds others where there are none."""
    random = np.random.default_rng(7)
    reference, mask = (np.zeros(BRATS_SHAPE, np.uint8) for _ in range(2))
    places: list[NDArray[np.float64]] = []
    while len(places) < count + 4:
        place = random.uniform((50, 40, 30), (190, 200, 125))
        inside = sum(((place - (120, 120, 78)) / (68, 82, 50)) ** 2) < 1
        if inside and all(np.linalg.norm(place - each) > 22 for each in places):
            places.append(place)
    for number, place in enumerate(places):
        radius = random.uniform(2.4, 4) if number % 4 else random.uniform(5, 9)
        bumps = 0.25 * smooth_noise(PATCH, 5, number)
        if number < count:
            _put(reference, bumps, radius, place)
        if number >= count or number % 5 != 2:
            bumps += 0.12 * smooth_noise(PATCH, 4, 50 + number)
            _put(mask, bumps, radius * random.uniform(0.8, 1.05), place + random.normal(0, 1, 3))
    return Pair("metastases", volume(reference), volume(mask))


def thick_slices() -> Pair:
    """Draw one tumour on voxels of 0.7 x 0.7 x 5 mm."""
    return _one("thick slices", (384, 384, 40), (0.7, 0.7, 5.0), (78, 66, 9.5), 24, (0.12, 0.045))


def organ() -> Pair:
    """Draw an organ as large as a liver in CT."""
    return _one("organ", (512, 512, 300), (0.8, 0.8, 1.5), (96, 78, 54), 30, (0.12, 0.03))


def worst_cases() -> list[Pair]:
    """Pairs that a search for nearest neighbours does not like, of one structure."""
    reference = (tumour(1, 0) > 0).astype(np.uint8)
    seen = (tumour(1, 1) > 0).astype(np.uint8)
    far = np.roll(seen, (90, 88, 66), axis=(0, 1, 2))
    corner = seen.copy()
    corner[-1, -1, -1] = 1
    noisy = seen ^ (np.random.default_rng(2).random(seen.shape, np.float32) < 0.02)
    drawn = {"far away": far, "voxel in a corner": corner, "2 % noise": noisy.astype(np.uint8)}
    return [
        Pair(f"worst case, {name}", volume(reference), volume(mask)) for name, mask in drawn.items()
    ]


def smooth_noise(shape: tuple[int, ...], scale: float, seed: int) -> Field:
    """Noise of variance near 1 whose bumps are about `scale` voxels wide."""
    random = np.random.default_rng(seed)
    coarse = random.standard_normal([int(np.ceil(n / scale)) + 3 for n in shape])
    places = [np.arange(n, dtype=np.float32) / scale + 1 for n in shape]
    for axis, along in enumerate(places):
        coarse = _smoothed(coarse, along, axis)
    return np.asarray(coarse / coarse.std(), np.float32)


def _smoothed(coarse: NDArray[np.float64], along: Field, axis: int) -> NDArray[np.float64]:
    """Lay cubic B-splines over the values on one axis, and take their sum at places between."""
    distance = np.abs(along[:, None] - np.arange(coarse.shape[axis]))
    near = 2 / 3 - distance**2 + distance**3 / 2
    weights = np.where(distance < 1, near, np.maximum(2 - distance, 0) ** 3 / 6)
    return np.moveaxis(np.tensordot(weights, coarse, (1, axis)), 0, axis)


def _one(
    name: str,
    shape: tuple[int, int, int],
    spacing_mm: Triple,
    radii: Triple,
    scale: float,
    rough: tuple[float, float],
) -> Pair:
    """Draw one bumpy ellipsoid in the middle, and a model's mask of it."""
    box = tuple(
        slice(max(0, int(n / 2 - 1.6 * r)), min(n, int(n / 2 + 1.6 * r)))
        for n, r in zip(shape, radii, strict=True)
    )
    size = tuple(edge.stop - edge.start for edge in box)
    middle = [n / 2 - edge.start for n, edge in zip(shape, box, strict=True)]
    field = _ellipsoid(size, middle, radii) + rough[0] * smooth_noise(size, scale, 11)
    voxels = int(np.pi * 4 / 3 * np.prod(radii))
    seen = field + rough[1] * smooth_noise(size, scale / 3, 12)
    arrays = []
    for drawn in (_top(field, voxels), _top(seen, int(1.01 * voxels))):
        labels = np.zeros(shape, np.uint8)
        labels[box] = drawn
        arrays.append(labels)
    return Pair(name, *(volume(each, spacing_mm) for each in arrays))


def _ellipsoid(shape: tuple[int, ...], middle: object, radii: Triple) -> Field:
    """Rise from 0 at the surface to 1 in the middle."""
    axes = np.ogrid[tuple(slice(0, n) for n in shape)]
    parts = [
        ((axis - m) / r) ** 2 for axis, m, r in zip(axes, np.asarray(middle), radii, strict=True)
    ]
    return np.asarray(1 - np.sqrt(sum(parts)), np.float32)


def _top(field: Field, voxels: int) -> Mask:
    """Take the highest voxels of a field, without what does not hang together with most."""
    return _largest(field >= np.partition(field.ravel(), field.size - voxels)[field.size - voxels])


def _largest(mask: Mask) -> Mask:
    parts, _ = ndimage.label(mask)
    return np.asarray(parts == np.bincount(parts[mask]).argmax())


def _ball(middle: Triple, radius: float) -> Mask:
    return _ellipsoid(BRATS_SHAPE, middle, (radius,) * 3) >= 0


def _put(labels: Labels, bumps: Field, radius: float, place: NDArray[np.float64]) -> None:
    middle = tuple(n // 2 for n in PATCH)
    first = (place - middle).astype(int)
    box = tuple(slice(f, f + n) for f, n in zip(first, PATCH, strict=True))
    labels[box][_largest(_ellipsoid(PATCH, middle, (radius,) * 3) + bumps > 0)] = ENHANCING
