"""Closing: what must end with the window, also when Qt has destroyed the dock already."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from rater_app.study_client import Desk

_FLUSH_S = 3.0
"""Sending what waits may hold a closing window up for so long; the rest is sent next time."""


class Closing:
    """Threads and the desk of one dock."""

    def __init__(self) -> None:
        self.threads: list[ThreadPoolExecutor] = []
        self.desk: Desk | None = None

    def end(self) -> None:
        """End the threads, and close the desk; twice is as once."""
        for threads in self.threads:
            threads.shutdown(wait=True, cancel_futures=True)
        if self.desk is not None:
            self.desk.flush(_FLUSH_S)
            self.desk.close()
            self.desk = None
