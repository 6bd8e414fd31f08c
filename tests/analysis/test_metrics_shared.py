"""Real masks, measured before by SimpleITK (overlap) and MedPy's definitions (distances)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.metrics import measure_file_pair, measure_pair
from analysis.regions import load_scheme
from analysis.volumes import VolumeError, encode_nifti, read_labels

# Columns of expected.json whose definitions are ours; it keeps six decimals.
COLUMNS = {
    "dsc": "dice",
    "iou": "jaccard",
    "hd_mm": "hd",
    "hd95_mm": "hd95_pooled",
    "hd95_directed_mm": "hd95_max_directed",
    "masd_mm": "assd",  # its mean of the two means
    "assd_mm": "msd_pooled",
}


def assert_as_expected(row: dict, expected: dict, voxel_ml: float) -> None:
    for ours, theirs in COLUMNS.items():
        assert row[ours] == pytest.approx(expected[theirs], abs=2e-6), ours
    assert row["volume_ml"] == pytest.approx(expected["n_a"] * voxel_ml)
    assert row["reference_volume_ml"] == pytest.approx(expected["n_b"] * voxel_ml)


def test_brats_masks(shared: Path) -> None:
    folder = shared / "data" / "brats_toolkit_masks_c"
    results = json.loads((folder / "expected.json").read_text())["results"]
    compared = [name for name in results if " vs " in name]
    assert len(compared) == 6
    for name in compared:
        mask, reference = name.split(" vs ")
        found = measure_file_pair(
            folder / f"{reference}.nii.gz", folder / f"{mask}.nii.gz", load_scheme("brats")
        )
        for row in found:
            assert_as_expected(row, results[name][row["structure"]], 0.001)


def test_ct_organs(shared: Path) -> None:
    folder = shared / "data" / "ct_totalsegmentator"
    results = json.loads((folder / "expected.json").read_text())["results"]
    found = measure_file_pair(folder / "model_fast.nii.gz", folder / "model_full.nii.gz")
    assert [row["structure"] for row in found] == [f"label_{label}" for label in results]
    for row, (label, expected) in zip(found, results.items(), strict=True):
        if label == "13":  # one voxel, in one model only
            assert row["dsc"] == 0
            assert row["hd95_mm"] == np.inf
            assert row["note"] == "the reference mask is empty"
        else:
            assert_as_expected(row, expected, 0.027)

    named = measure_file_pair(
        folder / "model_fast.nii.gz",
        folder / "model_full.nii.gz",
        load_scheme("totalsegmentator"),
    )
    assert len(named) == 117
    assert named[4] == {**found[4], "structure": "liver"}
    assert sum(row["note"] == "both masks are empty" for row in named) == 117 - 41


def test_lidc_readers(shared: Path) -> None:
    folder = shared / "data" / "lidc_nodules_a"
    results = json.loads((folder / "expected_masks.json").read_text())["results"]
    assert len(results) == 10
    for nodule, expected in results.items():
        readings = [read_labels(folder / f"masks/{nodule}_reader{n}.nii.gz") for n in range(1, 5)]
        for pair, values in expected["pairs"].items():
            one, other = (readings[int(number) - 1] for number in pair.split("-"))
            (row,) = measure_pair(other, one)
            assert_as_expected(row, values, np.prod(one.spacing_mm) / 1000)


def test_expert_volumes_of_a_real_glioma(shared: Path) -> None:
    folder = shared / "data" / "msd_brats_a"
    expected = json.loads((folder / "expected.json").read_text())["volume_ml"]
    path = folder / "caseA_seg_expert.nii.gz"
    found = measure_file_pair(path, path, load_scheme("brats"))
    assert {row["structure"]: row["volume_ml"] for row in found} == pytest.approx(expected)


def test_files_that_cannot_be_measured_are_all_named(shared: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.nii").write_bytes(b"cut")
    with pytest.raises(VolumeError) as refusal:
        measure_file_pair(tmp_path / "missing.nii", tmp_path / "cut.nii")
    assert "missing.nii: there is no such file" in str(refusal.value)
    assert "cut.nii: it is no NIfTI file" in str(refusal.value)

    organs = read_labels(shared / "data" / "ct_totalsegmentator" / "model_full.nii.gz")
    (tmp_path / "organs.nii").write_bytes(encode_nifti(organs))
    with pytest.raises(VolumeError, match=r"organs\.nii: Labels 5-11, 13, 14, .* are not in"):
        measure_file_pair(tmp_path / "organs.nii", tmp_path / "organs.nii", load_scheme("brats"))
