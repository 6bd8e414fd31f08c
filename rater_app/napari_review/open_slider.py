"""OpenSlider: a slider that shows no handle, and has no answer, until the rater sets it."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QMouseEvent, QPaintEvent, QWheelEvent
from qtpy.QtWidgets import QSlider, QStyle, QStyleOptionSlider, QStylePainter


class OpenSlider(QSlider):
    """A slider from `low` to `high` without a preset: where a handle stands, answers gather."""

    changed = Signal()

    def __init__(self, low: int, high: int) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(low, high)
        self.setPageStep(max(1, (high - low) // 10))
        self.is_answered = False
        self.actionTriggered.connect(self._answered)
        self.valueChanged.connect(self.changed)

    def answer_with(self, value: int) -> None:
        """Set the answer."""
        self.setValue(value)
        self._answered()

    def take_back(self) -> None:
        """Go back to no answer."""
        self.is_answered = False
        self.setValue(self.minimum())
        self.update()
        self.changed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Answer with the place that was clicked, wherever the hidden handle is."""
        if not self.is_answered and event.button() == Qt.MouseButton.LeftButton:
            self.answer_with(
                QStyle.sliderValueFromPosition(
                    self.minimum(), self.maximum(), round(event.position().x()), self.width()
                )
            )
        super().mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Leave the wheel to the form: scrolling past must not answer."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the groove alone while there is no answer."""
        if self.is_answered:
            super().paintEvent(event)
            return
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        option.subControls = QStyle.SubControl.SC_SliderGroove
        QStylePainter(self).drawComplexControl(QStyle.ComplexControl.CC_Slider, option)

    def _answered(self) -> None:
        self.is_answered = True
        self.update()
        self.changed.emit()
