"""One study with an image of every format: NIfTI, NRRD, MHA, DICOM folder, 2D PNG; any grid."""

from __future__ import annotations

import json
import locale

import numpy as np
import pytest
import SimpleITK as sitk

from analysis.volumes import read_image, read_labels
from rater_app.coordinator.init import init
from rater_app.coordinator.prepare import prepare
from rater_app.coordinator.study_problems import StudyError
from rater_app.reading_room import ReadingRoom

SHAPE = (6, 20, 16)  # k, j, i, as SimpleITK orders it


def _image(array: np.ndarray, spacing, direction=(1, 0, 0, 0, 1, 0, 0, 0, 1)) -> sitk.Image:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    image.SetOrigin((12.0, -30.0, 5.0)[: image.GetDimension()])
    if image.GetDimension() == 3:
        image.SetDirection(direction)
    return image


def _oblique() -> tuple[float, ...]:
    angle = np.deg2rad(20)
    c, s = np.cos(angle), np.sin(angle)
    return (c, -s, 0, s, c, 0, 0, 0, 1)


def _write_dicom(image: sitk.Image, folder) -> None:
    folder.mkdir()
    # Writing DICOM leaves the process in the locale "C", which later tests would notice.
    before = locale.setlocale(locale.LC_ALL)
    for index in range(image.GetDepth()):
        piece = image[:, :, index]
        position = image.TransformIndexToPhysicalPoint((0, 0, index))
        for tag, value in {
            "0008|0060": "MR",
            "0008|0008": "DERIVED\\SECONDARY",
            "0010|0010": "Hallberg^Brunhilde",
            "0010|0020": "P1",
            "0020|000d": "1.2.826.0.1.3680043.2.1125.1",
            "0020|000e": "1.2.826.0.1.3680043.2.1125.2",
            "0020|0052": "1.2.826.0.1.3680043.2.1125.3",
            "0020|0013": str(index + 1),
            "0020|0032": "\\".join(f"{p:.6f}" for p in position),
            "0020|0037": "1\\0\\0\\0\\1\\0",
            "0018|0050": str(image.GetSpacing()[2]),
        }.items():
            piece.SetMetaData(tag, value)
        writer = sitk.ImageFileWriter()
        writer.KeepOriginalImageUIDOn()
        piece.SetMetaData("0008|0018", f"1.2.826.0.1.3680043.2.1125.4.{index}")
        writer.SetFileName(str(folder / f"{index:03d}.dcm"))
        writer.Execute(piece)
    locale.setlocale(locale.LC_ALL, before)


@pytest.fixture
def of_every_format(tmp_path):
    folder = tmp_path / "study"
    init(folder)
    rng = np.random.default_rng(3)
    array = rng.integers(0, 900, SHAPE).astype(np.int16)
    mask = (array > 500).astype(np.uint8)
    grids = {
        "anisotropic.nii.gz": ((0.5, 0.5, 4.0), (1, 0, 0, 0, 1, 0, 0, 0, 1)),
        "ras.nrrd": ((1.0, 1.0, 1.0), (-1, 0, 0, 0, -1, 0, 0, 0, 1)),
        "oblique.mha": ((1.0, 2.0, 3.0), _oblique()),
        "permuted.nii.gz": ((1.0, 1.0, 2.0), (0, 0, 1, 1, 0, 0, 0, 1, 0)),
    }
    images, masks = [], []
    for name, (spacing, direction) in grids.items():
        sitk.WriteImage(_image(array, spacing, direction), str(folder / name))
        # The mask in another format than the image.
        sitk.WriteImage(_image(mask, spacing, direction), str(folder / f"m_{name}.mha"))
        images.append((name.partition(".")[0], name))
        masks.append((name.partition(".")[0], f"m_{name}.mha"))
    _write_dicom(_image(array, (0.8, 0.8, 2.5)), folder / "series")
    sitk.WriteImage(_image(mask, (0.8, 0.8, 2.5)), str(folder / "m_series.nii.gz"))
    images.append(("dicom", "series"))
    masks.append(("dicom", "m_series.nii.gz"))
    sitk.WriteImage(_image(array[0].astype(np.uint8), (1.0, 1.0)), str(folder / "flat.png"))
    sitk.WriteImage(_image(mask[0] * 255, (1.0, 1.0)), str(folder / "m_flat.png"))
    images.append(("flat", "flat.png"))
    masks.append(("flat", "m_flat.png"))
    (folder / "images.csv").write_text(
        "case,channel,image\n" + "".join(f"{case},MR,{file}\n" for case, file in images)
    )
    (folder / "masks.csv").write_text(
        "case,model,family,mask\n"
        + "".join(f"{case},Quokka-9z,pure visual,{file}\n" for case, file in masks)
    )
    (folder / "references.csv").unlink()
    return folder


def test_every_format_arrives_with_its_grid(of_every_format, tmp_path):
    room_folder, key_file = tmp_path / "room", tmp_path / "key.json"
    locale_before = locale.setlocale(locale.LC_ALL)
    prepared = prepare(of_every_format, room_folder, key_file)
    assert locale.setlocale(locale.LC_ALL) == locale_before
    assert (prepared.cases, prepared.masks) == (6, 6)
    key = json.loads(key_file.read_text())
    files = dict(
        line.split(",MR,") for line in (of_every_format / "images.csv").read_text().splitlines()[1:]
    )
    room = ReadingRoom(room_folder)
    for code, mask in key["masks"].items():
        blinded = room.study.mask(code)
        (channel,) = room.study.case(blinded.case).volumes
        shown = read_image(room_folder / "volumes" / channel)
        source = read_image(of_every_format / files[mask["case"]])
        np.testing.assert_array_equal(shown.array, source.array)
        np.testing.assert_allclose(shown.affine, source.affine, atol=1e-4)
        rated = read_labels(room_folder / "volumes" / blinded.volume)
        np.testing.assert_array_equal(rated.affine, shown.affine)
        assert set(np.unique(rated.array)) == {0, 1}
        if mask["case"] != "flat":
            np.testing.assert_array_equal(rated.array == 1, source.array > 500)
    room.close()


def test_the_template_says_what_is_missing_and_nothing_else(tmp_path):
    folder = tmp_path / "study"
    init(folder)
    with pytest.raises(StudyError) as refused:
        prepare(folder, tmp_path / "room", tmp_path / "key.json")
    assert refused.value.problems == (
        "images.csv: there are no rows: add one for each file",
        "masks.csv: there are no rows: add one for each file",
        "references.csv: there are no rows: add one for each file",
    )
