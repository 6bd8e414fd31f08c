"""The masks of a hand-over with their metrics and the ratings of an item, ready to be related."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.agreement.items import first_readings, ratings_wide, structures_of, valid_ratings
from analysis.association.rated_masks import RatedMasks, without_noise
from analysis.brought import BroughtColumns
from analysis.description import Item
from analysis.metrics import metric
from analysis.tables import FAMILIES, MASK_KEY, Handover

MEAN_OVER_STRUCTURES = "mean over structures"


METRICS = tuple(metric(name) for name in ("dsc", "hd95_mm", "hd95_directed_mm", "volume_ml"))
"""The metrics that ratings are related to."""
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


@dataclass(frozen=True, eq=False)
class JudgedMasks:
    """The masks that were rated by an item, with the metrics of one structure.

    Attributes
    ----------
    item, structure
        The item, and the structure it was asked of; "" is the whole mask.
    metric_structure
        The structure whose metrics these are, or their mean over structures.
    masks
        Ratings and metrics, both signed so that more is better: distances change sign, and so do
        ratings of an item whose best level is the lowest. Infinite distances then rank last.
    """

    item: Item
    structure: str
    metric_structure: str
    masks: RatedMasks

    def as_measured(self, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return metric and mean rating without the change of sign, and each mask's family.

        Only masks where the metric is defined.
        """
        masks = self.masks
        used = ~np.isnan(masks.metrics[name])
        values = masks.metrics[name][used] * _sign_of(name)
        ratings = masks.mean_rating[used] * _sign_of_item(self.item)
        return values, ratings, masks.of_families()[used]


def judged_masks(
    handover: Handover, measurements: pd.DataFrame, brought: BroughtColumns | None = None
) -> Iterator[JudgedMasks]:
    """Go through all combinations of an item with the metrics of a structure.

    A rating of a structure is paired with the metrics of that structure; a rating of the whole
    mask with those of every structure and with their mean. Columns that were brought along are
    further metrics, where they have numbers.
    """
    metrics = with_mean_over_structures(mean_over_references(measurements))
    names = handover.description.structures or tuple(
        sorted(set(metrics["structure"]) - {MEAN_OVER_STRUCTURES})
    )
    for item in handover.description.items:
        if not item.judges_mask:
            continue
        first = first_readings(valid_ratings(handover, item))
        for structure in structures_of(handover, item):
            ratings = ratings_wide(first[first["structure"] == structure], MASK_KEY, "rater")
            asked = (structure,) if structure else (MEAN_OVER_STRUCTURES, *names)
            for metric_structure in asked:
                of_structure = metrics[metrics["structure"] == metric_structure]
                masks = _joined(handover, item, ratings, of_structure)
                if brought is not None:
                    masks = _with_columns(masks, brought, metric_structure, ratings.index)
                yield JudgedMasks(item, structure, metric_structure, masks)


def _joined(
    handover: Handover, item: Item, ratings: pd.DataFrame, metrics: pd.DataFrame
) -> RatedMasks:
    values = metrics.set_index(MASK_KEY)[METRIC_NAMES].reindex(ratings.index)
    families = {
        model: family
        for name in FAMILIES
        for model, family in handover.family_of.items()
        if family == name
    }
    return RatedMasks(
        ratings.index.get_level_values("case").to_numpy(dtype=object).astype(np.str_),
        ratings.index.get_level_values("model").to_numpy(dtype=object).astype(np.str_),
        ratings.to_numpy(dtype=float) * _sign_of_item(item),
        tuple(str(rater) for rater in ratings.columns),
        {
            name: _sign_of(name) * without_noise(name, values[name].to_numpy())
            for name in METRIC_NAMES
        },
        families,
        frozenset(name for name in METRIC_NAMES if _sign_of(name) < 0),
    )


def _with_columns(
    masks: RatedMasks, brought: BroughtColumns, metric_structure: str, rated: pd.Index
) -> RatedMasks:
    columns = brought.beside(metric_structure).reindex(rated)
    further = {str(name): columns[name].to_numpy(dtype=float) for name in columns}
    lower = masks.lower_is_better | (brought.lower_is_better & set(further))
    return replace(masks, metrics={**masks.metrics, **further}, lower_is_better=lower)


def _sign_of(name: str) -> int:
    return metric(name).orientation or 1


def _sign_of_item(item: Item) -> int:
    return -1 if item.best == "low" else 1
