"""The histogram of votes: all that voxel-wise agreement needs of the masks of a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.agreement.binary_votes import count_binary_votes
from analysis.agreement.label_votes import count_label_votes
from analysis.consensus import Masks, VotePatterns, vote_patterns
from analysis.consensus.patterns import Within
from analysis.resampling import (
    Estimate,
    FloatArray,
    IntArray,
    Resamples,
    Scale,
    estimate,
)


@dataclass(frozen=True, eq=False)
class VoteHistogram:
    """How many voxels have which votes.

    Attributes
    ----------
    labels
        Labels that were voted for, in order; background, 0, is the first.
    votes
        Kinds of voxels x labels: number of votes for each label.
    voxels
        Number of voxels of each kind.
    n_raters
        Number of masks.
    """

    labels: IntArray
    votes: IntArray
    voxels: IntArray
    n_raters: int

    def voxels_by_votes(self, label: int = 1) -> IntArray:
        """Count the voxels with 0, 1, ..., `n_raters` votes for a label."""
        votes = self.votes[:, self.labels == label].sum(axis=1)
        counts = np.zeros(self.n_raters + 1, np.int64)
        np.add.at(counts, votes, self.voxels)
        return counts

    @property
    def n_voted(self) -> int:
        """Number of voxels with a vote."""
        return int(self.voxels[self.votes.any(axis=1)].sum())

    @property
    def n_background(self) -> int:
        """Number of voxels with a vote in which all votes are for background."""
        alone = self.votes[:, 0] == self.votes.sum(axis=1)
        return int(self.voxels[alone & self.votes.any(axis=1)].sum())

    @property
    def background_share(self) -> float | None:
        """Share of the voxels with a vote in which all votes are for background."""
        return self.n_background / self.n_voted if self.n_voted else None


Histograms = VoteHistogram | Mapping[str, VoteHistogram]
"""The histogram of one case, or case -> histogram."""


def vote_histogram(masks: Masks | VotePatterns, within: Within = "image") -> VoteHistogram:
    """Count the voxels of each combination of votes.

    Parameters
    ----------
    masks : mapping of rater to array, or sequence of arrays (raters x voxels)
        Of one shape: bool, or whole labels with 0 for background; masked or NaN: no vote.
    within : "image", "box" or ndarray of bool
        Which voxels count: all; those of the smallest box that holds every mask; those of a
        region, such as the brain or the organ.

    Raises
    ------
    ValueError
        No mask, two shapes, labels that are negative or no whole numbers.

    Examples
    --------
    >>> found = vote_histogram([np.array([0, 1, 1, 0]), np.array([0, 0, 1, 0])])
    >>> found.voxels_by_votes().tolist()
    [2, 1, 1]
    """
    if isinstance(within, str) and within == "image" and not isinstance(masks, VotePatterns):
        counted = _counted(list(masks.values()) if isinstance(masks, Mapping) else list(masks))
        if counted is not None:
            return counted
    patterns = vote_patterns(masks, within)
    there = patterns.voxels > 0
    tally = patterns.tally()[there].astype(np.int64)
    return _of_tally(patterns.labels, tally, patterns.voxels[there], len(patterns.raters))


def _counted(masks: list[NDArray[Any]]) -> VoteHistogram | None:
    """Count without finding where each pattern is, for masks that allow it; else None."""
    n = len(masks)
    counts = count_binary_votes(masks)
    if counts is not None and counts[1:].any():
        ones = np.flatnonzero(counts)[::-1]
        votes = np.stack([n - ones, ones], axis=1)
        return VoteHistogram(np.array([0, 1]), votes, counts[ones], n)
    found = count_label_votes(masks)
    if found is None:
        return None
    given, voxels = found
    labels = np.union1d([0], given)
    tally = np.zeros((len(given), len(labels)), np.int64)
    np.add.at(tally, (np.arange(len(given))[:, None], np.searchsorted(labels, given)), 1)
    return _of_tally(labels, tally, voxels, n)


def _of_tally(labels: IntArray, tally: IntArray, voxels: IntArray, n_raters: int) -> VoteHistogram:
    """Join the patterns (rows of the tally) that have the same number of votes for each label."""
    kinds, kind = np.unique(_codes(tally, n_raters), return_inverse=True, axis=0)
    votes = np.zeros((len(kinds), tally.shape[1]), np.int64)
    votes[kind.ravel()] = tally
    summed = np.zeros(len(kinds), np.int64)
    np.add.at(summed, kind.ravel(), voxels)
    return VoteHistogram(labels, votes, summed, n_raters)


def _codes(tally: IntArray, n_raters: int) -> IntArray:
    """Write the counts of a row as the digits of one number, where they fit: quicker to sort."""
    base, n_labels = n_raters + 1, tally.shape[1]
    if base**n_labels > np.iinfo(np.int64).max:
        return tally
    return np.asarray(tally @ base ** np.arange(n_labels)[::-1])


@dataclass(frozen=True, eq=False)
class VoteSums:
    """What the coefficients need of each case; cases without two votes in a voxel are left out.

    With n of the r votes of a voxel for a label:

    Attributes
    ----------
    cases
        Names, in order.
    labels
        Those of all cases, in order.
    votes
        Cases x labels: sum of n over voxels with two votes or more.
    disagreement
        Unequal ordered pairs of votes, divided by r - 1, summed.
    agreement
        Share of equal pairs, summed.
    pairable, voxels_voted
        Voxels with two votes or more; with one or more.
    shares
        Cases x labels: n / r, summed.
    equal_pairs, pairs
        Cases x labels: n (n - 1) and n (r - 1), summed.
    """

    cases: list[str]
    labels: IntArray
    votes: FloatArray
    disagreement: FloatArray
    agreement: FloatArray
    pairable: FloatArray
    voxels_voted: FloatArray
    shares: FloatArray
    equal_pairs: FloatArray
    pairs: FloatArray

    @classmethod
    def of(cls, histograms: Histograms) -> VoteSums:
        """Add up the histogram of each case."""
        cases = case_histograms(histograms)
        names = sorted(case for case, each in cases.items() if (each.votes.sum(axis=1) >= 2).any())
        labels = np.unique(
            np.concatenate([np.zeros(1, np.int64), *(h.labels for h in cases.values())])
        )
        rows = [_of_case(cases[name], labels) for name in names]
        shapes = ((len(labels),), (), (), (), (), (len(labels),), (len(labels),), (len(labels),))
        columns = [
            np.array([row[at] for row in rows], float).reshape(len(rows), *shape)
            for at, shape in enumerate(shapes)
        ]
        return cls(names, labels, *columns)

    def estimate(
        self,
        value: Callable[[FloatArray], FloatArray],
        scale: Scale,
        why_undefined: str,
        level: float,
        resamples: Resamples | None,
    ) -> Estimate:
        """Estimate a coefficient from its function of case weights; 0 / 0 is undefined."""

        def statistic(weights: FloatArray) -> FloatArray:
            with np.errstate(invalid="ignore", divide="ignore"):
                return value(weights)

        why = why_undefined if self.cases else "no voxel has two votes"
        return estimate(
            statistic,
            np.array(self.cases),
            scale,
            why_undefined=why,
            level=level,
            resamples=resamples,
        )


def _of_case(histogram: VoteHistogram, labels: IntArray) -> tuple[FloatArray | float, ...]:
    n = np.zeros((len(histogram.votes), len(labels)))
    n[:, np.searchsorted(labels, histogram.labels)] = histogram.votes
    r = n.sum(axis=1)
    voxels = histogram.voxels.astype(float)
    two, one = voxels * (r >= 2), voxels * (r >= 1)
    others = np.maximum(r - 1, 1)
    unequal = (n * (r[:, None] - n)).sum(axis=1)
    return (
        two @ n,
        float(two @ (unequal / others)),
        float(two @ (1 - unequal / (np.maximum(r, 1) * others))),
        float(two.sum()),
        float(one.sum()),
        one @ (n / np.maximum(r, 1)[:, None]),
        two @ (n * (n - 1)),
        two @ (n * (r - 1)[:, None]),
    )


def case_histograms(histograms: Histograms) -> dict[str, VoteHistogram]:
    """Return case -> histogram; a single histogram is case 1."""
    if isinstance(histograms, VoteHistogram):
        return {"1": histograms}
    return {str(case): each for case, each in histograms.items()}
