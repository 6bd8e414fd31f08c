"""`python -m analysis`: the analysis without the rest of the product."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis import __main__ as command_line
from analysis.__main__ import main
from analysis.measuring import measure_study
from analysis.measuring import run as measuring
from analysis.metrics import BRATS2023_MET, MetricSettings
from tests.analysis.pairs_on_disk import read_rows, write_cases

pytestmark = pytest.mark.usefixtures("kernels")

ROOT = Path(__file__).parents[2]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_cases(tmp_path / "study", cases=3)


def asked(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def test_measure_writes_the_table(study: Path, tmp_path: Path, capsys):
    output, other = tmp_path / "T.csv", tmp_path / "other.csv"
    options = ("--metric", "dsc", "--metric", "hd_mm", "--tolerance", "3", "--strict")
    options += ("--empty", "brats", "--lesions", "brats2023-met", "--scheme", "lits", "--jobs", 1)
    assert asked("measure", study, "-o", output, *options) == 0
    assert capsys.readouterr() == (f"{output}\n", "")
    names = ("dsc", "hd_mm", "nsd_3mm", "nsd_surfel_3mm")
    settings = MetricSettings(names, "brats", BRATS2023_MET, strict=True)
    measure_study(study, other, "lits", settings, jobs=1)
    assert output.read_bytes() == other.read_bytes()
    assert output.with_suffix(".json").read_bytes() == other.with_suffix(".json").read_bytes()


def test_measure_tells_how_many_pairs_failed(study: Path, tmp_path: Path, capsys):
    (study.parent / "masks" / "c01-reference.nii.gz").write_bytes(b"no image")
    assert asked("measure", study, "-o", tmp_path / "T.csv", "--metric", "dsc") == 0
    assert capsys.readouterr().err == "2 of 6 pairs were not measured; see their notes.\n"
    assert sum(row["note"] != "" for row in read_rows(tmp_path / "T.csv")) == 2


def test_every_problem_is_a_line(tmp_path: Path, capsys):
    table = tmp_path / "pairs.csv"
    table.write_text("case,model,reference_mask,mask\nc1,a,r.nii,m.nii\n,,r.nii,m.nii\n", "utf-8")
    assert asked("measure", table, "-o", tmp_path / "T.csv") == 2
    printed, problems = capsys.readouterr()
    assert (printed, len(problems.splitlines())) == ("", 4)
    assert all(line.startswith("pairs.csv, line ") for line in problems.splitlines())
    assert asked(tmp_path, "-o", tmp_path / "report") == 2
    assert "study.json: is missing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("--metric", "dice", "--tolerance", "x"), ("'dice'", "'nsd_xmm'")),
        (("--scheme", "bats"), ("There is no label scheme 'bats'",)),
    ],
)
def test_values_that_do_not_exist(study: Path, tmp_path: Path, capsys, wrong, told):
    assert asked("measure", study, "-o", tmp_path / "T.csv", *wrong) == 2
    complaint = capsys.readouterr().err
    assert all(each in complaint for each in told)
    assert not list(tmp_path.glob("T.*"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("measure", "study"),
        ("study",),
        ("measure", "study", "-o", "T.csv", "--empty", "full"),
        ("study", "-o", "report", "--lesions", "large"),
        ("study", "-o", "report", "--jobs", "many"),
        ("study", "-o", "report", "--lower-is-better", "entropy"),
        (),
    ],
)
def test_arguments_that_nobody_understands(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        asked(*arguments)
    assert ended.value.code == 2
    assert "usage: python -m analysis" in capsys.readouterr().err


def test_a_table_that_cannot_be_written_is_a_sentence(study: Path, tmp_path: Path, capsys):
    (tmp_path / "T.csv").mkdir()
    assert asked("measure", study, "-o", tmp_path / "T.csv", "--metric", "dsc") == 1
    assert str(tmp_path / "T.csv") in capsys.readouterr().err


def test_a_stop_says_what_to_do(study: Path, tmp_path: Path, capsys, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as stopping:
        stopping.setattr(measuring, "measure_task", stop)
        assert asked("measure", study, "-o", tmp_path / "T.csv", "--metric", "dsc") == 1
    sentence = "Stopped after 0 of 6 pairs; run the same command again to go on.\n"
    assert capsys.readouterr() == ("", sentence)
    assert asked("measure", study, "-o", tmp_path / "T.csv", "--metric", "dsc") == 0
    assert sorted(path.name for path in tmp_path.glob("*T*")) == ["T.csv", "T.json"]


def test_a_terminal_sees_how_far_it_is(study: Path, tmp_path: Path, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    asked("measure", study, "-o", tmp_path / "T.csv", "--metric", "dsc", "--jobs", 1)
    shown = capsys.readouterr().err
    assert [part.partition("measured ")[2] for part in shown.split("\r")[1:]] == [
        "0 of 6: ",
        "2 of 6: c00",
        "4 of 6: c01",
        "6 of 6: c02\n",
    ]


def test_a_report_follows_what_is_asked(handover: Path, tmp_path: Path, capsys, monkeypatch):
    given = []
    monkeypatch.setattr(command_line, "analyse", lambda *arguments: given.append(arguments))
    report = tmp_path / "report"
    options = ("--empty", "monai", "--lesions", "brats2023-met", "--jobs", 3)
    assert asked(handover, "-o", report, *options) == 0
    assert capsys.readouterr().out == f"{report / 'report.html'}\n"
    ((folder, place, _, settings, jobs, brought),) = given
    assert (folder, place, jobs, brought) == (handover, report, 3, None)
    assert settings == MetricSettings(empty="monai", lesions=BRATS2023_MET)


def test_a_place_that_holds_something_else_is_a_sentence(handover: Path, tmp_path: Path, capsys):
    (tmp_path / "mine.txt").touch()
    assert asked(handover, "-o", tmp_path) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{tmp_path} is not empty")
