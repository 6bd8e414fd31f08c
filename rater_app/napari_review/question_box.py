"""QuestionBox: one question of the instrument in Qt, with nothing chosen before the rater does."""

from __future__ import annotations

from html import escape

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QCheckBox,
    QFrame,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
)

from rater_app.core.instrument import ItemKind
from rater_app.core.reading import Answer, Question
from rater_app.napari_review.open_slider import OpenSlider


class QuestionBox(QFrame):
    """One question with the means to answer it.

    Attributes
    ----------
    levels : dict of int to QAbstractButton
        The button of each level number, in the order of the instrument.
    slider, text, cannot_judge
        The other means, None where the question has no such.
    """

    changed = Signal()

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question
        self.levels: dict[int, QAbstractButton] = {}
        self.slider: OpenSlider | None = None
        self.text: QPlainTextEdit | None = None
        self.cannot_judge: QAbstractButton | None = None
        self._one_of = QButtonGroup(self)
        self._column = QVBoxLayout(self)
        self._title = self._say("")
        self.mark(False)
        kind = question.item.kind
        if kind is ItemKind.SLIDER:
            self._add_slider()
        elif kind is ItemKind.TEXT:
            self._add_text()
        else:
            self._add_levels()
        if question.item.cannot_judge:
            self.cannot_judge = self._button("Cannot judge")
            self.cannot_judge.toggled.connect(self._give_up)
        if not question.item.required and kind not in (ItemKind.TEXT, ItemKind.MULTIPLE):
            clear = QPushButton("Clear this answer")
            clear.clicked.connect(self.clear)
            self._column.addWidget(clear)

    @property
    def _chooses_one(self) -> bool:
        """Whether the levels exclude one another."""
        return self.question.item.kind in (ItemKind.LEVELS, ItemKind.CHOICE)

    def answer(self) -> Answer:
        """Give what the rater has said so far, possibly nothing."""
        values = [value for value, button in self.levels.items() if button.isChecked()]
        if self.slider is not None and self.slider.is_answered:
            values.append(self.slider.value())
        return Answer(
            *self.question.key,
            values=tuple(values),
            text=self.text.toPlainText().strip() if self.text else "",
            cannot_judge=self.cannot_judge is not None and self.cannot_judge.isChecked(),
        )

    def restore(self, answer: Answer) -> None:
        """Show an answer that was given before."""
        for value in answer.values:
            if self.slider is not None:
                self.slider.answer_with(value)
            elif value in self.levels:
                self.levels[value].setChecked(True)
        if self.text is not None:
            self.text.setPlainText(answer.text)
        if self.cannot_judge is not None and answer.cannot_judge:
            self.cannot_judge.setChecked(True)

    def choose(self, level: int) -> None:
        """Choose the level with this number."""
        self.levels[level].setChecked(True)

    def clear(self) -> None:
        """Take the answer back."""
        self._one_of.setExclusive(False)
        for button in (*self.levels.values(), self.cannot_judge):
            if button is not None:
                button.setChecked(False)
        self._one_of.setExclusive(True)
        if self.slider is not None:
            self.slider.take_back()

    def mark(self, marked: bool) -> None:
        """Show whether Alt+digit answers this question."""
        sign = "▸ " if marked else ""
        self._title.setText(f"<b>{sign}{escape(self.question.text)}</b>")

    def _add_levels(self) -> None:
        for level in self.question.item.levels:
            number = f"{level.value} - " if self.question.item.kind is ItemKind.LEVELS else ""
            self.levels[level.value] = self._button(number + level.label)
            if level.anchor:
                self._say(escape(level.anchor)).setIndent(22)
            if not self._chooses_one:
                self.levels[level.value].toggled.connect(self._judge)

    def _add_slider(self) -> None:
        item = self.question.item
        for level in (item.levels[0], item.levels[-1]):
            anchor = f": {level.anchor}" if level.anchor else ""
            self._say(escape(f"{level.value} - {level.label}{anchor}"))
        self.slider = OpenSlider(*item.bounds)
        self.slider.changed.connect(self._slide)
        self._column.addWidget(self.slider)
        self._slid = self._say("No answer yet")

    def _add_text(self) -> None:
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.setMaximumHeight(80)
        self.text.textChanged.connect(self.changed)
        self._column.addWidget(self.text)

    def _slide(self) -> None:
        answered = self.slider is not None and self.slider.is_answered
        self._slid.setText(
            str(self.slider.value()) if answered and self.slider else "No answer yet"
        )
        self._judge(answered)
        self.changed.emit()

    def _judge(self, given: bool) -> None:
        """Let a value take “cannot judge” back, where no button group does."""
        if given and self.cannot_judge is not None:
            self.cannot_judge.setChecked(False)

    def _give_up(self, given: bool) -> None:
        """Let “cannot judge” take values back, where no button group does."""
        if not given:
            return
        if self.slider is not None:
            self.slider.take_back()
        if not self._chooses_one:
            for button in self.levels.values():
                button.setChecked(False)

    def _button(self, text: str) -> QAbstractButton:
        shown = text.replace("&", "&&")  # one alone would be a key, and not be seen
        button = QRadioButton(shown) if self._chooses_one else QCheckBox(shown)
        if self._chooses_one:
            self._one_of.addButton(button)
        button.toggled.connect(self.changed)
        self._column.addWidget(button)
        return button

    def _say(self, text: str) -> QLabel:
        """Say something that is escaped already."""
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.RichText)
        label.setWordWrap(True)
        self._column.addWidget(label)
        return label
