"""From a table of measurements to fewer numbers: over structures, over prompts, by presence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from analysis.metrics import metric
from analysis.metrics.catalogue import MetricError

How = Literal["mean", "weighted", "worst"]
OVER_STRUCTURES: tuple[How, ...] = ("mean", "weighted", "worst")
_MASK = ["case", "model", "prompt", "reference"]


def over_structures(measurements: pd.DataFrame, how: How) -> pd.DataFrame:
    """Bring the structures of each mask to one row.

    Parameters
    ----------
    measurements : DataFrame
        The long table; only its columns that are metrics with a better end are brought together.
    how : {"mean", "weighted", "worst"}
        Mean; mean weighted by the volume of the structure in the reference (frequency-weighted;
        needs `reference_volume_ml`); the worst value of any structure.

    Returns
    -------
    DataFrame
        A row for each mask and reference, with `structure` = `how`.

    Notes
    -----
    Structures without a value are left out; an infinite distance makes a mean infinite, and a
    structure that the reference lacks has no weight.

    Examples
    --------
    >>> rows = [{"case": "c1", "model": "m", "prompt": "", "reference": "r", "structure": name,
    ...          "dsc": dsc, "reference_volume_ml": ml}
    ...         for name, dsc, ml in (("WT", 0.9, 30.0), ("ET", 0.6, 10.0))]
    >>> [round(float(over_structures(pd.DataFrame(rows), how)["dsc"].iloc[0]), 3)
    ...  for how in OVER_STRUCTURES]
    [0.75, 0.825, 0.6]
    """
    names = [name for name in measurements.columns if _orientation(str(name)) != 0]
    groups = measurements.groupby(_MASK, sort=False, dropna=False)
    if not names:
        return measurements[_MASK].drop_duplicates().assign(structure=how)
    if how == "weighted":
        volume = measurements["reference_volume_ml"]
        columns = {}
        for name in names:
            weight = volume.where(measurements[name].notna(), 0.0)
            # A structure without weight has no part in it, be its distance infinite.
            product = (measurements[name] * weight).where(weight > 0)
            sums = pd.DataFrame({"w": weight, "p": product}).groupby(
                [measurements[key] for key in _MASK], sort=False, dropna=False
            )
            columns[name] = sums["p"].sum() / sums["w"].sum()
        brought = pd.DataFrame(columns)
    elif how == "worst":
        brought = groups[names].agg(
            {name: "min" if _orientation(name) > 0 else "max" for name in names}
        )
    else:
        brought = groups[names].mean()
    brought = brought.reset_index()
    brought.insert(len(_MASK), "structure", how)
    return brought


def structures_together(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Bring the rows of one pair together in each way that they allow, by name of the way.

    Parameters
    ----------
    rows : sequence of mapping
        What `measure_pair` returns; the weighted mean needs `reference_volume_ml`.
    """
    if not rows:
        return {}
    frame = pd.DataFrame(rows).assign(**dict.fromkeys(_MASK, ""))
    ways = [how for how in OVER_STRUCTURES if how != "weighted" or "reference_volume_ml" in frame]
    return {
        how: {
            str(name): float(value)
            for name, value in over_structures(frame, how).iloc[0].items()
            if name not in (*_MASK, "structure")
        }
        for how in ways
    }


def over_prompts(measurements: pd.DataFrame, name: str) -> pd.DataFrame:
    """Bring the prompts of a model to one row for each case, reference and structure.

    Parameters
    ----------
    measurements : DataFrame
    name : str
        The metric.

    Returns
    -------
    DataFrame
        `prompts` with a value, `mean`, `sd` (empty for one prompt), `worst` and `best`: how much
        the wording of the prompt matters.
    """
    key = ["case", "model", "reference", "structure"]
    values = measurements.groupby(key, sort=False, dropna=False)[name]
    low, high = values.min(), values.max()
    best, worst = (low, high) if _orientation(name) < 0 else (high, low)
    table = pd.DataFrame(
        {
            "prompts": values.count(),
            "mean": values.mean(),
            "sd": values.std(),
            "worst": worst,
            "best": best,
        }
    )
    return table.reset_index()


def presence(measurements: pd.DataFrame) -> pd.DataFrame:
    """Count how often a model says rightly whether a structure is there.

    Parameters
    ----------
    measurements : DataFrame
        With `voxels` and `reference_voxels`; pairs that were not measured are left out.

    Returns
    -------
    DataFrame
        A row for each model, structure and prompt: `present` and `absent` (pairs whose reference
        has the structure or lacks it), `recognition_accuracy` (share of pairs in which mask and
        reference agree on it), `detection_rate` (of the present ones, those with a mask) and
        `negative_prediction_rate` (of the absent ones, those without a mask).
    """
    measured = measurements[measurements["voxels"].notna()]
    there = measured["reference_voxels"] > 0
    said = measured["voxels"] > 0
    key = ["model", "structure", "prompt"]
    groups = measured.assign(
        present=there.astype(float),
        absent=(~there).astype(float),
        recognition_accuracy=(there == said).astype(float),
        detection_rate=said.where(there).astype(float),
        negative_prediction_rate=(~said).where(~there).astype(float),
    ).groupby(key, dropna=False)
    counts = groups[["present", "absent"]].sum().astype(np.int64)
    rates = groups[["recognition_accuracy", "detection_rate", "negative_prediction_rate"]].mean()
    return counts.join(rates).reset_index()


def _orientation(name: str) -> int:
    try:
        return metric(name).orientation
    except MetricError:
        return 0
