"""`rater-app review` as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import build_room
from tests.command_line import run

pytest.importorskip("napari")

pytestmark = pytest.mark.desktop

# The command, in a window that tells what it shows as soon as it shows a mask, and closes.
TELLING = """
import json, sys
from qtpy.QtCore import QTimer
from rater_app.napari_review import kiosk

shown = kiosk.Kiosk.showMaximized

def show(self):
    shown(self)
    timer = QTimer(self)

    def look():
        session = self.review.session
        if session is not None and session.loaded is not None and self.windowTitle() != "Review":
            from napari.settings import get_settings
            settings = get_settings()
            told = {
                "title": self.windowTitle(),
                "settings": str(settings.config_path),
                "asynchronous": settings.experimental.async_,
            }
            print(json.dumps(told), flush=True)
            self.close()

    timer.timeout.connect(look)
    timer.start(20)

kiosk.Kiosk.showMaximized = show
from rater_app.cli.app import app
app(["review", *sys.argv[1:]])
"""


def test_the_command_opens_the_first_mask_with_settings_of_its_own(
    tmp_path: Path, own_desks: Path
) -> None:
    room = build_room(tmp_path / "room")
    environment = {k: v for k, v in os.environ.items() if k != "NAPARI_CONFIG"}
    done = subprocess.run(
        [sys.executable, "-c", TELLING, room.folder, "--invitation", room.invite("R1")],
        env={**environment, "RATER_APP_DESK": str(own_desks), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == {
        "title": "Mask 1 of 4: Rate the mask",
        "settings": str(own_desks / "napari.yaml"),
        "asynchronous": False,
    }
    assert not list(tmp_path.glob(".config/napari*"))


def test_without_napari_the_command_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "rater_app.napari_review.kiosk", None)
    done = run("review")
    assert (done.exit_code, "pip install '.[desktop]'" in done.stderr) == (1, True)
