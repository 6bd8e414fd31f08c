"""StudyClient: what a desk asks of a study, whichever way it is reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from analysis.volumes import Volume
from rater_app.core.assignment import Assignment
from rater_app.core.correction import Effort, Stage
from rater_app.core.desk_study import DeskStudy
from rater_app.core.reading import Answer
from rater_app.core.submission import Receipt, Submission


class Unreachable(Exception):
    """The study cannot be reached now; the message says why, and the same may go well later."""


class Refused(Exception):
    """The study will not take this, now or later; the message says why."""


@dataclass(frozen=True)
class Task:
    """What a rater does next: a reading, what it waits for, and what was drafted of it before.

    `channels` are those of the reading's case; the assignment has no mask and no replicate.
    """

    assignment: Assignment
    stage: Stage
    channels: tuple[str, ...]
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, eq=False)
class TaskVolumes:
    """The images of a task, in their native voxel order.

    `tag` names the working state that `mask` is, where masks are corrected; `effort` is what a
    draft among the study's own has taken so far.
    """

    channels: tuple[Volume, ...]
    mask: Volume
    tag: str = ""
    effort: Effort | None = None


class StudyClient(Protocol):
    """One rater's way to one study; several threads may use it at once.

    Every verb raises `Unreachable` when it may go well later, and `Refused` when it will not.
    """

    @property
    def study(self) -> DeskStudy:
        """What the desk may know of the study."""

    def status(self) -> tuple[Assignment, ...]:
        """List the rater's readings, with how far each is."""

    def next(self, pending: Sequence[Submission] = (), skip: str = "") -> Task | None:
        """Give what comes next when `pending` has arrived, or None; a reading may be skipped."""

    def volumes(self, task: Task) -> TaskVolumes:
        """Give the images of a task."""

    def submit(self, submission: Submission, voxels: bytes | None) -> Receipt:
        """Hand a submission over; when this returns, it is kept for good.

        Parameters
        ----------
        submission : Submission
            What was ended; the same one again is no other.
        voxels : bytes or None
            The corrected mask as one gzip member, in the native order of its voxels.
        """

    def close(self) -> None:
        """Leave the study."""
