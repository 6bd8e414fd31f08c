"""The session core on a real room, without Qt."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.volumes import VolumeError, read_labels
from rater_app.core.reading import Answer
from rater_app.napari_review.layers import volume_of
from rater_app.napari_review.session import ReviewSession
from rater_app.reading_room import NotComplete, RoomError
from tests.builders import build_room

FAIR = (Answer("quality", values=(3,)),)


@pytest.fixture
def session(tmp_path: Path) -> ReviewSession:
    room = build_room(tmp_path / "room", cases=3, masks_per_case=1)
    return ReviewSession(room, room.study.raters[0])


def test_sign_in_needs_a_room_and_a_valid_invitation(tmp_path: Path) -> None:
    room = build_room(tmp_path / "room")
    token = room.invite("R2")
    with pytest.raises(RoomError, match="is not a room"):
        ReviewSession.sign_in(tmp_path, token)
    with pytest.raises(RoomError, match="invitation is not valid"):
        ReviewSession.sign_in(room.folder, token + "x")
    signed_in = ReviewSession.sign_in(room.folder, f" {token}\n")
    assert signed_in.rater.name == "Dr Two"
    signed_in.close()


def test_a_study_that_corrects_masks_is_for_the_browser(tmp_path: Path) -> None:
    room = build_room(tmp_path / "room", correction="optional")
    with pytest.raises(RoomError, match="open your invitation in a browser"):
        ReviewSession.sign_in(room.folder, room.invite("R1"))


@pytest.mark.parametrize("content", ["", "{}", "[1]"])
def test_a_damaged_room_is_refused_in_one_sentence(tmp_path: Path, content: str) -> None:
    room = build_room(tmp_path / "room")
    (room.folder / "study.json").write_text(content)
    with pytest.raises(RoomError, match="damaged"):
        ReviewSession.sign_in(room.folder, "any")


def test_readings_come_in_order_until_all_are_done(session: ReviewSession) -> None:
    planned = [a.code for a in session.room.assignments("R1")]
    read = []
    while (reading := session.next()) is not None:
        read.append(reading.assignment.code)
        session.submit(FAIR)
    assert read == planned
    assert session.progress.share == 1
    assert [r.answers for r in session.room.store.readings()] == [FAIR] * 3


def test_the_layers_are_the_stored_images(session: ReviewSession) -> None:
    reading = session.next()
    assert reading is not None
    assert session.layers is not None
    assert [channel.name for channel in session.layers.channels] == ["T1", "T2"]
    stored = session.room.volume_path("R1", reading.assignment.code, "mask")
    np.testing.assert_array_equal(volume_of(session.layers.mask).array, read_labels(stored).array)


def test_an_incomplete_reading_stays_open(session: ReviewSession) -> None:
    reading = session.next()
    with pytest.raises(NotComplete, match="Please answer: How good is this mask"):
        session.submit([Answer("quality")])
    assert session.reading is reading
    assert session.room.store.readings() == ()


def test_nothing_can_be_submitted_without_an_open_reading(session: ReviewSession) -> None:
    with pytest.raises(RoomError, match="no mask"):
        session.submit(FAIR)


def test_answers_kept_are_found_again_after_a_crash(session: ReviewSession) -> None:
    session.next()
    session.keep(FAIR)
    again = ReviewSession(session.room, session.rater).next()
    assert again is not None
    assert again.answers == FAIR


def test_an_unreadable_image_opens_no_reading(session: ReviewSession) -> None:
    first = session.room.assignments("R1")[0]
    session.room.volume_path("R1", first.code, "1").write_bytes(b"not an image")
    with pytest.raises(VolumeError):
        session.next()
    assert session.reading is None
    assert session.room.store.openings() == ()


def test_channel_names_are_the_union_over_the_cases(tmp_path: Path) -> None:
    room = build_room(tmp_path / "room", channels=("T1", "T2"))
    described = room.study.to_dict()
    described["cases"][1]["channels"] = ["T2", "FLAIR"]
    (room.folder / "study.json").write_text(json.dumps(described))
    token = room.invite("R1")
    assert ReviewSession.sign_in(room.folder, token).channel_names == ("T1", "T2", "FLAIR")
