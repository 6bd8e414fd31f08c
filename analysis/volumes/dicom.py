"""Read a DICOM image: one file, or a folder that holds one complete series.

The checks are ours: SimpleITK stretches the spacing over a gap, and joins slices of several
patients or orientations without a word.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.volumes.itk import quiet_itk, refuse_unusable_size, unreadable, volume_of
from analysis.volumes.volume import Volume, VolumeError

_GAP_TOLERANCE = 0.01
_SAME_IN_A_SERIES = {
    "0020|000e": "series",
    "0010|0020": "patients",
    "0020|0052": "frames of reference",
    "0028|0010": "image heights",
    "0028|0011": "image widths",
    "0028|0030": "pixel spacings",
    "0020|0037": "orientations",
}
_REQUIRED = {
    "0020|0032": "position",
    "0020|0037": "orientation",
    "0028|0030": "pixel spacing",
}


@dataclass(frozen=True)
class _Slice:
    path: Path
    tags: dict[str, str]

    def numbers(self, tag: str) -> NDArray[np.float64]:
        return np.array([float(part) for part in self.tags[tag].split("\\")])


def is_dicom(path: Path) -> bool:
    """Whether a file carries the mark of DICOM files after its preamble."""
    with path.open("rb") as stream:
        return stream.read(132)[128:] == b"DICM"


def read_dicom_file(path: Path) -> Volume:
    """Read a single DICOM image; its third axis has one voxel."""
    return _read([_tags(path)], path)


def read_dicom_folder(folder: Path) -> Volume:
    """Read the one series of a folder; files without the DICOM mark are passed over."""
    try:
        files = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    except OSError as error:
        raise VolumeError(f"{folder}: it may not be read; check its permissions.") from error
    linked = [path.name for path in files if path.is_symlink()]
    if linked:
        raise VolumeError(f"{folder}: {linked[0]} is a link; copy the file itself into the folder.")
    images = [
        path for path in files if path.is_file() and path.name != "DICOMDIR" and is_dicom(path)
    ]
    if not images:
        raise VolumeError(
            f"{folder}: the folder holds no DICOM image; give the folder that holds the slices."
        )
    slices = [_tags(path) for path in images]
    fault = _series_fault(slices)
    if fault is not None:
        raise VolumeError(f"{folder}: {fault}")
    return _read(sorted(slices, key=_height_mm), folder)


def _tags(path: Path) -> _Slice:
    with quiet_itk() as sitk:
        reader = sitk.ImageFileReader()
        reader.SetImageIO("GDCMImageIO")
        reader.SetFileName(str(path))
        try:
            reader.ReadImageInformation()
        except RuntimeError as error:
            raise unreadable(path) from error
        refuse_unusable_size(reader, path)
        tags = {key: _clean(reader.GetMetaData(key)) for key in reader.GetMetaDataKeys()}
    if tags.get("0028|0008", "1") not in ("", "1"):
        raise VolumeError(
            f"{path}: it holds several frames in one DICOM file; convert it to NIfTI first."
        )
    missing = [name for tag, name in _REQUIRED.items() if not tags.get(tag)]
    if missing:
        raise VolumeError(
            f"{path}: it does not state its {' and '.join(missing)}; "
            "export the series again with its geometry, or convert it to NIfTI."
        )
    return _Slice(path, tags)


def _clean(value: str) -> str:
    return value.encode("utf-8", "replace").decode("utf-8").strip(" \0")


def _height_mm(slice_: _Slice) -> float:
    """Place of a slice along the normal of its plane."""
    row, column = slice_.numbers("0020|0037").reshape(2, 3)
    return float(np.cross(row, column) @ slice_.numbers("0020|0032"))


def _series_fault(slices: list[_Slice]) -> str | None:
    for tag, name in _SAME_IN_A_SERIES.items():
        kinds = {slice_.tags.get(tag, "") for slice_ in slices}
        if len(kinds) > 1 and not _nearly_equal(tag, slices):
            return f"the folder mixes {len(kinds)} {name}; give a folder with one series only."
    heights = np.sort([_height_mm(slice_) for slice_ in slices])
    steps = np.diff(heights)
    if len(steps) == 0:
        return None
    usual = float(np.median(steps))
    if usual <= 0 or (steps <= _GAP_TOLERANCE * usual).any():
        return "two slices lie in the same place; remove the copies or give one series only."
    wide = np.flatnonzero(np.abs(steps - usual) > _GAP_TOLERANCE * usual)
    if len(wide) > 0:
        first = int(wide[0])
        return (
            f"the slices are not evenly spaced: {steps[first]:.3f} mm after slice {first + 1} of "
            f"{len(slices)}, elsewhere {usual:.3f} mm; add the missing slices or resample."
        )
    return _sideways_fault(slices)


def _nearly_equal(tag: str, slices: list[_Slice]) -> bool:
    """Whether numbers that are written differently mean the same (1.0 and 1)."""
    if tag not in ("0028|0030", "0020|0037"):
        return False
    rows = [slice_.numbers(tag) for slice_ in slices]
    return all(row.shape == rows[0].shape and np.allclose(row, rows[0], atol=1e-4) for row in rows)


def _sideways_fault(slices: list[_Slice]) -> str | None:
    """Slices of a tilted gantry are evenly spaced but not stacked at right angles."""
    row, column = slices[0].numbers("0020|0037").reshape(2, 3)
    places = np.array([slice_.numbers("0020|0032") for slice_ in slices])
    drift = (places - places[0]) @ np.column_stack([row, column])
    if np.abs(drift).max() > 0.1:
        return "its slices are not stacked at right angles (tilted gantry); resample the series."
    return None


def _read(slices: list[_Slice], path: Path) -> Volume:
    with quiet_itk() as sitk:
        reader: Any = sitk.ImageSeriesReader()
        reader.SetImageIO("GDCMImageIO")
        reader.SetFileNames([str(slice_.path) for slice_ in slices])
        try:
            image = reader.Execute()
        except RuntimeError as error:
            raise unreadable(path) from error
    return volume_of(image, path)
