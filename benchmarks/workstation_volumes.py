"""The two cases of the workstation's benchmark: four channels of MR, and one large CT."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

LABELS = [
    {"value": 1, "name": "necrotic core", "color": "#d55e00"},
    {"value": 2, "name": "oedema", "color": "#009e73"},
    {"value": 3, "name": "enhancing tumour", "color": "#f0e442"},
]


@dataclass(frozen=True)
class Subject:
    """One case: its volumes as arrays, and as the bytes that a browser is sent."""

    name: str
    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    channels: tuple[str, ...]
    is_ct: bool
    step_limit_ms: float

    def __str__(self) -> str:
        """Tell the size."""
        many = "1 channel" if len(self.channels) == 1 else f"{len(self.channels)} channels"
        return f"{'x'.join(map(str, self.shape))}, {many} ({self.name.upper()})"

    @cached_property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """Channels by number, and the mask."""
        draw = body if self.is_ct else head
        images = {str(number): draw(self.shape, number) for number in range(len(self.channels))}
        return {**images, "mask": tumour(self.shape)}

    @cached_property
    def packed(self) -> dict[str, bytes]:
        """The same as the application stores and sends them."""
        return {part: self._pack(array) for part, array in self.arrays.items()}

    def parts(self) -> Iterator[str]:
        """Give the names of the channels' volumes."""
        return map(str, range(len(self.channels)))

    def _pack(self, array: NDArray[Any]) -> bytes:
        affine = np.diag([-self.spacing_mm[0], -self.spacing_mm[1], self.spacing_mm[2], 1.0])
        image = nib.Nifti1Image(array, affine)
        image.set_sform(affine, code=1)
        return gzip.compress(image.to_bytes(), 6, mtime=0)


MR = Subject("mr", (240, 240, 155), (1.0, 1.0, 1.0), ("T1", "T1ce", "T2", "FLAIR"), False, 3)
CT = Subject("ct", (512, 512, 400), (0.75, 0.75, 1.0), ("CT",), True, 12)
SUBJECTS = {subject.name: subject for subject in (MR, CT)}


def head(shape: tuple[int, ...], seed: int) -> NDArray[np.int16]:
    """Make an ellipsoid of noisy tissue in air, much like a skull-stripped MR."""
    axes = _axes(shape)
    tissue = 500 + 200 * np.sin(9 * axes[0] + seed) * np.cos(7 * axes[1]) + 0 * axes[2]
    return np.where(_inside(axes), tissue + _noise(shape, seed, 25), 0).astype(np.int16)


def body(shape: tuple[int, ...], seed: int) -> NDArray[np.int16]:
    """Make a trunk with lungs in noisy air, in Hounsfield units."""
    axes = _axes(shape)
    tissue = 40 + 60 * np.sin(9 * axes[0]) * np.cos(7 * axes[1]) + 0 * axes[2]
    lungs = (np.abs(axes[0]) - 0.4) ** 2 / 0.06 + axes[1] ** 2 / 0.2 + axes[2] ** 2 / 0.5 < 1
    picture = np.where(_inside(axes[:2]), np.where(lungs, -800, tissue), -1000)
    return (picture + _noise(shape, seed, 12)).astype(np.int16)


def tumour(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Make three nested bumpy balls, labels 2, 3 and 1 from outside in."""
    axes = _axes(shape)
    radius = np.sqrt(sum((axis - 0.15) ** 2 for axis in axes))
    radius = radius + 0.03 * np.sin(40 * axes[0]) * np.cos(37 * axes[1]) * np.sin(33 * axes[2])
    return np.select([radius < 0.15, radius < 0.25, radius < 0.4], [1, 3, 2], 0).astype(np.uint8)


def _axes(shape: tuple[int, ...]) -> list[NDArray[np.float32]]:
    lines = (np.linspace(-1, 1, n, dtype=np.float32) for n in shape)
    return list(np.meshgrid(*lines, indexing="ij", sparse=True))


def _inside(axes: list[NDArray[np.float32]]) -> NDArray[np.bool_]:
    return np.asarray(sum((axis / 0.8) ** 2 for axis in axes) < 1)


def _noise(shape: tuple[int, ...], seed: int, deviation: float) -> NDArray[np.float32]:
    return np.float32(deviation) * np.random.default_rng(seed).standard_normal(shape, np.float32)
