"""A rater at the dock, in napari or in the kiosk, with a real mouse and real keys."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass
from typing import Any

from qtpy.QtCore import QEvent, QPoint, Qt
from qtpy.QtWidgets import QApplication, QWidget

from rater_app.core.correction import Stage
from rater_app.reading_room import ReadingRoom
from tests.serving import Server

LONGEST_MS = 30_000
NO_KEY = Qt.KeyboardModifier.NoModifier


def free_what_is_deleted() -> None:
    """Let Qt and Python free what was deleted: the next window must not find it."""
    for _ in range(3):
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QApplication.processEvents()
        gc.collect()


@dataclass
class AtDesk:
    """The window under test, and the hands of a rater."""

    viewer: Any
    dock: Any
    qtbot: Any

    @property
    def desk(self) -> Any:
        return self.dock.desk

    @property
    def view(self) -> Any:
        return self.dock.view

    @property
    def counter(self) -> str:
        return str(self.dock.desk.counter.text())

    def click(self, widget: QWidget) -> None:
        if self.desk is not None:
            for area in (self.desk.scroll_area, self.desk.correcting_area):
                area.ensureWidgetVisible(widget)
        QApplication.processEvents()
        # Left part: the indicator of a radio button, also where a wide row holds it.
        spot = QPoint(min(10, widget.width() // 2), widget.height() // 2)
        self.qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=spot)

    def press(self, key: Any, modifier: Any = NO_KEY) -> None:
        target = QApplication.focusWidget() or self.dock
        self.qtbot.keyClick(target, key, modifier)

    def alt(self, key: Any) -> None:
        self.press(key, Qt.KeyboardModifier.AltModifier)

    def save_by_key(self) -> None:
        self.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    def enter(self, room: ReadingRoom, token: str) -> None:
        """Type what a rater was given, and sign in."""
        panel = self.dock.sign_in_panel
        panel.address.setText(str(room.folder))
        self.qtbot.keyClicks(panel.invitation, token)
        self.click(panel.button)

    def enter_room(self, room: ReadingRoom, rater: str = "R1") -> None:
        self.enter(room, room.invite(rater))
        self.wait_for(1)

    def enter_server(self, server: Server, link: str) -> None:
        panel = self.dock.sign_in_panel
        self.qtbot.keyClicks(panel.address, link)
        self.qtbot.keyClick(panel.address, Qt.Key.Key_Return)
        self.wait_for(1)

    def wait_for(self, position: int, stage: Stage = Stage.RATE) -> None:
        """Wait until this mask is in front of the rater, in this stage."""

        def is_there() -> bool:
            session = self.dock.session
            if session is None or session.loaded is None or not self.counter:
                return False
            here = session.task.assignment.position, session.stage
            return here == (position, stage) and bool(self.desk.submit_button.isEnabled())

        self.qtbot.waitUntil(is_there, timeout=LONGEST_MS)

    def wait_past_leftovers(self) -> None:
        """Wait until an untouched mask may be finished."""
        opened_s = self.dock.opened_s
        self.qtbot.waitUntil(lambda: time.monotonic() > opened_s + 1.05, timeout=LONGEST_MS)

    def wait_for_the_end(self) -> None:
        self.qtbot.waitUntil(lambda: self.counter.startswith("All masks"), timeout=LONGEST_MS)

    def wait_until_sent(self) -> None:
        assert self.dock.session.desk.flush(LONGEST_MS / 1000)

    def box(self, item: str, structure: str = "") -> Any:
        return next(b for b in self.desk.form.boxes if b.question.key == (item, structure))

    def spot(self, y_mm: float, x_mm: float) -> tuple[QWidget, QPoint]:
        """Give the pixel of the main canvas where a place of the axial slice is drawn."""
        canvases = [w for w in self.window.findChildren(QWidget) if "CanvasBackend" in str(type(w))]
        canvas = max(canvases, key=lambda widget: widget.width() * widget.height())
        camera = self.viewer.scene.camera
        _, y, x = camera.center
        # Up is the front, left is the patient's right.
        right = canvas.width() / 2 - (x_mm - x) * camera.zoom
        down = canvas.height() / 2 - (y_mm - y) * camera.zoom
        return canvas, QPoint(round(right), round(down))

    @property
    def window(self) -> QWidget:
        return self.dock.window()

    def drag(self, *places_mm: tuple[float, float]) -> None:
        """Press the mouse on the axial slice, draw it through places (y, x in mm), let it go."""
        canvas, first = self.spot(*places_mm[0])
        self.qtbot.mouseMove(canvas, first)
        self.qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=first)
        for place in places_mm[1:]:
            self.qtbot.mouseMove(canvas, self.spot(*place)[1])
        last = self.spot(*places_mm[-1])[1]
        self.qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=last)

    def focus_canvas(self) -> None:
        """Let napari's own keys go where a rater's would after painting."""
        self.spot(0, 0)[0].setFocus()
        QApplication.processEvents()
