"""The long tables of the hand-over: one row for every rating, one for every assignment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from analysis.tables import CANNOT_JUDGE
from rater_app.coordinator.unblinding_key import UnblindingKey
from rater_app.core.assignment import Assignment
from rater_app.core.instrument import ORDERED_KINDS, Item, ItemKind
from rater_app.core.reading import Answer, Question
from rater_app.store import ReadingStore, StoredReading, StoredSecondReading


def rating_rows(
    store: ReadingStore, asked: Sequence[Question], unblinding: UnblindingKey
) -> list[dict[str, Any]]:
    """List every answer of every revision; those of a reading's last revision are valid.

    A question with several answers that was answered with none of them has a row with an empty
    answer, so that “no errors” can be told from a question that was never asked.
    """
    assignments = {a.code: a for a in store.assignments()}
    readings = store.readings()
    last = {reading.assignment: reading.revision for reading in readings}  # in order of revision
    rows = []
    for reading in readings:
        assignment = assignments[reading.assignment]
        is_valid = reading.revision == last[reading.assignment]
        rows += _answer_rows(reading, assignment, is_valid, asked, unblinding)
    rows.sort(key=lambda row: (row["rater"], row["position"], row["revision"]))
    return rows


def corrected_rating_rows(
    store: ReadingStore,
    asked: Sequence[Question],
    unblinding: UnblindingKey,
    valid_versions: Mapping[str, int],
) -> list[dict[str, Any]]:
    """List every answer about a corrected mask, with the version that it judges.

    The last revision is valid, if it judges the version that counts (`valid_versions`): a mask that
    was corrected further after it was rated has no valid rating until it is rated again.
    """
    assignments = {a.code: a for a in store.assignments()}
    readings = store.second_readings.readings()
    last = {reading.assignment: reading.revision for reading in readings}
    rows = []
    for reading in readings:
        code = reading.assignment
        is_valid = (reading.revision, reading.version) == (last[code], valid_versions.get(code))
        answers = _answer_rows(reading, assignments[code], is_valid, asked, unblinding)
        rows += [{**row, "version": reading.version} for row in answers]
    rows.sort(key=lambda row: (row["rater"], row["position"], row["revision"]))
    return rows


def reading_key(assignment: Assignment, unblinding: UnblindingKey) -> dict[str, Any]:
    """Give what names a reading in every table: rater, case, model, prompt, replicate."""
    mask = unblinding.masks[assignment.mask]
    return {
        "rater": assignment.rater,
        "case": mask["case"],
        "model": mask["model"],
        "prompt": mask["prompt"],
        "replicate": assignment.replicate,
    }


def assignment_rows(store: ReadingStore, unblinding: UnblindingKey) -> list[dict[str, Any]]:
    """List every assignment with how far it came: waiting, opened or submitted."""
    opened = {code for code, _ in store.openings()}
    return [
        {
            **reading_key(assignment, unblinding),
            "position": assignment.position,
            "code": assignment.code,
            "status": _status(assignment, opened),
        }
        for assignment in store.assignments()
    ]


def _answer_rows(
    reading: StoredReading | StoredSecondReading,
    assignment: Assignment,
    is_valid: bool,
    asked: Sequence[Question],
    unblinding: UnblindingKey,
) -> list[dict[str, Any]]:
    answers = {answer.key: answer for answer in reading.answers}
    rows = []
    for question in asked:
        item = question.item
        answer = answers.get(question.key)
        if answer is None and item.kind is ItemKind.MULTIPLE:
            answer = Answer(*question.key)
        if answer is None:
            continue
        rows.append(
            {
                **reading_key(assignment, unblinding),
                "structure": answer.structure,
                "item": answer.item,
                "value": _value(item, answer),
                "answer": _answer(item, answer),
                "revision": reading.revision,
                "valid": int(is_valid),
                "position": assignment.position,
                "opened_at": reading.opened_at,
                "submitted_at": reading.submitted_at,
                "elapsed_s": _elapsed_s(reading),
                "code": assignment.code,
            }
        )
    return rows


def _status(assignment: Assignment, opened: set[str]) -> str:
    if assignment.is_done:
        return "submitted"
    return "opened" if assignment.code in opened else "waiting"


def _value(item: Item, answer: Answer) -> int | None:
    single = item.kind in ORDERED_KINDS or item.kind is ItemKind.CHOICE
    return answer.values[0] if single and answer.values else None


def _answer(item: Item, answer: Answer) -> str:
    if answer.cannot_judge:
        return CANNOT_JUDGE
    if item.kind is ItemKind.TEXT:
        return answer.text
    levels = [item.level(value) for value in sorted(answer.values)]
    return ";".join(level.label for level in levels if level)


def _elapsed_s(reading: StoredReading | StoredSecondReading) -> float:
    opened = datetime.fromisoformat(reading.opened_at)
    submitted = datetime.fromisoformat(reading.submitted_at)
    return round((submitted - opened).total_seconds(), 3)
