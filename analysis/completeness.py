"""Which ratings are missing, and why: item by item, structure by structure, family by family."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.agreement.items import first_readings, structures_of, valid_ratings
from analysis.results import Result, counted
from analysis.tables import CANNOT_JUDGE, FAMILIES, MASK_KEY, Handover

READING_KEY = ["rater", *MASK_KEY]


def completeness_results(handover: Handover) -> list[Result]:
    """Give the share of planned first readings without a rating.

    `n` says what became of the planned ones: rated, cannot_judge, unanswered (submitted, but
    without an answer to this item), not_submitted. `masks_complete` counts the masks, of `masks`,
    that every rater to whom they were given has rated.
    """
    planned = _planned(handover)
    family_of = handover.family_of
    families = [family for family in FAMILIES if family in family_of.values()]
    results: list[Result] = []
    for item in handover.description.items:
        if not item.is_rated and item.kind != "choice":
            continue
        answers = first_readings(handover.ratings[handover.ratings["valid"]])
        answers = answers[answers["item"] == item.id]
        rated = first_readings(valid_ratings(handover, item))
        for structure in structures_of(handover, item):
            fate = _fates(planned, rated, answers, structure)
            about = {"item": item.id, "structure": structure}
            results += _shares(fate, None, about)
            for family in families:
                of_family = fate["model"].map(family_of) == family
                results += _shares(fate[of_family], family, about)
    return results


def _planned(handover: Handover) -> pd.DataFrame:
    """Return one row a planned first reading, with `submitted`; readings without a plan count."""
    first = handover.assignments[handover.assignments["replicate"] == 0]
    planned = first[READING_KEY].assign(submitted=first["status"] == "submitted")
    ratings = first_readings(handover.ratings[handover.ratings["valid"]])
    read = ratings[READING_KEY].drop_duplicates().assign(submitted=True)
    both = pd.concat([read, planned], ignore_index=True)
    return both.drop_duplicates(READING_KEY, ignore_index=True)


def _fates(
    planned: pd.DataFrame, rated: pd.DataFrame, answers: pd.DataFrame, structure: str
) -> pd.DataFrame:
    cannot = answers[answers["answer"] == CANNOT_JUDGE]
    keys = pd.MultiIndex.from_frame(planned[READING_KEY])

    def among(rows: pd.DataFrame) -> np.ndarray:
        rows = rows[rows["structure"] == structure]
        return keys.isin(pd.MultiIndex.from_frame(rows[READING_KEY]))

    fate = np.where(planned["submitted"], "unanswered", "not_submitted")
    fate = np.where(among(cannot), "cannot_judge", fate)
    return planned.assign(fate=np.where(among(rated), "rated", fate))


def _shares(fate: pd.DataFrame, family: str | None, about: dict[str, str]) -> Iterator[Result]:
    fates = ("rated", "cannot_judge", "unanswered", "not_submitted")
    n = {name: int((fate["fate"] == name).sum()) for name in fates}
    complete = (fate["fate"] == "rated").groupby([fate[key] for key in MASK_KEY]).all()
    n |= {"planned": len(fate), "masks": len(complete), "masks_complete": int(complete.sum())}
    yield counted(
        "ratings_missing",
        1 - n["rated"] / len(fate) if len(fate) else float("nan"),
        "share of planned first readings without a rating",
        reason=None if len(fate) else "no first reading was planned",
        n=n,
        family=family,
        **about,
    )
