"""A small study with known ratings, from its hand-over to its report."""

from __future__ import annotations

import csv
import json
import re
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
from analysis.tables import (
    ASSIGNMENTS,
    MASKS,
    MODELS,
    RATINGS,
    REFERENCES,
    load_handover,
    write_description,
    write_table,
)
from analysis.volumes import Volume, write_nifti_gz

CASES = [f"c{n:02}" for n in range(12)]
FAMILY = {
    "vl-a": "vision-language",
    "vl-b": "vision-language",
    "pv-a": "pure visual",
    "pv-b": "pure visual",
    "expert": "human",
}
RATERS = ["R1", "R2", "R3"]
SHAPE = (14, 14, 8)
INSTRUMENT = {
    "name": "tiny",
    "title": "Tiny instrument",
    "items": [
        {
            "id": "quality",
            "kind": "levels",
            "text": "How good is the outline?",
            "per_structure": True,
            "required": True,
            "best": "high",
            "levels": [{"value": n, "label": str(n), "anchor": f"level {n}"} for n in range(1, 6)],
        },
        {"id": "effort", "kind": "slider", "text": "Work left?", "best": "low", "levels": []},
        {"id": "origin", "kind": "choice", "text": "Human or machine?"},
        {"id": "comment", "kind": "text", "text": "Anything else?"},
    ],
}
SCHEME = {
    "name": "two",
    "labels": {"1": "core", "2": "rim"},
    "structures": [
        {"name": "all", "title": "all", "labels": [1, 2]},
        {"name": "core", "title": "core", "labels": [1]},
    ],
    "aliases": {},
}


def labels(rng: np.random.Generator, spoil: float) -> np.ndarray:
    centre = np.array([6.5, 6.5, 3.5]) + rng.normal(0, spoil, 3)
    distance = np.sqrt(((np.indices(SHAPE).T - centre) ** 2).sum(axis=-1)).T
    mask = np.zeros(SHAPE, np.uint8)
    mask[distance < 3.4] = 2
    mask[distance < 2.0] = 1
    return mask


def write_small_study(folder: Path, simulated: bool = True) -> None:
    rng = np.random.default_rng(2)
    affine = np.diag([1.0, 1.0, 2.0, 1.0])
    masks, references, ratings, assignments = [], [], [], []
    (folder / "masks").mkdir(parents=True)
    for case in CASES:
        for reference in ("E1", "E2"):
            name = f"masks/{case}-{reference}.nii.gz"
            write_nifti_gz(folder / name, Volume(labels(rng, 0.1), affine))
            references.append({"case": case, "reference": reference, "mask": name})
        for model in FAMILY:
            spoil = 0.1 if model == "expert" else float(rng.choice([0.2, 0.6, 1.2]))
            mask = labels(rng, spoil)
            if (case, model) == ("c03", "pv-b"):
                mask[mask == 1] = 2  # no core at all: DSC 0, distances infinite
            name = f"masks/{case}-{model}.nii.gz"
            write_nifti_gz(folder / name, Volume(mask, affine))
            masks.append({"case": case, "model": model, "prompt": "", "mask": name, "sha256": ""})
            for rater in RATERS:
                quality = float(np.clip(round(5 - 2 * spoil + rng.normal(0, 0.7)), 1, 5))
                for replicate in (0, 1) if rater == "R1" and case < "c04" else (0,):
                    key = {"rater": rater, "case": case, "model": model, "prompt": ""}
                    key |= {"replicate": replicate, "position": len(assignments), "code": "x"}
                    assignments.append(key | {"status": "submitted"})
                    ratings += readings(key, quality, rng)
    write_description(
        folder / "study.json",
        {
            "format": 1,
            "title": "Small <study>",
            "simulated": simulated,
            "instrument": INSTRUMENT,
            "scheme": SCHEME,
            "structures": ["all", "core"],
            "seed": 2,
            "software": "test",
        },
    )
    models = [{"model": m, "family": f, "class": "=made up"} for m, f in FAMILY.items()]
    for table, rows in (
        (MODELS, models),
        (MASKS, masks),
        (REFERENCES, references),
        (RATINGS, ratings),
        (ASSIGNMENTS, assignments),
    ):
        write_table(folder / table.file, rows, table.columns)


def readings(key: dict[str, Any], quality: float, rng: np.random.Generator) -> list[dict[str, Any]]:
    row = key | {"answer": "", "revision": 1, "valid": True, "opened_at": ""}
    row |= {"submitted_at": f"2026-11-{3 + key['position'] % 20:02}T10:00:00+00:00"}
    row |= {"elapsed_s": float(10 + key["position"] % 30)}
    core = float(np.clip(quality + rng.integers(-1, 2), 1, 5))
    effort = float(np.clip(100 - 20 * quality + rng.normal(0, 9), 0, 100))
    rows = [
        row | {"item": "quality", "structure": "all", "value": quality},
        row | {"item": "quality", "structure": "core", "value": core},
        row | {"item": "effort", "structure": "", "value": effort},
        row
        | {"item": "origin", "structure": "", "value": None}
        | {"answer": str(rng.choice(["human", "machine"]))},
        row | {"item": "comment", "structure": "", "value": None, "answer": "=1+1"},
    ]
    if key["rater"] == "R2" and key["case"] == "c05" and key["model"] == "vl-a":
        rows[1] |= {"value": None, "answer": "cannot judge"}
    if key["rater"] == "R3" and key["case"] == "c06" and key["model"] == "vl-b":
        # A second thought: the first revision stays in the table and must not count.
        wrong = 1.0 if quality > 3 else 5.0
        rows += [rows[0] | {"revision": 2}]
        rows[0] = rows[0] | {"value": wrong, "valid": False}
    return rows


@pytest.fixture(scope="module")
def handover(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "handover"
    write_small_study(folder)
    return folder


@pytest.fixture(scope="module")
def report(handover: Path) -> Path:
    folder = handover.parent / "report"
    analyse(handover, folder)
    return folder


@pytest.fixture(scope="module")
def document(report: Path) -> dict[str, Any]:
    return dict(json.loads((report / "results.json").read_text(encoding="utf-8")))


def find(document: dict[str, Any], name: str, **about: Any) -> dict[str, Any]:
    keys = ("item", "structure", "metric", "metric_structure", "model", "family", "rater")
    wanted = {"name": name, **dict.fromkeys(keys), **about}
    (found,) = [r for r in document["results"] if all(r[k] == v for k, v in wanted.items())]
    return dict(found)


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


def test_every_number_of_the_page_is_in_the_results(report: Path, document: dict[str, Any]) -> None:
    page = (report / "report.html").read_text(encoding="utf-8")
    shown = re.findall(r'<span data-result="(\d+)">(.*?)</span>(?!\s*<em)(?=[^)])', page)
    assert len(shown) > 200
    for place, inner in shown:
        result = document["results"][int(place)]
        number = re.search(r"<b>(.*?)</b>", inner)
        if number is None:
            assert result["value"] is None
            continue
        printed = number[1].replace("\u2212", "-")
        digits = len(printed.partition(".")[2])
        assert float(printed) == pytest.approx(result["value"], abs=0.5 * 10**-digits + 1e-9)


def test_the_page_needs_nothing_else(report: Path) -> None:
    page = (report / "report.html").read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    assert "http:" not in page
    assert "https:" not in page
    assert "<script" not in page
    assert "Small &lt;study&gt;" in page
    assert "Simulated data." in page
    assert "it is not made here" in page


def test_the_tables_are_there_and_safe(report: Path) -> None:
    names = {path.name for path in (report / "tables").iterdir()}
    assert names == {
        "agreement.csv",
        "association.csv",
        "contrast.csv",
        "measurements.csv",
        "overview.csv",
        "ratings.csv",
        "ratings_wide.csv",
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
    assert limits(10, 3, {"vision-language": 4, "pure visual": 4}, 0) == []
    said = limits(9, 2, {"vision-language": 3, "pure visual": 4}, 1)
    assert [sentence.split(":")[0] for sentence in said[:3]] == [
        "Few cases",
        "Few raters",
        "Few models in the family \u201cvision-language\u201d",
    ]
    assert said[3].startswith("1 pair of mask and reference could")
