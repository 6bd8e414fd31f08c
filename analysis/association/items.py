"""Association of the ratings of a study with every metric, and the contrast of the families."""

from __future__ import annotations

import pandas as pd

from analysis.association.adjusting import with_adjusted
from analysis.association.block import Plan, association_block
from analysis.association.pairing import MEAN_OVER_STRUCTURES, judged_masks
from analysis.association.ranks import ranking_results
from analysis.brought import BroughtColumns
from analysis.resampling import Resamples
from analysis.results import Asked, Result
from analysis.tables import FAMILIES, Handover

VISION_LANGUAGE, PURE_VISUAL, HUMAN = FAMILIES
HEADLINE_METRICS = ("dsc", "hd95_mm")
CONTRAST = Plan(contrast=(VISION_LANGUAGE, PURE_VISUAL))


def association_results(
    handover: Handover,
    measurements: pd.DataFrame,
    level: float = 0.95,
    resamples: Resamples | None = None,
    brought: BroughtColumns | None = None,
) -> list[Result]:
    """Relate the ratings of every item to every metric; see `association_block`.

    Columns that were brought along are metrics like the others.

    P values of the contrasts are adjusted over the whole study; primary are those of DSC and
    pooled HD95 with the rating of the same structure, or of the whole mask.
    """
    results: list[Result] = []
    for judged in judged_masks(handover, measurements, brought):
        about = {
            "item": judged.item.id,
            "structure": judged.structure,
            "metric_structure": judged.metric_structure,
        }
        asked = Asked(level, resamples, about)
        results += association_block(judged.masks, asked, CONTRAST)
        if resamples is not None:
            by_models = judged.masks.where(judged.masks.by_models)
            results += ranking_results(by_models, asked, resamples)
    return with_adjusted(results, _is_primary)


def _is_primary(result: Result) -> bool:
    """Tell the headline contrasts from those of single structures and of other metrics."""
    own = result.structure or MEAN_OVER_STRUCTURES
    return result.metric in HEADLINE_METRICS and result.metric_structure == own
