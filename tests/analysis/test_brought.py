"""Columns that the analyst brings along: read with every problem, joined, related as a metric."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.any_table import TableError
from analysis.association.items import association_results
from analysis.association.pairing import MEAN_OVER_STRUCTURES, METRIC_NAMES, judged_masks
from analysis.brought import BroughtColumns, ColumnsFile, read_brought
from analysis.description import StudyDescription
from analysis.tables import Handover, load_handover, write_table
from tests.analysis.small_study import CASES, FAMILY

MASKS = [(case, model) for case in CASES for model in FAMILY]
ABOUT = ("name", "item", "structure", "metric_structure", "family", "model", "rater")


@pytest.fixture(scope="module")
def study(handover: Path) -> Handover:
    return load_handover(handover)


@pytest.fixture(scope="module")
def measurements(report: Path) -> pd.DataFrame:
    table = report / "tables" / "measurements.csv"
    empty = {name: [""] for name in METRIC_NAMES}  # an empty prompt is no missing one
    return pd.read_csv(table, keep_default_na=False, na_values=empty)


def saved(folder: Path, columns: str, rows: Iterable[Sequence[object]]) -> Path:
    path = folder / "columns.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([columns.split(), *rows])
    return path


def read(path: Path, study: Handover, *lower: str) -> BroughtColumns:
    return read_brought(ColumnsFile(path, lower), study)


def problems(path: Path, study: Handover, *lower: str) -> list[str]:
    with pytest.raises(TableError) as refused:
        read(path, study, *lower)
    return [problem.removeprefix("columns.csv: ") for problem in refused.value.problems]


def by_mask(frame: pd.DataFrame, name: str) -> dict[tuple[str, str], float]:
    return {(case, model): value for (case, model, _), value in frame[name].items()}


def test_every_problem_at_once(study: Handover, tmp_path: Path) -> None:
    rows = [
        ["c00", "vl-a", "all", 0.5, 1],
        ["c00", "vl-a", "all", 0.6, 1],
        ["c99", "vl-a", "all", 0.5, 1],
        ["c01", "nobody", "", "high", 1],
        ["", "vl-b", "", 0.5, 1],
        ["c01", "vl-b", "rim", "low", 1],
    ]
    path = saved(tmp_path, "case model structure similarity DSC", rows)
    assert problems(path, study, "entropy", "model") == [
        "row 6: “case” is empty",
        "row 4: the study has no case “c99”",
        "row 5: the study has no model “nobody”",
        "row 7: the study has no structure “rim”",
        "row 3: about the same as a row that came before",
        "“DSC” is the name of a number that the analysis has of its own; give the column another "
        "name",
        "there is no column “entropy” (--lower-is-better); there are: case, model, structure, "
        "similarity, DSC",
        "“model” (--lower-is-better) is no column of numbers",
        "rows 5, 7: “similarity” is “high”, “low”, no number",
    ]


@pytest.mark.parametrize("name", ["hd95_mm", "nsd_7mm", "Volume_ml", "rating"])
def test_names_that_the_analysis_has_of_its_own(study: Handover, tmp_path: Path, name: str) -> None:
    path = saved(tmp_path, f"case model {name}", [["c00", "vl-a", 1.0]])
    (problem,) = problems(path, study)
    assert problem.startswith(f"“{name}” is the name of")


def test_columns_that_are_not_there(study: Handover, tmp_path: Path) -> None:
    path = saved(tmp_path, "case similarity", [["c00", "much"]])
    assert problems(path, study) == [
        "there is no column “model” (which names the mask); there are: case, similarity",
        "row 2: “similarity” is “much”, no number",
    ]
    path = saved(tmp_path, "case model", [["c00", "vl-a"]])
    assert problems(path, study) == ["there is no column of numbers"]
    path = saved(tmp_path, "case model empty", [["c00", "vl-a", ""]])
    assert problems(path, study) == ["“empty” has no number"]
    path.write_text("case,model,\nc00,vl-a,1\n", encoding="utf-8")
    assert problems(path, study) == ["a column has no name"]
    with pytest.raises(TableError, match="there is no such file"):
        read(tmp_path / "nothing.csv", study)


def test_a_mask_that_the_study_has_not(study: Handover, tmp_path: Path) -> None:
    """A case and a model that are both there do not make a mask; nor does another prompt."""
    less = replace(study, masks=study.masks[~study.masks["mask"].str.contains("c02-vl-b")])
    path = saved(tmp_path, "case model x", [["c02", "vl-b", 1.0], ["c02", "vl-a", 1.0]])
    assert problems(path, less) == ["row 2: the study has no mask of this case and model"]
    path = saved(tmp_path, "case model prompt x", [["c02", "vl-a", "liver", 1.0]])
    told = "row 2: the study has no mask of this case and model with this prompt"
    assert problems(path, study) == [told]


def test_prompts_tell_masks_apart(study: Handover, tmp_path: Path) -> None:
    masks = study.masks[study.masks["model"].isin(["vl-a", "pv-a"])]
    several = masks.assign(prompt=["none" if m == "vl-a" else "" for m in masks["model"]])
    more = several[several["model"] == "vl-a"].assign(prompt="=all, please")
    prompted = replace(study, masks=pd.concat([several, more], ignore_index=True))
    path = saved(tmp_path, "case model x", [["c00", "vl-a", 1.0], ["c00", "pv-a", 2.0]])
    told = "row 2: the model has masks of several prompts here: name them in a column “prompt”"
    assert problems(path, prompted) == [told]
    path = tmp_path / "guarded.csv"
    rows = [
        {"case": "c00", "model": "vl-a", "prompt": "none", "x": 1.0},
        {"case": "c00", "model": "vl-a", "prompt": "=all, please", "x": 3.0},
        {"case": "c00", "model": "pv-a", "prompt": "", "x": 2.0},
        {"case": "c01", "model": "pv-a", "prompt": "", "x": "none"},
    ]
    write_table(path, rows, list(rows[0]))
    assert "'=all" in path.read_text()
    found = read(path, prompted).beside(MEAN_OVER_STRUCTURES)["x"]
    assert found["c00", "vl-a", "none"] == 1.0
    assert found["c00", "vl-a", "=all, please"] == 3.0
    assert found["c00", "pv-a", ""] == 2.0
    assert np.isnan(found["c01", "pv-a", ""])


def test_the_only_mask_of_a_model_needs_no_prompt(study: Handover, tmp_path: Path) -> None:
    prompted = replace(study, masks=study.masks.assign(prompt="everything"))
    path = saved(tmp_path, "case model x", [["c00", "vl-a", 1.0]])
    assert read(path, prompted).beside("all")["x"].to_dict() == {("c00", "vl-a", "everything"): 1.0}


def test_a_structure_has_its_own_number_or_that_of_the_whole(
    study: Handover, tmp_path: Path
) -> None:
    rows = [
        ["c00", "vl-a", "", 1, ""],
        ["c01", "vl-a", "", 2, ""],
        ["c01", "vl-a", "core", 5, 7],
    ]
    columns = read(saved(tmp_path, "case model structure mixed single", rows), study)
    core, whole = columns.beside("core"), columns.beside(MEAN_OVER_STRUCTURES)
    assert by_mask(core, "mixed") == {("c00", "vl-a"): 1, ("c01", "vl-a"): 5}
    assert by_mask(whole, "mixed") == {("c00", "vl-a"): 1, ("c01", "vl-a"): 2}
    assert core["single"].dropna().tolist() == [7]
    assert list(whole) == ["mixed"]
    assert list(columns.beside("all")) == ["mixed"]


def test_small_numbers_are_not_taken_for_ties(study: Handover, tmp_path: Path) -> None:
    """Only our own metrics are rounded."""
    rows = [["c00", m, 1e-9 * at, -1e200 * at, at] for at, m in enumerate(FAMILY)]
    columns = read(saved(tmp_path, "case model tiny huge plain", rows), study, "huge")
    found = columns.beside("all").loc[[("c00", model, "") for model in FAMILY]]
    assert found["tiny"].tolist() == [row[2] for row in rows]
    assert found["huge"].tolist() == [-row[3] for row in rows]
    assert found["plain"].tolist() == [0, 1, 2, 3, 4]


def test_columns_are_metrics_of_the_rated_masks(
    study: Handover, measurements: pd.DataFrame, tmp_path: Path
) -> None:
    rows = [[c, m, at, at] for at, (c, m) in enumerate(MASKS) if m != "pv-b"]
    columns = read(saved(tmp_path, "case model likeness entropy", rows), study, "entropy")
    seen = []
    for judged in judged_masks(study, measurements, columns):
        masks = judged.masks
        seen.append((judged.structure, judged.metric_structure))
        given = {
            (case, model): value
            for case, model, value in zip(
                masks.cases, masks.models, masks.metrics["likeness"], strict=True
            )
        }
        expected = {mask: np.nan if mask[1] == "pv-b" else at for at, mask in enumerate(MASKS)}
        assert given == pytest.approx(expected, nan_ok=True)
        opposite = -masks.metrics["likeness"]
        np.testing.assert_array_equal(masks.metrics["entropy"], opposite)
        assert masks.lower_is_better == {"hd95_mm", "hd95_directed_mm", "entropy"}
    assert seen == [
        ("all", "all"),
        ("core", "core"),
        ("", MEAN_OVER_STRUCTURES),
        ("", "all"),
        ("", "core"),
    ]


def test_a_column_that_is_the_dsc_has_the_results_of_the_dsc(
    study: Handover, measurements: pd.DataFrame, tmp_path: Path
) -> None:
    """A thousandth of a millionth of 1 - DSC, lower being better, ranks masks as DSC does."""
    one_item = replace(study, description=only(study.description, "quality"))
    dsc = measurements.groupby(["case", "model", "structure"])["dsc"].mean()
    rows = [[*key, repr(1e-9 * (1 - round(value, 5)))] for key, value in dsc.items()]
    path = saved(tmp_path, "case model structure distance", rows)
    rounded = measurements.assign(
        dsc=[round(dsc[key], 5) for key in measurements[dsc.index.names].itertuples(index=False)]
    )
    found = association_results(one_item, rounded, brought=read(path, study, "distance"))
    of = {
        metric: {tuple(getattr(r, k) for k in ABOUT): r for r in found if r.metric == metric}
        for metric in ("dsc", "distance")
    }
    assert of["dsc"].keys() == of["distance"].keys()
    assert len(of["dsc"]) > 100
    for key, expected in of["dsc"].items():
        result = of["distance"][key]
        assert result.value == pytest.approx(expected.value, abs=1e-6), key
        assert result.p_value == pytest.approx(expected.p_value, abs=1e-6), key
        assert result.n == expected.n


def only(description: StudyDescription, item: str) -> StudyDescription:
    return replace(description, items=(description.item(item),))
