"""The work package as a file of napari, and the sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rater_app.core.correction import Stage
from rater_app.core.submission import Step
from rater_app.napari_review.contributions import package_reader, sample, write_mask
from rater_app.napari_review.loaded_task import load_next
from rater_app.napari_review.session import ReviewSession
from rater_app.reading_room import ReadingRoom
from rater_app.study_client import Desk, desk_folder
from rater_app.study_client.package_client import PackageClient
from rater_app.study_client.work_package import write_package
from tests.builders import build_room
from tests.correcting import GOOD


@pytest.fixture
def room(tmp_path: Path) -> ReadingRoom:
    return build_room(tmp_path / "room", correction="optional")


@pytest.fixture
def package(room: ReadingRoom, tmp_path: Path) -> Path:
    path = tmp_path / "R1.zip"
    write_package(room, room.study.raters[0], path)
    return path


def test_a_package_opens_as_neutral_layers(package: Path) -> None:
    read = package_reader(str(package))
    assert read is not None
    layers = read(str(package))
    assert [(looks["name"], kind) for _, looks, kind in layers] == [
        ("T1", "image"),
        ("T2", "image"),
        ("mask", "labels"),
    ]
    assert all("metadata" not in looks for _, looks, _ in layers)
    assert all(looks["scale"] == (9.0, 9.0, 9.0) for _, looks, _ in layers)


def test_other_files_are_left_to_other_readers(tmp_path: Path, package: Path) -> None:
    (tmp_path / "other.zip").write_bytes(b"PK\x05\x06" + b"\0" * 18)
    assert package_reader(str(tmp_path / "other.zip")) is None
    assert package_reader(str(tmp_path / "none.zip")) is None
    assert package_reader([str(package)]) is None


def test_a_mask_is_kept_as_the_draft_that_the_dock_goes_on_from(package: Path) -> None:
    with pytest.raises(ValueError, match="rate this mask first"):
        write_mask(str(package), np.zeros((12, 20, 16), np.uint8), {})
    client = PackageClient(package)
    desk = Desk(client, desk_folder(client.study))
    session = ReviewSession(desk, "napari plugin", {})
    session.begin(load_next(desk))
    session.submit_rating(GOOD)
    assert desk.flush(20)
    desk.close()
    read = package_reader(str(package))
    assert read is not None
    mask = read(str(package))[-1][0].astype(np.int64)
    mask[0, 0, 0] = 3
    with pytest.raises(ValueError, match="does not lie on the mask"):
        write_mask(str(package), mask[:-1], {})
    for elsewhere in (
        {"scale": (1.0, 1.0, 1.0)},
        {"translate": (50, 0, 0)},
        {"rotate": np.eye(3)[::-1]},
        {"scale": (9.0, 9.0)},
    ):
        with pytest.raises(ValueError, match="does not lie on the mask"):
            write_mask(str(package), mask, elsewhere)
    for wrong in (mask - 1, mask + 200, mask + 0.5):
        with pytest.raises(ValueError, match="labels that the study does not have"):
            write_mask(str(package), wrong, {})
    assert write_mask(str(package), mask, as_napari_says(mask)) == [str(package)]

    client = PackageClient(package)
    desk = Desk(client, desk_folder(client.study))
    session = ReviewSession(desk, "napari plugin", {})
    session.begin(load_next(desk))
    assert session.stage is Stage.CORRECT
    assert session.mask is not None
    np.testing.assert_array_equal(session.mask.array, mask)
    assert desk.drafts.find(session.task.assignment.code, Step.CORRECTION) is not None
    desk.close()


def as_napari_says(mask: np.ndarray) -> dict[str, Any]:
    """Give the attributes that napari hands to a writer for the layer of the reader."""
    from napari.layers import Labels

    return Labels(mask, name="mask", scale=(9.0, 9.0, 9.0)).as_layer_data_tuple()[1]


def test_a_package_that_is_open_elsewhere_is_not_opened_twice(package: Path) -> None:
    client = PackageClient(package)
    desk = Desk(client, desk_folder(client.study))
    read = package_reader(str(package))
    assert read is not None
    with pytest.raises(ValueError, match="open in another window"):
        read(str(package))
    desk.close()


def test_the_sample_is_made_in_code_and_has_every_label() -> None:
    (image, looks, kind), (mask, _, labels) = sample()
    assert (kind, labels, looks["name"]) == ("image", "labels", "T1ce")
    assert image.shape == mask.shape
    assert set(np.unique(mask)) == {0, 1, 2, 3}
    assert image[mask > 0].mean() > image[mask == 0].mean()
