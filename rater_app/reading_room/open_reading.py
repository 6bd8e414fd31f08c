"""OpenReading: what a rater has in front of them."""

from __future__ import annotations

from dataclasses import dataclass

from rater_app.core.assignment import Assignment
from rater_app.core.correction import Stage
from rater_app.core.reading import Answer, Question
from rater_app.core.study import BlindedCase


@dataclass(frozen=True)
class OpenReading:
    """A reading in front of its rater: what to look at and what has been answered so far.

    `version` is the mask that the answers are about: 0 is the candidate, others are corrections.
    `stage` says what is to be done, or done again: rate, correct, or rate the correction.
    """

    assignment: Assignment
    case: BlindedCase
    questions: tuple[Question, ...]
    answers: tuple[Answer, ...]
    stage: Stage = Stage.RATE
    version: int = 0

    @property
    def is_second(self) -> bool:
        """Whether the answers are about the corrected mask."""
        return self.version > 0

    @property
    def base_revision(self) -> int:
        """The revision that a submission of this reading would follow."""
        return self.assignment.second_revision if self.is_second else self.assignment.revision

    @property
    def mark(self) -> str:
        """What tells this reading from the others of its assignment, for the names of widgets."""
        return (
            f"v{self.version}-{self.base_revision}" if self.is_second else str(self.base_revision)
        )
