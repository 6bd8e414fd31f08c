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
from rater_app.core.submission import Outcome
from rater_app.reading_room import VOLUMES, ReadingRoom
from rater_app.reading_room.stored_mask import Candidate, pack, unpack, with_header
from rater_app.store import StoredDelivery

FOLDER = "set_aside"


def delivery_rows(
    room: ReadingRoom, unblinding: UnblindingKey, folder: Path
) -> list[dict[str, Any]]:
    """Make one row a submission that arrived from a desk, in the order of the readings.

    Masks that were set aside are written to a folder of the hand-over, on the grid of their
    candidate; no other table has them.
    """
    deliveries = room.store.deliveries.all()
    names: set[str] = set()
    rows = []
    for assignment in sorted(room.store.assignments(), key=lambda a: (a.rater, a.position)):
        for delivery in deliveries:
            if delivery.assignment == assignment.code:
                key = reading_key(assignment, unblinding)
                mask = _set_aside(room, assignment, delivery, key, folder, names)
                rows.append({**key, **_told(delivery), "mask": mask})
    return rows


def _told(delivery: StoredDelivery) -> dict[str, Any]:
    details = delivery.details
    tools: Mapping[str, int] = details["effort"]["tools"]
    is_aside = delivery.outcome == Outcome.SET_ASIDE
    return {
        "step": delivery.step,
        "outcome": delivery.outcome,
        "problem": delivery.problem,
        "host": delivery.host,
        "programs": _programs(details["versions"]),
        "opened_at": details["opened_at"],
        "submitted_at": details["submitted_at"],
        "received_at": delivery.received_at,
        "active_s": details["active_s"],
        "idle_s": details["idle_s"],
        "interpolations": tools.get("interpolate", 0),
        "fills": tools.get("fill", 0) + tools.get("holes", 0),
        "input_sha256": details["input_sha256"],
        "output_sha256": details["output_sha256"],
        "shape": _times(details["shape"]),
        "spacing_mm": _times(details["spacing_mm"]),
        # What was stored stands in ratings.csv and corrected_ratings.csv.
        "answers": json.dumps(details["answers"]) if is_aside and details["answers"] else "",
        "code": delivery.assignment,
        "id": delivery.id,
    }


def _set_aside(
    room: ReadingRoom,
    assignment: Assignment,
    delivery: StoredDelivery,
    key: Mapping[str, Any],
    folder: Path,
    names: set[str],
) -> str:
    """Write a mask that was set aside, and give its place in the hand-over; "" without one."""
    packed = room.store.deliveries.voxels(delivery.id)
    if packed is None:
        return ""
    told = [key["case"], key["model"], key["prompt"], key["rater"], f"r{key['replicate']}"]
    name = plain_name(FOLDER, told, names)
    candidate = Candidate.read(room.folder / VOLUMES / room.study.mask(assignment.mask).volume)
    (folder / FOLDER).mkdir(exist_ok=True)
    # Packed anew: what a desk sent need not have a header without name and time.
    voxels = pack(unpack(packed, candidate.size))
    (folder / name).write_bytes(with_header(candidate.header, voxels))
    return name


def _programs(versions: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {version}" for name, version in sorted(versions.items()))


def _times(sizes: Sequence[float]) -> str:
    return " x ".join(f"{size:g}" for size in sizes)
