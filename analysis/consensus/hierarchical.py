"""The hierarchical majority vote of BRATS: nested regions, from the outermost inwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.consensus.majority import most_frequent, weights_of
from analysis.consensus.mask_input import NO_VOTE, Masks, named_masks
from analysis.consensus.patterns import VotePatterns, vote_patterns
from analysis.regions import LabelScheme, apply_scheme

_SLACK = 1e-9

Regions = LabelScheme | Sequence[Sequence[int]]


def hierarchical_majority_vote(
    masks: Masks | VotePatterns,
    regions: Regions,
    *,
    weights: Mapping[str, float] | Sequence[float] | None = None,
    ties: Literal["background", "foreground"] = "background",
) -> NDArray[Any]:
    """Fuse label masks by a majority vote on nested regions: whole tumour, then core, then inner.

    A voxel belongs to a region when it belongs to the region around it and more than half of the
    votes are for one of the region's labels, whichever. It gets a label of the innermost region
    that it belongs to and that no further region has; of several such labels the one with most
    votes (the lowest of those that are equal). Raters who see tumour but not the same part of it
    are thus not outvoted by background. Menze et al., IEEE Trans Med Imaging 2015;34:1993-2024,
    section "hierarchical majority vote". BraTS Toolkit (Kofler et al., Front Neurosci 2020;14:125)
    counts half of the votes as a majority, `ties="foreground"`.

    Parameters
    ----------
    masks : mapping of rater to array, sequence of arrays, or VotePatterns
        Whole labels of one shape. With a scheme, its aliases are replaced (4 by 3 for BraTS),
        but not in VotePatterns.
    regions : LabelScheme or sequence of label lists
        Regions from the outermost inwards, each within the one before: for BraTS the scheme
        "brats", or [[1, 2, 3], [1, 3], [3]].
    weights
        As in `majority_vote`.
    ties : "background" or "foreground"
        Whether exactly half of the votes leave a voxel outside a region or put it inside.

    Returns
    -------
    ndarray of whole numbers

    Raises
    ------
    ValueError
        Regions that are not nested, labels of no region, or what `majority_vote` refuses.

    Examples
    --------
    >>> masks = {"A": np.array([2, 2, 0]), "B": np.array([1, 2, 0]), "C": np.array([0, 3, 3])}
    >>> hierarchical_majority_vote(masks, [[1, 2, 3], [1, 3], [3]]).tolist()
    [2, 2, 0]
    """
    nested = _nested(regions)
    if isinstance(regions, LabelScheme) and not isinstance(masks, VotePatterns):
        masks = {
            rater: apply_scheme(np.asarray(mask), regions, f"The mask of {rater}")
            for rater, mask in named_masks(masks).items()
        }
    patterns = vote_patterns(masks)
    unknown = sorted({int(each) for each in patterns.labels} - {0, *nested[0]})
    if unknown:
        raise ValueError(f"Labels {unknown} lie in no region: the outermost holds {nested[0]}.")
    if ties not in ("background", "foreground"):
        raise ValueError(f"There is no rule '{ties}' for ties; known are background, foreground.")
    weight = weights_of(patterns.raters, weights)
    tally = patterns.tally(weight)
    half = ((patterns.votes != NO_VOTE) @ weight) / 2
    chosen = np.zeros(len(half), np.int64)
    inside = half > 0
    for region, inner in zip(nested, [*nested[1:], ()], strict=True):
        votes = tally[:, np.isin(patterns.labels, region)].sum(axis=1)
        inside &= votes > half * (1 + _SLACK if ties == "background" else 1 - _SLACK)
        own = np.array([label for label in region if label not in inner])
        known = np.isin(patterns.labels, own)
        if known.any():
            label = most_frequent(tally[:, known], patterns.labels[known], "lowest")
            chosen[inside] = label[inside]
    return patterns.paint_labels(chosen)


def _nested(regions: Regions) -> list[tuple[int, ...]]:
    """Return the labels of each region, after a check that each lies in the one before."""
    if isinstance(regions, LabelScheme):
        lists = [each.labels for each in regions.structures]
    else:
        lists = [tuple(int(label) for label in each) for each in regions]
    if not lists or any(not each or min(each) < 1 for each in lists):
        raise ValueError("Give regions as lists of labels above 0, from the outermost inwards.")
    for outer, inner in pairwise(lists):
        if not set(inner) < set(outer):
            raise ValueError(
                f"Region {list(inner)} does not lie within {list(outer)}: a hierarchical vote "
                "needs nested regions, from the outermost inwards."
            )
    return lists
