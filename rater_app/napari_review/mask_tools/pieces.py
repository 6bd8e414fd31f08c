"""Islands, and holes in a label.

Voxels of a label that share a side, an edge or a corner belong together; the way out of a hole
leads through sides.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from rater_app.napari_review.mask_tools.change import Change, Labels, box_of_label, change_to

_TOUCHING = np.ones((3, 3, 3), bool)


def remove_island(
    mask: Labels, at: tuple[int, int, int], protected: frozenset[int] = frozenset()
) -> Change | None:
    """Remove the island at a voxel; None where there is no label."""
    return _islands(mask, at, protected, this=True)


def keep_island(
    mask: Labels, at: tuple[int, int, int], protected: frozenset[int] = frozenset()
) -> Change | None:
    """Remove every other island of the label at a voxel; None where there is none."""
    return _islands(mask, at, protected, this=False)


def fill_holes(mask: Labels, label: int, protected: frozenset[int] = frozenset()) -> Change | None:
    """Fill background that cannot reach the outside without crossing the label.

    The way out leads through other labels too, which stay as they are. The edge of the volume is
    outside; a volume of one slice has no way out through its faces.
    """
    box = box_of_label(mask, label)
    if box is None or 0 in protected:
        return None
    gaps, count = ndimage.label(mask[box] != label)
    outside = np.zeros(count + 1, bool)
    for axis in range(3):
        if mask.shape[axis] > 1:
            outside[np.take(gaps, (0, -1), axis=axis)] = True
    return change_to(mask, box, ~outside[gaps] & (mask[box] == 0), label, protected)


def _islands(
    mask: Labels, at: tuple[int, int, int], protected: frozenset[int], *, this: bool
) -> Change | None:
    label = int(mask[at])
    box = box_of_label(mask, label) if label != 0 and label not in protected else None
    if box is None:
        return None
    pieces, _ = ndimage.label(mask[box] == label, _TOUCHING)
    here = pieces[tuple(place - cut.start for place, cut in zip(at, box, strict=True))]
    wanted = (pieces == here) if this else (pieces != here) & (pieces > 0)
    return change_to(mask, box, wanted, 0, protected)
