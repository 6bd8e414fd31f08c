"""Run the cases of a study through one or several processes."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

from analysis.measuring.journal import Journal, stamps_of
from analysis.measuring.table import heading
from analysis.measuring.tasks import CaseTask
from analysis.measuring.worker import Row, measure_task, unmeasured
from analysis.metrics import MetricSettings
from analysis.metrics.warming import compile_kernels
from analysis.regions import LabelScheme

Progress = Callable[[int, int, str], None]
Measure = Callable[[CaseTask], list[Row]]

_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = -3, -1  # malloc.h of glibc
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
    kept = None if journal is None else Journal(journal, heading(scheme, settings))
    total, done = sum(task.pairs for task in tasks), 0
    rows: dict[int, list[Row]] = {}
    left = deque(enumerate(tasks))
    # Before anything is read: a file that changes later does not match what is kept.
    stamps = [] if kept is None else [stamps_of(task) for task in tasks]
    if kept is not None:
        left.clear()
        for at, task in enumerate(tasks):
            known = kept.rows_of(stamps[at])
            if known is None:
                left.append((at, task))
            else:
                rows[at] = known
                done += task.pairs
    pairs = sum(task.pairs for _, task in left)
    measure = partial(measure_task, scheme=scheme, settings=settings)
    died = partial(unmeasured, scheme=scheme, settings=settings, reason=_DIED)
    several = jobs > 1 and len(left) > 1 and pairs >= _WORTH_A_PROCESS
    if several:
        compile_kernels()
    progress(done, total, "")
    try:
        for at, task, measured in (
            _in_processes(left, measure, died, jobs) if several else _here(left, measure)
        ):
            rows[at] = measured
            done += task.pairs
            if kept is not None:
                kept.add(stamps[at], measured)
            progress(done, total, task.case)
    except KeyboardInterrupt as stop:
        if kept is None:
            raise
        raise Interrupted(
            f"Stopped after {done} of {total} pairs; run the same command again to go on."
        ) from stop
    return [row for at in range(len(tasks)) for row in rows[at]]


Numbered = tuple[int, CaseTask]
Measured = Iterator[tuple[int, CaseTask, list[Row]]]


def _here(left: deque[Numbered], measure: Measure) -> Measured:
    for at, task in left:
        yield at, task, measure(task)


def _in_processes(left: deque[Numbered], measure: Measure, died: Measure, jobs: int) -> Measured:
    """Hand cases out, two a process at a time, so that memory does not grow with the study."""
    while left:
        running: dict[Future[list[Row]], Numbered] = {}
        with _pool(jobs) as pool:
            try:
                while left or running:
                    while left and len(running) < 2 * jobs:
                        running[pool.submit(measure, left[0][1])] = left[0]
                        left.popleft()
                    for ready in wait(running, return_when=FIRST_COMPLETED).done:
                        measured = ready.result()
                        at, task = running.pop(ready)
                        yield at, task, measured
            except BrokenProcessPool:
                pass  # one of those that were running; each is tried alone
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        for at, task in running.values():
            yield at, task, _alone(task, measure, died)


def _alone(task: CaseTask, measure: Measure, died: Measure) -> list[Row]:
    with _pool(1) as pool:
        try:
            return pool.submit(measure, task).result()
        except BrokenProcessPool:
            return died(task)


def _pool(jobs: int) -> ProcessPoolExecutor:
    # A forked process would inherit locks that other threads hold.
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_begin)


def _begin() -> None:
    """Prepare a worker: Ctrl-C is for the process that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _keep_memory()


def _keep_memory() -> None:
    """Ask glibc not to give freed memory back: fresh pages cost more than inflating a mask.

    Measured: 38 ms to read an organ mask of 79 MB, 9 ms with its pages kept. A worker keeps the
    memory of its largest case until it ends.
    """
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):  # musl has none
        libc.mallopt(_M_MMAP_THRESHOLD, 1 << 30)
        libc.mallopt(_M_TRIM_THRESHOLD, (1 << 31) - 1)
