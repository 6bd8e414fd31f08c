"""PackageClient: a work package and the return file beside it, without any link."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from analysis.volumes import Volume, VolumeError, decode_nifti_gz
from rater_app.core.assignment import Assignment
from rater_app.core.correction import Stage, stage_of
from rater_app.core.desk_order import next_after, now_of, version_after
from rater_app.core.desk_study import DeskStudy
from rater_app.core.submission import Outcome, Receipt, Step, Submission
from rater_app.reading_room import WrongMask, unpack
from rater_app.study_client.client import Refused, Task, TaskVolumes, Unreachable
from rater_app.study_client.return_file import ReturnFile, return_path
from rater_app.study_client.stored_zip import DamagedZip, StoredZip
from rater_app.study_client.voxels import array_of, digest_of
from rater_app.study_client.work_package import PackedReading, read_manifest

_DAMAGED = "An image in the work package is damaged: please copy the package again."


class PackageClient:
    """One rater's way to a study that came as a file.

    Parameters
    ----------
    path : Path
        The package that `rater-app package` wrote. What is ended goes into a file beside it.

    Raises
    ------
    Refused
        When it is none, or its return file is of another package.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._archive = StoredZip(path)
        except DamagedZip as error:
            raise Refused(str(error)) from error
        try:
            self._manifest = read_manifest(self._archive, path)
            study = self._manifest.study
            self._returned = ReturnFile(
                return_path(path),
                self._manifest.package,
                study.id,
                study.rater.id,
                self._manifest.key,
            )
        except DamagedZip as error:
            self._archive.close()
            raise Refused(str(error)) from error
        self._readings = {r.assignment.code: r for r in self._manifest.readings}
        self._turn = threading.Lock()

    @property
    def study(self) -> DeskStudy:
        """What the desk may know of the study."""
        return self._manifest.study

    @property
    def return_file(self) -> Path:
        """The file that goes back to the coordinator."""
        return self._returned.path

    def status(self) -> tuple[Assignment, ...]:
        """List the rater's readings, with how far each is."""
        packed = [reading.assignment for reading in self._manifest.readings]
        returned = [self._from_saved(submission) for submission in self._returned.submissions]
        return now_of(packed, returned, self.study.plan)

    def next(self, pending: Sequence[Submission] = (), skip: str = "") -> Task | None:
        """Give what comes next when `pending` has arrived, or None."""
        plan = self.study.plan
        assignment = next_after(self.status(), pending, plan, skip)
        if assignment is None:
            return None
        packed = self._readings[assignment.code]
        answers = packed.answers if assignment == packed.assignment else ()
        return Task(assignment, stage_of(assignment, plan), packed.channels, answers)

    def volumes(self, task: Task) -> TaskVolumes:
        """Give the images of a task, with what the return file has of its mask."""
        packed = self._readings[task.assignment.code]
        channels = tuple(self._volume(name) for name in packed.channel_files)
        mask = self._volume(packed.mask_file)
        version, effort, tag = 0, packed.effort, packed.tag
        corrected = self._corrected(packed, mask)
        if corrected is not None:
            mask, version = corrected
            effort, tag = None, f"{version}-{digest_of(mask.array)[:16]}"
        if task.stage is not Stage.CORRECT:
            return TaskVolumes(channels, mask)
        # Who rated it here corrects the mask as it was packed.
        return TaskVolumes(channels, mask, tag or f"0-{digest_of(mask.array)[:16]}", effort)

    def submit(self, submission: Submission, voxels: bytes | None) -> Receipt:
        """Put a submission into the return file; when this returns, it is there for good."""
        if submission.code not in self._readings:
            raise Refused("This reading is not one of yours.")
        try:
            with self._turn:
                self._returned.add(submission, voxels)
        except OSError as error:
            raise Unreachable(f"The return file could not be written ({error}).") from error
        return Receipt(submission.id, Outcome.STORED)

    def close(self) -> None:
        """Close the package."""
        self._archive.close()

    def _from_saved(self, submission: Submission) -> Submission:
        """Count a draft of the browser as the room will: it becomes a version, unchanged or not."""
        packed = self._readings.get(submission.code)
        if packed and packed.saved_sha256 and submission.tag == packed.tag:
            return replace(submission, input_sha256=packed.saved_sha256)
        return submission

    def _corrected(self, packed: PackedReading, mask: Volume) -> tuple[Volume, int] | None:
        """Give the mask as the return file has it, and its version; None where it has none."""
        for submission in reversed(self._returned.submissions):
            if submission.code == packed.assignment.code and submission.step is Step.CORRECTION:
                voxels = self._returned.voxels(submission.id)
                if voxels is not None:
                    return _with_voxels(mask, voxels), version_after(self._from_saved(submission))
        return None

    def _volume(self, name: str) -> Volume:
        try:
            with self._turn:
                content = self._archive.read(name)
            if hashlib.sha256(content).hexdigest() != self._manifest.files.get(name):
                raise Refused(_DAMAGED)
            return decode_nifti_gz(content, Path(name))
        except (DamagedZip, VolumeError) as error:
            raise Refused(_DAMAGED) from error


def _with_voxels(mask: Volume, packed: bytes) -> Volume:
    try:
        return replace(mask, array=array_of(unpack(packed, mask.array.nbytes), mask.array))
    except WrongMask as error:
        raise Refused(f"A correction in the return file is damaged: {error}") from error
