"""A tiny hand-over whose cases have reference masks of several experts, and no ratings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from analysis.tables import (
    ASSIGNMENTS,
    MASKS,
    MODELS,
    RATINGS,
    REFERENCES,
    write_description,
    write_table,
)
from tests.analysis.pairs_on_disk import save

Labels = np.ndarray
SHAPE = (8, 7, 6)
NOTHING = np.zeros(SHAPE, np.uint8)
SCHEME = {
    "name": "two",
    "labels": {"1": "core", "2": "rim"},
    "structures": [
        {"name": "all", "title": "all", "labels": [1, 2]},
        {"name": "core", "title": "core", "labels": [1]},
    ],
    "aliases": {"4": 1},
}
FAMILIES = {"vl": "vision-language", "pv": "pure visual"}


def box(moved: int, label: int = 1) -> Labels:
    """Draw a box of 4 x 4 x 2 voxels, all of them on its boundary, moved along the first axis."""
    labels = NOTHING.astype(np.uint16 if label > 255 else np.uint8)
    labels[1 + moved : 5 + moved, 2:6, 3:5] = label
    return labels


def write_expert_study(
    folder: Path,
    references: Mapping[str, Mapping[str, Labels]],
    masks: Mapping[tuple[str, str, str], Labels],
    scheme: Mapping[str, Any] | None = SCHEME,
    family_of: Mapping[str, str] = FAMILIES,
) -> Path:
    """Write references (case -> expert -> labels) and masks ((case, model, prompt) -> labels)."""
    rows: dict[str, list[dict[str, Any]]] = {"masks": [], "references": []}
    for case, of_case in references.items():
        for expert, labels in of_case.items():
            name = f"masks/{case}-{expert}.nii.gz"
            save(folder / name, labels)
            rows["references"].append({"case": case, "reference": expert, "mask": name})
    for at, ((case, model, prompt), labels) in enumerate(masks.items()):
        name = f"masks/model-{at}.nii.gz"
        save(folder / name, labels)
        about = {"case": case, "model": model, "prompt": prompt}
        rows["masks"].append({**about, "mask": name, "sha256": ""})
    item = {"id": "quality", "kind": "slider", "text": "Quality?", "best": "high", "levels": []}
    write_description(
        folder / "study.json",
        {
            "format": 1,
            "title": "Experts",
            "simulated": True,
            "instrument": {"name": "tiny", "items": [item]},
            "scheme": scheme,
            "structures": [each["name"] for each in scheme["structures"]] if scheme else [],
        },
    )
    models = [
        {"model": model, "family": family, "class": ""} for model, family in family_of.items()
    ]
    write_table(folder / MODELS.file, models, MODELS.columns)
    write_table(folder / MASKS.file, rows["masks"], MASKS.columns)
    write_table(folder / REFERENCES.file, rows["references"], REFERENCES.columns)
    for table in (RATINGS, ASSIGNMENTS):
        write_table(folder / table.file, [], table.columns)
    return folder
