"""results.json: everything a report says, as one document."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pandas as pd

from analysis.agreement.items import first_readings, ratings_wide, valid_ratings
from analysis.association.pairing import METRICS
from analysis.metrics import MetricSettings
from analysis.overview import readings_by_program
from analysis.report.words import conventions
from analysis.results import Result
from analysis.tables import Handover

FORMAT = 1
PACKAGES = (
    "rater-app",
    "numpy",
    "scipy",
    "numba",
    "pandas",
    "krippendorff",
    "pingouin",
    "statsmodels",
    "SimpleITK",
)
RESULT_COLUMNS = (
    "name",
    "item",
    "structure",
    "metric",
    "metric_structure",
    "family",
    "model",
    "rater",
    "value",
    "low",
    "high",
    "level",
    "p_value",
    "p_adjusted",
    "adjustment",
    "n",
    "unit",
    "method",
    "reason",
)


def results_document(
    handover: Handover,
    results: Sequence[Result],
    warnings: Sequence[str],
    level: float,
    measured_by: MetricSettings,
) -> dict[str, Any]:
    """Build the content of results.json from plain values."""
    description = handover.description
    times = handover.ratings["submitted_at"]
    times = times[times != ""]
    study = {
        "title": description.title,
        "simulated": description.simulated,
        "instrument": description.document.get("instrument"),
        "structures": list(description.structures),
        "scheme": description.scheme,
        "seed": description.document.get("seed"),
        "software": description.document.get("software"),
        "models": handover.models.to_dict("records"),
        "first_submitted_at": times.min() if len(times) else None,
        "last_submitted_at": times.max() if len(times) else None,
        "readings_by_program": readings_by_program(handover),
    }
    settings = {
        "level": level,
        "interval": "case jackknife-t",
        "readings": "first readings (replicate 0), valid revision",
        "metrics": {metric.name: {"orientation": metric.orientation} for metric in METRICS},
        "measured_by": measured_by.to_dict(),
        "conventions": conventions(measured_by),
        "versions": {name: _version(name) for name in PACKAGES},
    }
    return {
        "format": FORMAT,
        "study": study,
        "settings": settings,
        "warnings": list(warnings),
        "results": [result.to_dict() for result in results],
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def result_rows(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return results as rows of a CSV table with the columns `RESULT_COLUMNS`."""
    rows = []
    for result in results:
        plain = result.to_dict()
        low, high = result.interval or (None, None)
        plain |= {"low": low, "high": high, "n": json.dumps(dict(result.n))}
        rows.append({name: plain[name] for name in RESULT_COLUMNS})
    return rows


def wide_ratings(handover: Handover) -> pd.DataFrame:
    """Return first readings with one column a rater: item, structure, case, model, prompt."""
    raters = sorted(handover.ratings["rater"].unique())
    key = ["structure", "case", "model", "prompt"]
    parts = []
    for item in handover.description.items:
        if item.is_rated:
            first = first_readings(valid_ratings(handover, item))
            wide = ratings_wide(first, key, "rater").reindex(columns=raters).reset_index()
            parts.append(wide.assign(item=item.id))
    columns = ["item", *key, *raters]
    return pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)
