"""A small case for the viewer: two channels, two masks, and an oblique volume."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

DIMS = (40, 50, 20)
BALL = (20, 25, 10)
LABELS = [
    {"value": 1, "name": "core", "color": "#ff00ff"},
    {"value": 2, "name": "rim", "color": "#00ff00"},
    {"value": 3, "name": "oedema", "color": "#56b4e9"},
]


def write_case(folder: Path) -> None:
    """Write the volumes of the case."""
    i, j, k = np.indices(DIMS)
    far = (i - BALL[0]) ** 2 + (j - BALL[1]) ** 2 + ((k - BALL[2]) * 1.5) ** 2
    first = np.select([far <= 9, far <= 49], [1, 2], 0).astype(np.uint8)
    turned = np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1.5]])
    arrays = {
        "T1.nii": np.where(far <= 100, 300, 0).astype(np.int16),
        "T2.nii": (20 * i).astype(np.int16),
        "mask.nii": first,
        "second.nii": np.where(first == 1, 0, first).astype(np.uint8),
        "oblique.nii": np.full(DIMS, 300, np.int16),
        "oblique_mask.nii": first,
    }
    for name, array in arrays.items():
        affine = np.diag([1.0, 1.0, 1.5, 1.0])
        if name.startswith("oblique"):
            affine[:3, :3] = turned
        (folder / name).write_bytes(nib.Nifti1Image(array, affine).to_bytes())


def case(**changed: Any) -> dict[str, Any]:
    """Give the viewer's data of the case."""
    return {
        "case": "K7QF",
        "reader": "r1",
        "channels": [{"name": name, "url": f"/{name}.nii"} for name in ("T1", "T2")],
        "mask": {"url": "/mask.nii"},
        "labels": LABELS,
        "prefetch": [],
        "ct": False,
        "height": 620,
        "rating_keys": 5,
        **changed,
    }
