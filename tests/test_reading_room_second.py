"""Rating the corrected mask, apart from the rating of the candidate; and the viewing log."""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rater_app.core.correction import Effort, Stage
from rater_app.core.reading import Answer
from rater_app.core.viewing import WrongSnapshot
from rater_app.reading_room import (
    AlreadySubmitted,
    NotComplete,
    NotSaved,
    NotThere,
    ReadingRoom,
    RoomError,
    StageError,
)
from tests.builders import build_room
from tests.correcting import GOOD, POOR, candidate_voxels, painted, rated, sent

SNAPSHOT = {"mount": "0f3a", "stage": "rate", "active_s": 3.5, "seen": {"axial": [[0, 4]]}}


class Clock:
    """A clock that moves by a second with every look at it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


@pytest.fixture
def room(tmp_path: Path):
    build_room(tmp_path / "room", correction="optional", rate_again=True).close()
    room = ReadingRoom(tmp_path / "room", Clock())
    yield room
    room.close()


def correct(room: ReadingRoom, code: str, place: int) -> int:
    """Save and finish a version that differs at one place; give its number."""
    state = room.corrections.working_state("R1", code)
    voxels = painted(candidate_voxels(room, code), 3, place)
    saved = room.corrections.save("R1", code, sent(voxels), state.tag, Effort(), finish=True)
    assert saved.tag == f"{saved.version}-{hashlib.sha256(voxels).hexdigest()[:16]}"
    return saved.version


@pytest.fixture
def code(room: ReadingRoom) -> str:
    """A mask that was rated and corrected, and is to be rated again."""
    code = rated(room)
    assert correct(room, code, 7) == 1
    return code


def test_a_corrected_mask_is_rated_again_before_the_next_one(room, code):
    assert room.next("R1").code == code
    assert room.progress("R1").done == 0
    opened = room.open("R1", code)
    assert (opened.stage, opened.version, opened.is_second) == (Stage.RATE_AGAIN, 1, True)
    assert (opened.answers, opened.base_revision) == ((), 0)
    second = room.submit_again("R1", code, POOR, opened.base_revision, opened.version)
    assert (second.revision, second.version, second.answers) == (1, 1, POOR)
    assert second.opened_at < second.submitted_at
    assert room.next("R1").code != code
    assert [reading.answers for reading in room.store.readings(code)] == [GOOD]


def test_what_was_not_corrected_is_not_rated_again(room):
    code = rated(room)
    room.corrections.finish("R1", code, 0, confirmed=False)
    assert room.next("R1").code != code
    assert not room.open("R1", code).is_second
    with pytest.raises(StageError, match="nothing to rate again"):
        room.submit_again("R1", code, POOR, 0, 0)


def test_a_second_rating_can_be_revised_and_the_first_cannot(room, code):
    room.open("R1", code)
    first = room.submit_again("R1", code, POOR, 0, 1)
    opened = room.open("R1", code)
    assert (opened.stage, opened.version) == (Stage.RATE_AGAIN, 1)
    assert (opened.answers, opened.base_revision) == (POOR, 1)
    second = room.submit_again("R1", code, GOOD, 1, 1)
    assert (second.revision, second.version) == (2, 1)
    assert first.opened_at < first.submitted_at < second.opened_at < second.submitted_at
    with pytest.raises(AlreadySubmitted, match="locked"):
        room.submit("R1", code, POOR, 1)


def test_a_mask_that_is_corrected_further_is_rated_once_more(room, code):
    room.submit_again("R1", code, POOR, 0, 1)
    assert correct(room, code, 8) == 2
    opened = room.open("R1", code)
    assert (opened.stage, opened.version) == (Stage.RATE_AGAIN, 2)
    assert (opened.answers, opened.base_revision) == ((), 1)
    room.submit_again("R1", code, GOOD, 1, 2)
    stored = room.store.second_readings.readings(code)
    assert [(r.revision, r.version, r.answers) for r in stored] == [(1, 1, POOR), (2, 2, GOOD)]
    assert room.progress("R1").done == 1


def test_a_rating_of_a_version_that_counts_no_longer_is_refused(room, code):
    correct(room, code, 8)
    with pytest.raises(AlreadySubmitted, match="corrected further"):
        room.submit_again("R1", code, POOR, 0, 1)
    state = room.corrections.working_state("R1", code)
    voxels = painted(candidate_voxels(room, code), 3, 9)
    room.corrections.save("R1", code, sent(voxels), state.tag, Effort())
    with pytest.raises(StageError, match="finish correcting"):
        room.submit_again("R1", code, POOR, 0, 2)


def test_two_windows_cannot_both_rate_the_corrected_mask(room, code):
    first = room.submit_again("R1", code, POOR, 0, 1)
    assert room.submit_again("R1", code, POOR, 0, 1) == first
    with pytest.raises(AlreadySubmitted, match="another window"):
        room.submit_again("R1", code, GOOD, 0, 1)
    with pytest.raises(RoomError, match="ahead"):
        room.submit_again("R1", code, GOOD, 2, 1)
    assert len(room.store.second_readings.readings()) == 1


def test_drafts_of_the_two_ratings_do_not_mix(room):
    code = room.next("R1").code
    early = (Answer("comment", text="about the candidate"),)
    room.save_draft("R1", code, early)
    room.submit("R1", code, GOOD, 0)
    correct(room, code, 7)
    room.save_draft("R1", code, early)  # a window that was left open
    assert room.open("R1", code).answers == ()
    draft = (Answer("comment", text="about the correction"),)
    room.save_draft_again("R1", code, draft, 1)
    opened = room.open("R1", code)
    assert opened.answers == draft
    room.submit_again("R1", code, POOR, 0, 1)
    assert room.open("R1", code).answers == POOR
    correct(room, code, 8)
    room.save_draft_again("R1", code, draft, 1)  # another such window
    assert room.open("R1", code).answers == ()


def test_marks_tell_the_readings_of_an_assignment_apart(room):
    code = room.next("R1").code
    marks = [room.open("R1", code).mark]
    room.submit("R1", code, GOOD, 0)
    marks.append(room.open("R1", code).mark)
    correct(room, code, 7)
    marks.append(room.open("R1", code).mark)
    room.submit_again("R1", code, POOR, 0, 1)
    marks.append(room.open("R1", code).mark)
    correct(room, code, 8)
    marks.append(room.open("R1", code).mark)
    assert len(set(marks)) == 5


def test_a_second_rating_is_as_complete_as_the_first(room, code):
    with pytest.raises(NotComplete, match="Please answer"):
        room.submit_again("R1", code, [], 0, 1)
    for stranger in ("R2", "R9"):
        with pytest.raises(NotThere):
            room.submit_again(stranger, code, GOOD, 0, 1)
        with pytest.raises(NotThere):
            room.save_draft_again(stranger, code, GOOD, 1)
    assert room.store.second_readings.readings() == ()


def test_nobody_rates_again_before_correcting(room):
    code = room.next("R1").code
    for _ in ("to be rated", "to be corrected"):
        with pytest.raises(StageError, match="finish correcting"):
            room.submit_again("R1", code, GOOD, 0, 1)
        room.submit("R1", code, GOOD, 0)


@pytest.mark.parametrize("study", [{}, {"correction": "optional"}])
def test_a_study_may_ask_for_one_rating_only(tmp_path, study):
    room = build_room(tmp_path / "room", **study)
    code = rated(room)
    if study:
        correct(room, code, 7)
        opened = room.open("R1", code)
        assert (opened.stage, opened.version, opened.answers) == (Stage.CORRECT, 0, GOOD)
    with pytest.raises(StageError, match="no rating of the corrected mask"):
        room.submit_again("R1", code, GOOD, 0, 1)
    room.close()


def test_a_study_can_forbid_second_thoughts_about_the_second_rating(tmp_path):
    room = build_room(tmp_path / "room", correction="required", rate_again=True, allow_back=False)
    code = rated(room)
    correct(room, code, 7)
    room.submit_again("R1", code, POOR, 0, 1)
    assert room.submit_again("R1", code, POOR, 0, 1).revision == 1
    with pytest.raises(AlreadySubmitted, match="no change"):
        room.submit_again("R1", code, GOOD, 1, 1)
    room.close()


def block(room: ReadingRoom, table: str) -> None:
    with sqlite3.connect(room.folder / "store.sqlite") as raw:
        raw.execute(f"ALTER TABLE {table} RENAME TO away_{table}")
        raw.execute(f"CREATE VIEW {table} AS SELECT * FROM away_{table}")
    raw.close()


def test_a_store_that_cannot_be_written_says_so(room, code):
    for table in ("second_readings", "second_drafts", "viewings"):
        block(room, table)
    for verb in (
        lambda: room.submit_again("R1", code, GOOD, 0, 1),
        lambda: room.save_draft_again("R1", code, GOOD, 1),
        lambda: room.note_viewing("R1", code, SNAPSHOT),
    ):
        with pytest.raises(NotSaved):
            verb()


def test_the_viewing_log_keeps_what_a_viewer_tells(room, code):
    room.note_viewing("R1", code, SNAPSHOT)
    (stored,) = room.store.viewings.snapshots(code)
    assert (stored.mount, stored.snapshot) == ("0f3a", SNAPSHOT)
    with pytest.raises(WrongSnapshot):
        room.note_viewing("R1", code, {**SNAPSHOT, "note": "Dr One was tired"})
    with pytest.raises(NotThere):
        room.note_viewing("R2", code, SNAPSHOT)
    assert len(room.store.viewings.snapshots()) == 1


def test_a_study_may_keep_no_viewing_log(tmp_path):
    room = build_room(tmp_path / "room", viewing_log=False)
    room.note_viewing("R1", room.next("R1").code, SNAPSHOT)
    assert room.store.viewings.snapshots() == ()
    room.close()
