"""SIMPLE: a majority vote whose raters are weighted, and left out, by how well they fit it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.consensus.majority import Ties, most_frequent
from analysis.consensus.mask_input import NO_VOTE, Masks
from analysis.consensus.patterns import VotePatterns, vote_patterns
from analysis.resampling import FloatArray, IntArray

_SLACK = 1e-12


@dataclass(frozen=True, eq=False)
class Simple:
    """What SIMPLE finds.

    Attributes
    ----------
    mask
        The consensus.
    raters
        Those who were kept to the end.
    performance
        Dice coefficient of each rater with the last consensus that they were compared with; None
        where both are empty.
    iterations
        How often raters were compared with a consensus.
    has_converged
        Whether the last comparison changed neither raters nor consensus.
    reason
        Why the result says little: one rater, an empty consensus; else None.
    """

    mask: NDArray[Any]
    raters: tuple[str, ...]
    performance: dict[str, float | None]
    iterations: int
    has_converged: bool
    reason: str | None = None


def simple(
    masks: Masks | VotePatterns,
    *,
    alpha: float = 1.0,
    least_raters: int = 3,
    ties: Ties = "background",
    most_iterations: int = 100,
) -> Simple:
    """Fuse masks while raters far from the consensus are left out and the others weighted.

    Selective and iterative method for performance level estimation (Langerak et al., IEEE Trans
    Med Imaging 2010;29:2000-2008): begin with the majority vote; compare every rater who is still
    in with the consensus; leave out those whose Dice coefficient is below the mean minus `alpha`
    standard deviations of those still in; vote again, weighted by the Dice coefficients; repeat
    until nothing changes. With several labels the Dice coefficient counts a voxel as shared where
    the label is the same. For nested regions call it once a region.

    Parameters
    ----------
    masks : mapping of rater to array, sequence of arrays, or VotePatterns
        Of one shape: bool, or whole labels with 0 for background; masked or NaN: no vote.
    alpha : float
        How many standard deviations below the mean a rater may be; infinite: nobody is left out.
    least_raters : int
        How many raters stay at least. The method was made for many atlases: between two raters
        the weighted vote is simply the mask of the better one.
    ties : "background", "foreground" or "lowest"
        As in `majority_vote`.
    most_iterations : int

    Returns
    -------
    Simple

    Raises
    ------
    ValueError
        Unusable masks, a negative `alpha`, or a rule for ties that does not exist.

    Notes
    -----
    BraTS Toolkit's function of this name weights by (Dice + 1)^2 and, since its rising threshold
    is never used, leaves nobody out.

    Examples
    --------
    >>> masks = np.zeros((4, 50), bool)
    >>> masks[:3, 10:20] = True
    >>> masks[3, 40:50] = True
    >>> simple(masks).raters
    ('1', '2', '3')
    """
    if not alpha >= 0:
        raise ValueError(f"alpha is {alpha}: give 0 or more standard deviations")
    patterns = vote_patterns(masks)
    weight = np.ones(len(patterns.raters))
    kept = weight > 0
    performance = np.full(len(weight), np.nan)
    consensus = most_frequent(patterns.tally(weight), patterns.labels, ties)
    converged, step = False, 0
    while not converged and step < most_iterations:
        found = _dice_with(patterns, consensus)
        performance[kept] = found[kept]
        if not np.isfinite(found[kept]).all() or not found[kept].any():
            break  # an empty consensus, or one that nobody shares a voxel with
        bar = found[kept].mean() - (alpha * found[kept].std() if np.isfinite(alpha) else np.inf)
        still = kept & ~(found < bar - _SLACK)
        if still.sum() < least_raters:
            bar = np.sort(found[kept])[::-1][: max(least_raters, 1)].min()
            still = kept & (found >= bar - _SLACK)
        fused = most_frequent(patterns.tally(np.where(still, found, 0.0)), patterns.labels, ties)
        converged = bool(np.array_equal(still, kept) and np.array_equal(fused, consensus))
        kept, consensus, step = still, fused, step + 1
    return Simple(
        patterns.paint_labels(consensus),
        tuple(rater for rater, is_in in zip(patterns.raters, kept, strict=True) if is_in),
        {
            rater: float(dice) if np.isfinite(dice) else None
            for rater, dice in zip(patterns.raters, performance, strict=True)
        },
        step,
        converged,
        _why_poor(patterns, consensus),
    )


def _dice_with(patterns: VotePatterns, consensus: IntArray) -> FloatArray:
    """Return each rater's Dice coefficient with a consensus, where that rater voted; NaN: empty."""
    voted = patterns.votes != NO_VOTE
    voxels = patterns.voxels.astype(float)
    own = voxels @ ((patterns.votes > 0) & voted)
    theirs = voxels @ ((consensus > 0)[:, None] & voted)
    shared = voxels @ ((patterns.votes == consensus[:, None]) & (patterns.votes > 0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(2 * shared / (own + theirs))


def _why_poor(patterns: VotePatterns, consensus: IntArray) -> str | None:
    if len(patterns.raters) == 1:
        return f"one rater: the consensus is the mask of {patterns.raters[0]}"
    if len(patterns.labels) == 1:
        return "all masks are empty"
    if not (patterns.voxels[consensus > 0]).any():
        return "the consensus is empty: no voxel has a majority"
    return None
