"""Drafting: unsaved answers and masks go onto this computer's disk while the rater works."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from qtpy.QtCore import QObject, QTimer

from rater_app.core.correction import Stage
from rater_app.napari_review.background import Background
from rater_app.napari_review.case_view import CaseView
from rater_app.napari_review.reading_desk import ReadingDesk
from rater_app.napari_review.session import ReviewSession

ANSWERS_AFTER_MS = 1000
MASK_AFTER_MS = 30_000
MASK_AFTER_STROKES = 10
"""A mask is kept after so many strokes, or so long after the first one that is not kept."""

_NOT_KEPT = "Your work could not be kept on this computer's disk ({}). Please save soon."


class Drafting(QObject):
    """Keeps drafts: answers at once, masks in a thread."""

    def __init__(
        self, parent: QObject, session: ReviewSession, view: CaseView, desk: ReadingDesk
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._view = view
        self._desk = desk
        self.keeping = Background(self, "review-keep")
        self._last: Future[Any] | None = None
        self._steps = 0
        self._answers_timer = _once(self, ANSWERS_AFTER_MS, self._keep_answers)
        self._mask_timer = _once(self, MASK_AFTER_MS, self._keep_mask)

    def answers_changed(self) -> None:
        """Note that the form has changed."""
        self._answers_timer.start()

    def mask_changed(self) -> None:
        """Note that the mask, or what was chosen, has changed."""
        editing = self._view.editing
        steps = editing.counts.total
        if self._session.stage is not Stage.CORRECT or steps in (0, self._steps):
            return
        if steps - self._steps >= MASK_AFTER_STROKES:
            self._keep_mask()
        elif not self._mask_timer.isActive():
            self._mask_timer.start()

    def keep_now(self) -> None:
        """Keep what is due, and wait until it is kept."""
        if self._answers_timer.isActive():
            self._answers_timer.stop()
            self._keep_answers()
        if self._mask_timer.isActive():
            self._keep_mask()
        if self._last is not None and not self._last.cancelled():
            self._last.exception()

    def stop(self) -> None:
        """Keep nothing more of this mask: it is about to be saved."""
        self._mask_timer.stop()
        self._steps = 0
        if self._last is not None and not self._last.cancel():
            self._last.exception()  # a draft that came after the saving would outlive it
        self._last = None

    def close(self) -> None:
        """Keep what is due, and end the thread."""
        self.keep_now()
        self.keeping.close()

    def _keep_answers(self) -> None:
        try:
            self._session.keep_answers(self._desk.answers())
        except OSError as error:
            self._desk.say(_NOT_KEPT.format(error))

    def _keep_mask(self) -> None:
        self._mask_timer.stop()
        session, editing = self._session, self._view.editing
        if session.loaded is None or session.stage is not Stage.CORRECT:
            return
        counts = editing.counts
        self._steps = counts.total
        # The rater goes on painting while this one is packed.
        mask = self._view.mask.data.copy()

        def keep() -> None:
            submission, voxels = session.correction(mask, counts)
            session.desk.drafts.keep(submission, voxels or session.packed(mask))

        self._last = self.keeping.run(keep, self._kept)

    def _kept(self, future: Future[Any]) -> None:
        error = future.exception()
        if error is not None:
            self._desk.say(_NOT_KEPT.format(error))
        elif future is self._last:
            self._desk.tell_kept()


def _once(parent: QObject, after_ms: int, act: Any) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(after_ms)
    timer.timeout.connect(act)
    return timer
