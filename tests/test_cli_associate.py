"""`rater-app associate`: any table of rated masks, problems in sentences, headings for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.analysis.small_study import find
from tests.command_line import run

FEW = ("--resamples", "30")


def masks(cases: int = 6, models: int = 4, families: int = 2, raters: int = 2) -> pd.DataFrame:
    draw = np.random.default_rng(5)
    rows = []
    for case in range(cases):
        for model in range(models):
            quality = draw.normal()
            metrics = {
                "dsc": round(0.7 + 0.1 * quality + 0.05 * draw.normal(), 3),
                "hd95_mm": round(9 - 2 * quality + draw.normal(), 2),
            }
            mask = {"case": f"c{case}", "model": f"m{model}"}
            mask["family"] = ["vl", "pv", "other"][model % families]
            for rater in range(raters):
                rating = int(np.clip(round(3 + quality + 0.5 * draw.normal()), 1, 5))
                rows.append(mask | {"rater": f"R{rater}", "rating": rating} | metrics)
    return pd.DataFrame(rows)


def saved(folder: Path, frame: pd.DataFrame, **how: Any) -> Path:
    path = folder / "masks.csv"
    frame.to_csv(path, index=False, **how)
    return path


def related(*arguments: object) -> dict[str, Any]:
    told = run("associate", *arguments, *FEW, "--json")
    assert told.exit_code == 0, told.stderr
    document = dict(json.loads(told.stdout, parse_constant=not_json))
    for result in document["results"]:
        assert result["value"] is not None or result["reason"], result["name"]
    return document


def not_json(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def problems(*arguments: object) -> list[str]:
    told = run("associate", *arguments)
    assert (told.exit_code, told.stdout) == (2, "")
    *named, count = told.stderr.splitlines()
    assert count == f"{len(named)} problem{'s' * (len(named) != 1)}."
    assert json.loads(run("associate", *arguments, "--json").stdout) == {"problems": named}
    return named


def test_headings_and_lines_for_people(tmp_path: Path):
    told = run("associate", saved(tmp_path, masks()), "--acceptable", "4", *FEW)
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert lines[0] == "24 masks of 4 models on 6 cases. Metrics: dsc, hd95_mm."
    assert lines[1] == "Lower is better, the sign of correlations is changed: hd95_mm."
    assert lines.index("dsc") < lines.index("hd95_mm") < lines.index("dsc - hd95_mm")
    first = find(related(tmp_path / "masks.csv"), "spearman", metric="dsc")
    low, high = first["interval"]
    expected = [f"{first['value']:.3f}", f"{low:.3f}", "to", f"{high:.3f}"]
    (pooled, *_) = [line for line in lines if line.split()[:1] == ["spearman"]]
    assert pooled.split()[1:5] == expected
    assert "  Does it tell acceptable masks from others?" in lines
    assert not any("pearson" in line for line in lines)
    assert "more numbers with --all" in lines[-1]
    everything = run("associate", tmp_path / "masks.csv", "--all", *FEW).stdout
    assert "pearson" in everything
    assert "Few models in the family “pv”: 2." in told.stderr


def test_no_line_says_minus_zero(tmp_path: Path):
    frame = masks().assign(other=lambda table: table["dsc"] * 2)
    lines = run("associate", saved(tmp_path, frame), "--all", *FEW).stdout
    assert "-0.000" not in lines.split()


def test_every_wrong_name_is_told(tmp_path: Path):
    path = saved(tmp_path, masks())
    wrong = ("--rating", "a", "--case", "b", "--model", "c", "--family", "d", "--rater", "e")
    wrong += ("--metric", "f", "--mask", "g", "--lower-is-better", "h")
    told = problems(path, *wrong)
    for name, option in zip(wrong[1::2], wrong[::2], strict=True):
        assert sum(f"no column “{name}” ({option})" in problem for problem in told) == 1
    assert len(told) == 8


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--families", "vl"), "--families is “vl”: name two, with a comma"),
        (("--families", "vl,zz"), "masks.csv: there is no family “zz”; there are: pv, vl"),
        (("--metric", "rating"), "masks.csv: “rating” (--metric) is no metric"),
        (
            ("--metric", "dsc", "--lower-is-better", "hd95_mm"),
            "masks.csv: “hd95_mm” (--lower-is-better) is not among the metrics",
        ),
        (("--metric", "case"), "masks.csv: “case” (--metric) is no metric"),
    ],
)
def test_options_that_cannot_be(tmp_path: Path, options: tuple[str, ...], expected: str):
    (problem,) = problems(saved(tmp_path, masks()), *options)
    assert problem.startswith(expected)


def test_rows_that_cannot_be(tmp_path: Path):
    frame = masks()
    (twice,) = problems(saved(tmp_path, pd.concat([frame, frame.iloc[:2]])))
    assert twice.startswith("masks.csv: rows 50, 51: the rater has rated this mask before.")
    (twice,) = problems(saved(tmp_path, frame.drop(columns="rater")))
    assert "If raters differ, name their column with --rater" in twice
    two_values = frame.copy()
    two_values.loc[3, "dsc"] = 0.999
    assert problems(saved(tmp_path, two_values)) == [
        "masks.csv: 1 masks have more than one value of “dsc”"
    ]
    words = frame.assign(rating=frame["rating"].map(dict(enumerate("abcdef"))))
    (problem,) = problems(saved(tmp_path, words))
    assert "“rating” is “c”, “d”," in problem
    assert problem.endswith("no number")
    assert problems(saved(tmp_path, frame.assign(rating=np.nan))) == [
        "masks.csv: there is no rating"
    ]
    infinite = frame.astype({"rating": float})
    infinite.loc[5, "rating"] = -np.inf
    assert problems(saved(tmp_path, infinite)) == ["masks.csv: row 7: the rating is infinite"]
    (problem,) = problems(saved(tmp_path, frame[["case", "model", "rating", "family"]]))
    assert "a mask that came before" in problem or "no column of numbers" in problem


def test_names_separators_and_decimal_commas(tmp_path: Path):
    plain = related(saved(tmp_path, masks()))
    names = {"case": "patient id", "model": "Modèle; v2", "rating": "note", "rater": "who"}
    path = saved(
        tmp_path, masks().rename(columns=names), sep=";", decimal=",", encoding="utf-8-sig"
    )
    options = ("--case", "patient id", "--model", "Modèle; v2", "--rating", "note")
    other = related(path, *options, "--rater", "who")
    assert other["results"] == plain["results"]


def test_infinite_distances_rank_worst(tmp_path: Path):
    frame = masks()
    lost = (frame["case"] == "c0") & (frame["model"] == "m1")
    frame.loc[lost, "hd95_mm"] = np.inf
    document = related(saved(tmp_path, frame))
    far = frame.assign(hd95_mm=frame["hd95_mm"].replace(np.inf, 1e6))
    of_far = related(saved(tmp_path, far))
    for name in ("spearman", "kendall_tau_b"):
        one, other = (find(each, name, metric="hd95_mm") for each in (document, of_far))
        assert one["value"] == other["value"]
        assert one["n"]["infinite"] == 1
    assert "infinite values" in find(document, "pearson", metric="hd95_mm")["reason"]


@pytest.mark.parametrize(
    "frame",
    [
        masks(cases=2),
        masks(cases=1),
        masks(models=1, families=1),
        masks(models=2),
        masks(families=1),
        masks(models=6, families=3),
        masks(raters=1),
        masks().assign(dsc=0.5),
        masks().assign(rating=3),
        masks().assign(family=masks()["family"].replace("pv", "human")),
        masks().assign(hd95_mm=np.inf),
    ],
    ids=[
        "two cases",
        "one case",
        "one model",
        "two models",
        "one family",
        "three families",
        "one rater",
        "constant metric",
        "constant rating",
        "people",
        "all infinite",
    ],
)
def test_small_and_odd_tables(tmp_path: Path, frame: pd.DataFrame):
    path = saved(tmp_path, frame)
    document = related(path, "--acceptable", "4")
    assert len(document["results"]) >= 10
    told = run("associate", path, "--all", *FEW)
    assert told.exit_code == 0
    assert "nan" not in told.stdout.split()
