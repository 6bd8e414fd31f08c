"""ReadingForm: the whole instrument as a column of question boxes that keys can answer."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from rater_app.core.reading import Answer, Question
from rater_app.napari_review.question_box import QuestionBox


class ReadingForm(QWidget):
    """The questions of one reading, in their order, empty or as they were left."""

    changed = Signal()

    def __init__(self, asked: Sequence[Question], answers: Sequence[Answer]) -> None:
        super().__init__()
        self.boxes = [QuestionBox(question) for question in asked]
        before = {answer.key: answer for answer in answers}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for box in self.boxes:
            if box.question.key in before:
                box.restore(before[box.question.key])
            column.addWidget(box)
            box.changed.connect(self._follow)
        column.addStretch()
        self.marked = self._first_open()
        self._show_mark()

    def answers(self) -> list[Answer]:
        """Give every answer, the empty ones too."""
        return [box.answer() for box in self.boxes]

    def rate(self, place: int) -> None:
        """Choose the level at this place in the marked question."""
        if self.marked is not None:
            self.marked.choose(place)

    def _follow(self) -> None:
        """Mark the next open question once the marked one is answered, by key or mouse."""
        if self.marked is not None and not self.marked.answer().is_empty:
            self.marked = self._first_open() or self.marked
            self._show_mark()
        self.changed.emit()

    def _first_open(self) -> QuestionBox | None:
        """Give the first question for keys without an answer."""
        by_keys = [box for box in self.boxes if box.takes_keys]
        return next((box for box in by_keys if box.answer().is_empty), None)

    def _show_mark(self) -> None:
        for box in self.boxes:
            box.mark(box is self.marked)
