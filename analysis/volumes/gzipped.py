"""Inflate compressed data to its very end, and never further than was promised."""

import zlib
from contextlib import suppress

import deflate

GZIP_MAGIC = b"\x1f\x8b"
GZIP_WINDOW = 31
ZLIB_WINDOW = 15
_SMALLEST_GZIP = 18  # header and trailer
_HEADER_CHECKSUM = 2  # a flag of gzip (RFC 1952, 2.3.1); libdeflate passes that checksum over
_CHUNK = 1 << 14


class InflateError(ValueError):
    """Compressed data that are cut off, damaged or longer than promised."""


def inflate_start(packed: bytes, size: int) -> bytes:
    """Return the first `size` bytes of a gzip stream (fewer when it ends or breaks before)."""
    start = bytearray()
    with suppress(InflateError):
        _inflate_members(packed, size - 1, GZIP_WINDOW, start)
    return bytes(start)


def inflate(packed: bytes, limit: int, window: int = GZIP_WINDOW) -> bytearray:
    """Inflate every member of a compressed stream.

    The stream is read up to its trailer, so that a cut or a flipped bit is found: readers of
    images stop at the last voxel, and some fill what is missing with zeros.

    Parameters
    ----------
    packed : bytes
    limit : int
        Most bytes that may come out.
    window : int
        31 for gzip, 15 for zlib (as in MetaImage files).

    Returns
    -------
    bytearray
        Nobody else's: an array over it may be written to.

    Raises
    ------
    InflateError
        Truncated, damaged, or more than `limit` bytes.
    """
    content = _inflate_at_once(packed, limit) if window == GZIP_WINDOW else None
    if content is None:
        content = bytearray()
        _inflate_members(packed, limit, window, content)
    return content


def _inflate_at_once(packed: bytes, limit: int) -> bytearray | None:
    """Inflate a sound file of one member with libdeflate; None leaves every other file to zlib.

    libdeflate needs the size beforehand, checks it and the checksum, and is silent about what
    follows the first member. A member ends with its size, modulo 2**32 (RFC 1952, 2.3.1): where
    the last four bytes of a file occur nowhere before, a member of that size can only end with it.
    """
    if len(packed) < _SMALLEST_GZIP or packed[3] & _HEADER_CHECKSUM:
        return None
    told = packed[-4:]
    size = int.from_bytes(told, "little")
    if not 0 < size <= limit or packed.rfind(told, 0, -1) >= 0:
        return None
    try:
        content = deflate.gzip_decompress(packed, size)
    except deflate.DeflateError:
        return None
    return content if len(content) == size else None


def _inflate_members(packed: bytes, limit: int, window: int, content: bytearray) -> None:
    """Append what every member holds to `content`, which gets one byte too many at most."""
    end = len(packed.rstrip(b"\0"))  # zeros after the last member are padding
    place = 0
    while place < end:
        member = zlib.decompressobj(window)
        while not member.eof:
            # In chunks, because zlib copies all that it was given and did not use.
            chunk = packed[place : place + _CHUNK]
            if not chunk:
                raise InflateError("its compressed data are cut off")
            try:
                content += member.decompress(chunk, limit - len(content) + 1)
            except zlib.error as error:
                raise InflateError("its compressed data are damaged") from error
            if len(content) > limit:
                raise InflateError("it holds more data than its header promises")
            place += len(chunk) - len(member.unconsumed_tail) - len(member.unused_data)
