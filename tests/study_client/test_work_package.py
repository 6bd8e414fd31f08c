"""The work package and what comes back: whole, sealed, merged once."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from rater_app.core.correction import Stage
from rater_app.core.submission import Step
from rater_app.reading_room import ReadingRoom, SentMask
from rater_app.study_client import Desk, Refused
from rater_app.study_client.merging import checked_return, merge_return
from rater_app.study_client.package_client import PackageClient
from rater_app.study_client.return_file import return_path
from rater_app.study_client.stored_zip import DamagedZip, write_zip
from rater_app.study_client.voxels import voxels_of
from rater_app.study_client.work_package import MANIFEST, write_package
from tests.blinding_search import find_secrets
from tests.builders import build_room
from tests.correcting import GOOD, POOR, candidate_voxels, painted
from tests.submitting import correction, made, rating, sha256

LONGEST_S = 20.0


@pytest.fixture
def room(tmp_path: Path) -> ReadingRoom:
    return build_room(tmp_path / "room", correction="optional", rate_again=True)


@pytest.fixture
def package(room: ReadingRoom, tmp_path: Path) -> Path:
    path = tmp_path / "R1.zip"
    write_package(room, room.study.raters[0], path)
    return path


def desk_of(package: Path) -> Desk:
    return Desk(PackageClient(package), package.with_name("desk"), (0.01,))


def read_all(room: ReadingRoom, package: Path) -> dict[str, bytes]:
    """Work through a package; give the corrected voxels by reading."""
    desk = desk_of(package)
    corrected = {}
    while (task := desk.next()) is not None:
        code = task.assignment.code
        volumes = desk.volumes(task)
        if task.stage is Stage.RATE:
            desk.submit(rating(code))
        elif task.stage is Stage.CORRECT:
            before = voxels_of(volumes.mask.array)
            assert volumes.tag == f"0-{sha256(before)[:16]}"
            corrected[code] = painted(before, 2, 100 + task.assignment.position)
            desk.submit(*correction(room, code, corrected[code]))
        else:
            assert voxels_of(volumes.mask.array) == corrected[code]
            desk.submit(made(Step.SECOND_RATING, code, answers=POOR, version=1))
        assert desk.flush(LONGEST_S)
    assert desk.progress().share == 1
    desk.close()
    return corrected


def merged(room: ReadingRoom, returned: Path):
    return merge_return(room, returned, checked_return(room, returned))


def test_a_whole_study_is_read_without_a_link(room: ReadingRoom, package: Path) -> None:
    corrected = read_all(room, package)
    assert room.store.readings() == ()
    returned = return_path(package)
    found = merged(room, returned)
    total = len(room.assignments("R1"))
    assert (found.stored, found.known, found.set_aside, found.refused) == (3 * total, 0, (), ())
    assert room.progress("R1").done == total
    stored = {v.assignment: v.sha256 for v in room.store.corrections.versions()}
    assert stored == {code: sha256(voxels) for code, voxels in corrected.items()}
    again = merged(room, returned)
    assert (again.stored, again.known) == (0, 3 * total)
    assert len(room.store.deliveries.all()) == 3 * total


def test_a_package_tells_nothing_that_is_not_for_its_rater(
    room: ReadingRoom, package: Path
) -> None:
    with zipfile.ZipFile(package) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    held["names"] = "\n".join(held).encode()
    secrets = [
        *(mask.code for mask in room.study.masks),
        *(mask.volume for mask in room.study.masks),
        *(case.code for case in room.study.cases),
        *(volume for case in room.study.cases for volume in case.volumes),
        *(a.code for a in room.assignments("R2")),
        "Dr Two",
        room.session_secret(),
        str(room.folder),
    ]
    assert find_secrets(secrets, held) == []
    manifest = json.loads(held[MANIFEST])
    assert {r["assignment"]["replicate"] for r in manifest["readings"]} == {0}
    masks = [r["mask_file"] for r in manifest["readings"]]
    assert len(set(masks)) == len(masks)


def test_channels_of_a_case_are_packed_once(room: ReadingRoom, package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        names = archive.namelist()
    assert len(names) == len(room.study.cases) * 2 + len(room.assignments("R1")) + 1


def test_what_was_begun_in_the_browser_goes_on_in_the_package(
    room: ReadingRoom, tmp_path: Path
) -> None:
    done, begun, half = (a.code for a in room.assignments("R1")[:3])
    for code in (done, begun):
        room.submit("R1", code, GOOD, 0)
    room.corrections.finish("R1", done, 0, False)
    draft = painted(candidate_voxels(room, begun), 3, 50)
    submission, _ = correction(room, begun, draft)
    kept = room.corrections.keep_draft(
        "R1", begun, SentMask(draft, is_packed=False), submission.tag, submission.effort
    )
    room.save_draft("R1", half, GOOD)
    package = tmp_path / "later.zip"
    write_package(room, room.study.raters[0], package)
    desk = desk_of(package)
    task = desk.next()
    assert task is not None
    assert (task.assignment.code, task.stage) == (begun, Stage.CORRECT)
    volumes = desk.volumes(task)
    assert (volumes.tag, volumes.effort) == (kept.tag, submission.effort)
    assert voxels_of(volumes.mask.array) == draft
    after = painted(draft, 2, 100)
    desk.submit(*correction(room, begun, after, tag=kept.tag, input_sha256=sha256(draft)))
    assert desk.flush(LONGEST_S)
    following = desk.next(skip=begun)
    assert following is not None
    assert (following.assignment.code, following.answers) == (half, GOOD)
    desk.close()
    assert merged(room, return_path(package)).stored == 1
    assert room.store.corrections.versions(begun)[0].sha256 == sha256(after)


def test_the_browser_was_faster_both_are_kept(room: ReadingRoom, package: Path) -> None:
    read_all(room, package)
    code = room.assignments("R1")[0].code
    room.submit("R1", code, POOR, 0)
    found = merged(room, return_path(package))
    assert found.refused == ()
    (told,) = found.set_aside
    assert told.startswith("R1-return.zip, mask 1, rating: ")
    assert room.store.readings(code)[0].answers == POOR
    assert room.store.corrections.versions(code)[0].version == 1


def test_an_edited_return_is_refused_whole(room: ReadingRoom, package: Path) -> None:
    read_all(room, package)
    returned = return_path(package)
    with zipfile.ZipFile(returned) as archive:
        held = [(name, archive.read(name)) for name in archive.namelist()]
    name, content = held[0]
    edited = [(name, content.replace(b'"values":[4]', b'"values":[1]')), *held[1:]]
    assert edited != held
    write_zip(returned, edited)
    with pytest.raises(DamagedZip, match="was changed after it was written"):
        merged(room, returned)
    write_zip(returned, held[1:])
    with pytest.raises(DamagedZip, match="damaged"):
        merged(room, returned)
    assert room.store.readings() == ()


def test_a_return_of_another_study_or_rater_is_refused(
    room: ReadingRoom, package: Path, tmp_path: Path
) -> None:
    read_all(room, package)
    returned = return_path(package)
    other = build_room(tmp_path / "other")
    with pytest.raises(DamagedZip, match="another study"):
        merged(other, returned)
    with zipfile.ZipFile(returned) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    index = json.loads(held["index.json"])
    held["index.json"] = json.dumps({**index, "rater": "R2"}).encode()
    write_zip(returned, held.items())
    with pytest.raises(DamagedZip, match="was changed"):
        merged(room, returned)


def test_an_edited_mask_in_the_package_is_refused(room: ReadingRoom, package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(held[MANIFEST])
    first, second = (r["mask_file"] for r in manifest["readings"][:2])
    held[first] = held[second]
    write_zip(package, held.items())
    client = PackageClient(package)
    task = client.next()
    assert task is not None
    with pytest.raises(Refused, match="damaged"):
        client.volumes(task)
    client.close()
    # With a digest to match, the room finds that it gave out another mask.
    manifest["files"][first] = manifest["files"][second]
    held[MANIFEST] = json.dumps(manifest).encode()
    write_zip(package, held.items())
    desk = desk_of(package)
    task = desk.next()
    assert task is not None
    voxels = voxels_of(desk.volumes(task).mask.array)
    desk.submit(rating(task.assignment.code))
    mine, packed = correction(
        room,
        task.assignment.code,
        painted(voxels, 2, 100),
        tag=f"0-{sha256(voxels)[:16]}",
        input_sha256=sha256(voxels),
    )
    desk.submit(replace(mine, tag=f"0-{'0' * 16}"), packed)
    assert desk.flush(LONGEST_S)
    desk.close()
    found = merged(room, return_path(package))
    assert found.stored == 1
    assert "changed on its way" in found.refused[0]
    assert room.store.corrections.versions() == ()


@pytest.mark.parametrize(("erased", "version"), [(False, 1), (True, 0)])
def test_a_draft_of_the_browser_that_is_saved_as_it_is_counts_as_in_the_room(
    tmp_path: Path, erased: bool, version: int
) -> None:
    room = build_room(tmp_path / "room", cases=1, correction="optional", rate_again=True)
    code = room.assignments("R1")[0].code
    room.submit("R1", code, GOOD, 0)
    before = candidate_voxels(room, code)
    draft = painted(before, 3, 50)
    submission, _ = correction(room, code, draft)
    kept = room.corrections.keep_draft(
        "R1", code, SentMask(draft, is_packed=False), submission.tag, submission.effort
    )
    if erased:
        draft = before
        kept = room.corrections.keep_draft(
            "R1", code, SentMask(draft, is_packed=False), kept.tag, submission.effort
        )
    package = tmp_path / "later.zip"
    write_package(room, room.study.raters[0], package)
    client = PackageClient(package)
    saved, _ = correction(
        room, code, draft, tag=kept.tag, input_sha256=sha256(draft), output_sha256=sha256(draft)
    )
    client.submit(saved, gzip.compress(draft, mtime=0))
    at_desk = next(reading for reading in client.status() if reading.code == code)
    task = client.next(skip="" if version else code)
    assert task is not None
    if version:
        assert (task.assignment.code, task.stage) == (code, Stage.RATE_AGAIN)
        assert voxels_of(client.volumes(task).mask.array) == draft
    client.close()
    assert merged(room, return_path(package)).stored == 1
    in_room = next(reading for reading in room.assignments("R1") if reading.code == code)
    assert (in_room.version, in_room.finished) == (at_desk.version, at_desk.finished)
    assert at_desk.version == version


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all"])
def test_what_is_no_package_is_told_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    with pytest.raises(Refused, match="damaged, or no file of this program"):
        PackageClient(path)


def test_a_cut_or_foreign_zip_is_told_so(package: Path, tmp_path: Path) -> None:
    whole = package.read_bytes()
    package.write_bytes(whole[:-100])
    with pytest.raises(Refused, match="damaged"):
        PackageClient(package)
    write_zip(package, [("x", b"")])
    with pytest.raises(Refused, match="damaged"):
        PackageClient(package)
    write_zip(package, [(MANIFEST, b'{"format": 99}')])
    with pytest.raises(Refused, match="another version"):
        PackageClient(package)
    write_zip(package, [(MANIFEST, b'{"format": 1}')])
    with pytest.raises(Refused, match="no work package"):
        PackageClient(package)
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr(MANIFEST, b"0" * 10_000_000)
    with pytest.raises(Refused, match="damaged"):
        PackageClient(package)


def test_another_packages_return_is_not_overwritten(
    room: ReadingRoom, package: Path, tmp_path: Path
) -> None:
    read_all(room, package)
    before = return_path(package).read_bytes()
    package.unlink()
    write_package(room, room.study.raters[0], package)
    with pytest.raises(Refused, match="of another work package"):
        PackageClient(package)
    assert return_path(package).read_bytes() == before


def test_no_half_package_is_left(room: ReadingRoom, tmp_path: Path, monkeypatch) -> None:
    def full(_handle: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_package(room, room.study.raters[0], tmp_path / "R1.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["room"]


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.study_client.test_work_package import desk_of
from tests.submitting import rating
desk = desk_of(Path(sys.argv[1]))
code = desk.next().assignment.code
desk.submit(rating(code))
assert desk.flush(20)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_window_goes_on_where_it_was(room: ReadingRoom, package: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, package], capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    desk = desk_of(package)
    task = desk.next()
    assert task is not None
    assert (task.assignment.position, task.stage) == (1, Stage.CORRECT)
    desk.close()
    assert merged(room, return_path(package)).stored == 1
