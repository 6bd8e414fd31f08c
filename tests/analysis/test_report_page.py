"""The page of a report: every number on it is one of results.json, and it reads well."""

from __future__ import annotations

import base64
import html
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from analysis.report.figures import CHARACTER_IN, LONGEST_NAME, forest
from analysis.resampling import Estimate
from analysis.results import estimated
from analysis.study import analyse
from analysis.tables import DESKTOP, READING_KEY, load_handover, write_table
from tests.analysis.small_study import find

RESULT = re.compile(r'<span data-result="(\d+)">((?:<span class="ci">.*?</span>|.)*?)</span>')
COUNT = re.compile(r'<span data-n="(\d+)" data-key="(\w+)">(\d+)</span>')
P_VALUE = re.compile(r'<span data-p="(\d+)">(.*?)</span>')
ADJUSTED = re.compile(r'<span data-p-adjusted="(\d+)">(.*?)</span>')


def page_of(report: Path) -> str:
    return (report / "report.html").read_text(encoding="utf-8")


def numbers(text: str) -> list[str]:
    plain = html.unescape(re.sub(r"<[^>]*>", " ", text)).replace("\u2212", "-")
    return re.findall(r"-?\d+(?:\.\d+)?", plain)


def agrees(printed: str, value: float) -> bool:
    digits = len(printed.partition(".")[2])
    return abs(float(printed) - value) <= 0.5 * 10**-digits + 1e-9


def test_every_printed_result_agrees(report: Path, document: dict[str, Any]) -> None:
    """Value and both ends of the interval, or the reason for none."""
    shown = RESULT.findall(page_of(report))
    assert len(shown) > 200
    for place, inner in shown:
        result = document["results"][int(place)]
        interval = result["interval"] or []
        expected = [] if result["value"] is None else [result["value"], *interval]
        printed = numbers(inner)
        assert len(printed) == len(expected), (inner, result)
        assert all(agrees(*pair) for pair in zip(printed, expected, strict=True)), (inner, result)
        if not expected or (result["level"] and not interval):
            assert html.escape(result["reason"]) in inner


def test_every_printed_sample_size_and_p_value_agrees(
    report: Path, document: dict[str, Any]
) -> None:
    page, results = page_of(report), document["results"]
    counts = COUNT.findall(page)
    assert len(counts) > 50
    for place, key, printed in counts:
        assert int(printed) == results[int(place)]["n"].get(key, 0)
    tests = [(*found, "p_value") for found in P_VALUE.findall(page)]
    tests += [(*found, "p_adjusted") for found in ADJUSTED.findall(page)]
    assert len(tests) >= 8
    assert len({which for _, _, which in tests}) == 2
    for place, printed, which in tests:
        value = results[int(place)][which]
        (number,) = numbers(printed)
        assert value < 0.001 if "\u202f" in printed else agrees(number, value)


def test_no_number_stands_on_the_page_without_its_result(
    report: Path, document: dict[str, Any]
) -> None:
    """What is left without the marked numbers are names, dates, settings and fixed sentences."""
    page = page_of(report)
    page = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    for marked in (RESULT, COUNT, P_VALUE, ADJUSTED):
        page = marked.sub("", page)
    text = html.unescape(re.sub(r"<[^>]*>", " ", page))
    study, settings = document["study"], document["settings"]
    known = [*settings["conventions"].values(), *document["warnings"]]
    known += [version for version in settings["versions"].values() if version]
    known += [result["reason"] for result in document["results"] if result["reason"]]
    known += [study["first_submitted_at"][:10], study["last_submitted_at"][:10]]
    known += [rater["rater"] for rater in document["results"] if rater["rater"]]
    known += [f"{100 * settings['level']:g} % interval", "from 0 to 1", "HD95"]
    known += ["ICC(A,1)", "AC1", "AC2", "80 % power", "tests zero", "A slider from 0 to 100."]
    for item in study["instrument"]["items"]:
        for level in item.get("levels", []):
            known += [f"{level['value']} {level['label']}", level["anchor"]]
    for words in sorted(known, key=len, reverse=True):
        text = text.replace(words, "")
    assert re.findall(r".*\d.*", text) == []


def test_the_scale_is_told_with_its_anchors(report: Path) -> None:
    instrument = page_of(report).split("<h2>The instrument</h2>")[1]
    assert "How good is the outline?" in instrument
    assert "<dt>5 5</dt><dd>level 5</dd>" in instrument


def test_the_summary_leads_with_the_contrast(report: Path, document: dict[str, Any]) -> None:
    head, summary = page_of(report).split("<h2>Summary</h2>")
    assert "<h2>" not in head
    summary = summary.split("<h2>")[0]
    shown = {int(place) for place, _ in RESULT.findall(summary)}
    about = {"item": "quality", "structure": "core", "metric_structure": "core", "metric": "dsc"}
    wanted = [find(document, "krippendorff_alpha", item="quality", structure="core")]
    wanted += [find(document, "family_difference_rho", **about)]
    for family in ("vision-language", "pure visual"):
        wanted += [find(document, "spearman", **about, family=family)]
        wanted += [find(document, "spearman_model_mean", **about, family=family)]
    for result in wanted:
        assert document["results"].index(result) in shown
    assert "stands further below" in summary
    assert "HD95, pooled" in summary


def test_missing_ratings_are_told_by_family(report: Path, document: dict[str, Any]) -> None:
    """The only \"cannot judge\" of the study is on the core, by R2, for a mask of vl-a."""
    about = {"item": "quality", "structure": "core"}
    result = find(document, "ratings_missing", family="vision-language", **about)
    assert result["value"] == pytest.approx(1 / 72)
    assert result["n"] == {
        "rated": 71,
        "cannot_judge": 1,
        "unanswered": 0,
        "not_submitted": 0,
        "planned": 72,
        "masks": 24,
        "masks_complete": 23,
    }
    assert find(document, "ratings_missing", family="pure visual", **about)["value"] == 0
    assert "Masks rated by all" in page_of(report)


def test_the_models_have_metrics_beside_a_rating_of_the_whole_mask(
    report: Path, document: dict[str, Any]
) -> None:
    about = {"model": "vl-a", "family": "vision-language", "metric": "dsc"}
    median = find(document, "metric_median", metric_structure="mean over structures", **about)
    assert 0 < median["value"] < 1
    place = document["results"].index(median)
    assert f'data-result="{place}"' in page_of(report).split("<h2>The models</h2>")[1]


def test_the_page_needs_nothing_else(report: Path) -> None:
    page = (report / "report.html").read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    assert "http:" not in page
    assert "https:" not in page
    assert "<script" not in page
    assert "Small &lt;study&gt;" in page
    assert "Simulated data." in page
    assert "stands further below" in page


def test_long_names_of_models_are_cut_beside_figures_without_a_warning() -> None:
    names = ["x" * 240, "short"]
    estimate = Estimate(0.4, 0.1, 0.6, 12, "by hand")
    results = [
        estimated("spearman", estimate, 0.95, {}, model=name, family="pure visual")
        for name in names
    ]
    picture = forest([("DSC", results)], "caption")
    drawn = base64.b64decode(picture.source.partition(",")[2]).decode()
    width_pt = float(re.search(r'width="([\d.]+)pt"', drawn).group(1))
    assert width_pt < 6 * 72 + LONGEST_NAME * CHARACTER_IN * 72


def test_the_programs_are_told_where_there_were_desks(
    handover: Path, report: Path, tmp_path: Path
) -> None:
    assert "Readings rated in each program" not in page_of(report)
    mixed = Path(shutil.copytree(handover, tmp_path / "handover"))
    ratings = load_handover(mixed).ratings
    one = ratings[ratings["valid"]].iloc[0]
    row = dict.fromkeys(DESKTOP.columns, "") | {name: one[name] for name in READING_KEY}
    row |= {name: 0 for name, kind in DESKTOP.types.items() if kind == "integer"}
    row |= {"step": "rating", "outcome": "stored", "host": "napari <kiosk>", "id": "1"}
    times = dict.fromkeys(("submitted_at", "received_at"), one["submitted_at"])
    write_table(mixed / DESKTOP.file, [row | times], DESKTOP.columns)
    analyse(mixed, tmp_path / "report")
    document = json.loads((tmp_path / "report" / "results.json").read_text(encoding="utf-8"))
    others = len(ratings[ratings["valid"]].drop_duplicates(list(READING_KEY))) - 1
    expected = {"browser": others, "napari <kiosk>": 1}
    assert document["study"]["readings_by_program"] == expected
    told = f"Readings rated in each program: browser {others}, napari &lt;kiosk&gt; 1. "
    assert told in page_of(tmp_path / "report")
