"""Results about single raters: severe or lenient, and how well they repeat themselves."""

from __future__ import annotations

import pandas as pd

from analysis.agreement.drift import rater_drift
from analysis.agreement.intra_rater import IntraRater, IntraRaterAgreement
from analysis.agreement.rating_table import RatingTable
from analysis.agreement.severity import rater_severity
from analysis.results import Asked, Result
from analysis.tables import MASK_KEY


def severity_results(table: RatingTable, asked: Asked) -> list[Result]:
    """Say how far each rater lies from the others, and whether all are alike."""
    found = rater_severity(table, **asked.options)
    results = [
        asked.result(
            "rater_severity", deviation, {"ratings": found.n_compared[rater]}, "rating", rater=rater
        )
        for rater, deviation in found.deviation.items()
    ]
    return [*results, asked.test("rater_severity_test", found.equality, {"raters": len(results)})]


def drift_results(readings: pd.DataFrame, asked: Asked) -> list[Result]:
    """Say how each rater's severity changes over their reading order; nothing without an order.

    Parameters
    ----------
    readings
        First readings: case, model, prompt, rater, value, submitted_at.
    asked
        Confidence level, resamples, and what the results are about.
    """
    untimed = (readings["submitted_at"] == "").any()
    if readings.empty or untimed or readings.duplicated(["rater", "submitted_at"]).any():
        return []
    found = rater_drift(
        readings["value"].to_numpy(dtype=float),
        readings[MASK_KEY].astype(str).agg(" / ".join, axis=1).to_numpy(dtype=object),
        readings["rater"].to_numpy(dtype=object),
        readings["submitted_at"].to_numpy(dtype=object),
        readings["case"].to_numpy(dtype=object),
        **asked.options,
    )
    return [
        asked.result(
            "rater_drift",
            drift.slope_per_100,
            {"readings": drift.n_readings, "compared": drift.n_compared},
            "rating per 100 readings",
            rater=rater,
        )
        for rater, drift in found.items()
    ]


def intra_rater_results(found: IntraRater, asked: Asked, *, ordered: bool) -> list[Result]:
    """Say how well raters repeat themselves: all together, then one by one."""
    results = []
    everybody: list[tuple[str | None, IntraRaterAgreement]] = [(None, found.pooled)]
    for rater, agreement in [*everybody, *found.by_rater.items()]:
        if rater is not None and not agreement.n_units:
            continue
        raters = sum(one.n_units > 0 for one in found.by_rater.values()) if rater is None else 1
        n = {"raters": raters, "units": agreement.n_units, "ratings": agreement.n_readings}
        whose = asked.on(rater=rater)
        results.append(whose.result("intra_rater_alpha", agreement.alpha, n))
        results.append(whose.result("intra_rater_identical", agreement.identical, n))
        if ordered:
            results.append(whose.result("intra_rater_icc_a1", agreement.icc, n))
            results.append(whose.result("intra_rater_sd", agreement.within_sd, n, "rating"))
    return results
