"""What correcting the masks of each model took: shares, times, volumes and path lengths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from analysis.metrics import WHOLE_MASK
from analysis.resampling import (
    LOG,
    LOGIT,
    FloatArray,
    Resamples,
    Scale,
    Statistic,
    estimate,
)
from analysis.results import Result, counted, estimated
from analysis.tables import CORRECTIONS, FAMILIES, READING_KEY, Handover

_MEANS = {
    "correction_added_ml": ("added_ml", "mL"),
    "correction_removed_ml": ("removed_ml", "mL"),
    "correction_path_mm": ("added_path_length_mm", "mm"),
}
_NONE = "no correction of a first reading was finished"


def correction_results(
    handover: Handover, level: float = 0.95, resamples: Resamples | None = None
) -> list[Result]:
    """Describe the finished corrections of first readings, by family and by model.

    A mask that its rater left as it was has changed nothing: it counts with a share, volumes and a
    path of zero, and not for the time, which is not known of it.

    Returns
    -------
    list of Result
        Nothing where the hand-over has no corrections. Means are over readings; their intervals
        leave out one case at a time, with all its masks and raters.
    """
    if handover.corrections.empty:
        return []
    finished = finished_corrections(handover)
    results: list[Result] = []
    for family in FAMILIES:
        models = [model for model, its in handover.family_of.items() if its == family]
        of_family = finished[finished["model"].isin(models)]
        if models:
            results += _described(of_family, family, None, level, resamples)
        for model in models:
            of_model = of_family[of_family["model"] == model]
            results += _described(of_model, family, model, level, resamples)
    return results


def finished_corrections(handover: Handover) -> pd.DataFrame:
    """Return one row a first reading whose correction was finished: the version that counts.

    Beside the columns of corrections.csv it has those of correction_effort.csv for the whole mask,
    and `worked_s`: the active seconds of this version and of those that it follows.
    """
    every = handover.corrections.assign(worked_s=_worked_s(handover.corrections))
    valid = every[every["valid"] & (every["replicate"] == 0)]
    whole = handover.correction_effort
    whole = whole[whole["structure"] == WHOLE_MASK]
    return valid.merge(whole, on=list(CORRECTIONS.key), validate="one_to_one")


def _worked_s(corrections: pd.DataFrame) -> list[float]:
    """Add up the active seconds along the chain of parents of each version.

    A sum of which a part is unknown is unknown too.
    """
    columns = [*READING_KEY, "version", "parent", "active_s"]
    follows = {
        (*reading, version): ((*reading, parent), seconds)
        for *reading, version, parent, seconds in corrections[columns].itertuples(
            index=False, name=None
        )
    }
    worked = []
    for place in corrections[columns[:-2]].itertuples(index=False, name=None):
        version, total = place, 0.0 if place[-1] > 0 else np.nan
        while version[-1] > 0:  # version 0 is the candidate mask, which took no work
            version, seconds = follows[version]
            total += float(seconds)
        worked.append(total)
    return worked


def _described(
    rows: pd.DataFrame,
    family: str,
    model: str | None,
    level: float,
    resamples: Resamples | None,
) -> Iterator[Result]:
    about: dict[str, Any] = {"family": family, "model": model}
    n = {"readings": len(rows)}
    method = "first readings whose rater finished correcting"
    yield counted("corrections_finished", len(rows), method, **about)
    times = rows["worked_s"].dropna().to_numpy(dtype=float)
    yield counted(
        "correction_time_median_s",
        float(np.median(times)) if len(times) else np.nan,
        "median over readings of the active time of all versions up to the finished one",
        "s",
        n={"readings": len(times)},
        reason=None if len(times) else "no finished correction has a time",
        **about,
    )
    changed = (rows["changed_voxels"] > 0).astype(float)
    columns: dict[str, tuple[pd.Series, Scale, str]] = {
        "corrections_changed": (changed, LOGIT, "1")
    }
    columns |= {name: (rows[column], LOG, unit) for name, (column, unit) in _MEANS.items()}
    for name, (values, scale, unit) in columns.items():
        mean, cases = _mean_by_case(values, rows["case"])
        found = estimate(mean, cases, scale, why_undefined=_NONE, level=level, resamples=resamples)
        yield estimated(name, found, level, n, unit, **about)


def _mean_by_case(values: pd.Series, cases: pd.Series) -> tuple[Statistic, FloatArray]:
    """Return the mean over readings as a function of case weights, and the cases."""
    by_case = values.groupby(cases).agg(["sum", "count"])
    sums = by_case.to_numpy(dtype=float)

    def statistic(weights: FloatArray) -> FloatArray:
        total = weights @ sums
        with np.errstate(invalid="ignore"):
            return np.asarray(total[:, 0] / total[:, 1])

    return statistic, by_case.index.astype(str).to_numpy()
