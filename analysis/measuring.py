"""Measure every mask of a hand-over against every reference of its case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.description import StudyDescription
from analysis.metrics import measure_pair
from analysis.regions import LabelScheme, SchemeError
from analysis.tables import Handover, HandoverError
from analysis.volumes import Volume, VolumeError, read_labels

Progress = Callable[[int, int, str], None]

KEY_COLUMNS = ("case", "model", "prompt", "reference", "structure")
METRIC_COLUMNS = (
    "dsc",
    "hd95_mm",
    "hd95_directed_mm",
    "hd_mm",
    "volume_ml",
    "reference_volume_ml",
    "volume_difference_ml",
)
MEASUREMENT_COLUMNS = (*KEY_COLUMNS, *METRIC_COLUMNS, "note")


def silent(_done: int, _total: int, _what: str) -> None:
    """Progress that nobody sees."""


def measure_handover(handover: Handover, progress: Progress = silent) -> pd.DataFrame:
    """Measure all pairs of mask and reference; one row per pair and structure of the study.

    A pair that cannot be measured is not an error of the whole: its metrics are NaN and its `note`
    says why. A mask without a reference has no row.

    Raises
    ------
    HandoverError
        If the label scheme in study.json cannot be used.
    """
    scheme = _scheme(handover.description)
    pairs = handover.masks.merge(handover.references, on="case", suffixes=("", "_of_reference"))
    pairs = pairs.sort_values(["case", "reference", "model", "prompt"])
    rows: list[dict[str, Any]] = []
    loaded: tuple[Path | None, Volume | str] = (None, "")
    for done, pair in enumerate(pairs.to_dict("records")):
        progress(done, len(pairs), f"{pair['case']}, {pair['model']}")
        path = handover.folder / pair["mask_of_reference"]
        if loaded[0] != path:
            loaded = (path, _read(path))
        key = {name: pair[name] for name in KEY_COLUMNS if name != "structure"}
        mask = _read(handover.folder / pair["mask"])
        measured = _measured(loaded[1], mask, scheme, handover.description.structures)
        rows += [key | row for row in measured]
    progress(len(pairs), len(pairs), "all masks measured")
    frame = pd.DataFrame(rows, columns=list(MEASUREMENT_COLUMNS))
    numbers = dict.fromkeys(METRIC_COLUMNS, "float64")
    return frame.astype({**numbers, **dict.fromkeys((*KEY_COLUMNS, "note"), "str")})


def _scheme(description: StudyDescription) -> LabelScheme | None:
    """Return the label scheme with the structures that the study asks about, or with all."""
    if description.scheme is None:
        return None
    try:
        scheme = LabelScheme.from_dict(description.scheme)
    except SchemeError as error:
        raise HandoverError([f"study.json: the label scheme cannot be used: {error}"]) from error
    asked = description.structures
    return (
        replace(scheme, structures=tuple(s for s in scheme.structures if s.name in asked))
        if asked
        else scheme
    )


def _read(path: Path) -> Volume | str:
    try:
        return read_labels(path)
    except VolumeError as error:
        return str(error)


def _measured(
    reference: Volume | str,
    mask: Volume | str,
    scheme: LabelScheme | None,
    structures: tuple[str, ...],
) -> list[dict[str, Any]]:
    reasons = [volume for volume in (reference, mask) if isinstance(volume, str)]
    if isinstance(reference, Volume) and isinstance(mask, Volume):
        try:
            return measure_pair(reference, mask, scheme)
        except VolumeError as error:
            reasons = [str(error)]
    nothing = dict.fromkeys(METRIC_COLUMNS, np.nan)
    note = "not measured: " + " ".join(reasons)
    return [{"structure": name, **nothing, "note": note} for name in structures or ("",)]
