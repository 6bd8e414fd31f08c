"""Cases through several processes, of which none can take the others down."""

from __future__ import annotations

import ctypes
import multiprocessing
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from analysis.measuring.tasks import CaseTask
from analysis.measuring.worker import Row

Measure = Callable[[CaseTask], list[Row]]
Numbered = tuple[int, CaseTask]

_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = -3, -1  # malloc.h of glibc


def in_processes(
    left: deque[Numbered], measure: Measure, died: Measure, jobs: int
) -> Iterator[tuple[int, CaseTask, list[Row]]]:
    """Measure cases in several processes; each comes when it is done.

    Parameters
    ----------
    left : deque of (int, CaseTask)
        Emptied, two a process at a time, so that memory does not grow with the study.
    measure : callable
        What a process does with a case; it must be found by name in a module.
    died : callable
        Rows of a case at which its process ended, twice.
    jobs : int
    """
    while left:
        running: dict[Future[list[Row]], Numbered] = {}
        with _pool(jobs) as pool:
            try:
                while left or running:
                    while left and len(running) < 2 * jobs:
                        with _deaf_to_ctrl_c():
                            handed = pool.submit(measure, left[0][1])
                        running[handed] = left.popleft()
                    for ready in wait(running, return_when=FIRST_COMPLETED).done:
                        rows = ready.result()
                        at, task = running.pop(ready)
                        yield at, task, rows
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
            with _deaf_to_ctrl_c():
                handed = pool.submit(measure, task)
            return handed.result()
        except BrokenProcessPool:
            return died(task)


def _pool(jobs: int) -> ProcessPoolExecutor:
    # A forked process would inherit locks that other threads hold.
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_keep_memory)


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Let processes that are started meanwhile leave Ctrl-C to this one, from their first moment.

    Handing out a case starts processes as they are needed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what is done at a signal
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


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
