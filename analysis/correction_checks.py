"""What must hold in the tables of corrections, viewing and desks, where there are such."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from analysis.description import StudyDescription
from analysis.handover_columns import (
    ASSIGNMENTS,
    CORRECTED_RATINGS,
    CORRECTION_EFFORT,
    CORRECTION_TABLES,
    CORRECTIONS,
    DESKTOP,
    LOG_TABLES,
    OUTCOMES,
    READING_KEY,
    STAGES,
    STEPS,
    VIEWING,
)
from analysis.table_checks import (
    check_answers,
    check_choices,
    check_files,
    check_known,
    check_one_valid,
)
from analysis.typed_csv import Problems, empty_table, read_table


def read_further_tables(folder: Path, problems: Problems) -> dict[str, pd.DataFrame]:
    """Read the tables that not every hand-over has; those that are not there are empty.

    Returns
    -------
    dict of str to DataFrame
        By file name, with their line numbers in the column `_line`.
    """
    corrected = any((folder / table.file).exists() for table in CORRECTION_TABLES)
    present = [*(CORRECTION_TABLES if corrected else ())]
    present += [table for table in LOG_TABLES if (folder / table.file).exists()]
    return {
        table.file: read_table(folder / table.file, table, problems)
        if table in present
        else empty_table(table)
        for table in (*CORRECTION_TABLES, *LOG_TABLES)
    }


def check_further_tables(
    folder: Path,
    frames: Mapping[str, pd.DataFrame],
    assignments: pd.DataFrame,
    description: StudyDescription | None,
    problems: Problems,
) -> None:
    """Add to `problems` whatever is wrong in the tables of `read_further_tables`."""
    corrections, effort, ratings, viewing, desktop = (
        frames[table.file] for table in (*CORRECTION_TABLES, *LOG_TABLES)
    )
    for frame, table in ((corrections, CORRECTIONS), (viewing, VIEWING), (desktop, DESKTOP)):
        check_known(frame, table, assignments, ASSIGNMENTS, problems)
    for frame, table in ((effort, CORRECTION_EFFORT), (ratings, CORRECTED_RATINGS)):
        check_known(frame, table, corrections, CORRECTIONS, problems)
    _check_chain(corrections, problems)
    _check_measured(corrections, effort, problems)
    check_one_valid(corrections, CORRECTIONS, "version", "correction", problems)
    check_files(folder, corrections, CORRECTIONS, problems)
    check_one_valid(ratings, CORRECTED_RATINGS, "revision", "rating", problems)
    check_choices(viewing, VIEWING, "stage", STAGES, problems)
    check_choices(desktop, DESKTOP, "step", STEPS, problems)
    check_choices(desktop, DESKTOP, "outcome", OUTCOMES, problems)
    check_files(folder, desktop[desktop["mask"] != ""], DESKTOP, problems)
    if description is not None:
        _check_structures(effort, description, problems)
        check_answers(ratings, CORRECTED_RATINGS, description, problems)


def _check_chain(corrections: pd.DataFrame, problems: Problems) -> None:
    """Ask that every version follows the candidate mask (0) or an earlier version."""
    columns = [*READING_KEY, "version", "parent"]
    listed = set(corrections[columns[:-1]].itertuples(index=False, name=None))
    for line, *reading, version, parent in corrections[["_line", *columns]].itertuples(
        index=False, name=None
    ):
        if parent >= version > 0 or parent > version:
            sentence = f"version {version} cannot follow version {parent}"
            problems.add(CORRECTIONS.file, sentence, line)
        elif parent and (*reading, parent) not in listed:
            sentence = f"version {version} follows version {parent}, which is not there"
            problems.add(CORRECTIONS.file, sentence, line)


def _check_measured(corrections: pd.DataFrame, effort: pd.DataFrame, problems: Problems) -> None:
    """Ask that the effort of every version is known, at least for the whole mask."""
    if effort.empty and problems.are_told_of(CORRECTION_EFFORT.file):  # one fault, one sentence
        return
    key = list(CORRECTIONS.key)
    of_whole = effort.loc[effort["structure"] == "", key]
    measured = set(of_whole.itertuples(index=False, name=None))
    for line, *version in corrections[["_line", *key]].itertuples(index=False, name=None):
        if tuple(version) not in measured:
            sentence = f"the whole mask of this version is not in {CORRECTION_EFFORT.file}"
            problems.add(CORRECTIONS.file, sentence, line)


def _check_structures(
    effort: pd.DataFrame, description: StudyDescription, problems: Problems
) -> None:
    known = {"", *description.structures}
    for line, name in zip(effort["_line"], effort["structure"], strict=True):
        if name not in known:
            sentence = f"structure `{name}` is not one of the study"
            problems.add(CORRECTION_EFFORT.file, sentence, line)
