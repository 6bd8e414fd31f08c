"""One case of the desktop's benchmark: build its room, or play a rater and print the times."""

from __future__ import annotations

import json
import resource
import secrets
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import deflate  # noqa: E402
import numpy as np  # noqa: E402
from workstation_volumes import body, head, tumour  # noqa: E402

from analysis.volumes import Volume, encode_nifti  # noqa: E402
from rater_app.core.study import Label  # noqa: E402
from rater_app.reading_room import VOLUMES, ReadingRoom  # noqa: E402
from tests.builders import LABELS, build_room  # noqa: E402

SHAPES = {"mr": (240, 240, 155), "ct": (512, 512, 600)}
CHANNELS = {"mr": ("T1", "T1ce", "T2", "FLAIR"), "ct": ("CT",)}
MANY = 104
STEPS = 30


class Window:
    """The kiosk, and its event loop turned by hand."""

    def __init__(self) -> None:
        from napari.qt import get_qapp
        from qtpy.QtWidgets import QApplication

        from rater_app.napari_review.kiosk import Kiosk

        self.application: QApplication = get_qapp()
        self.kiosk = Kiosk()
        self.kiosk.resize(1500, 950)
        self.kiosk.show()
        self.turn()

    def turn(self, until: Callable[[], bool] = lambda: True) -> None:
        """Let Qt work until something holds, and all is painted."""
        while True:
            self.application.processEvents()
            if until():
                break
            time.sleep(0.001)
        self.application.processEvents()

    def timed(self, act: Callable[[], Any], until: Callable[[], bool] = lambda: True) -> float:
        """Give the seconds that something takes, until it is painted."""
        start = time.perf_counter()
        act()
        self.turn(until)
        return time.perf_counter() - start


def room_of(name: str, folder: Path) -> ReadingRoom:
    """Build a room with cases of the size, three readings of each rater."""
    labels = (
        LABELS
        if name == "mr"
        else tuple(
            Label(value, f"organ {value}", f"#{secrets.token_hex(3)}")
            for value in range(1, MANY + 1)
        )
    )
    room = build_room(
        folder / "room",
        cases=3,
        masks_per_case=1,
        channels=CHANNELS[name],
        correction="optional",
        labels=labels,
        structures=(),
        ct=name == "ct",
    )
    shape = SHAPES[name]
    spacing = np.diag([0.75, 0.75, 1.0, 1.0] if name == "ct" else [1.0, 1.0, 1.0, 1.0])
    draw = body if name == "ct" else head
    images = [draw(shape, number) for number in range(len(CHANNELS[name]))]
    mask = tumour(shape) if name == "mr" else organs(shape)
    made = [folder / f"{part}.nii.gz" for part in range(len(images) + 1)]
    for path, array in zip(made, [*images, mask], strict=True):
        path.write_bytes(deflate.gzip_compress(encode_nifti(Volume(array, spacing)), 1))
    for case in room.study.cases:
        stored = next(mask.volume for mask in room.study.masks if mask.case == case.code)
        for path, volume in zip(made, [*case.volumes, stored], strict=True):
            shutil.copyfile(path, room.folder / VOLUMES / volume)
    return room


def organs(shape: tuple[int, int, int]) -> np.ndarray:
    """Draw as many balls of several sizes as a whole body has organs."""
    mask = np.zeros(shape, np.uint8)
    rng = np.random.default_rng(5)
    for label in range(1, MANY + 1):
        radius = int(rng.integers(12, 60 if label % 8 == 0 else 30))
        centre = [int(rng.integers(radius, size - radius)) for size in shape]
        box = tuple(slice(c - radius, c + radius + 1) for c in centre)
        grid = np.ogrid[tuple(slice(-radius, radius + 1) for _ in shape)]
        inside = sum(axis**2 for axis in grid) <= radius**2
        mask[box][inside] = label
    return mask


def measure(name: str, folder: Path) -> dict[str, Any]:
    """Play a rater, and time what they wait for."""
    room = ReadingRoom(folder / "room")
    times: dict[str, list[float]] = {}
    start = time.perf_counter()
    window = Window()
    times["window"] = [time.perf_counter() - start]
    review = window.kiosk.review
    token = room.invite("R1")

    def is_shown() -> bool:
        return review.session is not None and review.session.loaded is not None

    times["first case"] = [window.timed(lambda: review.sign_in(str(room.folder), token), is_shown)]
    view = review.view
    assert view is not None
    steps(window, view, times)
    editing(window, review, view, times)
    times["peak memory"] = [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20]
    window.kiosk.close()
    many = f"{len(CHANNELS[name])} channel{'s' * (len(CHANNELS[name]) > 1)}"
    labels = f"{len(room.study.labels)} labels"
    return {
        "case": f"{'x'.join(map(str, SHAPES[name]))}, {many}, {labels}",
        "times": {what: (statistics.median(all_), len(all_)) for what, all_ in times.items()},
    }


def steps(window: Window, view: Any, times: dict[str, list[float]]) -> None:
    """Step through slices: the slicing alone, and until all three planes are painted."""
    dims = view.viewer.dims
    layers = [view.channels[view.shown_channel], view.mask]
    first = int(dims.current_step[0])
    times["slicing"], times["slice step, until painted"] = [], []
    for step in range(STEPS):
        start = time.perf_counter()
        for layer in layers:
            layer.set_view_slice()
        times["slicing"].append(time.perf_counter() - start)
        times["slice step, until painted"].append(
            window.timed(lambda at=first + step % 9: dims.set_current_step(0, at))
        )


def editing(window: Window, review: Any, view: Any, times: dict[str, list[float]]) -> None:
    """Rate, correct, look at 3D, save; through all readings but the last."""
    times |= {
        what: []
        for what in (
            "interpolation",
            "surfaces",
            "3D, until painted",
            "back from 3D",
            "save and next",
        )
    }
    from rater_app.core.correction import Stage

    for position in (1, 2):
        review.desk.rate(3)
        window.timed(review.save_and_next, lambda: review.session.stage is Stage.CORRECT)
        window.turn(lambda: review._ahead is not None and review._ahead.done())
        every_eighth(view)
        times["interpolation"].append(window.timed(review.desk.tools.interpolate))
        start = time.perf_counter()
        view.surfaces.show(view.mask.data, view.spacing_mm)
        times["surfaces"].append(time.perf_counter() - start)
        view.surfaces.hide()
        times["3D, until painted"].append(window.timed(lambda: view.show_3d(True)))
        times["back from 3D"].append(window.timed(lambda: view.show_3d(False)))
        review.opened_s = 0.0
        times["save and next"].append(
            window.timed(
                review.save_and_next,
                lambda at=position: (
                    review.session.task is not None
                    and review.session.task.assignment.position == at + 1
                ),
            )
        )


def every_eighth(view: Any) -> None:
    """Leave every eighth slice of the largest label, as one who draws few slices would."""
    mask = view.mask.data
    counts = np.bincount(mask[::4, ::4, ::4].ravel(), minlength=256)
    label = int(counts[1:].argmax()) + 1
    view.editing.choose(label)
    slices = np.arange(mask.shape[0]) % 8 != 0
    indices = np.nonzero((mask == label) & slices[:, None, None])
    view.mask.data_setitem(indices, 0)


if __name__ == "__main__":
    case, place, what = sys.argv[1:]
    if what == "build":
        room_of(case, Path(place)).close()
    else:
        print(json.dumps(measure(case, Path(place))))
