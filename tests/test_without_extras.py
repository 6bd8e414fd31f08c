"""The server and the notebook need neither napari nor Qt."""

from __future__ import annotations

import subprocess
import sys

WITHOUT_DESKTOP = """
import importlib, pkgutil, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"napari", "qtpy", "magicgui", "PySide6"}:
            raise ModuleNotFoundError(f"{name} is blocked", name=name)

sys.meta_path.insert(0, Blocked())
count = 0
for package in ("analysis", "rater_app.core", "rater_app.store", "rater_app.coordinator"):
    module = importlib.import_module(package)
    for found in pkgutil.walk_packages(module.__path__, package + "."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
            count += 1
importlib.import_module("rater_app.reading_room")
importlib.import_module("rater_app.napari_review.session")
print(count)
"""


def test_core_and_analysis_import_with_napari_and_qt_blocked() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_DESKTOP], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10
