"""CaseView: the one fixed set of napari layers in which every case of a session is shown.

napari crashes when a painted layer is removed, and frees none: layers are added once, locked, and
only their data change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rater_app.core.study import Label
from rater_app.napari_review.layers import CaseLayers, LayerData, window_of

_OPACITY = 0.5
_NO_SCHEME_COLOR = "#d55e00"
# Axes run towards the head, the front and the patient's right; seen from the feet, as radiologists
# do, and not mirrored in 3D.
_RADIOLOGICAL = ("away", "up", "left")


class CaseView:
    """The layers of a session: one for each channel of the study, and one for the mask.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        A viewer without layers.
    channel_names : sequence of str
        Every channel that a case of the study may have.
    labels : sequence of Label
        The closed set of labels; empty when the study has no scheme.
    ct : bool
        Whether images are shown in the soft-tissue window.
    """

    def __init__(
        self, viewer: Any, channel_names: Sequence[str], labels: Sequence[Label], ct: bool
    ) -> None:
        from napari.utils.colormaps import DirectLabelColormap

        colors: dict[int | None, str] = {label.value: label.color for label in labels}
        colors |= {None: "transparent" if labels else _NO_SCHEME_COLOR, 0: "transparent"}
        nothing = np.zeros((1, 1, 1), np.uint8)
        self.viewer = viewer
        self.shown_channel = ""
        self._ct = ct
        self.channels = {
            name: viewer.add_image(nothing, name=name, visible=False, colormap="gray")
            for name in channel_names
        }
        self.mask = viewer.add_labels(
            nothing.copy(),
            name="mask",
            visible=False,
            opacity=_OPACITY,
            colormap=DirectLabelColormap(color_dict=colors),
        )
        for layer in (*self.channels.values(), self.mask):
            layer.units = ("mm", "mm", "mm")
            layer.locked = True
        viewer.dims.axis_labels = ("z", "y", "x")
        viewer.camera.orientation = _RADIOLOGICAL
        viewer.scale_bar.visible = True

    def show(self, case: CaseLayers) -> None:
        """Show the channels and the mask of a case, from its middle."""
        self.hide()
        for channel in case.channels:
            layer = self.channels[channel.name]
            _swap(layer, channel)
            layer.contrast_limits_range = _range_of(channel, self._ct)
            layer.contrast_limits = window_of(channel.array, self._ct)
        _swap(self.mask, case.mask)
        names = [channel.name for channel in case.channels]
        self.show_channel(self.shown_channel if self.shown_channel in names else names[0])
        self.mask.visible = True
        for axis, (count, spacing_mm) in enumerate(
            zip(case.mask.array.shape, case.mask.scale_mm, strict=True)
        ):
            self.viewer.dims.set_point(axis, (count - 1) // 2 * spacing_mm)
        self.viewer.reset_view()

    def show_channel(self, name: str) -> None:
        """Show one channel and hide the others."""
        self.shown_channel = name
        for channel_name, layer in self.channels.items():
            layer.visible = channel_name == name
        # napari's tool keys act on the active layer: on an image they change nothing.
        self.viewer.layers.selection.active = self.channels[name]

    def hide(self) -> None:
        """Show nothing; the layers stay."""
        for layer in (*self.channels.values(), self.mask):
            layer.visible = False


def _swap(layer: Any, data: LayerData) -> None:
    layer.scale = data.scale_mm
    layer.data = data.array
    # New data make a layer editable again. Switching it off keeps the mask as it is, keeps every
    # layer in its place, and empties the history, which would write one case into the next.
    layer.editable = False


def _range_of(channel: LayerData, ct: bool) -> tuple[float, float]:
    window = window_of(channel.array, ct)
    return (
        float(min(channel.array.min(), window[0])),
        float(max(channel.array.max(), window[1])),
    )
