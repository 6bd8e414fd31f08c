"""The masks of a hand-over: under plain names, in the numbers of the label scheme."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.regions import LabelScheme
from analysis.volumes import write_nifti_gz
from rater_app.coordinator.canonical_masks import fingerprint, read_canonical
from rater_app.coordinator.study_problems import StudyError
from rater_app.coordinator.unblinding_key import UnblindingKey
from rater_app.reading_room import VOLUMES, ReadingRoom

_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")
_LONGEST_PART = 40


def hand_over_masks(
    room: ReadingRoom, unblinding: UnblindingKey, folder: Path, problems: list[str]
) -> list[dict[str, Any]]:
    """Copy the candidate masks as raters saw them, and give the rows of masks.csv.

    A source file that changed or vanished since `prepare` is added to `problems`: what was rated
    would not be what the study folder holds.
    """
    (folder / "masks").mkdir()
    rows = []
    names: set[str] = set()
    masks = sorted(
        unblinding.masks.items(),
        key=lambda entry: [entry[1][k] for k in ("case", "model", "prompt")],
    )
    for code, mask in masks:
        name = plain_name("masks", [mask["case"], mask["model"], mask["prompt"]], names)
        volume = room.folder / VOLUMES / room.study.mask(code).volume
        if not volume.is_file():
            problems.append(f"{volume} is missing: restore the room from a copy.")
        elif _check_source(mask, problems):
            shutil.copyfile(volume, folder / name)
            rows.append(
                {
                    "case": mask["case"],
                    "model": mask["model"],
                    "prompt": mask["prompt"],
                    "mask": name,
                    "sha256": fingerprint(folder / name),
                }
            )
    return rows


def hand_over_references(
    unblinding: UnblindingKey, folder: Path, problems: list[str]
) -> list[dict[str, Any]]:
    """Write the reference masks, and give the rows of references.csv."""
    (folder / "references").mkdir()
    scheme = unblinding.study["scheme"]
    labels = LabelScheme.from_dict(scheme) if scheme else None
    rows = []
    names: set[str] = set()
    for reference in unblinding.references:
        name = plain_name("references", [reference["case"], reference["reference"]], names)
        if not _check_source(reference, problems):
            continue
        try:
            write_nifti_gz(folder / name, read_canonical(Path(reference["mask"]), None, labels))
        except StudyError as error:
            problems += error.problems
            continue
        rows.append({**{key: reference[key] for key in ("case", "reference")}, "mask": name})
    return rows


def _check_source(mask: Mapping[str, str], problems: list[str]) -> bool:
    source = Path(mask["mask"])
    try:
        found = fingerprint(source)
    except OSError:
        problems.append(f"{source} is not there any more: bring it back to where it was.")
        return False
    if found != mask["sha256"]:
        problems.append(
            f"{source} has changed since the room was prepared: bring back the file that was rated."
        )
        return False
    return True


def plain_name(folder: str, parts: list[str], taken: set[str]) -> str:
    """Make a file name of letters, digits, points and hyphens that no other mask has."""
    plain = "__".join(_UNSAFE.sub("-", part).strip("-.")[:_LONGEST_PART] for part in parts if part)
    name, number = plain, 1
    while name.casefold() in taken:  # some file systems do not tell a from A
        number += 1
        name = f"{plain}__{number}"
    taken.add(name.casefold())
    return f"{folder}/{name}.nii.gz"
