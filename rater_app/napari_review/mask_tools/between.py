"""Filling the slices between those that were drawn.

Shape-based interpolation: Raya and Udupa, IEEE Trans Med Imaging 9, 1990.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from rater_app.napari_review.mask_tools.change import Box, Change, Labels, box_of_label, widened

# Where the two distances cancel out, the voxel belongs to the label: the last digit of a header's
# float32 spacings must not decide it.
_TIE = 1e-6


def interpolate(
    mask: Labels,
    label: int,
    axis: int,
    spacing_mm: tuple[float, float, float],
    protected: frozenset[int] = frozenset(),
) -> Change | None:
    """Let a label join over the slices that lack it.

    Between two slices with the label, the signed distance to its border is taken to change evenly.
    Only gaps are filled; other labels in them are given too, unless they are protected.

    Parameters
    ----------
    mask : ndarray, shape (z, y, x)
    label : int
    axis : int
        Slices are counted along this axis.
    spacing_mm : tuple of float
        Along z, y and x.

    Returns
    -------
    Change or None
        None where there is no gap, or nothing between.
    """
    everywhere = box_of_label(mask, label)
    if everywhere is None:
        return None
    inside = mask == label
    others = tuple(other for other in range(3) if other != axis)
    drawn = np.flatnonzero(inside[everywhere].any(axis=others)) + everywhere[axis].start
    wanted = np.zeros_like(inside[everywhere])
    for first, last in pairwise(drawn):
        if last - first > 1:
            _fill_gap(inside, int(first), int(last), axis, spacing_mm, everywhere, wanted)
    found = np.nonzero(wanted & ~np.isin(mask[everywhere], [label, *protected]))
    if found[0].size == 0:
        return None
    indices = tuple(part + cut.start for part, cut in zip(found, everywhere, strict=True))
    return Change(indices, np.full(found[0].size, label, mask.dtype))


def _fill_gap(
    inside: NDArray[np.bool_],
    first: int,
    last: int,
    axis: int,
    spacing_mm: tuple[float, float, float],
    everywhere: Box,
    wanted: NDArray[np.bool_],
) -> None:
    """Mark what lies between two slices; `wanted` is the label's own box."""
    spacing = [mm for other, mm in enumerate(spacing_mm) if other != axis]
    # One voxel more around both: there lies what is nearest outside. Beyond, nothing is inside.
    room = list(widened(everywhere, (1, 1, 1), inside.shape))
    start, end = (
        _signed_distances(_slice(inside, room, axis, at), spacing) for at in (first, last)
    )
    shift = [cut.start - wide.start for cut, wide in zip(everywhere, room, strict=True)]
    own = tuple(
        slice(more, more + cut.stop - cut.start)
        for other, (more, cut) in enumerate(zip(shift, everywhere, strict=True))
        if other != axis
    )
    start, end = start[own], end[own]
    for at in range(first + 1, last):
        share = (at - first) / (last - first)
        before, after = (1 - share) * start, share * end
        with np.errstate(invalid="ignore"):
            belongs = before + after <= _TIE * np.abs(before)
        place = [slice(None)] * 3
        place[axis] = slice(at - everywhere[axis].start, at - everywhere[axis].start + 1)
        wanted[tuple(place)] |= np.expand_dims(belongs, axis)


def _slice(inside: NDArray[np.bool_], room: list[slice], axis: int, at: int) -> NDArray[np.bool_]:
    cuts: list[slice | int] = [*room]
    cuts[axis] = at
    return inside[tuple(cuts)]


def _signed_distances(inside: NDArray[np.bool_], spacing: list[float]) -> NDArray[np.float64]:
    """Distance in mm to the border of the label in one slice, below zero inside."""
    within = np.full(inside.shape, np.inf)
    if not inside.all():
        within = ndimage.distance_transform_edt(inside, sampling=spacing)
    beyond = ndimage.distance_transform_edt(~inside, sampling=spacing)
    return np.where(inside, -within, beyond)
