"""Pairs of masks of every kind, the same in every run: pair(7) is always the same pair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from tests.analysis.drawing import Mask

Spacing = tuple[float, float, float]

COUNT = 1500
SEED = 20261126


@dataclass(frozen=True, eq=False)
class Pair:
    """A reference mask, a mask, and the spacing of both."""

    name: str
    reference: Mask
    mask: Mask
    spacing_mm: Spacing

    @property
    def both_there(self) -> bool:
        return bool(self.reference.any() and self.mask.any())

    @property
    def wide_axes(self) -> int:
        return sum(length > 1 for length in self.mask.shape)


def pairs(start: int = 0, stop: int = COUNT) -> Iterator[Pair]:
    return (pair(number) for number in range(start, stop))


def pair(number: int) -> Pair:
    random = np.random.default_rng([SEED, number])
    shape = _shape(random, number)
    reference = _mask(random, shape)
    mask = _changed(random, reference) if random.random() < 0.5 else _mask(random, shape)
    return Pair(f"pair {number}", reference, mask, _spacing(random))


def large_pairs() -> Iterator[Pair]:
    """Pairs of the size of a lesion or an organ, each of a kind that is hard to search."""
    shape, tall = (48, 40, 150), (0.7, 0.7, 5.0)
    one = _ball(shape, (18, 16, 60), 13)
    yield Pair("moved a little", one, np.roll(one, (2, -1, 3), (0, 1, 2)), (1, 1, 1))
    yield Pair("thick slices", one, _ball(shape, (20, 17, 62), 14), tall)
    yield Pair("far apart", one, _ball(shape, (40, 30, 140), 6), (1, 1, 1))
    stray = one.copy()
    stray[-1, -1, -1] = True
    yield Pair("a stray voxel in the corner", one, stray, tall)
    random = np.random.default_rng(SEED)
    yield Pair("noise", one, one ^ (random.random(shape) < 0.02), (1, 1.1, 0.9))
    some, others = (random.random(shape) < share for share in (0.0005, 0.001))
    yield Pair("dust", some, others, tall)
    single = np.zeros(shape, np.bool_)
    single[45, 3, 20] = True
    yield Pair("all and one", ~some | some, single, tall)


def _ball(shape: tuple[int, ...], centre: tuple[int, ...], radius: float) -> Mask:
    steps = np.indices(shape) - np.reshape(centre, (3, 1, 1, 1))
    inside: Mask = (steps**2).sum(axis=0) <= radius**2
    return inside


def _shape(random: np.random.Generator, number: int) -> tuple[int, int, int]:
    shape = 1 + (20 * random.random(3) ** 1.5).astype(int)  # 1 to 20, more often few
    if number % 6 == 0:
        shape[random.integers(3)] = 1  # one slice, along any axis
    if number % 10 == 1:  # more than one word of 64 bits, and not a multiple of 8
        shape[random.integers(3)] = random.choice([63, 64, 65, 71, 127, 128, 129, 150])
    i, j, k = (int(length) for length in shape)
    return i, j, k


def _spacing(random: np.random.Generator) -> Spacing:
    if random.random() < 0.25:
        i, j, k = random.choice([0.1, 0.5, 0.7, 1.0, 1.0, 1.0, 1.1, 2.0, 5.0], 3)
    elif random.random() < 0.2:
        i = j = k = random.uniform(0.2, 5)
    else:
        i, j, k = random.uniform(0.2, 5, 3)
    return float(i), float(j), float(k)


def _mask(random: np.random.Generator, shape: tuple[int, int, int]) -> Mask:
    kind = random.integers(12)
    mask = np.zeros(shape, np.bool_)
    if kind == 0:
        return mask
    if kind == 1:
        return ~mask
    if kind == 2:
        mask.flat[random.integers(mask.size)] = True
        return mask
    if kind < 6:  # noise, sparse to dense
        noise: Mask = random.random(shape) < random.choice([0.005, 0.03, 0.3, 0.7, 0.97])
        return noise
    if kind < 9:  # boxes, cut by the border of the image
        for _ in range(random.integers(1, 5)):
            first = [random.integers(-3, length) for length in shape]
            last = first + random.integers(1, 9, 3)
            cut = zip(np.maximum(first, 0), np.maximum(last, 0), strict=True)
            mask[tuple(slice(start, stop) for start, stop in cut)] = True
        return mask
    smooth = ndimage.gaussian_filter(random.standard_normal(shape), random.uniform(0.7, 3))
    blobs: Mask = smooth > np.quantile(smooth, random.choice([0.5, 0.8, 0.95]))
    return blobs


def _changed(random: np.random.Generator, mask: Mask) -> Mask:
    """Return what a model might have drawn instead: moved, grown, shrunk, frayed, or the same."""
    kind = random.integers(5)
    if kind == 0:
        moved: Mask = np.roll(mask, random.integers(-2, 3, 3), (0, 1, 2))
        return moved
    if kind == 1:
        return np.asarray(ndimage.binary_dilation(mask, iterations=int(random.integers(1, 3))))
    if kind == 2:
        return np.asarray(ndimage.binary_erosion(mask))
    if kind == 3:
        frayed: Mask = mask ^ (random.random(mask.shape) < 0.05)
        return frayed
    return mask.copy()
