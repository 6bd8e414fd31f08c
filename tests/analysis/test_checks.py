from __future__ import annotations

from pathlib import Path

import numpy as np

from analysis.checks import inspect_pair
from analysis.regions import load_scheme
from analysis.volumes import Volume, write_nifti_gz

IMAGE = Volume(np.arange(60, dtype=np.int16).reshape(3, 4, 5), np.eye(4))


def problems_of(*pair: object) -> list[str]:
    return list(inspect_pair(*pair).problems)


def mask(*values: int, shape: tuple[int, ...] = (3, 4, 5), shift_mm: float = 0) -> Volume:
    array = np.zeros(shape, np.uint8)
    array.ravel()[: len(values)] = values
    affine = np.eye(4)
    affine[0, 3] = shift_mm
    return Volume(array, affine)


def checked(folder: Path, image: Volume, labels: Volume, scheme: str | None = "brats"):
    write_nifti_gz(folder / "image.nii.gz", image)
    write_nifti_gz(folder / "mask.nii.gz", labels)
    return inspect_pair(
        folder / "image.nii.gz",
        folder / "mask.nii.gz",
        None if scheme is None else load_scheme(scheme),
    )


def test_a_sound_pair_has_no_problems(tmp_path: Path) -> None:
    found = checked(tmp_path, IMAGE, mask(1, 2, 4))
    assert found.problems == found.warnings == ()
    assert problems_of(tmp_path / "image.nii.gz", tmp_path / "mask.nii.gz") == []


def test_grid_and_labels_are_named_together(tmp_path: Path) -> None:
    problems = checked(tmp_path, IMAGE, mask(1, 9, 3, 4, shift_mm=2.0)).problems
    assert len(problems) == 3
    assert all(problem.startswith(f"{tmp_path}/mask.nii.gz: ") for problem in problems)
    assert "up to 2.0 mm away" in problems[0]
    assert "Label 9 is not in" in problems[1]
    assert "Label 4 is another number for label 3" in problems[2]


def test_image_and_mask_that_cannot_be_read_are_both_named(tmp_path: Path) -> None:
    (tmp_path / "image.nii.gz").write_bytes(b"")
    problems = problems_of(tmp_path / "image.nii.gz", tmp_path / "none.nii.gz")
    assert len(problems) == 2
    assert "image.nii.gz: the file is empty" in problems[0]
    assert "none.nii.gz: there is no such file" in problems[1]


def test_labels_are_checked_without_the_image(tmp_path: Path) -> None:
    write_nifti_gz(tmp_path / "mask.nii.gz", mask(9))
    problems = problems_of(tmp_path / "none.nii", tmp_path / "mask.nii.gz", load_scheme("brats"))
    assert len(problems) == 2
    assert "Label 9" in problems[1]


def test_unusual_masks_and_images_are_warnings(tmp_path: Path) -> None:
    empty = checked(tmp_path, IMAGE, mask())
    assert empty.problems == ()
    assert "the mask is empty" in empty.warnings[0]
    assert "single voxel" in checked(tmp_path, IMAGE, mask(1)).warnings[0]
    assert "fills the whole image" in checked(tmp_path, IMAGE, mask(*[1] * 60)).warnings[0]
    flat = checked(tmp_path, Volume(np.zeros((3, 4, 5), np.int16), np.eye(4)), mask(1, 1))
    assert "same value everywhere" in flat.warnings[0]


def test_any_label_is_right_without_a_scheme(tmp_path: Path) -> None:
    assert checked(tmp_path, IMAGE, mask(9, 200), scheme=None).problems == ()


def test_real_pairs_are_fit(shared: Path) -> None:
    glioma = shared / "data" / "msd_brats_a"
    for channel in ("t1", "t1ce", "t2", "flair"):
        found = inspect_pair(
            glioma / f"caseA_{channel}.nii.gz",
            glioma / "caseA_seg_expert.nii.gz",
            load_scheme("brats"),
        )
        assert found.problems == found.warnings == ()
    ct = shared / "data" / "ct_totalsegmentator"
    for model in ("model_full", "model_fast"):
        scheme = load_scheme("totalsegmentator")
        assert problems_of(ct / "ct.nii.gz", ct / f"{model}.nii.gz", scheme) == []


def test_a_mask_of_another_patient_is_found(shared: Path) -> None:
    data = shared / "data"
    (problem,) = problems_of(
        data / "msd_brats_a/caseA_t1.nii.gz", data / "brats_toolkit_masks_c/model_scan.nii.gz"
    )
    assert "240 x 240 x 155 voxels, its image 134 x 174 x 50" in problem


def test_a_folder_that_may_not_be_entered_is_not_a_missing_file(monkeypatch) -> None:
    def refuse(path: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("analysis.volumes.reading.os.lstat", refuse)
    assert problems_of("closed/a.nii", "closed/b.nii") == [
        "closed/a.nii: its folder may not be entered; check its permissions.",
        "closed/b.nii: its folder may not be entered; check its permissions.",
    ]


def test_several_labels_without_a_scheme_are_a_warning(tmp_path: Path) -> None:
    (warning,) = checked(tmp_path, IMAGE, mask(1, 2), scheme=None).warnings
    assert "needs a label scheme" in warning
    assert checked(tmp_path, IMAGE, mask(255, 255), scheme=None).warnings == ()
