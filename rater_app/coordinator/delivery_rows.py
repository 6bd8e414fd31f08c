"""Rows of desktop.csv: what was done at desks, with what, and what was set aside."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rater_app.coordinator.handed_masks import plain_name
from rater_app.coordinator.rating_rows import reading_key
from rater_app.coordinator.unblinding_key import UnblindingKey
from rater_app.core.assignment import Assignment
from rater_app.core.submission import Outcome, Step
from rater_app.reading_room import VOLUMES, ReadingRoom, WrongMask
from rater_app.reading_room.stored_mask import (
    Candidate,
    DamagedMask,
    pack,
    sha256_of,
    unpack,
    with_header,
)
from rater_app.store import StoredDelivery

FOLDER = "set_aside"
LONGEST_CELL = 100_000
"""Characters of answers that a cell may hold: readers of CSV give up on longer ones."""

_TOO_LONG = " Its answers are too long for this table: they are in the room alone."


def delivery_rows(
    room: ReadingRoom, unblinding: UnblindingKey, folder: Path, problems: list[str]
) -> list[dict[str, Any]]:
    """Make one row a submission that arrived from a desk, in the order of the readings.

    Masks that were set aside are written to a folder of the hand-over, on the grid of their
    candidate; no other table has them. `problems` gets a sentence for each that is not as it came.
    """
    deliveries = room.store.deliveries.all()
    names: set[str] = set()
    rows = []
    for assignment in sorted(room.store.assignments(), key=lambda a: (a.rater, a.position)):
        for delivery in deliveries:
            if delivery.assignment == assignment.code:
                key = reading_key(assignment, unblinding)
                mask = _set_aside(room, assignment, delivery, key, folder, names, problems)
                rows.append({**key, **_told(delivery), "mask": mask})
    return rows


def _told(delivery: StoredDelivery) -> dict[str, Any]:
    details = delivery.details
    effort: Mapping[str, Any] = details["effort"]
    tools: Mapping[str, int] = effort["tools"]
    answers = _answers(delivery)
    is_too_long = len(answers) > LONGEST_CELL
    return {
        "step": delivery.step,
        "outcome": delivery.outcome,
        "problem": delivery.problem + _TOO_LONG * is_too_long,
        "host": delivery.host,
        "programs": _programs(details["versions"]),
        "opened_at": details["opened_at"],
        "submitted_at": details["submitted_at"],
        "received_at": delivery.received_at,
        "active_s": details["active_s"],
        "idle_s": details["idle_s"],
        "strokes": effort["strokes"],
        "undos": effort["undos"],
        "redos": effort["redos"],
        "interpolations": tools.get("interpolate", 0),
        "fills": tools.get("fill", 0) + tools.get("holes", 0),
        "input_sha256": details["input_sha256"],
        "output_sha256": details["output_sha256"],
        "shape": _times(details["shape"]),
        "spacing_mm": _times(details["spacing_mm"]),
        "answers": "" if is_too_long else answers,
        "code": delivery.assignment,
        "id": delivery.id,
    }


def _answers(delivery: StoredDelivery) -> str:
    """Give answers that were set aside: ratings.csv and corrected_ratings.csv have all others."""
    answers = delivery.details["answers"]
    return json.dumps(answers) if answers and delivery.outcome == Outcome.SET_ASIDE else ""


def _set_aside(
    room: ReadingRoom,
    assignment: Assignment,
    delivery: StoredDelivery,
    key: Mapping[str, Any],
    folder: Path,
    names: set[str],
    problems: list[str],
) -> str:
    """Write a mask that was set aside, and give its place in the hand-over; "" without one."""
    packed = room.store.deliveries.voxels(delivery.id)
    # Whatever came with a rating is no mask, and nobody has looked at it.
    if packed is None or delivery.step != Step.CORRECTION:
        return ""
    content = _on_its_grid(room, assignment, delivery, packed)
    if content is None:
        problems.append(
            f"{room.folder}: the mask of reading {delivery.assignment} that was set aside is not "
            "what the desk sent: restore the room from a copy."
        )
        return ""
    told = [key["case"], key["model"], key["prompt"], key["rater"], f"r{key['replicate']}"]
    name = plain_name(FOLDER, told, names)
    (folder / FOLDER).mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return name


def _on_its_grid(
    room: ReadingRoom, assignment: Assignment, delivery: StoredDelivery, packed: bytes
) -> bytes | None:
    """Give the file of a mask that a desk sent, or None where it is not as it came."""
    path = room.folder / VOLUMES / room.study.mask(assignment.mask).volume
    try:
        candidate = Candidate.read(path)
        voxels = unpack(packed, candidate.size)
    except (OSError, DamagedMask, WrongMask):
        return None
    if sha256_of(voxels) != delivery.details["output_sha256"]:
        return None
    # Packed anew: what a desk sent need not have a header without name and time.
    return with_header(candidate.header, pack(voxels))


def _programs(versions: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {version}" for name, version in sorted(versions.items()))


def _times(sizes: Sequence[float]) -> str:
    return " x ".join(f"{size:.10g}" for size in sizes)
