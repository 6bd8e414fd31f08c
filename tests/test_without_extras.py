"""The server and the notebook need neither napari nor Qt."""

from __future__ import annotations

import subprocess
import sys

WITHOUT_DESKTOP = """
import importlib, pkgutil, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {
            "napari", "qtpy", "magicgui", "PySide6", "requests", "platformdirs", "skimage"
        }:
            raise ModuleNotFoundError(f"{name} is blocked", name=name)

sys.meta_path.insert(0, Blocked())
count = 0
for package in ("analysis", "rater_app.core", "rater_app.store", "rater_app.coordinator",
    "rater_app.reading_room", "rater_app.study_client", "rater_app.cli"):
    module = importlib.import_module(package)
    for found in pkgutil.walk_packages(module.__path__, package + "."):
        # The way over the network is imported where a link is given.
        if not found.name.endswith(("__main__", "http_client")):
            importlib.import_module(found.name)
            count += 1
for qt_free in ("session", "layers", "mask_tools", "activity_clock"):
    importlib.import_module(f"rater_app.napari_review.{qt_free}")
print(count)
"""


def test_core_and_analysis_import_with_napari_and_qt_blocked() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_DESKTOP], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10
