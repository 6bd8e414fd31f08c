"""The commands for raters without a link, as a coordinator uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rater_app.core.submission import Outcome, Step
from rater_app.reading_room import ReadingRoom
from rater_app.study_client.return_file import return_path
from tests.builders import build_room
from tests.command_line import run
from tests.correcting import POOR
from tests.study_client.test_work_package import desk_of
from tests.submitting import rating


@pytest.fixture
def room(tmp_path: Path) -> ReadingRoom:
    return build_room(tmp_path / "room")


def rate_first(package: Path) -> None:
    desk = desk_of(package)
    task = desk.next()
    assert task is not None
    desk.submit(rating(task.assignment.code))
    assert desk.flush(20)
    desk.close()


def test_a_package_goes_out_and_comes_back(room: ReadingRoom, tmp_path: Path) -> None:
    package = tmp_path / "R1.zip"
    made = run("package", room.folder, "--rater", "R1", "-o", package)
    assert made.exit_code == 0, made.stderr
    assert "4 readings of R1" in made.stdout
    rate_first(package)
    taken = run("merge", room.folder, return_path(package))
    assert taken.exit_code == 0, taken.stderr
    assert "1 submissions of R1 stored, 0 were there already" in taken.stdout
    again = json.loads(run("merge", room.folder, return_path(package), "--json").stdout)
    assert [(m["stored"], m["known"]) for m in again["merged"]] == [(0, 1)]
    assert again["problems"] == []
    (reading,) = room.store.readings()
    assert room.store.deliveries.all()[0].step == Step.RATING
    status = json.loads(run("status", room.folder, "--json").stdout)["raters"]
    assert [(row["done"], row["set_aside"]) for row in status] == [(1, 0), (0, 0)]
    assert status[0]["last_activity"][:19] == reading.submitted_at[:19]


def test_what_is_in_the_way_of_a_package_is_told(room: ReadingRoom, tmp_path: Path) -> None:
    wrong = run("package", room.folder, "--rater", "R9", "-o", tmp_path / "x.zip")
    assert (wrong.exit_code, "no rater “R9”. Its raters are: R1, R2" in wrong.stderr) == (1, True)
    (tmp_path / "x.zip").write_text("mine")
    there = run("package", room.folder, "--rater", "R1", "-o", tmp_path / "x.zip")
    assert (there.exit_code, "exists already" in there.stderr) == (1, True)
    assert (tmp_path / "x.zip").read_text() == "mine"
    nowhere = run("package", room.folder, "--rater", "R1", "-o", tmp_path / "no" / "x.zip")
    assert (nowhere.exit_code, "there is no such folder" in nowhere.stderr) == (1, True)
    inside = run("package", room.folder, "--rater", "R1", "-o", room.folder / "x.zip")
    assert (inside.exit_code, "would lie inside the room" in inside.stderr) == (1, True)
    assert not (room.folder / "x.zip").exists()
    image = room.volume_path("R1", room.assignments("R1")[0].code, "0")
    image.unlink()
    lost = run("package", room.folder, "--rater", "R1", "-o", tmp_path / "z.zip")
    assert (lost.exit_code, f"{image.name} cannot be read" in lost.stderr) == (1, True)
    assert run("package", tmp_path, "--rater", "R1", "-o", tmp_path / "y.zip").exit_code == 1


def test_every_wrong_return_is_told_and_the_others_are_taken(
    room: ReadingRoom, tmp_path: Path
) -> None:
    package = tmp_path / "R1.zip"
    run("package", room.folder, "--rater", "R1", "-o", package)
    rate_first(package)
    code = room.assignments("R1")[1].code
    desk = desk_of(package)
    desk.submit(rating(code, answers=()))  # as no window of ours would
    assert desk.flush(20)
    desk.close()
    (tmp_path / "bad.zip").write_bytes(b"PK")
    done = run(
        "merge", room.folder, tmp_path / "bad.zip", return_path(package), tmp_path / "none.zip"
    )
    assert done.exit_code == 2
    assert "1 submissions of R1 stored" in done.stdout
    assert "bad.zip is damaged" in done.stderr
    assert "none.zip is damaged" in done.stderr
    assert "mask 2, rating: Please answer" in done.stderr
    assert "3 problems. Everything else was taken." in done.stderr


def test_what_was_set_aside_is_activity(room: ReadingRoom) -> None:
    code, later = room.assignments("R1")[0].code, "2999-01-01T00:00:00.000000+00:00"
    first = rating(code)
    room.deliveries.deliver("R1", first, None)
    minute = "2026-01-01T10:07:00.000000+00:00"
    late = rating(code, POOR, submitted_at=minute)
    assert room.deliveries.deliver("R1", late, None).outcome == Outcome.SET_ASIDE
    seen = json.loads(run("status", room.folder, "--json").stdout)["raters"][0]
    assert (seen["last_activity"], seen["set_aside"]) == (f"{minute[:19]}+00:00", 1)
    # A clock that is fast makes nobody active in the future.
    room.deliveries.deliver("R1", rating(code, POOR, submitted_at=later), None)
    seen = json.loads(run("status", room.folder, "--json").stdout)["raters"][0]
    received = room.store.deliveries.all()[-1].received_at
    assert seen["last_activity"][:19] == received[:19]


def test_something_set_aside_is_told(room: ReadingRoom, tmp_path: Path) -> None:
    package = tmp_path / "R1.zip"
    run("package", room.folder, "--rater", "R1", "-o", package)
    rate_first(package)
    room.submit("R1", room.assignments("R1")[0].code, POOR, 0)
    done = run("merge", room.folder, return_path(package))
    assert done.exit_code == 0
    assert "1 set aside" in done.stdout
    assert "Set aside: R1-return.zip, mask 1, rating: This mask was already rated" in done.stderr
    assert "1 readings with something set aside" in run("status", room.folder).stdout
