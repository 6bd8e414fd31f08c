"""What napari finds of us besides the dock: the work package as a file, and a sample."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rater_app.core.correction import Stage
from rater_app.napari_review.loaded_task import Counts, LoadedTask, load_next
from rater_app.napari_review.session import ReviewSession
from rater_app.study_client import Desk, Refused, desk_folder
from rater_app.study_client.package_client import PackageClient
from rater_app.study_client.stored_zip import DamagedZip, StoredZip
from rater_app.study_client.work_package import MANIFEST

HOST = "napari plugin"

_RATE_FIRST = "Please rate this mask first, in Plugins > Review masks (rater-app)."
_OTHER_GRID = "This layer does not lie on the mask that comes next in the work package."
_ALL_READ = "All masks of this work package are read."

LayerTuple = tuple[Any, dict[str, Any], str]


def package_reader(path: str | list[str]) -> Callable[[str], list[LayerTuple]] | None:
    """Give a reader for a work package, or None for any other file."""
    if not isinstance(path, str):
        return None
    try:
        archive = StoredZip(Path(path))
        archive.read(MANIFEST)
    except DamagedZip:
        return None
    archive.close()
    return _read_package


def write_mask(path: str, data: Any, attributes: dict[str, Any]) -> list[str]:
    """Keep a labels layer as the draft of the reading that comes next in a work package.

    The review dock goes on from it.

    Raises
    ------
    ValueError
        When the mask is still to be rated, or the layer is on another grid.
    """
    desk, loaded = _opened(path)
    try:
        if loaded is None or loaded.task.stage is not Stage.CORRECT:
            raise ValueError(_ALL_READ if loaded is None else _RATE_FIRST)
        came = loaded.layers.mask.array
        mask = np.asarray(data)
        if mask.shape != came.shape or not _lies_there(attributes, loaded.layers.mask.scale_mm):
            raise ValueError(_OTHER_GRID)
        _check_labels(mask, {0, *(label.value for label in desk.study.labels)})
        session = ReviewSession(desk, HOST, {})
        session.begin(loaded)
        mask = mask.astype(came.dtype)
        submission, voxels = session.correction(mask, Counts({}))
        desk.drafts.keep(submission, voxels or session.packed(mask))
    finally:
        desk.close()
    return [path]


def sample() -> list[LayerTuple]:
    """Make a head with a tumour, to try the tools on: no patient, no model."""
    shape = (48, 64, 56)
    z, y, x = (np.linspace(-1, 1, size) for size in shape)
    grid = np.meshgrid(z, y, x, indexing="ij")
    head = (grid[0] / 0.9) ** 2 + (grid[1] / 0.95) ** 2 + (grid[2] / 0.8) ** 2 < 1
    far = np.sqrt((grid[0] - 0.2) ** 2 + (grid[1] - 0.1) ** 2 + (grid[2] + 0.3) ** 2)
    mask = np.zeros(shape, np.uint8)
    for label, reach in ((2, 0.42), (3, 0.28), (1, 0.15)):
        mask[(far < reach) & head] = label
    texture = 600 + 120 * np.sin(9 * grid[0]) * np.cos(7 * grid[1]) + 300 * (mask == 3)
    image = np.where(head, texture + 150 * (mask == 2), 0).astype(np.int16)
    looks = {"scale": (3.0, 2.5, 2.5), "units": ("mm", "mm", "mm")}
    return [
        (image, {"name": "T1ce", "colormap": "gray", **looks}, "image"),
        (mask, {"name": "mask", "opacity": 0.5, **looks}, "labels"),
    ]


def _read_package(path: str) -> list[LayerTuple]:
    desk, loaded = _opened(path)
    desk.close()
    if loaded is None:
        raise ValueError(_ALL_READ)
    return [
        *(
            (channel.array, {"name": channel.name, **_looks(channel), "colormap": "gray"}, "image")
            for channel in loaded.layers.channels
        ),
        (loaded.layers.mask.array, {"name": "mask", **_looks(loaded.layers.mask)}, "labels"),
    ]


def _lies_there(attributes: dict[str, Any], scale_mm: tuple[float, ...]) -> bool:
    """Whether a layer has the place that the reader gave it; what is not said is as it was."""
    plain: dict[str, Any] = {
        "scale": scale_mm,
        "translate": 0,
        "shear": 0,
        "rotate": np.eye(3),
        "affine": np.eye(4),
    }
    try:
        return all(
            np.allclose(np.asarray(attributes[name], float), place)
            for name, place in plain.items()
            if attributes.get(name) is not None
        )
    except (ValueError, TypeError):  # of another number of axes
        return False


def _check_labels(mask: NDArray[Any], labels: set[int]) -> None:
    unknown = [value for value in np.unique(mask).tolist() if value not in labels]
    if unknown:
        told = ", ".join(map(str, unknown[:5]))
        raise ValueError(f"This layer has labels that the study does not have: {told}.")


def _looks(layer: Any) -> dict[str, Any]:
    return {"scale": layer.scale_mm, "units": ("mm", "mm", "mm")}


def _opened(path: str) -> tuple[Desk, LoadedTask | None]:
    """Open a package as the dock does.

    Raises
    ------
    ValueError
        With a sentence, as napari shows it.
    """
    try:
        client = PackageClient(Path(path))
    except Refused as error:
        raise ValueError(str(error)) from error
    try:
        desk = Desk(client, desk_folder(client.study))
    except OSError as error:
        client.close()
        raise ValueError(str(error)) from error
    try:
        return desk, load_next(desk)
    except BaseException:
        desk.close()
        raise
