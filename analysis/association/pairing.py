"""Metrics beside mean ratings, both signed so that more is better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.association.correlation import Pairs
from analysis.description import Item
from analysis.metrics import Metric, metric
from analysis.tables import MASK_KEY

MEAN_OVER_STRUCTURES = "mean over structures"


METRICS = tuple(metric(name) for name in ("dsc", "hd95_mm", "hd95_directed_mm", "volume_ml"))
"""The metrics that ratings are related to."""
TIE_DECIMALS = 6
"""Decimals to which metrics are ranked.

Image headers keep the spacing as float32, so that two distances that are equal on their grids
differ by some 1e-7 mm; without rounding, noise would decide which of them ranks higher.
"""
METRIC_NAMES = [each.name for each in METRICS]


def mean_over_references(measurements: pd.DataFrame) -> pd.DataFrame:
    """Average every metric over the references of a case; infinite if one of them is.

    NaN (both masks empty, or not measured) counts as missing, as long as one reference gives a
    value. Rows: case, model, prompt, structure.
    """
    key = [*MASK_KEY, "structure"]
    return measurements.groupby(key, as_index=False, dropna=False)[METRIC_NAMES].mean()


def with_mean_over_structures(metrics: pd.DataFrame) -> pd.DataFrame:
    """Add to each mask the mean of every metric over its structures, NaN left out."""
    means = metrics.groupby(MASK_KEY, as_index=False)[METRIC_NAMES].mean()
    return pd.concat([metrics, means.assign(structure=MEAN_OVER_STRUCTURES)], ignore_index=True)


def mean_ratings(first_readings: pd.DataFrame, structure: str) -> pd.DataFrame:
    """Average the ratings of each mask over its raters: case, model, prompt, rating."""
    ratings = first_readings[first_readings["structure"] == structure]
    return ratings.groupby(MASK_KEY, as_index=False).agg(rating=("value", "mean"))


@dataclass(frozen=True, eq=False)
class Paired:
    """Rated masks with one metric.

    Attributes
    ----------
    frame
        case, model, prompt, rating and metric as measured; only masks where the metric is defined.
    pairs
        The same, oriented: more is better on both sides.
    excluded
        Model of every rated mask without a value of the metric.
    """

    frame: pd.DataFrame
    pairs: Pairs
    excluded: tuple[str, ...]


def pair_up(
    ratings: pd.DataFrame, metrics: pd.DataFrame, structure: str, metric: Metric, item: Item
) -> Paired:
    """Join mean ratings with a metric of one structure.

    Distances change sign, and so do ratings of an item whose best level is the lowest, so that a
    positive correlation always says that the metric agrees with the raters. Infinite distances
    then rank last.
    """
    values = metrics.loc[metrics["structure"] == structure, [*MASK_KEY, metric.name]]
    joined = ratings.merge(values, on=MASK_KEY, how="left").sort_values(MASK_KEY)
    defined = joined[joined[metric.name].notna()].reset_index(drop=True)
    pairs = Pairs.of(
        defined[metric.name].to_numpy(dtype=float).round(TIE_DECIMALS) * (metric.orientation or 1),
        defined["rating"].to_numpy(dtype=float) * (-1 if item.best == "low" else 1),
        defined["case"].to_numpy(dtype=object).astype(np.str_),
    )
    excluded = joined.loc[joined[metric.name].isna(), "model"]
    return Paired(defined, pairs, tuple(excluded))
