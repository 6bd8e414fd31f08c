"""The ratings of a pilot study, from a CSV file."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from analysis.tables import FAMILIES
from analysis.typed_csv import Problems, Table, read_table

_WANTED = {"rater": "name", "case": "name", "model": "name", "rating": "number"}
_IF_THERE = {"family": "name", "metric": "number", "replicate": "integer"}
_HUMAN = FAMILIES[2]


class PilotError(Exception):
    """A pilot table that cannot be used; `problems` holds one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_pilot(path: Path) -> pd.DataFrame:
    """Return the long table of a pilot: rater, case, model, rating; family, metric, replicate.

    The last three are read where they are there. Masks by humans are left out.

    Raises
    ------
    PilotError
        Naming every problem of the file.
    """
    problems = Problems()
    if not path.is_file():
        raise PilotError([f"{path}: there is no such file"])
    types = _WANTED | {name: kind for name, kind in _IF_THERE.items() if name in _header(path)}
    key = [name for name in ("rater", "case", "model", "replicate") if name in types]
    frame = read_table(path, Table(path.name, types, tuple(key)), problems)
    if "family" in types:
        for line, family in zip(frame["_line"], frame["family"], strict=True):
            if family not in FAMILIES:
                known = ", ".join(FAMILIES)
                problems.add(path.name, f"column `family` must be one of {known}", int(line))
        frame = frame[frame["family"] != _HUMAN]
    if problems.sentences():
        raise PilotError(problems.sentences())
    return frame.drop(columns="_line")


def _header(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return next(csv.reader(stream), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return []  # read_table says what is wrong with the file
