"""The columns of the model that asks whether two families differ in rating against metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from analysis.mixed.design import interaction, missing_labels
from analysis.resampling import FloatArray

INTERACTION = "metric_within x family"

Labels = NDArray[np.generic]


@dataclass(frozen=True, eq=False)
class FamilyColumns:
    """Response, fixed columns, grouping factors and slopes, or the reason why there are none."""

    families: tuple[str, ...]
    n_left_out: int
    rating: FloatArray
    rank_normal_rating: FloatArray
    fixed: dict[str, FloatArray]
    groups: dict[str, Labels]
    slopes: dict[str, FloatArray]
    reason: str | None = None


def rank_normal(values: FloatArray) -> FloatArray:
    """Return normal quantiles of mid-ranks with mean 0 and variance 1; zeros for a constant.

    (r - 3/8) / (n + 1/4), from Blom G, Statistical Estimates and Transformed Beta-Variables, 1958.

    Examples
    --------
    >>> rank_normal(np.array([10.0, 20.0, 20.0, np.inf])).round(3).tolist()
    [-1.414, 0.0, 0.0, 1.414]
    """
    ranks = stats.rankdata(values)
    quantiles = special.ndtri((ranks - 0.375) / (len(values) + 0.25))
    centred = quantiles - quantiles.mean()
    spread = float(np.sqrt(np.mean(centred**2)))
    scaled = centred / spread if spread > 1e-12 else np.zeros(len(values))
    return np.asarray(scaled, dtype=np.float64)


def family_columns(
    rating: ArrayLike, metric: ArrayLike, labels: Mapping[str, ArrayLike], families: object
) -> FamilyColumns:
    """Check the long arrays and make the columns; `labels` are family, model, case and rater.

    Raises
    ------
    ValueError
        As `rating_metric_interaction`; all problems at once.
    """
    numbers = {
        name: np.asarray(values, dtype=float)
        for name, values in (("rating", rating), ("metric", metric))
    }
    named: dict[str, Labels] = {name: np.asarray(values) for name, values in labels.items()}
    shape = numbers["rating"].shape
    problems = [
        f"{name}: shape {values.shape}, not that of the ratings, {shape}"
        for name, values in [*numbers.items(), *named.items()]
        if values.shape != shape or values.ndim != 1
    ]
    problems += missing_labels(named)
    if problems:
        raise ValueError("; ".join(problems))
    kept = np.isfinite(numbers["rating"]) & ~np.isnan(numbers["metric"])
    numbers = {name: values[kept] for name, values in numbers.items()}
    named = {name: values[kept] for name, values in named.items()}
    present = tuple(str(name) for name in np.unique(named["family"]))
    wanted = present if families is None else tuple(str(name) for name in _sequence(families))
    problems = [
        *(
            f"no family {name}; there are {', '.join(present)}"
            for name in wanted
            if name not in present
        ),
        *_split(named["model"], named["family"], "models belong to two families"),
        *_split(
            interaction(named["case"], named["model"]),
            numbers["metric"],
            "masks have two values of the metric",
        ),
    ]
    if problems:
        raise ValueError("; ".join(problems))
    left_out = int((~kept).sum())
    if len(wanted) != 2:
        return _none(wanted, left_out, f"{len(wanted)} families, the question is about two")
    mine = np.isin(named["family"].astype(str), wanted)
    return _columns(
        {name: values[mine] for name, values in numbers.items()},
        {name: values[mine] for name, values in named.items()},
        wanted,
        left_out,
    )


def _columns(
    numbers: Mapping[str, FloatArray],
    labels: Mapping[str, Labels],
    families: tuple[str, ...],
    left_out: int,
) -> FamilyColumns:
    second = labels["family"].astype(str) == families[1]
    masks = interaction(labels["case"], labels["model"])
    of_mask = np.unique(masks, return_index=True)[1]
    rating, within, between = (np.zeros(len(second)) for _ in range(3))
    for name, mine in zip(families, (~second, second), strict=True):
        rating[mine] = rank_normal(numbers["rating"][mine])
        own = of_mask[mine[of_mask]]  # one row per mask of this family
        quantiles = rank_normal(numbers["metric"][own])
        if not np.any(quantiles) or not np.any(rating[mine]):
            return _none(families, left_out, f"rating or metric does not vary in family {name}")
        cases = np.unique(labels["case"][own], return_inverse=True)[1]
        mean = (np.bincount(cases, quantiles) / np.bincount(cases))[cases]
        places = np.searchsorted(masks[own], masks[mine])
        between[mine], within[mine] = mean[places], (quantiles - mean)[places]
    # Half a unit on either side: the other effects are averages of the two families.
    family = np.where(second, 0.5, -0.5)
    return FamilyColumns(
        families=families,
        n_left_out=left_out,
        rating=numbers["rating"],
        rank_normal_rating=rating,
        fixed={
            "metric_within": within,
            "metric_between": between,
            "family": family,
            INTERACTION: within * family,
            "metric_between x family": between * family,
        },
        groups={
            "rater": labels["rater"],
            "case": labels["case"],
            "case:model": masks,
            "model": labels["model"],
        },
        slopes={"model": within + between},
    )


def _sequence(families: object) -> Sequence[object]:
    return list(families) if isinstance(families, list | tuple | np.ndarray) else [families]


def _split(key: Labels, value: NDArray[np.generic], what: str) -> list[str]:
    """Name the problem that one key goes with two values."""
    pairs = len(np.unique(np.column_stack([interaction(key), interaction(value)]), axis=0))
    extra = pairs - len(np.unique(key))
    return [f"{extra} {what}"] if extra else []


def _none(families: tuple[str, ...], left_out: int, reason: str) -> FamilyColumns:
    empty = np.empty(0)
    return FamilyColumns(families, left_out, empty, empty, {}, {}, {}, reason)
