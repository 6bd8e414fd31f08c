"""Masks as they are stored and sent: a NIfTI-1 header of 352 bytes and the voxels after it.

The room's own files are made by `analysis.volumes.encode_nifti`. A corrected mask keeps the header
of its candidate byte for byte and has other voxels, so it lies on the same grid whatever its axes
are.
"""

from __future__ import annotations

import hashlib
import math
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import deflate
import numpy as np
from numpy.typing import NDArray

from analysis.volumes.gzipped import InflateError, inflate, inflate_start
from rater_app.reading_room.errors import WrongMask

HEADER_BYTES = 352
_KINDS: dict[int, np.dtype[Any]] = {2: np.dtype("u1"), 512: np.dtype("<u2")}
_GZIP_WINDOW = 31
_GZIP_START = struct.pack("<4BI2B", 0x1F, 0x8B, 8, 0, 0, 0, 255)  # no flags, no time, no system
_TRAILER = 8
_LEVEL = 6
_CRC_POLYNOMIAL = 0xEDB88320

Voxels = bytes | bytearray
"""Voxels in their stored order; nobody changes them."""


@dataclass(frozen=True)
class SentMask:
    """Voxels as a browser sends them, in the order of the stored mask: one gzip member, or raw."""

    content: bytes
    is_packed: bool = True


class DamagedMask(ValueError):
    """A stored mask that is not as it was written."""


@dataclass(frozen=True)
class Candidate:
    """What is known of a candidate mask without its voxels."""

    path: Path
    header: bytes
    kind: np.dtype[Any]
    size: int
    sha256: str

    @classmethod
    def read(cls, path: Path) -> Candidate:
        """Read a stored mask.

        Raises
        ------
        DamagedMask
            When it is none of ours.
        OSError
            When it cannot be read.
        """
        packed = path.read_bytes()
        header = inflate_start(packed, HEADER_BYTES)
        if len(header) < HEADER_BYTES or header[344:348] != b"n+1\0":
            raise DamagedMask(f"{path} is no mask, or damaged.")
        datatype, _bits = struct.unpack_from("<2h", header, 70)
        if datatype not in _KINDS:
            raise DamagedMask(f"{path} is no mask of this version.")
        kind = _KINDS[datatype]
        size = math.prod(struct.unpack_from("<3h", header, 42)) * kind.itemsize
        return cls(path, header, kind, size, sha256_of(_voxels_in(packed, size, path)))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along the native axes."""
        i, j, k = struct.unpack_from("<3h", self.header, 42)
        return i, j, k

    def voxels(self) -> bytes:
        """Read the voxels as they are in the file."""
        return _voxels_in(self.path.read_bytes(), self.size, self.path)

    def array(self, voxels: Voxels) -> NDArray[np.unsignedinteger[Any]]:
        """Give voxels as labels, in one dimension."""
        return np.frombuffer(voxels, self.kind)


def sha256_of(voxels: Voxels | memoryview) -> str:
    """Give the digest of voxels as they are without compression."""
    return hashlib.sha256(voxels).hexdigest()


def pack(content: Voxels) -> bytes:
    """Compress to one gzip member without a name or a time."""
    return _GZIP_START + deflate.gzip_compress(content, _LEVEL)[len(_GZIP_START) :]


def unpack(packed: bytes, size: int) -> Voxels:
    """Inflate one gzip member that must hold exactly so many bytes, and never more than that.

    Raises
    ------
    WrongMask
        In the words of somebody who sent it.
    """
    content = _unpack_at_once(packed, size)
    if content is not None:
        return content
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    try:
        # One byte more than there may be: enough to see that there are too many.
        content = inflater.decompress(packed, size + 1)
    except zlib.error as error:
        raise WrongMask("The mask arrived damaged. Please save it again.") from error
    if len(content) > size:
        raise WrongMask("The mask that arrived is larger than this image. Please reload the page.")
    if not inflater.eof:
        raise WrongMask("The mask arrived incomplete. Please save it again.")
    if inflater.unused_data:
        raise WrongMask("The mask arrived damaged. Please save it again.")
    return _check_size(content, size)


def _unpack_at_once(packed: bytes, size: int) -> Voxels | None:
    """Inflate a plain member with libdeflate, six times as fast; None leaves others to zlib.

    libdeflate checks the checksum and the length that a member ends with, and is silent about what
    follows. Where these eight bytes are the last ones and occur nowhere before, nothing follows.
    """
    ending = packed[-_TRAILER:]
    plain = len(packed) > len(_GZIP_START) + _TRAILER and packed[3] == 0
    if not plain or packed.find(ending) != len(packed) - _TRAILER:
        return None
    if int.from_bytes(ending[4:], "little") != size:
        return None
    try:
        content = deflate.gzip_decompress(packed, size)
    except deflate.DeflateError:
        return None
    if len(content) != size or deflate.crc32(content) != int.from_bytes(ending[:4], "little"):
        return None
    return content  # no copy: of a large mask it takes as long as inflating


def _check_size(voxels: bytes, size: int) -> bytes:
    """Give voxels back when they are exactly so many bytes.

    Raises
    ------
    WrongMask
        When they are not.
    """
    if len(voxels) != size:
        raise WrongMask(
            f"The mask that arrived has {len(voxels)} bytes, this image needs {size}. "
            "Please reload the page."
        )
    return voxels


def voxels_of(sent: SentMask, size: int) -> Voxels:
    """Give the voxels that were sent.

    Raises
    ------
    WrongMask
        When they are not exactly so many bytes.
    """
    if sent.is_packed:
        return unpack(sent.content, size)
    return _check_size(sent.content, size)


def packed_of(sent: SentMask, voxels: Voxels) -> bytes:
    """Give sound voxels as one gzip member without name and time, as it came where it can be."""
    if not sent.is_packed or sent.content[3]:
        return pack(voxels)
    return _GZIP_START + sent.content[len(_GZIP_START) :]


def with_header(header: bytes, packed: bytes) -> bytes:
    """Put a header before the content of a canonical gzip member, without inflating that.

    The result is one member again, because browsers stop after the first: the header as a stored
    block of deflate (RFC 1951, 3.2.4), which ends on a whole byte, then the blocks of the member.
    """
    crc, size = struct.unpack("<2I", packed[-_TRAILER:])
    stored = struct.pack("<B2H", 0, len(header), len(header) ^ 0xFFFF) + header
    joined = _shifted(zlib.crc32(header), size) ^ crc
    return _member([stored, packed[len(_GZIP_START) : -_TRAILER]], joined, len(header) + size)


def _member(blocks: Iterable[bytes], crc: int, size: int) -> bytes:
    return b"".join((_GZIP_START, *blocks, struct.pack("<2I", crc, size & 0xFFFFFFFF)))


def _shifted(crc: int, zeros: int) -> int:
    """Give what a checksum becomes when so many zero bytes follow, without walking through them.

    The checksum is a polynomial over GF(2) times x**(8 zeros), modulo the one of gzip; the power
    is found by squaring (as `crc32_combine` of zlib does).
    """
    power, base = 1 << 31, 1 << 23  # 1 and x**8, lowest power first
    while zeros:
        if zeros & 1:
            power = _product(power, base)
        base = _product(base, base)
        zeros >>= 1
    return _product(crc, power)


def _product(one: int, other: int) -> int:
    product = 0
    for bit in range(31, -1, -1):
        if one >> bit & 1:
            product ^= other
        other = other >> 1 ^ (_CRC_POLYNOMIAL if other & 1 else 0)
    return product


def _voxels_in(packed: bytes, size: int, path: Path) -> bytes:
    try:
        content = inflate(packed, HEADER_BYTES + size)
    except InflateError as error:
        raise DamagedMask(f"{path}: {error}.") from error
    if len(content) != HEADER_BYTES + size:
        raise DamagedMask(f"{path} is cut off.")
    return bytes(memoryview(content)[HEADER_BYTES:])
