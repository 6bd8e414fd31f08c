"""The tables of corrections, viewing and desks: what is written is read, what is wrong is told."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.handover_columns import VIEWING_COUNTS
from analysis.tables import (
    CORRECTED_RATINGS,
    CORRECTION_EFFORT,
    CORRECTIONS,
    DESKTOP,
    HANDOVER_FILES,
    VIEWING,
    load_handover,
    write_table,
)
from tests.analysis.corrected_study import Row, correction, effort, write_corrections
from tests.analysis.test_tables import problems_of, rating, write_two_masks

READING = {"rater": "R1", "case": "c1", "model": "M1", "prompt": "", "replicate": 0}
MASK = {"mask": "c1.nii.gz"}
FRAMES = ("corrections", "correction_effort", "corrected_ratings", "viewing", "desktop")


def viewing(**changes: Any) -> Row:
    numbers = {name: 0 for name in VIEWING.columns if name.endswith(("_seen", "_slices"))}
    row = READING | numbers | dict.fromkeys(VIEWING_COUNTS, 0)
    row |= {"stage": "rate", "openings": 1, "active_s": 12.5, "idle_s": 0.0, "cine_s": None}
    return row | {"code": "ab12"} | changes


def desktop(**changes: Any) -> Row:
    row: Row = dict.fromkeys(DESKTOP.columns, "") | READING
    row |= {name: 0 for name, kind in DESKTOP.types.items() if kind == "integer"}
    row |= {"step": "rating", "outcome": "stored", "active_s": 12.5, "idle_s": 0.0}
    return row | {"host": "napari kiosk", "code": "ab12", "id": "1"} | changes


def chain(*versions: int) -> tuple[list[Row], list[Row]]:
    last = versions[-1]
    return (
        [correction(READING, v, valid=v == last, **MASK) for v in versions],
        [effort(READING, version) for version in versions],
    )


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    write_two_masks(tmp_path, [rating()])
    digest = hashlib.sha256(b"mask").hexdigest()
    corrections, efforts = chain(1, 2)
    corrections[1] |= {"sha256": digest, "tools": "brush 3", "host": "=napari", "idle_s": 2.5}
    efforts.append(effort(READING, 2, "WT", hd95_mm=np.inf, dsc=0.0, changed_voxels=7))
    again = [rating(version=1, valid=False), rating(revision=2, version=2, value=1.0)]
    write_corrections(tmp_path, corrections, efforts, again)
    write_table(tmp_path / VIEWING.file, [viewing(), viewing(stage="correct")], VIEWING.columns)
    looks = [desktop(), desktop(id="2", outcome="set aside", mask="c1.nii.gz", answers="[]")]
    write_table(tmp_path / DESKTOP.file, looks, DESKTOP.columns)
    handover = load_handover(tmp_path)
    assert handover.desktop["outcome"].tolist() == ["stored", "set aside"]
    assert handover.desktop["mask"].tolist() == ["", "c1.nii.gz"]
    assert handover.corrections["version"].tolist() == [1, 2]
    assert handover.corrections["valid"].tolist() == [False, True]
    assert handover.corrections["host"].tolist() == ["", "=napari"]
    assert handover.corrections["idle_s"].isna().tolist() == [True, False]
    assert handover.correction_effort["hd95_mm"].tolist() == [0, 0, np.inf]
    assert handover.corrected_ratings["version"].tolist() == [1, 2]
    assert handover.viewing["stage"].tolist() == ["rate", "correct"]
    assert handover.viewing["active_s"].tolist() == [12.5, 12.5]
    tables = (CORRECTIONS, CORRECTION_EFFORT, CORRECTED_RATINGS, VIEWING, DESKTOP)
    for name, table in zip(FRAMES, tables, strict=True):
        assert list(getattr(handover, name).columns) == list(table.columns)


def test_a_handover_without_them_has_empty_frames_of_the_same_columns(tmp_path: Path) -> None:
    write_two_masks(tmp_path, [rating()])
    without = load_handover(tmp_path)
    write_corrections(tmp_path, [], [])
    write_table(tmp_path / VIEWING.file, [], VIEWING.columns)
    write_table(tmp_path / DESKTOP.file, [], DESKTOP.columns)
    with_none = load_handover(tmp_path)
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(without, name), getattr(with_none, name))
        assert getattr(without, name).empty


def test_the_files_belong_to_a_handover() -> None:
    tables = (CORRECTIONS, CORRECTION_EFFORT, CORRECTED_RATINGS, VIEWING, DESKTOP)
    further = {table.file for table in tables}
    assert further < set(HANDOVER_FILES)


@pytest.mark.parametrize("table", [CORRECTIONS, CORRECTION_EFFORT, CORRECTED_RATINGS])
def test_the_three_tables_of_corrections_come_together(tmp_path: Path, table) -> None:
    write_two_masks(tmp_path, [])
    write_corrections(tmp_path, *chain(1), [rating(version=1)])
    (tmp_path / table.file).unlink()
    assert problems_of(tmp_path) == (
        f"{table.file}: is missing; write the hand-over again with `rater-app export`",
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"parent": 1}, "line 2: version 1 cannot follow version 1"),
        ({"parent": 3}, "line 2: version 1 cannot follow version 3"),
        ({"version": 3, "parent": 2}, "line 2: version 3 follows version 2, which is not there"),
        ({"version": 0, "parent": 1}, "line 2: version 0 cannot follow version 1"),
        ({"rater": "R9"}, "line 2: rater `R9`, case `c1`, model `M1` is not in assignments.csv"),
        ({"replicate": 1}, "model `M1`, replicate `1` is not in assignments.csv"),
        ({"mask": "../c1.nii.gz"}, "line 2: mask must be a path inside the hand-over folder"),
        ({"mask": "corrections/x.nii.gz"}, "mask corrections/x.nii.gz is not in the hand-over"),
        ({"sha256": "0" * 64}, "line 2: mask c1.nii.gz has changed since the export"),
        ({"strokes": -1}, "line 2: column `strokes` must be a whole number"),
    ],
)
def test_what_is_wrong_with_a_correction_is_told(tmp_path: Path, changes, expected: str) -> None:
    write_two_masks(tmp_path, [])
    row = correction(READING, 1, **MASK) | changes
    write_corrections(tmp_path, [row], [effort(READING, row["version"])])
    problems = [told for told in problems_of(tmp_path) if told.startswith("corrections.csv")]
    assert expected in problems[0]


def test_what_is_wrong_between_the_tables_is_told_at_once(tmp_path: Path) -> None:
    write_two_masks(tmp_path, [])
    corrections = [correction(READING, version, **MASK) for version in (1, 2)]
    efforts = [
        effort(READING, 1),
        effort(READING, 1, "liver"),
        effort(READING, 2, "WT"),
        effort(READING, 3),
    ]
    ratings = [
        rating(version=1),
        rating(version=2, revision=2),
        rating(version=7, revision=3, valid=False),
        rating(version=1, revision=4, valid=False, value=9.0),
    ]
    write_corrections(tmp_path, corrections, efforts, ratings)
    looks = [viewing(stage="dream"), viewing(rater="R9")]
    write_table(tmp_path / VIEWING.file, looks, VIEWING.columns)
    assert set(problems_of(tmp_path)) == {
        "corrections.csv, line 3: more than one version of a correction is marked valid",
        "corrections.csv, line 3: the whole mask of this version is not in correction_effort.csv",
        "correction_effort.csv, line 5: rater `R1`, case `c1`, model `M1`, version `3` is not in "
        "corrections.csv",
        "correction_effort.csv, line 3: structure `liver` is not one of the study",
        "corrected_ratings.csv, line 4: rater `R1`, case `c1`, model `M1`, version `7` is not in "
        "corrections.csv",
        "corrected_ratings.csv, line 3: more than one revision of a rating is marked valid",
        "corrected_ratings.csv, line 5: item `quality` has no level 9",
        "viewing.csv, line 2: stage `dream` is not known; use one of rate, correct, rate_again",
        "viewing.csv, line 3: rater `R9`, case `c1`, model `M1` is not in assignments.csv",
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"step": "nap"}, "step `nap` is not known; use one of rating, correction, second_rating"),
        ({"outcome": "lost"}, "outcome `lost` is not known; use one of stored, set aside"),
        ({"rater": "R9"}, "rater `R9`, case `c1`, model `M1` is not in assignments.csv"),
        ({"replicate": 1}, "model `M1`, replicate `1` is not in assignments.csv"),
        ({"mask": "../c1.nii.gz"}, "mask must be a path inside the hand-over folder"),
        ({"mask": "set_aside/x.nii.gz"}, "mask set_aside/x.nii.gz is not in the hand-over"),
        ({"strokes": -1}, "column `strokes` must be a whole number"),
        ({"opened_at": "today"}, "column `opened_at` must be a time"),
        ({"id": "1"}, "the key (rater, case, model, prompt, replicate, id) stands there twice"),
    ],
)
def test_what_is_wrong_with_a_desk_is_told(tmp_path: Path, changes, expected: str) -> None:
    write_two_masks(tmp_path, [])
    rows = [desktop(), desktop(id="2") | changes]
    write_table(tmp_path / DESKTOP.file, rows, DESKTOP.columns)
    (problem,) = problems_of(tmp_path)
    assert problem.startswith("desktop.csv, line 3: ")
    assert expected in problem


def test_a_table_of_desks_without_a_column_is_told(tmp_path: Path) -> None:
    write_two_masks(tmp_path, [])
    columns = [name for name in DESKTOP.columns if name != "programs"]
    (tmp_path / DESKTOP.file).write_text(",".join(columns) + "\r\n", encoding="utf-8")
    assert problems_of(tmp_path) == (
        "desktop.csv: lacks the column programs; is it a CSV file with commas?",
    )


def test_a_table_that_lost_all_its_rows_is_told(tmp_path: Path) -> None:
    write_two_masks(tmp_path, [])
    row = correction(READING, 1, **MASK)
    write_corrections(tmp_path, [row], [])
    assert list(problems_of(tmp_path)) == [
        "corrections.csv, line 2: the whole mask of this version is not in correction_effort.csv"
    ]
    write_corrections(tmp_path, [], [effort(READING, 1)], [rating(version=1)])
    missing = "rater `R1`, case `c1`, model `M1`, version `1` is not in corrections.csv"
    assert list(problems_of(tmp_path)) == [
        f"correction_effort.csv, line 2: {missing}",
        f"corrected_ratings.csv, line 2: {missing}",
    ]


def test_a_mask_that_was_left_as_it_was_is_version_0(tmp_path: Path) -> None:
    write_two_masks(tmp_path, [])
    write_corrections(tmp_path, *chain(0))
    row = load_handover(tmp_path).corrections.iloc[0]
    assert (row["version"], row["parent"], row["valid"]) == (0, 0, True)
    assert np.isnan(row["active_s"])


@pytest.mark.parametrize("cell", ["-inf", "nan", "infinity", "far"])
def test_a_distance_is_a_number_or_inf(tmp_path: Path, cell: str) -> None:
    write_two_masks(tmp_path, [])
    write_corrections(tmp_path, *chain(1))
    path = tmp_path / CORRECTION_EFFORT.file
    path.write_text(path.read_text().replace("1.0,0.0\n", f"1.0,{cell}\n"))
    assert "column `hd95_mm` must be a" in problems_of(tmp_path)[0]
