"""Read an image or a mask from whatever format it comes in."""

import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.volumes.dicom import is_dicom, read_dicom_file, read_dicom_folder
from analysis.volumes.gzipped import GZIP_MAGIC
from analysis.volumes.headers import check_metaimage, check_nrrd, check_png
from analysis.volumes.itk import read_with_itk
from analysis.volumes.labels import as_labels, small_labels
from analysis.volumes.nifti import read_nifti
from analysis.volumes.volume import MAX_VOXELS, Volume, VolumeError

_PLAIN_2D = (".png", ".tif", ".tiff", ".bmp")  # not JPEG: it changes values
_LARGEST_VALUE = 1e37  # what a channel can be encoded with: slope and intercept are float32
_LARGEST_FILE = MAX_VOXELS * 8 + (1 << 25)


def read_image(path: str | os.PathLike[str]) -> Volume:
    """Read one channel.

    Parameters
    ----------
    path : path
        A NIfTI (.nii, .nii.gz), NRRD, MHA or plain 2D file (PNG, TIFF, BMP), a DICOM file,
        or a folder with one DICOM series.

    Returns
    -------
    Volume
        Any real voxel type, scaled to real values; a 2D image has k = 1.

    Raises
    ------
    VolumeError
        Missing, damaged, truncated, of another kind, 4D or coloured, without or with two
        orientations, or with voxels that are not finite. The message says what to do.
    """
    place = Path(path)
    volume = _read(place)
    _refuse_what_is_no_number(volume.array, place)
    return volume


def read_labels(path: str | os.PathLike[str]) -> Volume:
    """Read a mask of whole, non-negative labels.

    Returns
    -------
    Volume
        uint8, or uint16 when a label is above 255. The array is the caller's own, to be written to.

    Raises
    ------
    VolumeError
        As `read_image`; also for fractions (more than 1e-3 from a whole number), negative labels
        and labels above 65 535.

    Notes
    -----
    The tolerance lets masks through that were stored as scaled or real numbers.
    """
    place = Path(path)
    volume = _read(place)
    labels = small_labels(volume.array)
    if labels is None:
        _refuse_what_is_no_number(volume.array, place)
        labels = as_labels(volume.array, place)
    return Volume(labels, volume.affine)


def _refuse_what_is_no_number(values: NDArray[Any], place: Path) -> None:
    if values.dtype.kind != "f":
        return
    if values.min() >= -_LARGEST_VALUE and values.max() <= _LARGEST_VALUE:  # false for NaN too
        return
    count = int(np.count_nonzero(~(np.abs(values) <= _LARGEST_VALUE)))
    raise VolumeError(
        f"{place}: {count} voxels are not numbers (NaN, infinite or beyond 1e37); "
        "replace them and save it."
    )


def _read(place: Path) -> Volume:
    return read_dicom_folder(place) if _is_folder(place) else _read_file(place)


def _is_folder(place: Path) -> bool:
    """Whether a path is a folder; refuse everything that is neither a folder nor a plain file."""
    try:
        mode = os.lstat(place).st_mode
    except PermissionError as error:
        raise VolumeError(
            f"{place}: its folder may not be entered; check its permissions."
        ) from error
    except OSError as error:
        raise VolumeError(f"{place}: there is no such file; check the path.") from error
    if stat.S_ISLNK(mode):
        raise VolumeError(f"{place}: it is a link; give the file it points to.")
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise VolumeError(f"{place}: it is no regular file; give an image file.")
    return stat.S_ISDIR(mode)


def _read_file(place: Path) -> Volume:
    name = place.name.lower()
    try:
        with place.open("rb") as stream:
            start = stream.read(8)
        size = place.stat().st_size
    except OSError as error:
        raise VolumeError(f"{place}: it may not be read; check its permissions.") from error
    if not start:
        raise VolumeError(f"{place}: the file is empty; export the image again.")
    if size > _LARGEST_FILE:
        raise VolumeError(f"{place}: {size} bytes are too many; crop or resample the image.")
    zipped = start[:2] == GZIP_MAGIC
    if zipped or name.endswith((".nii", ".nii.gz")):
        return read_nifti(place, zipped)
    if name.endswith((".nrrd", ".nhdr")):
        check_nrrd(place)
        return read_with_itk(place)
    if name.endswith((".mha", ".mhd")):
        check_metaimage(place)
        return read_with_itk(place)
    if name.endswith(".png"):
        check_png(place)
    if name.endswith(_PLAIN_2D):
        return read_with_itk(place)
    if name.endswith(".dcm") or is_dicom(place):
        return read_dicom_file(place)
    raise VolumeError(
        f"{place}: its format is not read; give NIfTI (.nii, .nii.gz), NRRD, MHA, PNG or DICOM."
    )
