"""Gzip files: sound ones are inflated at once, and all others end as zlib alone would end them."""

from __future__ import annotations

import gzip
import os
import struct
import tracemalloc
import zlib
from pathlib import Path

import nibabel
import numpy as np
import pytest

from analysis.volumes import Volume, VolumeError, encode_nifti, gzipped, read_image, read_labels

LABELS = np.random.default_rng(5).integers(0, 4, (7, 6, 5), np.uint8)
PLAIN = encode_nifti(Volume(LABELS, np.diag([-1.0, -1.0, 2.0, 1.0])))
PACKED = gzip.compress(PLAIN, mtime=0)
SIZE = struct.pack("<I", len(PLAIN))
TEXT_FLAG, CHECKSUM_FLAG, EXTRA_FLAG, NAME_FLAG = 1, 2, 4, 8


def member(flags: int, fields: bytes, plain: bytes = PLAIN) -> bytes:
    """Build a gzip member by hand (RFC 1952)."""
    head = struct.pack("<4BIBB", 0x1F, 0x8B, 8, flags, 0, 0, 255) + fields
    if flags & CHECKSUM_FLAG:
        head += struct.pack("<H", zlib.crc32(head) & 0xFFFF)
    stream = zlib.compressobj(9, wbits=-15)
    body = stream.compress(plain) + stream.flush()
    return head + body + struct.pack("<2I", zlib.crc32(plain), len(plain) & 0xFFFFFFFF)


def outcome(path: Path, content: bytes) -> str | bytes:
    """Give the voxels that are read, or the refusal."""
    path.write_bytes(content)
    try:
        return read_labels(path).array.tobytes("F")
    except VolumeError as error:
        return str(error)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "a.nii.gz"


class Inflated(list[bool]):
    """Whether each file was inflated at once."""


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> Inflated:
    told = Inflated()
    original = gzipped._inflate_at_once

    def watched(packed: bytes, limit: int) -> bytearray | None:
        content = original(packed, limit)
        told.append(content is not None)
        return content

    monkeypatch.setattr(gzipped, "_inflate_at_once", watched)
    return told


SOUND = {
    "written by gzip": (PACKED, True),
    "stored": (gzip.compress(PLAIN, 0), True),
    "with its name": (member(NAME_FLAG, b"a_model.nii\0"), True),
    "marked as text": (member(TEXT_FLAG, b""), True),
    "with an extra field": (member(EXTRA_FLAG, b"\4\0abcd"), True),
    "with a long name": (member(NAME_FLAG, b"n" * 70_000 + b"\0"), True),
    "with a checksum of its header": (member(CHECKSUM_FLAG, b""), False),
    "its size also elsewhere": (member(EXTRA_FLAG, b"\4\0" + SIZE), False),
    "two members": (gzip.compress(PLAIN[:400]) + gzip.compress(PLAIN[400:]), False),
    "members of one size": (
        gzip.compress(PLAIN[: len(PLAIN) // 2]) + gzip.compress(PLAIN[len(PLAIN) // 2 :]),
        False,
    ),
    "many members": (b"".join(gzip.compress(PLAIN[n : n + 9]) for n in range(0, 562, 9)), False),
    "an empty member behind": (PACKED + gzip.compress(b""), False),
    "an empty member before": (gzip.compress(b"") + PACKED, False),
    "one zero of padding": (PACKED + b"\0", False),
    "a block of padding": (PACKED + bytes(512), False),
    "padded members": (gzip.compress(PLAIN[:400]) + gzip.compress(PLAIN[400:]) + bytes(9), False),
}


@pytest.mark.parametrize(("content", "quick"), SOUND.values(), ids=list(SOUND))
def test_sound_files_are_read_whole(
    content: bytes, quick: bool, place: Path, at_once: Inflated
) -> None:
    place.write_bytes(content)
    volume = read_labels(place)
    np.testing.assert_array_equal(volume.array, LABELS)
    np.testing.assert_array_equal(volume.affine, np.diag([-1.0, -1.0, 2.0, 1.0]))
    assert at_once == [quick]
    volume.array[0, 0, 0] = 9  # each reading is one's own


DAMAGED = {
    "noise behind": (PACKED + b"noise", "damaged"),
    "noise behind that ends with the size": (PACKED + b"noise" + SIZE, "damaged"),
    "zeros behind that end with the size": (PACKED + bytes(8) + SIZE, "damaged"),
    "a second trailer": (PACKED + PACKED[-8:], "damaged"),
    "a member too many": (PACKED + gzip.compress(bytes(5000)), "more data"),
    "a cut second member": (PACKED + gzip.compress(b"more")[:-3], "cut off"),
    "a member too few": (gzip.compress(PLAIN[:400]), "the file holds 400"),
    "a few bytes too few": (gzip.compress(PLAIN[:-3]), f"the file holds {len(PLAIN) - 3}"),
    "an unknown flag": (member(0x20, b""), "damaged"),
    "a false checksum of its header": (
        member(CHECKSUM_FLAG, b"").replace(b"\x1f\x8b\x08\x02\x00", b"\x1f\x8b\x08\x02\x01"),
        "no NIfTI file",
    ),
    "a false checksum": (PACKED[:-8] + bytes(4) + SIZE, "damaged"),
    "a size too large": (PACKED[:-4] + struct.pack("<I", len(PLAIN) + 1), "damaged"),
    "a size too small": (PACKED[:-4] + struct.pack("<I", len(PLAIN) - 1), "damaged"),
}


@pytest.mark.parametrize(("content", "fault"), DAMAGED.values(), ids=list(DAMAGED))
def test_nothing_is_passed_over(content: bytes, fault: str, place: Path) -> None:
    told = outcome(place, content)
    assert isinstance(told, str)
    assert told.startswith(f"{place}: ")
    assert fault in told
    assert told.endswith(".")


def test_a_file_cut_anywhere_is_refused_in_the_words_of_zlib(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [outcome(place, PACKED[:length]) for length in range(len(PACKED))]
    assert all(isinstance(each, str) for each in told)
    assert f"{place}: its compressed data are cut off; copy or save the file again." in told
    monkeypatch.setattr(gzipped, "_inflate_at_once", lambda *_: None)
    assert told == [outcome(place, PACKED[:length]) for length in range(len(PACKED))]


@pytest.mark.parametrize("level", [1, 6])
def test_a_bit_flipped_anywhere_is_refused_or_changes_nothing(
    level: int, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = gzip.compress(PLAIN, level, mtime=0)

    def flipped(bit: int) -> bytes:
        damaged = bytearray(packed)
        damaged[bit // 8] ^= 1 << bit % 8
        return bytes(damaged)

    told = {bit: outcome(place, flipped(bit)) for bit in range(8 * len(packed))}
    accepted = {bit for bit, each in told.items() if isinstance(each, bytes)}
    # Harmless: "is text" (bit 24), the time and the maker's marks (32 to 79), in the stream what
    # no byte depends on (codes that are not used, what fills the last byte), nothing behind it.
    assert {bit for bit in accepted if bit < 80} == {24, *range(32, 80)}
    assert max(accepted) < 8 * (len(packed) - 8)
    assert {told[bit] for bit in accepted} == {LABELS.tobytes("F")}
    monkeypatch.setattr(gzipped, "_inflate_at_once", lambda *_: None)
    assert told == {bit: outcome(place, flipped(bit)) for bit in told}


# --- sizes that lie -------------------------------------------------------------------------------


BOMB = gzip.compress(PLAIN + bytes(50_000_000), mtime=0)


@pytest.mark.parametrize(
    "told",
    [len(PLAIN), len(PLAIN) + 4096, len(PLAIN) + 4097, 1, 0, 50_000_000, 2**31, 2**32 - 1],
)
@pytest.mark.parametrize("packed", [BOMB, PACKED], ids=["bomb", "sound"])
def test_a_size_that_lies_costs_no_memory(packed: bytes, told: int, place: Path) -> None:
    content = packed[:-4] + struct.pack("<I", told)
    place.write_bytes(content)
    if content == PACKED:
        return
    tracemalloc.start()
    try:
        with pytest.raises(VolumeError, match=r"more data|damaged"):
            read_labels(place)
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()


def test_the_same_file_twice_is_no_file_that_is_read(place: Path) -> None:
    """Both members have the promised size, so the last four bytes alone would not tell."""
    labels = np.random.default_rng(2).integers(0, 5, (20, 20, 20), np.uint8)
    packed = gzip.compress(encode_nifti(Volume(labels, np.eye(4))))
    told = outcome(place, packed + packed)
    assert isinstance(told, str)
    assert "more data than its header promises" in told


@pytest.mark.parametrize(("slack", "sound"), [(1, True), (4096, True), (4097, False)])
def test_a_little_may_follow_the_voxels(slack: int, sound: bool, place: Path) -> None:
    told = outcome(place, gzip.compress(PLAIN + bytes(slack)))
    assert isinstance(told, bytes) == sound


def test_many_empty_members_are_read_in_time(place: Path) -> None:
    place.write_bytes(gzip.compress(b"") * 20_000 + PACKED)  # each looked at once, not for each
    np.testing.assert_array_equal(read_labels(place).array, LABELS)


# --- uncompressed files ---------------------------------------------------------------------------


def test_an_uncompressed_file_may_be_replaced_after_it_was_read(tmp_path: Path) -> None:
    path = tmp_path / "a.nii"
    path.write_bytes(PLAIN)
    volume = read_labels(path)
    path.write_bytes(PLAIN[:352] + bytes(len(PLAIN) - 352))
    np.testing.assert_array_equal(volume.array, LABELS)
    os.truncate(path, 10)
    np.testing.assert_array_equal(volume.array, LABELS)
    volume.array[0, 0, 0] = 9


def test_names_do_not_decide_what_is_compressed(tmp_path: Path) -> None:
    for name, content in [("a.nii", PACKED), ("a.nii.gz", PLAIN), ("a.mask", PACKED)]:
        (tmp_path / name).write_bytes(content)
        np.testing.assert_array_equal(read_labels(tmp_path / name).array, LABELS)


def test_nibabel_reads_the_same(place: Path) -> None:
    place.write_bytes(PACKED)
    image = nibabel.load(place)
    np.testing.assert_array_equal(read_image(place).array, np.asarray(image.dataobj))
    np.testing.assert_array_equal(read_image(place).affine, image.affine)
