"""Changing napari's layers with no more slicing and drawing than a change needs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_LARGE = 1 << 24


def put_array(layer: Any, array: NDArray[Any], scale_mm: Any) -> None:
    """Give a layer other voxels, not to be edited, and show it.

    Nothing of what was there before can be undone in it.
    """
    layer.visible = False  # nothing is drawn half changed
    layer.scale = scale_mm
    layer.data = array
    layer.visible = True
    # What a hidden layer was given is no news to the viewer: it is told of the new size.
    layer.refresh(thumbnail=False, data_displayed=False, highlight=False, extent=True)
    layer.events.scale()
    # New data make a layer editable again. Switching it off keeps the mask as it is, keeps every
    # layer in its place, and empties the history, which would write one case into the next.
    layer.editable = False


def set_where_it_differs(layer: Any, name: str, value: Any) -> None:
    """Set something of a layer; napari would slice it anew where nothing changes."""
    if getattr(layer, name) != value:
        setattr(layer, name, value)


def set_window(layer: Any, low: float, high: float) -> None:
    """Show intensities from `low` to `high`, and let the slider reach all of them."""
    values = layer.data
    if values.size > _LARGE:  # the range of a slider need not be exact
        values = values[::2, ::2, ::2]
    darkest, brightest = float(np.min(values)), float(np.max(values))
    layer.contrast_limits_range = (min(darkest, low), max(brightest, high))
    layer.contrast_limits = (low, high)


def never_move(event: Any) -> None:
    """Leave the mode in which a layer would be moved against the others."""
    if str(event.source.mode) == "transform":
        event.source.mode = "pan_zoom"
