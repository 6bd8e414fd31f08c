"""ReadingForm: the whole instrument as a column of question boxes that keys can answer."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from rater_app.core.reading import Answer, Question, keyed_question, level_of_key
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
        self._show_mark()

    def answers(self) -> list[Answer]:
        """Give every answer, the empty ones too."""
        return [box.answer() for box in self.boxes]

    @property
    def marked(self) -> QuestionBox | None:
        """The question that the number keys answer."""
        place = keyed_question([box.question for box in self.boxes], self.answers())
        return None if place is None else self.boxes[place]

    def rate(self, key: int) -> None:
        """Choose the level that a number key stands for in the marked question."""
        box = self.marked
        level = None if box is None else level_of_key(box.question, key)
        if box is not None and level is not None:
            box.choose(level)

    def _follow(self) -> None:
        self._show_mark()
        self.changed.emit()

    def _show_mark(self) -> None:
        marked = self.marked
        for box in self.boxes:
            box.mark(box is marked)
