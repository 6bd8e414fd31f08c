"""Correcting masks through the one door: drafts, versions, conflicts, finishing, stages."""

from __future__ import annotations

import gzip
import hashlib
import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from analysis.volumes import Volume, write_nifti_gz
from rater_app.core.correction import Effort, Stage
from rater_app.reading_room import (
    AlreadySubmitted,
    Conflict,
    MaskNotSaved,
    NotConfirmed,
    NotReadableNow,
    NotThere,
    ReadingRoom,
    SentMask,
    StageError,
    WrongMask,
)
from tests.builders import build_room
from tests.correcting import GOOD, POOR, candidate_file, candidate_voxels, painted, rated, sent

EFFORT = Effort(active_s=12.5, strokes=3, tools={"brush": 3})


@pytest.fixture
def room(tmp_path: Path):
    room = build_room(tmp_path / "room", correction="optional")
    yield room
    room.close()


@pytest.fixture
def code(room: ReadingRoom) -> str:
    return rated(room)


@pytest.fixture
def voxels(room: ReadingRoom, code: str) -> bytes:
    return candidate_voxels(room, code)


def stage(room: ReadingRoom, code: str) -> Stage:
    return room.stage(room.store.assignment("R1", code))


def tag_of(version: int, voxels: bytes) -> str:
    return f"{version}-{hashlib.sha256(voxels).hexdigest()[:16]}"


def working_voxels(room: ReadingRoom, code: str) -> bytes:
    return gzip.decompress(room.corrections.working_state("R1", code).packed)[352:]


def test_correcting_begins_with_the_candidate(room, code, voxels):
    state = room.corrections.working_state("R1", code)
    assert state.packed == room.volume_path("R1", code, "mask").read_bytes()
    assert (state.tag, state.version) == (tag_of(0, voxels), 0)
    assert (state.has_draft, state.effort) == (False, None)
    assert room.corrections.expected_bytes("R1", code) == len(voxels)


def test_a_draft_is_what_the_rater_goes_on_with_on_any_computer(room, code, voxels, tmp_path):
    changed = painted(voxels, 3, 5, 6)
    kept = room.corrections.keep_draft("R1", code, sent(changed), tag_of(0, voxels), EFFORT)
    assert (kept.tag, kept.version) == (tag_of(0, changed), 0)
    assert kept.sha256 == hashlib.sha256(changed).hexdigest()
    there = ReadingRoom(tmp_path / "room")
    state = there.corrections.working_state("R1", code)
    assert gzip.decompress(state.packed) == candidate_file(room, code)[:352] + changed
    assert (state.tag, state.version, state.effort) == (kept.tag, 0, EFFORT)
    there.close()
    assert room.store.corrections.versions() == ()


def test_a_draft_takes_the_place_of_the_one_before(room, code, voxels):
    tag = tag_of(0, voxels)
    for place in range(3):
        changed = painted(voxels, 2, place)
        tag = room.corrections.keep_draft("R1", code, sent(changed), tag, EFFORT).tag
    assert working_voxels(room, code) == changed
    drafts = room.folder / "drafts"
    assert [path.name for path in drafts.iterdir()] == [code]
    if os.name == "posix":
        assert stat.S_IMODE((drafts / code).stat().st_mode) == 0o600
        assert stat.S_IMODE(drafts.stat().st_mode) == 0o700


def test_a_version_is_stored_beside_the_candidate_and_ends_the_draft(room, code, voxels):
    one, two = painted(voxels, 3, 5), painted(voxels, 3, 5, 6)
    tag = room.corrections.keep_draft("R1", code, sent(one), tag_of(0, voxels), EFFORT).tag
    saved = room.corrections.save("R1", code, sent(two), tag, EFFORT)
    assert (saved.tag, saved.version) == (tag_of(1, two), 1)
    assert saved.changed == {3: (2, 0)}
    state = room.corrections.working_state("R1", code)
    assert (state.tag, state.version, state.has_draft) == (saved.tag, 1, False)
    assert not list((room.folder / "drafts").iterdir())
    (stored,) = room.store.corrections.versions(code)
    assert (stored.version, stored.parent, stored.effort) == (1, 0, EFFORT)
    assert stored.sha256 == hashlib.sha256(two).hexdigest()
    assert gzip.decompress(room.store.corrections.voxels(code, 1)) == two
    assert candidate_voxels(room, code) == voxels
    assert stage(room, code) is Stage.CORRECT


def test_versions_follow_each_other_and_all_stay(room, code, voxels):
    one = painted(voxels, 3, 5)
    two = painted(one, 0, 5)
    tag = room.corrections.save("R1", code, sent(one), tag_of(0, voxels), EFFORT).tag
    saved = room.corrections.save("R1", code, sent(two), tag, Effort())
    assert (saved.version, saved.changed) == (2, {3: (0, 1)})
    assert [v.parent for v in room.store.corrections.versions(code)] == [0, 1]
    wanted = [candidate_file(room, code)[352:], one, two]
    for version, expected in enumerate(wanted):
        packed = room.corrections.version_volume("R1", code, version)
        assert gzip.decompress(packed) == candidate_file(room, code)[:352] + expected
    with pytest.raises(NotThere):
        room.corrections.version_volume("R1", code, 3)


def test_raw_voxels_are_as_good_as_packed_ones(room, code, voxels):
    changed = painted(voxels, 2, 9)
    raw = SentMask(changed, is_packed=False)
    tag = room.corrections.keep_draft("R1", code, raw, tag_of(0, voxels), EFFORT).tag
    assert room.corrections.save("R1", code, raw, tag, EFFORT).version == 1
    assert working_voxels(room, code) == changed


def test_a_gzip_with_a_name_and_a_time_is_stored_without_them(room, code, voxels, tmp_path):
    changed = painted(voxels, 2, 9)
    with gzip.open(tmp_path / "Dr_One.nii.gz", "wb") as file:
        file.write(changed)
    named = (tmp_path / "Dr_One.nii.gz").read_bytes()
    assert b"Dr_One" in named
    room.corrections.save("R1", code, SentMask(named), tag_of(0, voxels), EFFORT)
    stored = room.store.corrections.voxels(code, 1)
    assert b"Dr_One" not in stored
    assert stored[3:8] == bytes(5)
    assert working_voxels(room, code) == changed


def test_what_changes_nothing_is_no_version(room, code, voxels):
    saved = room.corrections.save("R1", code, sent(voxels), tag_of(0, voxels), EFFORT)
    assert (saved.version, saved.tag, saved.changed) == (0, tag_of(0, voxels), {})
    one = painted(voxels, 1, 3)
    tag = room.corrections.save("R1", code, sent(one), saved.tag, EFFORT).tag
    tag = room.corrections.keep_draft("R1", code, sent(voxels), tag, EFFORT).tag
    again = room.corrections.save("R1", code, sent(one), tag, EFFORT)
    assert (again.version, again.changed) == (1, {})
    assert not room.corrections.working_state("R1", code).has_draft
    back = room.corrections.save("R1", code, sent(voxels), again.tag, EFFORT)
    assert back.version == 2
    assert len(room.store.corrections.versions()) == 2


def test_the_same_request_again_succeeds_again(room, code, voxels):
    """An answer is lost on its way, and the page sends what it has sent before."""
    first, changed = tag_of(0, voxels), painted(voxels, 3, 7)
    kept = [room.corrections.keep_draft("R1", code, sent(changed), first, EFFORT) for _ in range(2)]
    assert kept[0] == kept[1]
    saved = [
        room.corrections.save("R1", code, sent(changed), tag, EFFORT, finish=True)
        for tag in (first, first, kept[0].tag)
    ]
    assert saved[0] == saved[1] == saved[2]
    assert len(room.store.corrections.versions()) == 1
    assert len(room.store.corrections.finishings()) == 1
    room.corrections.finish("R1", code, 1, confirmed=False)
    assert len(room.store.corrections.finishings()) == 1


def test_a_repeated_finish_succeeds_where_nothing_may_be_changed(tmp_path):
    room = build_room(tmp_path / "room", correction="required", allow_back=False)
    code = rated(room)
    voxels = candidate_voxels(room, code)
    changed = painted(voxels, 3, 7)
    saved = [
        room.corrections.save("R1", code, sent(changed), tag_of(0, voxels), EFFORT, finish=True)
        for _ in range(2)
    ]
    assert saved[0] == saved[1]
    room.corrections.finish("R1", code, 1, confirmed=False)
    with pytest.raises(StageError, match="allows no change") as caught:
        room.corrections.keep_draft("R1", code, sent(voxels), saved[0].tag, EFFORT)
    assert caught.value.stage is Stage.DONE
    for verb in (
        lambda: room.corrections.save("R1", code, sent(voxels), saved[0].tag, EFFORT),
        lambda: room.corrections.working_state("R1", code),
        lambda: room.corrections.drop_draft("R1", code),
    ):
        with pytest.raises(StageError):
            verb()
    room.close()


def test_work_from_an_outdated_state_is_a_conflict(room, code, voxels):
    old, one, two = tag_of(0, voxels), painted(voxels, 3, 7), painted(voxels, 3, 8)
    draft = room.corrections.keep_draft("R1", code, sent(one), old, EFFORT)
    for write in (room.corrections.keep_draft, room.corrections.save):
        with pytest.raises(Conflict, match="another window") as caught:
            write("R1", code, sent(two), old, EFFORT)
        assert (caught.value.tag, caught.value.version) == (draft.tag, 0)
    saved = room.corrections.save("R1", code, sent(one), draft.tag, EFFORT)
    for tag in (old, draft.tag, "", "nonsense", f"1-{'0' * 16}", f"{'9' * 30}-{'0' * 16}"):
        with pytest.raises(Conflict) as caught:
            room.corrections.save("R1", code, sent(two), tag, EFFORT)
        assert (caught.value.tag, caught.value.version) == (saved.tag, 1)
    assert len(room.store.corrections.versions()) == 1


def test_the_same_voxels_after_another_version_are_a_conflict(room, code, voxels):
    """What they took was counted since an older version."""
    one = painted(voxels, 3, 7)
    room.corrections.save("R1", code, sent(one), tag_of(0, voxels), EFFORT)
    with pytest.raises(Conflict) as refused:
        room.corrections.keep_draft("R1", code, sent(one), tag_of(0, voxels), EFFORT)
    assert refused.value.tag == tag_of(1, one)


def test_a_save_that_is_repeated_late_leaves_the_draft_after_it(room, code, voxels):
    one, two = painted(voxels, 3, 7), painted(voxels, 3, 8)
    first = room.corrections.save("R1", code, sent(one), tag_of(0, voxels), EFFORT)
    kept = room.corrections.keep_draft("R1", code, sent(two), first.tag, EFFORT)
    with pytest.raises(Conflict):
        room.corrections.save("R1", code, sent(one), tag_of(0, voxels), EFFORT)
    assert room.corrections.working_state("R1", code).tag == kept.tag


def test_only_the_state_before_a_version_can_repeat_its_save(room, code, voxels):
    one, two = painted(voxels, 3, 7), painted(voxels, 3, 8)
    first = room.corrections.save("R1", code, sent(one), tag_of(0, voxels), EFFORT)
    second = room.corrections.save("R1", code, sent(two), first.tag, EFFORT)
    with pytest.raises(Conflict):
        room.corrections.save("R1", code, sent(two), tag_of(0, voxels), EFFORT)
    assert room.corrections.save("R1", code, sent(two), first.tag, EFFORT) == second


def test_the_rater_may_take_either_of_two_states(room, code, voxels):
    one, two = painted(voxels, 3, 7), painted(voxels, 3, 8)
    theirs = room.corrections.save("R1", code, sent(one), tag_of(0, voxels), EFFORT)
    with pytest.raises(Conflict) as caught:
        room.corrections.save("R1", code, sent(two), tag_of(0, voxels), EFFORT)
    mine = room.corrections.save("R1", code, sent(two), caught.value.tag, EFFORT)
    assert (theirs.version, mine.version) == (1, 2)


@pytest.mark.parametrize("one_room", [True, False])
def test_of_two_windows_that_save_at_once_exactly_one_wins(room, code, voxels, one_room):
    rooms = [room, room if one_room else ReadingRoom(room.folder)]
    tag = tag_of(0, voxels)
    barrier = threading.Barrier(8)
    saved, refused = [], []

    def save(number: int) -> None:
        mine = sent(painted(voxels, 3, number))
        barrier.wait()
        try:
            verb = rooms[number % 2].corrections.save
            saved.append(verb("R1", code, mine, tag, EFFORT, finish=True))
        except Conflict as conflict:
            refused.append(conflict)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(saved), len(refused)) == (1, 7)
    (stored,) = room.store.corrections.versions()
    assert stored.sha256 == saved[0].sha256
    assert {(conflict.tag, conflict.version) for conflict in refused} == {(saved[0].tag, 1)}
    if not one_room:
        rooms[1].close()


def test_of_two_windows_that_draft_at_once_exactly_one_wins(room, code, voxels):
    tag = tag_of(0, voxels)
    barrier = threading.Barrier(8)
    kept, refused = [], []

    def draft(number: int) -> None:
        mine = sent(painted(voxels, 3, number))
        barrier.wait()
        try:
            kept.append(room.corrections.keep_draft("R1", code, mine, tag, EFFORT))
        except Conflict as conflict:
            refused.append(conflict.tag)

    threads = [threading.Thread(target=draft, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 1
    assert refused == [kept[0].tag] * 7
    assert room.corrections.working_state("R1", code).tag == kept[0].tag


def test_a_draft_can_be_thrown_away(room, code, voxels):
    assert room.corrections.drop_draft("R1", code).tag == tag_of(0, voxels)
    changed = painted(voxels, 3, 7)
    room.corrections.keep_draft("R1", code, sent(changed), tag_of(0, voxels), EFFORT)
    dropped = room.corrections.drop_draft("R1", code)
    assert (dropped.tag, dropped.version) == (tag_of(0, voxels), 0)
    assert working_voxels(room, code) == voxels


def damage_cut(draft: bytes) -> bytes:
    return draft[:-9]


def damage_bit(draft: bytes) -> bytes:
    return draft[:-9] + bytes([draft[-9] ^ 1]) + draft[-8:]


def _refusing(refused: Path):
    """Give a `read_bytes` that has no file handle left for this path."""
    really = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path == refused:
            raise OSError(24, "Too many open files")
        return really(path)

    return read_bytes


def damage_line(draft: bytes) -> bytes:
    return b'{"parent": 0' + draft[draft.index(b"\n") :]


def damage_parent(draft: bytes) -> bytes:
    return draft.replace(b'"parent": 0', b'"parent": 1')


def damage_effort(draft: bytes) -> bytes:
    return draft.replace(b'"strokes": 3', b'"strokes":-3')


@pytest.mark.parametrize(
    "damage",
    [
        damage_cut,
        damage_bit,
        damage_line,
        damage_parent,
        damage_effort,
        lambda draft: b"",
        lambda draft: b"\xff\xfe" * 99,
        lambda draft: b"[]\n",
    ],
)
def test_a_damaged_draft_is_none(room, code, voxels, damage):
    changed = painted(voxels, 3, 7)
    room.corrections.keep_draft("R1", code, sent(changed), tag_of(0, voxels), EFFORT)
    path = room.folder / "drafts" / code
    path.write_bytes(damage(path.read_bytes()))
    state = room.corrections.working_state("R1", code)
    assert (state.tag, state.has_draft) == (tag_of(0, voxels), False)
    room.corrections.keep_draft("R1", code, sent(changed), state.tag, EFFORT)
    assert working_voxels(room, code) == changed


def test_a_draft_that_cannot_be_read_just_now_is_not_written_over(room, code, voxels):
    one, two = painted(voxels, 3, 7), painted(voxels, 3, 8)
    tag = room.corrections.keep_draft("R1", code, sent(one), tag_of(0, voxels), EFFORT).tag
    draft = room.folder / "drafts" / code
    with mock.patch.object(type(draft), "read_bytes", _refusing(draft)):
        with pytest.raises(NotReadableNow, match="kept"):
            room.corrections.working_state("R1", code)
        with pytest.raises(NotReadableNow):
            room.corrections.keep_draft("R1", code, sent(two), tag_of(0, voxels), EFFORT)
    state = room.corrections.working_state("R1", code)
    assert (state.tag, state.effort) == (tag, EFFORT)


@contextmanager
def synced() -> Iterator[list[int]]:
    """Give the inodes that are brought to the disk meanwhile."""
    inodes, really = [], os.fsync

    def noted(handle: int) -> None:
        inodes.append(os.fstat(handle).st_ino)
        really(handle)

    with mock.patch("os.fsync", noted):
        yield inodes


def test_folders_are_on_the_disk_as_well(room, code, voxels):
    draft = room.folder / "drafts" / code
    with synced() as inodes:
        room.corrections.keep_draft("R1", code, sent(voxels), tag_of(0, voxels), EFFORT)
    assert inodes == [path.stat().st_ino for path in (room.folder, draft, draft.parent)]
    with synced() as inodes:
        room.corrections.drop_draft("R1", code)
    assert inodes == [draft.parent.stat().st_ino]


def test_the_draft_of_another_reading_is_none(room, code, voxels):
    changed = painted(voxels, 3, 7)
    room.corrections.keep_draft("R1", code, sent(changed), tag_of(0, voxels), EFFORT)
    theirs = rated(room, "R2")
    drafts = room.folder / "drafts"
    (drafts / theirs).write_bytes((drafts / code).read_bytes())
    assert not room.corrections.working_state("R2", theirs).has_draft


def test_what_a_crash_left_of_a_draft_is_written_over(room, code, voxels):
    drafts = room.folder / "drafts"
    drafts.mkdir()
    (drafts / f".{code}-{os.getpid()}").write_bytes(b"half a dra")
    changed = painted(voxels, 3, 7)
    room.corrections.keep_draft("R1", code, sent(changed), tag_of(0, voxels), EFFORT)
    assert [path.name for path in drafts.iterdir()] == [code]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (lambda v: gzip.compress(v[:-1]), "bytes, this image needs"),
        (lambda v: gzip.compress(v + b"\0"), "larger than this image"),
        (lambda v: gzip.compress(bytes(100 << 20)), "larger than this image"),
        (lambda v: gzip.compress(v)[:-5], "incomplete"),
        (lambda v: gzip.compress(v)[:40], "incomplete"),
        (lambda v: b"", "incomplete"),
        (lambda v: v, "damaged"),
        (lambda v: gzip.compress(v) + b"more", "damaged"),
        (lambda v: gzip.compress(v) + gzip.compress(b""), "damaged"),
        (lambda v: gzip.compress(v)[:-8] + bytes(8), "damaged"),
        (lambda v: gzip.compress(painted(v, 9, 0)), "labels that this study lacks: 9"),
    ],
)
def test_what_is_no_mask_of_this_image_is_refused(room, code, voxels, content, problem):
    body = SentMask(content(voxels))
    for write in (room.corrections.keep_draft, room.corrections.save):
        with pytest.raises(WrongMask, match=problem):
            write("R1", code, body, tag_of(0, voxels), EFFORT)
    assert room.store.corrections.versions() == ()
    assert not room.corrections.working_state("R1", code).has_draft


@pytest.mark.parametrize("change", [lambda v: v[:-1], lambda v: v + b"\0", lambda v: b""])
def test_raw_voxels_of_another_size_are_refused(room, code, voxels, change):
    body = SentMask(change(voxels), is_packed=False)
    with pytest.raises(WrongMask, match="bytes, this image needs"):
        room.corrections.save("R1", code, body, tag_of(0, voxels), EFFORT)


def test_a_label_of_the_candidate_alone_may_stay_and_be_used(room, code):
    path = room.volume_path("R1", code, "mask")
    shape, affine = (4, 5, 6), np.diag([1.0, 1, 1, 1])
    array = np.zeros(shape, np.uint8)
    array[1, 2, 3] = 77
    write_nifti_gz(path, Volume(array, affine))
    voxels = array.tobytes("F")
    saved = room.corrections.save(
        "R1", code, sent(painted(voxels, 77, 0)), tag_of(0, voxels), EFFORT
    )
    assert saved.changed == {77: (1, 0)}
    with pytest.raises(WrongMask, match="lacks: 78"):
        room.corrections.save("R1", code, sent(painted(voxels, 78, 0)), saved.tag, EFFORT)


def test_masks_of_two_bytes_a_voxel(room, code):
    path = room.volume_path("R1", code, "mask")
    array = np.zeros((3, 4, 5), np.uint16)
    array[2, 1, 0] = 300
    write_nifti_gz(path, Volume(array, np.eye(4)))
    voxels = array.astype("<u2").tobytes("F")
    changed = array.copy()
    changed[0, 0, 0], changed[2, 1, 0] = 300, 2
    body = changed.astype("<u2").tobytes("F")
    saved = room.corrections.save("R1", code, sent(body), tag_of(0, voxels), EFFORT)
    assert saved.changed == {2: (1, 0), 300: (1, 1)}
    assert working_voxels(room, code) == body


def test_finishing_goes_on_to_the_next_mask(room, code, voxels):
    assert room.next("R1").code == code
    assert room.progress("R1").done == 0
    room.corrections.finish("R1", code, 0, confirmed=False)
    assert stage(room, code) is Stage.DONE
    assert room.next("R1").code != code
    assert room.progress("R1").done == 1


def test_only_the_latest_version_can_be_finished(room, code, voxels):
    saved = room.corrections.save(
        "R1", code, sent(painted(voxels, 3, 7)), tag_of(0, voxels), EFFORT
    )
    for version in (0, 2):
        with pytest.raises(Conflict) as caught:
            room.corrections.finish("R1", code, version, confirmed=True)
        assert (caught.value.tag, caught.value.version) == (saved.tag, 1)
    room.corrections.finish("R1", code, 1, confirmed=False)
    assert [f.version for f in room.store.corrections.finishings(code)] == [1]


def test_nobody_goes_on_past_the_unsaved_work_of_another_window(room, code, voxels):
    changed = painted(voxels, 3, 7)
    tag = room.corrections.keep_draft("R1", code, sent(changed), tag_of(0, voxels), EFFORT).tag
    with pytest.raises(Conflict) as refused:
        room.corrections.finish("R1", code, 0, confirmed=True)
    assert (refused.value.tag, refused.value.version) == (tag, 0)
    assert stage(room, code) is Stage.CORRECT
    room.corrections.save("R1", code, sent(voxels), tag, EFFORT, finish=True)  # who saw it may
    assert stage(room, code) is Stage.DONE
    assert not room.corrections.working_state("R1", code).has_draft


def test_a_study_may_require_a_correction_or_the_word_that_none_is_needed(tmp_path):
    room = build_room(tmp_path / "room", correction="required")
    code = rated(room)
    voxels = candidate_voxels(room, code)
    with pytest.raises(NotConfirmed, match="confirm that it needs no correction"):
        room.corrections.finish("R1", code, 0, confirmed=False)
    with pytest.raises(NotConfirmed):
        room.corrections.save("R1", code, sent(voxels), tag_of(0, voxels), EFFORT, finish=True)
    assert stage(room, code) is Stage.CORRECT
    room.corrections.finish("R1", code, 0, confirmed=True)
    assert [f.confirmed for f in room.store.corrections.finishings(code)] == [True]
    other = rated(room)
    voxels = candidate_voxels(room, other)
    changed = sent(painted(voxels, 3, 7))
    room.corrections.save("R1", other, changed, tag_of(0, voxels), EFFORT, finish=True)
    assert room.progress("R1").done == 2
    room.close()


def test_a_finished_mask_can_be_corrected_further_where_raters_may_go_back(room, code, voxels):
    one, two = painted(voxels, 3, 7), painted(voxels, 3, 8)
    tag = room.corrections.save("R1", code, sent(one), tag_of(0, voxels), EFFORT, finish=True).tag
    tag = room.corrections.keep_draft("R1", code, sent(two), tag, EFFORT).tag
    assert stage(room, code) is Stage.DONE
    room.corrections.save("R1", code, sent(two), tag, EFFORT)
    assert stage(room, code) is Stage.CORRECT
    assert room.next("R1").code == code
    room.corrections.finish("R1", code, 2, confirmed=False)
    assert [f.version for f in room.store.corrections.finishings(code)] == [1, 2]


def test_nobody_corrects_before_the_rating_is_stored(room):
    code = room.next("R1").code
    voxels = candidate_voxels(room, code)
    tag = tag_of(0, voxels)
    for verb in (
        lambda: room.corrections.working_state("R1", code),
        lambda: room.corrections.keep_draft("R1", code, sent(voxels), tag, EFFORT),
        lambda: room.corrections.save("R1", code, sent(voxels), tag, EFFORT),
        lambda: room.corrections.save("R1", code, sent(painted(voxels, 1, 1)), tag, EFFORT, True),
        lambda: room.corrections.save("R1", code, sent(voxels), "0-0", EFFORT),
        lambda: room.corrections.finish("R1", code, 0, confirmed=True),
        lambda: room.corrections.drop_draft("R1", code),
    ):
        with pytest.raises(StageError, match="rate this mask first") as caught:
            verb()
        assert caught.value.stage is Stage.RATE
    assert not (room.folder / "drafts").exists()


def test_a_study_without_correcting_has_none(tmp_path):
    room = build_room(tmp_path / "room")
    code = rated(room)
    voxels = candidate_voxels(room, code)
    with pytest.raises(StageError, match="no correcting"):
        room.corrections.save("R1", code, sent(voxels), tag_of(0, voxels), EFFORT)
    with pytest.raises(StageError, match="no correcting"):
        room.corrections.finish("R1", code, 0, confirmed=True)
    assert gzip.decompress(room.corrections.version_volume("R1", code, 0))[352:] == voxels
    room.close()


def test_nobody_reaches_the_corrections_of_others(room, code, voxels):
    tag = tag_of(0, voxels)
    room.corrections.save("R1", code, sent(painted(voxels, 1, 1)), tag, EFFORT)
    for verb in (
        lambda: room.corrections.expected_bytes("R2", code),
        lambda: room.corrections.working_state("R2", code),
        lambda: room.corrections.version_volume("R2", code, 1),
        lambda: room.corrections.keep_draft("R2", code, sent(voxels), tag, EFFORT),
        lambda: room.corrections.save("R2", code, sent(voxels), tag, EFFORT),
        lambda: room.corrections.finish("R2", code, 1, confirmed=True),
        lambda: room.corrections.drop_draft("R2", code),
    ):
        with pytest.raises(NotThere, match="not one of yours"):
            verb()


def test_the_rating_is_locked_when_the_mask_is_open_for_correcting(room, code):
    opened = room.open("R1", code)
    assert (opened.stage, opened.answers, opened.version) == (Stage.CORRECT, GOOD, 0)
    with pytest.raises(AlreadySubmitted, match="locked: it was given before the mask was opened"):
        room.submit("R1", code, GOOD, 1)
    assert room.submit("R1", code, GOOD, 0).revision == 1
    assert len(room.store.readings()) == 1
    room.save_draft("R1", code, POOR)
    assert room.open("R1", code).answers == GOOD


def test_a_store_that_cannot_be_written_keeps_the_draft(room, code, voxels):
    """A table that was taken away stands for a full disk: the driver reports both alike."""
    changed = painted(voxels, 3, 7)
    tag = room.corrections.keep_draft("R1", code, sent(changed), tag_of(0, voxels), EFFORT).tag
    with sqlite3.connect(room.folder / "store.sqlite") as raw:
        raw.execute("ALTER TABLE corrections RENAME TO elsewhere")
        raw.execute("CREATE VIEW corrections AS SELECT * FROM elsewhere")
    raw.close()
    with pytest.raises(MaskNotSaved, match="NOT saved"):
        room.corrections.save("R1", code, sent(changed), tag, EFFORT, finish=True)
    assert room.corrections.working_state("R1", code).tag == tag
    assert room.store.corrections.finishings() == ()


def test_a_draft_that_cannot_be_written_leaves_the_one_before(room, code, voxels):
    one, two = painted(voxels, 3, 7), painted(voxels, 3, 8)
    tag = room.corrections.keep_draft("R1", code, sent(one), tag_of(0, voxels), EFFORT).tag
    full = mock.patch("os.fsync", side_effect=OSError(28, "No space left on device"))
    with full, pytest.raises(MaskNotSaved):
        room.corrections.keep_draft("R1", code, sent(two), tag, EFFORT)
    assert working_voxels(room, code) == one
    assert [path.name for path in (room.folder / "drafts").iterdir()] == [code]


def test_a_version_counts_even_when_its_draft_cannot_be_removed(room, code, voxels):
    one = painted(voxels, 3, 7)
    tag = room.corrections.keep_draft("R1", code, sent(one), tag_of(0, voxels), EFFORT).tag
    with mock.patch("pathlib.Path.unlink", side_effect=OSError(5, "Input/output error")):
        saved = room.corrections.save("R1", code, sent(painted(one, 3, 8)), tag, EFFORT)
    state = room.corrections.working_state("R1", code)
    assert (state.tag, state.has_draft) == (saved.tag, False)


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"")])
def test_a_candidate_that_is_away_or_damaged_says_so(room, code, damage):
    damage(room.volume_path("R1", code, "mask"))
    with pytest.raises(NotReadableNow, match="tell your coordinator"):
        room.corrections.working_state("R1", code)
