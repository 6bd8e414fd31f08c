"""The dock's own keys. napari's tool keys are left alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtGui import QKeySequence, QShortcut

from rater_app.core.correction import Stage

if TYPE_CHECKING:
    from rater_app.napari_review.review_widget import ReviewWidget

CORRECTING_KEYS = {
    "Alt+I": "interpolate",
    "Alt+O": "fill_holes",
    "Alt+R": "remove_island",
    "Alt+K": "keep_island",
    "Alt+G": "grow",
    "Alt+S": "shrink",
}
"""Keys of the tools that change the mask, by the names of the tools."""


def add_shortcuts(widget: ReviewWidget) -> None:
    """Let the keys count wherever in the window the focus is."""
    for number in range(1, 11):
        _add(widget, f"Alt+{number % 10}", partial(_rate, widget, number))
    for key in ("Ctrl+Return", "Ctrl+Enter"):
        _add(widget, key, widget.save_and_next)
    for key, tool in CORRECTING_KEYS.items():
        _add(widget, key, partial(_correct, widget, tool))
    _add(widget, "Alt+M", partial(_measure, widget))


def _add(widget: ReviewWidget, key: str, act: Callable[[], None]) -> None:
    shortcut = QShortcut(QKeySequence(key), widget)
    # A key held down must not save the next reading too.
    shortcut.setAutoRepeat(False)
    shortcut.activated.connect(act)


def _rate(widget: ReviewWidget, number: int) -> None:
    if widget.desk is not None:
        widget.desk.rate(number)


def _correct(widget: ReviewWidget, tool: str) -> None:
    desk, session = widget.desk, widget.session
    if desk is None or session is None or session.stage is not Stage.CORRECT:
        return
    own = desk.correcting if tool in ("grow", "shrink") else desk.tools
    getattr(own, tool)()


def _measure(widget: ReviewWidget) -> None:
    if widget.desk is not None:
        widget.desk.tools.measure()
