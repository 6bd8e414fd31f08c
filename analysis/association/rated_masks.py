"""Masks with their metrics, and the rating of each rater: what every association starts from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.agreement.rating_table import RatingTable
from analysis.association.pairs import Pairs
from analysis.metrics import MetricError, metric
from analysis.resampling import FloatArray
from analysis.tables import FAMILIES

Names = NDArray[np.str_]

TIE_DECIMALS = 6
"""Decimals to which our own metrics are ranked.

Image headers keep the spacing as float32, so that two distances that are equal on their grids
differ by some 1e-7 mm; without rounding, noise would decide which of them ranks higher.
"""
MEAN_DECIMALS = 10
MEAN_RATING = "mean rating"
"""The rater of a table that has one (mean) rating for each mask."""
HUMAN = "human"
"""The family of masks drawn by people, which enters neither the pooled line nor a contrast."""


@dataclass(frozen=True, eq=False)
class RatedMasks:
    """Masks of several models on the same cases, rated by several raters and measured.

    Attributes
    ----------
    cases, models
        Label of each mask's case and model, shape (masks,).
    ratings
        Masks x raters, signed so that more is better; NaN where a rater did not rate.
    raters
        Label of each rater.
    metrics
        Metric -> its value for each mask, signed so that more is better; NaN where undefined.
    family_of
        Model -> family; models without a family are left out of everything about families.
    lower_is_better
        Metrics whose sign was changed.
    """

    cases: Names
    models: Names
    ratings: FloatArray
    raters: tuple[str, ...]
    metrics: Mapping[str, FloatArray]
    family_of: Mapping[str, str] = field(default_factory=dict)
    lower_is_better: frozenset[str] = frozenset()

    @property
    def case_names(self) -> Names:
        """Sorted labels of all cases: the columns of the case weights."""
        return np.unique(self.cases)

    @property
    def mean_rating(self) -> FloatArray:
        """Mean over the raters that rated a mask; NaN where nobody did."""
        rated = np.isfinite(self.ratings)
        count = rated.sum(axis=1)
        total = np.where(rated, self.ratings, 0.0).sum(axis=1)
        with np.errstate(invalid="ignore"):
            # Rounded, since equal means of different ratings differ by noise otherwise.
            mean: FloatArray = np.where(count > 0, total / count, np.nan)
            return np.round(mean, MEAN_DECIMALS)

    @property
    def families(self) -> tuple[str, ...]:
        """The families, in the order in which `family_of` names them first."""
        return tuple(dict.fromkeys(self.family_of.values()))

    @property
    def by_models(self) -> NDArray[np.bool_]:
        """Which masks were made by models, not by people."""
        return np.asarray(self.of_families() != HUMAN)

    def of_families(self) -> Names:
        """Return the family of each mask, "" for none."""
        return np.array([self.family_of.get(model, "") for model in self.models], dtype=np.str_)

    def where(self, kept: NDArray[np.bool_]) -> RatedMasks:
        """Return some of the masks."""
        return RatedMasks(
            self.cases[kept],
            self.models[kept],
            self.ratings[kept],
            self.raters,
            {name: values[kept] for name, values in self.metrics.items()},
            self.family_of,
            self.lower_is_better,
        )

    def pairs(
        self, metric: str, rater: int | None = None, kept: NDArray[np.bool_] | None = None
    ) -> Pairs:
        """Return a metric beside the mean rating, or beside that of one rater.

        Masks without one of the two are left out, and those that are not `kept`; cases keep their
        numbers among `case_names`.
        """
        rating = self.mean_rating if rater is None else self.ratings[:, rater]
        values = self.metrics[metric]
        used = ~np.isnan(values) & ~np.isnan(rating)
        if kept is not None:
            used &= kept
        names = self.case_names
        numbers = np.searchsorted(names, self.cases[used]).astype(np.int64)
        return Pairs(values[used], rating[used], numbers, len(names), names)

    def by_model(self, metric: str, family: str, rater: int | None = None) -> dict[str, Pairs]:
        """Return the pairs of each model of a family, also of one without a rated mask."""
        return {
            model: self.pairs(metric, rater, self.models == model)
            for model, of_model in sorted(self.family_of.items())
            if of_model == family
        }

    def rating_table(self) -> RatingTable:
        """Return the ratings as a table of agreement, masks x raters."""
        rated = np.isfinite(self.ratings).any(axis=1)
        return RatingTable.of(self.ratings[rated], self.cases[rated], self.raters)


def rated_masks(
    frame: pd.DataFrame,
    *,
    metrics: Sequence[str],
    case: str = "case",
    model: str = "model",
    rating: str = "rating",
    rater: str | None = None,
    family: str | None = None,
    mask: Sequence[str] = (),
    lower_is_better: Sequence[str] = (),
) -> RatedMasks:
    """Make rated masks from a long table, the columns named by the arguments.

    Without a column of raters each row is a mask with its (mean) rating. With one, rows of the
    same case, model and `mask` columns are ratings of one mask, and their metrics must be equal.
    The order of rows does not matter: families are in the order of a study, then by name.

    Parameters
    ----------
    frame
        One row a mask, or a mask and rater.
    metrics
        Columns to relate to the rating.
    case, model, rating, rater, family
        Columns; `family` may be missing.
    mask
        Further columns that tell masks of a case and model apart, such as the prompt.
    lower_is_better
        Metrics whose sign is changed, so that a positive correlation says that the metric agrees
        with the raters.

    Raises
    ------
    ValueError
        If a mask has two rows, or two ratings of one rater, or two values of a metric, or a model
        two families; all problems in one message.
    """
    key = [case, model, *mask]
    problems = []
    twice = int(frame.duplicated(key if rater is None else [*key, rater]).sum())
    if twice and rater is None:
        problems.append(f"{twice} rows are about a mask that has a row already")
    if rater is not None:
        if twice:
            problems.append(f"{twice} rows rate a mask again that the rater has rated")
        spread = frame.groupby(key)[list(metrics)].nunique(dropna=False)
        problems += [
            f"{int((spread[name] > 1).sum())} masks have more than one value of “{name}”"
            for name in metrics
            if (spread[name] > 1).any()
        ]
    family_of = {}
    if family is not None:
        named = frame[[model, family]].dropna().drop_duplicates()
        places = {name: _place(str(name)) for name in set(named[family])}
        named = named.assign(at=named[family].map(places)).sort_values(["at", model])
        split = named[model][named[model].duplicated()]
        problems += [f"model “{name}” is in more than one family" for name in dict.fromkeys(split)]
        family_of = dict(zip(named[model].astype(str), named[family].astype(str), strict=True))
    if problems:
        raise ValueError("; ".join(problems))
    if rater is None:
        masks = frame.sort_values(key).reset_index(drop=True)
        ratings = masks[[rating]].to_numpy(dtype=float)
        raters: tuple[str, ...] = (MEAN_RATING,)
    else:
        wide = frame.pivot(index=key, columns=rater, values=rating).sort_index()
        ratings, raters = wide.to_numpy(dtype=float), tuple(str(name) for name in wide.columns)
        masks = frame.groupby(key)[list(metrics)].first().reindex(wide.index).reset_index()
    signs = {name: -1.0 if name in lower_is_better else 1.0 for name in metrics}
    return RatedMasks(
        masks[case].to_numpy(dtype=object).astype(np.str_),
        masks[model].to_numpy(dtype=object).astype(np.str_),
        ratings,
        raters,
        {name: signs[name] * without_noise(name, masks[name].to_numpy()) for name in metrics},
        family_of,
        frozenset(lower_is_better),
    )


def _place(family: str) -> tuple[int, str]:
    """Order families as a study does: the known ones first, so that a contrast has one sign."""
    return (FAMILIES.index(family) if family in FAMILIES else len(FAMILIES), family)


def without_noise(name: str, values: NDArray[Any]) -> FloatArray:
    """Return the values of a column, rounded where it is a metric of ours; see `TIE_DECIMALS`.

    Other columns are nobody's to round: a probability may be small.
    """
    numbers = np.asarray(values, dtype=float)
    try:
        metric(name)
    except MetricError:
        return numbers
    return np.round(numbers, TIE_DECIMALS)
