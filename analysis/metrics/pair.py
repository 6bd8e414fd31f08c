"""Measure volumes: a mask, or all masks of a case, against a reference mask."""

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.metrics.case import Part, Reference, single
from analysis.metrics.settings import MetricSettings
from analysis.regions import LabelScheme, label_problems
from analysis.volumes import Volume, VolumeError, grid_problems, read_labels

_EVERYTHING = MetricSettings()
_MOST_LABELS = 255


def measure_pair(
    reference: Volume,
    mask: Volume,
    scheme: LabelScheme | None = None,
    settings: MetricSettings = _EVERYTHING,
    *,
    reference_name: str = "The reference mask",
    mask_name: str = "The mask",
) -> list[dict[str, Any]]:
    """Measure a mask against a reference mask.

    Parameters
    ----------
    reference, mask : Volume
        Whole labels on one grid.
    scheme : LabelScheme, optional
        Names the structures. Without it each positive label of either mask is one, `label_<n>`.
    settings : MetricSettings
        Which metrics, by which conventions.
    reference_name, mask_name : str
        What to call the two in a message: their files.

    Returns
    -------
    list of dict
        One row a structure: `structure`, every metric under its name, `note`.

    Raises
    ------
    VolumeError
        The masks lie on two grids, or a label is not in the scheme.
    """
    return CaseReference(reference, scheme, settings, reference_name).measure(mask, mask_name)


def measure_case(
    reference: Volume,
    masks: Iterable[Volume],
    scheme: LabelScheme | None = None,
    settings: MetricSettings = _EVERYTHING,
    *,
    reference_name: str = "The reference mask",
    mask_names: Sequence[str] | None = None,
) -> list[list[dict[str, Any]]]:
    """Measure several masks against one reference mask, whose work they share.

    Parameters
    ----------
    reference, scheme, settings, reference_name
        As in `measure_pair`.
    masks : iterable of Volume
        One is held at a time.
    mask_names : sequence of str, optional
        What to call the masks in a message.

    Returns
    -------
    list of list of dict
        For each mask what `measure_pair` returns.
    """
    case = CaseReference(reference, scheme, settings, reference_name)
    names = iter(mask_names) if mask_names is not None else _numbered()
    return [case.measure(mask, name) for mask, name in zip(masks, names, strict=False)]


def measure_file_pair(
    reference_path: str | os.PathLike[str],
    mask_path: str | os.PathLike[str],
    scheme: LabelScheme | None = None,
    settings: MetricSettings = _EVERYTHING,
) -> list[dict[str, Any]]:
    """Read a reference mask and a mask, and measure them as `measure_pair` does.

    Raises
    ------
    VolumeError
        One or both cannot be read (both reasons are told), or cannot be compared.
    """
    volumes, problems = [], []
    for path in (reference_path, mask_path):
        try:
            volumes.append(read_labels(path))
        except VolumeError as problem:
            problems.append(str(problem))
    if problems:
        raise VolumeError("\n".join(problems))
    reference, mask = volumes
    return measure_pair(
        reference,
        mask,
        scheme,
        settings,
        reference_name=os.fspath(reference_path),
        mask_name=os.fspath(mask_path),
    )


class CaseReference:
    """A reference volume that masks are measured against, one after the other.

    Parameters
    ----------
    reference : Volume
    scheme : LabelScheme, optional
    settings : MetricSettings
    name : str
        What to call the reference in a message.
    """

    def __init__(
        self, reference: Volume, scheme: LabelScheme | None, settings: MetricSettings, name: str
    ) -> None:
        self._volume = reference
        self._scheme = scheme
        self._settings = settings
        self._name = name
        self._labels = _narrow(reference.array)
        self._shared = (
            Reference(self._labels, reference.spacing_mm, settings)
            if self._labels.dtype == np.uint8
            else None
        )

    def measure(self, mask: Volume, name: str) -> list[dict[str, Any]]:
        """Measure a mask; a row a structure, see `measure_pair`."""
        off_grid = grid_problems(self._volume, mask)
        if off_grid:
            raise VolumeError(f"{name} against {self._name}: {' '.join(off_grid)}")
        labels = _narrow(mask.array)
        if self._shared is None or labels.dtype != np.uint8:
            return self._measure_many_labels(labels, name)
        candidate = self._shared.count(labels)
        pairs = candidate.counts.pairs
        # A label that occurs is in a row, or a column, that holds a count.
        present = (np.flatnonzero(pairs.any(axis=1)), np.flatnonzero(pairs.any(axis=0)))
        if self._scheme is None:
            both = sorted({int(label) for each in present for label in each} - {0})
            parts = [(f"label_{label}", single(label)) for label in both]
        else:
            self._check(present[0], self._name)
            self._check(present[1], name)
            parts = [
                (each.name, _part(self._scheme, each.labels)) for each in self._scheme.structures
            ]
        return [
            {"structure": structure, **self._shared.measure(candidate, part)}
            for structure, part in parts
        ]

    def _check(self, labels: NDArray[Any], name: str) -> None:
        assert self._scheme is not None
        problems = label_problems(labels, self._scheme)
        if problems:
            raise VolumeError(f"{name}: {' '.join(problems)}")

    def _measure_many_labels(self, labels: NDArray[Any], name: str) -> list[dict[str, Any]]:
        """Measure labels above 255, some at a time under numbers of their own."""
        present = np.unique(np.concatenate([np.unique(self._labels), np.unique(labels)]))
        if self._scheme is not None:  # no scheme knows such labels
            self._check(np.unique(self._labels), self._name)
            self._check(np.unique(labels), name)
        present = present[present > 0]
        rows = []
        for first in range(0, len(present), _MOST_LABELS):
            some = present[first : first + _MOST_LABELS]
            number = np.zeros(int(present[-1]) + 1, np.uint8)
            number[some] = np.arange(1, len(some) + 1)
            case = Reference(number[self._labels], self._volume.spacing_mm, self._settings)
            candidate = case.count(number[labels])
            rows += [
                {"structure": f"label_{label}", **case.measure(candidate, single(place))}
                for place, label in enumerate(some.tolist(), start=1)
            ]
        return rows


def _narrow(labels: NDArray[Any]) -> NDArray[Any]:
    """Return labels as uint8 where they fit, without a copy where they are."""
    if labels.dtype == np.uint8:
        return labels
    if labels.dtype == np.bool_:
        return labels.view(np.uint8)
    return labels.astype(np.uint8, order="K") if labels.max(initial=0) <= _MOST_LABELS else labels


def _part(scheme: LabelScheme, labels: Sequence[int]) -> Part:
    """Return a structure of a scheme as the numbers that stand for its labels."""
    numbers = [(label, label) for label in labels]
    numbers += [(alias, meant) for alias, meant in scheme.aliases.items() if meant in labels]
    place = [0, *(1 + list(labels).index(meant) for _, meant in numbers)]
    distance = scheme.distance_matrix(labels)[np.ix_(place, place)]
    return Part(np.array([number for number, _ in numbers], np.uint8), distance)


def _numbered() -> Iterator[str]:
    count = 0
    while True:
        count += 1
        yield f"Mask {count}"
