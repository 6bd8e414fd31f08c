"""Write volumes as fresh NIfTI-1 files that carry nothing but a grid and its voxels."""

import gzip
import io
import os
import struct
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.volumes.volume import Volume

_DATATYPES = {"uint8": 2, "int16": 4, "float32": 16, "uint16": 512}
_HEADER_BYTES = 352  # 348 of header, 4 that say: no extension
_INT16 = np.iinfo(np.int16)


def encode_nifti(volume: Volume) -> bytes:
    """Encode a volume as a minimal little-endian NIfTI-1 file.

    The header is made anew: no description, no names, no times, no extension; sform and qform
    both say the affine with code 1. Equal volumes give equal bytes.

    Parameters
    ----------
    volume : Volume
        uint8, int16, uint16 or float32.

    Raises
    ------
    TypeError
        Any other voxel type: converting is the caller's decision.
    """
    kind = volume.array.dtype
    if kind.name not in _DATATYPES:
        raise TypeError(f"cannot write voxels of type {kind.name}: use {', '.join(_DATATYPES)}")
    header = bytearray(_HEADER_BYTES)
    shape = volume.array.shape
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *shape, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, _DATATYPES[kind.name], kind.itemsize * 8)
    handedness, quaternion = _quaternion(volume.affine)
    struct.pack_into("<8f", header, 76, handedness, *volume.spacing_mm, 0, 0, 0, 0)
    struct.pack_into("<3f", header, 108, _HEADER_BYTES, volume.slope, volume.intercept)
    header[123] = 2  # millimetres
    struct.pack_into("<2h", header, 252, 1, 1)
    struct.pack_into("<6f", header, 256, *quaternion, *volume.affine[:3, 3])
    struct.pack_into("<12f", header, 280, *volume.affine[:3].ravel())
    struct.pack_into("<4s", header, 344, b"n+1\0")
    return bytes(header) + volume.array.astype(kind.newbyteorder("<"), copy=False).tobytes("F")


def encode_channel(volume: Volume) -> Volume:
    """Bring a channel to int16 for the browser, so that windows in real values stay right.

    Whole values that span at most 65 536 steps are kept exactly (shifted when they do not fit);
    others are rounded to 65 535 steps between their minimum and maximum, with slope and
    intercept to get the real values back.
    """
    values = volume.array
    low, high = values.min(), values.max()
    whole = values.dtype.kind in "biu" or bool((values == np.round(values)).all())
    if whole and _INT16.min <= low and high <= _INT16.max:
        return Volume(values.astype(np.int16), volume.affine)
    if whole and float(high) - float(low) <= 65535 and abs(float(low)) < 2**23:
        intercept = int(low) - _INT16.min
        shifted = (values.astype(np.int64) - intercept).astype(np.int16)
        return Volume(shifted, volume.affine, 1.0, float(intercept))
    # The header keeps float32: steps are counted with the slope and intercept it will hold.
    slope = float(np.float32((float(high) - float(low)) / 65534) or np.float32(1))
    intercept_real = float(np.float32((float(high) + float(low)) / 2))
    steps = np.rint((values.astype(np.float64) - intercept_real) / slope)
    encoded = np.clip(steps, _INT16.min, _INT16.max).astype(np.int16)
    return Volume(encoded, volume.affine, slope, intercept_real)


def write_nifti_gz(path: str | os.PathLike[str], volume: Volume) -> None:
    """Write a .nii.gz file: gzip level 6, no time and no file name in its header.

    The file appears complete or not at all.
    """
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=packed, mtime=0) as stream:
        stream.write(encode_nifti(volume))
    target = Path(path)
    with NamedTemporaryFile(dir=target.parent, prefix=".writing-", delete=False) as partial:
        try:
            partial.write(packed.getvalue())
            partial.flush()
            os.fsync(partial.fileno())
            os.chmod(partial.name, 0o644)  # noqa: PTH101 - temporary files are private by default
            Path(partial.name).replace(target)
        except BaseException:
            Path(partial.name).unlink(missing_ok=True)
            raise


def _quaternion(affine: NDArray[np.float64]) -> tuple[float, tuple[float, float, float]]:
    """Return qfac (1, or -1 for a left-handed grid) and the parts b, c, d of the unit quaternion.

    The rotation nearest to the axes (polar decomposition) is taken; the largest of the four parts
    is computed first, so that half turns lose no digits.
    """
    directions = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    left, _, right = np.linalg.svd(directions)
    rotation: Any = left @ right
    handedness = 1.0 if np.linalg.det(rotation) > 0 else -1.0
    rotation[:, 2] *= handedness
    # Symmetric 4x4 matrix whose leading eigenvector is the quaternion (Bar-Itzhack 2000).
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = rotation
    matrix = np.array(
        [
            [xx + yy + zz, zy - yz, xz - zx, yx - xy],
            [zy - yz, xx - yy - zz, xy + yx, xz + zx],
            [xz - zx, xy + yx, yy - xx - zz, yz + zy],
            [yx - xy, xz + zx, yz + zy, zz - xx - yy],
        ]
    )
    a, b, c, d = np.linalg.eigh(matrix)[1][:, -1]
    sign = -1.0 if a < 0 else 1.0
    return handedness, (float(sign * b), float(sign * c), float(sign * d))
