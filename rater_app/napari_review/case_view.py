"""CaseView: the one fixed set of napari layers in which every case of a session is shown.

napari crashes when a painted layer is removed, and frees none: layers are added once, locked, and
only their data change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rater_app.core.study import Label
from rater_app.napari_review.layers import CaseLayers, LayerData, window_of

_OPACITY = 0.5
_NOTHING = np.zeros((1, 1, 1), np.uint8)
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
        self.viewer = viewer
        self.shown_channel = ""
        self._ct = ct
        self.channels = {
            name: viewer.add_image(_NOTHING, name=name, visible=False, colormap="gray")
            for name in channel_names
        }
        self.mask = viewer.add_labels(
            _NOTHING.copy(),
            name="mask",
            visible=False,
            opacity=_OPACITY,
            colormap=DirectLabelColormap(color_dict=colors),
        )
        for layer in (*self.channels.values(), self.mask):
            layer.units = ("mm", "mm", "mm")
            layer.locked = True
        viewer.dims.axis_labels = ("z", "y", "x")
        viewer.scene.camera.orientation = _RADIOLOGICAL
        viewer.canvas.overlays.scale_bar.visible = True

    def show(self, case: CaseLayers) -> None:
        """Show the channels and the mask of a case, from its middle."""
        of_case = {channel.name: channel for channel in case.channels}
        for name, layer in self.channels.items():
            # What the case lacks is emptied: an older case would stretch the sliders.
            channel = of_case.get(name, replace(case.mask, array=_NOTHING))
            _swap(layer, channel)
            _set_window(layer, window_of(channel.array, self._ct))
        _swap(self.mask, case.mask)
        self.show_channel(
            self.shown_channel if self.shown_channel in of_case else case.channels[0].name
        )
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
    # A hidden layer would not tell the viewer its new size.
    layer.visible = True
    layer.scale = data.scale_mm
    layer.data = data.array
    # New data make a layer editable again. Switching it off keeps the mask as it is, keeps every
    # layer in its place, and empties the history, which would write one case into the next.
    layer.editable = False


def _set_window(layer: Any, window: tuple[float, float]) -> None:
    low, high = window
    layer.contrast_limits_range = (
        min(float(layer.data.min()), low),
        max(float(layer.data.max()), high),
    )
    layer.contrast_limits = window
