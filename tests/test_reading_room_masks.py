"""Corrected masks byte by byte: the candidate's header, other voxels, one gzip member."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import struct
import tracemalloc
import zlib
from contextlib import suppress
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.volumes import read_labels
from rater_app.core.correction import Effort
from rater_app.reading_room import ReadingRoom, SentMask, WrongMask
from rater_app.reading_room.stored_mask import pack, packed_of, unpack, voxels_of, with_header
from tests.builders import build_room
from tests.correcting import HEADER_BYTES, rated, sent

SHAPE = (5, 6, 7)
AXIS_ORDERS = [
    (order, signs)
    for order in itertools.permutations(range(3))
    for signs in itertools.product((1, -1), repeat=3)
]


def axis_affine(order: tuple[int, ...], signs: tuple[int, ...]) -> np.ndarray:
    affine = np.zeros((4, 4))
    for axis, (world, sign) in enumerate(zip(order, signs, strict=True)):
        affine[world, axis] = sign * (1.0, 1.5, 3.0)[axis]
    affine[:, 3] = (-11.5, 7.25, 30.0, 1.0)
    return affine


def oblique_affine() -> np.ndarray:
    a, b = np.deg2rad((17.0, -9.0))
    turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]]) @ np.array(
        [[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]]
    )
    affine = np.eye(4)
    affine[:3, :3] = turn * (0.9, 1.1, 2.3)
    affine[:3, 3] = (4.0, -8.0, 15.0)
    return affine


AFFINES = [axis_affine(*each) for each in AXIS_ORDERS] + [oblique_affine()]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("masks") / "room"
    room = build_room(folder, cases=7, masks_per_case=7, correction="optional", channels=("T1",))
    yield room
    room.close()


def test_there_are_48_axis_orders():
    assert len({affine[:3, :3].round(6).tobytes() for affine in AFFINES[:48]}) == 48


@pytest.mark.parametrize("place", range(49))
def test_a_version_has_the_candidates_header_and_exactly_the_voxels(
    room: ReadingRoom, place: int, tmp_path: Path
):
    """In all orders of axes and oblique: nibabel writes the candidate and reads the version."""
    rng = np.random.default_rng(place)
    labels = rng.integers(0, 4, SHAPE).astype(np.uint8)
    code = rated(room)
    path = room.volume_path("R1", code, "mask")
    nib.save(nib.Nifti1Image(labels, AFFINES[place]), path)
    candidate = gzip.decompress(path.read_bytes())
    changed = labels.copy()
    changed[rng.random(SHAPE) < 0.2] = 3
    voxels = changed.tobytes("F")

    begun = room.corrections.working_state("R1", code)
    assert gzip.decompress(begun.packed) == candidate
    kept = room.corrections.keep_draft("R1", code, sent(voxels), begun.tag, Effort())
    drafted = room.corrections.working_state("R1", code).packed
    saved = room.corrections.save("R1", code, sent(voxels), kept.tag, Effort(), finish=True)
    version = room.corrections.version_volume("R1", code, 1)

    assert gzip.decompress(version) == candidate[:HEADER_BYTES] + voxels
    assert drafted == version
    assert saved.sha256 == hashlib.sha256(voxels).hexdigest()
    (tmp_path / "version.nii.gz").write_bytes(version)
    read = nib.load(tmp_path / "version.nii.gz")
    assert (np.asanyarray(read.dataobj) == changed).all()
    assert (read.affine == nib.load(path).affine).all()
    ours = read_labels(tmp_path / "version.nii.gz")
    assert (ours.array == changed).all()
    assert ours.affine == pytest.approx(AFFINES[place], abs=1e-5)


headers = st.binary(min_size=HEADER_BYTES, max_size=HEADER_BYTES)
contents = st.one_of(
    st.binary(max_size=400),
    st.integers(0, 300_000).map(bytes),
    st.tuples(st.binary(max_size=9), st.integers(0, 30_000)).map(lambda pair: pair[0] * pair[1]),
)


@given(headers, contents, st.integers(0, 9))
def test_a_header_goes_before_a_member_as_if_both_had_been_packed_together(header, voxels, level):
    packed = packed_of(SentMask(gzip.compress(voxels, level)), voxels)
    joined = with_header(header, packed)
    inflater = zlib.decompressobj(31)
    assert inflater.decompress(joined) == header + voxels
    assert inflater.eof  # the checksum and the length are right, and all is one member
    assert inflater.unused_data == b""


@given(contents)
def test_packing_is_undone_by_unpacking(voxels):
    assert unpack(pack(voxels), len(voxels)) == voxels
    assert gzip.decompress(pack(voxels)) == voxels
    assert pack(voxels) == pack(voxels)
    raw = SentMask(voxels, is_packed=False)
    assert voxels_of(raw, len(voxels)) == voxels
    assert packed_of(raw, voxels) == pack(voxels)


@given(contents.filter(bool), st.data())
def test_a_member_that_lost_or_gained_bytes_is_refused(voxels, data):
    packed = gzip.compress(voxels)
    cut = data.draw(st.integers(0, len(packed) - 1))
    more = data.draw(st.binary(min_size=1, max_size=5))
    for wrong, size in (
        (packed[:cut], len(voxels)),
        (packed + more, len(voxels)),
        (packed, len(voxels) - 1),
        (packed, len(voxels) + 1),
    ):
        with pytest.raises(WrongMask):
            unpack(wrong, size)


@given(contents.filter(bool), st.data())
def test_a_flipped_bit_never_gives_other_voxels(voxels, data):
    packed = bytearray(gzip.compress(voxels))
    place = data.draw(st.integers(10, len(packed) - 1))  # the start of a member says nothing
    packed[place] ^= 1 << data.draw(st.integers(0, 7))
    with suppress(WrongMask):
        assert unpack(bytes(packed), len(voxels)) == voxels


@pytest.mark.parametrize(
    "more",
    [
        gzip.compress(bytes(600), mtime=0),
        b"abcd" + struct.pack("<I", 600),
        b"more" * 4 + struct.pack("<I", 600),
    ],
    ids=["another member", "another end", "more and another end"],
)
def test_what_follows_a_member_is_refused_even_if_it_ends_as_one(more):
    voxels = bytes(range(200)) * 3
    with pytest.raises(WrongMask, match="damaged"):
        unpack(gzip.compress(voxels) + more, len(voxels))


def test_a_bomb_is_not_inflated():
    bomb = gzip.compress(bytes(500 << 20), 9)
    assert len(bomb) < 1 << 20
    tracemalloc.start()
    try:
        with pytest.raises(WrongMask, match="larger than this image"):
            unpack(bomb, 1000)
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
    finally:
        tracemalloc.stop()
