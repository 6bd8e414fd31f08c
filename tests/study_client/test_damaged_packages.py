"""Packages and returns that were cut, edited or made to harm: a sentence each, and no traceback."""

from __future__ import annotations

import json
import os
import random
import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from rater_app.reading_room import MaskNotSaved, ReadingRoom, RoomError
from rater_app.study_client import Refused
from rater_app.study_client.merging import checked_return, merge_return
from rater_app.study_client.package_client import PackageClient
from rater_app.study_client.return_file import INDEX, return_path
from rater_app.study_client.sealing import seal_of
from rater_app.study_client.stored_zip import DamagedZip, write_zip
from rater_app.study_client.work_package import MANIFEST, write_package
from tests.builders import build_room
from tests.correcting import candidate_voxels, painted
from tests.submitting import correction, rating


@pytest.fixture
def room(tmp_path: Path) -> ReadingRoom:
    return build_room(tmp_path / "room", correction="optional")


@pytest.fixture
def package(room: ReadingRoom, tmp_path: Path) -> Path:
    path = tmp_path / "R1.zip"
    write_package(room, room.study.raters[0], path)
    return path


@pytest.fixture
def returned(room: ReadingRoom, package: Path) -> Path:
    client = PackageClient(package)
    first, second = (reading.code for reading in client.status()[:2])
    client.submit(rating(first), None)
    changed = painted(candidate_voxels(room, first), 2, 100)
    client.submit(*correction(room, first, changed))
    client.submit(rating(second), None)
    client.close()
    return return_path(package)


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_member(path: Path, name: str, content: bytes) -> None:
    write_zip(path, {**members(path), name: content}.items())


def look(package: Path) -> None:
    client = PackageClient(package)
    try:
        task = client.next()
        assert task is not None
        client.volumes(task)
    finally:
        client.close()


@pytest.mark.parametrize("seal", ["", "é", "\ud800", "0" * 64])
def test_a_wrong_seal_is_no_traceback(room: ReadingRoom, returned: Path, seal: str) -> None:
    index = json.loads(members(returned)[INDEX])
    with_member(returned, INDEX, json.dumps({**index, "seal": seal}).encode())
    with pytest.raises(DamagedZip, match="was changed"):
        checked_return(room, returned)


def test_json_of_no_end_is_no_traceback(room: ReadingRoom, package: Path, returned: Path) -> None:
    deep = b"[" * 200_000
    with_member(returned, INDEX, deep)
    with pytest.raises(DamagedZip, match="no return file"):
        checked_return(room, returned)
    returned.unlink()
    with_member(package, MANIFEST, deep)
    with pytest.raises(Refused, match="no work package"):
        PackageClient(package)


@pytest.mark.parametrize(
    ("part", "value"), [("position", "a"), ("revision", True), ("finished", "1"), ("version", None)]
)
def test_an_edited_assignment_is_told(package: Path, part: str, value: Any) -> None:
    manifest = json.loads(members(package)[MANIFEST])
    manifest["readings"][0]["assignment"][part] = value
    with_member(package, MANIFEST, json.dumps(manifest).encode())
    with pytest.raises(Refused, match="no work package, or damaged"):
        PackageClient(package)


def test_bytes_changed_by_chance_are_told(
    room: ReadingRoom, package: Path, returned: Path, tmp_path: Path
) -> None:
    chance = random.Random(1)
    target = tmp_path / "changed" / "x.zip"
    target.parent.mkdir()
    told = 0
    for source in [package, returned] * 400:
        content = bytearray(source.read_bytes())
        (directory,) = struct.unpack("<I", content[-6:-2])
        for _ in range(chance.randint(1, 3)):
            content[chance.randrange(directory, len(content))] = chance.choice([0, 22, 172, 255])
        target.write_bytes(content)
        try:
            if source is package:
                look(target)
            else:
                checked_return(room, target)
        except (Refused, DamagedZip):
            told += 1
    assert told > 200


def overlapping(count: int, size: int) -> bytes:
    """Make a zip whose members hold all that follow them: small, and large when it is read."""
    names = [b"n%05d" % number for number in range(count)]
    index = {"format": 1, "package": "x", "study": "y", "rater": "R1", "seal": "z"}
    told = json.dumps({**index, "submissions": [name.decode() for name in names]}).encode()
    body, found = b"\0" * size, []
    for name in reversed(names):
        found.append((name, body))
        body = _local(name, body) + body
    places = dict.fromkeys(names, 0)
    for number, name in enumerate(names):
        places[name] = number * (30 + len(name))
    entries = [*reversed(found), (INDEX.encode(), told)]
    places[INDEX.encode()] = len(body)
    body += _local(INDEX.encode(), told) + told
    directory = b"".join(
        struct.pack(
            "<4s6H3I5H2I",
            *(b"PK\1\2", 20, 20, 0, 0, 0, 33, zlib.crc32(held), len(held), len(held)),
            *(len(name), 0, 0, 0, 0, 0, places[name]),
        )
        + name
        for name, held in entries
    )
    end = (b"PK\5\6", 0, 0, count + 1, count + 1, len(directory), len(body), 0)
    return body + directory + struct.pack("<4s4H2IH", *end)


def _local(name: bytes, held: bytes) -> bytes:
    sizes = (zlib.crc32(held), len(held), len(held), len(name), 0)
    return struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 33, *sizes) + name


def test_members_that_overlap_are_not_read(room: ReadingRoom, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    bomb.write_bytes(overlapping(50, 10_000))
    with zipfile.ZipFile(bomb) as archive:
        total = sum(member.file_size for member in archive.infolist())
    assert total > 10 * bomb.stat().st_size
    with pytest.raises(DamagedZip, match="is damaged, or no file of this program"):
        checked_return(room, bomb)


@pytest.mark.skipif(os.name != "posix", reason="rights of files are those of POSIX")
def test_both_files_are_their_owners_alone(package: Path, returned: Path) -> None:
    assert {stat.S_IMODE(path.stat().st_mode) for path in (package, returned)} == {0o600}


@pytest.mark.skipif(os.name != "posix", reason="Windows opens no folders")
def test_the_name_of_the_return_file_is_on_the_disk_too(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = PackageClient(package)
    synced: list[tuple[bool, bool]] = []
    real = os.fsync

    def noted(handle: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(handle).st_mode)
        synced.append((is_folder, return_path(package).exists()))
        real(handle)

    monkeypatch.setattr(os, "fsync", noted)
    client.submit(rating(client.status()[0].code), None)
    client.close()
    assert synced == [(False, False), (True, True)]


def test_a_damaged_image_of_the_room_is_not_packed(room: ReadingRoom, tmp_path: Path) -> None:
    path = room.volume_path("R1", room.assignments("R1")[0].code, "1")
    whole = path.read_bytes()
    for content in (whole[:-20], None):
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(RoomError, match=f"{path.name}.*Nothing was packed"):
            write_package(room, room.study.raters[0], tmp_path / "x.zip")
        assert [p.name for p in tmp_path.iterdir()] == ["room"]


def sealed_again(path: Path, room: ReadingRoom, key: str, **changed: bytes) -> None:
    held = members(path)
    index = json.loads(held.pop(INDEX))
    held |= changed
    index["submissions"] = list(held)
    index["seal"] = seal_of(key, index["package"], held)
    write_zip(path, [*held.items(), (INDEX, json.dumps(index).encode())])


def test_one_submission_of_another_version_does_not_stop_the_others(
    room: ReadingRoom, package: Path, returned: Path
) -> None:
    key = json.loads(members(package)[MANIFEST])["key"]
    name = list(members(returned))[2]
    sealed_again(returned, room, key, **{name: b'{"of": "another version"}\n'})
    found = merge_return(room, returned, checked_return(room, returned))
    assert (found.stored, found.set_aside) == (2, ())
    assert "no submission of this version" in found.refused[0]


def test_a_full_disk_is_told_and_merging_again_takes_the_rest(
    room: ReadingRoom, returned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver = room.deliveries.deliver

    def full(rater_id: str, submission: Any, voxels: bytes | None) -> Any:
        if voxels is not None:
            raise MaskNotSaved
        return deliver(rater_id, submission, voxels)

    monkeypatch.setattr(room.deliveries, "deliver", full)
    found = merge_return(room, returned, checked_return(room, returned))
    assert (found.stored, found.known) == (1, 0)
    assert "Please merge this file again" in found.refused[0]
    monkeypatch.undo()
    again = merge_return(room, returned, checked_return(room, returned))
    assert (again.stored, again.known, again.refused) == (2, 1, ())
