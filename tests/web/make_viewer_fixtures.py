"""Volumes for the viewer's own tests, written by nibabel: an implementation that is not ours.

Run as ``python tests/web/make_viewer_fixtures.py FOLDER``.
"""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path
from typing import Any

import correcting_fixtures as correcting
import nibabel as nib
import numpy as np
from nibabel import orientations
from numpy.typing import NDArray

DIMS = (5, 4, 3)
SPACING_MM = (1.0, 1.5, 4.0)
MARKED = (3, 1, 2)


def axis_orders() -> list[str]:
    """All 48 ways to store a volume: 6 orders of the axes, 8 combinations of directions."""
    return [
        "".join(letters)
        for order in itertools.permutations(("RL", "AP", "SI"))
        for letters in itertools.product(*order)
    ]


def canonical_affine(
    oblique_deg: float, spacing_mm: tuple[float, ...] = SPACING_MM
) -> NDArray[np.float64]:
    """Voxel to RAS+ mm of the volume before it is stored otherwise; turned about the x axis."""
    turn = np.deg2rad(oblique_deg)
    rotation = np.array(
        [[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]]
    )
    affine = np.eye(4)
    affine[:3, :3] = rotation @ np.diag(spacing_mm)
    affine[:3, 3] = (-12.5, 7.0, 31.25)
    return affine


def write(
    folder: Path, name: str, array: NDArray[Any], affine: NDArray[np.float64]
) -> nib.Nifti1Image:
    image = nib.Nifti1Image(array, affine)
    image.set_sform(affine, code=1)
    image.set_qform(affine, code=1)
    (folder / name).write_bytes(image.to_bytes())
    return image


def reordered(values: NDArray[Any], affine: NDArray[np.float64], code: str) -> nib.Nifti1Image:
    """The same volume, stored in another axis order."""
    # A volume turned by 17 degrees still counts as RAS: the closest axes.
    transform = orientations.ornt_transform(
        orientations.axcodes2ornt("RAS"), orientations.axcodes2ornt(tuple(code))
    )
    stored = nib.Nifti1Image(values, affine).as_reoriented(transform)
    assert "".join(nib.aff2axcodes(stored.affine)) == code
    return stored


def write_orders(folder: Path) -> dict[str, Any]:
    values = np.arange(1, np.prod(DIMS) + 1, dtype=np.int16).reshape(DIMS, order="F")
    entries = []
    for oblique_deg, code in itertools.product((0.0, 17.0), axis_orders()):
        stored = reordered(values, canonical_affine(oblique_deg), code)
        name = f"{code}_{oblique_deg:.0f}.nii"
        written = write(folder, name, np.asarray(stored.dataobj), stored.affine)
        place = np.argwhere(np.asarray(written.dataobj) == values[MARKED])[0]
        marked_mm = nib.affines.apply_affine(written.affine, place)
        entries.append(
            {
                "file": name,
                "oblique": oblique_deg,
                "marked": {
                    "index": list(MARKED),
                    "value": int(values[MARKED]),
                    "mm": marked_mm.tolist(),
                },
            }
        )
    canonical = {
        "dims": list(DIMS),
        "spacing_mm": list(SPACING_MM),
        "values": values.ravel(order="F").tolist(),
    }
    return {"canonical": canonical, "orders": entries}


def write_masks(folder: Path) -> dict[str, Any]:
    """One mask in every axis order; the oblique ones hold 16-bit labels."""
    mask = correcting.canonical_mask()
    entries = []
    for oblique_deg, code in itertools.product((0.0, 17.0), axis_orders()):
        affine = canonical_affine(oblique_deg, correcting.SPACING_MM)
        values = mask.astype(np.uint16 if oblique_deg else np.uint8)
        stored = reordered(values, affine, code)
        name = f"mask_{code}_{oblique_deg:.0f}.nii"
        written = write(folder, name, np.asarray(stored.dataobj), stored.affine)
        place = np.argwhere(np.asarray(written.dataobj) == mask[correcting.MARKED])[0]
        marked_mm = nib.affines.apply_affine(written.affine, place)
        entries.append(
            {
                "file": name,
                "stored_dims": list(written.shape),
                "stored_affine": written.affine.tolist(),
                "mm_to_canonical": np.linalg.inv(affine).tolist(),
                "marked_mm": marked_mm.tolist(),
            }
        )
    canonical = {
        "dims": list(correcting.DIMS),
        "spacing_mm": list(correcting.SPACING_MM),
        "marked": list(correcting.MARKED),
    }
    return {"canonical": canonical, "orders": entries, "expected": correcting.expected()}


def write_types(folder: Path) -> list[dict[str, Any]]:
    random = np.random.default_rng(5)
    shape = (4, 3, 2)
    whole = random.integers(0, 200, shape)
    fractions = random.normal(0.0, 3.0, shape)
    arrays: dict[str, tuple[NDArray[Any], float]] = {
        "uint8": (whole.astype(np.uint8), 0.0),
        "int16": ((whole - 1000).astype(np.int16), 0.0),
        "uint16": ((whole + 60000).astype(np.uint16), 0.0),
        "float32": (fractions.astype(np.float32), 20.0 / 65534),
        "flat_uint8": (whole[:, :, :1].astype(np.uint8), 0.0),
    }
    entries = []
    for name, (array, tolerance) in arrays.items():
        image = write(folder, f"type_{name}.nii", array, np.eye(4))
        entries.append(type_entry(f"type_{name}.nii", image.get_fdata(), tolerance))
    scaled = nib.Nifti1Image(fractions, np.eye(4))
    scaled.set_data_dtype(np.int16)
    scaled.set_sform(np.eye(4), code=1)
    (folder / "type_scaled.nii").write_bytes(scaled.to_bytes())
    read = nib.Nifti1Image.from_bytes((folder / "type_scaled.nii").read_bytes())
    assert read.dataobj.slope != 1.0
    entries.append(type_entry("type_scaled.nii", read.get_fdata(), 1e-5))
    return entries


def type_entry(file: str, values: NDArray[Any], tolerance: float) -> dict[str, Any]:
    return {
        "file": file,
        "dims": list(values.shape),
        "values": values.ravel(order="F").tolist(),
        "tolerance": tolerance,
    }


def write_fixtures(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    index = {
        **write_orders(folder),
        "types": write_types(folder),
        "masks": write_masks(folder),
    }
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")


if __name__ == "__main__":
    write_fixtures(Path(sys.argv[1]))
