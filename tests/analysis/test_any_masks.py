"""`associate` on anybody's table: nothing depends on the order of rows or on names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.any_table import TableError
from analysis.association.any_masks import associate
from analysis.association.block import Plan, association_block
from analysis.association.reading_masks import MaskColumns
from analysis.resampling import Resamples
from analysis.results import Asked
from tests.analysis.small_study import find
from tests.analysis.test_association_block import FAMILIES, read, study_frame

SAME = {"rel": 1e-7, "abs": 1e-9}


def saved(folder: Path, frame: pd.DataFrame, name: str = "masks.csv") -> Path:
    path = folder / name
    frame.to_csv(path, index=False)
    return path


def told(folder: Path, frame: pd.DataFrame, *arguments: Any, **options: Any) -> dict[str, Any]:
    settings = {"n_resamples": 30} | options
    document = associate(saved(folder, frame), *arguments, **settings)
    json.dumps(document, allow_nan=False)
    return document


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return study_frame(models=8, cases=8)[
        ["case", "model", "family", "rater", "rating", "dsc", "hd95_mm"]
    ]


def test_shuffled_rows_and_columns_change_no_byte(frame: pd.DataFrame, tmp_path: Path) -> None:
    texts = {
        json.dumps(told(tmp_path, frame.sample(frac=1, random_state=seed))) for seed in range(3)
    }
    texts.add(json.dumps(told(tmp_path, frame)))
    assert len(texts) == 1
    moved = told(tmp_path, frame[["rating", "dsc", "rater", "family", "hd95_mm", "model", "case"]])
    assert json.dumps(moved) in texts


def test_the_seed_decides(frame: pd.DataFrame, tmp_path: Path) -> None:
    one, same, other = (told(tmp_path, frame, seed=seed) for seed in (5, 5, 6))
    assert one == same
    assert one["results"] != other["results"]
    for first, second in zip(one["results"], other["results"], strict=True):
        assert first["value"] == second["value"] or first["name"] in {
            "share_first",
            "cut_off_sensitivity",
            "cut_off_specificity",
        }


def test_other_labels_in_the_same_order_change_names_alone(
    frame: pd.DataFrame, tmp_path: Path
) -> None:
    """As long as the order of names is kept even the resamples are the same."""
    renamed = frame.assign(
        case="x" + frame["case"], model="ü " + frame["model"], rater="R, " + frame["rater"]
    )
    plain, other = told(tmp_path, frame), told(tmp_path, renamed)
    text = json.dumps(other["results"], ensure_ascii=False)
    assert json.loads(text.replace("ü ", "").replace("R, ", "")) == plain["results"]


def test_labels_in_another_order_change_no_value(frame: pd.DataFrame, tmp_path: Path) -> None:
    models = sorted(set(frame["model"]))
    new = {
        "case": {name: f"k{9 - at}" for at, name in enumerate(sorted(set(frame["case"])))},
        "model": dict(zip(models, reversed([f"w{at}" for at in range(9)]), strict=True)),
        "rater": {"r0": "c", "r1": "a", "r2": "b"},
    }
    renamed = frame.assign(**{column: frame[column].map(names) for column, names in new.items()})
    one = told(tmp_path, frame, n_resamples=0)["results"]
    other = {
        tuple(r[key] for key in ("name", "metric", "family", "model", "rater")): r
        for r in told(tmp_path, renamed, n_resamples=0)["results"]
    }
    assert len(one) == len(other) > 100
    for result in one:
        model, rater = new["model"].get(result["model"]), new["rater"].get(result["rater"])
        same = other[result["name"], result["metric"], result["family"], model, rater]
        if result["value"] is None:
            assert same["value"] is None
            continue
        assert same["value"] == pytest.approx(result["value"], **SAME), result["name"]
        if result["interval"]:
            assert same["interval"] == pytest.approx(result["interval"], rel=1e-5, abs=1e-7)


def test_what_was_read_is_told(frame: pd.DataFrame, tmp_path: Path) -> None:
    table = told(tmp_path, frame.assign(comment="fine"))["table"]
    assert (table["cases"], table["masks"]) == (8, 72)
    assert table["models"]["human"] == ["expert"]
    assert table["models"][FAMILIES[0]] == ["m0", "m1", "m2", "m3"]
    assert (table["metrics"], table["lower_is_better"]) == (["dsc", "hd95_mm"], ["hd95_mm"])
    assert (table["raters"], table["left_out"]) == (["r0", "r1", "r2"], ["comment"])
    assert table["contrast"] == list(FAMILIES)


def test_naming_one_metric_as_better_when_lower_keeps_what_is_known(
    frame: pd.DataFrame, tmp_path: Path
) -> None:
    frame = frame.assign(uncertainty=1 - frame["dsc"])
    columns = MaskColumns(lower_is_better=("uncertainty",))
    document = told(tmp_path, frame, columns)
    assert document["table"]["lower_is_better"] == ["hd95_mm", "uncertainty"]
    of_dsc = find(document, "spearman", metric="dsc")
    assert find(document, "spearman", metric="uncertainty")["value"] == of_dsc["value"]
    unsigned = find(told(tmp_path, frame), "spearman", metric="uncertainty")
    assert unsigned["value"] == pytest.approx(-of_dsc["value"])


def test_two_families_of_any_name_are_compared(frame: pd.DataFrame, tmp_path: Path) -> None:
    names = {FAMILIES[0]: "zeta", FAMILIES[1]: "alpha", "human": "human"}
    renamed = frame.assign(family=frame["family"].map(names))
    by_name = told(tmp_path, renamed)
    assert by_name["table"]["contrast"] == ["alpha", "zeta"]
    asked = told(tmp_path, renamed, None, Plan(contrast=("zeta", "alpha")))
    plain = find(told(tmp_path, frame), "family_difference_z", metric="dsc")
    assert find(asked, "family_difference_z", metric="dsc")["value"] == plain["value"]
    other = find(by_name, "family_difference_z", metric="dsc")
    assert other["value"] == pytest.approx(-plain["value"], **SAME)


def test_one_family_none_and_three(frame: pd.DataFrame, tmp_path: Path) -> None:
    models = frame[frame["family"] != "human"]
    none = told(tmp_path, models.drop(columns="family"))
    assert none["table"]["models_without_family"] == [f"m{n}" for n in range(8)]
    three = told(
        tmp_path, models.assign(family="f" + (models["model"].str[1].astype(int) % 3).astype(str))
    )
    one = told(tmp_path, models.assign(family="only"))
    for document in (none, one, three):
        assert document["table"]["contrast"] is None
        assert not [r for r in document["results"] if r["name"].startswith("family_")]
        assert document["warnings"] == [
            "Few rated cases: 8. Intervals from fewer than 10 cases are rough."
        ]
    pooled = [find(document, "spearman", metric="dsc")["value"] for document in (none, one, three)]
    assert len(set(pooled)) == 1
    chosen = told(
        tmp_path,
        models.assign(family="f" + (models["model"].str[1].astype(int) % 3).astype(str)),
        None,
        Plan(contrast=("f2", "f0")),
    )
    assert [w for w in chosen["warnings"] if "f1" in w] == []


def test_masks_of_several_prompts(frame: pd.DataFrame, tmp_path: Path) -> None:
    other = frame.assign(prompt="the tumour", dsc=frame["dsc"] ** 2)
    both = pd.concat([frame.assign(prompt=""), other])
    document = told(tmp_path, both)
    assert document["table"]["masks"] == 144
    assert find(document, "spearman", metric="dsc")["n"]["masks"] == 126  # a dsc is missing, twice


def test_a_table_of_mean_ratings(frame: pd.DataFrame, tmp_path: Path) -> None:
    of_masks = frame.groupby(["case", "model", "family"], as_index=False)[
        ["rating", "dsc", "hd95_mm"]
    ].mean()
    document = told(tmp_path, of_masks)
    assert document["table"]["raters"] == []
    names = ("spearman", "rm_corr", "family_difference_rho", "family_claim_z")
    single = told(tmp_path, frame)
    for name in names:
        one, other = (find(each, name, metric="dsc") for each in (document, single))
        assert one["value"] == pytest.approx(other["value"], **SAME)
    assert not [r for r in document["results"] if r["name"] == "noise_ceiling"]


def test_missing_metrics_and_ratings_are_counted(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame = frame.copy()
    frame.loc[(frame["case"] == "c000") & (frame["model"] == "m2"), "hd95_mm"] = float("nan")
    frame.loc[(frame["case"] == "c001") & (frame["model"] == "m2"), "rating"] = float("nan")
    frame.loc[(frame["case"] == "c002") & (frame["model"] == "m2"), "hd95_mm"] = float("inf")
    n = find(told(tmp_path, frame), "spearman", metric="hd95_mm")["n"]
    assert (n["masks"], n["infinite"], n["excluded"]) == (62, 2, 1)


def test_problems_come_together(frame: pd.DataFrame, tmp_path: Path) -> None:
    broken = frame.astype({"rating": object, "dsc": object})
    broken.loc[1, "rating"], broken.loc[2, "dsc"] = "bad", "0.4"
    broken.loc[3, "case"], broken.loc[4, "model"], broken.loc[5, "rater"] = None, None, None
    with pytest.raises(TableError) as refused:
        told(tmp_path, broken)
    assert refused.value.problems == (
        "masks.csv: row 3: “rating” is “bad”, no number",
        "masks.csv: row 5: “case” is empty",
        "masks.csv: row 6: “model” is empty",
        "masks.csv: row 7: “rater” is empty",
    )


DEGENERATE: dict[str, dict[str, Any]] = {
    "constant metric": {"dsc": 0.5},
    "constant rating": {"rating": 3.0},
    "no metric": {"dsc": np.nan},
    "all infinite": {"dsc": np.inf},
    "one case": {"case": "c1"},
    "one model": {"model": "m1", "family": FAMILIES[0]},
}


@pytest.mark.parametrize("change", DEGENERATE.values(), ids=DEGENERATE.keys())
def test_undefined_numbers_have_a_reason(change: dict[str, Any]) -> None:
    frame = study_frame(models=4, cases=6).assign(**change)
    frame = frame.drop_duplicates(["case", "model", "rater"])
    masks = read(frame, "dsc")
    asked = Asked(0.95, Resamples(masks.case_names, 40))
    results = association_block(masks, asked, Plan(contrast=FAMILIES, acceptable=3))
    assert len(results) > 20
    for result in results:
        if result.value is None:
            assert result.reason, result.name
            assert (result.interval, result.p_value) == (None, None), result
    json.dumps([result.to_dict() for result in results], allow_nan=False)


def test_each_structure_is_related_on_its_own(frame: pd.DataFrame, tmp_path: Path) -> None:
    swapped = frame.assign(dsc=1 - frame["dsc"])
    both = pd.concat([frame.assign(structure="core"), swapped.assign(structure="whole")])
    found = told(tmp_path, both)
    alone = told(tmp_path, frame)
    assert found["table"]["structures"] == ["core", "whole"]
    assert found["table"]["masks"] == 2 * alone["table"]["masks"]
    core = [one for one in found["results"] if one["structure"] == "core"]
    for of_core, of_one in zip(core, alone["results"], strict=True):
        same = {key: of_one[key] for key in ("name", "value", "interval", "p_value")}
        assert same == {key: of_core[key] for key in same}
    rho = {
        one["structure"]: one["value"]
        for one in found["results"]
        if (one["name"], one["metric"], one["family"], one["model"])
        == ("spearman", "dsc", None, None)
    }
    assert rho["whole"] == pytest.approx(-rho["core"])
