"""Measure a study from its folder or table into one long table."""

from __future__ import annotations

from errno import EISDIR
from pathlib import Path

from analysis.measuring.run import Progress, all_cores, measure_cases, silent
from analysis.measuring.table import write_measurements
from analysis.measuring.tasks import CaseTask, handover_scheme, handover_tasks, read_pairs
from analysis.measuring.worker import NOT_MEASURED, Row
from analysis.metrics import MetricSettings
from analysis.regions import LabelScheme, load_scheme
from analysis.tables import HANDOVER_FILES, HandoverError, load_handover


def measure_study(
    study: Path,
    table: Path,
    scheme: str | None = None,
    settings: MetricSettings | None = None,
    jobs: int = 0,
    progress: Progress = silent,
) -> tuple[int, int]:
    """Measure all masks of a study and write one long table.

    Parameters
    ----------
    study : Path
        A hand-over, or a table of pairs (see `read_pairs`).
    table : Path
        The CSV file to write; what it was made with stands beside it as .json. A run that is
        stopped keeps what it did beside it, too, and the next one goes on there.
    scheme : str, optional
        Label scheme, a preset or a file; that of the hand-over when not given.
    settings : MetricSettings, optional
    jobs : int
        Processes; 0 for one a core.
    progress : callable
        Called as progress(done, total, what), in pairs.

    Returns
    -------
    failed, total : int
        Pairs that were not measured (their rows say why), and all pairs.

    Raises
    ------
    HandoverError, SchemeError
        With all problems of the study.
    Interrupted
        By Ctrl-C.
    """
    settings = settings or MetricSettings()
    _check_place(table, study)
    tasks, labels = _tasks(study, scheme)
    if not tasks:
        raise HandoverError([f"{study}: no mask has a reference, so there is nothing to measure"])
    journal = table.with_name(f".{table.name}.measured")
    rows = measure_cases(
        tasks, labels, settings, jobs=jobs or all_cores(), journal=journal, progress=progress
    )
    write_measurements(table, rows, labels, settings)
    journal.unlink()
    return _failed(rows), sum(task.pairs for task in tasks)


def _check_place(table: Path, study: Path) -> None:
    """Refuse a table that is no CSV file, or that would replace what is measured."""
    if table.suffix != ".csv":
        raise HandoverError([f"{table}: name a .csv file for the table"])
    written = {table.resolve(), table.with_suffix(".json").resolve()}
    theirs = {study.resolve(), *((study / name).resolve() for name in HANDOVER_FILES)}
    if table.is_dir():
        raise IsADirectoryError(EISDIR, "it is a folder", str(table))
    if written & theirs:
        raise HandoverError([f"{table}: it would replace a part of {study}; name another file"])


def _tasks(study: Path, scheme: str | None) -> tuple[list[CaseTask], LabelScheme | None]:
    if study.is_dir():
        handover = load_handover(study)
        labels = load_scheme(scheme) if scheme else handover_scheme(handover)
        return handover_tasks(handover), labels
    tasks = read_pairs(study)
    return tasks, load_scheme(scheme) if scheme else None


def _failed(rows: list[Row]) -> int:
    return len(
        {
            (row["case"], row["model"], row["prompt"], row["reference"])
            for row in rows
            if row["note"].startswith(NOT_MEASURED)
        }
    )
