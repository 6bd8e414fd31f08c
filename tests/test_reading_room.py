"""The one door of the raters' side, on a real room."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rater_app.core.reading import Answer
from rater_app.reading_room import AlreadySubmitted, NotComplete, NotSaved, ReadingRoom, RoomError
from tests.builders import FULL, build_room

GOOD = (Answer("quality", values=(4,)),)
POOR = (Answer("quality", values=(1,)),)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def wait(self, **duration: float) -> None:
        self.time += timedelta(**duration)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def room(tmp_path: Path, clock: Clock):
    build_room(tmp_path / "room").close()
    room = ReadingRoom(tmp_path / "room", clock)
    yield room
    room.close()


def test_a_damaged_room_says_so(room, tmp_path):
    (tmp_path / "room" / "study.json").write_text("{", encoding="utf-8")
    with pytest.raises(RoomError, match="is damaged"):
        ReadingRoom(tmp_path / "room")


def test_a_store_that_is_none_says_so(room, tmp_path):
    (tmp_path / "room" / "store.sqlite").write_bytes(b"SQLite format 3, they said" * 100)
    with pytest.raises(RoomError, match="is damaged"):
        ReadingRoom(tmp_path / "room")


def test_a_room_of_a_newer_version_is_refused(tmp_path):
    build_room(tmp_path / "room").close()
    with sqlite3.connect(tmp_path / "room" / "store.sqlite") as raw:
        raw.execute("INSERT INTO schema VALUES (99)")
    raw.close()
    with pytest.raises(RoomError, match="another version"):
        ReadingRoom(tmp_path / "room")


def test_a_folder_without_a_study_is_no_room(tmp_path):
    with pytest.raises(RoomError, match="rater-app prepare"):
        ReadingRoom(tmp_path)


def test_a_rater_reads_from_the_first_to_the_last(room, clock):
    seen = []
    while assignment := room.next("R1"):
        opened = room.open("R1", assignment.code)
        clock.wait(seconds=30)
        reading = room.submit("R1", assignment.code, GOOD, opened.base_revision)
        assert reading.revision == 1
        spent = datetime.fromisoformat(reading.submitted_at) - datetime.fromisoformat(
            reading.opened_at
        )
        assert spent == timedelta(seconds=30)
        seen.append(assignment.position)
    assert seen == [1, 2, 3, 4]
    assert room.progress("R1").share == 1
    assert room.progress("R2").done == 0


def test_the_next_reading_stays_the_same_until_it_is_submitted(room, tmp_path):
    first = room.next("R1")
    room.open("R1", first.code)
    assert room.next("R1") == first
    again = ReadingRoom(tmp_path / "room")
    assert again.next("R1") == first
    again.close()


def test_an_incomplete_reading_is_told_what_it_lacks_and_nothing_is_stored(room):
    code = room.next("R1").code
    with pytest.raises(NotComplete) as caught:
        room.submit("R1", code, [Answer("quality")], 0)
    assert caught.value.problems == ("Please answer: How good is this mask?",)
    assert room.store.readings() == ()


def test_two_windows_cannot_both_rate(room):
    code = room.next("R1").code
    room.submit("R1", code, GOOD, 0)
    assert room.submit("R1", code, GOOD, 0).revision == 1
    with pytest.raises(AlreadySubmitted, match="another window"):
        room.submit("R1", code, POOR, 0)
    assert [reading.answers for reading in room.store.readings()] == [GOOD]


def test_a_second_thought_is_a_new_revision(room, clock):
    code = room.next("R1").code
    room.open("R1", code)
    room.submit("R1", code, GOOD, 0)
    clock.wait(minutes=5)
    opened = room.open("R1", code)
    assert opened.answers == GOOD
    clock.wait(seconds=10)
    second = room.submit("R1", code, POOR, opened.base_revision)
    assert second.revision == 2
    assert second.opened_at == "2026-01-01T08:05:00.000000+00:00"
    assert [reading.answers for reading in room.store.readings(code)] == [GOOD, POOR]


def test_a_study_can_forbid_second_thoughts(tmp_path):
    room = build_room(tmp_path / "room", allow_back=False)
    code = room.next("R1").code
    room.submit("R1", code, GOOD, 0)
    with pytest.raises(AlreadySubmitted, match="no change"):
        room.submit("R1", code, POOR, 1)
    place = room.place("R1", code)
    assert place.assignment == room.next("R1")
    assert place.back is None
    room.close()


def test_drafts_survive_another_computer_and_end_with_the_submission(tmp_path, clock):
    build_room(tmp_path / "room", instrument=FULL).close()
    here, there = ReadingRoom(tmp_path / "room", clock), ReadingRoom(tmp_path / "room", clock)
    code = here.next("R1").code
    draft = (Answer("comment", text="half a thou"),)
    here.save_draft("R1", code, draft)
    assert there.open("R1", code).answers == draft
    complete = (
        *(Answer("quality", structure, (3,)) for structure in ("WT", "TC")),
        Answer("quality", "ET", cannot_judge=True),
        Answer("confidence", values=(80,)),
        Answer("source", values=(2,)),
    )
    clock.wait(seconds=1)
    there.submit("R1", code, complete, 0)
    clock.wait(seconds=1)
    assert here.open("R1", code).answers == complete
    here.close()
    there.close()


def test_nobody_reaches_the_readings_of_others(room):
    mine, theirs = room.next("R1").code, room.next("R2").code
    assert mine != theirs
    for verb in (
        lambda: room.open("R1", theirs),
        lambda: room.save_draft("R1", theirs, GOOD),
        lambda: room.submit("R1", theirs, GOOD, 0),
        lambda: room.volume_path("R1", theirs, "mask"),
    ):
        with pytest.raises(RoomError, match="not one of yours"):
            verb()
    assert room.store.readings() == ()


def test_a_store_that_cannot_be_written_says_so(room):
    """A table that was taken away stands for a full disk: the driver reports both alike."""
    code = room.next("R1").code
    with sqlite3.connect(room.folder / "store.sqlite") as raw:
        raw.execute("ALTER TABLE readings RENAME TO elsewhere")
        raw.execute("CREATE VIEW readings AS SELECT * FROM elsewhere")
    raw.close()
    with pytest.raises(NotSaved, match="NOT saved"):
        room.submit("R1", code, GOOD, 0)
    assert room.progress("R1").done == 0


def test_volumes_are_those_of_the_reading(room):
    code = room.next("R1").code
    paths = [room.volume_path("R1", code, part) for part in ("0", "1", "mask")]
    assert all(path.is_file() for path in paths)
    assert len(set(paths)) == 3
    for part in ("2", "-1", "../study.json", "", "²"):
        with pytest.raises(RoomError, match="no such image"):
            room.volume_path("R1", code, part)


def test_invitations_name_their_rater_until_they_expire(room, clock):
    token = room.invite("R2", days=3)
    assert room.invited_rater(token).name == "Dr Two"
    assert room.invited_rater(token[:-1]) is None
    assert room.invited_rater("") is None
    assert token.encode() not in (room.folder / "store.sqlite").read_bytes()
    clock.wait(days=4)
    assert room.invited_rater(token) is None
    with pytest.raises(RoomError, match="Its raters are: R1, R2"):
        room.invite("R9")
