from __future__ import annotations

import gzip
import itertools
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from analysis.volumes import (
    Volume,
    VolumeError,
    encode_channel,
    encode_nifti,
    grid_problems,
    read_image,
    read_labels,
    write_nifti_gz,
)

ORIENTATIONS = [
    "".join(letters)
    for order in itertools.permutations(("LR", "PA", "IS"))
    for letters in itertools.product(*order)
]


def gradient(shape: tuple[int, int, int] = (4, 5, 6), kind: str = "int16") -> np.ndarray:
    return np.arange(np.prod(shape)).reshape(shape, order="F").astype(kind)


def affine_of(letters: str, spacing: tuple[float, ...] = (0.7, 1.2, 5.0)) -> np.ndarray:
    affine = nibabel.orientations.inv_ornt_aff(
        nibabel.orientations.axcodes2ornt(tuple(letters)), (9, 9, 9)
    )
    placed = np.diag([*spacing, 1.0])
    directions = np.linalg.inv(affine)
    directions[:3, 3] = (-11.5, 20.25, 3.0)
    return directions @ placed


def oblique(spacing: tuple[float, ...] = (0.7, 1.2, 5.0)) -> np.ndarray:
    a, b = 0.31, -0.52
    turn_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    turn_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    affine = np.eye(4)
    affine[:3, :3] = turn_z @ turn_x * spacing
    affine[:3, 3] = (12.0, -34.0, 56.0)
    return affine


def test_there_are_48_orientations() -> None:
    assert len(set(ORIENTATIONS)) == 48


@pytest.mark.parametrize("letters", [*ORIENTATIONS, "oblique"])
def test_written_files_are_what_nibabel_and_itk_read(letters: str, tmp_path: Path) -> None:
    affine = oblique() if letters == "oblique" else affine_of(letters)
    path = tmp_path / "a.nii.gz"
    write_nifti_gz(path, Volume(gradient(), affine))

    by_nibabel = nibabel.load(path)
    np.testing.assert_allclose(by_nibabel.affine, affine, atol=1e-5)
    np.testing.assert_allclose(by_nibabel.get_qform(), affine, atol=1e-4)
    np.testing.assert_array_equal(np.asarray(by_nibabel.dataobj), gradient())
    if letters != "oblique":
        assert "".join(nibabel.aff2axcodes(by_nibabel.affine)) == letters

    by_us = read_image(path)
    np.testing.assert_allclose(by_us.affine, affine, atol=1e-5)
    np.testing.assert_array_equal(by_us.array, gradient())
    assert by_us.spacing_mm == pytest.approx((0.7, 1.2, 5.0), abs=1e-5)

    by_itk = sitk.ReadImage(path)
    corner = np.array(by_itk.TransformIndexToPhysicalPoint((3, 4, 5)))
    np.testing.assert_allclose(corner * (-1, -1, 1), (affine @ [3, 4, 5, 1])[:3], atol=1e-3)


@pytest.mark.parametrize("letters", [*ORIENTATIONS, "oblique"])
def test_files_of_nibabel_with_only_a_qform_are_read(letters: str, tmp_path: Path) -> None:
    affine = oblique() if letters == "oblique" else affine_of(letters)
    image = nibabel.Nifti1Image(gradient(), affine)
    image.set_qform(affine, 1)
    image.set_sform(None, 0)
    nibabel.save(image, tmp_path / "q.nii")
    volume = read_image(tmp_path / "q.nii")
    np.testing.assert_allclose(volume.affine, affine, atol=1e-4)
    np.testing.assert_array_equal(volume.array, gradient())


@pytest.mark.parametrize("tilt_rad", [0, 1e-5, 1e-4, 3e-4, 6e-4, 1e-3, 0.01, 0.3])
def test_large_images_close_to_a_half_turn_are_read(tilt_rad: float, tmp_path: Path) -> None:
    """Where a float32 quaternion is coarse; SimpleITK writes sform and qform."""
    turn = [np.cos(tilt_rad), -np.sin(tilt_rad), 0, np.sin(tilt_rad), np.cos(tilt_rad), 0, 0, 0, 1]
    image = sitk.GetImageFromArray(np.zeros((2, 512, 512), np.uint8))
    image.SetSpacing((0.9, 0.9, 3.0))
    image.SetDirection(turn)
    sitk.WriteImage(image, tmp_path / "a.nii.gz")
    corner = np.array(image.TransformIndexToPhysicalPoint((511, 511, 1))) * (-1, -1, 1)
    found = read_image(tmp_path / "a.nii.gz").affine @ [511, 511, 1, 1]
    np.testing.assert_allclose(found[:3], corner, atol=0.01)


@pytest.mark.parametrize("suffix", [".nrrd", ".mha"])
@pytest.mark.parametrize("letters", ["LPS", "RAS", "SLA", "PIR", "oblique"])
def test_other_formats_land_on_the_same_grid(letters: str, suffix: str, tmp_path: Path) -> None:
    affine = oblique() if letters == "oblique" else affine_of(letters)
    write_nifti_gz(tmp_path / "a.nii.gz", Volume(gradient(), affine))
    sitk.WriteImage(sitk.ReadImage(tmp_path / "a.nii.gz"), tmp_path / f"a{suffix}", True)
    other = read_image(tmp_path / f"a{suffix}")
    np.testing.assert_array_equal(other.array, gradient())
    assert grid_problems(read_image(tmp_path / "a.nii.gz"), other) == []


@pytest.mark.parametrize("kind", ["u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("version", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_every_plain_voxel_type_is_read(kind: str, order: str, version, tmp_path: Path) -> None:
    data = gradient(kind="u1").astype(kind)
    header = version.header_class(endianness=order)
    header.set_data_dtype(kind)
    image = version(data, oblique(), header)
    nibabel.save(image, tmp_path / "a.nii")
    volume = read_image(tmp_path / "a.nii")
    np.testing.assert_array_equal(volume.array, data)
    assert volume.array.dtype == np.dtype(kind)
    np.testing.assert_allclose(volume.affine, oblique(), atol=1e-5)


def test_scaled_values_are_real_values(tmp_path: Path) -> None:
    header = nibabel.Nifti1Header()
    header.set_slope_inter(0.5, -3)
    image = nibabel.Nifti1Image(gradient() / 2.0 - 3, np.eye(4), header)
    image.set_data_dtype("int16")
    nibabel.save(image, tmp_path / "a.nii")
    np.testing.assert_allclose(
        read_image(tmp_path / "a.nii").array,
        nibabel.load(tmp_path / "a.nii").get_fdata(dtype=np.float32),
        atol=1e-6,
    )


def test_a_two_dimensional_image_has_one_slice(tmp_path: Path) -> None:
    nibabel.save(nibabel.Nifti1Image(np.ones((4, 5), np.uint8), np.eye(4)), tmp_path / "a.nii")
    assert read_labels(tmp_path / "a.nii").array.shape == (4, 5, 1)


def test_a_file_of_several_gzip_members_is_read_whole(tmp_path: Path) -> None:
    plain = encode_nifti(Volume(gradient(), np.eye(4)))
    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(plain[:400]) + gzip.compress(plain[400:]))
    np.testing.assert_array_equal(read_image(tmp_path / "a.nii.gz").array, gradient())


def test_micrometres_become_millimetres(tmp_path: Path) -> None:
    plain = bytearray(encode_nifti(Volume(gradient(), np.diag([100.0, 100, 100, 1]))))
    plain[123] = 3
    (tmp_path / "a.nii").write_bytes(plain)
    assert read_image(tmp_path / "a.nii").spacing_mm == pytest.approx((0.1, 0.1, 0.1))


def test_encoding_is_deterministic_and_says_nothing_else(tmp_path: Path) -> None:
    volume = Volume(gradient(kind="uint8"), oblique())
    write_nifti_gz(tmp_path / "a_model_name.nii.gz", volume)
    write_nifti_gz(tmp_path / "b.nii.gz", volume)
    packed = (tmp_path / "a_model_name.nii.gz").read_bytes()
    assert packed == (tmp_path / "b.nii.gz").read_bytes()
    assert packed[3] == 0  # no name, comment or extra field
    assert packed[4:8] == bytes(4)  # no time
    header = nibabel.load(tmp_path / "b.nii.gz").header
    assert gzip.decompress(packed)[148:252] == bytes(104)  # descrip and aux_file
    assert gzip.decompress(packed)[328:344] == bytes(16)  # intent_name
    assert int(header["sform_code"]) == int(header["qform_code"]) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a_model_name.nii.gz", "b.nii.gz"]


def test_voxel_types_that_nobody_chose_are_not_written() -> None:
    with pytest.raises(TypeError, match="float64"):
        encode_nifti(Volume(gradient(kind="float64"), np.eye(4)))


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(
        st.sampled_from([np.float32, np.float64, np.int16, np.uint16, np.int32, np.uint8]),
        (2, 3, 2),
        elements={"allow_nan": False, "allow_infinity": False, "min_value": 0, "max_value": 200},
    )
    | arrays.arrays(np.float64, (2, 3, 2), elements=st.floats(-1e6, 1e6))
    | arrays.arrays(np.int32, (2, 3, 2), elements=st.integers(-(2**31), 2**31 - 1))
)
def test_encoded_channels_keep_real_values(values: np.ndarray) -> None:
    encoded = encode_channel(Volume(values, np.eye(4)))
    assert encoded.array.dtype == np.int16
    real = encoded.array.astype(np.float64) * encoded.slope + encoded.intercept
    span = float(values.max()) - float(values.min())
    rounding = (
        1e-6 * np.abs(values.astype(np.float64)).max() + 1e-37
    )  # slope and intercept are float32
    assert np.abs(real - values).max() <= 0.51 * span / 65534 + rounding


@pytest.mark.parametrize(
    ("values", "slope"),
    [
        (np.array([[[-1024, 3071]]], np.int16), 1.0),
        (np.array([[[-1024.0, 3071.0]]]), 1.0),
        (np.array([[[0, 65535]]], np.uint16), 1.0),
        (np.array([[[100000, 165535]]], np.int32), 1.0),
        (np.array([[[0.0, 0.5, 1.0]]]), 1 / 65534),
    ],
)
def test_whole_values_are_encoded_exactly(values: np.ndarray, slope: float) -> None:
    encoded = encode_channel(Volume(values, np.eye(4)))
    assert encoded.slope == pytest.approx(slope)
    real = encoded.array * np.float64(encoded.slope) + encoded.intercept
    np.testing.assert_allclose(real, values, atol=0 if slope == 1 else 1e-5)


def test_scaled_channels_reach_other_readers(tmp_path: Path) -> None:
    channel = encode_channel(Volume(np.linspace(-0.5, 2, 24).reshape(2, 3, 4), np.eye(4)))
    write_nifti_gz(tmp_path / "a.nii.gz", channel)
    expected = np.linspace(-0.5, 2, 24).reshape(2, 3, 4)
    np.testing.assert_allclose(nibabel.load(tmp_path / "a.nii.gz").get_fdata(), expected, atol=4e-5)
    np.testing.assert_allclose(read_image(tmp_path / "a.nii.gz").array, expected, atol=4e-5)


def test_shared_files_agree_with_nibabel(shared: Path) -> None:
    for path in sorted((shared / "data").glob("m*/*.nii.gz")):
        volume, image = read_image(path), nibabel.load(path)
        np.testing.assert_array_equal(volume.array, np.asarray(image.dataobj))
        np.testing.assert_allclose(volume.affine, image.affine, atol=1e-6)


def test_errors_are_for_people() -> None:
    with pytest.raises(VolumeError, match="there is no such file"):
        read_image("nowhere/a.nii.gz")
