"""Check NRRD, MetaImage and PNG files before SimpleITK believes them.

SimpleITK follows headers to any file of the computer, and fills missing voxels with noise.
libpng also writes its complaints to the terminal.
Formats: https://teem.sourceforge.net/nrrd/format.html, https://itk.org/Wiki/ITK/MetaIO,
https://www.w3.org/TR/png.
"""

import zlib
from math import prod
from pathlib import Path

from analysis.volumes.gzipped import GZIP_WINDOW, ZLIB_WINDOW, InflateError, inflate
from analysis.volumes.volume import MAX_VOXELS, VolumeError

_LONGEST_HEADER = 1 << 20
_NRRD_BYTES = {
    **dict.fromkeys(("signed char", "int8", "int8_t", "uchar", "unsigned char", "uint8"), 1),
    **dict.fromkeys(("uint8_t",), 1),
    **dict.fromkeys(("short", "short int", "signed short", "signed short int", "int16"), 2),
    **dict.fromkeys(("int16_t", "ushort", "unsigned short", "unsigned short int", "uint16"), 2),
    **dict.fromkeys(("uint16_t",), 2),
    **dict.fromkeys(("int", "signed int", "int32", "int32_t", "uint", "unsigned int"), 4),
    **dict.fromkeys(("uint32", "uint32_t", "float"), 4),
    **dict.fromkeys(("longlong", "long long", "long long int", "signed long long", "int64"), 8),
    **dict.fromkeys(("signed long long int", "int64_t", "ulonglong", "unsigned long long"), 8),
    **dict.fromkeys(("unsigned long long int", "uint64", "uint64_t", "double"), 8),
}
_META_BYTES = {
    **dict.fromkeys(("MET_CHAR", "MET_UCHAR"), 1),
    **dict.fromkeys(("MET_SHORT", "MET_USHORT"), 2),
    **dict.fromkeys(("MET_INT", "MET_UINT", "MET_FLOAT"), 4),
    **dict.fromkeys(("MET_LONG_LONG", "MET_ULONG_LONG", "MET_DOUBLE"), 8),
}


def check_nrrd(path: Path) -> None:
    """Refuse an NRRD file whose data lie outside, are cut off, damaged or without orientation."""
    content = path.read_bytes()
    head, gap, data = content.partition(b"\n\n")
    windows_head, windows_gap, windows_data = content.partition(b"\r\n\r\n")
    if windows_gap and len(windows_head) < len(head):
        head, gap, data = windows_head, windows_gap, windows_data
    fields = _fields(head, ":")
    if not content.startswith(b"NRRD000") or len(head) > _LONGEST_HEADER:
        raise VolumeError(f"{path}: it is no NRRD file; export the image again.")
    if "data file" in fields or "datafile" in fields or not gap:
        raise _outside(path)
    if fields.get("line skip", "0") != "0" or fields.get("byte skip", "0") != "0":
        raise VolumeError(f"{path}: its header skips part of the data; save the image again.")
    sizes = _numbers(fields.get("sizes", ""), path)
    if len(sizes) > 2 and "space" not in fields:
        raise VolumeError(
            f"{path}: it does not say how it is oriented (no 'space' field), so left and right are "
            "unknown; save it again from a program that knows its orientation."
        )
    item = _NRRD_BYTES.get(fields.get("type", ""))
    encoding = fields.get("encoding", "")
    if item is None or encoding not in ("raw", "gzip", "gz"):
        raise VolumeError(
            f"{path}: voxels of type '{fields.get('type', '')}' in encoding '{encoding}' are not "
            "read; save it as whole or real numbers, raw or gzip."
        )
    window = None if encoding == "raw" else GZIP_WINDOW
    _check_data(data, sizes, item, window, path)


def check_metaimage(path: Path) -> None:
    """Refuse a MetaImage whose data lie outside, are cut off or damaged."""
    content = path.read_bytes()
    mark = content.find(b"ElementDataFile")
    end = content.find(b"\n", mark)
    if mark < 0 or mark > _LONGEST_HEADER:
        raise VolumeError(f"{path}: it is no MetaImage file; export the image again.")
    fields = _fields(content[: end if end >= 0 else None], "=")
    if fields["elementdatafile"].upper() != "LOCAL":
        raise _outside(path)
    if fields.get("headersize", "0") != "0" or fields.get("binarydata", "true") == "false":
        raise VolumeError(
            f"{path}: its data are text or partly skipped (BinaryData, HeaderSize); "
            "save the image again."
        )
    item = _META_BYTES.get(fields.get("elementtype", "").upper())
    if item is None:
        raise VolumeError(
            f"{path}: voxels of type '{fields.get('elementtype', '')}' are not read; "
            "save it as whole or real numbers."
        )
    sizes = _numbers(fields.get("dimsize", ""), path)
    if fields.get("elementnumberofchannels", "1") != "1":
        raise VolumeError(
            f"{path}: it has {fields['elementnumberofchannels']} values a voxel (colour or "
            "vectors); save it in grey levels, one channel a file."
        )
    window = ZLIB_WINDOW if fields.get("compresseddata", "false") == "true" else None
    _check_data(content[end + 1 :], sizes, item, window, path)


def check_png(path: Path) -> None:
    """Refuse a PNG file that is cut off or whose checksums are wrong."""
    content = path.read_bytes()
    place, kind = 8, b""
    while kind != b"IEND":
        length = int.from_bytes(content[place : place + 4], "big")
        kind = content[place + 4 : place + 8]
        told = content[place + 8 + length : place + 12 + length]
        if len(told) < 4 or zlib.crc32(content[place + 4 : place + 8 + length]) != int.from_bytes(
            told, "big"
        ):
            raise VolumeError(
                f"{path}: it is no PNG file, cut off or damaged; copy or save the file again."
            )
        place += 12 + length


def _fields(head: bytes, separator: str) -> dict[str, str]:
    """Return the fields of a text header, names and values in small letters."""
    fields = {}
    for line in head.decode("latin-1").splitlines():
        name, found, value = line.partition(separator)
        if found and not line.startswith("#") and not value.startswith("="):
            fields[name.strip().lower()] = value.strip().lower()
    return fields


def _numbers(text: str, path: Path) -> list[int]:
    try:
        sizes = [int(part) for part in text.split()]
    except ValueError:
        sizes = []
    if not sizes or min(sizes) < 1:
        raise VolumeError(
            f"{path}: the dimensions in its header are impossible; export the image again."
        )
    if prod(sizes) > MAX_VOXELS:
        raise VolumeError(
            f"{path}: {' x '.join(map(str, sizes))} voxels are more than the limit of 512 x 512 x "
            "1024; crop or resample the image."
        )
    return sizes


def _check_data(data: bytes, sizes: list[int], item: int, window: int | None, path: Path) -> None:
    promised = prod(sizes) * item
    try:
        held = len(data if window is None else inflate(data, promised, window))
    except InflateError as error:
        raise VolumeError(f"{path}: {error}; copy or save the file again.") from error
    if held != promised:
        raise VolumeError(
            f"{path}: its header promises {promised} bytes of voxels, the file holds {held}; "
            "copy or save the file again."
        )


def _outside(path: Path) -> VolumeError:
    return VolumeError(
        f"{path}: its voxels lie in another file; save header and voxels together in one file "
        "(.nii.gz, .nrrd or .mha)."
    )
