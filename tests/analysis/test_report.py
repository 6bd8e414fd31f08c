"""A small study with known ratings, from its hand-over to its report."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.__main__ import main
from analysis.report.folder import ReportError, check_place, replaced_folder
from analysis.report.words import limits
from analysis.study import analyse, analyse_handover
from analysis.tables import load_handover
from tests.analysis.small_study import FAMILY, find, write_small_study


def first_ratings(handover: Path, item: str, structure: str) -> pd.DataFrame:
    table = pd.read_csv(handover / "ratings.csv", keep_default_na=False)
    table = table[(table["item"] == item) & (table["structure"] == structure)]
    table = table[(table["valid"] == 1) & (table["replicate"] == 0) & (table["value"] != "")]
    return table.astype({"value": float})


def measured(report: Path, structure: str) -> pd.DataFrame:
    table = pd.read_csv(report / "tables" / "measurements.csv")
    table = table[table["structure"] == structure]
    return table.groupby(["case", "model"])[["dsc", "hd95_mm", "volume_ml"]].mean().reset_index()


@pytest.mark.parametrize("structure", ["all", "core"])
def test_alpha_is_that_of_the_first_valid_readings(
    handover: Path, document: dict[str, Any], structure: str
) -> None:
    wide = first_ratings(handover, "quality", structure).pivot(
        index=["case", "model"], columns="rater", values="value"
    )
    expected = krippendorff.alpha(wide.to_numpy().T, level_of_measurement="ordinal")
    result = find(document, "krippendorff_alpha", item="quality", structure=structure)
    assert result["value"] == pytest.approx(expected)
    assert result["interval"][0] < result["value"] < result["interval"][1]
    missing = 1 if structure == "core" else 0
    assert result["n"] == {"cases": 12, "raters": 3, "units": 60, "ratings": 180 - missing}


@pytest.mark.parametrize("structure", ["all", "core"])
@pytest.mark.parametrize(("metric", "sign"), [("dsc", 1), ("hd95_mm", -1), ("volume_ml", 1)])
@pytest.mark.parametrize("who", [None, "vision-language", "pure visual", "human", "pv-b"])
def test_correlations_equal_scipy(
    handover: Path,
    report: Path,
    document: dict[str, Any],
    structure: str,
    metric: str,
    sign: int,
    who: str | None,
) -> None:
    means = first_ratings(handover, "quality", structure).groupby(["case", "model"])["value"].mean()
    rows = measured(report, structure).merge(means.reset_index(), on=["case", "model"])
    family = rows["model"].map(FAMILY)
    about: dict[str, Any] = {"item": "quality", "structure": structure, "metric": metric}
    if who is None:
        rows = rows[family != "human"]
    elif who in FAMILY:
        rows = rows[rows["model"] == who]
        about |= {"model": who, "family": FAMILY[who]}
    else:
        rows = rows[family == who]
        about |= {"family": who}
    x, y = stats.rankdata(sign * rows[metric]), rows["value"]
    result = find(document, "spearman", metric_structure=structure, **about)
    assert result["value"] == pytest.approx(stats.spearmanr(x, y).statistic)
    result = find(document, "kendall_tau_b", metric_structure=structure, **about)
    assert result["value"] == pytest.approx(stats.kendalltau(x, y).statistic)
    assert result["n"]["masks"] == len(rows)


def test_the_missing_core_counts_as_infinite(document: dict[str, Any]) -> None:
    about = {"item": "quality", "structure": "core", "metric_structure": "core"}
    result = find(document, "spearman", metric="hd95_mm", **about)
    assert result["n"]["infinite"] == 1
    assert find(document, "spearman", metric="dsc", **about)["n"]["infinite"] == 0


def test_an_item_with_the_best_level_low_changes_sign(document: dict[str, Any]) -> None:
    about = {"item": "effort", "structure": "", "metric": "dsc"}
    for metric_structure in ("all", "core", "mean over structures"):
        assert find(document, "spearman", metric_structure=metric_structure, **about)["value"] > 0


def test_the_family_difference_is_the_difference_of_mean_z(document: dict[str, Any]) -> None:
    about = {"item": "quality", "structure": "all", "metric": "dsc", "metric_structure": "all"}
    z = {
        model: np.arctanh(find(document, "spearman", model=model, family=family, **about)["value"])
        for model, family in FAMILY.items()
    }
    first, second = (z["vl-a"] + z["vl-b"]) / 2, (z["pv-a"] + z["pv-b"]) / 2
    difference = find(document, "family_difference_z", **about)
    assert difference["value"] == pytest.approx(first - second)
    assert 0 <= difference["p_value"] <= 1
    on_rho = find(document, "family_difference_rho", **about)
    assert on_rho["value"] == pytest.approx(np.tanh(first) - np.tanh(second))
    assert difference["n"]["vision_language_models"] == 2


def test_replicates_serve_agreement_within_raters_only(
    handover: Path, document: dict[str, Any]
) -> None:
    table = pd.read_csv(handover / "ratings.csv")
    table = table[(table["item"] == "quality") & (table["structure"] == "all")]
    table = table[(table["valid"] == 1) & (table["rater"] == "R1") & (table["case"] < "c04")]
    wide = table.pivot(index=["case", "model"], columns="replicate", values="value")
    expected = krippendorff.alpha(wide.to_numpy().T, level_of_measurement="ordinal")
    result = find(document, "intra_rater_alpha", item="quality", structure="all")
    assert result["value"] == pytest.approx(expected)
    assert result["n"] == {"cases": 4, "raters": 1, "units": 20, "ratings": 40}


def test_a_choice_has_nominal_agreement(document: dict[str, Any]) -> None:
    result = find(document, "krippendorff_alpha", item="origin", structure="")
    assert result["method"].startswith("nominal")
    assert abs(result["value"]) < 0.2  # the answers were drawn at random


def test_counts_and_times(handover: Path, document: dict[str, Any]) -> None:
    value = {name: find(document, name)["value"] for name in ("cases", "masks", "cannot_judge")}
    assert value == {"cases": 12, "masks": 60, "cannot_judge": 1}
    assert find(document, "readings_submitted")["value"] == 200
    assert find(document, "readings_revised")["value"] == 1
    table = pd.read_csv(handover / "ratings.csv").drop_duplicates(
        ["rater", "case", "model", "replicate"]
    )
    assert find(document, "reading_time_median_s")["value"] == table["elapsed_s"].median()
    mine = table.loc[table["rater"] == "R2", "elapsed_s"]
    assert find(document, "reading_time_median_s", rater="R2")["value"] == mine.median()


def test_every_null_has_its_reason(document: dict[str, Any]) -> None:
    for result in document["results"]:
        assert (result["value"] is not None) or result["reason"]
        if result["level"] is not None:
            assert result["interval"] or result["reason"]
        assert result["method"] or result["reason"]


def test_the_tables_are_there_and_safe(report: Path) -> None:
    names = {path.name for path in (report / "tables").iterdir()}
    assert names == {
        "agreement.csv",
        "association.csv",
        "contrast.csv",
        "dsc_over_prompts.csv",
        "measurements.csv",
        "measurements_mean.csv",
        "measurements_weighted.csv",
        "measurements_worst.csv",
        "overview.csv",
        "presence.csv",
        "ratings.csv",
        "ratings_wide.csv",
        "reference_agreement.csv",
    }
    for path in (report / "tables").iterdir():
        with path.open(newline="", encoding="utf-8") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


def test_the_same_handover_gives_the_same_report(handover: Path, report: Path) -> None:
    again = handover.parent / "again"
    analyse(handover, again)
    for name in ("results.json", "report.html", "tables/association.csv"):
        assert (again / name).read_bytes() == (report / name).read_bytes()


def test_the_order_of_rows_does_not_matter(
    handover: Path, tmp_path: Path, document: dict[str, Any]
) -> None:
    for path in handover.iterdir():
        if path.suffix == ".csv":
            header, *rows = path.read_text(encoding="utf-8").splitlines()
            (tmp_path / path.name).write_text("\n".join([header, *rows[::-1]]), encoding="utf-8")
        elif path.name == "masks":
            (tmp_path / "masks").symlink_to(path)
        else:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    shuffled = analyse_handover(load_handover(tmp_path)).results
    assert len(shuffled) == len(document["results"])
    for first, second in zip(document["results"], shuffled, strict=True):
        assert first["name"] == second.name
        assert first["value"] == pytest.approx(second.value, abs=1e-9)


def test_a_mask_that_cannot_be_read_is_a_row_with_its_reason(tmp_path: Path) -> None:
    write_small_study(tmp_path / "h", simulated=False)
    (tmp_path / "h" / "masks" / "c00-vl-a.nii.gz").write_bytes(b"not an image")
    analyse(tmp_path / "h", tmp_path / "r")
    with (tmp_path / "r" / "tables" / "measurements.csv").open(newline="") as stream:
        rows = [r for r in csv.DictReader(stream) if (r["case"], r["model"]) == ("c00", "vl-a")]
    assert len(rows) == 4
    assert all(row["note"].startswith("not measured: ") and row["dsc"] == "" for row in rows)
    document = json.loads((tmp_path / "r" / "results.json").read_text())
    assert find(document, "pairs_not_measured")["value"] == 2
    about = {"item": "quality", "structure": "all", "metric": "dsc", "metric_structure": "all"}
    assert find(document, "spearman", **about)["n"]["excluded"] == 1
    assert "2 pairs of mask and reference could not be measured" in " ".join(document["warnings"])
    assert "Simulated data" not in (tmp_path / "r" / "report.html").read_text()


def test_a_study_without_ratings_still_reports(tmp_path: Path) -> None:
    write_small_study(tmp_path / "h")
    for name in ("ratings.csv", "references.csv"):
        path = tmp_path / "h" / name
        path.write_text(path.read_text().splitlines()[0] + "\n")
    analyse(tmp_path / "h", tmp_path / "r")
    document = json.loads((tmp_path / "r" / "results.json").read_text())
    alpha = find(document, "krippendorff_alpha", item="quality", structure="all")
    assert (alpha["value"], alpha["reason"]) == (None, "no unit has two ratings")


def test_another_folder_is_not_overwritten(handover: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ReportError, match="is not empty"):
        analyse(handover, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(ReportError, match="is a file"):
        analyse(handover, tmp_path / "notes.txt")


def test_a_previous_report_is_replaced_and_nothing_is_left(tmp_path: Path) -> None:
    old = tmp_path / "report"
    old.mkdir()
    (old / "results.json").write_text('{"format": 1, "results": []}')
    (old / "stale.txt").write_text("old")
    check_place(old)
    with replaced_folder(old) as fresh:
        (fresh / "report.html").write_text("new")
    assert {path.name for path in old.iterdir()} == {"report.html"}
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def write_half(folder: Path) -> None:
    with replaced_folder(folder) as fresh:
        (fresh / "half.csv").write_text("half")
        raise OSError("disk full")


def test_a_report_that_fails_half_way_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="disk full"):
        write_half(tmp_path / "report")
    assert list(tmp_path.iterdir()) == []


def test_the_command(handover: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(handover), "-o", str(tmp_path / "r")]) == 0
    assert capsys.readouterr().out.strip().endswith("report.html")
    assert main([str(tmp_path / "nowhere"), "-o", str(tmp_path / "s")]) == 2
    assert "there is no such folder" in capsys.readouterr().err
    assert main([str(handover), "-o", str(handover)]) == 2
    assert "is not empty" in capsys.readouterr().err


def test_small_studies_are_warned_about() -> None:
    assert limits(10, 3, {"vision-language": 4, "pure visual": 4}, 0, 0) == []
    said = limits(9, 2, {"vision-language": 3, "pure visual": 4}, 1, 2)
    assert [sentence.split(":")[0] for sentence in said[:3]] == [
        "Few rated cases",
        "Few raters",
        "Few models in the family \u201cvision-language\u201d",
    ]
    assert said[3].startswith("2 cases have no reference mask")
    assert said[4].startswith("1 pair of mask and reference could")
