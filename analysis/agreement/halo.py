"""Halo: a rater's general impression that spills over from one item to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from analysis.agreement.rating_table import Ratings, RatingTable, rating_table
from analysis.agreement.severity import rater_estimate, rater_labels, ratio
from analysis.resampling import LOG, Estimate, FloatArray, Resamples

_NOISE = 1e-12


def halo_ratio(
    items: Mapping[str, Ratings], *, level: float = 0.95, resamples: Resamples | None = None
) -> dict[str, Estimate]:
    """Estimate how much a rater's items differ within a unit, against the other raters.

    Root mean variance of a rater's ratings over the items of one unit, over that of single other
    raters on the same units (Saal FE, Downey RG, Lahey MA. Psychol Bull 1980;88:413: spread over
    items within a ratee); each rater's own mean of each item is taken out before, so that severity
    on one item is no spread. Below 1: the items hang together more than for others (halo). Only
    readings with all items count. Case jackknife-t on the logarithm; the p value is for a ratio
    of 1.

    Parameters
    ----------
    items
        A table of ratings for each item: the same units, raters and cases.
    level
        Confidence level.
    resamples
        Weights for bootstrap intervals beside.

    Raises
    ------
    ValueError
        If there are fewer than two items or their tables differ in units, raters or cases.

    Examples
    --------
    >>> edges, volume = [[1, 2], [4, 4], [3, 1], [5, 4]], [[1, 3], [4, 2], [2, 2], [5, 5]]
    >>> found = halo_ratio({"edges": edges, "volume": volume})
    >>> {name: round(one.value, 3) for name, one in found.items()}
    {'1': 0.333, '2': 3.0}
    """
    tables = [rating_table(ratings) for ratings in items.values()]
    _check(tables)
    table = tables[0]
    values = np.stack([one.values for one in tables])
    read = np.isfinite(values).all(axis=0)
    # A rater without a single whole reading has no item mean and is not compared.
    with np.errstate(invalid="ignore"):
        means = np.where(read, values, 0.0).sum(axis=1) / read.sum(axis=0)
    centred = np.where(read, values - means[:, None, :], 0.0)
    spread = np.where(read, centred.var(axis=0, ddof=1), 0.0)
    n_others = read.sum(axis=1, keepdims=True) - read
    others = (spread.sum(axis=1, keepdims=True) - spread) / np.maximum(n_others, 1)
    compared = read & (n_others > 0)
    own, other, count = (
        _by_case(table, np.where(compared, part, 0.0))
        for part in (spread, others, np.ones_like(spread))
    )
    found = {}
    for rater, name in enumerate(rater_labels(table)):
        sums = [own[:, rater], other[:, rater], count[:, rater]]
        one = rater_estimate(
            table.case_names, sums, _ratio_of_spreads, level, resamples, scale=LOG, null=1.0
        )
        found[name] = replace(one, method=f"{one.method}; {len(tables)} items")
    return found


def _ratio_of_spreads(sums: Sequence[FloatArray]) -> FloatArray:
    own, other, _ = sums
    varied = (own > _NOISE * (own + other)) & (other > _NOISE * (own + other))
    return np.sqrt(np.where(varied, ratio(own, other), np.nan))


def _by_case(table: RatingTable, per_unit: FloatArray) -> FloatArray:
    sums = np.zeros((table.n_cases, table.values.shape[1]))
    np.add.at(sums, table.cases, per_unit)
    return sums


def _check(tables: Sequence[RatingTable]) -> None:
    if len(tables) < 2:
        raise ValueError(f"{len(tables)} items, at least two are needed")
    first = tables[0]
    for table in tables[1:]:
        if table.values.shape != first.values.shape:
            raise ValueError(f"tables of {table.values.shape} and {first.values.shape}")
        if table.rater_names != first.rater_names or (table.cases != first.cases).any():
            raise ValueError("the tables of the items differ in raters or cases")
