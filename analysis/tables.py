"""The hand-over: loading and checking its tables.

A hand-over is a folder with `study.json`, five tables in CSV (UTF-8, comma) and the masks that
the tables name; where raters corrected masks, or a viewing log was kept, there are further tables.
Whoever writes one uses `write_table` with the columns of the tables in `analysis.handover_columns`,
so that the two sides cannot drift apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.correction_checks import check_further_tables, read_further_tables
from analysis.description import StudyDescription, read_description
from analysis.handover_columns import (
    ASSIGNMENTS,
    CANNOT_JUDGE,
    CORRECTED_RATINGS,
    CORRECTION_EFFORT,
    CORRECTION_TABLES,
    CORRECTIONS,
    DESKTOP,
    FAMILIES,
    LOG_TABLES,
    MASK_KEY,
    MASKS,
    MODELS,
    RATINGS,
    READING_KEY,
    REFERENCES,
    STAGES,
    STATUSES,
    TABLES,
    VIEWING,
)
from analysis.table_checks import (
    check_answers,
    check_choices,
    check_files,
    check_known,
    check_one_valid,
)
from analysis.typed_csv import Problems, guard_text, read_table, unguard_text, write_table

__all__ = [
    "ASSIGNMENTS",
    "ASSIGNMENT_COLUMNS",
    "CANNOT_JUDGE",
    "CORRECTED_RATINGS",
    "CORRECTIONS",
    "CORRECTION_EFFORT",
    "DESKTOP",
    "FAMILIES",
    "HANDOVER_FILES",
    "MASKS",
    "MASK_COLUMNS",
    "MASK_KEY",
    "MODELS",
    "MODEL_COLUMNS",
    "RATINGS",
    "RATING_COLUMNS",
    "READING_KEY",
    "REFERENCES",
    "REFERENCE_COLUMNS",
    "STAGES",
    "STATUSES",
    "VIEWING",
    "Handover",
    "HandoverError",
    "guard_text",
    "load_handover",
    "unguard_text",
    "write_description",
    "write_table",
]

HANDOVER_FILES = (
    "study.json",
    *(table.file for table in (*TABLES, *CORRECTION_TABLES, *LOG_TABLES)),
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
    """A checked hand-over: the description of the study and one data frame per table.

    The last five are empty where the study has no corrections, no viewing log, or no desks.
    """

    folder: Path
    description: StudyDescription
    models: pd.DataFrame
    masks: pd.DataFrame
    references: pd.DataFrame
    ratings: pd.DataFrame
    assignments: pd.DataFrame
    corrections: pd.DataFrame
    correction_effort: pd.DataFrame
    corrected_ratings: pd.DataFrame
    viewing: pd.DataFrame
    desktop: pd.DataFrame

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
    frames = {table.file: read_table(folder / table.file, table, problems) for table in TABLES}
    models, masks, references, ratings, assignments = frames.values()
    further = read_further_tables(folder, problems)
    check_choices(models, MODELS, "family", FAMILIES, problems)
    check_choices(assignments, ASSIGNMENTS, "status", STATUSES, problems)
    check_known(masks, MASKS, models, MODELS, problems)
    for frame, table in ((ratings, RATINGS), (assignments, ASSIGNMENTS)):
        check_known(frame, table, masks, MASKS, problems)
    if description is not None:
        check_answers(ratings, RATINGS, description, problems)
    check_one_valid(ratings, RATINGS, "revision", "rating", problems)
    check_files(folder, masks, MASKS, problems)
    check_files(folder, references, REFERENCES, problems)
    check_further_tables(folder, further, assignments, description, problems)
    sentences = problems.sentences()
    if sentences or description is None:
        raise HandoverError(sentences)
    loaded = [*frames.values(), *further.values()]
    return Handover(folder, description, *(frame.drop(columns="_line") for frame in loaded))
