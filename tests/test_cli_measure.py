"""`rater-app measure REFERENCE MASK`: what is printed, and by which conventions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.metrics import METRIC_NAMES
from tests.analysis.pairs_on_disk import NOTHING, cube, save
from tests.command_line import metrics, refused, run

pytestmark = pytest.mark.usefixtures("kernels")


def cells(text: str) -> dict[str, list[str]]:
    """Return the cells of a printed table by metric."""
    return {line.split()[0]: line.split()[1:] for line in text.splitlines()[1:]}


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    return save(tmp_path / "reference.nii.gz", cube())


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    return save(tmp_path / "mask.nii.gz", cube(1))


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return save(tmp_path / "empty.nii.gz", NOTHING)


def test_metrics_are_lines_and_structures_columns(tmp_path: Path, reference: Path):
    half = cube()
    half[half == 2] = 0
    mask = save(tmp_path / "half.nii.gz", half)
    told = run("measure", reference, mask, *metrics("dsc", "hd_mm", "voxels", "recognised"))
    assert told.exit_code == 0
    assert told.stdout.splitlines() == [
        "            label_1  label_2",
        "dsc               1        0",
        "hd_mm             0      inf",
        "voxels           32        0",
        "recognised      yes       no",
        "label_2: the mask is empty",
    ]


def test_numbers_have_four_digits(tmp_path: Path):
    small, large = (save(tmp_path / f"{n}.nii.gz", cube(side=n).clip(max=1)) for n in (3, 4))
    names = ("dsc", "hd_mm", "reference_volume_ml", "added_ml")
    told = run("measure", large, small, *metrics(*names))
    # 27 voxels of 64 are shared; a corner lies a voxel off along each axis.
    assert [value for (value,) in cells(told.stdout).values()] == [
        "0.5934",
        "2.449",
        "0.128",
        "0.074",
    ]


def test_without_options_every_metric_is_printed(reference: Path, mask: Path):
    assert tuple(cells(run("measure", reference, mask).stdout)) == METRIC_NAMES


def test_json_says_by_which_conventions_too(reference: Path, mask: Path):
    told = json.loads(run("measure", reference, mask, "--json").stdout)
    assert list(told) == ["structures", "over_structures", "settings", "note"]
    assert [list(row) for row in told["structures"]] == [["structure", *METRIC_NAMES, "note"]] * 2
    assert list(told["over_structures"]) == ["mean", "weighted", "worst"]
    dsc = [row["dsc"] for row in told["structures"]]
    ml = [row["reference_volume_ml"] for row in told["structures"]]
    assert told["over_structures"]["mean"]["dsc"] == pytest.approx(np.mean(dsc))
    assert told["over_structures"]["weighted"]["dsc"] == pytest.approx(np.average(dsc, weights=ml))
    assert told["over_structures"]["worst"]["dsc"] == min(dsc)
    assert told["settings"] == {
        "metrics": list(METRIC_NAMES),
        "empty": "plain",
        "lesions": {"dilations": 3, "smallest_mm3": 50.0, "penalty_mm": 374.0, "connectivity": 26},
        "strict": False,
    }
    assert told["note"] == ""


@pytest.mark.parametrize("name", ["dsc", "voxels", "reference_volume_ml"])
def test_json_of_one_metric(reference: Path, mask: Path, name):
    told = json.loads(run("measure", reference, mask, "--metric", name, "--json").stdout)
    assert [set(row) for row in told["structures"]] == [{"structure", name, "note"}] * 2
    assert told["settings"]["metrics"] == [name]


def test_asked_metrics_are_given_once_and_in_that_order(reference: Path, mask: Path):
    names = ("hd99_mm", "dsc", "nsd_0.5mm", "dsc", "lesion_f1_iou10")
    told = cells(run("measure", reference, mask, *metrics(*names)).stdout)
    assert list(told) == ["hd99_mm", "dsc", "nsd_0.5mm", "lesion_f1_iou10"]


def test_further_tolerances_are_in_both_conventions(reference: Path, mask: Path):
    options = (*metrics("dsc", "nsd_2.5mm"), "--tolerance", "2.5", "--tolerance", "0")
    told = cells(run("measure", reference, mask, *options).stdout)
    assert list(told) == ["dsc", "nsd_2.5mm", "nsd_0mm", "nsd_surfel_2.5mm", "nsd_surfel_0mm"]
    assert told["nsd_2.5mm"] == ["1", "1"]
    assert all(float(value) < 1 for value in told["nsd_0mm"])
    added = cells(run("measure", reference, mask, "--tolerance", "2.5").stdout)
    assert tuple(added) == (*METRIC_NAMES, "nsd_2.5mm", "nsd_surfel_2.5mm")


@pytest.mark.parametrize(
    ("convention", "missed", "absent"),
    [
        ("plain", ("0", "inf"), ("nan", "nan")),
        ("metrics-reloaded", ("0", "nan"), ("1", "0")),
        ("brats", ("0", "374"), ("1", "0")),
        ("monai", ("0", "nan"), ("nan", "nan")),
    ],
)
def test_conventions_for_what_is_absent(reference, empty, convention, missed, absent):
    told = run(
        "measure", reference, empty, "--scheme", "brats", "--empty", convention,
        *metrics("dsc", "hd95_mm"),
    )  # fmt: skip
    lines = told.stdout.splitlines()
    assert lines[0].split() == ["WT", "TC", "ET"]
    columns = list(zip(*(line.split()[1:] for line in lines[1:3]), strict=True))
    assert columns == [missed, missed, absent]  # the reference has no label 3
    assert lines[3:] == [
        "WT: the mask is empty",
        "TC: the mask is empty",
        "ET: both masks are empty",
    ]


def test_without_a_structure_there_is_nothing_to_measure(empty: Path):
    told = run("measure", empty, empty)
    assert (told.exit_code, told.stdout) == (0, "Both masks are empty.\n")
    told = run("measure", empty, empty, "--json")
    assert json.loads(told.stdout) == {"structures": [], "note": "both masks are empty"}


@pytest.mark.parametrize(
    ("rule", "lesions"), [(None, 1), ("brats2023", 1), ("brats2023-men", 2), ("brats2023-met", 3)]
)
def test_how_lesions_are_told_apart(tmp_path: Path, rule, lesions):
    labels = np.zeros((34, 10, 10), np.uint8)
    labels[2:6, 2:6, 2:6] = labels[10:14, 2:6, 2:6] = 1  # 4 mm apart, 64 mm3 each
    labels[28:30, 2:4, 2:4] = 1  # 8 mm3
    spotted = save(tmp_path / "spots.nii.gz", labels, (1, 1, 1))
    options = ("--lesions", rule) if rule else ()
    told = run("measure", spotted, spotted, "--metric", "lesions", *options)
    assert cells(told.stdout) == {"lesions": [str(lesions)]}


def test_a_tolerance_is_met_up_to_the_rounding_of_a_header_unless_strict(tmp_path: Path):
    one, other = np.zeros((2, 12, 12, 12), np.uint8)
    one[3:7, 3:7, 3:7] = 1
    other[3:8, 3:7, 3:7] = 1
    spacing = (1.0000005, 1, 1)
    pair = save(tmp_path / "one.nii", one, spacing), save(tmp_path / "other.nii", other, spacing)
    names = metrics("nsd_1mm", "nsd_surfel_1mm")
    lenient = cells(run("measure", *pair, *names).stdout)
    assert lenient == {"nsd_1mm": ["1"], "nsd_surfel_1mm": ["1"]}
    strict = cells(run("measure", *pair, *names, "--strict").stdout)
    assert all(float(value) < 1 for (value,) in strict.values())
    told = json.loads(run("measure", *pair, *names, "--strict", "--json").stdout)
    assert told["settings"]["strict"] is True


def test_a_scheme_is_a_preset_or_a_file(reference: Path, mask: Path, tmp_path: Path):
    scheme = tmp_path / "mine.toml"
    scheme.write_text('name = "mine"\n[labels]\n1 = "grey matter"\n2 = "rest"\n', "utf-8")
    for name, structures in (("brats", ["WT", "TC", "ET"]), (scheme, ["grey_matter", "rest"])):
        told = run("measure", reference, mask, "--scheme", name, "--metric", "dsc")
        assert told.stdout.splitlines()[0].split() == structures
    scheme.write_text('name = "mine"\n[labels]\n1 = "grey matter"\n', "utf-8")
    (problem,) = refused("measure", reference, mask, "--scheme", scheme)
    assert problem.startswith(f"{reference}: Label 2 is not in the label scheme 'mine'")
    (problem,) = refused("measure", reference, mask, "--scheme", "bats")
    assert "There is no label scheme 'bats'" in problem
    (problem,) = refused("measure", reference, mask, "--scheme", tmp_path / "no.toml")
    assert "no.toml" in problem


def test_every_value_that_does_not_exist_is_told_at_once(reference: Path, mask: Path):
    wrong = (
        *metrics("dice", "dsc", "hd101_mm", "nsd_mm"),
        *("--tolerance", "wide", "--empty", "full", "--lesions", "large"),
    )
    problems = refused("measure", reference, mask, *wrong)
    told = " ".join(problems)
    for value in ("dice", "hd101_mm", "nsd_mm", "nsd_widemm", "full", "large"):
        assert told.count(f"'{value}'") == 1
    assert "'dsc'" not in told
    result = run("measure", reference, mask, *wrong, "--json")
    assert json.loads(result.stdout)["problems"] == problems
    assert run("measure", reference, mask, "--jobs", "-1").exit_code == 2


def test_masks_that_do_not_lie_on_each_other(reference: Path, tmp_path: Path):
    other = save(tmp_path / "other.nii.gz", cube(), (1, 1, 3))
    (problem,) = refused("measure", reference, other)
    assert problem.startswith(f"{other} against {reference}: ")
