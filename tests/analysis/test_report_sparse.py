"""Studies with little in them: no reference, one family, nothing rated; the page still reads."""

from __future__ import annotations

import csv
import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis.study import analyse
from tests.analysis.small_study import find

Keep = Callable[[dict[str, str]], bool]


def with_rows(source: Path, folder: Path, **kept: Keep) -> Path:
    """Copy a hand-over with only some rows of some of its tables."""
    folder.mkdir()
    (folder / "masks").symlink_to(source / "masks")
    for path in source.iterdir():
        if path.is_dir():
            continue
        keep = kept.get(path.stem)
        if keep is None:
            (folder / path.name).write_bytes(path.read_bytes())
            continue
        with path.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        with (folder / path.name).open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(row for row in rows if keep(row))
    return folder


def analysed(handover: Path) -> tuple[dict[str, Any], str]:
    """Return results.json and the words of the page, without tags."""
    report = handover.parent / "report"
    analyse(handover, report)
    page = (report / "report.html").read_text(encoding="utf-8")
    page = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    words = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())
    document: dict[str, Any] = json.loads((report / "results.json").read_text())
    for result in document["results"]:
        assert result["value"] is not None or result["reason"], result
    assert not re.search(r"\b(nan|None|inf)\b", words)
    return document, words


def test_without_references_there_are_no_empty_figures(handover: Path, tmp_path: Path) -> None:
    document, words = analysed(with_rows(handover, tmp_path / "h", references=lambda _: False))
    assert "No rating could be related to a metric" in words
    assert "There is nothing to compare" in words
    assert "<figure>" not in (tmp_path / "report" / "report.html").read_text()
    assert "12 cases have no reference mask" in words
    about = {"item": "quality", "structure": "all", "metric": "dsc", "metric_structure": "all"}
    result = find(document, "spearman", **about)
    assert result["reason"] == "0 rated masks with a value of this metric, at least 3 are needed"
    assert result["method"] == "case jackknife-t on Fisher z"


def test_cases_without_a_reference_are_counted(handover: Path, tmp_path: Path) -> None:
    folder = with_rows(handover, tmp_path / "h", references=lambda row: row["case"] > "c00")
    document, words = analysed(folder)
    assert "1 case has no reference mask" in words
    assert find(document, "cases_with_reference")["value"] == 11
    about = {"item": "quality", "structure": "all", "metric": "dsc", "metric_structure": "all"}
    assert find(document, "spearman", **about)["n"]["excluded"] == 4


def test_one_family_has_no_contrast(handover: Path, tmp_path: Path) -> None:
    def not_visual(row: dict[str, str]) -> bool:
        return not row["model"].startswith("pv")

    names = ("models", "masks", "ratings", "assignments")
    folder = with_rows(handover, tmp_path / "h", **dict.fromkeys(names, not_visual))
    document, words = analysed(folder)
    assert "There is nothing to compare" in words
    assert "Difference" not in words
    about = {"item": "quality", "structure": "all", "metric": "dsc", "metric_structure": "all"}
    difference = find(document, "family_difference_z", **about)
    assert difference["reason"] == "one of the two families has no model"


def test_few_rated_cases_are_warned_about(handover: Path, tmp_path: Path) -> None:
    """Cases that nobody has read yet carry no interval."""
    folder = with_rows(handover, tmp_path / "h", ratings=lambda row: row["case"] < "c09")
    document, words = analysed(folder)
    assert "Few rated cases: 9" in words
    assert find(document, "cases")["value"] == 12
    about = {"item": "quality", "structure": "all"}
    assert find(document, "ratings_missing", **about)["n"]["unanswered"] == 3 * 5 * 3


def test_unread_and_unanswered_readings_are_told_apart(handover: Path, tmp_path: Path) -> None:
    folder = with_rows(handover, tmp_path / "h", ratings=lambda row: row["rater"] != "R3")
    plan = folder / "assignments.csv"
    text = plan.read_text(encoding="utf-8")
    plan.write_text(
        "\n".join(
            line.replace("submitted", "waiting") if line.startswith("R3") else line
            for line in text.splitlines()
        ),
        encoding="utf-8",
    )
    document, words = analysed(folder)
    missing = find(document, "ratings_missing", item="quality", structure="all")
    assert missing["n"]["not_submitted"] == 60
    assert missing["n"]["unanswered"] == 0
    assert missing["value"] == pytest.approx(1 / 3)
    assert "Few raters: 2" in words


def test_only_replicates_leave_nothing_planned(handover: Path, tmp_path: Path) -> None:
    def repeated(row: dict[str, str]) -> bool:
        return row["replicate"] == "1"

    folder = with_rows(handover, tmp_path / "h", ratings=repeated, assignments=repeated)
    document, _ = analysed(folder)
    missing = find(document, "ratings_missing", item="quality", structure="all")
    assert (missing["value"], missing["reason"]) == (None, "no first reading was planned")
    alpha = find(document, "krippendorff_alpha", item="quality", structure="all")
    assert alpha["reason"] == "no unit has two ratings"


def test_the_mean_over_structures_is_that_of_the_structures_of_the_study(
    handover: Path, tmp_path: Path, document: dict[str, Any]
) -> None:
    """A scheme may know structures that the study does not ask about."""
    folder = with_rows(handover, tmp_path / "h", ratings=lambda row: row["structure"] != "core")
    study = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    study["structures"] = ["all"]
    (folder / "study.json").write_text(json.dumps(study), encoding="utf-8")
    only_all, _ = analysed(folder)
    about = {"item": "effort", "structure": "", "metric": "dsc"}
    mean = find(only_all, "spearman", metric_structure="mean over structures", **about)
    assert mean["value"] == find(document, "spearman", metric_structure="all", **about)["value"]
    assert {r["metric_structure"] for r in only_all["results"]} == {
        None,
        "all",
        "mean over structures",
    }
