"""A small study as a coordinator would write it, full of words that no rater may see."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np

MODELS = {
    "ZephyrSeg-7q": ("vision-language", "text-prompt guided", "outline the glioma quokka"),
    "OrchidNet-3w": ("vision-language", "LLM-embedded", "find tumour tissue wombat"),
    "KestrelUNet-5r": ("pure visual", "CNN/transformer", ""),
    "MarlinSAM-2t": ("pure visual", "SAM-based", ""),
}
CASES = tuple(f"Hallberg-{number:03d}" for number in range(1, 6))
SHAPE = (24, 28, 16)
SPACING_MM = (1.0, 1.0, 2.5)
HEADER_TEXT = "exported by Brunhilde"

SECRETS = (
    *MODELS,
    *(prompt for _, _, prompt in MODELS.values() if prompt),
    "vision-language",
    "pure visual",
    "text-prompt guided",
    "LLM-embedded",
    "CNN/transformer",
    "SAM-based",
    "Hallberg",
    "quokka",
    "seg_of_case",
    "expert_outline",
    HEADER_TEXT,
)
"""Words that must not reach a rater: models, families, prompts, file names, header texts."""


@dataclass(frozen=True)
class WrittenStudy:
    """Where the study lies, and every array in it."""

    folder: Path
    references: dict[str, np.ndarray]
    candidates: dict[tuple[str, str], np.ndarray]


def write_study(folder: Path, cases: Sequence[str] = CASES) -> WrittenStudy:
    """Write study.toml, the tables, the images, the references and one mask a model and case."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(20260101)
    references, candidates = {}, {}
    images, masks, expert = [], [], []
    for index, case in enumerate(cases):
        affine = _affine(index)
        head, reference = _head(rng)
        for channel, gain in (("T1", 300), ("FLAIR", 500)):
            name = f"{case}_{channel}.nii.gz"
            _save(folder / name, (head * gain).astype(np.int16), affine)
            images.append((case, channel, name))
        name = f"expert_outline_{case}.nii.gz"
        _save(folder / name, reference, affine)
        expert.append((case, "expert", name))
        references[case] = reference
        for model, (family, class_, prompt) in MODELS.items():
            name = f"{model}_seg_of_case_{case}.nii.gz"
            candidate = _candidate(reference, rng, looseness=0.5 + list(MODELS).index(model))
            _save(folder / name, candidate, affine)
            masks.append((case, model, family, class_, prompt, name))
            candidates[case, model] = candidate
    _table(folder / "images.csv", ("case", "channel", "image"), images)
    _table(folder / "references.csv", ("case", "reference", "mask"), expert)
    _table(folder / "masks.csv", ("case", "model", "family", "class", "prompt", "mask"), masks)
    (folder / "study.toml").write_text(STUDY_TOML, encoding="utf-8")
    return WrittenStudy(folder, references, candidates)


STUDY_TOML = """\
title = "Tumour outlines"
seed = 11
instrument = "expert4"
further_items = ["error_types", "comment"]
scheme = "brats"
replicate_share = 0.1
allow_back = true
guide = "Rate the outline as you would for planning."

[[raters]]
id = "R1"
name = "Dr One"

[[raters]]
id = "R2"
name = "Dr Two"
"""


def _affine(index: int) -> np.ndarray:
    """Give each case another orientation: RAS, LPS, permuted axes, and a little oblique."""
    affine = np.diag([*SPACING_MM, 1.0])
    if index % 4 == 1:
        affine[:2] *= -1
    if index % 4 == 2:
        affine = affine[[2, 0, 1, 3]]
    if index % 4 == 3:
        angle = np.deg2rad(8)
        turn = np.eye(4)
        turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        affine = turn @ affine
    affine[:3, 3] = (-11.0, 7.5, 30.0 + index)
    return affine


def _head(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    grid = np.moveaxis(np.indices(SHAPE), 0, -1) / np.array(SHAPE) - 0.5
    inside = ((grid / (0.45, 0.47, 0.45)) ** 2).sum(-1) < 1
    centre = rng.uniform(-0.12, 0.12, 3)
    distance = np.sqrt((((grid - centre) * SHAPE * SPACING_MM) ** 2).sum(-1))
    labels = np.zeros(SHAPE, np.uint8)
    for value, radius_mm in ((2, rng.uniform(7, 9)), (3, rng.uniform(4.5, 6)), (1, 3.0)):
        labels[(distance < radius_mm) & inside] = value
    texture = 0.7 + 0.2 * np.sin(grid * 40).sum(-1) / 3
    return inside * (texture + 0.4 * (labels > 0)), labels


def _candidate(reference: np.ndarray, rng: np.random.Generator, looseness: float) -> np.ndarray:
    """Move the reference about, and drop some of its voxels."""
    shift = np.rint(rng.normal(0, looseness, 3) * (1, 1, 0.5)).astype(int)
    moved = np.roll(reference, tuple(shift), axis=(0, 1, 2))
    moved[rng.random(SHAPE) < 0.03 * looseness] = 0
    return moved


def _save(path: Path, array: np.ndarray, affine: np.ndarray) -> None:
    image = nib.Nifti1Image(array, affine)
    image.header["descrip"] = HEADER_TEXT
    image.header["aux_file"] = path.name[:24]
    nib.save(image, path)


def _table(path: Path, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *rows])
