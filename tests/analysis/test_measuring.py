"""From the masks of a study to one long table: what is measured, and what a failure leaves."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.measuring import (
    CaseTask,
    handover_scheme,
    handover_tasks,
    measure_cases,
    measure_study,
    read_pairs,
    worker,
)
from analysis.metrics import MetricSettings, measure_pair
from analysis.regions import LabelScheme
from analysis.tables import HandoverError, load_handover
from analysis.typed_csv import write_table
from analysis.volumes import read_labels
from tests.analysis.pairs_on_disk import (
    cube,
    save,
    write_cases,
    write_pairs,
    write_two_toml,
)
from tests.analysis.small_study import SCHEME

SOME = MetricSettings(("dsc", "hd_mm", "voxels", "reference_voxels", "recognised"))
TWO = LabelScheme.from_dict(SCHEME)


def test_a_hand_over_and_its_pairs_give_the_same_rows_and_those_of_each_pair(
    handover: Path, tmp_path: Path
):
    loaded = load_handover(handover)
    both = loaded.masks.sort_values(["case", "model"]).merge(
        loaded.references, on="case", suffixes=("", "_reference")
    )
    pairs = [
        {
            "case": row["case"],
            "model": row["model"],
            "reference": row["reference"],
            "reference_mask": str(handover / row["mask_reference"]),
            "mask": str(handover / row["mask"]),
        }
        for row in both.to_dict("records")
    ]
    table = write_pairs(tmp_path / "pairs.csv", pairs)
    one, other = tmp_path / "handover-table.csv", tmp_path / "pairs-table.csv"
    assert measure_study(handover, one, settings=SOME, jobs=1) == (0, 120)
    scheme = write_two_toml(tmp_path)
    assert measure_study(table, other, scheme, settings=SOME, jobs=1) == (0, 120)
    assert one.read_bytes() == other.read_bytes()
    expected = [
        {"case": pair["case"], "model": pair["model"], "prompt": "", "reference": pair["reference"]}
        | row
        for pair in pairs
        for row in measure_pair(
            read_labels(Path(pair["reference_mask"])), read_labels(Path(pair["mask"])), TWO, SOME
        )
    ]
    write_table(tmp_path / "expected.csv", expected, list(expected[0]))
    assert one.read_bytes() == (tmp_path / "expected.csv").read_bytes()


def test_cases_of_a_hand_over_are_sorted_whatever_its_tables_are(handover: Path):
    loaded = load_handover(handover)
    upside_down = replace(loaded, masks=loaded.masks[::-1], references=loaded.references[::-1])
    tasks = handover_tasks(upside_down)
    assert tasks == handover_tasks(loaded)
    assert [task.case for task in tasks] == [f"c{n:02}" for n in range(12)]
    assert [name for name, _ in tasks[0].references] == ["E1", "E2"]
    models = ["expert", "pv-a", "pv-b", "vl-a", "vl-b"]
    assert [model for model, _, _ in tasks[0].masks] == models


def test_a_case_without_a_reference_is_no_pair(handover: Path):
    loaded = load_handover(handover)
    rest = loaded.references[loaded.references["case"] != "c03"]
    tasks = handover_tasks(replace(loaded, references=rest))
    assert [task.case for task in tasks] == [f"c{n:02}" for n in range(12) if n != 3]


@pytest.mark.parametrize(
    ("asked", "measured"), [(("core",), ["core"]), ((), ["all", "core"]), (("all", "core"),) * 2]
)
def test_structures_that_the_study_asks_about(handover: Path, asked, measured):
    loaded = load_handover(handover)
    scheme = handover_scheme(
        replace(loaded, description=replace(loaded.description, structures=asked))
    )
    assert scheme is not None
    assert [structure.name for structure in scheme.structures] == list(measured)


def test_a_hand_over_without_a_scheme_or_with_a_wrong_one(handover: Path):
    loaded = load_handover(handover)

    def scheme_of(scheme):
        return handover_scheme(
            replace(loaded, description=replace(loaded.description, scheme=scheme))
        )

    assert scheme_of(None) is None
    with pytest.raises(HandoverError, match=r"^study\.json: the label scheme cannot be used: "):
        scheme_of({"name": "x", "labels": {"0": "background"}})


def test_every_file_of_a_case_is_read_once(tmp_path: Path, monkeypatch):
    files = [save(tmp_path / f"{name}.nii.gz", cube()) for name in ("r1", "r2", "m", "n")]
    read = []

    def counted(path):
        read.append(path)
        return read_labels(path)

    monkeypatch.setattr(worker, "read_labels", counted)
    references = tuple((path.stem, path) for path in files[:2])
    masks = tuple((path.stem, "", path) for path in files[2:])
    rows = measure_cases([CaseTask("c", references, masks)], TWO, SOME)
    assert len(rows) == 8
    assert read == files


def test_a_pair_that_fails_is_a_row_with_a_reason_and_the_rest_goes_on(tmp_path: Path):
    unknown = cube()
    unknown[0, 0, 0] = 7
    files = {
        "good": save(tmp_path / "good.nii.gz", cube(1)),
        "off": save(tmp_path / "off.nii.gz", cube(), (1, 1, 2.5)),
        "small": save(tmp_path / "small.nii.gz", cube()[:, :, :-1]),
        "unknown": save(tmp_path / "unknown.nii.gz", unknown),
        "gone": tmp_path / "gone.nii.gz",
        "damaged": save(tmp_path / "damaged.nii.gz", cube()),
        "last": save(tmp_path / "last.nii.gz", cube()),
    }
    files["damaged"].write_bytes(files["damaged"].read_bytes()[:-20])
    broken = tmp_path / "broken.nii.gz"
    broken.write_bytes(b"no image")
    reference = save(tmp_path / "reference.nii.gz", cube())
    task = CaseTask(
        "c1",
        (("fine", reference), ("broken", broken), ("odd", files["unknown"])),
        tuple((name, "", path) for name, path in files.items()),
    )
    rows = measure_cases([task], TWO, SOME)
    assert [(row["model"], row["reference"], row["structure"]) for row in rows] == [
        (model, name, structure)
        for model in files
        for name in ("fine", "broken", "odd")
        for structure in ("all", "core")
    ]
    notes = {(row["model"], row["reference"]): row["note"] for row in rows}
    reasons = {
        "good": "",
        "off": f"not measured: {files['off']} against {reference}: ",
        "small": f"not measured: {files['small']} against {reference}: ",
        "unknown": f"not measured: {files['unknown']}: Label 7 is not in the label scheme 'two'",
        "gone": f"not measured: {files['gone']}: ",
        "damaged": f"not measured: {files['damaged']}: ",
        "last": "",
    }
    for model, reason in reasons.items():
        assert notes[model, "fine"].startswith(reason)
        assert bool(reason) == bool(notes[model, "fine"])
        assert notes[model, "broken"].startswith(f"not measured: {broken}: ")
        assert notes[model, "odd"].startswith("not measured: ")
    assert "Label 7" in notes["good", "odd"]
    assert notes["good", "odd"].startswith(f"not measured: {files['unknown']}: ")
    assert str(files["gone"]) in notes["gone", "broken"]  # both reasons
    for row in rows:
        if row["note"]:
            assert all(math.isnan(row[name]) for name in SOME.metrics)
    alone = measure_cases([CaseTask("c1", task.references[:1], task.masks[:1])], TWO, SOME)
    assert rows[:2] == alone
    assert [row["dsc"] for row in rows[-6:-4]] == [1.0, 1.0]


def test_a_fault_of_ours_is_a_reason_too(tmp_path: Path, monkeypatch):
    table = write_cases(tmp_path, cases=2, models=1)

    def fail(*_):
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr("analysis.metrics.structure_pair.surface_distances", fail)
    rows = measure_cases(read_pairs(table), None, SOME)
    assert [row["note"] for row in rows] == [
        "not measured: an unexpected fault (ZeroDivisionError: by nothing); please report it."
    ] * 2
    assert [row["structure"] for row in rows] == ["", ""]
