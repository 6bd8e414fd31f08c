"""The voxels of a mask as bytes in their stored order: the first axis runs fastest, as in NIfTI."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rater_app.reading_room import pack, sha256_of

Labels = NDArray[np.unsignedinteger[Any]]


def voxels_of(mask: Labels) -> bytes:
    """Give the voxels of a mask in its native order.

    Examples
    --------
    >>> list(voxels_of(np.array([[[1], [2]], [[3], [4]]], np.uint8)))
    [1, 3, 2, 4]
    """
    little = mask.dtype.newbyteorder("<")
    return mask.astype(little, copy=False).tobytes(order="F")


def digest_of(mask: Labels) -> str:
    """Give the digest by which the study knows these voxels."""
    return sha256_of(voxels_of(mask))


def packed_of(mask: Labels) -> bytes:
    """Give the voxels as one gzip member without a name or a time."""
    return pack(voxels_of(mask))


def array_of(voxels: bytes | bytearray, like: Labels) -> Labels:
    """Give voxels as a mask of the shape and the kind of another; the array may be written to.

    Raises
    ------
    ValueError
        When they are more or fewer.
    """
    kind = like.dtype.newbyteorder("<")
    flat = np.frombuffer(bytearray(voxels), kind).astype(like.dtype, copy=False)
    return flat.reshape(like.shape, order="F")
