"""The long table of measurements: its columns, its file, and what it was made with."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pandas as pd

from analysis.measuring.worker import NOT_MEASURED, Row
from analysis.metrics import MetricSettings, metric
from analysis.regions import LabelScheme
from analysis.typed_csv import write_table

__all__ = [
    "KEY_COLUMNS",
    "NOT_MEASURED",
    "heading",
    "measurement_frame",
    "table_columns",
    "write_measurements",
]

KEY_COLUMNS = ("case", "model", "prompt", "reference", "structure")


def table_columns(settings: MetricSettings) -> tuple[str, ...]:
    """Return the columns of the long table."""
    return (*KEY_COLUMNS, *settings.metrics, "note")


def measurement_frame(rows: Sequence[Row], settings: MetricSettings) -> pd.DataFrame:
    """Lay rows out as a data frame; every metric is a float64, `recognised` 0 or 1."""
    frame = pd.DataFrame(rows, columns=list(table_columns(settings)))
    numbers = dict.fromkeys(settings.metrics, "float64")
    return frame.astype({**numbers, **dict.fromkeys((*KEY_COLUMNS, "note"), "str")})


def heading(scheme: LabelScheme | None, settings: MetricSettings) -> dict[str, Any]:
    """Say what the numbers of a table depend on, and their units, as plain values."""
    try:
        software = version("rater-app")
    except PackageNotFoundError:
        software = None
    return {
        "format": 1,
        "software": {"rater-app": software},
        "settings": settings.to_dict(),
        "units": {name: metric(name).unit for name in settings.metrics},
        "scheme": scheme.to_dict() if scheme else None,
    }


def write_measurements(
    path: Path, rows: Sequence[Row], scheme: LabelScheme | None, settings: MetricSettings
) -> None:
    """Write the long table as CSV, and beside it, as .json, what it was made with.

    Each file appears complete or not at all. Infinite distances are written as `inf`.
    """
    about = json.dumps(heading(scheme, settings), ensure_ascii=False, indent=1)
    _write_whole(path.with_suffix(".json"), lambda part: part.write_text(about + "\n", "utf-8"))
    columns = table_columns(settings)
    _write_whole(path, lambda part: write_table(part, rows, columns))


def _write_whole(path: Path, write: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".writing-", delete=False) as partial:
        place = Path(partial.name)
    try:
        write(place)
        os.chmod(place, 0o644)  # noqa: PTH101 - temporary files are private by default
        place.replace(path)
    except BaseException:
        place.unlink(missing_ok=True)
        raise
