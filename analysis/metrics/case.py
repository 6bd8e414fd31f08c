"""Measure masks of a case against its reference, structure by structure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from analysis.metrics.catalogue import metric
from analysis.metrics.conventions import empty_value, reason
from analysis.metrics.grid import Grid, grid_of, in_memory_order, memory_order
from analysis.metrics.label_counts import Box, LabelCounts, count_labels
from analysis.metrics.overlap import Counts, wasserstein_dice
from analysis.metrics.planes import pack
from analysis.metrics.settings import MetricSettings
from analysis.metrics.structure_mask import StructureMask
from analysis.metrics.structure_pair import StructurePair

Row = dict[str, float | bool | str]

_MOST_KEPT = 16
"""Structures of a reference that are kept worked out: a hundred organs would fill the memory."""


@dataclass(frozen=True, eq=False)
class Part:
    """The labels of a structure as numbers in the arrays, and how far apart they are.

    Parameters
    ----------
    numbers : ndarray of uint8
    distance : ndarray, shape (numbers + 1, numbers + 1)
        Distance between labels for the Wasserstein Dice, background first; two numbers of one
        label have distance 0.
    """

    numbers: NDArray[np.uint8]
    distance: NDArray[np.float64]


def single(label: int) -> Part:
    """Return a structure that is one label."""
    return Part(np.array([label], np.uint8), 1 - np.eye(2))


class Reference:
    """A reference mask that candidates are measured against, one after the other.

    Parameters
    ----------
    labels : ndarray of uint8, shape (i, j, k)
    spacing_mm : tuple of float
        Along i, j and k.
    settings : MetricSettings

    Notes
    -----
    What is worked out for the reference (bits, surfaces, lesions) is kept for the next mask.
    """

    def __init__(
        self, labels: NDArray[np.uint8], spacing_mm: Sequence[float], settings: MetricSettings
    ) -> None:
        self._order = memory_order(labels)
        self._labels = in_memory_order(labels, self._order)
        self._grid = grid_of(labels.shape, spacing_mm, self._order)
        self._settings = settings
        self._known: dict[bytes, StructureMask] = {}

    def count(self, labels: NDArray[np.uint8]) -> "Candidate":
        """Count labels of the reference and a mask (i, j, k) of the same shape."""
        turned = in_memory_order(labels, self._order)
        return Candidate(turned, count_labels(self._labels, turned))

    def measure(self, candidate: "Candidate", part: Part) -> Row:
        """Measure one structure of a mask."""
        return _row(self.pair(candidate, part), self._settings)

    def pair(self, candidate: "Candidate", part: Part) -> StructurePair:
        """Set one structure of a mask beside that of the reference."""
        pairs = _pairs_of(candidate.counts, part.numbers)
        counts = _counts(pairs, self._grid)
        key = part.numbers.tobytes()
        reference = self._known.get(key)
        if reference is None:
            reference = self._structure(
                self._labels, part, candidate.counts.reference_boxes, counts.of_reference
            )
            if len(self._known) < _MOST_KEPT:
                self._known[key] = reference
        return StructurePair(
            counts,
            reference,
            self._structure(candidate.labels, part, candidate.counts.mask_boxes, counts.of_mask),
            wasserstein_dice(pairs, part.distance),
            self._settings.lesions,
            self._settings.strict,
        )

    def _structure(
        self, labels: NDArray[np.uint8], part: Part, boxes: NDArray[np.int64], voxels: int
    ) -> StructureMask:
        box = _box_of(boxes, part.numbers)
        return StructureMask(voxels == 0, lambda: pack(labels, part.numbers, box), self._grid)


@dataclass(frozen=True, eq=False)
class Candidate:
    """A mask in the order of memory, with its counts against the reference."""

    labels: NDArray[np.uint8]
    counts: LabelCounts


def _row(pair: StructurePair, settings: MetricSettings) -> Row:
    absent = {
        "mask_is_empty": pair.mask.is_empty,
        "reference_is_empty": pair.reference.is_empty,
    }
    row: Row = {}
    for name in settings.metrics:
        wanted = metric(name)
        value = empty_value(settings.empty, wanted.empty, **absent)
        row[name] = wanted.value(pair) if value is None else value
    undefined = {name for name in settings.metrics if isnan(float(row[name]))}
    row["note"] = reason(undefined, **absent)
    return row


def _box_of(boxes: NDArray[np.int64], numbers: NDArray[np.uint8]) -> Box:
    """Return the box around several labels; first beyond last when none of them occurs."""
    box = np.empty(6, np.int64)
    box[0::2] = boxes[numbers, 0::2].min(axis=0)
    box[1::2] = boxes[numbers, 1::2].max(axis=0)
    return box


def _pairs_of(counts: LabelCounts, numbers: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the table of pairs for the labels of a structure; all others are background."""
    pairs = np.zeros((len(numbers) + 1, len(numbers) + 1), np.int64)
    pairs[1:, 1:] = counts.pairs[np.ix_(numbers, numbers)]
    pairs[1:, 0] = counts.pairs[numbers].sum(axis=1) - pairs[1:, 1:].sum(axis=1)
    pairs[0, 1:] = counts.pairs[:, numbers].sum(axis=0) - pairs[1:, 1:].sum(axis=0)
    return pairs


def _counts(pairs: NDArray[np.int64], grid: Grid) -> Counts:
    tp, fp, fn = (int(each.sum()) for each in (pairs[1:, 1:], pairs[0, 1:], pairs[1:, 0]))
    return Counts(tp, fp, fn, grid.voxels - tp - fp - fn)
