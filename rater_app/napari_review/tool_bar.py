"""ToolBar: napari's own tools as buttons, for a window without napari's controls."""

from __future__ import annotations

from functools import partial

from qtpy.QtCore import QSignalBlocker, Qt
from qtpy.QtGui import QAction, QActionGroup
from qtpy.QtWidgets import QLabel, QSpinBox, QToolBar, QWidget

from rater_app.napari_review.case_view import CaseView

_MODES = {
    "pan_zoom": "Move (6)",
    "paint": "Brush (2)",
    "erase": "Eraser (1)",
    "fill": "Fill (4)",
    "polygon": "Polygon (3)",
    "pick": "Pick (5)",
}
_LARGEST_BRUSH = 100
_LOOK = "QToolButton { padding: 3px 7px; } QToolButton:checked { background: #3d5a80; }"


class ToolBar(QToolBar):
    """Modes of the mask layer, the size of the brush, and which planes are seen."""

    def __init__(self, planes: QWidget) -> None:
        super().__init__("Tools")
        self.setMovable(False)
        self.setStyleSheet(_LOOK)
        self._view: CaseView | None = None
        self._planes = planes
        group = QActionGroup(self)
        self.modes: dict[str, QAction] = {}
        for mode, title in _MODES.items():
            action = QAction(title, self)
            action.setCheckable(True)
            action.triggered.connect(partial(self._use, mode))
            group.addAction(action)
            self.addAction(action)
            self.modes[mode] = action
        self.addSeparator()
        self.addWidget(QLabel("Brush "))
        self.brush = QSpinBox()
        self.brush.setRange(1, _LARGEST_BRUSH)
        self.brush.setSuffix(" voxels")
        self.brush.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.brush.editingFinished.connect(self.brush.clearFocus)
        self.brush.valueChanged.connect(self._size)
        self.addWidget(self.brush)
        self.ball = self._switch("Ball (all slices)", self._shape)
        self.addSeparator()
        self.three = self._switch("Three planes", self._show_planes)
        self.three.setChecked(True)
        self._follow_editing()

    def follow(self, view: CaseView) -> None:
        """Act on the mask of a `CaseView` from now on."""
        self._view = view
        mask = view.mask
        mask.events.mode.connect(self._follow_editing)
        mask.events.editable.connect(self._follow_editing)
        mask.events.brush_size.connect(self._follow_editing)
        mask.events.n_edit_dimensions.connect(self._follow_editing)
        self._follow_editing()

    def _switch(self, title: str, act: object) -> QAction:
        action = QAction(title, self)
        action.setCheckable(True)
        action.toggled.connect(act)
        self.addAction(action)
        return action

    def _use(self, mode: str) -> None:
        if self._view is not None:
            self._view.mask.mode = mode

    def _size(self, voxels: int) -> None:
        if self._view is not None:
            self._view.mask.brush_size = voxels

    def _shape(self, is_ball: bool) -> None:
        if self._view is not None:
            self._view.mask.n_edit_dimensions = 3 if is_ball else 2

    def _show_planes(self, shown: bool) -> None:
        self._planes.setVisible(shown)

    def _follow_editing(self, _event: object = None) -> None:
        """Show what is in force: napari's own keys change it too."""
        view = self._view
        is_on = view is not None and view.editing.is_enabled
        for action in (*self.modes.values(), self.ball):
            action.setEnabled(is_on)
        self.brush.setEnabled(is_on)
        if view is None:
            return
        mode = self.modes.get(str(view.mask.mode))
        if mode is not None:
            mode.setChecked(True)
        with QSignalBlocker(self.brush), QSignalBlocker(self.ball):
            self.brush.setValue(int(view.mask.brush_size))
            self.ball.setChecked(view.mask.n_edit_dimensions == 3)
