"""STAPLE: the likeliest mask behind those of the raters, and how well each rater finds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.consensus.mask_input import NO_VOTE, Masks
from analysis.consensus.patterns import VotePatterns, Within, vote_patterns
from analysis.resampling import FloatArray, IntArray

_FIRST = 0.99999
"""How right every rater is taken to be before the first step (Warfield et al. 2004)."""


@dataclass(frozen=True, eq=False)
class Staple:
    """What STAPLE finds.

    Attributes
    ----------
    patterns
        The votes, in `patterns.labels` order of labels.
    posterior
        Patterns x labels: probability of each label, given the votes.
    confusion
        Raters x labels given x true labels: how often a rater gives a label where another is true.
    prior
        Share of each label before the votes of a voxel are known.
    iterations
        Steps that were taken.
    has_converged
        Whether the last step moved no entry of `confusion` by more than the tolerance.
    reason
        Why the result says little: one rater, only background; else None.
    """

    patterns: VotePatterns
    posterior: FloatArray
    confusion: FloatArray
    prior: FloatArray
    iterations: int
    has_converged: bool
    reason: str | None = None

    @property
    def mask(self) -> NDArray[Any]:
        """The consensus: the likeliest label of each voxel, the lowest of equal ones."""
        labels: IntArray = self.patterns.labels[self.posterior.argmax(axis=1)]
        return self.patterns.paint_labels(labels)

    def probability(self, label: int = 1) -> FloatArray:
        """Return the probability of a label in each voxel."""
        return self.patterns.paint(self.posterior[:, self._place(label)])

    def sensitivity(self, label: int = 1) -> dict[str, float | None]:
        """Return for each rater how often a label is given where it is true.

        None where it is true nowhere (SimpleITK's filter gives NaN there), and for a single
        rater, of whom nothing can be known.
        """
        place = self._place(label)
        true = self._true()[place] > 0 and len(self.confusion) > 1
        return {
            rater: float(of[place, place]) if true else None
            for rater, of in zip(self.patterns.raters, self.confusion, strict=True)
        }

    def specificity(self, label: int = 1) -> dict[str, float | None]:
        """Return for each rater how often a label is not given where it is not true; or None."""
        place, true = self._place(label), self._true()
        true[place] = 0
        whole = true.sum()
        known = whole > 0 and len(self.confusion) > 1
        return {
            rater: float((1 - of[place]) @ true / whole) if known else None
            for rater, of in zip(self.patterns.raters, self.confusion, strict=True)
        }

    def _place(self, label: int) -> int:
        found = np.flatnonzero(self.patterns.labels == label)
        if not len(found):
            raise ValueError(
                f"Label {label} was not voted for; there are {self.patterns.labels.tolist()}."
            )
        return int(found[0])

    def _true(self) -> FloatArray:
        """Return the expected number of voxels of each label."""
        return np.asarray(self.patterns.voxels @ self.posterior)


def staple(
    masks: Masks | VotePatterns,
    *,
    within: Within = "image",
    prior: FloatArray | None = None,
    tolerance: float = 1e-10,
    most_iterations: int = 10_000,
) -> Staple:
    """Estimate a consensus and each rater's performance together, for two labels or many.

    Expectation maximisation of Warfield, Zou and Wells (IEEE Trans Med Imaging 2004;23:903-921),
    for many labels with a confusion matrix a rater (their section on multicategory masks; Rohlfing
    et al., same volume, 983-994). No spatial model: voxels are independent. All voxels of a pattern
    of votes share their posterior, so each step costs patterns x raters, not voxels x raters.

    The steps begin with raters who are nearly always right, and end at a local optimum. ITK's
    filter for many labels begins with the majority vote: where masks agree poorly it can end at
    another one.

    The result depends on how much background is counted: with more of it specificities go to 1,
    the prior goes down and the consensus grows towards the union. Choose `within` on purpose and
    report it.

    Parameters
    ----------
    masks : mapping of rater to array, sequence of arrays, or VotePatterns
        Of one shape: bool, or whole labels with 0 for background; masked or NaN: no vote.
    within : "image", "box" or ndarray of bool
        Which voxels are counted, see `vote_patterns`; all others get their label from the same
        performances.
    prior : ndarray, optional
        Share of each label voted for, in order; without it the share of the votes, as in ITK.
    tolerance : float
        The greatest change of a performance at which the steps end. ITK ends when their squares
        sum to 1e-14.
    most_iterations : int

    Returns
    -------
    Staple
        `.mask`, `.probability(label)`, `.sensitivity(label)`, `.specificity(label)`.

    Raises
    ------
    ValueError
        Unusable masks, or a prior that does not fit the labels.

    Notes
    -----
    SimpleITK 2.5's filter gives NaN in every voxel when all masks are empty; here the consensus is
    empty, and a reason says so.

    Examples
    --------
    >>> masks = np.zeros((3, 100), bool)
    >>> masks[:, 10:30] = True
    >>> masks[2, 25:40] = True
    >>> found = staple(masks)
    >>> int(found.mask.sum()), round(found.specificity()["3"], 3)
    (20, 0.875)
    """
    patterns = vote_patterns(masks, within)
    labels = patterns.labels
    share = _prior(patterns) if prior is None else _checked(prior, len(labels))
    off = (1 - _FIRST) / max(len(labels) - 1, 1)
    one = np.where(np.eye(len(labels)), _FIRST if len(labels) > 1 else 1.0, off)
    confusion = np.repeat(one[None], len(patterns.raters), axis=0)
    # What each rater said, as a place in `labels`; one beyond for no vote.
    said = np.where(patterns.votes == NO_VOTE, len(labels), np.searchsorted(labels, patterns.votes))
    said = np.minimum(said, len(labels))
    counted = patterns.voxels > 0
    voxels, step, change = patterns.voxels[counted].astype(float), 0, np.inf
    given = (said[counted][:, :, None] == np.arange(len(labels))).astype(float)
    given = given.reshape(len(voxels), confusion.shape[0] * len(labels))
    # One rater's performance is not identified: the steps would go on and say nothing.
    most = most_iterations if len(voxels) and len(patterns.raters) > 1 else 0
    while step < most and change > tolerance:
        posterior = _posterior(said[counted], confusion, share)
        moved = _confusion(given, voxels[:, None] * posterior, confusion)
        change = float(np.max(np.abs(moved - confusion)))
        confusion, step = moved, step + 1
    return Staple(
        patterns,
        _posterior(said, confusion, share),
        confusion,
        share,
        step,
        change <= tolerance,
        _why_poor(patterns),
    )


def _prior(patterns: VotePatterns) -> FloatArray:
    votes = patterns.voxels @ patterns.tally()
    whole = votes.sum()
    return np.asarray(votes / whole if whole else np.full(len(votes), 1 / len(votes)))


def _checked(prior: FloatArray, n_labels: int) -> FloatArray:
    share = np.asarray(prior, dtype=float)
    if share.shape != (n_labels,) or not np.all(share >= 0) or not np.isclose(share.sum(), 1):
        raise ValueError(f"The prior must be {n_labels} shares (one a label) that sum to 1.")
    return share


def _posterior(said: IntArray, confusion: FloatArray, prior: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        likely = np.log(np.concatenate([confusion, np.ones_like(confusion[:, :1])], axis=1))
        total = np.repeat(np.log(prior)[None], len(said), axis=0)
    for rater, of in enumerate(likely):
        total += of[said[:, rater]]
    most = total.max(axis=1, keepdims=True)
    possible = np.isfinite(most)
    weight = np.exp(total - np.where(possible, most, 0))
    # A pattern outside the counted voxels can be impossible by all that was learnt within.
    weight = np.where(possible, weight, prior)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def _confusion(given: FloatArray, mass: FloatArray, before: FloatArray) -> FloatArray:
    """Return the share of each label given among the voxels of each true label.

    `given` is patterns x (raters x labels), 1 for the label given; `mass` patterns x labels.
    """
    joint = (given.T @ mass).reshape(before.shape)
    true = joint.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(true > 0, joint / true, before)


def _why_poor(patterns: VotePatterns) -> str | None:
    if len(patterns.raters) == 1:
        return f"one rater: the consensus is the mask of {patterns.raters[0]}"
    if len(patterns.labels) == 1:
        return "all masks are empty"
    if not patterns.voxels.any():
        return "no voxel is counted"
    return None
