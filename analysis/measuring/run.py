"""Measure the cases of a study, and keep what is done."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from analysis.measuring.journal import Journal, stamps_of
from analysis.measuring.processes import in_processes
from analysis.measuring.table import heading
from analysis.measuring.tasks import CaseTask
from analysis.measuring.worker import Row, measure_task, unmeasured
from analysis.metrics import MetricSettings
from analysis.metrics.warming import compile_kernels
from analysis.regions import LabelScheme

Progress = Callable[[int, int, str], None]

_WORTH_A_PROCESS = 40
"""Pairs from which on it pays to start processes, which takes a second or two."""
_DIED = (
    "the process that measured it ended at once, for want of memory or at a file that cannot be "
    "read; try it alone with `rater-app measure`."
)


class Interrupted(Exception):
    """A run that was stopped; the message says how to go on."""


def silent(_done: int, _total: int, _what: str) -> None:
    """Progress that nobody sees."""


def all_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def measure_cases(
    tasks: Sequence[CaseTask],
    scheme: LabelScheme | None,
    settings: MetricSettings,
    *,
    jobs: int = 1,
    journal: Path | None = None,
    progress: Progress = silent,
) -> list[Row]:
    """Measure cases; one row for each mask, reference and structure.

    Parameters
    ----------
    tasks : sequence of CaseTask
    scheme : LabelScheme, optional
    settings : MetricSettings
    jobs : int
        Processes. Few pairs are measured in this one.
    journal : Path, optional
        Where finished cases are kept; a run with the same settings goes on there. Whoever writes
        the table deletes it then.
    progress : callable
        Called as progress(done, total, what), in pairs.

    Returns
    -------
    list of dict
        In the order of the tasks. A pair that cannot be measured is a row with a note.

    Raises
    ------
    Interrupted
        By Ctrl-C, when a journal keeps what is done.
    """
    tally = _Tally(sum(task.pairs for task in tasks), progress)
    try:
        return _measure_cases(tasks, scheme, settings, jobs, journal, tally)
    except KeyboardInterrupt as stop:
        if journal is None:
            raise
        raise Interrupted(
            f"Stopped after {tally.done} of {tally.total} pairs; "
            "run the same command again to go on."
        ) from stop


class _Tally:
    """Counts the pairs that are done, and tells."""

    def __init__(self, total: int, progress: Progress) -> None:
        self.done, self.total = 0, total
        self._progress = progress

    def add(self, pairs: int, what: str) -> None:
        self.done += pairs
        self._progress(self.done, self.total, what)


def _measure_cases(
    tasks: Sequence[CaseTask],
    scheme: LabelScheme | None,
    settings: MetricSettings,
    jobs: int,
    journal: Path | None,
    tally: _Tally,
) -> list[Row]:
    kept = None if journal is None else Journal(journal, heading(scheme, settings))
    # Before anything is read: a file that changes later does not match what is kept.
    stamps = [] if kept is None else [stamps_of(task) for task in tasks]
    known = {at: rows for at, each in enumerate(stamps) if kept and (rows := kept.rows_of(each))}
    tally.add(sum(tasks[at].pairs for at in known), "")
    left = deque((at, task) for at, task in enumerate(tasks) if at not in known)
    measure = partial(measure_task, scheme=scheme, settings=settings)
    if jobs > 1 and len(left) > 1 and sum(task.pairs for _, task in left) >= _WORTH_A_PROCESS:
        compile_kernels()
        died = partial(unmeasured, scheme=scheme, settings=settings, reason=_DIED)
        measured = in_processes(left, measure, died, jobs)
    else:
        measured = ((at, task, measure(task)) for at, task in left)
    for at, task, rows in measured:
        known[at] = rows
        if kept is not None:
            kept.add(stamps[at], rows)
        tally.add(task.pairs, task.case)
    return [row for at in range(len(tasks)) for row in known[at]]
