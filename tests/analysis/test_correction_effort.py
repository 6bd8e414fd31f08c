"""What correcting took, as the report says it: against sums and t intervals made by hand."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.correction_effort import correction_results, finished_corrections
from analysis.study import analyse
from analysis.tables import load_handover
from tests.analysis.corrected_study import correct_masks, correction, effort, write_corrections
from tests.analysis.small_study import FAMILY, find, write_small_study
from tests.analysis.test_report_page import COUNT, RESULT, agrees, numbers

MEANS = {
    "correction_added_ml": "added_ml",
    "correction_removed_ml": "removed_ml",
    "correction_path_mm": "added_path_length_mm",
}
NAMES = {*MEANS, "corrections_finished", "corrections_changed", "correction_time_median_s"}
WHOSE = [(None, family) for family in dict.fromkeys(FAMILY.values())] + list(FAMILY.items())


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    folder = tmp_path_factory.mktemp("corrected")
    write_small_study(folder / "handover")
    done = correct_masks(folder / "handover")
    analyse(folder / "handover", folder / "report")
    document = json.loads((folder / "report" / "results.json").read_text(encoding="utf-8"))
    return SimpleNamespace(
        done=done,
        document=document,
        handover=folder / "handover",
        report=folder / "report",
    )


def of(done: pd.DataFrame, model: str | None, family: str) -> pd.DataFrame:
    models = [model] if model else [name for name, its in FAMILY.items() if its == family]
    return done[done["model"].isin(models)]


def leave_one_out(rows: pd.DataFrame, column: str) -> np.ndarray:
    return np.array([rows.loc[rows["case"] != case, column].mean() for case in set(rows["case"])])


@pytest.mark.parametrize(("model", "family"), WHOSE)
def test_each_number_by_hand(corrected, model: str | None, family: str) -> None:
    rows = of(corrected.done, model, family).assign(
        changed=lambda frame: (frame["changed_voxels"] > 0).astype(float)
    )
    about = {"model": model, "family": family}
    finished = find(corrected.document, "corrections_finished", **about)
    assert finished["value"] == len(rows)
    time = find(corrected.document, "correction_time_median_s", **about)
    assert time["value"] == pytest.approx(rows["worked_s"].median())
    assert time["n"] == {"readings": rows["worked_s"].notna().sum()}
    for name, column in (MEANS | {"corrections_changed": "changed"}).items():
        result = find(corrected.document, name, **about)
        assert result["value"] == pytest.approx(rows[column].mean())
        n = {"cases": rows["case"].nunique(), "readings": len(rows)}
        assert {key: result["n"][key] for key in n} == n
        scale, back = (np.log, np.exp)
        if name == "corrections_changed":
            scale, back = (lambda x: np.log(x / (1 - x))), (lambda y: 1 / (1 + np.exp(-y)))
        with np.errstate(divide="ignore"):
            without = scale(leave_one_out(rows, column))
        if not np.isfinite(without).all():
            assert "edge of the range" in result["reason"] or result["interval"]
            continue
        error = np.sqrt((len(without) - 1) * np.var(without))
        reach = stats.t.ppf(0.975, len(without) - 1) * error
        centre = scale(rows[column].mean())
        assert result["interval"] == pytest.approx([back(centre - reach), back(centre + reach)])
        assert {one["method"].split(",")[0] for one in result["beside"]} == {"percentile", "BCa"}


def test_the_unfinished_and_the_replicates_do_not_count(corrected) -> None:
    handover = load_handover(corrected.handover)
    valid = handover.corrections[handover.corrections["valid"]]
    assert (valid["replicate"] > 0).any()
    assert (~handover.corrections["valid"]).any()
    finished = finished_corrections(handover)
    assert len(finished) == len(corrected.done)
    assert set(finished["replicate"]) == {0}
    assert (finished["added_ml"] < 900).all()  # of the whole mask, not of a structure


@pytest.mark.parametrize("unknown", [(1,), (2,), (1, 2)])
def test_work_of_which_a_part_is_unknown_has_no_time(tmp_path: Path, unknown) -> None:
    write_small_study(tmp_path)
    reading = {"rater": "R1", "case": "c00", "model": "vl-a", "prompt": "", "replicate": 0}
    rows = [
        correction(
            reading,
            version,
            valid=version == 2,
            active_s=None if version in unknown else 10.0,
            mask="masks/c00-vl-a.nii.gz",
        )
        for version in (1, 2)
    ]
    write_corrections(tmp_path, rows, [effort(reading, version) for version in (1, 2)])
    handover = load_handover(tmp_path)
    assert finished_corrections(handover)["worked_s"].isna().all()
    time = next(r for r in correction_results(handover) if r.name == "correction_time_median_s")
    assert (time.value, time.n) == (None, {"readings": 0})


def test_a_study_in_which_nothing_was_finished(tmp_path: Path) -> None:
    write_small_study(tmp_path)
    reading = {"rater": "R1", "case": "c00", "model": "vl-a", "prompt": "", "replicate": 0}
    row = correction(reading, 1, valid=False, mask="masks/c00-vl-a.nii.gz")
    write_corrections(tmp_path, [row], [effort(reading, 1)])
    results = correction_results(load_handover(tmp_path))
    assert {result.name for result in results} == NAMES
    for result in results:
        if result.name == "corrections_finished":
            assert result.value == 0
        else:
            assert result.value is None
            assert "finished" in str(result.reason)


def test_a_study_without_corrections_has_no_such_results(document: dict[str, Any]) -> None:
    assert not {result["name"] for result in document["results"]} & NAMES


# --- the page -------------------------------------------------------------------------------------


def section(report: Path) -> str:
    page = (report / "report.html").read_text(encoding="utf-8")
    return page.split("<h2>Correction effort</h2>")[1].split("<h2>")[0]


def test_the_section_shows_every_result_as_it_is(corrected) -> None:
    shown = RESULT.findall(section(corrected.report))
    results = corrected.document["results"]
    assert len(shown) == len(WHOSE) * len(NAMES)
    assert {results[int(place)]["name"] for place, _ in shown} == NAMES
    for place, inner in shown:
        result = results[int(place)]
        expected = [] if result["value"] is None else [result["value"], *(result["interval"] or [])]
        assert all(agrees(*pair) for pair in zip(numbers(inner), expected, strict=True))
        if not expected or (result["level"] and not result["interval"]):
            assert html.escape(result["reason"]) in inner


def test_the_section_has_no_other_number(corrected) -> None:
    text = section(corrected.report)
    for marked in (RESULT, COUNT):
        text = marked.sub("", text)
    assert re.findall(r"\d", re.sub(r"<[^>]*>", "", text)) == []
    assert "leave out one case at a time" in text


def test_the_section_is_not_there_without_corrections(report: Path) -> None:
    page = (report / "report.html").read_text(encoding="utf-8")
    assert "Correction effort" not in page
    assert not (report / "tables" / "correction_effort.csv").exists()


def test_the_results_are_a_table_too(corrected) -> None:
    table = pd.read_csv(corrected.report / "tables" / "correction_effort.csv")
    assert set(table["name"]) == NAMES
    assert len(table) == len(WHOSE) * len(NAMES)
