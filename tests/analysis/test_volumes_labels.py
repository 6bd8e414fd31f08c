"""Masks of every voxel type become the same labels, without a needless look or copy."""

from __future__ import annotations

import struct
import tracemalloc
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from analysis.volumes import Volume, VolumeError, encode_nifti, read_image, read_labels
from analysis.volumes.labels import _BLOCK, as_labels, small_labels

AFFINE = np.diag([-1.0, -1.0, 2.0, 1.0])
LARGE = (40, 50, 60)  # several blocks
KINDS = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]


def drawn(highest: int, shape: tuple[int, ...] = LARGE) -> np.ndarray:
    labels = np.random.default_rng(highest).integers(0, highest, shape, endpoint=True)
    labels.ravel()[[0, -1]] = 0, highest
    return labels


def save(path: Path, values: np.ndarray, kind: str, order: str = "<") -> None:
    header = nibabel.Nifti1Header(endianness=order)
    header.set_data_dtype(kind)
    nibabel.save(nibabel.Nifti1Image(values.astype(kind), AFFINE, header), path)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("kind", "highest"),
    [
        (kind, highest)
        for kind in KINDS
        for highest in (0, 4, 127, 255, 256, 65535)
        if kind[0] == "f" or highest <= np.iinfo(kind).max
    ],
)
def test_labels_of_every_type_are_those_of_nibabel(
    kind: str, highest: int, order: str, suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"a{suffix}"
    save(path, drawn(highest), kind, order)
    volume = read_labels(path)
    np.testing.assert_array_equal(volume.array, np.asarray(nibabel.load(path).dataobj))
    assert volume.array.dtype == (np.uint8 if highest <= 255 else np.uint16)
    assert volume.array.flags.f_contiguous
    assert volume.array.flags.aligned
    assert volume.array.flags.writeable
    np.testing.assert_array_equal(volume.affine, AFFINE)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["i1", "i2", "i4", "i8", "f4", "f8"])
@pytest.mark.parametrize("place", [0, -1])
def test_a_negative_label_is_named(kind: str, order: str, place: int, tmp_path: Path) -> None:
    values = drawn(4)
    values.ravel()[place] = -3
    save(tmp_path / "a.nii.gz", values, kind, order)
    with pytest.raises(VolumeError, match="holds the negative label -3; labels start at 0"):
        read_labels(tmp_path / "a.nii.gz")


@pytest.mark.parametrize("kind", ["i4", "u4", "i8", "u8", "f4", "f8"])
def test_a_label_beyond_two_bytes_is_named(kind: str, tmp_path: Path) -> None:
    values = drawn(4)
    values.ravel()[-1] = 65536
    save(tmp_path / "a.nii.gz", values, kind)
    with pytest.raises(VolumeError, match="holds the label 65536; labels go up to 65535"):
        read_labels(tmp_path / "a.nii.gz")


@pytest.mark.parametrize("place", [0, _BLOCK - 1, _BLOCK, -1])
@pytest.mark.parametrize("kind", ["f4", "f8"])
@pytest.mark.parametrize(
    ("value", "label"),
    [
        (2.0009, 2),
        (1.9991, 2),
        (-0.0009, 0),
        (-0.0, 0),
        (255.0009, 255),
        (254.9991, 255),
        (255.9995, 256),
        (2.002, "fractions"),
        (1.998, "fractions"),
        (-0.3, "fractions"),
        (0.5, "fractions"),
        (255.4, "fractions"),
        (255.6, "fractions"),
        (-1.0, "negative label -1"),
        (-0.9999, "negative label -1"),
        (1e30, "labels go up to 65535"),
        (2e37, "1 voxels are not numbers"),
        (-2e37, "1 voxels are not numbers"),
        (np.nan, "1 voxels are not numbers"),
        (np.inf, "1 voxels are not numbers"),
        (-np.inf, "1 voxels are not numbers"),
    ],
)
def test_real_numbers_are_labels_up_to_the_tolerance(
    value: float, label: int | str, kind: str, place: int, tmp_path: Path
) -> None:
    values = drawn(4).astype(kind).ravel(order="F")
    values[place] = value
    save(tmp_path / "a.nii", values.reshape(LARGE, order="F"), kind)
    if isinstance(label, str):
        with pytest.raises(VolumeError, match=label):
            read_labels(tmp_path / "a.nii")
    else:
        assert read_labels(tmp_path / "a.nii").array.ravel(order="F")[place] == label


def test_all_that_is_no_number_is_counted(tmp_path: Path) -> None:
    values = drawn(4).astype("f4")
    values.ravel()[[3, 50_000, 100_000]] = np.nan, np.inf, -np.inf
    values.ravel()[7] = 0.5
    save(tmp_path / "a.nii", values, "f4")
    for read in (read_labels, read_image):
        with pytest.raises(VolumeError, match="3 voxels are not numbers"):
            read(tmp_path / "a.nii")


@pytest.mark.parametrize(("slope", "intercept"), [(2.0, 0.0), (0.5, 1.0), (1.0, 3.0), (-1.0, 4.0)])
def test_scaled_labels_are_real_labels(slope: float, intercept: float, tmp_path: Path) -> None:
    content = bytearray(encode_nifti(Volume(drawn(2).astype(np.uint8) * 2, AFFINE)))
    struct.pack_into("<2f", content, 112, slope, intercept)
    (tmp_path / "a.nii").write_bytes(content)
    np.testing.assert_array_equal(
        read_labels(tmp_path / "a.nii").array,
        np.asarray(nibabel.load(tmp_path / "a.nii").dataobj),
    )


@pytest.mark.parametrize(("slope", "intercept"), [(0, 7), (np.nan, 7), (1, 0), (1, np.nan)])
def test_bytes_without_a_scaling_stay_as_they_are(
    slope: float, intercept: float, tmp_path: Path
) -> None:
    content = bytearray(encode_nifti(Volume(drawn(4).astype(np.uint8), AFFINE)))
    struct.pack_into("<2f", content, 112, slope, intercept)
    (tmp_path / "a.nii").write_bytes(content)
    array = read_labels(tmp_path / "a.nii").array
    assert array.base is not None
    np.testing.assert_array_equal(array, drawn(4))


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_a_mask_of_bytes_is_held_once(suffix: str, tmp_path: Path) -> None:
    values = drawn(4, (100, 100, 100))
    path = tmp_path / f"a{suffix}"
    save(path, values, "u1")
    read_labels(path)
    tracemalloc.start()
    try:
        volume = read_labels(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    np.testing.assert_array_equal(volume.array, values)
    assert peak < 1.05 * values.size + path.stat().st_size * (suffix == ".nii.gz")


def test_bytes_are_not_looked_at() -> None:
    values = drawn(4).astype(np.uint8)
    assert small_labels(values) is values


@pytest.mark.parametrize("kind", ["i1", "i2", "i4", "u4", "f4", "f8"])
def test_labels_keep_the_layout_of_their_values(kind: str) -> None:
    values = drawn(100).astype(kind)
    for each in (values, np.asfortranarray(values), values.transpose(2, 0, 1), values[:, :, ::-1]):
        labels = small_labels(each)
        assert labels is not None
        np.testing.assert_array_equal(labels, each)
    assert small_labels(values).flags.c_contiguous
    assert small_labels(np.asfortranarray(values)).flags.f_contiguous


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(KINDS).flatmap(
        lambda kind: arrays.arrays(
            np.dtype(kind),
            (2, 3, 2),
            elements=st.floats(-2, 300, width=32)
            | st.integers(-1, 257).map(float)
            | st.just(1.0005)
            if kind[0] == "f"
            else st.integers(max(np.iinfo(kind).min, -1), min(np.iinfo(kind).max, 300))
            | st.sampled_from([np.iinfo(kind).min, np.iinfo(kind).max]),
        )
    )
)
def test_the_quick_way_says_what_the_thorough_one_says(values: np.ndarray) -> None:
    try:
        thorough = as_labels(values, Path("a"))
    except VolumeError:
        assert small_labels(values) is None
        return
    quick = small_labels(values)
    if thorough.dtype == np.uint16:
        assert quick is None
    else:
        np.testing.assert_array_equal(quick, thorough)
        assert quick.dtype == np.uint8


@pytest.mark.parametrize("offset", [353, 354, 356])
@pytest.mark.parametrize("kind", ["uint8", "int16", "float32"])
@pytest.mark.parametrize("read", [read_image, read_labels])
def test_voxels_at_an_odd_place_are_aligned(read, kind: str, offset: int, tmp_path: Path) -> None:
    values = drawn(4).astype(kind)
    content = encode_nifti(Volume(values, AFFINE))
    moved = bytearray(content[:352] + bytes(offset - 352) + content[352:])
    struct.pack_into("<f", moved, 108, offset)
    (tmp_path / "a.nii").write_bytes(moved)
    array = read(tmp_path / "a.nii").array
    np.testing.assert_array_equal(array, values)
    assert array.flags.aligned


@pytest.mark.parametrize("suffix", [".nrrd", ".mha", ".nii.gz"])
@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int16, np.int32, np.float32, np.float64])
def test_masks_of_other_formats(kind: type, suffix: str, tmp_path: Path) -> None:
    image = sitk.GetImageFromArray(drawn(90, (5, 6, 7)).astype(kind))
    sitk.WriteImage(image, tmp_path / f"a{suffix}", True)
    labels = read_labels(tmp_path / f"a{suffix}").array
    np.testing.assert_array_equal(labels, drawn(90, (5, 6, 7)).transpose())
    assert labels.dtype == np.uint8
