"""`rater-app analyse --with`: columns of one's own reach the tables and the page."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.__main__ import main
from tests.analysis import test_report_page as page_tests
from tests.analysis.small_study import CASES, FAMILY, find, write_small_study
from tests.command_line import refused, run

pytestmark = pytest.mark.usefixtures("kernels")

COLUMNS = ("likeness", "entropy", "surety")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("with")
    write_small_study(folder / "handover")
    draw = np.random.default_rng(4)
    with (folder / "columns.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["case", "model", "structure", *COLUMNS])
        for case in CASES:
            for model in FAMILY:
                likeness = "" if case == "c07" else draw.normal()
                writer.writerow([case, model, "", likeness, draw.exponential(), ""])
                writer.writerow([case, model, "core", "", "", draw.uniform()])
    return folder


@pytest.fixture(scope="module")
def report(study: Path) -> Path:
    told = run(
        "analyse", study / "handover", "-o", study / "report", "--jobs", 1,
        "--with", study / "columns.csv", "--lower-is-better", "entropy",
    )  # fmt: skip
    assert (told.exit_code, told.stdout) == (0, f"{study / 'report' / 'report.html'}\n")
    return study / "report"


@pytest.fixture(scope="module")
def document(report: Path) -> dict[str, Any]:
    return dict(json.loads((report / "results.json").read_text(encoding="utf-8")))


def section(report: Path) -> str:
    page = (report / "report.html").read_text(encoding="utf-8")
    return page.split("<h3>Columns brought along</h3>")[1].split("<h2>")[0]


def test_every_number_of_the_page_is_in_the_results(report: Path, document: dict[str, Any]) -> None:
    page_tests.test_every_printed_result_agrees(report, document)
    page_tests.test_every_printed_sample_size_and_p_value_agrees(report, document)
    page_tests.test_no_number_stands_on_the_page_without_its_result(report, document)


def test_the_page_has_a_row_for_each_rating_and_column(
    report: Path, document: dict[str, Any]
) -> None:
    rows = re.findall(r"<tr><th class=.*?</tr>", section(report), re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)[:3] for row in rows]
    quality, effort = "How good is the outline?", "Work left?"
    assert cells == [
        [quality, "all", "likeness"],
        [quality, "all", "entropy"],
        [quality, "core", "likeness"],
        [quality, "core", "entropy"],
        [quality, "core", "surety"],
        [effort, "whole mask", "likeness"],
        [effort, "whole mask", "entropy"],
        [effort, "whole mask", "surety, core"],
    ]
    about = {"item": "quality", "structure": "core", "metric_structure": "core"}
    shown = [int(place) for place, _ in page_tests.RESULT.findall(rows[4])]
    spearman = [
        find(document, "spearman", metric="surety", family=family, **about)
        for family in (None, "vision-language", "pure visual")
    ]
    assert shown == [document["results"].index(each) for each in spearman]
    tests = [int(place) for place, _ in page_tests.P_VALUE.findall(rows[4])]
    these = find(document, "family_difference_z", metric="surety", **about)
    assert tests == [document["results"].index(these)]
    # With two models a family nothing is claimed of the families, and the page says why.
    assert find(document, "family_claim_z", metric="surety", **about)["reason"] in rows[4]
    assert "the sign is changed: entropy." in section(report)


def test_masks_without_a_number_are_left_out_and_counted(document: dict[str, Any]) -> None:
    about = {"item": "quality", "structure": "all", "metric_structure": "all"}
    found = find(document, "spearman", metric="likeness", **about)
    assert found["n"]["masks"] == 11 * 4
    assert found["n"]["excluded"] == 4
    assert find(document, "spearman_difference", metric="dsc - likeness", **about)["p_adjusted"]


def test_the_tables_have_the_columns(report: Path, document: dict[str, Any]) -> None:
    def rows(name: str) -> list[dict[str, str]]:
        with (report / "tables" / name).open(newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))

    for column in COLUMNS:
        told = [row for row in rows("association.csv") if row["metric"] == column]
        names = {row["name"] for row in told}
        assert {"spearman", "within_case_tau_b", "noise_ceiling", "family_claim_z"} <= names
        assert column in {row["metric"] for row in rows("contrast.csv")}
    assert list(rows("brought.csv")[0]) == ["case", "model", "prompt", "structure", *COLUMNS]
    assert document["settings"]["brought"] == {
        "file": "columns.csv",
        "columns": {
            "likeness": {"orientation": 1},
            "entropy": {"orientation": -1},
            "surety": {"orientation": 1},
        },
    }
    contrast = (report / "report.html").read_text("utf-8").split("Vision-language against pure")[1]
    assert "likeness" not in contrast


def test_problems_are_told_before_anything_is_measured(study: Path, tmp_path: Path) -> None:
    columns = tmp_path / "mine.csv"
    columns.write_text("case,model,dsc\nc00,vl-a,much\nc00,nobody,1\n", encoding="utf-8")
    told = refused("analyse", study / "handover", "-o", tmp_path / "r", "--with", columns)
    assert [problem.removeprefix("mine.csv: ")[:24] for problem in told] == [
        "row 3: the study has no ",
        "“dsc” is the name of a n",
        "row 2: “dsc” is “much”, ",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]
    told = run("analyse", study / "handover", "-o", tmp_path / "r", "--with", columns, "--json")
    assert len(json.loads(told.stdout)["problems"]) == 3


def test_lower_is_better_needs_columns(study: Path, tmp_path: Path) -> None:
    told = refused("analyse", study / "handover", "-o", tmp_path / "r", "--lower-is-better", "x")
    assert told == ["--lower-is-better names columns of --with."]


def test_the_analysis_alone_takes_columns_too(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []
    handover, columns = study / "handover", study / "columns.csv"
    with monkeypatch.context() as watching:
        watching.setattr("analysis.__main__.analyse", lambda *about: given.append(about[-1]))
        asked = [handover, "-o", tmp_path / "r", "--with", columns]
        asked += ["--lower-is-better", "entropy", "--lower-is-better", "surety"]
        assert main([str(each) for each in asked]) == 0
    assert given[0].path == columns
    assert given[0].lower_is_better == ("entropy", "surety")
    capsys.readouterr()
    wrong = [handover, "-o", tmp_path / "r", "--with", columns, "--lower-is-better", "x"]
    assert main([str(each) for each in wrong]) == 2
    assert capsys.readouterr().err == (
        "columns.csv: there is no column “x” (--lower-is-better); there are: case, model, "
        "structure, likeness, entropy, surety\n"
    )
