"""Which raters voted for what, voxel by voxel, as a short list of patterns.

R binary masks show at most 2^R patterns of votes, however many voxels there are. A consensus is
the same in all voxels of a pattern, so it is worked out for the list of patterns and painted back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.consensus.mask_input import NO_VOTE, Masks, number_masks
from analysis.resampling import FloatArray, IntArray

Within = Literal["image", "box"] | NDArray[np.bool_]
"""Which voxels count: all; those of the smallest box that holds every mask; those of a region."""

_MOST_COUNTED = 2**22
_BLOCK = 2**16


@dataclass(frozen=True, eq=False)
class VotePatterns:
    """The patterns of votes in a set of masks, and where they are.

    Attributes
    ----------
    raters
        Names, in the order of the columns of `votes`.
    labels
        The labels that were voted for, in order; background, 0, is always the first.
    votes
        Patterns x raters: the label that each rater gave; `NO_VOTE` where there is none. In the
        first pattern all vote for background.
    voxels
        Number of voxels that count in each pattern; it can be 0, for one that occurs elsewhere.
    shape
        Of the masks.
    """

    raters: tuple[str, ...]
    labels: IntArray
    votes: IntArray
    voxels: IntArray
    shape: tuple[int, ...]
    _box: tuple[slice, ...]
    _index: NDArray[Any]
    _place: IntArray
    _kind: np.dtype[Any]

    def tally(self, weights: Sequence[float] | FloatArray | None = None) -> FloatArray:
        """Count the votes (or add their weights) in each pattern, patterns x labels."""
        weight = np.ones(len(self.raters)) if weights is None else np.asarray(weights, float)
        n_labels = len(self.labels)
        place = np.searchsorted(self.labels, self.votes)  # that of no vote, below all, is 0
        place += n_labels * np.arange(len(self.votes))[:, None]
        cast = np.where(self.votes == NO_VOTE, 0.0, weight)
        sums = np.bincount(place.ravel(), cast.ravel(), n_labels * len(self.votes))
        return np.asarray(sums, dtype=float).reshape(len(self.votes), n_labels)

    def paint(self, of_pattern: NDArray[Any]) -> NDArray[Any]:
        """Give each voxel the value of its pattern."""
        painted = np.full(self.shape, of_pattern[0], of_pattern.dtype)
        painted[self._box] = of_pattern[self._place][self._index]
        return painted

    def paint_labels(self, of_pattern: IntArray) -> NDArray[Any]:
        """Give each voxel the label of its pattern, in the type of the masks."""
        return self.paint(of_pattern.astype(self._kind))

    def without(self, rater: str) -> VotePatterns:
        """Leave out a rater."""
        kept = np.array([each != rater for each in self.raters])
        raters = tuple(each for each in self.raters if each != rater)
        return replace(self, raters=raters, votes=self.votes[:, kept])


def vote_patterns(masks: Masks | VotePatterns, within: Within = "image") -> VotePatterns:
    """Find the patterns of votes in the masks of several raters.

    Parameters
    ----------
    masks : mapping of rater to array, or sequence of arrays
        Of one shape, of any number of axes: bool, or whole labels with 0 for background. A voxel
        where a masked array is masked, or a float array is NaN, has no vote of that rater.
    within : "image", "box" or ndarray of bool
        Which voxels are counted: all, those of the smallest box that holds every mask, or those
        of a region.

    Returns
    -------
    VotePatterns
        Patterns that are given are returned as they are.

    Raises
    ------
    ValueError
        No mask, two shapes, labels that are negative or no whole numbers.

    Examples
    --------
    >>> masks = {"A": np.array([0, 1, 1]), "B": np.array([0, 0, 1])}
    >>> found = vote_patterns(masks)
    >>> found.votes.tolist(), found.voxels.tolist()
    ([[0, 0], [1, 0], [1, 1]], [1, 1, 1])
    """
    if isinstance(masks, VotePatterns):
        if not (isinstance(within, str) and within == "image"):
            raise ValueError("Say which voxels count when the patterns are found, not afterwards.")
        return masks
    numbered = number_masks(masks)
    shape = numbered.numbers[0].shape
    region = _region(within, shape)
    box = _box(numbered.numbers)
    found = _find(
        [each[box] for each in numbered.numbers], len(numbered.labels) + numbered.no_votes
    )
    votes = np.append(numbered.labels, NO_VOTE)[found.votes]
    labels = np.union1d([0], votes[found.voxels > 0])
    labels = labels[labels != NO_VOTE]
    voxels = found.voxels.copy()
    if region is not None:
        inside = found.place[found.index[region[box]]]
        voxels = count_numbers(inside, len(votes))
        voxels[0] += int(np.count_nonzero(region)) - inside.size
    elif isinstance(within, str) and within == "image":
        voxels[0] += int(np.prod(shape)) - found.index.size
    return VotePatterns(
        numbered.raters, labels, votes, voxels, shape, box, found.index, found.place, numbered.kind
    )


def _region(within: Within, shape: tuple[int, ...]) -> NDArray[np.bool_] | None:
    if isinstance(within, str):
        if within not in ("image", "box"):
            raise ValueError(f"There is no part '{within}'; known are image, box, or a region.")
        return None
    region = np.asarray(within)
    if region.shape != shape or region.dtype != np.bool_:
        raise ValueError(
            f"The region is {region.dtype} of shape {region.shape}; the masks need bool of {shape}."
        )
    return region


def _box(numbers: list[NDArray[Any]]) -> tuple[slice, ...]:
    """Return the smallest box that holds everything that is not background."""
    union = numbers[0] != 0
    for each in numbers[1:]:
        union |= each != 0
    box: list[slice] = []
    for axis in range(union.ndim):
        across = tuple(each for each in range(union.ndim) if each != axis)
        occupied = np.flatnonzero(union.any(axis=across))
        first, last = (occupied[0], occupied[-1]) if len(occupied) else (0, -1)
        box.append(slice(int(first), int(last) + 1))
        union = union[(slice(None),) * axis + (box[-1],)]
    return tuple(box)


@dataclass(frozen=True, eq=False)
class _Found:
    """Patterns as they are found.

    Attributes
    ----------
    votes
        Patterns x raters, as numbers; all background first.
    voxels
        In each pattern.
    index
        A code in each voxel.
    place
        The pattern of each code.
    """

    votes: IntArray
    voxels: IntArray
    index: NDArray[Any]
    place: IntArray


def _find(numbers: list[NDArray[Any]], base: int) -> _Found:
    """Write the votes of a voxel as the digits of one code, and list the codes that occur."""
    index: NDArray[Any] = np.zeros(numbers[0].shape, np.uint8)
    first, size, n_digits = np.zeros((1, 0), np.int64), 1, 0
    for each in numbers:
        if size * base > _MOST_COUNTED:  # new, shorter codes for what occurs so far
            occurring, index = _renumbered(index)
            first, size, n_digits = _digits(occurring, base, first, n_digits), len(occurring), 0
        size, n_digits = size * base, n_digits + 1
        index = index.astype(np.min_scalar_type(size))
        index *= base
        index += each
    if size > _MOST_COUNTED:
        occurring, index = _renumbered(index)
        first, size, n_digits = _digits(occurring, base, first, n_digits), len(occurring), 0
    voxels = count_numbers(index, size)
    occurs = voxels > 0
    occurs[0] = True
    codes = np.flatnonzero(occurs)
    votes = _digits(codes, base, first, n_digits)
    return _Found(votes, voxels[codes], index, np.cumsum(occurs) - 1)


def _digits(codes: IntArray, base: int, first: IntArray, n_digits: int) -> IntArray:
    """Read votes from codes: those of the first raters by number, then one digit a rater."""
    powers = base ** np.arange(n_digits)[::-1]
    last = codes[:, None] // powers % base
    return np.hstack([first[codes // base**n_digits], last])


def _renumbered(index: NDArray[Any]) -> tuple[IntArray, NDArray[Any]]:
    """Return the codes that occur, and 0, in order, and the place of each voxel's among them."""
    codes, place = np.unique(index, return_inverse=True)
    place = place.reshape(index.shape)
    if not len(codes) or codes[0] != 0:
        codes, place = np.append(0, codes), place + 1
    return codes.astype(np.int64), place


def count_numbers(numbers: NDArray[Any], size: int) -> IntArray:
    """Count numbers below `size`, in blocks that stay in the cache when numpy widens them."""
    flat = numbers.ravel(order="K")
    counts = np.zeros(size, np.int64)
    block = max(_BLOCK, 4 * size)
    for start in range(0, len(flat), block):
        counts += np.bincount(flat[start : start + block], minlength=size)
    return counts
