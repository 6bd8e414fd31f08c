"""The hand-over: its tables, their columns, types and keys; writing, loading and checking them.

A hand-over is a folder with `study.json`, five tables in CSV (UTF-8, comma) and the masks that
the tables name. Whoever writes one uses `write_table` with the column tuples below, so that the
two sides cannot drift apart.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from analysis.description import StudyDescription, read_description
from analysis.typed_csv import Problems, Table, guard_text, read_table, unguard_text, write_table

FAMILIES = ("vision-language", "pure visual", "human")
STATUSES = ("submitted", "opened", "waiting")
CANNOT_JUDGE = "cannot judge"

__all__ = [
    "ASSIGNMENTS",
    "ASSIGNMENT_COLUMNS",
    "CANNOT_JUDGE",
    "FAMILIES",
    "HANDOVER_FILES",
    "MASKS",
    "MASK_COLUMNS",
    "MODELS",
    "MODEL_COLUMNS",
    "RATINGS",
    "RATING_COLUMNS",
    "REFERENCES",
    "REFERENCE_COLUMNS",
    "STATUSES",
    "Handover",
    "HandoverError",
    "guard_text",
    "load_handover",
    "unguard_text",
    "write_description",
    "write_table",
]


MODELS = Table("models.csv", {"model": "name", "family": "name", "class": "text"}, ("model",))
MASKS = Table(
    "masks.csv",
    {"case": "name", "model": "name", "prompt": "text", "mask": "name", "sha256": "text"},
    ("case", "model", "prompt"),
)
MASK_KEY = list(MASKS.key)
REFERENCES = Table(
    "references.csv",
    {"case": "name", "reference": "name", "mask": "name"},
    ("case", "reference"),
)
RATINGS = Table(
    "ratings.csv",
    {
        "rater": "name",
        "case": "name",
        "structure": "text",
        "model": "name",
        "prompt": "text",
        "replicate": "integer",
        "item": "name",
        "value": "number",
        "answer": "text",
        "revision": "integer",
        "valid": "flag",
        "position": "integer",
        "opened_at": "time",
        "submitted_at": "time",
        "elapsed_s": "number",
        "code": "text",
    },
    ("rater", "case", "structure", "model", "prompt", "replicate", "item", "revision"),
)
ASSIGNMENTS = Table(
    "assignments.csv",
    {
        "rater": "name",
        "case": "name",
        "model": "name",
        "prompt": "text",
        "replicate": "integer",
        "position": "integer",
        "code": "text",
        "status": "name",
    },
    ("rater", "case", "model", "prompt", "replicate"),
)
HANDOVER_FILES = (
    "study.json",
    *(table.file for table in (MODELS, MASKS, REFERENCES, RATINGS, ASSIGNMENTS)),
)
MODEL_COLUMNS = MODELS.columns
MASK_COLUMNS = MASKS.columns
REFERENCE_COLUMNS = REFERENCES.columns
RATING_COLUMNS = RATINGS.columns
ASSIGNMENT_COLUMNS = ASSIGNMENTS.columns


class HandoverError(ValueError):
    """A hand-over that cannot be analysed; `problems` lists everything that is wrong with it."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, eq=False)
class Handover:
    """A checked hand-over: the description of the study and one data frame per table."""

    folder: Path
    description: StudyDescription
    models: pd.DataFrame
    masks: pd.DataFrame
    references: pd.DataFrame
    ratings: pd.DataFrame
    assignments: pd.DataFrame

    @property
    def family_of(self) -> dict[str, str]:
        """The family of every model that has a mask, in the order of `FAMILIES`, then by name."""
        used = self.models[self.models["model"].isin(self.masks["model"])]
        pairs = zip(used["model"], used["family"], strict=True)
        return dict(sorted(pairs, key=lambda pair: (FAMILIES.index(pair[1]), pair[0])))


def write_description(path: Path, document: Mapping[str, Any]) -> None:
    """Write `study.json`."""
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def load_handover(folder: Path) -> Handover:
    """Load and check a hand-over.

    Line numbers in messages count the header as line 1. Columns that are not known are ignored.

    Raises
    ------
    HandoverError
        With all problems of all files at once, each one plain sentence.
    """
    if not folder.is_dir():
        raise HandoverError([f"{folder}: there is no such folder"])
    problems = Problems()
    description = read_description(
        folder / "study.json", lambda sentence: problems.add("study.json", sentence)
    )
    frames = {
        table.file: read_table(folder / table.file, table, problems)
        for table in (MODELS, MASKS, REFERENCES, RATINGS, ASSIGNMENTS)
    }
    models, masks, references, ratings, assignments = frames.values()
    _check_choices(models, MODELS, "family", FAMILIES, problems)
    _check_choices(assignments, ASSIGNMENTS, "status", STATUSES, problems)
    _check_known(masks, MASKS, models, MODELS, problems)
    for frame, table in ((ratings, RATINGS), (assignments, ASSIGNMENTS)):
        _check_known(frame, table, masks, MASKS, problems)
    if description is not None:
        _check_answers(ratings, description, problems)
    _check_valid_revisions(ratings, problems)
    _check_files(folder, masks, MASKS, problems)
    _check_files(folder, references, REFERENCES, problems)
    sentences = problems.sentences()
    if sentences or description is None:
        raise HandoverError(sentences)
    return Handover(folder, description, *(f.drop(columns="_line") for f in frames.values()))


def _check_choices(
    frame: pd.DataFrame, table: Table, column: str, choices: Sequence[str], problems: Problems
) -> None:
    for line, value in zip(frame["_line"], frame[column], strict=True):
        if value not in choices:
            sentence = f"{column} `{value}` is not known; use one of {', '.join(choices)}"
            problems.add(table.file, sentence, line)


def _check_known(
    frame: pd.DataFrame,
    table: Table,
    known: pd.DataFrame,
    known_table: Table,
    problems: Problems,
) -> None:
    if known.empty:  # missing or unreadable, which is told already; one fault, one sentence
        return
    columns = known_table.key
    listed = set(known[list(columns)].itertuples(index=False, name=None))
    for line, *key in frame[["_line", *columns]].itertuples(index=False, name=None):
        if tuple(key) not in listed:
            named = ", ".join(f"{c} `{v}`" for c, v in zip(columns, key, strict=True) if v)
            problems.add(table.file, f"{named} is not in {known_table.file}", line)


def _check_answers(
    ratings: pd.DataFrame, description: StudyDescription, problems: Problems
) -> None:
    items = {item.id: item for item in description.items}
    columns = ["_line", "item", "structure", "value"]
    for line, name, structure, value in ratings[columns].itertuples(index=False, name=None):
        item = items.get(name)
        if item is None:
            problems.add("ratings.csv", f"item `{name}` is not in the instrument", line)
            continue
        if item.per_structure and structure not in description.structures:
            named = f"structure `{structure}`" if structure else "an empty structure"
            problems.add("ratings.csv", f"item `{name}` has {named}, not one of the study", line)
        elif structure and not item.per_structure:
            sentence = f"item `{name}` is asked of the whole mask but has a structure"
            problems.add("ratings.csv", sentence, line)
        if item.is_rated and not math.isnan(value) and not item.allows(value):
            problems.add("ratings.csv", f"item `{name}` has no level {value:g}", line)


def _check_valid_revisions(ratings: pd.DataFrame, problems: Problems) -> None:
    key = [name for name in RATINGS.key if name != "revision"]
    valid = ratings[ratings["valid"]]
    for line in valid.loc[valid.duplicated(key), "_line"]:
        problems.add("ratings.csv", "more than one revision of a rating is marked valid", int(line))


def _check_files(folder: Path, frame: pd.DataFrame, table: Table, problems: Problems) -> None:
    hashes = frame["sha256"] if "sha256" in frame else [""] * len(frame)
    for line, name, sha256 in zip(frame["_line"], frame["mask"], hashes, strict=True):
        relative = PurePosixPath(name)
        if relative.is_absolute() or ".." in relative.parts or "\\" in name:
            problems.add(table.file, "mask must be a path inside the hand-over folder", line)
        elif not (folder / relative).is_file():
            problems.add(table.file, f"mask {name} is not in the hand-over folder", line)
        elif sha256 and hashlib.sha256((folder / relative).read_bytes()).hexdigest() != sha256:
            problems.add(
                table.file, f"mask {name} has changed since the export (its sha256 differs)", line
            )
