"""Agreement of masks of one case: each rater with each other, and with the consensus of the rest.

The same functions serve reference masks of several experts, masks that several raters corrected,
and masks of models beside masks of raters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.agreement.prepared_masks import PreparedMasks, symmetric
from analysis.consensus import (
    Masks,
    VotePatterns,
    majority_vote,
    simple,
    staple,
    vote_patterns,
)
from analysis.consensus.mask_input import named_masks, shape_problems
from analysis.metrics import MetricSettings
from analysis.resampling import FloatArray

Metrics = Sequence[str] | MetricSettings
"""Names of metrics, or settings with their conventions."""
Consensus = str | Callable[[VotePatterns], NDArray[Any]]
"""Name of a consensus, or a function that makes one from votes."""

CONSENSUS: Mapping[str, Callable[[VotePatterns], NDArray[Any]]] = {
    "majority": majority_vote,
    "staple": lambda votes: staple(votes).mask,
    "simple": lambda votes: simple(votes).mask,
}
_USUAL = ("dsc", "hd95_mm")


@dataclass(frozen=True, eq=False)
class PairwiseMetrics:
    """Metrics between all masks of a case.

    Attributes
    ----------
    raters
        Whose masks, in the order of rows and columns.
    matrices
        Metric -> raters x raters, the reference in the row and the mask in the column. NaN where
        a value is undefined (`notes` says why) and on the diagonal.
    notes
        (row, column) -> why values are undefined, infinite or a convention.
    """

    raters: tuple[str, ...]
    matrices: dict[str, FloatArray]
    notes: dict[tuple[str, str], str]

    def between(
        self, metric: str, references: Sequence[str], masks: Sequence[str]
    ) -> dict[tuple[str, str], float | None]:
        """Return the values of some references (rows) and masks, None where undefined.

        A mask is not compared with itself.
        """
        unknown = sorted({*references, *masks} - set(self.raters))
        if unknown or metric not in self.matrices:
            raise ValueError(
                f"There is no {metric} of {', '.join(unknown) or 'these masks'}; there are "
                f"{', '.join(self.matrices)} of {', '.join(self.raters)}."
            )
        found = {}
        for one in references:
            for other in masks:
                if one != other:
                    value = float(
                        self.matrices[metric][self.raters.index(one), self.raters.index(other)]
                    )
                    found[one, other] = None if isnan(value) else value
        return found


@dataclass(frozen=True, eq=False)
class AgainstOthers:
    """Metrics of each rater's mask against the consensus of the other raters.

    Attributes
    ----------
    values
        Metric -> rater -> value; None where it is undefined.
    notes
        Rater -> why values are undefined, infinite or a convention; only where there is a note.
    """

    values: dict[str, dict[str, float | None]]
    notes: dict[str, str]


def pairwise_metrics(
    masks: Masks,
    spacing_mm: Sequence[float],
    metrics: Metrics = _USUAL,
    *,
    labels: Sequence[int] | None = None,
) -> PairwiseMetrics:
    """Measure every mask of a case against every other.

    Each mask is prepared once (bits, surface) for all its pairs. Metrics that are the same both
    ways (Dice, Hausdorff distances, NSD, ...) are measured once a pair; as soon as one is not,
    such as sensitivity, all are measured both ways.

    Parameters
    ----------
    masks : mapping of rater to array, or sequence of arrays
        Of one shape, (i, j) or (i, j, k): bool, or whole labels with 0 for background.
    spacing_mm : sequence of float
        Along each axis.
    metrics : sequence of str, or MetricSettings
        Names of the catalogue; settings also say what absent structures are worth.
    labels : sequence of int, optional
        The labels of the structure; without them everything above 0.

    Returns
    -------
    PairwiseMetrics

    Raises
    ------
    ValueError
        No mask, several shapes, not one spacing an axis.
    MetricError
        A metric that does not exist.

    Examples
    --------
    >>> masks = np.zeros((2, 9, 9), bool)
    >>> masks[:, 2:6, 2:6] = True
    >>> masks[1, 2:6, 6] = True
    >>> found = pairwise_metrics({"A": masks[0], "B": masks[1]}, (1.0, 1.0))
    >>> found.matrices["dsc"].round(3).tolist()
    [[nan, 0.889], [0.889, nan]]
    """
    settings = _settings(metrics)
    named = named_masks(masks)
    prepared = PreparedMasks.of(named, spacing_mm, labels)
    raters = tuple(named)
    matrices = {name: np.full((len(raters),) * 2, np.nan) for name in settings.metrics}
    notes: dict[tuple[str, str], str] = {}
    both_ways = not all(symmetric(name) for name in settings.metrics)
    for row, column in combinations(range(len(raters)), 2):
        found = back = prepared.measure(row, column, settings)
        # Which of two masks is empty matters to the note, and to some conventions.
        if both_ways or prepared.either_is_empty(row, column):
            back = prepared.measure(column, row, settings)
        for way, (values, note) in (((row, column), found), ((column, row), back)):
            for name, value in values.items():
                matrices[name][way] = value
            if note:
                notes[raters[way[0]], raters[way[1]]] = note
    return PairwiseMetrics(raters, matrices, notes)


def against_others(
    masks: Masks,
    spacing_mm: Sequence[float],
    metrics: Metrics = _USUAL,
    *,
    consensus: Consensus = "majority",
    labels: Sequence[int] | None = None,
) -> AgainstOthers:
    """Measure each rater's mask against the consensus of all other raters.

    The rater is never in the consensus: with few raters that would make everybody look good. With
    two raters the consensus of the others is the other mask; with an even number of others, ties
    of a majority vote are background.

    Parameters
    ----------
    masks, spacing_mm, metrics, labels
        As in `pairwise_metrics`. The consensus is that of the whole label masks.
    consensus : "majority", "staple", "simple" or callable
        A callable takes `VotePatterns` and returns a mask, such as
        ``lambda votes: hierarchical_majority_vote(votes, [[1, 2, 3], [1, 3], [3]])``.

    Returns
    -------
    AgainstOthers

    Raises
    ------
    ValueError
        As `pairwise_metrics`; no consensus of that name; a single rater.

    Examples
    --------
    >>> masks = np.zeros((3, 9, 9), bool)
    >>> masks[:, 2:6, 2:6] = True
    >>> masks[2, 2:6, 6] = True
    >>> against_others(masks, (1.0, 1.0), ("dsc",)).values["dsc"]
    {'1': 1.0, '2': 1.0, '3': 0.8888888888888888}
    """
    settings = _settings(metrics)
    named = named_masks(masks)
    problems = shape_problems(named)
    if isinstance(consensus, str) and consensus not in CONSENSUS:
        problems.append(
            f"There is no consensus '{consensus}'; known are {', '.join(CONSENSUS)}, or give a "
            "function."
        )
    if len(named) == 1:
        problems.append("There is one rater: nobody is left to agree with.")
    if problems:
        raise ValueError(" ".join(problems))
    make = CONSENSUS[consensus] if isinstance(consensus, str) else consensus
    votes = vote_patterns(named)
    values: dict[str, dict[str, float | None]] = {name: {} for name in settings.metrics}
    notes = {}
    for rater, mask in named.items():
        pair = {"others": make(votes.without(rater)), rater: mask}
        found, note = PreparedMasks.of(pair, spacing_mm, labels).measure(0, 1, settings)
        for name, value in found.items():
            values[name][rater] = None if isnan(value) else value
        if note:
            notes[rater] = note.replace("the reference mask", "the consensus of the others")
    return AgainstOthers(values, notes)


def _settings(metrics: Metrics) -> MetricSettings:
    if isinstance(metrics, MetricSettings):
        return replace(metrics, metrics=tuple(dict.fromkeys(metrics.metrics)))
    return MetricSettings(tuple(dict.fromkeys(metrics)))
