"""ReviewWidget: the dock in which a rater signs in, looks at masks, rates and corrects them."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from qtpy.QtCore import QEvent, QTimer
from qtpy.QtGui import QCloseEvent, QHideEvent
from qtpy.QtWidgets import QVBoxLayout, QWidget

from analysis.volumes import VolumeError
from rater_app.core.correction import Stage
from rater_app.napari_review.background import Background
from rater_app.napari_review.case_view import CaseView
from rater_app.napari_review.closing import Closing
from rater_app.napari_review.contributions import HOST
from rater_app.napari_review.drafting import Drafting
from rater_app.napari_review.inputs import follow_inputs
from rater_app.napari_review.loaded_task import LoadedTask, load_next
from rater_app.napari_review.reading_desk import ReadingDesk
from rater_app.napari_review.session import NotReady, ReviewSession
from rater_app.napari_review.shortcuts import add_shortcuts
from rater_app.napari_review.sign_in_panel import SignInPanel
from rater_app.napari_review.versions import program_versions
from rater_app.study_client import Desk, Refused, StudyClient, Unreachable, desk_folder
from rater_app.study_client.sign_in import sign_in

PLUGIN = HOST
"""The host of the widget inside a full napari."""

_LEFTOVER_S = 1.0
"""An untouched mask that is finished so soon was hit by the rest of the keys that rated it."""

_LOOK_EVERY_MS = 500
_OTHER_LAYERS = "This window shows other images. Please open napari anew, and sign in there."


class ReviewWidget(QWidget):
    """Sign in, then read one blinded mask after the other.

    Parameters
    ----------
    viewer : napari.viewer.Viewer or napari.components.ViewerModel
        The viewer that shows the cases; it must hold no other layers when the rater signs in.
    host : str
        The program around: it is stored with every submission.

    Attributes
    ----------
    opened_s : float
        When the stage was shown, on a clock that never goes back.
    on_title : callable
        Gets the words that a window may show as its title.
    on_entered : callable
        Called when the rater is signed in, before the first case is shown.
    """

    def __init__(self, napari_viewer: Any, host: str = PLUGIN) -> None:
        super().__init__()
        self.viewer = napari_viewer
        self.host = host
        self.session: ReviewSession | None = None
        self.view: CaseView | None = None
        self.desk: ReadingDesk | None = None
        self.on_title: Callable[[str], None] = lambda _title: None
        self.on_entered: Callable[[], None] = lambda: None
        self._closing = Closing()
        self.sign_in_panel = SignInPanel()
        self.sign_in_panel.entered.connect(self.sign_in)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self.sign_in_panel)
        self._column.addStretch()
        self.setMinimumWidth(360)
        self._fetching = Background(self, "review-fetch")
        self._closing.workers.append(self._fetching.worker)
        # A window that is destroyed around the dock closes nothing in it.
        self.destroyed.connect(self._closing.end)
        self._ahead: Future[LoadedTask | None] | None = None
        self._drafting: Drafting | None = None
        self.opened_s = 0.0
        self._state_timer = QTimer(self)
        self._state_timer.setInterval(_LOOK_EVERY_MS)
        self._state_timer.timeout.connect(self._show_state)
        add_shortcuts(self)

    def sign_in(self, address: str, invitation: str = "") -> bool:
        """Enter the study at an address, and show the first mask; say whether that went well."""
        if len(self.viewer.layers):
            self._tell(_OTHER_LAYERS)
            return False
        try:
            client = sign_in(address, invitation)
        except (Refused, Unreachable) as error:
            self._tell(str(error))
            return False
        return self.enter(client)

    def enter(self, client: StudyClient) -> bool:
        """Work with a client that is signed in."""
        try:
            desk = Desk(client, desk_folder(client.study))
        except OSError as error:
            client.close()
            self._tell(str(error))
            return False
        self.sign_in_panel.forget()
        self.sign_in_panel.hide()
        self.session = ReviewSession(desk, self.host, program_versions())
        self.view = CaseView(self.viewer, client.study)
        self.desk = ReadingDesk(client.study, self.view)
        self.desk.submit_button.clicked.connect(self.save_and_next)
        self.desk.answers_changed.connect(self._answers_changed)
        self._column.insertWidget(0, self.desk, 1)
        self._drafting = Drafting(self, self.session, self.view, self.desk)
        self._closing.workers.append(self._drafting.keeping.worker)
        self._closing.desk = desk
        self.view.editing.on_change = self._mask_changed
        follow_inputs(self.view, self._at_work)
        self.desk.answers_changed.connect(self._at_work)
        self._state_timer.start()
        self.on_entered()
        self._load()
        return True

    def save_and_next(self) -> None:
        """End what is being done, and go on to what comes next; or say what is missing."""
        session, desk = self.session, self.desk
        if session is None or desk is None or session.loaded is None:
            return
        desk.say("")
        try:
            goes_on = self._correct() if session.stage is Stage.CORRECT else self._rate()
        except NotReady as error:
            desk.say(str(error))
        except OSError as error:
            desk.say(f"NOT saved. This computer's disk could not be written ({error}).")
        else:
            if goes_on is not None:
                self._go_on(goes_on)

    def _rate(self) -> bool:
        assert self.session is not None
        assert self.desk is not None
        return self.session.submit_rating(self.desk.answers())

    def _correct(self) -> bool | None:
        """Save the mask; None when there is nothing to be done about it."""
        session, view, desk = self.session, self.view, self.desk
        assert session is not None
        assert view is not None
        assert desk is not None
        counts = view.editing.counts
        leftover = time.monotonic() - self.opened_s < _LEFTOVER_S
        if leftover and not counts.strokes and not desk.correcting.confirmed.isChecked():
            return None
        problems = view.editing.problems()
        if problems:
            raise NotReady("\n".join(problems))
        if self._drafting is not None:
            self._drafting.stop()
        mask = view.mask.data
        submission, voxels = session.correction(mask, counts, desk.correcting.confirmed.isChecked())
        return session.submit_correction(submission, voxels, mask)

    def _go_on(self, same_reading: bool) -> None:
        if same_reading:
            self._show_stage(())
        else:
            if self.view is not None:
                self.view.edit(False)  # what is painted from now on would be lost
            self._load()

    def _load(self) -> None:
        """Show what was fetched ahead, or fetch what comes next."""
        assert self.session is not None
        assert self.desk is not None
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead.done():
            self._show_ahead(ahead)
            return
        self.desk.wait("Loading …")
        if ahead is not None:
            self._fetching.follow(ahead, self._show_ahead)
        else:
            desk = self.session.desk
            self._fetching.run(lambda: load_next(desk), self._show)

    def _show_ahead(self, ahead: Future[LoadedTask | None]) -> None:
        """Show what was fetched ahead; what could not be fetched then is fetched now."""
        if ahead.cancelled() or ahead.exception() is not None:
            self._load()
        else:
            self._show(ahead)

    def _show(self, loaded: Future[LoadedTask | None]) -> None:
        session, view, desk = self.session, self.view, self.desk
        if session is None or view is None or desk is None:
            return
        try:
            task = loaded.result()
            answers = session.begin(task)
        except (Unreachable, Refused, VolumeError, OSError) as error:
            desk.wait(str(error), again=self._load)
            return
        if task is None:
            view.hide()
            desk.finish()
            self.on_title(desk.counter.text())
            return
        view.show(task.layers)
        if session.mask is not None and session.mask is not task.layers.mask:
            view.put_mask(session.mask, view.editing.came)
        self._show_stage(answers)
        self._fetch_ahead(task)

    def _show_stage(self, answers: Any) -> None:
        """Show the stage that the reading is in; the images stay as they are."""
        session, view, desk = self.session, self.view, self.desk
        assert session is not None
        assert view is not None
        assert desk is not None
        view.edit(session.stage is Stage.CORRECT)
        view.editing.begin(view.editing.came)
        desk.show_stage(session, answers)
        self.opened_s = time.monotonic()
        self.on_title(desk.counter.text())
        if session.notice:
            desk.say(session.notice)

    def _fetch_ahead(self, task: LoadedTask) -> None:
        assert self.session is not None
        desk, code = self.session.desk, task.task.assignment.code
        self._ahead = self._fetching.run(lambda: load_next(desk, code), lambda _future: None)

    def _answers_changed(self) -> None:
        if self._drafting is not None:
            self._drafting.answers_changed()

    def _mask_changed(self) -> None:
        self._at_work()
        if self.desk is not None:
            self.desk.correcting.follow()
        if self._drafting is not None:
            self._drafting.mask_changed()

    def _show_state(self) -> None:
        if self.session is not None and self.desk is not None:
            self.desk.show_state(self.session.desk.state)

    def _at_work(self, *_: object) -> None:
        if self.session is not None:
            self.session.clock.note()

    def _tell(self, problem: str) -> None:
        self.sign_in_panel.say(problem)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Keep what was not kept yet."""
        if self._drafting is not None:
            self._drafting.keep_now()
        super().hideEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Leave when napari takes the dock out of its window: it closes nothing then."""
        view = self.view if event.type() is QEvent.Type.ParentChange else None
        if view is not None and self.parent() is None and self.session is not None:
            self.leave()
            view.edit(False)
            view.hide()
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Leave when the dock is closed."""
        self.leave()
        super().closeEvent(event)

    def leave(self) -> None:
        """Keep all, send what a few seconds allow, and end every thread; twice is as once."""
        self.session = None
        self._state_timer.stop()
        if self._drafting is not None:
            self._drafting.close()
            self._drafting = None
        self._ahead = None
        self._fetching.close()
        self._closing.end()
