"""The window of `rater-app review`: napari's canvas, linked planes, tools and the review dock.

No menus, no layer list, no console, no files dropped in: a rater sees masks and nothing about them.
"""

from __future__ import annotations

import os

from qtpy.QtCore import Qt
from qtpy.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from qtpy.QtWidgets import QDockWidget, QMainWindow, QSplitter, QWidget

from rater_app.study_client import desks_folder

KIOSK = "napari kiosk"
"""The host of a reading in this window."""

_SETTINGS = "napari.yaml"
# napari's console, command palette and list of shortcuts.
_SHUT = ("Ctrl+Shift+C", "Ctrl+Shift+P", "Ctrl+Alt+/")
# napari's keys that show other layers than the dock says, another theme, or turn the planes; text
# fields have a use for some of them.
_SILENT = (
    *("Shift-V", "Shift-Alt-Up", "Shift-Alt-Down", "Control-Up", "Control-Down"),
    *("Control-G", "Control-Shift-T", "Control-Delete", "Control-Backspace"),
    *("Control-E", "Control-T", "Control-Alt-T"),
)


class Kiosk(QMainWindow):
    """The window. Closing it keeps all, sends what a few seconds allow, and ends every thread."""

    def __init__(self) -> None:
        super().__init__()
        from napari.components import ViewerModel
        from napari.qt import QtViewer, get_qapp, get_stylesheet

        from rater_app.napari_review.orthogonal_views import OrthogonalViews, without_drops
        from rater_app.napari_review.review_widget import ReviewWidget
        from rater_app.napari_review.tool_bar import ToolBar

        get_qapp()  # finds the icons that the stylesheet names
        self.viewer = ViewerModel()
        for key in _SILENT:
            self.viewer.bind_key(key, _do_nothing, overwrite=True)
        self.canvas = without_drops(QtViewer(self.viewer, show_welcome_screen=False))
        self.review = ReviewWidget(self.viewer, host=KIOSK)
        self.review.on_title = self.setWindowTitle
        self.planes = OrthogonalViews()
        self.tools = ToolBar(self.planes)
        self.review.on_entered = self._entered
        self.addToolBar(self.tools)
        middle = QSplitter(Qt.Orientation.Horizontal)
        middle.addWidget(self.canvas)
        middle.addWidget(self.planes)
        middle.setStretchFactor(0, 3)
        middle.setStretchFactor(1, 1)
        self.setCentralWidget(middle)
        dock = QDockWidget()
        dock.setTitleBarWidget(QWidget())
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        dock.setWidget(self.review)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        for keys in _SHUT:
            QShortcut(QKeySequence(keys), self)  # taken, and nothing follows
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setStyleSheet(get_stylesheet("dark"))
        self.setWindowTitle("Review")
        self.resize(1500, 950)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Give the images the keys that nothing in the dock has a use for."""
        self.canvas.keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """End what a key began there."""
        self.canvas.keyReleaseEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """End what is going on, and free the canvases."""
        self.review.leave()
        self.planes.close_views()
        self.canvas.close()
        super().closeEvent(event)

    def _entered(self) -> None:
        view = self.review.view
        assert view is not None
        self.planes.follow(view)
        self.tools.follow(view)


def _do_nothing(_viewer: object) -> None:
    pass


def run_review(address: str = "", invitation: str = "") -> int:
    """Open the window, signed in where an address is given, and give the exit code in the end."""
    _use_own_settings()
    from napari.qt import get_qapp

    application = get_qapp()
    kiosk = Kiosk()
    kiosk.showMaximized()
    if address:
        kiosk.review.sign_in(address, invitation)
    return int(application.exec())


def _use_own_settings() -> None:
    """Keep the rater's own napari out of this one; read when napari is first imported."""
    folder = desks_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["NAPARI_CONFIG"] = str(folder / _SETTINGS)
    from napari.settings import get_settings

    # Labels have faults with it, and pixels come no sooner.
    get_settings().experimental.async_ = False
