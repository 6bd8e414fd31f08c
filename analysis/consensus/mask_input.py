"""The masks of several raters, checked and brought to small numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.resampling import IntArray

Masks = Mapping[str, NDArray[Any]] | Sequence[NDArray[Any]] | NDArray[Any]
"""Rater -> mask, or masks one after the other (then the raters are called 1, 2, ...)."""

NO_VOTE = -1
"""Stands where a rater has no label: a masked voxel, or NaN."""

_BYTE_OF_NO_VOTE = np.uint8(255)
_BLOCK = 2**15


@dataclass(frozen=True, eq=False)
class NumberedMasks:
    """Masks whose labels are numbers from 0 on.

    Attributes
    ----------
    raters
        Names, in the order of the masks.
    numbers
        One array of unsigned numbers a rater; 0 is background, `len(labels)` is no vote.
    labels
        The label of each number.
    no_votes
        Whether votes can be missing.
    kind
        The type that a mask of these labels has: bool where all masks are.
    """

    raters: tuple[str, ...]
    numbers: list[NDArray[Any]]
    labels: IntArray
    no_votes: bool
    kind: np.dtype[Any]


def number_masks(masks: Masks) -> NumberedMasks:
    """Check masks of several raters and number their labels.

    Raises
    ------
    ValueError
        No mask, two shapes, a label that is negative or no whole number.
    """
    named = named_masks(masks)
    problems = shape_problems(named)
    as_bytes = {rater: _as_bytes(mask) for rater, mask in named.items()}
    for rater, found in as_bytes.items():
        problems += _label_problems(rater, named[rater]) if found is None else []
    if problems:
        raise ValueError(" ".join(problems))
    no_votes = any(_may_be_missing(mask) for mask in named.values())
    numbers: list[NDArray[Any]] = [each for each in as_bytes.values() if each is not None]
    if len(numbers) == len(named):
        labels = np.arange(max(*(_highest(each, no_votes) for each in numbers), 1) + 1)
        if no_votes:
            numbers = [np.minimum(each, np.uint8(len(labels))) for each in numbers]
    else:
        numbers, labels = _many_labels(list(named.values()))
    kinds = {mask.dtype for mask in named.values()}
    kind = np.dtype(np.bool_) if kinds == {np.dtype(np.bool_)} else np.min_scalar_type(labels[-1])
    return NumberedMasks(tuple(named), numbers, labels, no_votes, kind)


def named_masks(masks: Masks) -> dict[str, NDArray[Any]]:
    """Name the masks; masked arrays stay masked."""
    if isinstance(masks, Mapping):
        return {str(rater): np.asanyarray(mask) for rater, mask in masks.items()}
    return {str(at): np.asanyarray(mask) for at, mask in enumerate(masks, start=1)}


def shape_problems(named: Mapping[str, NDArray[Any]]) -> list[str]:
    """Say that there is no mask, or that masks have several shapes."""
    if not named:
        return ["No mask was given."]
    if len({mask.shape for mask in named.values()}) > 1:
        told = ", ".join(f"{rater} {mask.shape}" for rater, mask in named.items())
        return [f"The masks have several shapes ({told}): bring them to one grid."]
    return []


def _may_be_missing(mask: NDArray[Any]) -> bool:
    return isinstance(mask, np.ma.MaskedArray) or mask.dtype.kind == "f"


def _label_problems(rater: str, mask: NDArray[Any]) -> list[str]:
    if mask.dtype.kind in "bu":
        return []
    if mask.dtype.kind not in "if":
        return [f"The mask of {rater} holds no numbers ({mask.dtype})."]
    known = _known(mask)
    if known.size and (known.min() < 0 or np.any(known != np.floor(known))):
        return [f"The mask of {rater} holds labels that are negative or no whole numbers."]
    if known.size and not np.isfinite(known.max()):
        return [f"The mask of {rater} holds an infinite label."]
    return []


def _known(mask: NDArray[Any]) -> NDArray[Any]:
    """Return the labels that are there."""
    there = _there(mask)
    return np.asarray(mask) if there is None else np.asarray(mask)[there]


def _there(mask: NDArray[Any]) -> NDArray[np.bool_] | None:
    """Tell where a rater voted; None for everywhere."""
    there = None
    if isinstance(mask, np.ma.MaskedArray):
        there = ~np.ma.getmaskarray(mask)
    if mask.dtype.kind == "f":
        voted = ~np.isnan(np.asarray(mask))
        there = voted if there is None else there & voted
    return there


def _as_bytes(mask: NDArray[Any]) -> NDArray[np.uint8] | None:
    """Return labels up to 254, and 255 for no vote; None for a mask that has other values."""
    plain = np.asarray(mask)
    if not isinstance(mask, np.ma.MaskedArray):
        return _narrowed(plain)
    gone = np.ma.getmaskarray(mask)
    numbers = _narrowed(np.where(gone, np.zeros((), plain.dtype), plain))
    return None if numbers is None else np.where(gone, _BYTE_OF_NO_VOTE, numbers)


def _narrowed(plain: NDArray[Any]) -> NDArray[np.uint8] | None:
    if plain.dtype == np.bool_:
        return plain.view(np.uint8)
    if plain.dtype == np.uint8:
        return plain if plain.max(initial=0) < _BYTE_OF_NO_VOTE else None
    if plain.dtype.kind not in "iuf":
        return None
    numbers = np.empty_like(plain, dtype=np.uint8)
    flat, narrow = plain.ravel(order="K"), numbers.ravel(order="K")
    for start in range(0, flat.size, _BLOCK):  # blocks stay in the cache
        block, number = flat[start : start + _BLOCK], narrow[start : start + _BLOCK]
        with np.errstate(invalid="ignore"):
            number[:] = block.astype(np.uint8)
        same = number == block
        if plain.dtype.kind == "f":
            missing = np.isnan(block)
            same |= missing
        if not same.all() or number.max() == _BYTE_OF_NO_VOTE:
            return None
        if plain.dtype.kind == "f":
            np.bitwise_or(number, np.negative(missing.view(np.uint8)), out=number)  # 255
    return numbers


def _highest(numbers: NDArray[np.uint8], no_votes: bool) -> int:
    """Return the highest label; one more than 255 is 0, so that no vote counts as nothing."""
    if not no_votes:
        return int(numbers.max(initial=0))
    return max(int((numbers + np.uint8(1)).max(initial=1)) - 1, 0)


def _many_labels(masks: list[NDArray[Any]]) -> tuple[list[NDArray[Any]], IntArray]:
    """Use the rank of each label as its number, where labels go beyond 254."""
    every = [np.unique(_known(mask)).astype(np.int64) for mask in masks]
    labels = np.unique(np.concatenate([np.zeros(1, np.int64), *every]))
    kind = np.min_scalar_type(len(labels))
    numbers = []
    for mask in masks:
        there = _there(mask)
        filled = np.asarray(mask) if there is None else np.where(there, np.asarray(mask), 0)
        number = np.searchsorted(labels, filled.astype(np.int64)).astype(kind)
        if there is not None:
            number[~there] = len(labels)
        numbers.append(number)
    return numbers, labels
