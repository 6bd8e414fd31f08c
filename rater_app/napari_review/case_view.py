"""CaseView: the one fixed set of napari layers in which every case of a session is shown.

napari crashes when a painted layer is removed, and frees none: layers are added once, locked, and
only their data change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rater_app.core.desk_study import DeskStudy
from rater_app.napari_review.layer_changes import (
    never_move,
    put_array,
    set_where_it_differs,
    set_window,
)
from rater_app.napari_review.layers import CaseLayers, LayerData
from rater_app.napari_review.mask_editing import MaskEditing
from rater_app.napari_review.region_surfaces import MILLIMETRES, RegionSurfaces
from rater_app.napari_review.windows import presets, window_of

_OPACITY = 0.5
_NOTHING = np.zeros((1, 1, 1), np.uint8)
_NO_SCHEME_COLOR = "#d55e00"
# Axes run towards the head, the front and the patient's right; seen from the feet, as radiologists
# do, and not mirrored in 3D.
RADIOLOGICAL = ("away", "up", "left")
_FROM_THE_FRONT = (0.0, 15.0, -75.0)


class CaseView:
    """The layers of a session: one for each channel of the study, one for the mask, and surfaces.

    Parameters
    ----------
    viewer : napari.viewer.Viewer or napari.components.ViewerModel
        A viewer without layers.
    study : DeskStudy
        Names the channels and the closed set of labels.

    Attributes
    ----------
    channels : dict of str to Image
    mask : Labels
    editing : MaskEditing
        Painting on the mask, off until `editing.enable(True)`.
    preset : str
        The window that is shown.
    on_display : callable
        Called when something else is shown: a case, a channel, a window, 3D.
    on_shown, on_looks : list of callable
        Called when another case, mask or channel is shown, and when it is shown in another way.
    """

    def __init__(self, viewer: Any, study: DeskStudy) -> None:
        self.viewer = viewer
        self.shown_channel = ""
        self.presets = presets(study.ct)
        self.preset = self.presets[0]
        self.on_display: Callable[[], None] = lambda: None
        self.on_shown: list[Callable[[], None]] = []
        self.on_looks: list[Callable[[], None]] = []
        self._mask_wanted = True
        self._outlined = False
        self._flat: tuple[Any, float] | None = None
        self._volume_rendering = False
        self._case: CaseLayers | None = None
        self.channels = {
            name: viewer.add_image(
                _NOTHING, name=name, visible=False, colormap="gray", units=MILLIMETRES
            )
            for name in study.channels
        }
        self.surfaces = RegionSurfaces(viewer, study.labels)
        self.mask = viewer.add_labels(
            _NOTHING.copy(),
            name="mask",
            visible=False,
            opacity=_OPACITY,
            colormap=_colors(study),
            units=MILLIMETRES,
        )
        for layer in viewer.layers:
            layer.locked = True
            layer.events.mode.connect(never_move)
        self.mask.events.visible.connect(self._follow_mask)
        self.editing = MaskEditing(self.mask, study.labels)
        viewer.dims.axis_labels = ("z", "y", "x")
        viewer.dims.events.ndisplay.connect(self._show_dimensions)
        viewer.scene.camera.orientation = RADIOLOGICAL
        viewer.canvas.overlays.scale_bar.visible = True

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Voxel spacing of the case along z, y and x."""
        z, y, x = self.mask.scale
        return float(z), float(y), float(x)

    @property
    def voxel(self) -> tuple[int, int, int]:
        """The voxel in the middle of the planes, where the sliders stand."""
        z, y, x = (
            min(max(round(point / mm), 0), size - 1)
            for point, mm, size in zip(
                self.viewer.dims.point, self.spacing_mm, self.mask.data.shape, strict=True
            )
        )
        return z, y, x

    def show(self, case: CaseLayers) -> None:
        """Show the channels and the mask of a case, from its middle."""
        self.show_3d(False)
        self._case = None  # nothing is arranged or told before all of it is there
        self.surfaces.clear(case.mask.scale_mm)
        of_case = {channel.name: channel for channel in case.channels}
        for name, layer in self.channels.items():
            # What the case lacks is emptied: an older case would stretch the sliders.
            channel = of_case.get(name, replace(case.mask, array=_NOTHING))
            put_array(layer, channel.array, channel.scale_mm)
        self.put_mask(case.mask, case.mask.array.copy())
        self._case = case
        self.show_channel(
            self.shown_channel if self.shown_channel in of_case else case.channels[0].name
        )
        for axis, (count, spacing_mm) in enumerate(
            zip(case.mask.array.shape, case.mask.scale_mm, strict=True)
        ):
            self.viewer.dims.set_point(axis, (count - 1) // 2 * spacing_mm)
        self.viewer.reset_view()

    def put_mask(self, mask: LayerData, came: NDArray[Any]) -> None:
        """Show another mask of the case; nothing of the one before can be undone in it.

        Parameters
        ----------
        mask : LayerData
            It is painted in place.
        came : ndarray
            The mask as it came, before anything was done to it.
        """
        put_array(self.mask, mask.array, mask.scale_mm)
        self.editing.begin(came)
        self._arrange()
        self._tell_shown()

    def show_channel(self, name: str) -> None:
        """Show one channel and hide the others."""
        self.shown_channel = name
        self._set_window()
        self._arrange()
        # napari's tool keys act on the active layer: on an image they change nothing.
        self.viewer.layers.selection.active = (
            self.mask if self.editing.is_enabled else self.channels[name]
        )
        self._tell_shown()

    def show_preset(self, name: str) -> None:
        """Show another window of intensities."""
        self.preset = name
        self._set_window()
        self.on_display()

    def show_mask(self, shown: bool) -> None:
        """Show the mask or hide it."""
        self._mask_wanted = shown
        self._arrange()

    @property
    def is_case_shown(self) -> bool:
        """Whether a case is shown at all."""
        return self._case is not None

    @property
    def is_mask_shown(self) -> bool:
        """Whether the mask is wanted on the images."""
        return self._mask_wanted

    @property
    def is_outlined(self) -> bool:
        """Whether labels are shown as outlines."""
        return self._outlined

    def show_outline(self, outlined: bool) -> None:
        """Show labels as outlines, or filled."""
        self._outlined = outlined
        self._arrange()

    def show_volumes(self, rendered: bool) -> None:
        """Draw image and mask as volumes in 3D too: slow without a graphics card."""
        self._volume_rendering = rendered
        self._arrange()

    def show_3d(self, in_3d: bool) -> None:
        """Show the labels as surfaces in 3D, or go back to the slices."""
        if in_3d and not self.is_3d:
            self._make_way_for_3d()
        self.viewer.dims.ndisplay = 3 if in_3d else 2

    def _make_way_for_3d(self) -> None:
        """Hide what is not drawn there: napari would make a volume of it first."""
        self.mask.contour = 0  # napari draws no outlines there, and says so
        if not self._volume_rendering:
            wanted = self._mask_wanted
            for layer in (*self.channels.values(), self.mask):
                set_where_it_differs(layer, "visible", False)
            self._mask_wanted = wanted

    @property
    def is_3d(self) -> bool:
        """Whether 3D is shown."""
        return bool(self.viewer.dims.ndisplay == 3)

    def edit(self, enabled: bool) -> None:
        """Let the mask be painted, or keep it as it is."""
        self.editing.enable(enabled)
        self.viewer.layers.selection.active = (
            self.mask if enabled else self.channels[self.shown_channel]
        )

    def hide(self) -> None:
        """Show nothing; the layers stay."""
        self.show_3d(False)
        self._case = None
        for layer in self.viewer.layers:
            layer.visible = False

    def _tell_shown(self) -> None:
        if self._case is not None:
            for tell in self.on_shown:
                tell()

    def _show_dimensions(self, _event: object) -> None:
        camera = self.viewer.scene.camera
        if self.is_3d and self._case is not None:
            self._flat = (camera.center, camera.zoom)
            bounds = self.surfaces.show(self.mask.data, self.spacing_mm)
            camera.angles = _FROM_THE_FRONT
            if bounds is not None:
                low, high = bounds
                camera.center = tuple(float(middle) for middle in (low + high) / 2)
                across_mm = float(np.linalg.norm(high - low))
                camera.zoom = min(self.viewer.canvas.size) / max(across_mm, 1.0)
        elif self._flat is not None:
            camera.center, camera.zoom = self._flat
            self._flat = None
        self._arrange()

    def _arrange(self) -> None:
        if self._case is None:
            return
        drawn = not self.is_3d or self._volume_rendering
        for name, layer in self.channels.items():
            set_where_it_differs(layer, "visible", drawn and name == self.shown_channel)
        wanted = self._mask_wanted
        set_where_it_differs(self.mask, "visible", drawn and wanted)
        self._mask_wanted = wanted  # hiding it for 3D is not the rater's wish
        outlined = self._outlined and not self.is_3d
        set_where_it_differs(self.mask, "contour", 1 if outlined else 0)
        if not self.is_3d:
            self.surfaces.hide()
        self.on_display()
        for tell in self.on_looks:
            tell()

    def _follow_mask(self, _event: object) -> None:
        wanted = bool(self.mask.visible)
        if self._case is not None and not self.is_3d and wanted != self._mask_wanted:
            self._mask_wanted = wanted  # by napari's key V
            self.on_display()

    def _set_window(self) -> None:
        layer = self.channels[self.shown_channel]
        set_window(layer, *window_of(layer.data, self.preset))


def _colors(study: DeskStudy) -> Any:
    from napari.utils.colormaps import DirectLabelColormap

    colors: dict[int | None, str] = {label.value: label.color for label in study.labels}
    colors |= {None: "transparent" if study.labels else _NO_SCHEME_COLOR, 0: "transparent"}
    return DirectLabelColormap(color_dict=colors)
