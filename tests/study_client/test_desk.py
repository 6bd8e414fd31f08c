"""The desk: what a rater ends is on this disk first, is sent in order, and never lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from rater_app.core.correction import Stage
from rater_app.core.submission import Receipt, Step, Submission
from rater_app.reading_room import ReadingRoom, SentMask
from rater_app.study_client import Desk, Refused, RoomClient, Task, Unreachable, desk_folder
from rater_app.study_client import desk as desk_module
from rater_app.study_client.voxels import array_of, digest_of, voxels_of
from tests.builders import build_room
from tests.correcting import GOOD, POOR, candidate_voxels, painted
from tests.submitting import correction, made, rating, sha256

LONGEST_S = 20.0


class Link(RoomClient):
    """A way to the room that can be cut."""

    def __init__(self, room: ReadingRoom) -> None:
        super().__init__(room, room.study.raters[0])
        self.is_up = True
        self.refuses = ""
        self.tried = threading.Event()
        self.arrived: list[Submission] = []

    def submit(self, submission: Submission, voxels: bytes | None) -> Receipt:
        self.tried.set()
        if not self.is_up:
            raise Unreachable("The server cannot be reached.")
        if self.refuses:
            raise Refused(self.refuses)
        self.arrived.append(submission)
        return super().submit(submission, voxels)

    def close(self) -> None:
        """Leave the room open: another desk goes on with it."""


@pytest.fixture
def room(tmp_path: Path) -> ReadingRoom:
    return build_room(tmp_path / "room", correction="optional", rate_again=True)


@pytest.fixture
def link(room: ReadingRoom) -> Link:
    return Link(room)


def open_desk(link: Link, tmp_path: Path, pauses: Sequence[float] = (0.01,)) -> Desk:
    return Desk(link, tmp_path / "desk", pauses)


@pytest.fixture
def desk(link: Link, tmp_path: Path) -> Iterator[Desk]:
    desk = open_desk(link, tmp_path)
    yield desk
    desk.close()


def following(desk: Desk) -> Task:
    task = desk.next()
    assert task is not None
    return task


def test_voxels_are_those_of_the_stored_order() -> None:
    mask = np.arange(24, dtype=np.uint16).reshape(2, 3, 4)
    assert voxels_of(mask)[:4] == bytes([0, 0, 12, 0])
    np.testing.assert_array_equal(array_of(voxels_of(mask), mask), mask)
    assert digest_of(mask) == sha256(mask.ravel(order="F").tobytes())


def test_a_reading_goes_its_way_and_arrives(desk: Desk, link: Link, room: ReadingRoom) -> None:
    task = following(desk)
    code = task.assignment.code
    assert (task.stage, task.channels, task.assignment.mask) == (Stage.RATE, ("T1", "T2"), "")
    volumes = desk.volumes(task)
    assert voxels_of(volumes.mask.array) == candidate_voxels(room, code)
    desk.submit(rating(code))
    assert following(desk).stage is Stage.CORRECT
    assert desk.flush(LONGEST_S)
    volumes = desk.volumes(following(desk))
    assert volumes.tag == f"0-{digest_of(volumes.mask.array)[:16]}"
    voxels = painted(candidate_voxels(room, code), 2, 100)
    desk.submit(*correction(room, code, voxels))
    again = following(desk)
    assert (again.stage, again.assignment.version) == (Stage.RATE_AGAIN, 1)
    assert desk.flush(LONGEST_S)
    assert voxels_of(desk.volumes(again).mask.array) == voxels
    desk.submit(made(Step.SECOND_RATING, code, answers=POOR, version=1))
    assert following(desk).assignment.position == 2
    assert desk.flush(LONGEST_S)
    assert [s.step for s in link.arrived] == [Step.RATING, Step.CORRECTION, Step.SECOND_RATING]
    assert room.progress("R1").done == desk.progress().done == 1
    assert desk.state.waiting == 0


def test_nothing_is_lost_while_the_link_is_down(
    desk: Desk, link: Link, room: ReadingRoom, tmp_path: Path
) -> None:
    link.is_up = False
    code = following(desk).assignment.code
    desk.submit(rating(code))
    task = following(desk)
    assert (task.assignment.code, task.stage) == (code, Stage.CORRECT)
    volumes = desk.volumes(task)  # the study does not know of the rating
    assert volumes.tag == f"0-{sha256(candidate_voxels(room, code))[:16]}"
    voxels = painted(candidate_voxels(room, code), 2, 100)
    desk.submit(*correction(room, code, voxels))
    task = following(desk)
    assert task.stage is Stage.RATE_AGAIN
    assert voxels_of(desk.volumes(task).mask.array) == voxels
    assert link.tried.wait(LONGEST_S)
    assert not desk.flush(0.05)
    state = desk.state
    assert (state.waiting, state.problem) == (2, "The server cannot be reached.")
    assert room.store.readings() == ()
    assert desk.progress().done == 0

    desk.close()
    again = open_desk(link, tmp_path)
    assert following(again).stage is Stage.RATE_AGAIN
    link.is_up = True
    assert again.flush(LONGEST_S)
    assert again.state == type(state)(0, "", ())
    assert room.store.corrections.versions(code)[0].sha256 == sha256(voxels)
    again.close()


def test_a_lost_answer_does_no_harm(desk: Desk, link: Link, room: ReadingRoom) -> None:
    first = RoomClient.submit
    answers = iter([Unreachable("The connection broke.")])

    def lose_one(submission: Submission, voxels: bytes | None) -> Receipt:
        receipt = first(link, submission, voxels)
        for lost in answers:
            raise lost
        return receipt

    link.submit = lose_one  # type: ignore[method-assign]
    desk.submit(rating(following(desk).assignment.code))
    assert desk.flush(LONGEST_S)
    assert len(room.store.readings()) == len(room.store.deliveries.all()) == 1


def test_a_fault_of_the_client_does_not_end_the_sending(
    desk: Desk, link: Link, room: ReadingRoom
) -> None:
    faults = iter([ZeroDivisionError()])
    first = link.submit

    def fail_once(submission: Submission, voxels: bytes | None) -> Receipt:
        for fault in faults:
            raise fault
        return first(submission, voxels)

    link.submit = fail_once  # type: ignore[method-assign]
    desk.submit(rating(following(desk).assignment.code))
    assert desk.flush(LONGEST_S)
    assert len(room.store.readings()) == 1


def test_what_is_refused_is_kept_and_told_and_asked_again(
    desk: Desk, link: Link, room: ReadingRoom, tmp_path: Path
) -> None:
    link.refuses = "The study is closed."
    task = following(desk)
    desk.submit(rating(task.assignment.code))
    assert desk.flush(LONGEST_S)
    (notice,) = desk.state.notices
    assert "The study is closed. What you did is kept in" in notice
    (kept,) = (tmp_path / "desk" / "refused").iterdir()
    assert str(kept) in notice
    assert following(desk) == task


def test_what_was_set_aside_is_told(desk: Desk, link: Link, room: ReadingRoom) -> None:
    code = following(desk).assignment.code
    room.submit("R1", code, POOR, 0)
    desk.submit(rating(code))
    assert desk.flush(LONGEST_S)
    (notice,) = desk.state.notices
    assert "another window" in notice
    assert following(desk).stage is Stage.CORRECT
    assert room.store.readings()[0].answers == POOR


def test_a_draft_of_the_browser_comes_to_the_desk(desk: Desk, room: ReadingRoom) -> None:
    code = following(desk).assignment.code
    room.submit("R1", code, GOOD, 0)
    draft = painted(candidate_voxels(room, code), 3, 50)
    submission, _ = correction(room, code, draft)
    kept = room.corrections.keep_draft(
        "R1", code, SentMask(draft, is_packed=False), submission.tag, submission.effort
    )
    volumes = desk.volumes(following(desk))
    assert (volumes.tag, volumes.effort) == (kept.tag, submission.effort)
    assert voxels_of(volumes.mask.array) == draft


def test_drafts_are_found_again_until_the_step_is_submitted(
    desk: Desk, link: Link, room: ReadingRoom, tmp_path: Path
) -> None:
    code = following(desk).assignment.code
    desk.submit(rating(code))
    submission, packed = correction(room, code, painted(candidate_voxels(room, code), 2, 100))
    desk.drafts.keep(submission, packed)
    desk.close()
    again = open_desk(link, tmp_path)
    assert again.drafts.find(code, Step.CORRECTION) == (submission, packed)
    assert again.drafts.find(code, Step.RATING) is None
    moved = [again.drafts.set_aside(code, Step.CORRECTION)]
    assert again.drafts.find(code, Step.CORRECTION) is None
    again.drafts.keep(submission, packed)
    moved.append(again.drafts.set_aside(code, Step.CORRECTION))
    assert all(path.is_file() for path in moved)
    again.drafts.keep(submission, packed)
    again.submit(submission, packed)
    assert again.drafts.find(code, Step.CORRECTION) is None
    again.close()


def test_a_damaged_draft_is_not_taken_for_none(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "desk" / "drafts" / "abc-rating").write_bytes(b"{")
    with pytest.raises(OSError, match="damaged"):
        desk.drafts.find("abc", Step.RATING)
    with pytest.raises(OSError, match="no reading"):
        desk.drafts.find("../outbox", Step.RATING)


def test_two_windows_do_not_share_a_desk(desk: Desk, link: Link, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="open in another window"):
        open_desk(link, tmp_path)
    desk.close()
    open_desk(link, tmp_path).close()


def test_a_full_disk_submits_nothing(desk: Desk, link: Link, monkeypatch) -> None:
    code = following(desk).assignment.code

    def full(_handle: int) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            desk.submit(rating(code))
    assert desk.state.waiting == 0
    assert following(desk).stage is Stage.RATE
    assert not link.arrived


def test_the_folder_is_the_same_whichever_way_and_tells_nobody(room: ReadingRoom) -> None:
    one, other = (RoomClient(room, rater).study for rater in room.study.raters)
    assert desk_folder(one) == desk_folder(RoomClient(room, room.study.raters[0]).study)
    assert desk_folder(one) != desk_folder(other)
    assert one.id == other.id
    assert "R1" not in desk_folder(one).name


KILLED = """
import os, signal, sys
from pathlib import Path
from rater_app.core.submission import Step
from rater_app.reading_room import ReadingRoom
from rater_app.study_client import Desk
from tests.study_client.test_desk import Link
from tests.submitting import rating

room = ReadingRoom(Path(sys.argv[1]))
link = Link(room)
link.is_up = False
desk = Desk(link, Path(sys.argv[2]))
code = desk.next().assignment.code
desk.submit(rating(code))
print(code, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_submitted_outlives_a_kill(room: ReadingRoom, link: Link, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, room.folder, tmp_path / "desk"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    desk = open_desk(link, tmp_path)
    assert desk.flush(LONGEST_S)
    assert [r.assignment for r in room.store.readings()] == [done.stdout.strip()]
    desk.close()


def test_who_leaves_waits_for_no_silent_link(
    link: Link, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "_LEAVE_S", 0.05)
    speaks, submit = threading.Event(), link.submit

    def submit_late(submission: Submission, voxels: bytes | None) -> Receipt:
        link.tried.set()
        assert speaks.wait(LONGEST_S)
        return submit(submission, voxels)

    monkeypatch.setattr(link, "submit", submit_late)
    left = threading.Event()
    monkeypatch.setattr(link, "close", left.set)
    desk = open_desk(link, tmp_path)
    code = following(desk).assignment.code
    desk.submit(rating(code))
    assert link.tried.wait(LONGEST_S)
    desk.close()
    assert not left.is_set()
    with pytest.raises(OSError, match="another window"):  # what is on its way is not sent twice
        open_desk(link, tmp_path)
    speaks.set()
    assert left.wait(LONGEST_S)
    again = open_desk(link, tmp_path)
    assert again.state.waiting == 0
    assert [s.code for s in link.arrived] == [code]
    again.close()
