"""ReviewSession: one rater's way through their readings at a desk, without Qt or napari."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rater_app import __version__
from rater_app.core.correction import CorrectionRule, Effort, Stage, stage_of
from rater_app.core.desk_order import after
from rater_app.core.reading import Answer, check_reading
from rater_app.core.submission import Step, Submission, new_id
from rater_app.napari_review.activity_clock import ActivityClock
from rater_app.napari_review.layers import LayerData, layer_of, volume_of
from rater_app.napari_review.loaded_task import Counts, LoadedTask
from rater_app.reading_room import WrongMask, stamp, unpack, utc_now
from rater_app.study_client import Desk, Task
from rater_app.study_client.voxels import array_of, digest_of, packed_of

RESTORED = "Your unsaved changes were restored."
_SET_ASIDE = (
    "This mask was changed in another window since. Your unsaved changes of this computer are kept "
    "in {}."
)
_DAMAGED = (
    "Your unsaved changes of this mask cannot be read any more. What is left of them is kept in "
    "{}: please tell your coordinator."
)
_CONFIRM = "Please correct this mask, or tick “This mask needs no correction”."


class NotReady(Exception):
    """What keeps a step from being ended, one sentence a line; nothing is lost."""


class ReviewSession:
    """The readings of one rater, one after the other.

    Parameters
    ----------
    desk : Desk
        The rater's place at the study; the session closes it.
    host : str
        The program around: it is stored with every submission.
    versions : mapping of str to str
        Versions of the programs that have a part in it.

    Attributes
    ----------
    loaded : LoadedTask or None
        What the rater looks at now.
    mask : LayerData or None
        The mask as it is to be shown at first: restored work, or what came.
    notice : str
        What the rater should be told about what was opened.
    """

    def __init__(self, desk: Desk, host: str, versions: Mapping[str, str]) -> None:
        self.desk = desk
        self.host = host
        self.loaded: LoadedTask | None = None
        self.mask: LayerData | None = None
        self.notice = ""
        self.clock = ActivityClock()
        self._versions = {"rater-app": __version__, "Python": platform.python_version(), **versions}
        self._opened_at = stamp(utc_now())
        self._before = Effort()

    @property
    def task(self) -> Task | None:
        """The task in front of the rater."""
        return self.loaded.task if self.loaded else None

    @property
    def stage(self) -> Stage:
        """What the reading waits for."""
        return self.loaded.task.stage if self.loaded else Stage.DONE

    def begin(self, loaded: LoadedTask | None) -> tuple[Answer, ...]:
        """Put a loaded task in front of the rater, and give the answers drafted before."""
        self.loaded = loaded
        self.notice = ""
        self.mask = loaded.layers.mask if loaded else None
        self._before = Effort()
        self._start_step()
        if loaded is None:
            return ()
        if loaded.task.stage is Stage.CORRECT:
            self._resume(loaded)
            return ()
        return self._drafted(loaded.task)

    def _start_step(self) -> None:
        self._opened_at = stamp(utc_now())
        self.clock = ActivityClock()

    def _drafted(self, task: Task) -> tuple[Answer, ...]:
        kept = self.desk.drafts.find(task.assignment.code, _step_of(task.stage))
        return kept[0].answers if kept else task.answers

    def _resume(self, loaded: LoadedTask) -> None:
        """Go on from unsaved work, if there is any on this state of the mask."""
        volumes, code = loaded.volumes, loaded.task.assignment.code
        self._before = volumes.effort or Effort()
        kept = self.desk.drafts.find(code, Step.CORRECTION)
        if kept is None:
            if volumes.effort is not None:
                self.notice = RESTORED
            return
        draft, packed = kept
        if draft.tag != volumes.tag or packed is None:
            place = self.desk.drafts.set_aside(code, Step.CORRECTION)
            self.notice = _SET_ASIDE.format(place)
            return
        try:
            array = array_of(unpack(packed, volumes.mask.array.nbytes), volumes.mask.array)
        except WrongMask:
            place = self.desk.drafts.set_aside(code, Step.CORRECTION)
            self.notice = _DAMAGED.format(place)
            return
        self.mask = layer_of("mask", replace(volumes.mask, array=array))
        self._before = draft.effort
        self.notice = RESTORED

    def keep_answers(self, answers: Sequence[Answer]) -> None:
        """Keep answers on this disk, so that a crash does not lose them.

        Raises
        ------
        OSError
        """
        if self.task is not None and self.stage in (Stage.RATE, Stage.RATE_AGAIN):
            self.desk.drafts.keep(self._rating(answers), None)

    def submit_rating(self, answers: Sequence[Answer]) -> bool:
        """Submit the rating of the mask; say whether the same reading goes on.

        Raises
        ------
        NotReady
            With one sentence for each answer that is missing.
        OSError
            When it cannot be kept: nothing is submitted.
        """
        problems = check_reading(answers, self.desk.study.questions)
        if problems:
            raise NotReady("\n".join(problems))
        return self._end(self._rating(answers), None, self.mask)

    def _rating(self, answers: Sequence[Answer]) -> Submission:
        assert self.task is not None
        assignment, is_second = self.task.assignment, self.stage is Stage.RATE_AGAIN
        return replace(
            self._submission(_step_of(self.stage)),
            answers=tuple(answer for answer in answers if not answer.is_empty),
            base_revision=assignment.second_revision if is_second else assignment.revision,
            version=assignment.version if is_second else 0,
        )

    def correction(
        self, mask: NDArray[Any], counts: Counts, confirmed: bool = False
    ) -> tuple[Submission, bytes | None]:
        """Make a correction of a mask as its layer has it; may run in another thread on a copy.

        Parameters
        ----------
        mask : ndarray, shape (z, y, x)
        counts : Counts
            What was done since the stage began.
        confirmed : bool
            Whether the rater said that the mask needs no correction.
        """
        loaded = self.loaded
        assert loaded is not None
        volumes = loaded.volumes
        array = volume_of(replace(loaded.layers.mask, array=mask)).array
        output = digest_of(array)
        submission = replace(
            self._submission(Step.CORRECTION),
            tag=volumes.tag,
            input_sha256=loaded.input_sha256,
            output_sha256=output,
            effort=self._effort(counts),
            confirmed=confirmed and output == loaded.input_sha256,
            shape=tuple(array.shape),
            spacing_mm=tuple(
                float(mm) for mm in np.linalg.norm(volumes.mask.affine[:3, :3], axis=0)
            ),
        )
        # A draft of the browser is no version yet: it is sent even if nothing was added to it.
        is_news = submission.changes_mask or volumes.effort is not None
        return submission, packed_of(array) if is_news else None

    def packed(self, mask: NDArray[Any]) -> bytes:
        """Give the voxels of a layer's mask in native order, compressed."""
        assert self.loaded is not None
        return packed_of(volume_of(replace(self.loaded.layers.mask, array=mask)).array)

    def submit_correction(
        self, submission: Submission, voxels: bytes | None, mask: NDArray[Any]
    ) -> bool:
        """Save a correction and go on; say whether the same reading goes on.

        Raises
        ------
        NotReady
            When the study wants a correction, or the rater's word that none is needed.
        OSError
            When it cannot be kept: nothing is submitted.
        """
        assert self.loaded is not None
        is_required = self.desk.study.plan.rule is CorrectionRule.REQUIRED
        untouched = voxels is None and self.loaded.task.assignment.version == 0
        if is_required and untouched and not submission.confirmed:
            raise NotReady(_CONFIRM)
        return self._end(submission, voxels, replace(self.loaded.layers.mask, array=mask))

    def _end(self, submission: Submission, voxels: bytes | None, mask: LayerData | None) -> bool:
        """Submit, and go on to the next stage of the same reading if there is one."""
        loaded = self.loaded
        assert loaded is not None
        self.desk.submit(submission, voxels)
        assignment = after(loaded.task.assignment, submission)
        stage = stage_of(assignment, self.desk.study.plan)
        if stage is Stage.DONE:
            self.loaded = None
            return False
        volumes = loaded.volumes
        if stage is Stage.CORRECT:  # the candidate, which nobody has corrected yet
            volumes = replace(volumes, tag=f"0-{loaded.input_sha256[:16]}", effort=None)
        task = Task(assignment, stage, loaded.task.channels)
        self.loaded = replace(loaded, task=task, volumes=volumes)
        self.mask = mask
        self.notice = ""
        self._before = Effort()
        self._start_step()
        return True

    def _submission(self, step: Step) -> Submission:
        assert self.task is not None
        active_s, idle_s = self.clock.seconds()
        return Submission(
            id=new_id(),
            step=step,
            code=self.task.assignment.code,
            opened_at=self._opened_at,
            submitted_at=stamp(utc_now()),
            host=self.host,
            versions=self._versions,
            active_s=round(active_s, 3),
            idle_s=round(idle_s, 3),
        )

    def _effort(self, counts: Counts) -> Effort:
        active_s, idle_s = self.clock.seconds()
        before = self._before
        tools = {
            name: before.tools.get(name, 0) + counts.strokes.get(name, 0)
            for name in sorted({*before.tools, *counts.strokes})
        }
        return Effort(
            active_s=round(before.active_s + active_s, 3),
            idle_s=round(before.idle_s + idle_s, 3),
            strokes=before.strokes + sum(counts.strokes.values()),
            undos=before.undos + counts.undos,
            redos=before.redos + counts.redos,
            tools=tools,
            tool=self.host,
        )


def _step_of(stage: Stage) -> Step:
    return Step.SECOND_RATING if stage is Stage.RATE_AGAIN else Step.RATING
