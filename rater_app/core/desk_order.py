"""Where a rater at a desk stands, with what is still on its way to the study's store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rater_app.core.assignment import Assignment
from rater_app.core.correction import CorrectionPlan, Stage, stage_of
from rater_app.core.progress import next_assignment
from rater_app.core.submission import Step, Submission


def for_desk(assignment: Assignment) -> Assignment:
    """Leave out what would tell a rater which of their readings are of one mask."""
    return replace(assignment, mask="", replicate=0)


def after(assignment: Assignment, submission: Submission) -> Assignment:
    """Say how far a reading is once a submission of it is stored."""
    if submission.step is Step.RATING:
        return replace(assignment, revision=max(assignment.revision, submission.base_revision + 1))
    if submission.step is Step.SECOND_RATING:
        return replace(
            assignment,
            second_revision=max(assignment.second_revision, submission.base_revision + 1),
            second_version=submission.version,
        )
    version = version_after(submission)
    return replace(assignment, version=version, finished=version)


def version_after(submission: Submission) -> int:
    """Give the version that a mask has once a correction is stored."""
    parent = int(submission.tag.partition("-")[0] or 0)
    return parent + (1 if submission.changes_mask else 0)


def now_of(
    assignments: Sequence[Assignment], pending: Sequence[Submission], plan: CorrectionPlan
) -> tuple[Assignment, ...]:
    """Say how far each reading is when these submissions have arrived.

    Parameters
    ----------
    assignments : sequence of Assignment
        The rater's, as far as the study's store has them.
    pending : sequence of Submission
        On their way, in their order; what the store has already changes nothing.
    plan : CorrectionPlan
        What follows the rating.
    """
    now = {assignment.code: assignment for assignment in assignments}
    for submission in pending:
        if submission.code in now and not _has(now[submission.code], submission, plan):
            now[submission.code] = after(now[submission.code], submission)
    return tuple(now.values())


def next_after(
    assignments: Sequence[Assignment],
    pending: Sequence[Submission],
    plan: CorrectionPlan,
    skip: str = "",
) -> Assignment | None:
    """Give the reading that comes next when these submissions have arrived, or None.

    `skip` is the code of a reading that is not meant, because it is being read now.
    """
    now = now_of(assignments, pending, plan)
    return next_assignment([a for a in now if a.code != skip], plan)


def _has(assignment: Assignment, submission: Submission, plan: CorrectionPlan) -> bool:
    """Whether the store has this step of a reading already."""
    if submission.step is Step.RATING:
        return assignment.revision > submission.base_revision
    if submission.step is Step.SECOND_RATING:
        return assignment.second_revision > submission.base_revision
    gone_on = stage_of(assignment, plan) in (Stage.RATE_AGAIN, Stage.DONE)
    return gone_on and assignment.version >= version_after(submission)
