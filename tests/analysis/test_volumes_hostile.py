"""Broken and hostile files: each is refused with a sentence that names it."""

from __future__ import annotations

import gzip
import os
import struct
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from analysis.volumes import (
    Volume,
    VolumeError,
    encode_nifti,
    grid_problems,
    read_image,
    read_labels,
)
from analysis.volumes.volume import MAX_VOXELS

PLAIN = encode_nifti(Volume(np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6), np.eye(4)))


def patched(offset: int, kind: str, *values: float) -> bytes:
    changed = bytearray(PLAIN)
    struct.pack_into("<" + kind, changed, offset, *values)
    return bytes(changed)


def floats(*values: float) -> bytes:
    array = np.zeros((4, 5, 6), np.float32)
    array.ravel()[: len(values)] = values
    return encode_nifti(Volume(array, np.eye(4)))


def flipped_bit() -> bytes:
    """Change one voxel, and keep the old checksum: what one bad bit of a disk does."""
    damaged = bytearray(gzip.compress(PLAIN, compresslevel=0, mtime=0))
    damaged[-20] ^= 1
    return bytes(damaged)


HOSTILE = [
    ("empty.nii", b"", "the file is empty"),
    ("short.nii", PLAIN[:200], "no NIfTI file"),
    ("text.nii", b"hello world, this is text" * 40, "no NIfTI file"),
    ("text.nii.gz", gzip.compress(b"hello" * 200), "no NIfTI file"),
    ("cut.nii", PLAIN[:-1], "promises 592 bytes, the file holds 591"),
    ("long.nii", PLAIN + bytes(5000), "promises 592 bytes"),
    ("cut.nii.gz", gzip.compress(PLAIN)[:-20], "cut off"),
    ("trailer.nii.gz", gzip.compress(PLAIN)[:-3], "cut off"),
    ("voxels_missing.nii.gz", gzip.compress(PLAIN[:-20]), "the file holds 572"),
    ("bomb.nii.gz", gzip.compress(PLAIN + bytes(10_000_000)), "more data than its header"),
    ("flipped.nii.gz", flipped_bit(), "damaged"),
    ("behind.nii.gz", gzip.compress(PLAIN) + b"more", "damaged"),
    ("analyze.nii", patched(344, "4s", b"\0\0\0\0"), "lacks the mark"),
    ("pair.nii", patched(344, "4s", b"ni1\0"), "one half of a pair"),
    ("dim0.nii", patched(40, "h", 9), "impossible"),
    ("dim1.nii", patched(42, "h", -4), "impossible"),
    ("huge.nii", patched(42, "3h", 30000, 30000, 30000), "limit of 512"),
    ("time.nii", patched(40, "5h", 4, 4, 5, 3, 2), "holds 2 volumes"),
    ("vector.nii", patched(40, "6h", 5, 4, 5, 2, 1, 3), "holds 3 volumes"),
    ("rgb.nii", patched(70, "2h", 128, 24), "not plain numbers"),
    ("complex.nii", patched(70, "2h", 32, 64), "not plain numbers"),
    ("offset.nii", patched(108, "f", 1e30), "impossible"),
    ("offset_nan.nii", patched(108, "f", float("nan")), "impossible"),
    ("offset_in_header.nii", patched(108, "f", 0), "impossible"),
    ("slope.nii", patched(112, "f", float("inf")), "infinite"),
    ("spacing.nii", patched(80, "f", 0), "not positive"),
    ("spacing_nan.nii", patched(80, "f", float("nan")), "not positive"),
    ("no_orientation.nii", patched(252, "2h", 0, 0), "left and right are unknown"),
    ("sheared.nii", patched(280, "12f", 1, 0.3, 0, 0, 0, 0.954, 0, 0, 0, 0, 1, 0), "sheared"),
    ("singular.nii", patched(280, "12f", *[0.0] * 12), "not plausible"),
    ("sform_nan.nii", patched(280, "f", float("nan")), "not a number"),
    ("sform_infinite.nii", patched(280, "f", float("inf")), "not a number"),
    ("quaternion_infinite.nii", patched(252, "2h3f", 1, 0, float("inf"), 0, 0), "rotation"),
    ("origin_infinite.nii", patched(252, "2h5f", 1, 0, 0, 0, 0, float("inf"), 0), "not a number"),
    ("steep.nii", patched(112, "f", 3e38), "voxels are not numbers"),
    ("two_orientations.nii", patched(292, "f", 3.0), "two orientations"),
    ("two_spacings.nii", patched(280, "f", 2.0), "contradicts"),
    ("quaternion.nii", patched(252, "2h3f", 1, 0, 1.0, 1.0, 1.0), "rotation"),
    ("quaternion_nan.nii", patched(252, "2h3f", 1, 0, float("nan"), 0, 0), "rotation"),
    ("metre.nii", patched(123, "B", 1), "check the unit"),
    ("nan.nii", floats(float("nan"), 1.0), "1 voxels are not numbers"),
    ("infinite.nii.gz", gzip.compress(floats(float("inf"), float("-inf"))), "2 voxels"),
    ("unknown.xyz", b"whatever it is", "format is not read"),
    ("noise.dcm", bytes(128) + b"DICM" + bytes(range(256)), "could not be read"),
    ("noise.png", b"\x89PNG\r\n\x1a\n" + bytes(50), "no PNG file"),
    ("noise.tif", b"II*\0\x08\0\0\0" + bytes(50), "could not be read"),
    ("noise.tiff", b"II*\0\x08\0\0\0" + bytes(range(50)), "could not be read"),
    ("noise.jpg", b"\xff\xd8\xff\xe0" + bytes(range(50)), "format is not read"),
    ("noise.bmp", b"BM" + bytes(range(80)), "could not be read"),
]


@pytest.mark.parametrize(("name", "content", "fault"), HOSTILE, ids=[name for name, *_ in HOSTILE])
def test_hostile_files_are_refused_in_one_sentence(
    name: str, content: bytes, fault: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(VolumeError) as refusal:
        read_image(path)
    assert str(refusal.value).startswith(f"{path}: ")
    assert fault in str(refusal.value)
    assert str(refusal.value).endswith(".")
    assert capfd.readouterr() == ("", "")


def test_fifo_link_and_missing_file_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.nii")
    with pytest.raises(VolumeError, match="no regular file"):
        read_image(tmp_path / "pipe.nii")
    (tmp_path / "real.nii").write_bytes(PLAIN)
    (tmp_path / "link.nii").symlink_to(tmp_path / "real.nii")
    with pytest.raises(VolumeError, match="it is a link"):
        read_image(tmp_path / "link.nii")
    with pytest.raises(VolumeError, match="no such file"):
        read_image(tmp_path / "missing.nii")


@pytest.mark.parametrize(
    ("values", "fault"),
    [((-1.0,), "negative label -1"), ((0.5,), "fractions"), ((70000.0,), "label 70000")],
)
def test_masks_hold_whole_labels(values: tuple[float, ...], fault: str, tmp_path: Path) -> None:
    (tmp_path / "mask.nii").write_bytes(floats(*values))
    with pytest.raises(VolumeError, match=fault):
        read_labels(tmp_path / "mask.nii")


def test_labels_stored_as_real_numbers_are_whole(tmp_path: Path) -> None:
    (tmp_path / "mask.nii").write_bytes(floats(1.0, 2.0005, 3.0))
    volume = read_labels(tmp_path / "mask.nii")
    assert volume.array.dtype == np.uint8
    assert sorted(np.unique(volume.array).tolist()) == [0, 1, 2, 3]
    (tmp_path / "wide.nii").write_bytes(floats(256.0))
    assert read_labels(tmp_path / "wide.nii").array.dtype == np.uint16


# --- NRRD and MetaImage ---------------------------------------------------------------------------


def itk_image(kind: type = np.float32) -> sitk.Image:
    image = sitk.GetImageFromArray(np.arange(120).reshape(4, 5, 6).astype(kind))
    image.SetSpacing((1.0, 2.0, 3.0))
    return image


@pytest.mark.parametrize("suffix", ["nrrd", "mha"])
@pytest.mark.parametrize("packed", [True, False])
def test_sound_files_of_other_formats_are_read(suffix: str, packed: bool, tmp_path: Path) -> None:
    sitk.WriteImage(itk_image(), tmp_path / f"a.{suffix}", packed)
    volume = read_image(tmp_path / f"a.{suffix}")
    assert volume.array[5, 4, 3] == 119
    assert volume.spacing_mm == (1.0, 2.0, 3.0)
    np.testing.assert_array_equal(volume.affine, np.diag([-1.0, -2.0, 3.0, 1.0]))


def replaced(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))


@pytest.mark.parametrize(
    ("suffix", "packed", "old", "new", "fault"),
    [
        ("nrrd", False, b"encoding: raw", b"encoding: raw\ndata file: /etc/passwd", "another file"),
        ("nrrd", False, b"encoding: raw", b"encoding: hex", "encoding 'hex'"),
        ("nrrd", False, b"encoding: raw", b"encoding: raw\nbyte skip: -1", "skips"),
        ("nrrd", False, b"type: float", b"type: block", "type 'block'"),
        ("nrrd", False, b"sizes: 6 5 4", b"sizes: 6 5 5", "promises 600 bytes"),
        ("nrrd", True, b"sizes: 6 5 4", b"sizes: 6 5 5", "the file holds 480"),
        ("nrrd", True, b"sizes: 6 5 4", b"sizes: 6 5 2", "more data"),
        ("nrrd", False, b"sizes: 6 5 4", b"sizes: 6 5 x", "impossible"),
        ("nrrd", False, b"sizes: 6 5 4", b"sizes: 9999 9999 9999", "limit of 512"),
        ("nrrd", False, b"space: left-posterior-superior\n", b"", "left and right are unknown"),
        ("nrrd", False, b"NRRD000", b"NOTNRRD", "no NRRD file"),
        ("mha", False, b"File = LOCAL", b"File = ../../etc/passwd", "another file"),
        ("mha", False, b"DimSize = 6 5 4", b"DimSize = 6 5 5", "promises 600 bytes"),
        ("mha", True, b"DimSize = 6 5 4", b"DimSize = 6 5 3", "more data"),
        ("mha", True, b"LOCAL\n", b"LOCAL\nnoise", "damaged"),
        ("mha", False, b"MET_FLOAT", b"MET_STRING", "met_string"),
        ("mha", False, b"ElementDataFile", b"ElementDetaFile", "no MetaImage"),
        ("mha", False, b"BinaryData = True", b"BinaryData = False", "text or partly skipped"),
    ],
)
def test_false_headers_are_refused(
    suffix: str, packed: bool, old: bytes, new: bytes, fault: str, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{suffix}"
    sitk.WriteImage(itk_image(), path, packed)
    replaced(path, old, new)
    with pytest.raises(VolumeError, match=fault):
        read_image(path)


@pytest.mark.parametrize("length", range(20))
def test_compressed_voxels_that_hardly_begin_are_refused(length: int, tmp_path: Path) -> None:
    path = tmp_path / "a.nrrd"
    sitk.WriteImage(itk_image(), path, True)
    head, gap, data = path.read_bytes().partition(b"\n\n")
    path.write_bytes(head + gap + data[:length])
    with pytest.raises(VolumeError, match=r"cut off|the file holds 0"):
        read_image(path)


def test_voxels_in_another_file_are_refused(tmp_path: Path) -> None:
    for suffix in ("mhd", "nhdr"):
        sitk.WriteImage(itk_image(), tmp_path / f"a.{suffix}")
        with pytest.raises(VolumeError, match="lie in another file"):
            read_image(tmp_path / f"a.{suffix}")


def test_nan_is_found_in_every_format(tmp_path: Path) -> None:
    array = np.zeros((2, 3, 4), np.float32)
    array[0, 0, 0] = np.nan
    for suffix in ("nrrd", "mha"):
        sitk.WriteImage(sitk.GetImageFromArray(array), tmp_path / f"a.{suffix}")
        with pytest.raises(VolumeError, match="1 voxels are not numbers"):
            read_image(tmp_path / f"a.{suffix}")


def test_colour_and_vectors_are_refused(tmp_path: Path) -> None:
    colour = sitk.GetImageFromArray(np.zeros((5, 6, 3), np.uint8), isVector=True)
    sitk.WriteImage(colour, tmp_path / "a.png")
    with pytest.raises(VolumeError, match="3 values a voxel"):
        read_image(tmp_path / "a.png")
    vectors = sitk.GetImageFromArray(np.zeros((4, 5, 6, 3), np.float32), isVector=True)
    sitk.WriteImage(vectors, tmp_path / "a.mha")
    with pytest.raises(VolumeError, match="3 values a voxel"):
        read_image(tmp_path / "a.mha")


def test_a_cut_picture_is_refused_in_silence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    image = sitk.GetImageFromArray(np.random.default_rng(1).integers(0, 255, (40, 50), np.uint8))
    for suffix in ("png", "tif"):
        sitk.WriteImage(image, tmp_path / f"a.{suffix}")
        content = (tmp_path / f"a.{suffix}").read_bytes()
        (tmp_path / f"a.{suffix}").write_bytes(content[: len(content) // 2])
        with pytest.raises(VolumeError):
            read_image(tmp_path / f"a.{suffix}")
    assert capfd.readouterr() == ("", "")


def test_grey_pictures_are_read_as_one_slice(tmp_path: Path) -> None:
    sitk.WriteImage(
        sitk.GetImageFromArray(np.arange(30, dtype=np.uint8).reshape(5, 6)), tmp_path / "a.png"
    )
    volume = read_image(tmp_path / "a.png")
    assert volume.array.shape == (6, 5, 1)
    assert volume.array[5, 4, 0] == 29


# --- DICOM ----------------------------------------------------------------------------------------

AXIAL = "1\\0\\0\\0\\1\\0"


def write_slice(path: Path, number: int, height: float, **changed: str) -> None:
    image = sitk.GetImageFromArray(np.full((1, 8, 9), number, np.int16))
    image.SetSpacing((0.5, 0.5, 2.5))
    tags = {
        "0008|0060": "CT",
        "0020|000e": "1.2.3",
        "0020|000d": "1.2",
        "0008|0018": f"1.2.3.{number + 1}",
        "0020|0052": "1.9",
        "0020|0032": f"-10\\-20\\{height}",
        "0020|0037": AXIAL,
        "0020|0013": str(number),
        "0010|0020": "P1",
        "0018|0050": "2.5",
    }
    tags |= {f"{key[1:5]}|{key[5:]}": value for key, value in changed.items()}
    for tag, value in tags.items():
        image.SetMetaData(tag, value)
    writer = sitk.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    writer.SetFileName(str(path))
    writer.Execute(image)


@pytest.fixture
def series(tmp_path: Path) -> Path:
    folder = tmp_path / "series"
    folder.mkdir()
    for number, name in enumerate(["d", "b", "a", "c"]):  # names are no order
        write_slice(folder / f"{name}.dcm", number, 2.5 * number)
    return folder


def test_a_dicom_series_is_stacked_by_position(series: Path) -> None:
    (series / "notes.txt").write_text("not a slice")
    volume = read_image(series)
    assert volume.array.shape == (9, 8, 4)
    assert volume.array[0, 0].tolist() == [0, 1, 2, 3]
    assert volume.spacing_mm == pytest.approx((0.5, 0.5, 2.5))
    np.testing.assert_allclose(volume.affine[:3, 3], (10, 20, 0))
    assert read_image(series / "a.dcm").array.shape == (9, 8, 1)


def test_sagittal_slices_are_stacked_from_left_to_right(tmp_path: Path) -> None:
    for number in range(3):
        place = {"_00200032": f"{-3.0 * number}\\-20\\5", "_00200037": "0\\1\\0\\0\\0\\-1"}
        write_slice(tmp_path / f"{number}.dcm", number, 0, **place)
    volume = read_image(tmp_path)
    assert volume.spacing_mm == pytest.approx((0.5, 0.5, 3))
    for number in range(3):
        index = int(np.flatnonzero(volume.array[0, 0] == number)[0])
        place = volume.affine @ [0, 0, index, 1]
        np.testing.assert_allclose(place[:3], (3.0 * number, 20, 5), atol=1e-6)


def gap(folder: Path) -> None:
    write_slice(folder / "e.dcm", 4, 12.5)


def twice(folder: Path) -> None:
    write_slice(folder / "e.dcm", 7, 2.5)


def two_series(folder: Path) -> None:
    write_slice(folder / "e.dcm", 4, 10.0, _0020000e="1.2.4")


def two_patients(folder: Path) -> None:
    write_slice(folder / "e.dcm", 4, 10.0, _00100020="P2")


def two_orientations(folder: Path) -> None:
    write_slice(folder / "e.dcm", 4, 10.0, _00200037="1\\0\\0\\0\\0\\-1")


def tilted(folder: Path) -> None:
    for number, name in enumerate(["d", "b", "a", "c"]):
        write_slice(folder / f"{name}.dcm", number, 0, _00200032=f"-10\\{number}\\{2.5 * number}")


def cut_slice(folder: Path) -> None:
    content = (folder / "c.dcm").read_bytes()
    (folder / "c.dcm").write_bytes(content[:-60])


def linked(folder: Path) -> None:
    (folder / "e.dcm").symlink_to(folder / "a.dcm")


def no_images(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (gap, r"not evenly spaced: 5\.000 mm after slice 4 of 5, elsewhere 2\.500"),
        (twice, "two slices lie in the same place"),
        (two_series, "mixes 2 series"),
        (two_patients, "mixes 2 patients"),
        (two_orientations, "mixes 2 orientations"),
        (tilted, "tilted gantry"),
        (cut_slice, "could not be read"),
        (linked, "is a link"),
        (no_images, "no DICOM image"),
    ],
)
def test_unsound_dicom_folders_are_refused(
    damage: Callable[[Path], None],
    fault: str,
    series: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    damage(series)
    with pytest.raises(VolumeError, match=fault):
        read_image(series)
    assert capfd.readouterr() == ("", "")


# --- grids ----------------------------------------------------------------------------------------


def on(affine: np.ndarray, shape: tuple[int, int, int] = (10, 12, 14)) -> Volume:
    return Volume(np.zeros(shape, np.uint8), np.asarray(affine, float))


def test_one_grid_has_no_problems() -> None:
    moved = np.eye(4)
    moved[0, 3] = 0.09
    assert grid_problems(on(np.eye(4)), on(moved)) == []


def test_each_way_off_the_grid_has_its_sentence() -> None:
    image = on(np.eye(4))
    (size,) = grid_problems(image, on(np.eye(4), (10, 12, 13)))
    assert "10 x 12 x 13 voxels, its image 10 x 12 x 14" in size
    moved = np.eye(4)
    moved[2, 3] = 0.2
    (place,) = grid_problems(image, on(moved))
    assert "up to 0.2 mm away" in place
    flipped = np.diag([-1.0, 1, 1, 1])
    flipped[0, 3] = 9
    (turned,) = grid_problems(image, on(flipped))
    assert "axes are flipped" in turned
    (coarse,) = grid_problems(image, on(np.diag([2.0, 2, 2, 1])))
    assert "2 x 2 x 2 mm in the mask, 1 x 1 x 1 mm in the image" in coarse


def test_nibabel_agrees_that_the_plain_file_is_sound(tmp_path: Path) -> None:
    """The refusals above come from what each case changes, not from the file they start from."""
    (tmp_path / "a.nii").write_bytes(PLAIN)
    np.testing.assert_array_equal(
        read_image(tmp_path / "a.nii").array, np.asarray(nibabel.load(tmp_path / "a.nii").dataobj)
    )


def test_a_ct_of_a_whole_body_is_below_the_limit():
    assert MAX_VOXELS >= 512 * 512 * 1000
