"""The summary at the head of a report: agreement, and the contrast of the families."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.agreement.items import structures_of
from analysis.association.items import HEADLINE_METRICS, PURE_VISUAL, VISION_LANGUAGE
from analysis.association.pairing import MEAN_OVER_STRUCTURES, METRICS
from analysis.description import Item
from analysis.report.printing import Finder
from analysis.results import Result
from analysis.tables import Handover

MOST_STRUCTURES = 3


@dataclass(frozen=True)
class HeadlineRow:
    """One metric: pooled and model-averaged correlation by family, and the difference.

    `difference` is None where one of the families has no model.
    """

    structure: str
    metric: str
    pooled: tuple[Result, ...]
    model_mean: tuple[Result, ...]
    difference: Result | None
    test: Result | None


@dataclass(frozen=True)
class Summary:
    """The rated item that leads the report, its agreement, and a row a metric."""

    item: Item
    families: tuple[str, ...]
    alphas: tuple[tuple[str, Result], ...]
    rows: tuple[HeadlineRow, ...]
    further_structures: int


def summarise(handover: Handover, find: Finder) -> Summary | None:
    """Choose what leads the report: the first item that judges the mask, else the first rated one.

    An item that is asked structure by structure is summarised for its first structures. Returns
    None for an instrument without a rated item.
    """
    rated = [item for item in handover.description.items if item.is_rated]
    if not rated:
        return None
    item = next((item for item in rated if item.judges_mask), rated[0])
    asked = structures_of(handover, item)
    shown = asked[:MOST_STRUCTURES]
    models = list(handover.family_of.values())
    families = tuple(family for family in (VISION_LANGUAGE, PURE_VISUAL) if family in models)
    return Summary(
        item,
        families,
        tuple((s, find.one("krippendorff_alpha", item=item.id, structure=s)) for s in shown),
        tuple(_rows(item, shown, families, find)),
        len(asked) - len(shown),
    )


def _rows(
    item: Item, structures: tuple[str, ...], families: tuple[str, ...], find: Finder
) -> Iterator[HeadlineRow]:
    titles = {metric.name: metric.title for metric in METRICS}
    for structure in structures:
        for metric in HEADLINE_METRICS:
            about = {"item": item.id, "structure": structure, "metric": metric}
            about["metric_structure"] = structure or MEAN_OVER_STRUCTURES
            if not find.one("spearman", **about).n["masks"]:
                continue
            both = len(families) == 2
            yield HeadlineRow(
                structure or MEAN_OVER_STRUCTURES,
                titles[metric],
                tuple(find.one("spearman", family=family, **about) for family in families),
                tuple(
                    find.one("spearman_model_mean", family=family, **about) for family in families
                ),
                find.one("family_difference_rho", **about) if both else None,
                find.one("family_difference_z", **about) if both else None,
            )
