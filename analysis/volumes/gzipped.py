"""Inflate compressed data to its very end, and never further than was promised."""

import zlib

GZIP_MAGIC = b"\x1f\x8b"
GZIP_WINDOW = 31
ZLIB_WINDOW = 15


class InflateError(ValueError):
    """Compressed data that are cut off, damaged or longer than promised."""


def inflate_start(packed: bytes, size: int) -> bytes:
    """Return the first `size` bytes of a gzip stream (fewer when it ends or breaks before)."""
    try:
        return zlib.decompressobj(GZIP_WINDOW).decompress(packed, size)
    except zlib.error:
        return b""


def inflate(packed: bytes, limit: int, window: int = GZIP_WINDOW) -> bytes:
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

    Raises
    ------
    InflateError
        Truncated, damaged, or more than `limit` bytes.
    """
    pieces: list[bytes] = []
    size = 0
    # A gzip file may hold several members; zeros after the last are padding.
    while packed.strip(b"\0"):
        member = zlib.decompressobj(window)
        try:
            piece = member.decompress(packed, limit - size + 1)
        except zlib.error as error:
            raise InflateError("its compressed data are damaged") from error
        size += len(piece)
        if size > limit:
            raise InflateError("it holds more data than its header promises")
        if not member.eof:
            raise InflateError("its compressed data are cut off")
        pieces.append(piece)
        packed = member.unused_data
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
