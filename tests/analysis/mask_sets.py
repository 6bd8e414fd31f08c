"""Sets of masks of several raters, made from a seed or read from the shared data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from analysis.volumes import Volume, read_labels

Masks = dict[str, Any]


def noisy_masks(
    seed: int, raters: int = 4, shape: tuple[int, ...] = (7, 8, 9), labels: int = 1
) -> Masks:
    """A block in bands of labels, which each rater moves a little and sprinkles with errors."""
    rng = np.random.default_rng(seed)
    truth = np.zeros(shape, np.uint8)
    inner = tuple(slice(side // 4, side - side // 4) for side in shape)
    place = np.indices(truth[inner].shape)[-1]
    truth[inner] = 1 + place * labels // truth[inner].shape[-1]
    masks = {}
    for rater in range(raters):
        mask = np.roll(truth, int(rng.integers(0, 2)), axis=int(rng.integers(len(shape))))
        wrong = rng.random(shape) < 0.05 * (rater + 1)
        mask = np.where(wrong, rng.integers(0, labels + 1, shape), mask).astype(np.uint8)
        masks[f"rater {rater}"] = mask.astype(bool) if labels == 1 else mask
    return masks


def nodule(shared: Path, name: str) -> dict[str, Volume]:
    """The four readings of a nodule, by the number of the reader."""
    folder = shared / "data" / "lidc_nodules_a" / "masks"
    return {str(n): read_labels(folder / f"{name}_reader{n}.nii.gz") for n in range(1, 5)}


def arrays(volumes: dict[str, Volume]) -> Masks:
    return {name: volume.array for name, volume in volumes.items()}
