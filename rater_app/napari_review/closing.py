"""Closing: what must end with the window, also when Qt has destroyed the dock already."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from rater_app.study_client import Desk

_FLUSH_S = 3.0
"""Sending what waits may hold a closing window up for so long; the rest is sent next time."""

_WORK_S = 3.0
"""And so may what a thread is doing: a link that has fallen silent would hold it for half a minute.
What is left of it ends by itself, and nobody hears of it."""


class Worker:
    """One thread that does one piece of work after the other."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._given: list[Future[Any]] = []

    def submit(self, work: Callable[[], Any]) -> Future[Any]:
        """Have something done after all that was given before."""
        future = self._thread.submit(work)
        self._given = [other for other in self._given if not other.done()] + [future]
        return future

    def end(self) -> None:
        """Begin nothing more, and wait for what is being done; twice is as once."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        if not wait(self._given, _WORK_S).not_done:
            self._thread.shutdown(wait=True)


class Closing:
    """Threads and the desk of one dock."""

    def __init__(self) -> None:
        self.workers: list[Worker] = []
        self.desk: Desk | None = None

    def end(self) -> None:
        """End the threads, and close the desk; twice is as once."""
        for worker in self.workers:
            worker.end()
        if self.desk is not None:
            self.desk.flush(_FLUSH_S)
            self.desk.close()
            self.desk = None
