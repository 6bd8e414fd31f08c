"""The agreement block of anybody's table of ratings, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.agreement.alpha import Measurement
from analysis.agreement.block import agreement_block, all_levels
from analysis.agreement.intra_rater import intra_rater
from analysis.agreement.rater_block import intra_rater_results, severity_results
from analysis.agreement.rating_table import RatingTable
from analysis.agreement.reading_ratings import RatingColumns, ReadRatings, read_ratings
from analysis.limits import few_cases, few_raters
from analysis.resampling import Resamples
from analysis.results import Asked

MOST_PATTERNS = 20


def agree(
    path: Path,
    columns: RatingColumns | None = None,
    measurement: Measurement = "ordinal",
    categories: Sequence[str] = (),
    *,
    level: float = 0.95,
    n_resamples: int = 2000,
    seed: int = 1,
) -> dict[str, Any]:
    """Estimate everything about the agreement of the ratings in a CSV file.

    Parameters
    ----------
    path
        Long table (one row a rating) or wide table (one column a rater).
    columns
        Which columns hold what; found by their names when not given.
    measurement
        "nominal", "ordinal", "interval" or "ratio".
    categories
        All levels from lowest to highest; needed for words.
    level
        Confidence level.
    n_resamples, seed
        Of the bootstrap intervals; 0 for the jackknife alone.

    Returns
    -------
    dict
        `table` (what was read), `missing` (the pattern of missing ratings), `warnings`, `results`
        (a list of numbers with interval, method, sample sizes and reason).

    Raises
    ------
    TableError
        With all problems of the table.
    """
    read = read_ratings(path, columns, measurement, categories)
    table = read.table
    resamples = Resamples(table.case_names, n_resamples, seed) if n_resamples else None
    asked = Asked(level, resamples)
    results = agreement_block(table, asked, measurement, read.categories)
    if measurement != "nominal":
        results += severity_results(table, asked)
    if len(read.readings):
        within = intra_rater(read.readings, case="case", measurement=measurement, **asked.options)
        results += intra_rater_results(within, asked, ordered=measurement != "nominal")
    return {
        "table": _described(path, read, measurement),
        "missing": missing_pattern(table),
        "warnings": [*few_cases(table.n_cases), *few_raters(table.n_raters)],
        "resamples": {"n": n_resamples, "seed": seed, "unit": "case"},
        "results": [result.to_dict() for result in results],
    }


def _described(path: Path, read: ReadRatings, measurement: Measurement) -> dict[str, Any]:
    table = read.table
    levels = all_levels(table, read.categories, measurement != "nominal")
    return {
        "file": str(path),
        "layout": read.layout,
        "columns": {
            "rater": read.columns.rater if read.layout == "long" else None,
            "raters": list(table.rater_names),
            "item": list(read.columns.item),
            "rating": read.columns.rating if read.layout == "long" else None,
            "case": read.columns.case,
            "replicate": read.columns.replicate,
        },
        "level_of_measurement": measurement,
        "levels": list(read.labels) or levels,
        "raters": table.n_raters,
        "items": len(table.values),
        "cases": table.n_cases,
        "ratings": table.n_ratings,
        "repeated_readings": max(0, len(read.readings) - table.n_ratings),
    }


def missing_pattern(table: RatingTable) -> dict[str, Any]:
    """Describe which ratings are missing: by rater, by number of ratings, by combination.

    `patterns` tells for each combination of raters how many units they and nobody else rated; the
    20 most frequent ones.
    """
    rated = np.isfinite(table.values)
    names = np.array(table.rater_names or range(1, rated.shape[1] + 1), dtype=np.str_)
    patterns, counts = np.unique(rated, axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:MOST_PATTERNS]
    by_count = np.bincount(rated.sum(axis=1), minlength=rated.shape[1] + 1)
    return {
        "ratings_missing": int(rated.size - rated.sum()),
        "items_rated_by_all": int(rated.all(axis=1).sum()),
        "items_by_number_of_ratings": {str(k): int(n) for k, n in enumerate(by_count) if n},
        "by_rater": {
            str(name): {"rated": int(n), "missing": int(len(rated) - n)}
            for name, n in zip(names, rated.sum(axis=0), strict=True)
        },
        "patterns": [
            {"raters": [str(name) for name in names[patterns[at]]], "items": int(counts[at])}
            for at in order
        ],
    }
