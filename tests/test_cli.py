"""The command line: results on standard output, problems on standard error, exit 0, 1 or 2."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from analysis.volumes import Volume, write_nifti_gz
from rater_app.cli import serving
from rater_app.cli.app import app
from rater_app.core.reading import Answer
from rater_app.reading_room import ReadingRoom
from tests.study_on_disk import CASES, MODELS, write_study

COMMANDS = (
    "init",
    "check",
    "prepare",
    "invite",
    "serve",
    "status",
    "review",
    "package",
    "merge",
    "export",
    "measure",
    "analyse",
    "demo",
)
MASK = f"{next(iter(MODELS))}_seg_of_case_{CASES[0]}.nii.gz"
REFERENCE = f"expert_outline_{CASES[0]}.nii.gz"
IMAGE = f"{CASES[0]}_T1.nii.gz"


def run(*arguments: object):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_study(tmp_path / "study").folder


@pytest.fixture
def room(study: Path, tmp_path: Path) -> Path:
    result = run("prepare", study, "--room", tmp_path / "room", "--key", tmp_path / "key.json")
    assert result.exit_code == 0, result.stderr
    assert "cases 5, masks 20, raters 2, readings 44" in result.stdout
    assert "Reading images" in result.stderr
    return tmp_path / "room"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_its_arguments(command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Usage: " in result.stdout
    undescribed = [
        line
        for line in result.stdout.splitlines()
        if line.startswith("  ") and line.strip().startswith(("-", "{")) and len(line.split()) == 1
    ]
    assert undescribed == []


def test_help_lists_every_command():
    result = run("--help")
    assert [c for c in COMMANDS if f"\n  {c} " in result.stdout] == list(COMMANDS)
    assert (
        "..." not in result.stdout.partition("Commands:")[2]
    )  # each says what it does in one whole sentence


def test_from_a_study_to_a_report(room: Path, tmp_path: Path):
    links = json.loads(run("invite", room, "--json").stdout)["invitations"]
    assert [link["rater"] for link in links] == ["R1", "R2"]
    assert links[0]["link"].startswith("http://127.0.0.1:8501/invite/")
    reading_room = ReadingRoom(room)
    token = links[0]["link"].rpartition("/")[2]
    assert reading_room.invited_rater(token).id == "R1"
    for rater in ("R1", "R2"):
        while (assignment := reading_room.next(rater)) is not None:
            reading_room.open(rater, assignment.code)
            level = 1 + (assignment.position + len(rater)) % 4
            reading_room.submit(rater, assignment.code, [Answer("quality", values=(level,))], 0)
    reading_room.close()
    status = json.loads(run("status", room, "--json").stdout)["raters"]
    assert [(row["rater"], row["done"], row["total"]) for row in status] == [
        ("R1", 22, 22),
        ("R2", 22, 22),
    ]
    key, handover, report = tmp_path / "key.json", tmp_path / "handover", tmp_path / "report"
    exported = run("export", room, "--key", key, "-o", handover)
    assert "44 of 44 readings submitted, 88 ratings, 20 masks" in exported.stdout
    analysed = run("analyse", handover, "-o", report)
    assert analysed.exit_code == 0, analysed.stderr
    assert analysed.stdout == f"{report / 'report.html'}\n"
    assert json.loads((report / "results.json").read_text("utf-8"))["results"]


def test_status_of_a_room_that_nobody_entered(room: Path):
    lines = run("status", room).stdout.splitlines()
    assert lines[0].split() == ["R1", "0", "of", "22", "last", "seen", "never"]


def test_one_rater_is_invited_at_another_address(room: Path):
    result = run("invite", room, "--rater", "R2", "--url", "https://study.example/")
    assert result.stdout.startswith("Dr Two  https://study.example/invite/")
    assert len(result.stdout.splitlines()) == 1
    unknown = run("invite", room, "--rater", "R9")
    assert unknown.exit_code == 1
    assert unknown.stderr == "The study has no rater “R9”. Its raters are: R1, R2.\n"
    several = run("invite", room, "--rater", "R1", "--rater", "R8", "--rater", "R9")
    assert (several.exit_code, several.stdout) == (1, "")
    assert "no rater “R8”, “R9”" in several.stderr


def test_a_broken_study_is_told_whole_and_nothing_is_written(study: Path, tmp_path: Path):
    (study / IMAGE).unlink()
    text = (study / "study.toml").read_text("utf-8")
    (study / "study.toml").write_text(text.replace("brats", "bats"), "utf-8")
    before = sorted(tmp_path.iterdir())
    result = run("prepare", study, "--room", tmp_path / "room", "--key", tmp_path / "key.json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "there is no label scheme 'bats'".casefold() in result.stderr.casefold()
    assert "images.csv, line 2: " in result.stderr
    assert result.stderr.endswith("Nothing was written.\n")
    assert sorted(tmp_path.iterdir()) == before


def test_a_room_in_the_way_is_exit_1(study: Path, room: Path, tmp_path: Path):
    result = run("prepare", study, "--room", room, "--key", tmp_path / "key2.json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "exists already" in result.stderr


@pytest.mark.parametrize("command", ["invite", "status", "serve"])
def test_a_folder_that_is_no_room(command, tmp_path: Path):
    result = run(command, tmp_path)
    assert result.exit_code == 1
    assert result.stderr == f"{tmp_path} is not a room: build one with “rater-app prepare”.\n"


def test_export_with_the_wrong_key(room: Path, tmp_path: Path):
    wrong = run("export", room, "--key", tmp_path / "study" / "study.toml", "-o", tmp_path / "h")
    assert wrong.exit_code == 2
    assert "is not an unblinding key" in wrong.stderr
    assert not (tmp_path / "h").exists()


def test_check_names_every_problem(study: Path):
    fit = run("check", study / IMAGE, study / REFERENCE, "--scheme", "brats")
    assert (fit.exit_code, fit.stdout) == (0, "The pair is fit for a study.\n")
    found = run("check", study / "none.nii", study / "no.nii", "--json")
    assert found.exit_code == 2
    assert len(json.loads(found.stdout)["problems"]) == 2
    assert found.stderr.count("there is no such file") == 2
    other = run("check", study / IMAGE, study / REFERENCE, "--scheme", "bats")
    assert other.exit_code == 2
    assert "no label scheme 'bats'" in other.stderr


def test_measure(study: Path):
    rows = json.loads(
        run("measure", study / REFERENCE, study / REFERENCE, "--scheme", "brats", "--json").stdout
    )["structures"]
    assert [(row["structure"], row["dsc"], row["hd95_mm"]) for row in rows] == [
        ("WT", 1.0, 0.0),
        ("TC", 1.0, 0.0),
        ("ET", 1.0, 0.0),
    ]
    table = run("measure", study / REFERENCE, study / MASK)
    lines = table.stdout.splitlines()
    assert lines[0].split() == ["label_1", "label_2", "label_3"]
    assert lines[1].split()[0] == "dsc"
    assert all(0 <= float(value) <= 1 for value in lines[1].split()[1:])
    broken = run("measure", study / "a.nii", study / "b.nii")
    assert broken.exit_code == 2
    assert broken.stderr.count("there is no such file") == 2


def test_problems_are_json_too(study: Path):
    for told in (
        run("measure", study / "a.nii", study / "b.nii", "--json"),
        run("measure", study / MASK, study / MASK, "--scheme", "bats", "--json"),
        run("check", study / IMAGE, study / MASK, "--scheme", "bats", "--json"),
    ):
        assert told.exit_code == 2
        problems = json.loads(told.stdout)["problems"]
        assert problems
        assert all(problem in told.stderr for problem in problems)


def test_two_empty_masks_have_a_note(tmp_path: Path):
    write_nifti_gz(tmp_path / "empty.nii.gz", Volume(np.zeros((3, 4, 5), np.uint8), np.eye(4)))
    told = run("measure", tmp_path / "empty.nii.gz", tmp_path / "empty.nii.gz", "--json")
    assert json.loads(told.stdout) == {"structures": [], "note": "both masks are empty"}


def test_analyse_refuses_what_is_no_hand_over(study: Path, tmp_path: Path):
    result = run("analyse", study, "-o", tmp_path / "report")
    assert result.exit_code == 2
    assert "study.json" in result.stderr
    assert not (tmp_path / "report").exists()


def test_analyse_leaves_other_folders_alone(room: Path, tmp_path: Path):
    run("export", room, "--key", tmp_path / "key.json", "-o", tmp_path / "handover")
    result = run("analyse", tmp_path / "handover", "-o", tmp_path / "study")
    assert result.exit_code == 1
    assert "holds no previous report" in result.stderr


def test_init_writes_a_study_and_never_over_another(tmp_path: Path):
    result = run("init", tmp_path / "new")
    assert result.exit_code == 0
    assert [Path(line).name for line in result.stdout.splitlines()] == [
        "README.txt",
        "images.csv",
        "masks.csv",
        "references.csv",
        "study.toml",
    ]
    assert "SEED" not in (tmp_path / "new" / "study.toml").read_text("utf-8")
    again = run("init", tmp_path / "new")
    assert again.exit_code == 1
    assert "is not empty" in again.stderr


def test_the_demo_is_prepared_once(study: Path, tmp_path: Path, monkeypatch):
    demo_study = tmp_path / "data_samples" / "demo"
    demo_study.parent.mkdir()
    study.rename(demo_study)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(serving, "REPOSITORY", tmp_path / "nowhere")
    first = run("demo", "--url", "http://localhost:9000")
    assert first.exit_code == 0, first.stderr
    assert first.stdout.splitlines()[0].startswith("Dr One  http://localhost:9000/invite/")
    assert (tmp_path / "demo" / "unblinding_key.json").is_file()
    again = json.loads(run("demo", "--json").stdout)["invitations"]
    assert len(again) == 2
    assert "Reading images" not in run("demo").stderr


def test_without_its_samples_the_demo_says_so(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(serving, "REPOSITORY", tmp_path / "nowhere")
    result = run("demo")
    assert result.exit_code == 1
    assert result.stderr.startswith("The demo study is not here")
    assert list(tmp_path.iterdir()) == []


def test_json_of_prepare_export_and_analyse(tmp_path: Path) -> None:
    study = write_study(tmp_path / "study").folder
    room, key = str(tmp_path / "room"), str(tmp_path / "key.json")
    prepared = run("prepare", str(study), "--room", room, "--key", key, "--json")
    assert json.loads(prepared.stdout)["readings"] == 44
    again = run("prepare", str(study), "--room", room, "--key", key, "--json")
    assert again.exit_code == 1
    handover = str(tmp_path / "handover")
    exported = run("export", room, "--key", key, "-o", handover, "--json")
    assert json.loads(exported.stdout)["submitted"] == 0
    refused = run("analyse", str(study), "-o", str(tmp_path / "report"), "--json")
    assert refused.exit_code == 2
    assert json.loads(refused.stdout)["problems"]
