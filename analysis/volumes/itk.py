"""Read the formats that are left to SimpleITK, without a word on the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from analysis.volumes.volume import MAX_VOXELS, Volume, VolumeError, affine_fault


@contextmanager
def quiet_itk() -> Iterator[Any]:
    """Give SimpleITK with its C++ warnings switched off."""
    import SimpleITK

    switch: Any = SimpleITK.ProcessObject
    before = switch.GetGlobalWarningDisplay()
    switch.SetGlobalWarningDisplay(False)
    try:
        yield SimpleITK
    finally:
        switch.SetGlobalWarningDisplay(before)


def read_with_itk(path: Path) -> Volume:
    """Read one file whose header was found sound.

    Raises
    ------
    VolumeError
        Not readable, several values a voxel, more than three dimensions, too large.
    """
    with quiet_itk() as sitk:
        reader = sitk.ImageFileReader()
        reader.SetFileName(str(path))
        try:
            reader.ReadImageInformation()
            refuse_unusable_size(reader, path)
            image = reader.Execute()
        except RuntimeError as error:
            raise unreadable(path) from error
    return volume_of(image, path)


def unreadable(path: Path) -> VolumeError:
    """Return the refusal of a file that SimpleITK could not read (its own words are C++)."""
    return VolumeError(
        f"{path}: it could not be read as an image; it may be damaged or of another format than "
        "its name says. Export it again, best as .nii.gz."
    )


def refuse_unusable_size(reader: Any, path: Path) -> None:
    """Refuse before reading what the header already shows to be too much."""
    size = reader.GetSize()
    if len(size) > 3:
        raise VolumeError(
            f"{path}: it has {len(size)} dimensions; split it and give one channel a file."
        )
    if reader.GetNumberOfComponents() != 1:
        raise VolumeError(
            f"{path}: it has {reader.GetNumberOfComponents()} values a voxel (colour or vectors); "
            "save it in grey levels, one channel a file."
        )
    if prod(size) > MAX_VOXELS:
        raise VolumeError(
            f"{path}: {' x '.join(map(str, size))} voxels are more than the limit of 512 x 512 x "
            "1024; crop or resample the image."
        )


def volume_of(image: Any, path: Path) -> Volume:
    """Convert an ITK image (LPS, spacing apart from direction) to a volume in RAS+."""
    import SimpleITK

    array = SimpleITK.GetArrayFromImage(image)
    if array.dtype.kind not in "iuf" or array.ndim != image.GetDimension():
        raise VolumeError(
            f"{path}: its voxels are not plain numbers; save it as whole or real numbers."
        )
    count = image.GetDimension()
    affine = np.eye(4)
    direction = np.array(image.GetDirection()).reshape(count, count)
    affine[:count, :count] = direction * np.array(image.GetSpacing())
    affine[:count, 3] = image.GetOrigin()
    affine[:2] *= -1  # ITK's x runs to the left and y to the back
    fault = affine_fault(affine)
    if fault is not None:
        raise VolumeError(f"{path}: {fault}.")
    turned = array.transpose()
    return Volume(turned[:, :, None] if count == 2 else turned, affine)
