from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# Read when napari is first imported: tests leave the settings of whoever runs them alone.
os.environ["NAPARI_CONFIG"] = ""


@pytest.fixture(autouse=True)
def own_desks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what desks keep out of the home of whoever runs the tests."""
    monkeypatch.setenv("RATER_APP_DESK", str(tmp_path / "desks"))
    return tmp_path / "desks"


@pytest.fixture
def plugin(make_napari_viewer: Callable[..., Any], qtbot: Any) -> Iterator[Any]:
    """The dock in a full napari."""
    from qtpy.QtWidgets import QApplication

    from tests.napari_review.at_desk import AtDesk

    viewer = make_napari_viewer(show=True, strict_qt="raise")
    viewer.window.resize(1300, 900)
    _, dock = viewer.window.add_plugin_dock_widget("rater-app", "Review masks")
    viewer.window.activate()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is not None)
    at_desk = AtDesk(viewer, dock, qtbot)
    yield at_desk
    dock.leave()
    at_desk.viewer = at_desk.dock = None
    assert_no_worker_is_left()


@pytest.fixture
def kiosk(qtbot: Any) -> Iterator[Any]:
    """The dock in the window of `rater-app review`."""
    from qtpy.QtWidgets import QApplication

    from rater_app.napari_review.kiosk import Kiosk
    from tests.napari_review.at_desk import AtDesk, free_what_is_deleted

    window = Kiosk()
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is not None)
    at_desk = AtDesk(window.viewer, window.review, qtbot)
    yield at_desk
    window.close()
    assert_no_worker_is_left()
    at_desk.viewer = at_desk.dock = None
    gone = weakref.ref(window)
    window.deleteLater()
    del window
    free_what_is_deleted()
    assert not [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    assert gone() is None


def assert_no_worker_is_left() -> None:
    ours = ("review-", "desk-sender")
    assert [t.name for t in threading.enumerate() if t.name.startswith(ours)] == []


@pytest.fixture(params=["plugin", "kiosk"])
def host(request: pytest.FixtureRequest) -> Any:
    """The dock in each of its two hosts."""
    return request.getfixturevalue(request.param)
