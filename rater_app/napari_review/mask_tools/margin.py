"""Growing and shrinking a label by a margin in millimetres, between the centres of voxels."""

from __future__ import annotations

import math

from scipy import ndimage

from rater_app.napari_review.mask_tools.change import Change, Labels, box_of, change_to, widened

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
    inside = mask == label
    box = box_of(inside)
    if box is None:
        return None
    reach = tuple(math.floor(margin_mm * _RIM / mm) for mm in spacing_mm)
    room = widened(box, reach, mask.shape)
    distances = ndimage.distance_transform_edt(~inside[room], sampling=spacing_mm)
    return change_to(mask, room, distances <= margin_mm * _RIM, label, protected)


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
    inside = mask == label
    box = box_of(inside)
    if box is None or label in protected:
        return None
    room = widened(box, (1, 1, 1), mask.shape)
    here = inside[room]
    if here.all():
        return None
    distances = ndimage.distance_transform_edt(here, sampling=spacing_mm)
    return change_to(mask, room, here & (distances <= margin_mm * _RIM), 0, protected)
