"""RoomClient: the room on this computer, entered with an invitation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from analysis.volumes import VolumeError, decode_nifti_gz
from rater_app.core.assignment import Assignment
from rater_app.core.correction import Stage, stage_of
from rater_app.core.desk_order import for_desk, next_after
from rater_app.core.desk_study import DeskStudy
from rater_app.core.study import Rater
from rater_app.core.submission import Receipt, Submission
from rater_app.reading_room import (
    MaskNotSaved,
    NotReadableNow,
    NotSaved,
    ReadingRoom,
    RoomError,
    study_for_desk,
)
from rater_app.store import NotReadable
from rater_app.study_client.client import Refused, Task, TaskVolumes, Unreachable

_UNREADABLE = "The images of this mask cannot be read. Please tell your coordinator."


class RoomClient:
    """One rater's way to a room whose folder lies on this computer.

    Parameters
    ----------
    room : ReadingRoom
        The room; the client closes it.
    rater : Rater
        Whose readings they are.
    """

    def __init__(self, room: ReadingRoom, rater: Rater) -> None:
        self._room = room
        self._rater = rater.id
        self._study = study_for_desk(room, rater)

    @classmethod
    def sign_in(cls, folder: Path, token: str) -> RoomClient:
        """Enter a room with the token of an invitation, or with its link.

        Raises
        ------
        Refused
            When the folder is no room, or the invitation is not valid in it.
        """
        try:
            room = ReadingRoom(folder)
        except RoomError as error:
            raise Refused(str(error)) from error
        rater = room.invited_rater(token.strip().rstrip("/").rpartition("/")[2])
        if rater is None:
            room.close()
            raise Refused("This invitation is not valid here: ask the coordinator for a new one.")
        return cls(room, rater)

    @property
    def study(self) -> DeskStudy:
        """What the desk may know of the study."""
        return self._study

    def status(self) -> tuple[Assignment, ...]:
        """List the rater's readings, with how far each is."""
        with _told():
            return tuple(map(for_desk, self._room.assignments(self._rater)))

    def next(self, pending: Sequence[Submission] = (), skip: str = "") -> Task | None:
        """Give what comes next when `pending` has arrived, or None."""
        plan = self._study.plan
        assignment = next_after(self.status(), pending, plan, skip)
        if assignment is None:
            return None
        with _told():
            stored = self._room.store.assignment(self._rater, assignment.code)
            assert stored is not None  # it was listed
            reading = self._room.look(stored)
        same = for_desk(stored) == assignment
        stage = stage_of(assignment, plan)
        return Task(assignment, stage, reading.case.channels, reading.answers if same else ())

    def volumes(self, task: Task) -> TaskVolumes:
        """Give the images of a task."""
        code = task.assignment.code
        with _told():
            paths = (
                self._room.volume_path(self._rater, code, str(part))
                for part in range(len(task.channels))
            )
            # One after the other: compressed images need not be held together.
            channels = tuple(decode_nifti_gz(path.read_bytes(), Path(code)) for path in paths)
            if task.stage is Stage.CORRECT:
                state = self._room.corrections.working_state(self._rater, code)
                mask = decode_nifti_gz(state.packed, Path(code))
                return TaskVolumes(channels, mask, state.tag, state.effort)
            version = task.assignment.version if task.stage is Stage.RATE_AGAIN else 0
            content = self._room.corrections.version_volume(self._rater, code, version)
            return TaskVolumes(channels, decode_nifti_gz(content, Path(code)))

    def submit(self, submission: Submission, voxels: bytes | None) -> Receipt:
        """Hand a submission over; when this returns, it is kept for good."""
        with _told():
            return self._room.deliveries.deliver(self._rater, submission, voxels)

    def close(self) -> None:
        """Leave the room."""
        self._room.close()


@contextmanager
def _told() -> Iterator[None]:
    """Tell what goes wrong in the two ways of a client."""
    try:
        yield
    except (NotSaved, MaskNotSaved, NotReadableNow, NotReadable) as error:
        raise Unreachable(str(error)) from error
    except RoomError as error:
        raise Refused(str(error)) from error
    except (VolumeError, OSError) as error:
        raise Refused(_UNREADABLE) from error
