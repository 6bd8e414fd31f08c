"""Correcting in tests: a reading that is rated, its voxels, and changes of them."""

from __future__ import annotations

import gzip

from rater_app.core.reading import Answer
from rater_app.reading_room import ReadingRoom, SentMask

HEADER_BYTES = 352
GOOD = (Answer("quality", values=(4,)),)
POOR = (Answer("quality", values=(1,)),)


def rated(room: ReadingRoom, rater: str = "R1") -> str:
    """Rate the next mask of a rater and give the code of the reading."""
    assignment = room.next(rater)
    assert assignment is not None
    room.submit(rater, assignment.code, GOOD, 0)
    return assignment.code


def candidate_file(room: ReadingRoom, code: str, rater: str = "R1") -> bytes:
    """Give the file of a reading's candidate mask without compression."""
    return gzip.decompress(room.volume_path(rater, code, "mask").read_bytes())


def candidate_voxels(room: ReadingRoom, code: str, rater: str = "R1") -> bytes:
    """Give the voxels of a reading's candidate mask."""
    return candidate_file(room, code, rater)[HEADER_BYTES:]


def painted(voxels: bytes, label: int, *places: int) -> bytes:
    """Give other voxels: these places have this label."""
    changed = bytearray(voxels)
    for place in places:
        changed[place] = label
    return bytes(changed)


def sent(voxels: bytes) -> SentMask:
    """Give voxels as a browser sends them."""
    return SentMask(gzip.compress(voxels, 6, mtime=0))
