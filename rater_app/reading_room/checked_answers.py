"""What the first and the second rating of a mask have in common when they are submitted."""

from __future__ import annotations

from collections.abc import Sequence

from rater_app.core.reading import Answer, Question, check_reading
from rater_app.reading_room.errors import AlreadySubmitted, NotComplete, RoomError


def checked_answers(
    answers: Sequence[Answer],
    asked: Sequence[Question],
    base_revision: int,
    revision: int,
    allow_back: bool,
) -> tuple[Answer, ...]:
    """Give the answers that are to be stored, empty ones left out.

    Parameters
    ----------
    answers, asked : sequence
        What was answered, and the questions.
    base_revision, revision : int
        The revision that the rater had before them, and the last one in the store.
    allow_back : bool
        Whether the study allows a second thought.

    Raises
    ------
    NotComplete
        With one sentence for each answer that is missing or impossible.
    AlreadySubmitted
        When the study allows no second thought.
    RoomError
        When the page is ahead of the store.
    """
    given = tuple(answer for answer in answers if not answer.is_empty)
    problems = check_reading(given, asked)
    if problems:
        raise NotComplete(problems)
    if base_revision > revision:
        raise RoomError("This page is ahead of the study's store. Please reload the page.")
    if base_revision > 0 and not allow_back:
        raise AlreadySubmitted("This mask is rated already, and the study allows no change.")
    return given
