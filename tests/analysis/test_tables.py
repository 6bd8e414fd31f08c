from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.tables import (
    ASSIGNMENTS,
    MASKS,
    MODELS,
    RATINGS,
    REFERENCES,
    HandoverError,
    guard_text,
    load_handover,
    unguard_text,
    write_description,
    write_table,
)
from analysis.typed_csv import Table

STUDY: dict[str, Any] = {
    "format": 1,
    "title": "Two masks",
    "simulated": True,
    "instrument": {
        "name": "tiny",
        "title": "Tiny",
        "items": [
            {
                "id": "quality",
                "kind": "levels",
                "text": "How good?",
                "per_structure": True,
                "required": True,
                "best": "high",
                "levels": [
                    {"value": 1, "label": "bad", "anchor": "useless"},
                    {"value": 2, "label": "good", "anchor": "usable"},
                ],
            },
            {"id": "comment", "kind": "text", "text": "Anything else?", "per_structure": False},
        ],
    },
    "scheme": None,
    "structures": ["WT"],
    "seed": 7,
    "software": "rater-app 0.1.0",
}


def rating(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(RATINGS.columns, "")
    row |= {"rater": "R1", "case": "c1", "structure": "WT", "model": "M1", "item": "quality"}
    row |= {"replicate": 0, "value": 2.0, "revision": 1, "valid": True, "position": 1}
    row |= {"opened_at": "2026-11-23T15:00:00+00:00", "elapsed_s": 12.5}
    return row | changes


def write_two_masks(folder: Path, ratings: list[dict[str, Any]], study: Any = STUDY) -> None:
    write_description(folder / "study.json", study)
    (folder / "c1.nii.gz").write_bytes(b"mask")
    rows: dict[Table, list[dict[str, Any]]] = {
        MODELS: [{"model": "M1", "family": "pure visual", "class": "CNN"}],
        MASKS: [{"case": "c1", "model": "M1", "prompt": "", "mask": "c1.nii.gz", "sha256": ""}],
        REFERENCES: [{"case": "c1", "reference": "E1", "mask": "c1.nii.gz"}],
        RATINGS: ratings,
        ASSIGNMENTS: [
            {"rater": "R1", "case": "c1", "model": "M1", "prompt": "", "replicate": 0}
            | {"position": 1, "code": "ab12", "status": "submitted"}
        ],
    }
    for table, listed in rows.items():
        write_table(folder / table.file, listed, table.columns)


def problems_of(folder: Path) -> tuple[str, ...]:
    with pytest.raises(HandoverError) as caught:
        load_handover(folder)
    return caught.value.problems


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    comment = '=HYPERLINK("x"), two\nlines'
    ratings = [
        rating(),
        rating(item="comment", structure="", value=None, answer=comment),
    ]
    write_two_masks(tmp_path, ratings)
    handover = load_handover(tmp_path)
    assert handover.description.simulated
    assert handover.description.item("quality").levels[1].anchor == "usable"
    assert handover.ratings["answer"].tolist() == ["", comment]
    assert handover.ratings["value"].iloc[0] == 2.0
    assert handover.ratings["value"].isna().tolist() == [False, True]
    assert handover.ratings["elapsed_s"].iloc[0] == 12.5
    assert list(handover.ratings.columns) == list(RATINGS.columns)


def test_a_table_without_rows_is_fine(tmp_path: Path) -> None:
    write_two_masks(tmp_path, [])
    assert len(load_handover(tmp_path).ratings) == 0


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_no_cell_begins_like_a_formula(tmp_path: Path, start: str) -> None:
    write_table(tmp_path / "t.csv", [{"a": f"{start}1+1"}], ["a"])
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as stream:
        assert list(csv.reader(stream)) == [["a"], [f"'{start}1+1"]]


def test_negative_numbers_stay_numbers(tmp_path: Path) -> None:
    write_table(tmp_path / "t.csv", [{"a": -1.5, "b": float("nan"), "c": False}], ["a", "b", "c"])
    assert (tmp_path / "t.csv").read_text().splitlines()[1] == "-1.5,,0"


@given(st.text())
def test_guarding_text_loses_nothing(text: str) -> None:
    assert unguard_text(guard_text(text)) == text


def test_a_row_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="differ in b"):
        write_table(tmp_path / "t.csv", [{"a": 1, "b": 2}], ["a"])


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    ratings = [
        rating(),
        rating(),
        rating(rater="R2", value=9),
        rating(rater="R3", item="colour"),
        rating(rater="R4", structure="liver"),
        rating(rater="R5", model="M9"),
        rating(rater="R6", structure="WT", item="comment", value=None),
        rating(rater="R7", opened_at="yesterday"),
        rating(rater="R8", replicate=-1),
        rating(rater=""),
        rating(rater="R9"),
        rating(rater="R9", revision=2),
    ]
    write_two_masks(tmp_path, ratings)
    (tmp_path / "references.csv").unlink()
    (tmp_path / "models.csv").write_text("model,family,class\nM1,best,\n")
    (tmp_path / "masks.csv").write_text(
        f"case,model,prompt,mask,sha256\nc1,M1,,../c1.nii.gz,\nc2,M1,,c2.nii.gz,\n"
        f"c3,M1,,c1.nii.gz,{'0' * 64}\n"
    )
    problems = "\n".join(problems_of(tmp_path))
    for expected in (
        "references.csv: is missing",
        "models.csv, line 2: family `best` is not known",
        "masks.csv, line 2: mask must be a path inside the hand-over folder",
        "masks.csv, line 3: mask c2.nii.gz is not in the hand-over folder",
        "masks.csv, line 4: mask c1.nii.gz has changed since the export",
        "ratings.csv, line 3: the key (rater, case",
        "ratings.csv, line 4: item `quality` has no level 9",
        "ratings.csv, line 5: item `colour` is not in the instrument",
        "ratings.csv, line 6: item `quality` has structure `liver`",
        "ratings.csv, line 7: case `c1`, model `M9` is not in masks.csv",
        "ratings.csv, line 8: item `comment` is asked of the whole mask",
        "ratings.csv, line 9: column `opened_at` must be a time",
        "ratings.csv, line 10: column `replicate` must be a whole number",
        "ratings.csv, line 11: column `rater` is empty",
        "ratings.csv, lines 3, 13: more than one revision",
    ):
        assert expected in problems


@pytest.mark.parametrize(
    ("study", "expected"),
    [
        ("{", "study.json: is not JSON (line 1"),
        ("[]", "study.json: must hold one JSON object"),
        (json.dumps(STUDY | {"format": 2}), "study.json: has format 2"),
        (json.dumps(STUDY | {"instrument": {}}), "study.json: the instrument has no list"),
        (json.dumps(STUDY | {"structures": ["WT", "WT"]}), "names a structure twice"),
    ],
)
def test_a_study_that_cannot_be_understood(tmp_path: Path, study: str, expected: str) -> None:
    write_two_masks(tmp_path, [])
    (tmp_path / "study.json").write_text(study)
    assert expected in "\n".join(problems_of(tmp_path))


def test_items_are_checked_together(tmp_path: Path) -> None:
    level = {"value": 1}
    items = [
        {"id": "a", "kind": "stars"},
        {"id": "a", "kind": "levels"},
        {"kind": "levels"},
        {"id": "b", "kind": "levels", "best": "middle", "levels": [level, level, {"value": "x"}]},
    ]
    write_two_masks(tmp_path, [], STUDY | {"instrument": {"name": "n", "items": items}})
    assert len([p for p in problems_of(tmp_path) if p.startswith("study.json")]) == 6


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "lacks the columns model, family, class"),
        (b"model;family;class\nM1;human;\n", "is it a CSV file with commas?"),
        (b"model,family,class\nM1,human\n", "line 2: has more or fewer cells"),
        (b"model,family,class\nM\xff,human,\n", "cannot be read as CSV in UTF-8"),
        (b'model,family,class\n"M1,human,\n', "cannot be read as CSV in UTF-8"),
    ],
)
def test_a_table_that_is_no_table(tmp_path: Path, content: bytes, expected: str) -> None:
    write_two_masks(tmp_path, [])
    (tmp_path / "models.csv").write_bytes(content)
    assert expected in "\n".join(problems_of(tmp_path))


def test_many_lines_share_one_sentence(tmp_path: Path) -> None:
    write_two_masks(tmp_path, [rating(rater=f"R{n}", value=9) for n in range(40)])
    assert problems_of(tmp_path) == (
        "ratings.csv, lines 2, 3, 4, 5, 6 and 35 more: item `quality` has no level 9",
    )


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "there is no such folder" in problems_of(tmp_path / "nowhere")[0]


def test_a_missing_table_is_one_problem_and_not_one_for_every_row(tmp_path: Path) -> None:
    write_two_masks(tmp_path, [rating()])
    (tmp_path / "masks.csv").unlink()
    assert [told.partition(":")[0] for told in problems_of(tmp_path)] == ["masks.csv"]


def test_numbers_beyond_the_column_and_a_column_twice(tmp_path: Path) -> None:
    write_two_masks(tmp_path, [rating(position="9" * 25)])
    assert problems_of(tmp_path) == (
        "ratings.csv, line 2: column `position` must be a whole number, 0 or more",
    )
    write_two_masks(tmp_path, [rating()])
    path = tmp_path / "models.csv"
    path.write_text("".join(f"{line},x\n" for line in path.read_text().splitlines()))
    path.write_text(path.read_text().replace("class,x", "class,class"))
    assert problems_of(tmp_path) == (
        "models.csv: has the column class more than once; remove the others",
    )
