"""Agreement of the raters of a study, item by item and structure by structure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.agreement.alpha import Measurement, krippendorff_alpha
from analysis.agreement.block import agreement_block
from analysis.agreement.intra_rater import intra_rater
from analysis.agreement.rater_block import drift_results, intra_rater_results, severity_results
from analysis.agreement.rating_table import RatingTable
from analysis.agreement.variance_block import generalizability_results
from analysis.description import Item
from analysis.resampling import Resamples
from analysis.results import Asked, Result
from analysis.tables import CANNOT_JUDGE, FAMILIES, MASK_KEY, Handover


def valid_ratings(handover: Handover, item: Item) -> pd.DataFrame:
    """Return the valid ratings of an item, all replicates, numbers in the column `value`.

    "Cannot judge" and empty answers are missing and left out. The answers of a choice get one
    number each, in alphabetical order.
    """
    ratings = handover.ratings
    ratings = ratings[ratings["valid"] & (ratings["item"] == item.id)]
    ratings = ratings[ratings["answer"] != CANNOT_JUDGE]
    if item.kind == "choice":
        answers = ratings["answer"].where(ratings["answer"] != "", ratings["value"].astype("str"))
        answers = answers[(answers != "") & (answers != "nan")]
        ratings = ratings.loc[answers.index].assign(
            value=pd.factorize(answers, sort=True)[0].astype(float)
        )
    return ratings[ratings["value"].notna()]


def first_readings(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return the ratings of first readings; unannounced replicates stay out of the main numbers."""
    return ratings[ratings["replicate"] == 0]


def structures_of(handover: Handover, item: Item) -> tuple[str, ...]:
    """Return the structures an item is asked of; "" is the whole mask."""
    return handover.description.structures if item.per_structure else ("",)


def ratings_wide(ratings: pd.DataFrame, index: list[str], columns: str) -> pd.DataFrame:
    """Return units x columns (raters, or replicates) with NaN where a rating is missing."""
    return ratings.pivot(index=index, columns=columns, values="value")


def rating_table_of(ratings: pd.DataFrame) -> RatingTable:
    """Return first readings as a table: masks x raters."""
    wide = ratings_wide(first_readings(ratings), MASK_KEY, "rater")
    cases = wide.index.get_level_values("case").to_numpy(dtype=object).astype(np.str_)
    return RatingTable.of(wide.to_numpy(dtype=float), cases, list(wide.columns))


def agreement_results(
    handover: Handover, level: float = 0.95, resamples: Resamples | None = None
) -> list[Result]:
    """Estimate the agreement between raters and within them, for each item and structure."""
    return [
        result
        for item in handover.description.items
        if item.is_rated or item.kind == "choice"
        for structure in structures_of(handover, item)
        for result in _one_item(handover, item, structure, Asked(level, resamples))
    ]


def _one_item(handover: Handover, item: Item, structure: str, asked: Asked) -> list[Result]:
    ratings = valid_ratings(handover, item)
    ratings = ratings[ratings["structure"] == structure]
    about = asked.on(item=item.id, structure=structure)
    measurement: Measurement = "nominal" if item.kind == "choice" else "ordinal"
    table = rating_table_of(ratings)
    results = agreement_block(table, about, measurement, item.level_values)
    if measurement == "ordinal":
        results += severity_results(table, about)
        results += drift_results(first_readings(ratings), about)
        results += generalizability_results(first_readings(ratings), about)
    results += _by_family(handover, ratings, about, measurement)
    within = intra_rater(
        ratings,
        unit=MASK_KEY,
        rating="value",
        case="case",
        measurement=measurement,
        **asked.options,
    )
    return results + intra_rater_results(within, about, ordered=measurement == "ordinal")


def _by_family(
    handover: Handover, ratings: pd.DataFrame, asked: Asked, measurement: Measurement
) -> Iterator[Result]:
    """Estimate alpha by family and by model: raters may agree less on one of them."""
    family_of = handover.family_of
    for family in FAMILIES:
        models = [model for model, of_model in family_of.items() if of_model == family]
        parts: list[tuple[str | None, list[str]]] = [(None, models)] if models else []
        for model, chosen in [*parts, *((model, [model]) for model in models)]:
            table = rating_table_of(ratings[ratings["model"].isin(chosen)])
            n = {"raters": table.n_raters, "units": len(table.values), "ratings": table.n_ratings}
            alpha = krippendorff_alpha(table, measurement, **asked.options)
            alpha = replace(alpha, method=f"{measurement}; {alpha.method}")
            yield asked.result("krippendorff_alpha", alpha, n, family=family, model=model)
