"""The session core on a real room, without Qt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from analysis.volumes import read_labels
from rater_app.core.correction import Effort, Stage
from rater_app.core.reading import Answer
from rater_app.core.submission import Step
from rater_app.napari_review.layers import volume_of
from rater_app.napari_review.loaded_task import Counts, load_next
from rater_app.napari_review.session import RESTORED, NotReady, ReviewSession
from rater_app.reading_room import ReadingRoom, SentMask
from rater_app.study_client import Desk, RoomClient
from rater_app.study_client.voxels import voxels_of
from tests.builders import build_room
from tests.correcting import GOOD, candidate_voxels, painted
from tests.submitting import sha256

LONGEST_S = 20.0


class Room(RoomClient):
    """A way to the room that leaves it open."""

    def close(self) -> None:
        pass


@pytest.fixture
def room(tmp_path: Path) -> ReadingRoom:
    return build_room(tmp_path / "room", correction="required", rate_again=True)


def enter(room: ReadingRoom, tmp_path: Path) -> ReviewSession:
    desk = Desk(Room(room, room.study.raters[0]), tmp_path / "desk", (0.01,))
    return ReviewSession(desk, "napari plugin", {"napari": "0.9.2"})


@pytest.fixture
def session(room: ReadingRoom, tmp_path: Path) -> Iterator[ReviewSession]:
    session = enter(room, tmp_path)
    session.begin(load_next(session.desk))
    yield session
    session.desk.close()


def edited(session: ReviewSession) -> np.ndarray:
    assert session.mask is not None
    mask = session.mask.array.copy()
    mask[0, 0, 0] = (mask[0, 0, 0] + 1) % 4
    return mask


def save(session: ReviewSession, mask: np.ndarray, counts: Counts, confirmed: bool = False) -> bool:
    submission, voxels = session.correction(mask, counts, confirmed)
    return session.submit_correction(submission, voxels, mask)


NONE = Counts({})


def test_a_reading_goes_through_its_stages(room: ReadingRoom, session: ReviewSession) -> None:
    loaded = session.loaded
    assert loaded is not None
    code = loaded.task.assignment.code
    assert (loaded.total, session.stage) == (4, Stage.RATE)
    stored = room.volume_path("R1", code, "mask")
    np.testing.assert_array_equal(volume_of(loaded.layers.mask).array, read_labels(stored).array)
    assert [channel.name for channel in loaded.layers.channels] == ["T1", "T2"]
    assert session.submit_rating(GOOD)
    assert session.stage is Stage.CORRECT
    mask = edited(session)
    assert save(session, mask, Counts({"brush": 2, "fill": 1}, undos=1))
    assert session.stage is Stage.RATE_AGAIN
    assert session.mask is not None
    np.testing.assert_array_equal(session.mask.array, mask)
    assert not session.submit_rating(GOOD)
    assert session.loaded is None
    assert session.desk.flush(LONGEST_S)
    (version,) = room.store.corrections.versions()
    assert version.effort.tools == {"brush": 2, "fill": 1}
    assert (version.effort.strokes, version.effort.undos) == (3, 1)
    (again,) = room.store.second_readings.readings(code)
    assert (again.version, again.answers) == (1, GOOD)
    kept = {d.step: d.details for d in room.store.deliveries.all()}
    assert kept["correction"]["versions"].keys() == {"rater-app", "Python", "napari"}
    assert kept["correction"]["spacing_mm"] == [9.0, 9.0, 9.0]
    assert kept["correction"]["shape"] == [16, 20, 12]


def test_what_is_missing_is_said_and_nothing_is_submitted(session: ReviewSession) -> None:
    with pytest.raises(NotReady, match="Please answer: How good is this mask"):
        session.submit_rating([Answer("quality")])
    assert session.stage is Stage.RATE
    assert session.desk.state.waiting == 0


def test_a_required_correction_wants_one_or_a_word(
    room: ReadingRoom, session: ReviewSession
) -> None:
    session.submit_rating(GOOD)
    assert session.mask is not None
    with pytest.raises(NotReady, match="tick “This mask needs no correction”"):
        save(session, session.mask.array, NONE)
    assert not save(session, session.mask.array, NONE, confirmed=True)
    assert session.desk.flush(LONGEST_S)
    assert [f.confirmed for f in room.store.corrections.finishings()] == [True]


def test_a_correction_is_never_confirmed_as_needless(
    room: ReadingRoom, session: ReviewSession
) -> None:
    session.submit_rating(GOOD)
    save(session, edited(session), NONE, confirmed=True)
    assert session.desk.flush(LONGEST_S)
    assert [f.confirmed for f in room.store.corrections.finishings()] == [False]


def test_answers_and_masks_are_found_again(
    room: ReadingRoom, session: ReviewSession, tmp_path: Path
) -> None:
    session.keep_answers(GOOD)
    session.desk.close()
    again = enter(room, tmp_path)
    assert again.begin(load_next(again.desk)) == GOOD
    again.submit_rating(GOOD)
    mask = edited(again)
    submission, voxels = again.correction(mask, Counts({"brush": 4}))
    again.desk.drafts.keep(submission, voxels)
    again.desk.close()

    third = enter(room, tmp_path)
    third.begin(load_next(third.desk))
    assert (third.stage, third.notice) == (Stage.CORRECT, RESTORED)
    assert third.mask is not None
    np.testing.assert_array_equal(third.mask.array, mask)
    save(third, third.mask.array, Counts({"eraser": 1}))
    assert third.desk.flush(LONGEST_S)
    (version,) = room.store.corrections.versions()
    assert version.effort.tools == {"brush": 4, "eraser": 1}
    third.desk.close()


def test_a_draft_of_another_state_is_set_aside_and_told(
    room: ReadingRoom, session: ReviewSession, tmp_path: Path
) -> None:
    session.submit_rating(GOOD)
    submission, voxels = session.correction(edited(session), NONE)
    session.desk.drafts.keep(submission, voxels)
    assert session.desk.flush(LONGEST_S)
    session.desk.close()
    in_browser = painted(candidate_voxels(room, submission.code), 3, 50)
    room.corrections.save(
        "R1", submission.code, SentMask(in_browser, is_packed=False), submission.tag, Effort()
    )
    again = enter(room, tmp_path)
    again.begin(load_next(again.desk))
    assert "changed in another window" in again.notice
    (kept,) = (tmp_path / "desk" / "set_aside").iterdir()
    assert str(kept) in again.notice
    assert again.mask is not None
    assert voxels_of(volume_of(again.mask).array) == in_browser
    mask = again.mask.array.copy()
    mask[1, 1, 1] = 1
    save(again, mask, NONE)
    assert again.desk.flush(LONGEST_S)
    assert room.store.corrections.versions()[-1].sha256 == sha256(
        voxels_of(volume_of(again.mask).array)
    )
    again.desk.close()


def test_large_labels_stay_of_their_kind(tmp_path: Path) -> None:
    # All that is left of a mask of 16 bits fits into 8: its voxels still have two bytes each.
    from analysis.volumes import Volume, write_nifti_gz
    from rater_app.core.study import Label

    room = build_room(
        tmp_path / "room",
        cases=1,
        masks_per_case=1,
        correction="optional",
        labels=(Label(1, "small", "#d55e00"), Label(300, "large", "#009e73")),
        structures=(),
    )
    mask = np.zeros((16, 20, 12), np.uint16)
    mask[2, 3, 4], mask[5, 5, 5] = 300, 1
    path = room.folder / "volumes" / room.study.masks[0].volume
    write_nifti_gz(path, Volume(mask, read_labels(path).affine))
    session = enter(room, tmp_path)
    session.begin(load_next(session.desk))
    session.submit_rating(GOOD)
    assert session.mask is not None
    without = session.mask.array.copy()
    without[without == 300] = 0
    save(session, without, NONE)
    assert session.desk.flush(LONGEST_S)
    (version,) = room.store.corrections.versions()
    expected = np.where(mask == 300, 0, mask).astype("<u2").tobytes(order="F")
    assert version.sha256 == sha256(expected)
    assert dict(version.changed) == {300: (0, 1)}
    session.desk.close()


def test_the_step_of_a_draft_is_that_of_the_stage(session: ReviewSession) -> None:
    assert session.task is not None
    code = session.task.assignment.code
    session.keep_answers(GOOD)
    assert session.desk.drafts.find(code, Step.SECOND_RATING) is None
    assert session.desk.drafts.find(code, Step.RATING) is not None


def test_a_damaged_draft_is_set_aside_and_told(
    room: ReadingRoom, session: ReviewSession, tmp_path: Path
) -> None:
    session.submit_rating(GOOD)
    submission, voxels = session.correction(edited(session), Counts({"brush": 1}))
    assert voxels is not None
    session.desk.drafts.keep(submission, voxels[:-5])
    session.desk.close()
    again = enter(room, tmp_path)
    again.begin(load_next(again.desk))
    (kept,) = (tmp_path / "desk" / "set_aside").iterdir()
    assert str(kept) in again.notice
    assert "cannot be read" in again.notice
    assert again.mask is not None
    assert again.loaded is not None
    assert again.mask is again.loaded.layers.mask
    again.desk.close()


def test_no_correction_is_needed_where_the_browser_took_all_back(
    room: ReadingRoom, session: ReviewSession, tmp_path: Path
) -> None:
    assert session.task is not None
    code = session.task.assignment.code
    session.submit_rating(GOOD)
    assert session.desk.flush(LONGEST_S)
    session.desk.close()
    candidate = candidate_voxels(room, code)
    for voxels in (painted(candidate, 3, 50), candidate):
        tag = room.corrections.working_state("R1", code).tag
        room.corrections.keep_draft("R1", code, SentMask(voxels, is_packed=False), tag, Effort())
    again = enter(room, tmp_path)
    again.begin(load_next(again.desk))
    assert again.mask is not None
    save(again, again.mask.array, NONE, confirmed=True)
    assert again.desk.flush(LONGEST_S)
    assert again.desk.state.notices == ()
    assert [(f.version, f.confirmed) for f in room.store.corrections.finishings()] == [(0, True)]
    again.desk.close()
