"""Growing and shrinking a label by a margin in millimetres, between the centres of voxels."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from rater_app.napari_review.mask_tools.change import (
    Change,
    Labels,
    box_of_label,
    change_to,
    widened,
)

# A voxel at exactly the margin counts: spacings are float32.
_RIM = 1 + 1e-6


def grow(
    mask: Labels,
    label: int,
    margin_mm: float,
    spacing_mm: tuple[float, float, float],
    protected: frozenset[int] = frozenset(),
) -> Change | None:
    """Give a label every voxel within a margin of it, whatever label that has."""
    box = box_of_label(mask, label) if margin_mm > 0 else None
    if box is None:
        return None
    room = widened(box, _reach(margin_mm, spacing_mm, mask.shape), mask.shape)
    near = _within_margin(mask[room] == label, margin_mm, spacing_mm)
    return change_to(mask, room, near, label, protected)


def shrink(
    mask: Labels,
    label: int,
    margin_mm: float,
    spacing_mm: tuple[float, float, float],
    protected: frozenset[int] = frozenset(),
) -> Change | None:
    """Take from a label every voxel within a margin of what is not the label.

    A label that the edge of the volume cuts goes on beyond it: it does not shrink from there.
    """
    box = box_of_label(mask, label) if margin_mm > 0 and label not in protected else None
    if box is None:
        return None
    # What is nearest to a voxel of the label lies in the label's box or in the layer around it.
    room = widened(box, (1, 1, 1), mask.shape)
    inside = mask[room] == label
    near = _within_margin(~inside, margin_mm, spacing_mm)
    return change_to(mask, room, inside & near, 0, protected)


def _reach(
    margin_mm: float, spacing_mm: tuple[float, float, float], shape: tuple[int, ...]
) -> tuple[int, int, int]:
    """Give the voxels that a margin is wide along each axis, at most those that there are."""
    z, y, x = (
        min(math.floor(margin_mm * _RIM / mm), size)
        for mm, size in zip(spacing_mm, shape, strict=True)
    )
    return z, y, x


def _within_margin(
    marks: NDArray[np.bool_], margin_mm: float, spacing_mm: tuple[float, float, float]
) -> NDArray[np.bool_]:
    """Tell which voxels of a box lie within a margin of a marked one.

    Each row is covered by the rows around it, widened by what their distance leaves of the margin
    (Pythagoras). Rows are joined as bits: exact distances of an organ's box would take seconds and
    a gigabyte.
    """
    near = np.packbits(marks, axis=2)
    wider, width = marks, 0
    for by, shifts in sorted(_shifts(margin_mm, spacing_mm, marks.shape).items()):
        while width < by:
            wider = _wider(wider)
            width += 1
        bits = np.packbits(wider, axis=2)
        for layers, rows in shifts:
            (to_z, from_z), (to_y, from_y) = _shifted(layers), _shifted(rows)
            near[to_z, to_y] |= bits[from_z, from_y]
    return np.unpackbits(near, axis=2, count=marks.shape[2]).view(np.bool_)


def _shifts(
    margin_mm: float, spacing_mm: tuple[float, float, float], shape: tuple[int, ...]
) -> dict[int, list[tuple[int, int]]]:
    """Give the layers and rows that a row reaches, by the voxels that it is wider there."""
    layers, rows, most = _reach(margin_mm, spacing_mm, shape)
    found: dict[int, list[tuple[int, int]]] = {}
    for layer in range(-layers, layers + 1):
        for row in range(-rows, rows + 1):
            away = (layer * spacing_mm[0]) ** 2 + (row * spacing_mm[1]) ** 2
            left = (margin_mm * _RIM) ** 2 - away
            if left >= 0:
                by = min(most, math.floor(math.sqrt(left) / spacing_mm[2]))
                found.setdefault(by, []).append((layer, row))
    return found


def _wider(marks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Widen every run along x by a voxel at both ends."""
    wider = marks.copy()
    wider[..., 1:] |= marks[..., :-1]
    wider[..., :-1] |= marks[..., 1:]
    return wider


def _shifted(by: int) -> tuple[slice, slice]:
    """Give where rows go, and where those come from, when they are shifted."""
    ahead, back = slice(max(by, 0), min(by, 0) or None), slice(max(-by, 0), min(-by, 0) or None)
    return ahead, back
