"""What must hold within a table of a hand-over, and between two of them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import pandas as pd

from analysis.description import StudyDescription
from analysis.typed_csv import Problems, Table


def check_choices(
    frame: pd.DataFrame, table: Table, column: str, choices: Sequence[str], problems: Problems
) -> None:
    """Ask that a column holds nothing but one of `choices`."""
    for line, value in zip(frame["_line"], frame[column], strict=True):
        if value not in choices:
            sentence = f"{column} `{value}` is not known; use one of {', '.join(choices)}"
            problems.add(table.file, sentence, line)


def check_known(
    frame: pd.DataFrame,
    table: Table,
    known: pd.DataFrame,
    known_table: Table,
    problems: Problems,
) -> None:
    """Ask that every row names a key of another table."""
    if known.empty and problems.are_told_of(known_table.file):  # one fault, one sentence
        return
    columns = known_table.key
    listed = set(known[list(columns)].itertuples(index=False, name=None))
    for line, *key in frame[["_line", *columns]].itertuples(index=False, name=None):
        if tuple(key) not in listed:
            named = ", ".join(f"{c} `{v}`" for c, v in zip(columns, key, strict=True) if v)
            problems.add(table.file, f"{named} is not in {known_table.file}", line)


def check_answers(
    ratings: pd.DataFrame, table: Table, description: StudyDescription, problems: Problems
) -> None:
    """Ask that every rating answers an item of the instrument with one of its levels."""
    items = {item.id: item for item in description.items}
    columns = ["_line", "item", "structure", "value"]
    for line, name, structure, value in ratings[columns].itertuples(index=False, name=None):
        item = items.get(name)
        if item is None:
            problems.add(table.file, f"item `{name}` is not in the instrument", line)
            continue
        if item.per_structure and structure not in description.structures:
            named = f"structure `{structure}`" if structure else "an empty structure"
            problems.add(table.file, f"item `{name}` has {named}, not one of the study", line)
        elif structure and not item.per_structure:
            sentence = f"item `{name}` is asked of the whole mask but has a structure"
            problems.add(table.file, sentence, line)
        if item.is_rated and not math.isnan(value) and not item.allows(value):
            problems.add(table.file, f"item `{name}` has no level {value:g}", line)


def check_one_valid(
    frame: pd.DataFrame, table: Table, of: str, what: str, problems: Problems
) -> None:
    """Ask that at most one `of` (revision, version) of each `what` is marked valid."""
    key = [name for name in table.key if name != of]
    valid = frame[frame["valid"]]
    for line in valid.loc[valid.duplicated(key), "_line"]:
        problems.add(table.file, f"more than one {of} of a {what} is marked valid", int(line))


def check_files(folder: Path, frame: pd.DataFrame, table: Table, problems: Problems) -> None:
    """Ask that the masks lie in the folder, and are those that were exported."""
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
