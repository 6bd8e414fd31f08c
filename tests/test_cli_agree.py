"""`rater-app agree`: anybody's ratings, every problem at once, the same numbers for any layout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.analysis.small_study import find
from tests.command_line import run

FEW = ("--resamples", "40")


def ratings(items: int = 12) -> pd.DataFrame:
    """Return a long table: two items a case, three raters, some ratings missing."""
    draw = np.random.default_rng(4)
    rows = [
        {
            "case": f"p{item // 2}",
            "item": f"i{item:02}",
            "rater": rater,
            "rating": int(np.clip(round(3 + 1.5 * quality + 0.7 * draw.normal()), 1, 5)),
        }
        for item, quality in enumerate(draw.normal(size=items))
        for rater in ("Ann", "Ben", "Cy")
    ]
    return pd.DataFrame(rows).drop(index=[4, 17])


@pytest.fixture
def long(tmp_path: Path) -> Path:
    return saved(tmp_path / "long.csv", ratings().to_csv(index=False))


def saved(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def agreed(*arguments: object) -> dict[str, Any]:
    told = run("agree", *arguments, *FEW, "--json")
    assert told.exit_code == 0, told.stderr
    return dict(json.loads(told.stdout, parse_constant=not_json))


def not_json(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def problems(*arguments: object) -> list[str]:
    told = run("agree", *arguments)
    assert (told.exit_code, told.stdout) == (2, "")
    *named, count = told.stderr.splitlines()
    assert count == f"{len(named)} problem{'s' * (len(named) != 1)}."
    as_json = run("agree", *arguments, "--json")
    assert as_json.exit_code == 2
    assert json.loads(as_json.stdout) == {"problems": named}
    return named


def test_lines_for_people(long: Path):
    told = run("agree", long, *FEW)
    assert told.exit_code == 0
    assert "34 ratings of 12 items in 6 cases by 3 raters: Ann, Ben, Cy." in told.stdout
    assert "2 ratings are missing." in told.stdout
    (alpha,) = [line for line in told.stdout.splitlines() if "krippendorff_alpha " in line]
    value = find(agreed(long), "krippendorff_alpha")
    low, high = value["interval"]
    assert alpha.split()[1:] == [f"{value['value']:.3f}", f"{low:.3f}", "to", f"{high:.3f}"]
    assert told.stderr == (
        "Warning: Few rated cases: 6. Intervals from fewer than 10 cases are rough.\n"
    )


def test_less_is_told_than_is_known(long: Path):
    short, full = (run("agree", long, *FEW, *more).stdout for more in ((), ("--all",)))
    hidden = len(agreed(long)["results"]) - sum(
        line.startswith("  ") for line in short.splitlines()
    )
    assert hidden > 10
    assert f"{hidden} more numbers with --all" in short
    assert "conger_kappa" not in short
    assert "conger_kappa" in full
    assert "with --all" not in full


def test_everything_is_in_the_json(long: Path):
    document = agreed(long)
    assert set(document) == {"table", "missing", "warnings", "resamples", "results"}
    assert document["resamples"] == {"n": 40, "seed": 1, "unit": "case"}
    assert document["table"]["levels"] == [1, 2, 3, 4, 5]
    assert document["missing"]["by_rater"]["Ben"] == {"rated": 11, "missing": 1}
    for result in document["results"]:
        assert result["value"] is not None or result["reason"]
        assert result["n"]
        assert result["method"]
    alpha = find(document, "krippendorff_alpha")
    assert alpha["n"] == {"cases": 6, "raters": 3, "units": 12, "ratings": 34}
    assert [each["method"].split(",")[0] for each in alpha["beside"]][:2] == ["percentile", "BCa"]


def test_long_and_wide_are_the_same(long: Path, tmp_path: Path):
    frame = ratings().pivot(index=["item", "case"], columns="rater", values="rating")
    wide = saved(tmp_path / "wide.csv", frame.to_csv())
    one, other = agreed(long), agreed(wide)
    assert (one["table"]["layout"], other["table"]["layout"]) == ("long", "wide")
    for key in ("missing", "warnings", "results"):
        assert one[key] == other[key]


def test_the_order_of_rows_and_columns_changes_no_byte(tmp_path: Path):
    path, outputs = tmp_path / "table.csv", set()
    for seed in range(3):
        shuffled = ratings().sample(frac=1, random_state=seed)
        columns = shuffled.columns.to_numpy()[np.random.default_rng(seed).permutation(4)]
        saved(path, shuffled[list(columns)].to_csv(index=False))
        outputs.add(run("agree", path, *FEW, "--json").stdout)
    assert len(outputs) == 1


def test_seeds(long: Path):
    def told(seed: int) -> str:
        return run("agree", long, *FEW, "--seed", seed, "--json").stdout

    assert told(3) == told(3)
    assert told(3) != told(4)


def test_other_names_separators_and_marks(long: Path, tmp_path: Path):
    names = {
        "rater": "Reader, no.",
        "item": "Läsion",
        "rating": "note «1 to 5»",
        "case": "patient id",
    }
    text = ratings().rename(columns=names).to_csv(index=False, sep=";", lineterminator="\r\n")
    path = saved(tmp_path / "weird name.csv", "\ufeff" + text)
    options = ("--rater", "Reader, no.", "--item", "Läsion", "--rating", "note «1 to 5»")
    assert agreed(path, *options, "--case", "patient id")["results"] == agreed(long)["results"]


def test_columns_that_were_not_named_are_found(long: Path, tmp_path: Path):
    """Naming one column must not lose the case: the intervals would be too narrow."""
    text = ratings().rename(columns={"rating": "grade"}).to_csv(index=False)
    told = agreed(saved(tmp_path / "grade.csv", text), "--rating", "grade")
    assert told["table"]["columns"]["case"] == "case"
    assert told["results"] == agreed(long)["results"]
    models = ratings().rename(columns={"item": "model"}).to_csv(index=False)
    told = agreed(saved(tmp_path / "models.csv", models))
    assert told["table"]["columns"]["item"] == ["case", "model"]
    assert told["results"] == agreed(long)["results"]


def test_words_as_levels(long: Path, tmp_path: Path):
    words = dict(enumerate(["none", "poor", "fair", "good", "very good"], start=1))
    frame = ratings()
    frame["rating"] = frame["rating"].map(words)
    path = saved(tmp_path / "words.csv", frame.to_csv(index=False))
    told = agreed(path, "--categories", ", ".join(words.values()))
    assert told["table"]["levels"] == list(words.values())
    numbers = agreed(long)
    assert told["missing"] == numbers["missing"]  # "none" is a level here, and no gap
    for name in ("krippendorff_alpha", "gwet_ac2", "icc_a1"):
        assert find(told, name)["value"] == find(numbers, name)["value"]
    assert problems(path) == [
        "words.csv: the ratings are words (fair, good, poor, very good): name all levels from "
        "lowest to highest with --categories, or choose --level nominal"
    ]
    assert problems(path, "--categories", "none,fair,good,very good") == [
        "words.csv: rows 2, 3, 13, 16, 18 and 1 more: “poor” is none of the levels none, fair, "
        "good, very good"
    ]


@pytest.mark.parametrize(
    ("categories", "expected"),
    [
        ("1,2,2,3,4,5", "--categories names 2 more than once"),
        ("1,5,2,3,4", "--categories is 1, 5, 2, 3, 4: numbers are in their own order"),
        ("1,2,3,4", "long.csv: rows 7, 8, 9, 33, 34 and 1 more: “5” is none of the levels"),
    ],
)
def test_levels_that_cannot_be(long: Path, categories: str, expected: str):
    (problem,) = problems(long, "--categories", categories)
    assert problem.startswith(expected)


def test_decimal_commas_between_semicolons(tmp_path: Path):
    text = "item;a;b\n1;1,5;2\n2;2;2,5\n3;-3,25;3\n4;,5;1\n"
    told = agreed(saved(tmp_path / "comma.csv", text), "--level", "interval")
    dots = saved(tmp_path / "dots.csv", text.replace(",", ".").replace(";", ","))
    assert told["results"] == agreed(dots, "--level", "interval")["results"]


def test_repeated_readings(tmp_path: Path):
    frame = ratings().assign(replicate=0)
    again = frame[frame["rater"] == "Ann"].assign(replicate=1)
    path = saved(tmp_path / "again.csv", pd.concat([again, frame]).to_csv(index=False))
    told = agreed(path)
    assert told["table"]["repeated_readings"] == len(again)
    assert find(told, "intra_rater_identical", rater="Ann")["value"] == 1
    assert told["table"]["ratings"] == 34
    (problem,) = problems(saved(path, pd.concat([again, frame]).drop(columns="replicate").to_csv()))
    assert "the rater has rated this item before" in problem


def test_every_problem_at_once(tmp_path: Path):
    path = saved(tmp_path / "bad.csv", "item,rater,rating,case\n,a,1,x\n1,,2,\n2,a,3,x\n")
    assert problems(path) == [
        "bad.csv: row 3: “rater” is empty",
        "bad.csv: row 2: “item” is empty",
        "bad.csv: row 3: “case” is empty",
    ]
    assert len(problems(path, "--rater", "x", "--item", "y", "--rating", "z", "--case", "q")) == 4
    assert problems(path, "--level", "ordered") == [
        "--level is “ordered”, not one of nominal, ordinal, interval, ratio"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "there are no rows below the header"),
        ("item,rater,rating\n1,a,2\n1,a,2\n", "the rater has rated this item before"),
        ("item,a,b\n1,2,3\n1,2,3\n", "the rater has rated this item before"),
        ("item,a,b\n1,2,3\n,2,3\n", "row 3: “item” is empty"),
        ("item,rater,rating\n1,a,-inf\n", "a rating is infinite"),
        ("item,rater,rating\n1,a,\n", "there is no rating"),
        ('item,rater,rating\n"1,a,3\n2,a,3\n', "not 3 cells, as the header has"),
        ('item,rater,rating\n"' + "1,a,3\n" * 30_000, "is a quotation mark open?"),
        ("<html><body>\n</body></html>\n", "fewer than two columns of numbers"),
    ],
)
def test_tables_that_are_none(tmp_path: Path, text: str, expected: str):
    (problem,) = problems(saved(tmp_path / "bad.csv", text))
    assert expected in problem


def test_files_that_are_none(tmp_path: Path):
    assert problems(tmp_path / "no.csv") == [f"{tmp_path / 'no.csv'}: there is no such file"]
    assert problems(tmp_path) == [f"{tmp_path} is a folder, not a CSV file"]
    (tmp_path / "excel.csv").write_bytes(b"PK\x03\x04\xff\xfe\x00")
    (problem,) = problems(tmp_path / "excel.csv")
    assert problem.endswith("excel.csv is not UTF-8 text: save it as CSV UTF-8")


@pytest.mark.parametrize(
    "text",
    [
        "item,rater,rating\n1,a,2\n2,a,3\n3,a,3\n",
        "item,a,b\n1,2,2\n2,2,2\n3,2,2\n",
        "item,a,b\n1,2,3\n2,4,4\n",
        "item,a,b\n1,2,\n2,,3\n3,2,\n",
        "item,rater,rating\n1,a,2\n",
        "case,item,a,b\nx,1,2,3\nx,2,4,4\nx,3,1,1\n",
        "item,a,b\n1,1,1000000000\n2,2,3\n3,70000,70001\n",
    ],
    ids=["one rater", "constant", "two cases", "no pairs", "one rating", "one case", "far apart"],
)
@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_what_cannot_be_estimated_says_why(tmp_path: Path, text: str, level: str):
    path = saved(tmp_path / "small.csv", text)
    document = agreed(path, "--level", level)
    assert document["results"]
    for result in document["results"]:
        if result["value"] is None:
            assert len(result["reason"]) > 10
    lines = run("agree", path, "--level", level, "--all", *FEW)
    assert lines.exit_code == 0
    assert "nan" not in lines.stdout.split()
    assert len(lines.stdout.splitlines()) > len(document["results"])
    assert any("Few rated cases" in warning for warning in document["warnings"])
