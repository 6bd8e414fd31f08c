"""export: join a room and its key into the hand-over."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.description import HANDOVER_FORMAT
from analysis.tables import (
    ASSIGNMENT_COLUMNS,
    ASSIGNMENTS,
    MASK_COLUMNS,
    MASKS,
    MODEL_COLUMNS,
    MODELS,
    RATING_COLUMNS,
    RATINGS,
    REFERENCE_COLUMNS,
    REFERENCES,
    write_description,
    write_table,
)
from rater_app import __version__
from rater_app.coordinator.handed_masks import hand_over_masks, hand_over_references
from rater_app.coordinator.rating_rows import assignment_rows, rating_rows
from rater_app.coordinator.study_problems import StudyError
from rater_app.coordinator.unblinding_key import UnblindingKey, open_key
from rater_app.coordinator.whole_folder import built_aside, check_free, check_outside
from rater_app.core.instrument import Instrument
from rater_app.core.reading import questions
from rater_app.reading_room import ReadingRoom


@dataclass(frozen=True)
class Exported:
    """What `export` wrote, for a line to the coordinator."""

    folder: Path
    submitted: int
    readings: int
    ratings: int
    masks: int


def export(room: Path, key: Path, handover: Path, command: str = "export") -> Exported:
    """Write the hand-over of a room, finished or not; opening the key is logged.

    Parameters
    ----------
    room, key : Path
        What `prepare` built.
    handover : Path
        The folder to write; it must not exist.
    command : str
        What the log of the key's openings says.

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
            if problems:
                raise StudyError(problems)
            write_description(aside / "study.json", _description(unblinding))
            write_table(aside / MODELS.file, _model_rows(unblinding), MODEL_COLUMNS)
            write_table(aside / MASKS.file, masks, MASK_COLUMNS)
            write_table(aside / REFERENCES.file, references, REFERENCE_COLUMNS)
            write_table(aside / RATINGS.file, ratings, RATING_COLUMNS)
            write_table(aside / ASSIGNMENTS.file, assignments, ASSIGNMENT_COLUMNS)
            aside.replace(handover)
    finally:
        reading_room.close()
    return Exported(
        handover,
        sum(row["status"] == "submitted" for row in assignments),
        len(assignments),
        sum(row["valid"] for row in ratings),
        len(masks),
    )


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


def _description(unblinding: UnblindingKey) -> dict[str, Any]:
    study = unblinding.study
    return {
        "format": HANDOVER_FORMAT,
        "title": study["title"],
        "simulated": study["simulated"],
        "instrument": Instrument.from_dict(dict(study["instrument"])).to_dict(),
        "scheme": study["scheme"],
        "structures": study["structures"],
        "seed": study["seed"],
        "software": f"rater-app {__version__}",
    }


def _model_rows(unblinding: UnblindingKey) -> list[dict[str, Any]]:
    models = {
        mask["model"]: {"model": mask["model"], "family": mask["family"], "class": mask["class"]}
        for mask in unblinding.masks.values()
    }
    return [models[name] for name in sorted(models)]
