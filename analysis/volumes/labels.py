"""Voxel values as whole labels that start at 0, in one or two bytes."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.volumes.volume import VolumeError

_TOLERANCE = 1e-3
_BLOCK = 1 << 15  # so many real values, and what is computed from them, stay in the cache


def small_labels(values: NDArray[Any]) -> NDArray[np.uint8] | None:
    """Return values as uint8, or None unless every one is a label up to 255.

    A mask of millions of voxels is read within a millisecond, so each pass over them counts: there
    is none for uint8, which comes back as it is, and there are few for every other type.
    """
    if values.dtype == np.uint8:
        return values
    if values.dtype.kind == "f":
        return _small_labels_of_reals(values)
    unsigned = values.view(f"u{values.itemsize}")  # in which negative numbers are the largest
    if unsigned.max() > min(np.iinfo(values.dtype).max, 255):
        return None
    return unsigned.astype(np.uint8, copy=False)


def _small_labels_of_reals(values: NDArray[Any]) -> NDArray[np.uint8] | None:
    order: Literal["F", "C"] = "F" if values.flags.f_contiguous else "C"
    flat = values.reshape(-1, order=order)
    labels = np.empty(flat.size, np.uint8)
    for start in range(0, flat.size, _BLOCK):
        block = flat[start : start + _BLOCK]
        if not (block.min() > -0.5 and block.max() < 255.5):  # NaN is neither
            return None
        whole = np.rint(block)
        if not _are_close(block, whole):
            return None
        labels[start : start + _BLOCK] = whole
    return labels.reshape(values.shape, order=order)


def as_labels(values: NDArray[Any], path: Path) -> NDArray[Any]:
    """Return values as uint8, or as uint16 when a label is above 255.

    Parameters
    ----------
    values : ndarray
        Finite.
    path : Path
        What to call the mask in a message.

    Raises
    ------
    VolumeError
        Fractions, negative labels, labels above 65 535.
    """
    if values.dtype.kind == "f":
        whole = np.rint(values)
        if not _are_close(values, whole):
            raise VolumeError(
                f"{path}: it holds fractions, so it is no label mask (perhaps a probability map, "
                "or resampled with interpolation); save whole labels."
            )
        values = whole
    lowest, highest = int(values.min()), int(values.max())
    if lowest < 0:
        raise VolumeError(f"{path}: it holds the negative label {lowest}; labels start at 0.")
    if highest > np.iinfo(np.uint16).max:
        raise VolumeError(
            f"{path}: it holds the label {highest}; labels go up to 65535, "
            "so this is probably an image and not a mask."
        )
    return values.astype(np.uint8 if highest <= 255 else np.uint16, copy=False)


def _are_close(values: NDArray[Any], whole: NDArray[Any]) -> bool:
    return bool(np.abs(values - whole).max() <= _TOLERANCE)
