"""Corrections added to the small study: known efforts of known versions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.tables import (
    CORRECTED_RATINGS,
    CORRECTION_EFFORT,
    CORRECTIONS,
    READING_KEY,
    load_handover,
    write_table,
)

Row = dict[str, Any]


def correction(reading: Row, version: int, **changes: Any) -> Row:
    """Return a row of corrections.csv; `reading` names rater, case, model, prompt, replicate."""
    row: Row = dict.fromkeys(CORRECTIONS.columns, "")
    row |= {**reading, "version": version, "parent": max(0, version - 1), "valid": True}
    row |= {"active_s": 10.0 if version else None, "idle_s": None, "strokes": 1, "undos": 0}
    row |= {"redos": 0, "saved_at": "2026-11-23T15:00:00+00:00", "sha256": ""}
    return row | changes


def effort(reading: Row, version: int, structure: str = "", **changes: Any) -> Row:
    """Return a row of correction_effort.csv about a mask that was not changed."""
    row: Row = {**reading, "version": version, "structure": structure, "changed_voxels": 0}
    row |= {"added_ml": 0.0, "removed_ml": 0.0, "added_path_length_mm": 0.0}
    return row | {"dsc": 1.0, "hd95_mm": 0.0} | changes


def write_corrections(
    folder: Path, corrections: list[Row], efforts: list[Row], ratings: list[Row] | None = None
) -> None:
    for table, rows in (
        (CORRECTIONS, corrections),
        (CORRECTION_EFFORT, efforts),
        (CORRECTED_RATINGS, ratings or []),
    ):
        write_table(folder / table.file, rows, table.columns)


def correct_masks(folder: Path) -> pd.DataFrame:
    """Correct the masks of a small study; return what was done in each finished first reading.

    Of every reading of R1 and R2, replicates too, one of four: left as it was, one version, two
    versions of which the last counts, one version that was never finished. The masks of `pv-b` in
    the first cases are always left.
    """
    rng = np.random.default_rng(3)
    handover = load_handover(folder)
    masks = handover.masks.set_index(["case", "model"])["mask"]
    corrections: list[Row] = []
    efforts: list[Row] = []
    done = []
    for reading in handover.assignments[list(READING_KEY)].to_dict("records"):
        if reading["rater"] == "R3":
            continue
        kind = int(rng.integers(4))
        if reading["model"] == "pv-b" and reading["case"] < "c08":
            kind = 0
        seconds = [None, *(round(float(s), 2) for s in rng.uniform(5, 60, 2))]
        numbers = {0: [0], 1: [1], 2: [1, 2], 3: [1]}[kind]
        for version in numbers:
            size = float(rng.uniform(0.1, 3)) if version else 0.0
            measured = {
                "changed_voxels": int(100 * size),
                "added_ml": size,
                "removed_ml": size / 4,
                "added_path_length_mm": 50 * size,
            }
            is_valid = version == numbers[-1] and kind != 3
            name = masks[reading["case"], reading["model"]]
            corrections.append(
                correction(reading, version, valid=is_valid, active_s=seconds[version], mask=name)
            )
            efforts.append(effort(reading, version, **measured))
            efforts.append(effort(reading, version, "core", added_ml=999.0))
            if is_valid and reading["replicate"] == 0:
                worked = [s for s in seconds[: version + 1] if s is not None]
                done.append(reading | measured | {"worked_s": sum(worked) if worked else np.nan})
    write_corrections(folder, corrections, efforts)
    return pd.DataFrame(done)
