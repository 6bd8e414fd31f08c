"""The window of `rater-app review`, with real clicks and keys."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.builders import build_room

pytest.importorskip("napari")
from qtpy.QtCore import QPoint, Qt, QTimer
from qtpy.QtWidgets import QApplication, QLineEdit, QMenu, QWidget

from tests.napari_review.at_desk import AtDesk

pytestmark = pytest.mark.desktop

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


class Hands:
    """A rater at the window."""

    def __init__(self, kiosk: AtDesk) -> None:
        self.kiosk = kiosk
        self.qtbot = kiosk.qtbot

    @property
    def window(self) -> Any:
        return self.kiosk.window

    @property
    def view(self) -> Any:
        return self.window.review.view

    def drag(self, canvas: Any, *places: tuple[float, float]) -> None:
        """Press, move and let go on a canvas; places are shares of its width and height."""
        surface = canvas.canvas.native
        spots = [QPoint(round(x * surface.width()), round(y * surface.height())) for x, y in places]
        self.qtbot.mouseMove(surface, spots[0])
        self.qtbot.mousePress(surface, LEFT, PLAIN, spots[0])
        for spot in spots[1:]:
            # QTest moves without the button that is held down.
            self.qtbot.mouseMove(surface, spot)
            QApplication.processEvents()
        self.qtbot.mouseRelease(surface, LEFT, PLAIN, spots[-1])
        QApplication.processEvents()

    def press(self, key: Any, modifier: Any = PLAIN) -> None:
        """Press a key wherever the focus is."""
        self.qtbot.keyClick(QApplication.focusWidget() or self.window, key, modifier)

    def correct(self) -> None:
        """Rate the mask, so that it may be corrected."""
        self.window.review.desk.rate(3)
        self.window.review.save_and_next()
        assert self.view.editing.is_enabled


@pytest.fixture
def hands(kiosk: AtDesk, tmp_path: Path) -> Hands:
    room = build_room(tmp_path / "room", shape=(40, 48, 30), correction="optional")
    kiosk.enter_room(room)
    room.close()
    return Hands(kiosk)


def test_the_window_tells_nothing_and_takes_no_files(hands: Hands) -> None:
    window = hands.window
    assert window.windowTitle() == "Mask 1 of 4: Rate the mask"
    assert window.menuWidget() is None
    assert not [menu for menu in window.findChildren(QMenu) if menu.isVisible()]
    canvases = [window.canvas, *(view.canvas for view in window.planes.views)]
    for canvas in canvases:
        parts = [canvas, canvas.canvas.native, *canvas.findChildren(QWidget)]
        takers = [part for part in parts if part.acceptDrops()]
        assert all(isinstance(part, QLineEdit) for part in takers), takers  # of text only
    names = {type(widget).__name__ for widget in window.findChildren(QWidget)}
    assert not {"QtLayerList", "QtConsole", "QtViewerButtons"} & names


def test_all_planes_share_their_arrays_and_meet_where_the_rater_clicks(hands: Hands) -> None:
    window, view = hands.window, hands.view
    sagittal, coronal = window.planes.views
    for plane in (sagittal, coronal):
        assert plane.viewer.layers["mask"].data is view.mask.data
        assert plane.viewer.layers["image"].data is view.channels["T1"].data
    start = view.viewer.dims.point
    hands.drag(window.canvas, (0.4, 0.4))
    z, y, x = view.viewer.dims.point
    assert (z, y > start[1], x > start[2]) == (start[0], True, True)  # front and right: up, left
    assert (coronal.viewer.dims.point[1], sagittal.viewer.dims.point[2]) == (y, x)
    looked_at = sagittal.viewer.scene.camera.center
    hands.drag(sagittal.canvas, (0.5, 0.4), (0.4, 0.45))
    moved = view.viewer.dims.point
    assert (moved[0] > z, moved[1] > start[1], moved[2]) == (True, True, x)
    assert coronal.viewer.dims.point[1] == moved[1]
    assert sagittal.viewer.scene.camera.center == looked_at
    coronal.viewer.dims.set_point(1, start[1])  # its wheel
    assert view.viewer.dims.point[1] == start[1]


def test_a_drag_and_a_brush_leave_the_planes_where_they_are(hands: Hands) -> None:
    point = hands.view.viewer.dims.point
    hands.drag(hands.window.canvas, (0.4, 0.4), (0.45, 0.5))
    assert hands.view.viewer.dims.point == point
    hands.correct()
    hands.view.mask.mode = "paint"
    hands.drag(hands.window.canvas, (0.4, 0.4))
    assert hands.view.editing.strokes == {"brush": 1}
    assert hands.view.viewer.dims.point == point


def test_the_planes_show_what_is_painted_and_taken_back(hands: Hands) -> None:
    hands.correct()
    view, plane = hands.view, hands.window.planes.views[0]
    QApplication.processEvents()
    before = plane.canvas.screenshot(flash=False)
    view.mask.brush_size = 12
    view.mask.paint(view.voxel, 3)
    painted = plane.canvas.screenshot(flash=False)
    assert np.any(painted != before)
    view.editing.undo()
    np.testing.assert_array_equal(plane.canvas.screenshot(flash=False), before)
    view.editing.redo()
    np.testing.assert_array_equal(plane.canvas.screenshot(flash=False), painted)


def test_the_keys_of_the_images_work_after_a_click_in_the_dock(hands: Hands) -> None:
    hands.correct()
    view, desk = hands.view, hands.window.review.desk
    listed = desk.correcting.labels
    spot = listed.visualItemRect(listed.item(1)).center()
    hands.qtbot.mouseClick(listed.viewport(), LEFT, PLAIN, spot)
    assert view.editing.label == 2
    hands.press(Qt.Key.Key_2)
    assert str(view.mask.mode) == "paint"
    view.mask.paint((0, 0, 0), 2)
    for box in (desk.looking.outline, desk.looking.mask_shown, desk.looking.mask_shown):
        hands.qtbot.mouseClick(box, LEFT, PLAIN, QPoint(8, box.height() // 2))
    hands.press(Qt.Key.Key_Z, CONTROL)
    assert (view.editing.undos, view.mask.data[0, 0, 0]) == (1, 0)


def test_napari_keys_move_no_layer_and_paint_no_hidden_mask(hands: Hands) -> None:
    hands.correct()
    view, canvas = hands.view, hands.window.canvas
    before = view.mask.data.copy()
    hands.press(Qt.Key.Key_7)
    hands.drag(canvas, (0.5, 0.5), (0.6, 0.6))
    assert view.editing.problems() == []
    hands.press(Qt.Key.Key_V)
    assert not hands.window.review.desk.looking.mask_shown.isChecked()
    hands.press(Qt.Key.Key_2)
    hands.drag(canvas, (0.5, 0.5), (0.6, 0.6))
    hands.press(Qt.Key.Key_V)
    view.show_3d(True)
    hands.press(Qt.Key.Key_2)
    hands.drag(canvas, (0.5, 0.5), (0.6, 0.6))
    view.show_3d(False)
    np.testing.assert_array_equal(view.mask.data, before)
    assert len(view.viewer.layers) == 6


def test_keys_that_need_the_whole_of_napari_do_nothing(hands: Hands) -> None:
    # An exception in a key handler of Qt may end the program.
    window, viewer = hands.window, hands.view.viewer
    layers = list(viewer.layers)
    shown = [layer.name for layer in layers if layer.visible]
    windows = {w for w in QApplication.topLevelWidgets() if w.isVisible()}
    look = viewer.dims.order, viewer.canvas.grid.enabled, viewer.layers.selection.active
    control, shift, alt = (
        CONTROL,
        Qt.KeyboardModifier.ShiftModifier,
        Qt.KeyboardModifier.AltModifier,
    )
    surface = window.canvas.canvas.native
    for key, held in (
        (Qt.Key.Key_C, control | shift),
        (Qt.Key.Key_Slash, control | alt),
        (Qt.Key.Key_V, shift),
        (Qt.Key.Key_Up, shift | alt),
        (Qt.Key.Key_Down, control),
        (Qt.Key.Key_G, control),
        (Qt.Key.Key_T, control | shift),
        (Qt.Key.Key_Delete, control),
        (Qt.Key.Key_E, control),
        (Qt.Key.Key_T, control),
        (Qt.Key.Key_T, control | alt),
    ):
        hands.qtbot.keyClick(surface, key, held)
    assert list(viewer.layers) == layers
    assert [layer.name for layer in layers if layer.visible] == shown
    assert {w for w in QApplication.topLevelWidgets() if w.isVisible()} == windows
    assert (viewer.dims.order, viewer.canvas.grid.enabled) == look[:2]
    assert viewer.layers.selection.active is look[2]


def test_planes_that_are_switched_off_catch_up(hands: Hands) -> None:
    window, view = hands.window, hands.view
    window.tools.three.setChecked(False)
    assert not window.planes.isVisible()
    view.show_channel("T2")
    view.viewer.dims.set_point(1, 0.0)
    QApplication.processEvents()
    coronal = window.planes.views[1]
    assert coronal.viewer.layers["image"].data is view.channels["T1"].data
    window.tools.three.setChecked(True)
    assert coronal.viewer.layers["image"].data is view.channels["T2"].data
    assert coronal.viewer.dims.point[1] == 0.0


def test_closing_ends_every_thread_and_timer(hands: Hands) -> None:
    hands.correct()
    window = hands.window
    hands.view.mask.paint((0, 0, 0), 2)
    window.close()
    assert threading.enumerate() == [threading.main_thread()]
    assert not [timer for timer in window.review.findChildren(QTimer) if timer.isActive()]
    window.close()


def test_nothing_is_left_in_the_planes_when_all_is_read(hands: Hands) -> None:
    hands.view.hide()
    QApplication.processEvents()
    for plane in hands.window.planes.views:
        assert not any(layer.visible for layer in plane.viewer.layers)
