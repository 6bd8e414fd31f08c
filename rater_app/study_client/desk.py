"""Desk: one rater's place at a study. What they end is on this disk first, and then sent."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.volumes import Volume
from rater_app.core.correction import Stage
from rater_app.core.desk_order import now_of, version_after
from rater_app.core.desk_study import DeskStudy
from rater_app.core.progress import Progress, progress_of
from rater_app.core.submission import Outcome, Step, Submission
from rater_app.reading_room import WrongMask, unpack
from rater_app.study_client.client import Refused, StudyClient, Task, TaskVolumes, Unreachable
from rater_app.study_client.drafts import DeskDrafts
from rater_app.study_client.folder_hold import FolderHold
from rater_app.study_client.outbox import Letter, Outbox
from rater_app.study_client.voxels import array_of, digest_of

_log = logging.getLogger(__name__)

RETRY_AFTER_S = (1.0, 3.0, 8.0, 20.0)
"""Pauses before what could not be sent is sent again."""

_LEAVE_S = 3.0
"""Who leaves waits so long for what is on its way; a link that has fallen silent takes longer."""


@dataclass(frozen=True)
class DeskState:
    """What a rater should know of the sending.

    `waiting` submissions are on this computer's disk alone; `problem` says why. `notices` are about
    submissions that were set aside or refused, the oldest first.
    """

    waiting: int
    problem: str
    notices: tuple[str, ...]


class Desk:
    """A client of the study, an outbox in front of it, and drafts.

    A thread of its own sends what waits, in order, as often as it takes.

    Parameters
    ----------
    client : StudyClient
        The way to the study; the desk closes it.
    folder : Path
        This rater's folder on this computer; it is made where it lacks.

    Raises
    ------
    OSError
        When the folder cannot be used, or another window uses it now.
    """

    def __init__(
        self, client: StudyClient, folder: Path, retry_after_s: Sequence[float] = RETRY_AFTER_S
    ) -> None:
        self.client = client
        self._hold = FolderHold(folder)
        self.drafts = DeskDrafts(folder)
        self._outbox = Outbox(folder)
        self._retry_after_s = retry_after_s
        self._sent: list[Submission] = []
        self._problem = ""
        self._notices: list[str] = []
        self._closed = False
        self._wakes = 0
        self._turn = threading.Condition()
        self._sender = threading.Thread(target=self._work, name="desk-sender", daemon=True)
        self._sender.start()

    @property
    def study(self) -> DeskStudy:
        """What the desk may know of the study."""
        return self.client.study

    @property
    def state(self) -> DeskState:
        """How the sending is."""
        with self._turn:
            return DeskState(len(self._outbox.letters()), self._problem, tuple(self._notices))

    def progress(self) -> Progress:
        """Count the done and all readings, with those that wait to be sent.

        Raises
        ------
        Unreachable
        """
        made = self._made()
        plan = self.study.plan
        return progress_of(now_of(self.client.status(), made, plan), plan)

    def next(self, skip: str = "") -> Task | None:
        """Give what comes next, or None; one reading may be skipped because it is read now.

        Raises
        ------
        Unreachable, Refused
        """
        return self.client.next(self._made(), skip)

    def volumes(self, task: Task) -> TaskVolumes:
        """Give the images of a task, with what waits to be sent of its mask.

        Raises
        ------
        Unreachable, Refused
        """
        waiting = [
            letter
            for letter in self._outbox.letters()
            if letter.submission.code == task.assignment.code
        ]
        if not waiting:
            return self.client.volumes(task)
        # The study does not know yet how far this reading is.
        volumes = self.client.volumes(replace(task, stage=Stage.RATE))
        return self._with_waiting(volumes, waiting, task.stage)

    def submit(self, submission: Submission, voxels: bytes | None = None) -> None:
        """Keep a submission on this disk, and have it sent; its draft is gone then.

        Raises
        ------
        OSError
            When it cannot be kept: nothing is submitted.
        """
        self._outbox.put(submission, voxels)
        self.drafts.drop(submission.code, submission.step)
        self.send_now()

    def send_now(self) -> None:
        """Try at once, not only after a pause."""
        with self._turn:
            self._wakes += 1
            self._turn.notify_all()

    def flush(self, timeout_s: float) -> bool:
        """Wait until nothing waits to be sent, at most so long; say whether that is so."""
        self.send_now()
        with self._turn:
            return self._turn.wait_for(lambda: not self._outbox.letters(), timeout_s)

    def close(self) -> None:
        """Stop sending, and leave the study; what waits is sent next time. Twice is as once.

        The folder is free when what is on its way has arrived, or has failed.
        """
        with self._turn:
            if self._closed:
                return
            self._closed = True
            self._turn.notify_all()
        self._sender.join(_LEAVE_S)

    def _made(self) -> list[Submission]:
        """List what was sent from here and what waits, before the study is asked how far it is."""
        with self._turn:
            waiting = [letter.submission for letter in self._outbox.letters()]
            return [*self._sent, *waiting]

    def _with_waiting(
        self, volumes: TaskVolumes, waiting: Sequence[Letter], stage: Stage
    ) -> TaskVolumes:
        mask = volumes.mask
        tag = f"0-{digest_of(mask.array)[:16]}"
        corrected = [letter for letter in waiting if letter.submission.step is Step.CORRECTION]
        for letter in corrected:
            packed = letter.voxels()
            if packed is not None:
                mask = _corrected(mask, packed)
                tag = f"{version_after(letter.submission)}-{letter.submission.output_sha256[:16]}"
        return replace(volumes, mask=mask, tag=tag if stage is Stage.CORRECT else "")

    def _work(self) -> None:
        try:
            self._send_all()
        finally:
            self._hold.release()
            self.client.close()

    def _send_all(self) -> None:
        failures = 0
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._closed or self._outbox.letters())
                if self._closed:
                    return
                wakes = self._wakes
            if self._send(self._outbox.letters()[0]):
                failures = 0
                continue
            pause = self._retry_after_s[min(failures, len(self._retry_after_s) - 1)]
            failures += 1
            self._rest(wakes, pause)

    def _rest(self, wakes: int, pause_s: float) -> None:
        with self._turn:
            self._turn.wait_for(lambda: self._closed or self._wakes != wakes, pause_s)

    def _send(self, letter: Letter) -> bool:
        """Send one letter; False when the same is to be tried again."""
        try:
            receipt = self.client.submit(letter.submission, letter.voxels())
        except (Unreachable, OSError) as error:
            self._trouble(str(error))
            return False
        except Refused as error:
            with self._turn:
                place = self._outbox.refuse(letter)
                self._notices.append(f"{error} What you did is kept in {place}.")
                self._settle()
            return True
        except Exception as error:  # whatever it is, the sender must not die of it
            _log.exception("A submission could not be sent.")
            self._trouble(f"Sending failed unexpectedly ({type(error).__name__}).")
            return False
        with self._turn:
            # In one turn: who looks in between must not take it for never done.
            self._outbox.remove(letter)
            if receipt.outcome is Outcome.STORED:
                self._sent.append(letter.submission)
            else:
                self._notices.append(f"{receipt.problem} What you did here is kept beside it.")
            self._settle()
        return True

    def _trouble(self, problem: str) -> None:
        with self._turn:
            self._problem = problem

    def _settle(self) -> None:
        self._problem = ""
        self._turn.notify_all()


def _corrected(mask: Volume, packed: bytes) -> Volume:
    try:
        voxels = unpack(packed, mask.array.nbytes)
    except WrongMask as error:
        raise OSError(f"A correction that waits to be sent is damaged: {error}") from error
    return Volume(array_of(voxels, mask.array), mask.affine)
