"""What a study consists of: how many of everything, reading times, means by model."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.agreement.items import first_readings, structures_of, valid_ratings
from analysis.association.pairing import (
    METRICS,
    mean_over_references,
    with_mean_over_structures,
)
from analysis.completeness import completeness_results
from analysis.resampling import IDENTITY, FloatArray, Statistic, estimate
from analysis.results import Result, counted, estimated
from analysis.tables import CANNOT_JUDGE, FAMILIES, Handover

READING_KEY = ["rater", "case", "model", "prompt", "replicate"]
QUARTILES = {"reading_time_q1_s": 0.25, "reading_time_median_s": 0.5, "reading_time_q3_s": 0.75}


def overview_results(
    handover: Handover, measurements: pd.DataFrame, level: float = 0.95
) -> list[Result]:
    """Count what the study has, and describe ratings, metrics and reading times."""
    return [
        *_counts(handover, measurements),
        *completeness_results(handover),
        *_by_rater(handover),
        *_reading_times(handover, None),
        *_mean_ratings(handover, level),
        *_metric_medians(handover, measurements),
    ]


def readings_by_program(handover: Handover) -> dict[str, int]:
    """Count the readings by the program in which the rating that counts was made.

    What no desk has sent was made in a browser. Empty where no desk has sent anything.
    """
    if handover.desktop.empty:
        return {}
    ratings, desktop = handover.ratings, handover.desktop
    desks = desktop[(desktop["step"] == "rating") & (desktop["outcome"] == "stored")]
    # As the room does: nothing is submitted later than it was received.
    at = desks["submitted_at"].where(desks["submitted_at"] < desks["received_at"])
    desks = desks.assign(submitted_at=at.fillna(desks["received_at"]))
    which = [*READING_KEY, "submitted_at"]
    counted_ones = ratings.loc[ratings["valid"], which].drop_duplicates(READING_KEY)
    known = counted_ones.merge(desks[[*which, "host"]].drop_duplicates(which), how="left")
    found = known["host"].fillna("browser").value_counts()
    return {str(host): int(found[host]) for host in sorted(found.index)}


def _counts(handover: Handover, measurements: pd.DataFrame) -> Iterator[Result]:
    assignments, ratings = handover.assignments, handover.ratings
    submitted = assignments["status"] == "submitted"
    replicates = assignments["replicate"] > 0
    cannot = ratings["valid"] & (ratings["answer"] == CANNOT_JUDGE)
    revised = ratings[ratings["revision"] > 1].drop_duplicates([*READING_KEY, "revision"])
    failed = measurements["note"].str.startswith("not measured")
    pair = ["case", "model", "prompt", "reference"]
    for name, value, method in (
        ("cases", handover.masks["case"].nunique(), "cases with a mask"),
        ("cases_rated", _rated_cases(handover), "cases with a valid first rating"),
        ("cases_with_reference", _cases_with_reference(handover), "cases with mask and reference"),
        ("models", len(handover.family_of), "models with a mask"),
        ("masks", len(handover.masks), "masks in masks.csv"),
        ("references", len(handover.references), "reference masks in references.csv"),
        ("raters", ratings["rater"].nunique(), "raters with a rating"),
        ("readings_planned", len(assignments), "assignments, replicates included"),
        ("readings_submitted", int(submitted.sum()), "assignments submitted"),
        ("replicates_planned", int(replicates.sum()), "assignments that repeat a mask"),
        ("replicates_submitted", int((replicates & submitted).sum()), "of these submitted"),
        ("readings_revised", len(revised), "later revisions of a reading"),
        ("cannot_judge", int(cannot.sum()), "valid answers that were 'cannot judge'"),
        ("pairs_not_measured", len(measurements[failed].drop_duplicates(pair)), "see the notes"),
    ):
        yield counted(name, value, method)
    for family in FAMILIES:
        n = list(handover.family_of.values()).count(family)
        yield counted("models", n, "models with a mask", family=family)


def _rated_cases(handover: Handover) -> int:
    items = [item for item in handover.description.items if item.is_rated or item.kind == "choice"]
    cases = [first_readings(valid_ratings(handover, item))["case"] for item in items]
    return int(pd.concat(cases).nunique()) if cases else 0


def _cases_with_reference(handover: Handover) -> int:
    return len(set(handover.masks["case"]) & set(handover.references["case"]))


def _by_rater(handover: Handover) -> Iterator[Result]:
    assignments = handover.assignments
    for rater, theirs in assignments.groupby("rater"):
        done = int((theirs["status"] == "submitted").sum())
        about = {"rater": str(rater)}
        yield counted("readings_planned", len(theirs), "assignments of the rater", **about)
        yield counted("readings_submitted", done, "assignments submitted", **about)
        yield from _reading_times(handover, str(rater))


def _reading_times(handover: Handover, rater: str | None) -> Iterator[Result]:
    """Quartiles of the time from opening a reading to its first submission."""
    ratings = handover.ratings
    ratings = ratings[(ratings["revision"] == 1) & ratings["elapsed_s"].notna()]
    if rater is not None:
        ratings = ratings[ratings["rater"] == rater]
    times = ratings.drop_duplicates(READING_KEY)["elapsed_s"].to_numpy(dtype=float)
    for name, share in QUARTILES.items():
        value = float(np.quantile(times, share)) if len(times) else np.nan
        method = "opened to first submission; quantile of readings, linear"
        reason = None if len(times) else "no reading has a time"
        n = {"readings": len(times)}
        yield counted(name, value, method, "s", n=n, rater=rater, reason=reason)


def _mean_ratings(handover: Handover, level: float) -> Iterator[Result]:
    for item in handover.description.items:
        if not item.judges_mask:
            continue
        first = first_readings(valid_ratings(handover, item))
        for structure in structures_of(handover, item):
            for model, family in handover.family_of.items():
                rows = first[(first["model"] == model) & (first["structure"] == structure)]
                mean, n_cases = _mean_by_case(rows["value"], rows["case"])
                found = estimate(mean, n_cases, IDENTITY, why_undefined="no rating", level=level)
                about = {"item": item.id, "structure": structure}
                n = {"ratings": len(rows)}
                yield estimated("mean_rating", found, level, n, **about, model=model, family=family)


def _mean_by_case(values: pd.Series, cases: pd.Series) -> tuple[Statistic, int]:
    sums = values.groupby(cases).agg(["sum", "count"]).to_numpy(dtype=float)

    def statistic(weights: FloatArray) -> FloatArray:
        total = weights @ sums
        return np.asarray(total[:, 0] / total[:, 1])

    return statistic, len(sums)


def _metric_medians(handover: Handover, measurements: pd.DataFrame) -> Iterator[Result]:
    metrics = with_mean_over_structures(mean_over_references(measurements))
    for structure in sorted(set(metrics["structure"]) - {""}):
        of_structure = metrics[metrics["structure"] == structure]
        for model, family in handover.family_of.items():
            rows = of_structure[of_structure["model"] == model]
            for metric in METRICS:
                values = rows[metric.name].dropna().to_numpy(dtype=float)
                value = float(np.median(values)) if len(values) else np.nan
                yield counted(
                    "metric_median",
                    value,
                    "median over masks; several references averaged first",
                    metric.unit,
                    n={"masks": len(values), "infinite": int(np.isinf(values).sum())},
                    metric=metric.name,
                    metric_structure=structure,
                    model=model,
                    family=family,
                    reason=None if len(values) else "no mask with this metric",
                )
