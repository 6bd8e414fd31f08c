"""Majority votes: the label that most raters gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.consensus.mask_input import Masks
from analysis.consensus.patterns import VotePatterns, vote_patterns
from analysis.resampling import FloatArray, IntArray

Ties = Literal["background", "foreground", "lowest"]
TIES: tuple[Ties, ...] = ("background", "foreground", "lowest")

_SLACK = 1e-9
"""Sums of fractional weights that differ by rounding alone are equal."""


def majority_vote(
    masks: Masks | VotePatterns,
    *,
    weights: Mapping[str, float] | Sequence[float] | None = None,
    ties: Ties = "background",
) -> NDArray[Any]:
    """Fuse masks: each voxel gets the label that most raters gave it.

    Of two labels (background and one structure) this is the strict majority: more than half of
    the votes. Of several it is the most frequent label, which can be background where most raters
    saw some structure but not the same one; `hierarchical_majority_vote` is made for that.

    Parameters
    ----------
    masks : mapping of rater to array, sequence of arrays, or VotePatterns
        Of one shape: bool, or whole labels with 0 for background; masked or NaN: no vote. Where
        nobody votes there is background.
    weights : mapping of rater to float, or sequence of float, optional
        Weight of each rater's vote, 0 or more; 1 when not given.
    ties : "background", "foreground" or "lowest"
        What a voxel gets where several labels have most votes: background; the lowest of these
        labels that is not background (with two raters: the union); the lowest of these labels.

    Returns
    -------
    ndarray
        Of the shape of the masks: bool where all of them are, else whole numbers.

    Raises
    ------
    ValueError
        Unusable masks, weights that do not fit the raters, are negative or all 0, or a rule for
        ties that does not exist.

    Examples
    --------
    >>> masks = {"A": np.array([0, 1, 1]), "B": np.array([0, 0, 1]), "C": np.array([1, 1, 1])}
    >>> majority_vote(masks).tolist()
    [0, 1, 1]
    """
    patterns = vote_patterns(masks)
    tally = patterns.tally(weights_of(patterns.raters, weights))
    return patterns.paint_labels(most_frequent(tally, patterns.labels, ties))


def weights_of(
    raters: Sequence[str], weights: Mapping[str, float] | Sequence[float] | None
) -> FloatArray:
    """Return one weight a rater, in their order.

    Raises
    ------
    ValueError
        Weights that do not fit the raters, are negative, not finite or all 0.
    """
    if weights is None:
        return np.ones(len(raters))
    if isinstance(weights, Mapping):
        if set(weights) != set(raters):
            raise ValueError(f"Weights for {sorted(weights)}; the raters are {sorted(raters)}.")
        weights = [weights[rater] for rater in raters]
    weight = np.asarray(weights, dtype=float)
    if weight.shape != (len(raters),):
        raise ValueError(f"{weight.size} weights for {len(raters)} raters: give one each.")
    if not np.all(np.isfinite(weight)) or weight.min() < 0 or weight.max() == 0:
        raise ValueError("Weights must be finite, none negative, and not all 0.")
    return weight


def most_frequent(tally: FloatArray, labels: IntArray, ties: Ties) -> IntArray:
    """Return the label with most votes in each pattern; `tally` is patterns x labels."""
    if ties not in TIES:
        raise ValueError(f"There is no rule '{ties}' for ties; known are {', '.join(TIES)}.")
    most = tally.max(axis=1, keepdims=True)
    first = tally >= most * (1 - _SLACK)
    tied = first.sum(axis=1) > 1
    if ties == "foreground":
        first[tied, 0] = False
    chosen: IntArray = labels[first.argmax(axis=1)]
    if ties == "background":
        chosen[tied] = 0
    chosen[most[:, 0] == 0] = 0
    return chosen
