"""The long table of measurements: columns, cells, units, and that it is whole or not there."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from analysis.measuring import (
    measure_cases,
    measure_study,
    measurement_frame,
    read_pairs,
    write_measurements,
)
from analysis.metrics import METRIC_NAMES, MetricSettings, metric
from analysis.regions import LabelScheme
from analysis.tables import HandoverError, unguard_text
from tests.analysis.pairs_on_disk import (
    NOTHING,
    cube,
    read_rows,
    save,
    write_cases,
    write_pairs,
    write_two_toml,
)
from tests.analysis.small_study import SCHEME

SOME = MetricSettings(("dsc", "hd_mm", "voxels", "reference_voxels", "recognised"))
TWO = LabelScheme.from_dict(SCHEME)


def test_the_long_table_has_every_metric_and_beside_it_its_units(tmp_path: Path):
    table = write_cases(tmp_path, cases=2)
    output = tmp_path / "new" / "T.csv"
    assert measure_study(table, output, jobs=1) == (0, 4)
    columns = ("case", "model", "prompt", "reference", "structure", *METRIC_NAMES, "note")
    with output.open(newline="", encoding="utf-8") as stream:
        lines = list(csv.reader(stream))
    assert tuple(lines[0]) == columns
    assert [line[:5] for line in lines[1:]] == [
        [f"c{case:02}", f"m{model}", "", "", f"label_{label}"]
        for case in range(2)
        for model in range(2)
        for label in (1, 2)
    ]
    about = json.loads(output.with_suffix(".json").read_text("utf-8"))
    assert about["units"] == {name: metric(name).unit for name in METRIC_NAMES}
    assert {about["units"][name] for name in ("hd_mm", "dsc", "volume_ml")} == {"mm", "1", "mL"}
    assert about["settings"]["lesions"]["penalty_mm"] == 374.0
    assert (about["settings"]["empty"], about["scheme"]) == ("plain", None)
    assert sorted(path.name for path in output.parent.iterdir()) == ["T.csv", "T.json"]


def test_cells_without_a_value_are_empty_and_infinite_ones_say_so(tmp_path: Path):
    save(tmp_path / "full.nii.gz", cube())
    save(tmp_path / "none.nii.gz", NOTHING)
    pair = {"case": "=1+1", "model": "-m", "prompt": "+text", "reference": "@home"}
    table = write_pairs(
        tmp_path / "pairs.csv",
        [
            pair | {"reference_mask": "full.nii.gz", "mask": "none.nii.gz"},
            pair | {"case": "b", "reference_mask": "none.nii.gz", "mask": "none.nii.gz"},
        ],
    )
    scheme, output = write_two_toml(tmp_path), tmp_path / "T.csv"
    assert measure_study(table, output, scheme, SOME, jobs=1) == (0, 2)
    rows = read_rows(output)
    texts = {"case": "'=1+1", "model": "'-m", "prompt": "'+text", "reference": "'@home"}
    values = {"dsc": "0.0", "hd_mm": "inf", "voxels": "0", "recognised": "0"}
    whole = {"structure": "all", "reference_voxels": "64", "note": "the mask is empty"}
    assert rows[0] == texts | whole | values
    assert unguard_text(rows[0]["case"]) == "=1+1"
    assert (rows[2]["dsc"], rows[2]["hd_mm"], rows[2]["voxels"]) == ("", "", "0")
    assert (rows[2]["recognised"], rows[2]["note"]) == ("1", "both masks are empty")
    assert json.loads(output.with_suffix(".json").read_text("utf-8"))["scheme"] == TWO.to_dict() | {
        "structures": [
            {"name": "all", "title": "all", "labels": [1, 2]},
            {"name": "core", "title": "core", "labels": [1]},
        ]
    }


def test_a_frame_of_measurements_has_real_numbers(tmp_path: Path):
    frame = measurement_frame(
        measure_cases(read_pairs(write_cases(tmp_path, cases=1)), None, SOME), SOME
    )
    assert {str(frame[name].dtype) for name in SOME.metrics} == {"float64"}
    assert frame["recognised"].tolist() == [1.0, 1.0, 1.0, 1.0]
    empty = measurement_frame([], SOME)
    assert list(empty.columns) == list(frame.columns)
    assert empty["dsc"].dtype == np.float64


def test_a_pair_that_fails_counts_once_however_many_structures_it_has(tmp_path: Path):
    table = write_cases(tmp_path, cases=2)
    (tmp_path / "masks" / "c01-m1.nii.gz").write_bytes(b"no image")
    save(tmp_path / "masks" / "c00-m0.nii.gz", NOTHING)  # a note, but a measurement
    assert measure_study(table, tmp_path / "T.csv", "lits", SOME, jobs=1) == (1, 4)
    assert len(read_rows(tmp_path / "T.csv")) == 8


def test_a_previous_table_is_replaced(tmp_path: Path):
    output = tmp_path / "new" / "T.csv"
    write_measurements(output, [], None, SOME)
    previous = output.read_bytes()
    table = write_cases(tmp_path, cases=1)
    measure_study(table, output, settings=SOME, jobs=1)
    assert output.read_bytes().startswith(previous)
    assert len(read_rows(output)) == 4


def test_a_table_appears_whole_or_not_at_all(tmp_path: Path):
    output = tmp_path / "T.csv"
    good = {name: 1.0 for name in SOME.metrics} | {"structure": "s", "note": ""}
    good |= {"case": "c", "model": "m", "prompt": "", "reference": ""}
    write_measurements(output, [good], None, SOME)
    before = output.read_bytes()
    half = [good, {"case": "a row that lacks the other columns"}]
    with pytest.raises(ValueError, match="row and columns differ"):
        write_measurements(output, half, None, SOME)
    assert output.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["T.csv", "T.json"]


def test_a_table_that_could_not_be_written_leaves_the_word_on_the_previous_one(tmp_path: Path):
    output = tmp_path / "T.csv"
    write_measurements(output, [], None, SOME)
    before = output.with_suffix(".json").read_bytes()
    with pytest.raises(ValueError, match="row and columns differ"):
        write_measurements(output, [{"case": "c"}], TWO, MetricSettings(("dsc",), "brats"))
    assert output.with_suffix(".json").read_bytes() == before


def test_a_folder_in_the_way_of_the_table_leaves_nothing_half(tmp_path: Path):
    table = write_cases(tmp_path / "study", cases=1)
    output = tmp_path / "out" / "T.csv"
    output.mkdir(parents=True)
    with pytest.raises(OSError, match=r"T\.csv"):
        measure_study(table, output, settings=SOME, jobs=1)
    assert list(output.iterdir()) == []
    assert {path.name for path in output.parent.iterdir()} <= {
        "T.csv",
        "T.json",
        ".T.csv.measured",
    }
    output.rmdir()
    assert measure_study(table, output, settings=SOME, jobs=1) == (0, 2)
    assert sorted(path.name for path in output.parent.iterdir()) == ["T.csv", "T.json"]


def test_a_study_with_problems_leaves_nothing_behind(tmp_path: Path):
    (tmp_path / "pairs.csv").write_text("case\n", "utf-8")
    for study in (tmp_path / "pairs.csv", tmp_path / "nowhere", tmp_path):
        with pytest.raises(HandoverError):
            measure_study(study, tmp_path / "out" / "T.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["pairs.csv"]


def test_the_table_does_not_replace_the_table_of_pairs(tmp_path: Path):
    table = write_cases(tmp_path, cases=1)
    before = table.read_bytes()
    with pytest.raises(HandoverError):
        measure_study(table, table, settings=SOME, jobs=1)
    assert table.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "lost"), [("masks.csv", "masks.csv"), ("study.csv", "study.json")]
)
def test_the_table_does_not_replace_a_part_of_the_hand_over(
    handover: Path, tmp_path: Path, name, lost
):
    study = shutil.copytree(handover, tmp_path / "handover")
    before = (study / lost).read_bytes()
    with pytest.raises(HandoverError):
        measure_study(study, study / name, settings=MetricSettings(("dsc",)), jobs=1)
    assert (study / lost).read_bytes() == before


def test_only_csv_is_written(tmp_path: Path):
    table = write_cases(tmp_path, cases=1)
    for name in ("T.xlsx", "T", "T.csv.gz"):
        with pytest.raises(HandoverError, match=r"name a \.csv file"):
            measure_study(table, tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["masks", "pairs.csv"]
