"""`rater-app measure` and `analyse` of a study: a table or a report, whole or not, and resumed."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from analysis.measuring import run as measuring
from tests.analysis.pairs_on_disk import NOTHING, cube, read_rows, save, write_cases
from tests.analysis.small_study import CASES, write_small_study
from tests.command_line import metrics, refused, run

pytestmark = pytest.mark.usefixtures("kernels")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Three cases with two masks each, of which two are damaged."""
    table = write_cases(tmp_path / "study", cases=3)
    for name in ("c01-m0", "c02-m1"):
        (table.parent / "masks" / f"{name}.nii.gz").write_bytes(b"no image")
    return table


def test_two_masks_are_printed_and_a_study_is_written(study: Path, tmp_path: Path):
    mask = save(tmp_path / "m.nii.gz", cube())
    (problem,) = refused("measure", mask, mask, "-o", tmp_path / "T.csv")
    assert problem == "-o is for a study; two masks are printed."
    (problem,) = refused("measure", study)
    assert problem == "Name two masks, or a study and the table to write: -o TABLE.csv."
    (problem,) = refused("measure", study, "-o", tmp_path / "T.xlsx")
    assert problem.endswith("T.xlsx: name a .csv file for the table")
    assert not list(tmp_path.glob("T.*"))


def test_pairs_that_fail_are_counted_and_told_in_the_table(study: Path, tmp_path: Path):
    output = tmp_path / "out" / "T.csv"
    told = run("measure", study, "-o", output, *metrics("dsc", "voxels"), "--jobs", 1)
    assert (told.exit_code, told.stdout) == (0, f"{output}\n")
    assert told.stderr.endswith("2 of 6 pairs were not measured; their notes say why.\n")
    rows = read_rows(output)
    failed = [(row["case"], row["model"]) for row in rows if row["note"]]
    assert failed == [("c01", "m0"), ("c02", "m1")]
    measured = {(row["case"], row["model"]) for row in rows if row["dsc"]}
    assert len(measured) == 4
    told = run("measure", study, "-o", output, "--metric", "dsc", "--json")
    assert (told.exit_code, json.loads(told.stdout)) == (
        0,
        {"table": str(output), "pairs": 6, "not_measured": 2},
    )


def test_a_study_without_a_failure_has_nothing_to_complain_of(tmp_path: Path):
    table = write_cases(tmp_path, cases=2)
    told = run("measure", table, "-o", tmp_path / "T.csv", "--metric", "dsc")
    assert told.exit_code == 0
    assert "not measured" not in told.stderr


def test_the_options_reach_a_study(tmp_path: Path):
    table = write_cases(tmp_path, cases=2)
    save(tmp_path / "masks" / "c01-m1.nii.gz", NOTHING)
    output = tmp_path / "T.csv"
    run(
        "measure", table, "-o", output, *metrics("dsc", "hd_mm", "lesions"), "--tolerance", "3",
        "--empty", "brats", "--lesions", "brats2023-met", "--strict", "--scheme", "lits",
    )  # fmt: skip
    rows = read_rows(output)
    assert {row["structure"] for row in rows} == {"liver", "tumour"}
    assert {row["hd_mm"] for row in rows[-2:]} == {"374.0"}
    assert "nsd_surfel_3mm" in rows[0]
    about = json.loads(output.with_suffix(".json").read_text("utf-8"))
    assert about["scheme"]["name"] == "lits"
    assert about["settings"] == {
        "metrics": ["dsc", "hd_mm", "lesions", "nsd_3mm", "nsd_surfel_3mm"],
        "empty": "brats",
        "lesions": {"dilations": 1, "smallest_mm3": 2.0, "penalty_mm": 374.0, "connectivity": 26},
        "strict": True,
    }


def test_the_problems_of_a_study_are_told_whole(tmp_path: Path):
    (tmp_path / "pairs.csv").write_text(
        "case,model,reference_mask,mask\nc1,a,r.nii,m.nii\nc1,a,r.nii,n.nii\n", "utf-8"
    )
    wrong = ("measure", tmp_path / "pairs.csv", "-o", tmp_path / "T.csv")
    told = run(*wrong)
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr.endswith("4 problems. Nothing was written.\n")
    assert len(json.loads(run(*wrong, "--json").stdout)["problems"]) == 4
    for study in (tmp_path, tmp_path / "nowhere"):
        told = run("measure", study, "-o", tmp_path / "T.csv")
        assert told.exit_code == 2
        assert told.stderr.endswith("Nothing was written.\n")
    good = write_cases(tmp_path / "good", cases=1)
    told = run("measure", good, "-o", tmp_path / "T.csv", "--scheme", "bats")
    assert told.exit_code == 2
    assert "There is no label scheme 'bats'" in told.stderr
    assert not list(tmp_path.glob("T.*"))


def test_a_folder_in_the_way_is_exit_1(tmp_path: Path):
    table = write_cases(tmp_path, cases=1)
    (tmp_path / "T.csv").mkdir()
    told = run("measure", table, "-o", tmp_path / "T.csv", "--metric", "dsc")
    assert (told.exit_code, told.stdout) == (1, "")
    assert f"{tmp_path / 'T.csv'} cannot be written" in told.stderr


def test_a_stopped_study_says_what_to_do(tmp_path: Path, monkeypatch):
    table = write_cases(tmp_path, cases=3)
    command = ("measure", table, "-o", tmp_path / "T.csv", "--metric", "dsc")
    measure = measuring.measure_task

    def stop_at_c02(task, **about):
        if task.case == "c02":
            raise KeyboardInterrupt
        return measure(task, **about)

    monkeypatch.setattr(measuring, "measure_task", stop_at_c02)
    told = run(*command)
    assert (told.exit_code, told.stdout) == (1, "")
    assert told.stderr.endswith(
        "Stopped after 4 of 6 pairs; run the same command again to go on.\n"
    )
    assert not (tmp_path / "T.csv").exists()
    monkeypatch.setattr(measuring, "measure_task", measure)
    assert run(*command).exit_code == 0
    assert len(read_rows(tmp_path / "T.csv")) == 12


def test_a_report_follows_the_conventions_and_goes_on_where_it_was_stopped(
    tmp_path: Path, monkeypatch
):
    write_small_study(tmp_path / "handover")
    report = tmp_path / "report"
    command = ("analyse", tmp_path / "handover", "-o", report, "--jobs", 1)
    command += ("--empty", "brats", "--lesions", "brats2023-met")
    measure, measured = measuring.measure_task, []

    def stop_once_at_c05(task, **about):
        measured.append(task.case)
        if measured == CASES[:6]:
            raise KeyboardInterrupt
        return measure(task, **about)

    monkeypatch.setattr(measuring, "measure_task", stop_once_at_c05)
    told = run(*command)
    assert (told.exit_code, told.stdout) == (1, "")
    sentence = "Stopped after 50 of 120 pairs; run the same command again to go on.\n"
    assert told.stderr.endswith(sentence)
    assert not report.exists()
    again = run(*command)
    assert (again.exit_code, again.stdout) == (0, f"{report / 'report.html'}\n")
    assert measured == [*CASES[:6], *CASES[5:]]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["handover", "report"]
    settings = json.loads((report / "results.json").read_text("utf-8"))["settings"]
    assert settings["measured_by"]["empty"] == "brats"
    assert settings["measured_by"]["lesions"]["smallest_mm3"] == 2.0
    with (report / "tables" / "measurements.csv").open(encoding="utf-8", newline="") as stream:
        distances = {row["hd_mm"] for row in csv.DictReader(stream)}
    assert "374.0" in distances
    assert "inf" not in distances


def test_a_report_refuses_conventions_that_do_not_exist(tmp_path: Path):
    wrong = ("--empty", "full", "--lesions", "large")
    problems = refused("analyse", tmp_path / "handover", "-o", tmp_path / "report", *wrong)
    assert [("'full'" in each, "'large'" in each) for each in sorted(problems)] == [
        (True, False),
        (False, True),
    ]
