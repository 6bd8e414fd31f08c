"""What desks send is stored once, as if it had been done at the server, or kept beside."""

from __future__ import annotations

import gzip
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from rater_app.core.correction import Stage
from rater_app.core.submission import Outcome, Step
from rater_app.reading_room import (
    NotComplete,
    NotConfirmed,
    NotSaved,
    NotThere,
    ReadingRoom,
    RoomError,
    SentMask,
    WrongMask,
)
from tests.builders import build_room
from tests.correcting import GOOD, POOR, candidate_voxels, painted
from tests.submitting import OPENED, SUBMITTED, correction, made, rating, sha256


@pytest.fixture
def room(tmp_path: Path) -> ReadingRoom:
    return build_room(tmp_path / "room", correction="optional", rate_again=True)


@pytest.fixture
def code(room: ReadingRoom) -> str:
    return room.assignments("R1")[0].code


def deliver(room, submission, voxels=None):
    return room.deliveries.deliver("R1", submission, voxels)


def test_a_whole_reading_is_stored_as_if_it_had_been_made_at_the_server(room, code):
    voxels = painted(candidate_voxels(room, code), 2, 100, 101)
    corrected, packed = correction(room, code, voxels)
    steps = [
        (rating(code), None),
        (corrected, packed),
        (made(Step.SECOND_RATING, code, answers=POOR, version=1), None),
    ]
    for submission, sent in steps:
        receipt = deliver(room, submission, sent)
        assert (receipt.id, receipt.outcome) == (submission.id, Outcome.STORED)
    (reading,) = room.store.readings(code)
    assert (reading.answers, reading.opened_at, reading.submitted_at) == (GOOD, OPENED, SUBMITTED)
    (version,) = room.store.corrections.versions(code)
    assert (version.sha256, version.effort) == (sha256(voxels), corrected.effort)
    assert version.changed == {2: (2, 0)}
    assert version.saved_at == SUBMITTED
    assert gzip.decompress(room.store.corrections.voxels(code, 1)) == voxels
    (again,) = room.store.second_readings.readings(code)
    assert (again.answers, again.version, again.submitted_at) == (POOR, 1, SUBMITTED)
    (finishing,) = room.store.corrections.finishings()
    assert (finishing.version, finishing.finished_at) == (1, SUBMITTED)
    stored = room.store.assignment("R1", code)
    assert room.stage(stored) is Stage.DONE
    kept = room.store.deliveries.all()
    assert {(d.step, d.outcome, d.host) for d in kept} == {
        (step, "stored", "napari plugin") for step in ("rating", "correction", "second_rating")
    }
    assert next(d for d in kept if d.step == "correction").details["versions"] == {
        "rater-app": "0.1.0"
    }
    assert room.store.deliveries.voxels(corrected.id) is None


def test_the_same_submission_arrives_any_number_of_times(room, code):
    voxels = painted(candidate_voxels(room, code), 2, 100)
    corrected, packed = correction(room, code, voxels)
    for _ in range(3):
        deliver(room, rating(code, id="0" * 32))
        assert deliver(room, corrected, packed) == deliver(room, corrected, packed)
    assert len(room.store.readings(code)) == 1
    assert len(room.store.corrections.versions(code)) == 1
    assert len(room.store.deliveries.all()) == 2


def test_a_crash_between_storing_and_noting_stores_nothing_twice(room, code, monkeypatch):
    voxels = painted(candidate_voxels(room, code), 2, 100)
    corrected, packed = correction(room, code, voxels)
    again = made(Step.SECOND_RATING, code, answers=POOR, version=1)
    for submission, sent in ((rating(code), None), (corrected, packed), (again, None)):
        with monkeypatch.context() as broken:
            broken.setattr(type(room.store.deliveries), "add", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                deliver(room, submission, sent)
        assert deliver(room, submission, sent).outcome is Outcome.STORED
    assert len(room.store.readings(code)) == 1
    assert len(room.store.corrections.versions(code)) == 1
    assert len(room.store.second_readings.readings(code)) == 1


def test_one_number_is_one_submission(room, code):
    deliver(room, rating(code, id="1" * 32))
    with pytest.raises(RoomError, match="has this number already"):
        deliver(room, rating(code, POOR, id="1" * 32))


def test_a_mask_that_needs_no_correction_is_finished_without_a_version(room, code):
    deliver(room, rating(code))
    untouched, packed = correction(room, code, candidate_voxels(room, code))
    assert packed is None
    assert deliver(room, untouched).outcome is Outcome.STORED
    stored = room.store.assignment("R1", code)
    assert (stored.version, stored.finished, room.stage(stored)) == (0, 0, Stage.DONE)


def test_a_required_correction_wants_the_raters_word(tmp_path):
    room = build_room(tmp_path / "required", correction="required")
    code = room.assignments("R1")[0].code
    deliver(room, rating(code))
    untouched, _ = correction(room, code, candidate_voxels(room, code))
    with pytest.raises(NotConfirmed):
        deliver(room, untouched)
    deliver(room, replace(untouched, confirmed=True))
    assert room.store.corrections.finishings()[0].confirmed


def test_the_browser_was_faster_both_are_kept(room, code):
    deliver(room, rating(code))
    before = candidate_voxels(room, code)
    mine, packed = correction(room, code, painted(before, 2, 100))
    in_browser = painted(before, 3, 50)
    room.corrections.save(
        "R1", code, SentMask(in_browser, is_packed=False), mine.tag, mine.effort, finish=True
    )
    receipt = deliver(room, mine, packed)
    assert receipt.outcome is Outcome.SET_ASIDE
    assert "another window" in receipt.problem
    assert deliver(room, mine, packed) == receipt
    assert [v.sha256 for v in room.store.corrections.versions(code)] == [sha256(in_browser)]
    assert room.store.deliveries.voxels(mine.id) == packed
    assert deliver(room, rating(code, POOR)).outcome is Outcome.SET_ASIDE
    assert [r.answers for r in room.store.readings(code)] == [GOOD]
    kept = {d.step: d for d in room.store.deliveries.all() if d.outcome == "set aside"}
    assert kept["rating"].details["answers"][0]["values"] == [1]


def test_a_draft_of_the_browser_is_gone_on_with(room, code):
    deliver(room, rating(code))
    before = candidate_voxels(room, code)
    draft = painted(before, 3, 50)
    first, _ = correction(room, code, draft)
    kept = room.corrections.keep_draft(
        "R1", code, SentMask(draft, is_packed=False), first.tag, first.effort
    )
    after = painted(draft, 2, 100)
    mine, packed = correction(room, code, after, tag=kept.tag, input_sha256=sha256(draft))
    assert deliver(room, mine, packed).outcome is Outcome.STORED
    (version,) = room.store.corrections.versions(code)
    assert (version.sha256, dict(version.changed)) == (sha256(after), {3: (1, 0), 2: (1, 0)})


def test_a_changed_input_is_refused(room, code):
    deliver(room, rating(code))
    before = candidate_voxels(room, code)
    edited = painted(before, 1, 7)
    mine, packed = correction(room, code, painted(edited, 2, 100))
    wrong = [
        replace(mine, input_sha256=sha256(edited)),
        replace(mine, input_sha256=sha256(before)[:16] + "0" * 48),
        replace(mine, tag=""),
    ]
    for submission in wrong:
        with pytest.raises(WrongMask, match="changed on its way"):
            deliver(room, submission, packed)
    assert room.store.deliveries.all()[1:] == ()
    # With a tag to match it might be a draft that was replaced since: kept, and never counted.
    unknown = replace(mine, input_sha256=sha256(edited), tag=f"0-{sha256(edited)[:16]}")
    assert deliver(room, unknown, packed).outcome is Outcome.SET_ASIDE
    assert room.store.corrections.versions() == ()


def test_what_is_not_the_mask_that_the_desk_tells_of_is_refused(room, code):
    deliver(room, rating(code))
    before = candidate_voxels(room, code)
    mine, packed = correction(room, code, painted(before, 2, 100))
    other = gzip.compress(painted(before, 2, 101), mtime=0)
    for submission, sent, words in (
        (mine, None, "damaged"),
        (mine, other, "damaged"),
        (mine, packed[:-9], "incomplete|damaged"),
        (replace(mine, shape=(20, 16, 12)), packed, "another grid"),
    ):
        with pytest.raises(WrongMask, match=words):
            deliver(room, submission, sent)
    strange = painted(before, 99, 100)
    with pytest.raises(WrongMask, match="labels that this study lacks: 99"):
        deliver(room, *correction(room, code, strange))
    assert room.store.corrections.versions() == ()


def test_others_readings_and_missing_answers_are_refused(room, code):
    other = room.assignments("R2")[0].code
    with pytest.raises(NotThere):
        deliver(room, rating(other))
    with pytest.raises(NotComplete, match="Please answer"):
        deliver(room, rating(code, ()))
    assert room.store.readings() == ()


def test_a_clock_that_runs_ahead_counts_as_now(room, code):
    ahead = "2099-01-01T00:00:00.000000+00:00"
    deliver(room, rating(code, opened_at=ahead, submitted_at=ahead))
    (reading,) = room.store.readings(code)
    (kept,) = room.store.deliveries.all()
    assert reading.opened_at == reading.submitted_at == kept.received_at < ahead
    assert kept.details["submitted_at"] == ahead


def test_a_store_that_cannot_be_written_is_told_as_such(room, code):
    with sqlite3.connect(room.folder / "store.sqlite") as raw:
        raw.execute(
            "CREATE TRIGGER full BEFORE INSERT ON openings BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    raw.close()
    with pytest.raises(NotSaved):
        deliver(room, rating(code))
    assert room.store.deliveries.all() == ()
