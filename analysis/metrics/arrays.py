"""Measure one structure that is given as two arrays."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.metrics.case import Candidate, Reference, Row, single
from analysis.metrics.settings import MetricSettings
from analysis.metrics.surface import SurfaceDistances, SurfelDistances

_EVERYTHING = MetricSettings()


def measure_masks(
    reference: NDArray[np.bool_],
    mask: NDArray[np.bool_],
    spacing_mm: Sequence[float],
    settings: MetricSettings = _EVERYTHING,
) -> Row:
    """Measure one structure that is given as two arrays.

    Parameters
    ----------
    reference, mask : ndarray of bool, shape (i, j) or (i, j, k)
        Of one shape.
    spacing_mm : sequence of float
        Along each axis.
    settings : MetricSettings

    Returns
    -------
    dict
        Every metric of the settings under its name, and `note`: why a value is undefined,
        infinite or a convention, else "".

    Raises
    ------
    ValueError
        The arrays have two shapes, or not two or three axes with a spacing each.

    Examples
    --------
    >>> reference, mask = np.zeros((2, 9, 9, 9), bool)
    >>> reference[2:6, 2:6, 2:6] = True
    >>> mask[2:6, 2:6, 2:7] = True
    >>> row = measure_masks(reference, mask, (1.0, 1.0, 2.0), MetricSettings(("dsc", "hd_mm")))
    >>> round(row["dsc"], 3), row["hd_mm"]
    (0.889, 2.0)
    """
    case, candidate = _open(reference, mask, spacing_mm, settings)
    return case.measure(candidate, single(1))


def surface_distances(
    reference: NDArray[np.bool_], mask: NDArray[np.bool_], spacing_mm: Sequence[float]
) -> SurfaceDistances:
    """Measure between the boundary voxels of two arrays, both ways.

    Parameters
    ----------
    reference, mask, spacing_mm
        As in `measure_masks`.

    Returns
    -------
    SurfaceDistances
        Every distance, and the metrics that are read from them.
    """
    case, candidate = _open(reference, mask, spacing_mm, _EVERYTHING)
    return case.pair(candidate, single(1)).surface


def surfel_distances(
    reference: NDArray[np.bool_], mask: NDArray[np.bool_], spacing_mm: Sequence[float]
) -> SurfelDistances:
    """Measure between the surface elements of two arrays, both ways.

    Parameters
    ----------
    reference, mask, spacing_mm
        As in `measure_masks`.

    Returns
    -------
    SurfelDistances
        Every distance with its area, and the metrics that are read from them.

    Examples
    --------
    >>> reference, mask = np.zeros((2, 9, 9, 9), bool)
    >>> reference[2:6, 2:6, 2:6] = True
    >>> mask[2:6, 2:6, 2:7] = True
    >>> found = surfel_distances(reference, mask, (1.0, 1.0, 2.0))
    >>> [round(share, 3) for share in found.overlap(tolerance_mm=1.0)]
    [0.856, 0.993]
    """
    case, candidate = _open(reference, mask, spacing_mm, _EVERYTHING)
    return case.pair(candidate, single(1)).surfels


def _open(
    reference: NDArray[np.bool_],
    mask: NDArray[np.bool_],
    spacing_mm: Sequence[float],
    settings: MetricSettings,
) -> tuple[Reference, Candidate]:
    if reference.shape != mask.shape or reference.ndim not in (2, 3):
        raise ValueError(
            f"the masks have shapes {reference.shape} and {mask.shape}: give two of one shape "
            "with two or three axes"
        )
    if len(spacing_mm) != reference.ndim:
        raise ValueError(f"{len(spacing_mm)} spacings for {reference.ndim} axes: give one an axis")
    one, other = (
        np.asarray(each, np.bool_).reshape((*each.shape, 1)[:3]).view(np.uint8)
        for each in (reference, mask)
    )
    case = Reference(one, (*spacing_mm, 1.0)[:3], settings)
    return case, case.count(other)
