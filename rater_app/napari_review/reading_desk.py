"""ReadingDesk: the dock while masks are read: what is shown, the form or the tools, the saving."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from rater_app.core.correction import Stage
from rater_app.core.desk_study import DeskStudy
from rater_app.core.reading import Answer
from rater_app.core.study import Label
from rater_app.napari_review.case_view import CaseView
from rater_app.napari_review.correcting_panel import CorrectingPanel
from rater_app.napari_review.correcting_tools import CorrectingTools
from rater_app.napari_review.form import ReadingForm
from rater_app.napari_review.looking_panel import LookingPanel
from rater_app.napari_review.session import ReviewSession
from rater_app.study_client import DeskState

_KEYS = (
    "Axial slices are seen from the feet: the patient's right is on the left. Alt+1, Alt+2, … "
    "choose level 1, 2, … of the question marked ▸ (Alt+0: level 10). Ctrl+Return saves and goes "
    "on. Alt+M measures."
)
_STAGES = {
    Stage.RATE: "Rate the mask",
    Stage.CORRECT: "Correct the mask",
    Stage.RATE_AGAIN: "Rate the corrected mask",
}
_BUTTONS = {Stage.CORRECT: "Save and go on"}
_MOST_IN_LEGEND = 12


class ReadingDesk(QWidget):
    """Everything of the dock after signing in. It shows and asks; `ReviewWidget` decides."""

    answers_changed = Signal()

    def __init__(self, study: DeskStudy, view: CaseView) -> None:
        super().__init__()
        self._study = study
        self.title = _plain(f"{study.title} (simulated)" if study.simulated else study.title)
        self.counter = _plain("")
        self.counter.setStyleSheet("font-weight: bold")
        self.looking = LookingPanel(view)
        self.legend = QLabel(_legend(study.labels))
        self.legend.setWordWrap(True)
        self.tools = CorrectingTools(view, self.say)
        self.correcting = CorrectingPanel(self.tools, study.labels, study.plan)
        self.form: ReadingForm | None = None
        self.scroll_area = _scrolled()
        self.correcting_area = _scrolled()
        self.correcting_area.setFrameShape(QFrame.Shape.NoFrame)
        self.correcting_area.setWidget(self.correcting)
        self.keys = _plain(_KEYS)
        self.message = _plain("")
        self.again_button = QPushButton("Try again")
        self.again_button.hide()
        self.again_button.clicked.connect(self._try_again)
        self._again: Callable[[], None] | None = None
        self._state = DeskState(0, "", ())
        self._is_kept = False
        self.state = _plain("")
        self.submit_button = QPushButton("Submit and go on")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.title)
        column.addWidget(self.counter)
        column.addWidget(self.looking)
        column.addWidget(self.legend)
        column.addWidget(self.scroll_area, 1)
        column.addWidget(self.correcting_area, 1)
        column.addWidget(self.keys)
        column.addWidget(self.message)
        column.addWidget(self.again_button)
        column.addWidget(self.submit_button)
        column.addWidget(self.state)
        self._show_form(None)

    def answers(self) -> list[Answer]:
        """Give every answer, the empty ones too."""
        return self.form.answers() if self.form is not None else []

    def rate(self, key: int) -> None:
        """Choose the level that a number key stands for."""
        if self.form is not None:
            self.form.rate(key)
            if self.form.marked is not None:
                self.scroll_area.ensureWidgetVisible(self.form.marked)

    def show_stage(self, session: ReviewSession, answers: Sequence[Answer]) -> None:
        """Ask what the stage of the reading asks for."""
        loaded = session.loaded
        assert loaded is not None
        task = loaded.task
        self.say("")
        self.forget_kept()
        self._forget_again()
        self.tools.abandon()
        self.counter.setText(
            f"Mask {task.assignment.position} of {loaded.total}: {_STAGES[task.stage]}"
        )
        self.looking.offer(task.channels)
        self.submit_button.setText(_BUTTONS.get(task.stage, "Submit and go on"))
        if task.stage is Stage.CORRECT:
            self._show_form(None)
            self.correcting.confirmed.setChecked(False)
            self.correcting_area.show()
            self.correcting.follow()
            self.legend.hide()
            self.submit_button.setEnabled(True)
            return
        form = ReadingForm(self._study.questions, answers)
        form.changed.connect(self.answers_changed)
        self._show_form(form)

    def wait(self, text: str, again: Callable[[], None] | None = None) -> None:
        """Say why there is nothing to do just now; offer to try again."""
        self._show_form(None)
        self.say(text)
        self._again = again
        self.again_button.setVisible(again is not None)

    def finish(self) -> None:
        """Say that all is read."""
        self._show_form(None)
        self.legend.hide()
        self.counter.setText("All masks are read. Thank you.")
        self.say("")
        self.forget_kept()
        self._forget_again()

    def say(self, text: str) -> None:
        """Show a sentence until the next one."""
        self.message.setText(text)
        self.message.setVisible(bool(text))

    def tell_kept(self) -> None:
        """Say that unsaved work is on this computer's disk."""
        self._is_kept = True
        self.show_state(self._state)

    def forget_kept(self) -> None:
        """Say no more of unsaved work: it is saved."""
        self._is_kept = False
        self.show_state(self._state)

    def show_state(self, state: DeskState) -> None:
        """Say what of the saved work the study does not have yet, and what it did not take."""
        lines = list(state.notices)
        if state.waiting:
            lines.append(f"Saved on this computer; {state.waiting} on the way to the study.")
        if state.problem:
            lines.append(f"{state.problem} It is tried again by itself; you can go on.")
        if self._is_kept:
            lines.append("Unsaved changes are kept on this computer.")
        self._state = state
        self.state.setText("\n".join(lines))

    def _show_form(self, form: ReadingForm | None) -> None:
        self.correcting_area.hide()
        self.legend.setVisible(0 < len(self._study.labels) <= _MOST_IN_LEGEND)
        self.scroll_area.setVisible(form is not None)
        if form is None:
            self.submit_button.setEnabled(False)
            if self.form is not None:
                self.form.hide()
        else:
            self.scroll_area.setWidget(form)  # which deletes the one before
            self.submit_button.setEnabled(True)
        self.form = form

    def _try_again(self) -> None:
        again = self._again
        self._forget_again()
        if again is not None:
            again()

    def _forget_again(self) -> None:
        self._again = None
        self.again_button.hide()


def _scrolled() -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area


def _plain(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


def _legend(labels: Sequence[Label]) -> str:
    """Write the names of the labels in their colours, as rich text."""
    return "&nbsp; ".join(
        f'<span style="color: {escape(label.color)}">■</span> {escape(label.name)}'
        for label in labels
    )
