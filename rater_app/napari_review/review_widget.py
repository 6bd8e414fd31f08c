"""ReviewWidget: the dock in which a rater signs in, looks at masks and answers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QHideEvent, QKeySequence, QShortcut
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from analysis.volumes import VolumeError
from rater_app.core.study import Label
from rater_app.napari_review.case_view import CaseView
from rater_app.napari_review.form import ReadingForm
from rater_app.napari_review.session import ReviewSession
from rater_app.reading_room import AlreadySubmitted, RoomError

if TYPE_CHECKING:
    import napari.viewer

_DRAFT_DELAY_MS = 1000
_REMINDER = (
    "Axial slices are seen from the feet: the patient's right is on the left. Alt+1, Alt+2, … "
    "choose level 1, 2, … of the question marked ▸ (Alt+0: level 10). Ctrl+Return submits."
)


class ReviewWidget(QWidget):
    """Sign in, then read one blinded mask after the other.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        The viewer that shows the cases; it must hold no other layers when the rater signs in.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self.viewer = viewer
        self.session: ReviewSession | None = None
        self.view: CaseView | None = None
        self.form: ReadingForm | None = None
        self._build_sign_in()
        self._build_desk()
        self.message = QLabel()
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setWordWrap(True)
        column = QVBoxLayout(self)
        column.addWidget(self.sign_in_panel)
        column.addWidget(self.desk)
        column.addWidget(self.message)
        column.setStretchFactor(self.desk, 1)
        column.addStretch()
        self.desk.hide()
        self.setMinimumWidth(360)
        self._draft_timer = QTimer(self)
        self._draft_timer.setSingleShot(True)
        self._draft_timer.timeout.connect(self._keep_draft)
        self._add_shortcuts()

    def sign_in(self) -> None:
        """Enter the room that the two fields name, and show the first mask."""
        if len(self.viewer.layers):
            self.message.setText(
                "This window shows other images. Please close them, then sign in again."
            )
            return
        folder = self.folder.text().strip()
        try:
            self.session = ReviewSession.sign_in(Path(folder), self.token.text())
        except RoomError as error:
            self.message.setText(str(error))
            return
        self.token.clear()
        self.sign_in_panel.hide()
        self.desk.show()
        study = self.session.room.study
        self.title.setText(f"{study.title} (simulated)" if study.simulated else study.title)
        self.legend.setText(_legend(study.labels))
        self.view = CaseView(self.viewer, self.session.channel_names, study.labels, study.ct)
        self.message.clear()
        self.show_next()

    def submit(self) -> None:
        """Submit the reading and go on to the next mask, or say what is missing."""
        if self.session is None or self.form is None:
            return
        self._draft_timer.stop()
        self.message.clear()
        try:
            self.session.submit(self.form.answers())
        except AlreadySubmitted as error:
            self.message.setText(str(error))
        except RoomError as error:
            self.message.setText(str(error))
            return
        self.show_next()

    def show_next(self) -> None:
        """Show the next mask with an empty form, or say that all are done."""
        session, view = self.session, self.view
        if session is None or view is None:
            return
        self._drop_form()
        try:
            reading = session.next()
        except (VolumeError, OSError):
            view.hide()
            self.counter.setText("")
            self.message.setText(
                "The images of the next mask cannot be read. Please tell the coordinator."
            )
            return
        total = session.progress.total
        if reading is None or session.layers is None:
            view.hide()
            self.counter.setText(f"All {total} masks are read. Thank you.")
            return
        self.counter.setText(f"Mask {reading.assignment.position} of {total}")
        view.show(session.layers)
        self._offer_channels(reading.case.channels, view.shown_channel)
        self.form = ReadingForm(reading.questions, reading.answers)
        self.form.changed.connect(self._start_draft)
        self.scroll_area.setWidget(self.form)
        self.submit_button.setEnabled(True)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Keep what was not kept yet when the dock or the window closes."""
        if self._draft_timer.isActive():
            self._draft_timer.stop()
            self._keep_draft()
        super().hideEvent(event)

    def _build_sign_in(self) -> None:
        self.sign_in_panel = QWidget()
        self.folder = QLineEdit()
        self.folder.setPlaceholderText("Folder of the room")
        choose = QPushButton("Choose…")
        choose.clicked.connect(self._choose_folder)
        self.token = QLineEdit()
        self.token.setPlaceholderText("Invitation")
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.token.returnPressed.connect(self.sign_in)
        self.sign_in_button = QPushButton("Sign in")
        self.sign_in_button.clicked.connect(self.sign_in)
        row = QHBoxLayout()
        row.addWidget(self.folder)
        row.addWidget(choose)
        column = QVBoxLayout(self.sign_in_panel)
        column.addLayout(row)
        column.addWidget(self.token)
        column.addWidget(self.sign_in_button)

    def _build_desk(self) -> None:
        self.desk = QWidget()
        self.title, self.counter = QLabel(), QLabel()
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setWordWrap(True)
        self.channel = QComboBox()
        self.channel.textActivated.connect(self._show_channel)
        self.mask_shown = QCheckBox("Mask")
        self.mask_shown.setChecked(True)
        self.mask_shown.toggled.connect(self._show_mask)
        self.legend = QLabel()
        self.legend.setWordWrap(True)
        self.scroll_area = QScrollArea()
        self.scroll_area.setWidgetResizable(True)
        self.scroll_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.submit_button = QPushButton("Submit and go on")
        self.submit_button.clicked.connect(self.submit)
        reminder = QLabel(_REMINDER)
        reminder.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(self.channel)
        row.addWidget(self.mask_shown)
        column = QVBoxLayout(self.desk)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.title)
        column.addWidget(self.counter)
        column.addLayout(row)
        column.addWidget(self.legend)
        column.addWidget(self.scroll_area)
        column.addWidget(reminder)
        column.addWidget(self.submit_button)

    def _add_shortcuts(self) -> None:
        for number in range(1, 11):
            self._shortcut(f"Alt+{number % 10}").activated.connect(partial(self._rate, number))
        for key in ("Ctrl+Return", "Ctrl+Enter"):
            self._shortcut(key).activated.connect(self.submit)

    def _shortcut(self, key: str) -> QShortcut:
        shortcut = QShortcut(QKeySequence(key), self)
        # A key held down must not submit the next reading too.
        shortcut.setAutoRepeat(False)
        return shortcut

    def _rate(self, key: int) -> None:
        if self.form is not None:
            self.form.rate(key)
            if self.form.marked is not None:
                self.scroll_area.ensureWidgetVisible(self.form.marked)

    def _drop_form(self) -> None:
        """Put the form out of use; the next one, given to the scroll area, deletes it."""
        self.submit_button.setEnabled(False)
        if self.form is not None:
            self.form.hide()
            self.form = None

    def _offer_channels(self, names: Sequence[str], shown: str) -> None:
        self.channel.clear()
        self.channel.addItems(list(names))
        self.channel.setCurrentText(shown)
        self.mask_shown.setChecked(True)

    def _show_channel(self, name: str) -> None:
        if self.view is not None:
            self.view.show_channel(name)

    def _show_mask(self, shown: bool) -> None:
        if self.view is not None:
            self.view.mask.visible = shown

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder of the room")
        if folder:
            self.folder.setText(folder)

    def _start_draft(self) -> None:
        self._draft_timer.start(_DRAFT_DELAY_MS)

    def _keep_draft(self) -> None:
        if self.session is not None and self.form is not None:
            self.session.keep(self.form.answers())


def _legend(labels: Sequence[Label]) -> str:
    """Write the names of the labels in their colours, as rich text."""
    return "&nbsp; ".join(
        f'<span style="color: {escape(label.color)}">■</span> {escape(label.name)}'
        for label in labels
    )
