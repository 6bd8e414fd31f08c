"""The corrected masks of a hand-over: their files, and the effort that each version took."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis.metrics import correction_effort
from analysis.regions import LabelScheme
from analysis.tables import CORRECTIONS
from analysis.volumes import VolumeError, read_labels
from rater_app.coordinator.canonical_masks import fingerprint
from rater_app.coordinator.correction_rows import Version
from rater_app.coordinator.handed_masks import plain_name
from rater_app.coordinator.unblinding_key import UnblindingKey
from rater_app.core.assignment import Assignment
from rater_app.reading_room import VOLUMES, ReadingRoom, WrongMask
from rater_app.reading_room.stored_mask import Candidate, DamagedMask, sha256_of, unpack

FOLDER = "corrections"
_LEVEL = 6

Rows = list[dict[str, Any]]


def hand_over_corrections(
    room: ReadingRoom,
    versions: Sequence[Version],
    masks: Sequence[Mapping[str, Any]],
    folder: Path,
    problems: list[str],
) -> Rows:
    """Write the corrected masks, and give the rows of corrections.csv.

    A corrected mask has the header of the candidate mask and the voxels as they are stored, so that
    it lies on the candidate's own grid to the last bit.

    Parameters
    ----------
    room : ReadingRoom
    versions : sequence of Version
    masks : sequence of mapping
        The rows of masks.csv, for the candidate masks that raters went on with.
    folder : Path
        The hand-over.
    problems : list of str
        Gets a sentence for each version whose voxels are not those that were saved.
    """
    (folder / FOLDER).mkdir()
    candidates = {(row["case"], row["model"], row["prompt"]): row for row in masks}
    names: set[str] = set()
    rows = []
    for version in versions:
        row = version.row
        if version.stored is None:
            candidate = candidates[row["case"], row["model"], row["prompt"]]
            rows.append({**row, "mask": candidate["mask"], "sha256": candidate["sha256"]})
            continue
        told = [row[key] for key in ("case", "model", "prompt", "rater")]
        name = plain_name(FOLDER, [*told, f"r{row['replicate']}", f"v{row['version']}"], names)
        content = _corrected(room, version, problems)
        if content is not None:
            (folder / name).write_bytes(content)
            rows.append({**row, "mask": name, "sha256": fingerprint(folder / name)})
    return rows


def effort_rows(
    room: ReadingRoom,
    corrections: Rows,
    unblinding: UnblindingKey,
    folder: Path,
    problems: list[str],
    progress: Callable[[int, int], None],
) -> Rows:
    """Measure every version against the candidate mask: the rows of correction_effort.csv.

    The files that were written are measured. `problems` gets a sentence for each that cannot be;
    `progress` is called as progress(done, total).
    """
    scheme = unblinding.study["scheme"]
    labels = LabelScheme.from_dict(scheme) if scheme else None
    structures = unblinding.study["structures"]
    assignments = {assignment.code: assignment for assignment in room.store.assignments()}
    rows = []
    for done, row in enumerate(corrections, start=1):
        candidate = read_labels(_candidate_path(room, assignments[row["code"]]))
        corrected = read_labels(folder / row["mask"])
        key = {name: row[name] for name in CORRECTIONS.key}
        try:
            measured = correction_effort(candidate, corrected, labels, structures)
            rows += [{**key, **effort} for effort in measured]
        except VolumeError as error:
            problems.append(
                f"Version {row['version']} of the mask of reading {row['code']}: {error}"
            )
        progress(done, len(corrections))
    return rows


def _corrected(room: ReadingRoom, version: Version, problems: list[str]) -> bytes | None:
    """Give the file of a corrected mask; what is not as it was saved is a problem."""
    stored = version.stored
    assert stored is not None
    try:
        candidate = Candidate.read(_candidate_path(room, version.assignment))
        packed = room.store.corrections.voxels(stored.assignment, stored.version)
        voxels = unpack(packed or b"", candidate.size)
        if sha256_of(voxels) == stored.sha256:
            return gzip.compress(candidate.header + voxels, _LEVEL, mtime=0)
    except (OSError, DamagedMask, WrongMask):
        pass  # told below, as voxels are that differ from the saved ones
    problems.append(
        f"{room.folder}: version {stored.version} of the mask of reading {stored.assignment} is "
        "not what the rater saved: restore the room from a copy."
    )
    return None


def _candidate_path(room: ReadingRoom, assignment: Assignment) -> Path:
    return room.folder / VOLUMES / room.study.mask(assignment.mask).volume
