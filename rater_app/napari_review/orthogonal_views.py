"""OrthogonalViews: the sagittal and the coronal plane beside the axial one, on the same arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QSplitter, QWidget

from rater_app.napari_review.case_view import RADIOLOGICAL, CaseView
from rater_app.napari_review.layer_changes import put_array, set_where_it_differs
from rater_app.napari_review.region_surfaces import MILLIMETRES

_SAGITTAL, _CORONAL = 2, 1
# Up is the head in both; the front, and the patient's right, are on the left.
_ORDERS = {_SAGITTAL: (2, 0, 1), _CORONAL: (1, 0, 2)}
_CROSS = "#ffd166"
# An image is about so many pixels across at first: the lines are as thick as one.
_ACROSS = 250


class OrthogonalViews(QSplitter):
    """Two planes to look at. A click in any plane moves the others there; painting is axial.

    They hold no voxels of their own: layers of all views share the arrays.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.views = [PlaneView(axis) for axis in _ORDERS]
        for view in self.views:
            self.addWidget(view.canvas)

    def follow(self, case: CaseView) -> None:
        """Show what a `CaseView` shows from now on."""
        for view in self.views:
            view.follow(case)
        case.viewer.mouse_drag_callbacks.append(_move_on_click)

    def setVisible(self, visible: bool) -> None:  # noqa: N802
        """Show the planes, or spare their drawing."""
        super().setVisible(visible)
        if visible:
            for view in self.views:
                view.show_case()

    def close_views(self) -> None:
        """Free the canvases."""
        for view in self.views:
            view.canvas.close()


class PlaneView:
    """One plane: an image and a mask that follow those of a `CaseView`, and a cross."""

    def __init__(self, axis: int) -> None:
        from napari.components import ViewerModel
        from napari.qt import QtViewer

        self.axis = axis
        self.viewer = ViewerModel()
        self.viewer.dims.ndim = 3
        self.canvas = without_drops(QtViewer(self.viewer, show_welcome_screen=False))
        self.canvas.dims.hide()
        # napari's keys would turn the plane, or draw its volume.
        for widget in (self.canvas, *self.canvas.findChildren(QWidget)):
            widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._is_following = False
        self._case: CaseView | None = None
        self._image: Any = None
        self._mask: Any = None
        self._cross: Any = None
        self._shown: Any = None

    def follow(self, case: CaseView) -> None:
        """Show what a case shows, wherever its planes go."""
        self._case = case
        first = next(iter(case.channels.values()))
        self._image = self.viewer.add_image(
            first.data, name="image", colormap="gray", visible=False, units=MILLIMETRES
        )
        self._mask = self.viewer.add_labels(
            case.mask.data,
            name="mask",
            colormap=case.mask.colormap,
            opacity=case.mask.opacity,
            visible=False,
            units=MILLIMETRES,
        )
        self._cross = self.viewer.add_vectors(
            np.zeros((2, 2, 3)),
            name="cross",
            edge_color=_CROSS,
            vector_style="line",
            opacity=0.6,
            blending="translucent_no_depth",  # seen from the feet, it lies behind the image
            visible=False,
            units=MILLIMETRES,
        )
        for layer in self.viewer.layers:
            layer.editable = False
            layer.locked = True
        self.viewer.dims.order = _ORDERS[self.axis]
        self.viewer.scene.camera.orientation = RADIOLOGICAL
        self.viewer.scene.camera.mouse_pan = False  # a drag moves the point
        self.viewer.mouse_drag_callbacks.append(self._clicked)
        self.viewer.dims.events.current_step.connect(self._scrolled)
        case.viewer.dims.events.current_step.connect(self._follow_point)
        case.editing.on_step.append(self.refresh)
        case.mask.events.visible.connect(self._follow_looks)
        for layer in case.channels.values():
            layer.events.contrast_limits.connect(self._follow_looks)
        case.on_shown.append(self.show_case)
        case.on_looks.append(self._follow_looks)

    def show_case(self) -> None:
        """Show the arrays of the case; where nobody sees the plane, it holds none."""
        case = self._case
        if case is None or not case.shown_channel or not self.canvas.isVisible():
            return
        channel = case.channels[case.shown_channel]
        is_new = self._shown is not case.mask.data
        self._is_following = True  # sliders of another length are no wish of the rater
        for layer, source in ((self._image, channel), (self._mask, case.mask)):
            if layer.data is not source.data:
                put_array(layer, source.data, source.scale)
        if is_new:
            self._fit_cross()
        self._is_following = False
        self._shown = case.mask.data
        self._follow_looks()
        self._follow_point()
        if is_new:
            self.viewer.reset_view()

    def refresh(self) -> None:
        """Show what was painted, or taken back."""
        if self._mask is not None and self.canvas.isVisible():
            self._mask.refresh()

    def _follow_looks(self, _event: object = None) -> None:
        case = self._case
        if case is None or not self.canvas.isVisible():
            return
        if not case.is_case_shown:
            for layer in self.viewer.layers:
                set_where_it_differs(layer, "visible", False)
            return
        channel = case.channels[case.shown_channel]
        if self._image.data is channel.data:
            set_where_it_differs(
                self._image, "contrast_limits_range", channel.contrast_limits_range
            )
            set_where_it_differs(self._image, "contrast_limits", channel.contrast_limits)
        set_where_it_differs(self._image, "visible", True)
        set_where_it_differs(self._cross, "visible", True)
        set_where_it_differs(self._mask, "visible", case.is_mask_shown)
        set_where_it_differs(self._mask, "contour", 1 if case.is_outlined else 0)

    def _follow_point(self, _event: object = None) -> None:
        case = self._case
        if case is None or not case.is_case_shown or not self.canvas.isVisible():
            return
        point = case.viewer.dims.point
        self._is_following = True
        self.viewer.dims.set_point(self.axis, point[self.axis])
        self._is_following = False
        self._cross.data = self._lines(np.array(point))
        self._cross.editable = False  # new data make a layer editable again

    def _fit_cross(self) -> None:
        # One step of the slider stays one voxel, and lines are as thick on thick slices.
        unit = float(self._mask.scale[self.axis])
        self._cross.scale = (unit, unit, unit)
        whole_mm = np.multiply(self._mask.data.shape, self._mask.scale)
        self._cross.edge_width = float(whole_mm.max()) / _ACROSS / unit

    def _lines(self, point_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the two lines through a point of the plane, from edge to edge of the image."""
        unit = self._cross.scale
        last = (np.array(self._mask.data.shape) - 1) * self._mask.scale / unit
        lines = []
        for axis in _ORDERS[self.axis][1:]:
            start, along = point_mm / unit, np.zeros(3)
            start[axis], along[axis] = 0.0, last[axis]
            lines.append((start, along))
        return np.array(lines)

    def _scrolled(self, _event: object) -> None:
        """Take the case along when the wheel moved this plane."""
        if self._case is not None and not self._is_following:
            self._case.viewer.dims.set_point(self.axis, self.viewer.dims.point[self.axis])

    def _clicked(self, _viewer: Any, event: Any) -> Iterator[None]:
        self._go(event.position)
        yield
        while event.type == "mouse_move":
            self._go(event.position)
            yield

    def _go(self, position: Any) -> None:
        if self._case is not None:
            dims = self._case.viewer.dims
            for axis in range(3):
                if axis != self.axis:
                    dims.set_point(axis, float(position[axis]))


def without_drops(canvas: Any) -> Any:
    """Let nobody open a file by dropping it: its name would be seen."""
    for widget in (canvas, *canvas.findChildren(QWidget)):
        widget.setAcceptDrops(False)
    return canvas


def _move_on_click(viewer: Any, event: Any) -> Iterator[None]:
    """Take the other planes to a point that is clicked, not dragged, with no tool in hand."""
    active = viewer.layers.selection.active
    is_free = active is None or str(active.mode) == "pan_zoom"
    yield
    while event.type == "mouse_move":
        is_free = False
        yield
    if is_free and viewer.dims.ndisplay == 2:
        for axis in viewer.dims.displayed:
            viewer.dims.set_point(axis, float(event.position[axis]))
