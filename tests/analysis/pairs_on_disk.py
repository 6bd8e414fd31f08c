"""Tiny masks and tables of pairs, to be measured by the dozen."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from analysis.volumes import Volume, write_nifti_gz

Labels = np.ndarray
SPACING_MM = (1.0, 1.0, 2.0)
SHAPE = (9, 10, 12)
NOTHING = np.zeros(SHAPE, np.uint8)
TWO_TOML = """\
name = "two"
[labels]
1 = "core"
2 = "rim"
[[structures]]
name = "all"
labels = [1, 2]
[[structures]]
name = "core"
labels = [1]
"""


def cube(shift: int = 0, side: int = 4) -> Labels:
    """Draw a cube of label 1 with label 2 in one half, moved along the first axis."""
    labels = NOTHING.copy()
    labels[1 + shift : 1 + shift + side, 2 : 2 + side, 3 : 3 + side] = 1
    labels[3:] *= 2
    return labels


def save(path: Path, labels: Labels, spacing_mm: Sequence[float] = SPACING_MM) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_nifti_gz(path, Volume(labels, np.diag([*spacing_mm, 1.0])))
    return path


def write_pairs(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_cases(folder: Path, cases: int, models: int = 2) -> Path:
    """Write a table of pairs: one reference a case, masks of which no two cases have the same."""
    rows = []
    for case in range(cases):
        reference = f"masks/c{case:02}-reference.nii.gz"
        save(folder / reference, cube(side=3 + case % 3))
        for model in range(models):
            mask = f"masks/c{case:02}-m{model}.nii.gz"
            labels = cube(shift=model)
            labels.flat[case] = 1  # a speck of its own
            save(folder / mask, labels)
            rows.append(
                {
                    "case": f"c{case:02}",
                    "model": f"m{model}",
                    "reference_mask": reference,
                    "mask": mask,
                }
            )
    return write_pairs(folder / "pairs.csv", rows)


def read_rows(table: Path) -> list[dict[str, str]]:
    with table.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def stop_at(pairs: int) -> Callable[[int, int, str], None]:
    """Press Ctrl-C as soon as so many pairs are done."""

    def progress(done: int, _total: int, _what: str) -> None:
        if done >= pairs:
            raise KeyboardInterrupt

    return progress


def write_two_toml(folder: Path) -> str:
    """Write the label scheme of the small study as a file of one's own; return its path."""
    path = folder / "two.toml"
    path.write_text(TWO_TOML, "utf-8")
    return str(path)
