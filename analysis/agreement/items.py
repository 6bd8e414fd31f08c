"""Agreement of the raters of a study, item by item and structure by structure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.agreement.icc import Form, intraclass_correlation
from analysis.agreement.ratings import (
    Measurement,
    RatingTable,
    krippendorff_alpha,
    percent_agreement,
)
from analysis.description import Item
from analysis.resampling import LOG_COMPLEMENT, method_on, undefined
from analysis.results import Result, estimated
from analysis.tables import CANNOT_JUDGE, MASK_KEY, Handover

ICC_FORMS: dict[str, Form] = {"icc_a1": "ICC(A,1)", "icc_ak": "ICC(A,k)", "icc_ck": "ICC(C,k)"}


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


def _table(wide: pd.DataFrame) -> RatingTable:
    cases = wide.index.get_level_values("case").to_numpy()
    return RatingTable.of(wide.to_numpy(dtype=float), cases)


def agreement_results(handover: Handover, level: float = 0.95) -> list[Result]:
    """Estimate the agreement between raters and within them, for each item and structure."""
    return [
        result
        for item in handover.description.items
        if item.is_rated or item.kind == "choice"
        for structure in structures_of(handover, item)
        for result in _one_item(handover, item, structure, level)
    ]


def _one_item(handover: Handover, item: Item, structure: str, level: float) -> Iterator[Result]:
    ratings = valid_ratings(handover, item)
    ratings = ratings[ratings["structure"] == structure]
    table = _table(ratings_wide(first_readings(ratings), MASK_KEY, "rater"))
    n = {"raters": table.n_raters, "units": len(table.values), "ratings": table.n_ratings}
    about = {"item": item.id, "structure": structure}
    if item.kind == "choice":
        alpha = krippendorff_alpha(table, "nominal", level)
        alpha = replace(alpha, method=f"nominal; {alpha.method}")
        yield estimated("krippendorff_alpha", alpha, level, n, **about)
    else:
        yield from _ordered(table, level, n, about)
    yield estimated("percent_agreement", percent_agreement(table, level), level, n, **about)
    yield _intra_rater(ratings, item, level, about)


def _ordered(
    table: RatingTable, level: float, n: dict[str, int], about: dict[str, str]
) -> Iterator[Result]:
    alpha = krippendorff_alpha(table, "ordinal", level)
    alpha = replace(alpha, method=f"ordinal; {alpha.method}")
    yield estimated("krippendorff_alpha", alpha, level, n, **about)
    alpha = krippendorff_alpha(table, "interval", level)
    alpha = replace(alpha, method=f"interval; {alpha.method}")
    yield estimated("krippendorff_alpha_interval", alpha, level, n, **about)
    for name, form in ICC_FORMS.items():
        yield estimated(name, intraclass_correlation(table, form, level), level, n, **about)


def _intra_rater(ratings: pd.DataFrame, item: Item, level: float, about: dict[str, str]) -> Result:
    """Estimate the alpha of first reading and replicates: each reading takes a rater's place."""
    measurement: Measurement = "nominal" if item.kind == "choice" else "ordinal"
    wide = ratings_wide(ratings, ["rater", *MASK_KEY], "replicate")
    wide = wide[wide.notna().sum(axis=1) > 1]
    if len(wide):
        alpha = krippendorff_alpha(_table(wide), measurement, level)
        alpha = replace(alpha, method=f"{measurement}; {alpha.method}")
    else:
        alpha = undefined(
            0,
            f"{measurement}; {method_on(LOG_COMPLEMENT)}",
            "no mask was read twice by the same rater",
        )
    readings = int(np.isfinite(wide.to_numpy(dtype=float)).sum())
    raters = wide.index.get_level_values("rater").nunique()
    n = {"raters": raters, "units": len(wide), "ratings": readings}
    return estimated("intra_rater_alpha", alpha, level, n, **about)
