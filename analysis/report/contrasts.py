"""Rows of a report about the two families: these models, the families as such."""

from __future__ import annotations

from typing import Any

from analysis.association.items import HEADLINE_METRICS, PURE_VISUAL, VISION_LANGUAGE
from analysis.association.pairing import MEAN_OVER_STRUCTURES, METRICS
from analysis.report.printing import Finder
from analysis.results import Result

WHOLE = {
    "rho": "family_difference_rho",
    "z": "family_difference_z",
    "permutation": "family_difference_permutation",
    "raters": "family_difference_z_raters",
    "raters_models": "family_difference_z_raters_models",
    "equivalence": "family_equivalence",
    "claim": "family_claim_z",
    "claim_permutation": "family_claim_permutation",
}
OF_FAMILY = {"mean": "spearman_model_mean", "spread": "between_models_sd_z"}


def contrast_rows(find: Finder) -> list[dict[str, Any]]:
    """Make one row a rating and metric, where both families have models and masks were paired.

    Each row has the results of `WHOLE` by their short name, those of both families, and what the
    row is about.
    """
    titles = {metric.name: metric.title for metric in METRICS}
    rows = []
    for difference in find.all("family_difference_rho"):
        if difference.metric not in titles:  # brought along: a table of their own
            continue
        if difference.structure == "" and difference.metric_structure != MEAN_OVER_STRUCTURES:
            continue
        if not all(difference.n[f"{f}_models"] for f in ("vision_language", "pure_visual")):
            continue
        about = {
            "item": difference.item,
            "structure": difference.structure,
            "metric": difference.metric,
            "metric_structure": difference.metric_structure,
        }
        if not find.one("spearman", **about).n["masks"]:
            continue
        row: dict[str, Any] = {
            "item": difference.item,
            "structure": difference.structure,
            "metric": titles[difference.metric],
        }
        row |= {short: find.get(name, **about) for short, name in WHOLE.items()}
        for short, name in OF_FAMILY.items():
            row |= {
                f"vision_language_{short}": find.one(name, family=VISION_LANGUAGE, **about),
                f"pure_visual_{short}": find.one(name, family=PURE_VISUAL, **about),
            }
        rows.append(row)
    return rows


def level_rows(
    find: Finder, about: dict[str, str]
) -> list[tuple[str, str, dict[str, Result | None]]]:
    """Make one row a metric and family: the association by level, and how high it could be."""
    rows = []
    for metric in METRICS:
        if metric.name not in HEADLINE_METRICS:
            continue
        for family in (None, VISION_LANGUAGE, PURE_VISUAL):
            cells = {
                name: find.get(name, family=family, metric=metric.name, **about) for name in LEVELS
            }
            if cells["within_case_tau_b"] is not None:
                rows.append((metric.title, family or "All models", cells))
    return rows


LEVELS = (
    "within_case_tau_b",
    "between_case_spearman",
    "partial_spearman",
    "noise_ceiling",
    "disattenuated_spearman",
    "human_ceiling_lower",
    "metric_minus_rater",
)
