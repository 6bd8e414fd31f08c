"""A small room, built straight from the core and the store: phantom heads with simple masks."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.volumes import Volume, write_nifti_gz
from rater_app.core.allocation import allocate
from rater_app.core.instrument import Instrument, Item, ItemKind, Level
from rater_app.core.progress import Assignment
from rater_app.core.study import (
    BlindedCase,
    BlindedMask,
    BlindedStudy,
    Label,
    RatedStructure,
    Rater,
)
from rater_app.reading_room import SECRET_FILE, STORE_FILE, STUDY_FILE, VOLUMES, ReadingRoom
from rater_app.store import ReadingStore

QUALITY = Item(
    "quality",
    ItemKind.LEVELS,
    "How good is this mask?",
    (
        Level(1, "Unacceptable", "The structure is missed or mostly wrong."),
        Level(2, "Poor", "Large errors that would take longer to mend than to redraw."),
        Level(3, "Good", "Small errors that take little time to mend."),
        Level(4, "Excellent", "I would use it as it is."),
    ),
    cannot_judge=True,
    best="high",
)
CONFIDENCE = Item(
    "confidence",
    ItemKind.SLIDER,
    "How sure are you?",
    (Level(0, "Not at all"), Level(100, "Fully")),
    best="high",
)
ERRORS = Item(
    "errors",
    ItemKind.MULTIPLE,
    "What is wrong with it?",
    (Level(1, "Too large"), Level(2, "Too small"), Level(3, "Wrong place")),
    required=False,
)
SOURCE = Item(
    "source",
    ItemKind.CHOICE,
    "Human or machine?",
    (Level(1, "Human"), Level(2, "Machine")),
)
COMMENT = Item("comment", ItemKind.TEXT, "Comment", required=False)

SIMPLE = Instrument("simple", "One question", (QUALITY,))
FULL = Instrument(
    "full",
    "Every kind of question",
    (
        Item(**{**vars(QUALITY), "per_structure": True}),
        CONFIDENCE,
        ERRORS,
        SOURCE,
        COMMENT,
    ),
)

LABELS = (
    Label(1, "necrotic core", "#d55e00"),
    Label(2, "oedema", "#009e73"),
    Label(3, "enhancing tumour", "#f0e442"),
)
STRUCTURES = (
    RatedStructure("WT", "Whole tumour", (1, 2, 3)),
    RatedStructure("TC", "Tumour core", (1, 3)),
    RatedStructure("ET", "Enhancing tumour", (3,)),
)


def build_room(
    folder: Path,
    *,
    cases: int = 2,
    masks_per_case: int = 2,
    raters: Sequence[Rater] = (Rater("R1", "Dr One"), Rater("R2", "Dr Two")),
    instrument: Instrument = SIMPLE,
    structures: Sequence[RatedStructure] = STRUCTURES,
    channels: Sequence[str] = ("T1", "T2"),
    shape: tuple[int, int, int] = (16, 20, 12),
    seed: int = 7,
    **study: Any,
) -> ReadingRoom:
    """Build a room in a new folder and open it; `study` are further fields of BlindedStudy."""
    volumes = folder / VOLUMES
    volumes.mkdir(parents=True)
    blinded_cases = []
    blinded_masks = []
    rng = np.random.default_rng(seed)
    for case in range(cases):
        lesion = 0.3 + 0.4 * rng.random(3)
        head, labels = _phantom(shape, lesion)
        code = secrets.token_hex(8)
        stored = tuple(
            _write(volumes, np.rint(head * (400 + 250 * c)).astype(np.int16), shape)
            for c, _ in enumerate(channels)
        )
        blinded_cases.append(BlindedCase(code, tuple(channels), stored))
        for mask in range(masks_per_case):
            moved = np.roll(labels, (mask, case), axis=(0, 1))
            stored_mask = _write(volumes, moved, shape)
            blinded_masks.append(BlindedMask(secrets.token_hex(8), code, stored_mask))
    blinded = BlindedStudy(
        **{
            "title": "Glioma reader study",
            "simulated": True,
            "instrument": instrument,
            "raters": tuple(raters),
            "labels": LABELS,
            "structures": tuple(structures),
            "cases": tuple(blinded_cases),
            "masks": tuple(blinded_masks),
            **study,
        }
    )
    (folder / STUDY_FILE).write_text(json.dumps(blinded.to_dict()), encoding="utf-8")
    (folder / SECRET_FILE).write_text(secrets.token_hex(32), encoding="ascii")
    store = ReadingStore(f"sqlite:///{(folder / STORE_FILE).resolve()}")
    planned = allocate(blinded.masks, [rater.id for rater in raters], seed)
    store.create(
        [
            Assignment(secrets.token_hex(8), p.rater, p.mask, p.replicate, p.position)
            for p in planned
        ]
    )
    store.close()
    return ReadingRoom(folder)


def _phantom(
    shape: tuple[int, int, int], lesion: np.ndarray[Any, Any]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Draw an egg-shaped head with a ball-shaped lesion of three layers."""
    grid = np.stack(np.meshgrid(*(np.linspace(0, 1, n) for n in shape), indexing="ij"), axis=-1)
    head = (((grid - 0.5) / (0.42, 0.46, 0.44)) ** 2).sum(-1) < 1
    radius = np.sqrt(((grid - lesion) ** 2).sum(-1))
    texture = 0.6 + 0.15 * np.sin(grid * (19, 23, 17)).sum(-1)
    labels = np.zeros(shape, np.uint8)
    for value, reach in ((2, 0.2), (3, 0.12), (1, 0.07)):
        labels[(radius < reach) & head] = value
    return head * (texture + 0.5 * (labels == 3) + 0.25 * (labels == 2)), labels


def _write(folder: Path, array: np.ndarray[Any, Any], shape: tuple[int, int, int]) -> str:
    spacing = 180 / max(shape)
    affine = np.diag([spacing, spacing, spacing, 1.0])
    affine[:3, 3] = -spacing * np.array(shape) / 2
    name = f"{secrets.token_hex(8)}.nii.gz"
    write_nifti_gz(folder / name, Volume(array, affine))
    return name
