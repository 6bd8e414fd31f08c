"""The long table of measurements: its columns, its file, and what it was made with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from errno import EISDIR
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
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
    about = json.dumps(heading(scheme, settings), ensure_ascii=False, indent=1) + "\n"
    columns = table_columns(settings)
    beside = path.with_suffix(".json")
    for place in (path, beside):
        if place.is_dir():
            raise IsADirectoryError(EISDIR, "it is a folder", str(place))
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent, prefix=".writing-") as scratch:
        table, told = Path(scratch) / "table", Path(scratch) / "told"
        write_table(table, rows, columns)
        told.write_text(about, encoding="utf-8")
        table.replace(path)
        told.replace(beside)
