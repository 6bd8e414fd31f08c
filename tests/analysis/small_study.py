"""A small study with known ratings, written as a hand-over."""

from __future__ import annotations

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


def find(document: dict[str, Any], name: str, **about: Any) -> dict[str, Any]:
    """Return the one result that is about this, and about nothing else."""
    keys = ("item", "structure", "metric", "metric_structure", "model", "family", "rater")
    wanted = {"name": name, **dict.fromkeys(keys), **about}
    (found,) = [r for r in document["results"] if all(r[k] == v for k, v in wanted.items())]
    return dict(found)
