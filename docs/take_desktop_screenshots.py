"""Take the pictures of the desktop guide anew, from the demo study.

Run as ``xvfb-run -a -s "-screen 0 1600x1000x24" python docs/take_desktop_screenshots.py``. The
simulated demo study is prepared into a temporary folder as one in which masks are corrected and
rated again, and read in the window of ``rater-app review``.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from demo_served import ROOT, invitation, prepare

OUT = ROOT / "docs" / "images-desktop"
SIZE = (1280, 800)
LONGEST_S = 60.0


def main() -> None:
    """Prepare, read one mask, and write the pictures."""
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RATER_APP_DESK"] = f"{folder}/desks"
        os.environ["NAPARI_CONFIG"] = f"{folder}/napari.yaml"
        room = prepare(Path(folder))
        token = invitation(room, "R1", "http://127.0.0.1").rpartition("/")[2]
        read_one(room, token)


def read_one(room: Path, token: str) -> None:
    """Rate, correct and rate the first mask, as a rater would."""
    from napari.qt import get_qapp

    from rater_app.core.correction import Stage
    from rater_app.napari_review.kiosk import Kiosk

    application = get_qapp()
    kiosk = Kiosk()
    kiosk.resize(*SIZE)
    kiosk.show()
    turn(application, lambda: True)
    take(kiosk, application, "sign-in")
    review = kiosk.review
    review.sign_in(str(room), token)
    turn(application, lambda: review.session.loaded is not None)
    view = review.view
    view.show_channel("FLAIR")
    to_the_mask(view)
    review.desk.rate(3)
    take(kiosk, application, "rate")
    review.save_and_next()
    turn(application, lambda: review.session.stage is Stage.CORRECT)
    view.mask.mode = "paint"
    view.mask.brush_size = 8
    z, y, x = view.voxel
    view.editing.choose(2)
    view.mask.paint((z, y + 12, x - 6), 2)
    take(kiosk, application, "correct")
    view.show_outline(True)
    view.show_channel("T1ce")
    take(kiosk, application, "outline")
    view.show_outline(False)
    view.show_3d(True)
    take(kiosk, application, "view-3d")
    kiosk.close()


def to_the_mask(view: Any) -> None:
    """Let the planes meet in the middle of the mask."""
    import numpy as np

    middle = np.argwhere(view.mask.data > 0).mean(axis=0)
    for axis, (voxel, mm) in enumerate(zip(middle, view.spacing_mm, strict=True)):
        view.viewer.dims.set_point(axis, round(voxel) * mm)


def take(kiosk: Any, application: Any, name: str) -> None:
    """Write a picture of the window."""
    settled = time.monotonic() + 1.5  # two canvases are drawn after the first
    turn(application, lambda: time.monotonic() > settled)
    kiosk.grab().save(str(OUT / f"{name}.png"))


def turn(application: Any, until: Callable[[], bool]) -> None:
    """Let Qt work until something holds."""
    late = time.monotonic() + LONGEST_S
    while True:
        application.processEvents()
        if until():
            return
        if time.monotonic() > late:
            sys.exit("The window did not come to it.")
        time.sleep(0.002)


if __name__ == "__main__":
    main()
