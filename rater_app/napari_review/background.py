"""Background: work of the window that takes time, one piece after the other in a thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from qtpy.QtCore import QObject, QTimer

from rater_app.napari_review.closing import Worker

_LOOK_EVERY_MS = 15


class Background(QObject):
    """Runs work in one thread, and what follows from it in the window's own.

    Attributes
    ----------
    worker : Worker
        The thread.
    """

    def __init__(self, parent: QObject, name: str) -> None:
        super().__init__(parent)
        self.worker = Worker(name)
        self._waiting: list[tuple[Future[Any], Callable[[Future[Any]], None]]] = []
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)

    def run(self, work: Callable[[], Any], then: Callable[[Future[Any]], None]) -> Future[Any]:
        """Do something in the thread; `then` gets what came of it, or its fault."""
        future = self.worker.submit(work)
        self.follow(future, then)
        return future

    def follow(self, future: Future[Any], then: Callable[[Future[Any]], None]) -> None:
        """Let something follow from work that was begun before."""
        self._waiting.append((future, then))
        self._timer.start()

    def close(self) -> None:
        """Finish what is being done, and nothing else; what follows is left out."""
        self._timer.stop()
        self._waiting.clear()
        self.worker.end()

    def _look(self) -> None:
        done = [(future, then) for future, then in self._waiting if future.done()]
        self._waiting = [(future, then) for future, then in self._waiting if not future.done()]
        if not self._waiting:
            self._timer.stop()
        for future, then in done:
            if not future.cancelled():
                then(future)
