"""export: join a room and its key into the hand-over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.description import HANDOVER_FORMAT
from analysis.tables import (
    ASSIGNMENT_COLUMNS,
    ASSIGNMENTS,
    CORRECTED_RATINGS,
    CORRECTION_EFFORT,
    CORRECTIONS,
    DESKTOP,
    MASK_COLUMNS,
    MASKS,
    MODEL_COLUMNS,
    MODELS,
    RATING_COLUMNS,
    RATINGS,
    REFERENCE_COLUMNS,
    REFERENCES,
    VIEWING,
    write_description,
    write_table,
)
from rater_app import __version__
from rater_app.coordinator.correction_rows import valid_versions, versions
from rater_app.coordinator.delivery_rows import delivery_rows
from rater_app.coordinator.handed_corrections import effort_rows, hand_over_corrections
from rater_app.coordinator.handed_masks import hand_over_masks, hand_over_references
from rater_app.coordinator.rating_rows import (
    assignment_rows,
    corrected_rating_rows,
    rating_rows,
)
from rater_app.coordinator.study_problems import StudyError
from rater_app.coordinator.unblinding_key import UnblindingKey, open_key
from rater_app.coordinator.viewing_rows import viewing_rows
from rater_app.coordinator.whole_folder import built_aside, check_free, check_outside
from rater_app.core.instrument import Instrument
from rater_app.core.reading import questions
from rater_app.reading_room import ReadingRoom

Progress = Callable[[int, int], None]
Rows = list[dict[str, Any]]


def silent(done: int, total: int) -> None:
    """Tell nobody about the progress."""


@dataclass(frozen=True)
class Exported:
    """What `export` wrote, for a line to the coordinator.

    `corrections` counts the versions of corrected masks.
    """

    folder: Path
    submitted: int
    readings: int
    ratings: int
    masks: int
    corrections: int = 0


def export(
    room: Path, key: Path, handover: Path, command: str = "export", progress: Progress = silent
) -> Exported:
    """Write the hand-over of a room, finished or not; opening the key is logged.

    Parameters
    ----------
    room, key : Path
        What `prepare` built.
    handover : Path
        The folder to write; it must not exist.
    command : str
        What the log of the key's openings says.
    progress : callable
        Called as progress(done, total) while corrected masks are measured.

    Raises
    ------
    StudyError
        When room and key do not belong together, or source files changed or vanished.
    InTheWay
        When the hand-over exists or cannot be written, or the key cannot be read or logged.
    RoomError
        When the room is none.
    """
    check_outside(handover, room, "The hand-over")
    check_free(handover, "a hand-over")
    reading_room = ReadingRoom(room)
    try:
        unblinding = open_key(key, command)
        _check_match(reading_room, unblinding, room, key)
        asked = questions(reading_room.study.instrument, reading_room.study.structures)
        ratings = rating_rows(reading_room.store, asked, unblinding)
        assignments = assignment_rows(reading_room.store, unblinding)
        with built_aside(handover) as aside:
            problems: list[str] = []
            masks = hand_over_masks(reading_room, unblinding, aside, problems)
            references = hand_over_references(unblinding, aside, problems)
            _raise(problems)
            write_description(aside / "study.json", _description(unblinding, reading_room))
            write_table(aside / MODELS.file, _model_rows(unblinding), MODEL_COLUMNS)
            write_table(aside / MASKS.file, masks, MASK_COLUMNS)
            write_table(aside / REFERENCES.file, references, REFERENCE_COLUMNS)
            write_table(aside / RATINGS.file, ratings, RATING_COLUMNS)
            write_table(aside / ASSIGNMENTS.file, assignments, ASSIGNMENT_COLUMNS)
            corrections = _write_corrections(reading_room, unblinding, masks, aside, progress)
            viewing = viewing_rows(reading_room.store, unblinding)
            if viewing:
                write_table(aside / VIEWING.file, viewing, VIEWING.columns)
            deliveries = delivery_rows(reading_room, unblinding, aside, problems)
            _raise(problems)
            if deliveries:
                write_table(aside / DESKTOP.file, deliveries, DESKTOP.columns)
            aside.replace(handover)
    finally:
        reading_room.close()
    return Exported(
        handover,
        sum(row["status"] == "submitted" for row in assignments),
        len(assignments),
        sum(row["valid"] for row in ratings),
        len(masks),
        corrections,
    )


def _write_corrections(
    room: ReadingRoom, unblinding: UnblindingKey, masks: Rows, folder: Path, progress: Progress
) -> int:
    """Write what came of correcting, if the study has it; return how many versions were saved."""
    # In this order, so that nothing is told of a version that is saved in the meantime.
    finishings = room.store.corrections.finishings()
    asked = questions(room.study.instrument, room.study.structures)
    valid = valid_versions(finishings)
    ratings = corrected_rating_rows(room.store, asked, unblinding, valid)
    found = versions(room.store, finishings, unblinding)
    if not found and not room.study.plan.is_on:
        return 0
    problems: list[str] = []
    corrections = hand_over_corrections(room, found, masks, folder, problems)
    _raise(problems)
    efforts = effort_rows(room, corrections, unblinding, folder, problems, progress)
    _raise(problems)
    write_table(folder / CORRECTIONS.file, corrections, CORRECTIONS.columns)
    write_table(folder / CORRECTION_EFFORT.file, efforts, CORRECTION_EFFORT.columns)
    write_table(folder / CORRECTED_RATINGS.file, ratings, CORRECTED_RATINGS.columns)
    return sum(row["version"] > 0 for row in corrections)


def _raise(problems: list[str]) -> None:
    if problems:
        raise StudyError(problems)


def _check_match(
    reading_room: ReadingRoom, unblinding: UnblindingKey, room: Path, key: Path
) -> None:
    planned = {a.code: a.mask for a in reading_room.store.assignments()}
    masks = {mask.code: mask.case for mask in reading_room.study.masks}
    belongs = (
        planned == dict(unblinding.assignments)
        and set(masks) == set(unblinding.masks)
        and set(masks.values()) <= set(unblinding.cases)
    )
    if not belongs:
        raise StudyError([f"{key} is not the key of the room {room}: give the one made with it."])


def _description(unblinding: UnblindingKey, room: ReadingRoom) -> dict[str, Any]:
    study, plan = unblinding.study, room.study.plan
    correcting = {"correction": plan.rule.value, "rate_again": plan.rate_again}
    return {
        "format": HANDOVER_FORMAT,
        "title": study["title"],
        "simulated": study["simulated"],
        "instrument": Instrument.from_dict(dict(study["instrument"])).to_dict(),
        "scheme": study["scheme"],
        "structures": study["structures"],
        "seed": study["seed"],
        "software": f"rater-app {__version__}",
        **(correcting if plan.is_on else {}),
    }


def _model_rows(unblinding: UnblindingKey) -> Rows:
    models = {
        mask["model"]: {"model": mask["model"], "family": mask["family"], "class": mask["class"]}
        for mask in unblinding.masks.values()
    }
    return [models[name] for name in sorted(models)]
