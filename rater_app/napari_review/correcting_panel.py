"""CorrectingPanel: the labels, and our tools beside napari's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qtpy.QtCore import QSignalBlocker, QSize, Qt
from qtpy.QtGui import QColor, QIcon, QPixmap, QWheelEvent
from qtpy.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from rater_app.core.correction import CorrectionPlan, CorrectionRule
from rater_app.core.study import Label
from rater_app.napari_review.correcting_tools import CorrectingTools

_WHAT = {
    CorrectionRule.OPTIONAL: (
        "Your rating is stored and locked. Now mend the mask where it is wrong, as far as it is "
        "worth your time. You can also go on without."
    ),
    CorrectionRule.REQUIRED: (
        "Your rating is stored and locked. Now mend the mask until you would use it, or say that "
        "nothing is wrong with it."
    ),
}
_NAPARI = "napari's tools and keys: 1 erase, 2 paint, 3 polygon, 4 fill, 6 move about, [ ] size."
_ROW_PX = 22
_MOST_ROWS = 8


class CorrectingPanel(QWidget):
    """What a rater corrects a mask with; `CorrectingTools` do it."""

    def __init__(
        self, tools: CorrectingTools, labels: Sequence[Label], plan: CorrectionPlan
    ) -> None:
        super().__init__()
        self._tools = tools
        self.labels = _label_list(labels)
        self.labels.currentItemChanged.connect(self._choose)
        self.margin_mm = _Margin()
        self.margin_mm.setRange(0.1, 50.0)
        self.margin_mm.setValue(2.0)
        self.margin_mm.setSuffix(" mm")
        self.margin_mm.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.margin_mm.editingFinished.connect(self.margin_mm.clearFocus)
        self.undo = _button("Undo", tools.undo)
        self.redo = _button("Redo", tools.redo)
        self.confirmed = QCheckBox("This mask needs no correction")
        self.confirmed.setVisible(plan.rule is CorrectionRule.REQUIRED)
        grid = QGridLayout()
        grid.setHorizontalSpacing(4)
        for place, widget in enumerate(
            (
                _button("Slices between (Alt+I)", tools.interpolate),
                _button("Fill holes (Alt+O)", tools.fill_holes),
                _button("Remove island (Alt+R)", tools.remove_island),
                _button("Keep island only (Alt+K)", tools.keep_island),
                _button("Grow (Alt+G)", self.grow),
                _button("Shrink (Alt+S)", self.shrink),
                self.margin_mm,
                _button("Measure (Alt+M)", tools.measure),
                self.undo,
                self.redo,
            )
        ):
            grid.addWidget(widget, place // 2, place % 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (_say(_WHAT.get(plan.rule, "")), self.labels, _say(_NAPARI)):
            column.addWidget(widget)
        column.addLayout(grid)
        column.addWidget(_button("Back to the mask as it came", tools.reset))
        column.addWidget(self.confirmed)
        column.addStretch()

    def grow(self) -> None:
        """Grow the chosen label by the margin."""
        self._tools.grow(self.margin_mm.value())

    def shrink(self) -> None:
        """Shrink the chosen label by the margin."""
        self._tools.shrink(self.margin_mm.value())

    def follow(self) -> None:
        """Show the label that is painted, and whether there is a step to take back."""
        editing = self._tools.view.editing
        self.undo.setEnabled(editing.can_undo)
        self.redo.setEnabled(editing.can_redo)
        for row in range(self.labels.count()):
            if self.labels.item(row).data(Qt.ItemDataRole.UserRole) == editing.label:
                with QSignalBlocker(self.labels):
                    self.labels.setCurrentRow(row)
                return

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self._tools.view.editing.choose(item.data(Qt.ItemDataRole.UserRole))


class _Margin(QDoubleSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Leave the wheel to the panel: scrolling past must not change the margin."""
        event.ignore()


def _label_list(labels: Sequence[Label]) -> QListWidget:
    listed = QListWidget()
    listed.setIconSize(QSize(14, 14))
    listed.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # as with the buttons below
    for label in labels:
        chip = QPixmap(14, 14)
        chip.fill(QColor(label.color))
        icon = QIcon(chip)
        icon.addPixmap(chip, QIcon.Mode.Selected)  # Qt would tint the colour
        item = QListWidgetItem(icon, label.name)
        item.setData(Qt.ItemDataRole.UserRole, label.value)
        listed.addItem(item)
    listed.setFixedHeight(_ROW_PX * min(max(len(labels), 1), _MOST_ROWS) + 8)
    return listed


def _button(text: str, act: Callable[[], None]) -> QPushButton:
    button = QPushButton(text)
    button.clicked.connect(lambda _checked: act())
    # The keys stay with the images: a button that was clicked must not swallow them.
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def _say(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    return label
