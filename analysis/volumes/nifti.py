"""Read NIfTI-1 and NIfTI-2 single files, and refuse every header that two readers may take apart.

Known readers disagree on or silently accept: truncated voxels, checksum errors, NaN voxels,
missing orientation, spacings that contradict the orientation, broken quaternions.
Format: nifti1.h and nifti2.h of the NIfTI Data Format Working Group, https://nifti.nimh.nih.gov.
"""

from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.volumes.grids import CORNER_TOLERANCE_MM
from analysis.volumes.gzipped import InflateError, inflate, inflate_start
from analysis.volumes.volume import MAX_VOXELS, Volume, VolumeError, affine_fault

_FIELDS_1 = {
    "dim": ("8i2", 40),
    "datatype": ("i2", 70),
    "pixdim": ("8f4", 76),
    "vox_offset": ("f4", 108),
    "scl_slope": ("f4", 112),
    "scl_inter": ("f4", 116),
    "xyzt_units": ("u1", 123),
    "qform_code": ("i2", 252),
    "sform_code": ("i2", 254),
    "quatern": ("3f4", 256),
    "qoffset": ("3f4", 268),
    "srow": ("(3,4)f4", 280),
    "magic": ("V4", 344),
}
_FIELDS_2 = {
    "dim": ("8i8", 16),
    "datatype": ("i2", 12),
    "pixdim": ("8f8", 104),
    "vox_offset": ("i8", 168),
    "scl_slope": ("f8", 176),
    "scl_inter": ("f8", 184),
    "xyzt_units": ("i4", 500),
    "qform_code": ("i4", 344),
    "sform_code": ("i4", 348),
    "quatern": ("3f8", 352),
    "qoffset": ("3f8", 376),
    "srow": ("(3,4)f8", 400),
    "magic": ("V4", 4),
}
_LAYOUTS = {
    size: np.dtype(
        {
            "names": list(fields),
            "formats": [kind for kind, _ in fields.values()],
            "offsets": [offset for _, offset in fields.values()],
            "itemsize": size,
        }
    )
    for size, fields in ((348, _FIELDS_1), (540, _FIELDS_2))
}
_VOXEL_KINDS = {
    2: "u1",
    4: "i2",
    8: "i4",
    16: "f4",
    64: "f8",
    256: "i1",
    512: "u2",
    768: "u4",
    1024: "i8",
    1280: "u8",
}
_UNIT_MM = {1: 1000.0, 3: 0.001}  # metre, micrometre; everything else is taken as millimetre
_MAX_VOX_OFFSET = 1 << 24
_SLACK_BYTES = 4096


def read_nifti(path: Path, zipped: bool) -> Volume:
    """Read a .nii or .nii.gz file with one channel.

    Parameters
    ----------
    zipped : bool
        Whether the file starts with `GZIP_MAGIC`.

    Returns
    -------
    Volume
        Its array may be written to; voxels that need no conversion are not copied.

    Raises
    ------
    VolumeError
        Naming the file, what is wrong with it, and what to do.
    """
    if zipped:
        return decode_nifti_gz(path.read_bytes(), path)
    # Not mapped: what replaces or cuts the file after our checks must not change the voxels.
    content = np.fromfile(path, np.uint8)
    return _decode(content[:540].tobytes(), lambda _promised: content, path)


def decode_nifti_gz(packed: bytes, path: Path) -> Volume:
    """Read the content of a .nii.gz file that is in memory; `path` is what messages call it.

    Voxels keep the kind in which they are stored, unless their header scales them.

    Raises
    ------
    VolumeError
        As `read_nifti`.
    """

    def inflated(promised: int) -> NDArray[np.uint8]:
        try:
            return np.frombuffer(inflate(packed, promised + _SLACK_BYTES), np.uint8)
        except InflateError as error:
            raise VolumeError(f"{path}: {error}; copy or save the file again.") from error

    return _decode(inflate_start(packed, 540), inflated, path)


def _decode(start: bytes, read: Callable[[int], NDArray[np.uint8]], path: Path) -> Volume:
    """Read the header at the start of a file, and then as many bytes as it promises."""
    header, order = _header(start, path)
    shape = _shape(header, path)
    if int(header["datatype"]) not in _VOXEL_KINDS:
        raise VolumeError(
            f"{path}: its voxels are not plain numbers (NIfTI datatype {int(header['datatype'])}); "
            "save each channel as whole or real numbers."
        )
    kind = np.dtype(_VOXEL_KINDS[int(header["datatype"])]).newbyteorder(order)
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused in there
        affine = _affine(header, shape, path)
    offset = _voxel_offset(header, path)
    promised = offset + prod(shape) * kind.itemsize
    content = read(promised)
    if not promised <= len(content) <= promised + _SLACK_BYTES:
        raise VolumeError(
            f"{path}: its header promises {promised} bytes, the file holds {len(content)}; "
            "copy or save the file again."
        )
    stored = content[offset:promised].view(kind).reshape(shape, order="F")
    return Volume(_real_values(stored, header, path), affine)


def _header(start: bytes, path: Path) -> tuple[Any, Literal["<", ">"]]:
    """Return the header as a structured scalar and its byte order ('<' or '>')."""
    order: Literal["<", ">"] = "<"
    size = int.from_bytes(start[:4], "little")
    if size not in _LAYOUTS:
        order, size = ">", int.from_bytes(start[:4], "big")
    if size not in _LAYOUTS or len(start) < size:
        raise VolumeError(
            f"{path}: it is no NIfTI file, or its start is damaged; export the image again."
        )
    header = np.frombuffer(start, _LAYOUTS[size].newbyteorder(order), 1)[0]
    magic = header["magic"].tobytes()
    if magic in (b"ni1\0", b"ni2\0"):
        raise VolumeError(
            f"{path}: it is one half of a pair of files (.hdr and .img); "
            "save the image as a single .nii or .nii.gz file."
        )
    if magic != {348: b"n+1\0", 540: b"n+2\0"}[size]:
        raise VolumeError(
            f"{path}: it lacks the mark of a NIfTI file (an Analyze file does not state its "
            "orientation); export the image again as NIfTI."
        )
    return header, order


def _shape(header: Any, path: Path) -> tuple[int, int, int]:
    count = int(header["dim"][0])
    lengths = [int(length) for length in header["dim"][1:]][: max(count, 0)]
    if not 2 <= count <= 7 or min(lengths) < 1:
        raise VolumeError(
            f"{path}: the dimensions in its header are impossible; export the image again."
        )
    if prod(lengths[3:]) > 1:
        told = " x ".join(str(length) for length in lengths)
        raise VolumeError(
            f"{path}: it holds {prod(lengths[3:])} volumes ({told}); "
            "split it and give one channel a file."
        )
    shape = (lengths[0], lengths[1], lengths[2] if count > 2 else 1)
    if prod(shape) > MAX_VOXELS:
        raise VolumeError(
            f"{path}: {' x '.join(map(str, shape))} voxels are more than the limit of 512 x 512 x "
            "1024; crop or resample the image."
        )
    return shape


def _voxel_offset(header: Any, path: Path) -> int:
    told = float(header["vox_offset"])
    lowest = header.dtype.itemsize + 4
    if not np.isfinite(told) or told != int(told) or not lowest <= told <= _MAX_VOX_OFFSET:
        raise VolumeError(
            f"{path}: its header puts the voxels at byte {told:g}, which is impossible; "
            "export the image again."
        )
    return int(told)


def _affine(header: Any, shape: tuple[int, int, int], path: Path) -> NDArray[np.float64]:
    """Return the one orientation of a header in millimetres; refuse none and two."""
    unit = _UNIT_MM.get(int(header["xyzt_units"]) & 7, 1.0)
    spacing = header["pixdim"][1:4].astype(np.float64)
    if shape[2] == 1 and not (np.isfinite(spacing[2]) and spacing[2] > 0):
        spacing[2] = 1.0  # a 2D image need not say how thick it is
    if not np.isfinite(spacing).all() or (spacing <= 0).any():
        raise VolumeError(
            f"{path}: the voxel spacing in its header is not positive; export the image again."
        )
    by_sform = _sform(header) if header["sform_code"] > 0 else None
    by_qform = _qform(header, spacing, path) if header["qform_code"] > 0 else None
    chosen = by_sform if by_sform is not None else by_qform
    if chosen is None:
        raise VolumeError(
            f"{path}: it does not say how it is oriented (sform and qform code are 0), so left and "
            "right are unknown; set the orientation and save it again."
        )
    chosen = np.diag([unit, unit, unit, 1.0]) @ chosen
    fault = affine_fault(chosen)
    if fault is not None:
        raise VolumeError(f"{path}: {fault}.")
    lengths = np.linalg.norm(chosen[:3, :3], axis=0)
    if (np.abs(lengths - spacing * unit) > 1e-3 * spacing * unit).any():
        raise VolumeError(
            f"{path}: its voxel spacing (pixdim) contradicts its orientation (sform), so readers "
            "would measure different lengths; save it again with one of them."
        )
    if by_sform is not None and by_qform is not None and not _agree(by_sform, by_qform, unit):
        raise VolumeError(
            f"{path}: its two orientations (sform and qform) disagree, so readers would show "
            "it in different places; save it again with one of them."
        )
    return chosen


def _agree(by_sform: NDArray[np.float64], by_qform: NDArray[np.float64], unit: float) -> bool:
    """Whether sform and qform mean one orientation.

    Directions may differ by 1e-3, not less: close to a half turn, which is how most scanners lie,
    a quaternion of float32 is no better than 6e-4.
    """
    turned, other = (
        each[:3, :3] / np.linalg.norm(each[:3, :3], axis=0) for each in (by_sform, by_qform)
    )
    apart_mm = np.linalg.norm(by_sform[:3, 3] - by_qform[:3, 3]) * unit
    return bool(np.abs(turned - other).max() <= 1e-3 and apart_mm <= CORNER_TOLERANCE_MM)


def _sform(header: Any) -> NDArray[np.float64]:
    return np.vstack([header["srow"].astype(np.float64), [0.0, 0.0, 0.0, 1.0]])


def _qform(header: Any, spacing: NDArray[np.float64], path: Path) -> NDArray[np.float64]:
    b, c, d = (float(part) for part in header["quatern"])
    rest = 1.0 - (b * b + c * c + d * d)
    if not rest > -1e-5:
        raise VolumeError(
            f"{path}: the rotation in its header (qform) is impossible; "
            "set the orientation and save it again."
        )
    a = float(np.sqrt(max(rest, 0.0)))
    if rest < 1e-7:  # a half turn: what is left over is the rounding of float32, as in nifti1_io
        length = float(np.sqrt(b * b + c * c + d * d))
        a, b, c, d = 0.0, b / length, c / length, d / length
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    handedness = -1.0 if header["pixdim"][0] < 0 else 1.0
    affine = np.eye(4)
    affine[:3, :3] = rotation * (spacing * [1.0, 1.0, handedness])
    affine[:3, 3] = header["qoffset"]
    return affine


def _real_values(stored: NDArray[Any], header: Any, path: Path) -> NDArray[Any]:
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    if np.isinf(slope) or np.isinf(intercept):
        raise VolumeError(
            f"{path}: the scaling of its values (scl_slope) is infinite; export the image again."
        )
    if not stored.dtype.isnative:  # turned in place: a fresh array costs more than its bytes
        stored = stored.byteswap(inplace=True).view(stored.dtype.newbyteorder("="))
    values = stored if stored.flags.aligned else stored.copy(order="F")
    if slope == 0 or np.isnan(slope):  # the format's way to say: not scaled
        return values
    intercept = 0.0 if np.isnan(intercept) else intercept
    if (slope, intercept) == (1.0, 0.0):
        return values
    with np.errstate(over="ignore", invalid="ignore"):  # what becomes infinite is refused later
        scaled: NDArray[Any] = values * np.float64(slope) + np.float64(intercept)
        return scaled.astype(np.float32) if values.dtype.itemsize <= 2 else scaled
