"""RegionSurfaces: the labels of a mask as surfaces in 3D, in layers that stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rater_app.core.study import Label
from rater_app.napari_review.mask_tools import Surface, surfaces
from rater_app.napari_review.mask_tools.change import Labels

MOST_LAYERS = 6
"""Up to so many labels are seen through one another, each in a layer of its own."""

MILLIMETRES = ("mm", "mm", "mm")

Bounds = tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]]]

_OPACITY = 0.55
_NOTHING = Surface(
    np.zeros((3, 3), np.float32), np.array([[0, 1, 2]], np.int32), np.zeros((3, 3), np.float32)
)
_DARKEST = 0.4
_LIGHT = np.array([0.48, 0.77, 0.42], np.float32)  # from above, in front, the patient's right


class RegionSurfaces:
    """One layer for each label, or one for all where they are many.

    napari frees no layer and may crash when one is removed: they are added once, and a case
    changes their data.
    """

    def __init__(self, viewer: Any, labels: Sequence[Label]) -> None:
        self._labels = tuple(labels)
        self._is_one = len(labels) > MOST_LAYERS
        self._is_empty = False
        names = ["surfaces"] if self._is_one else [label.name for label in labels]
        self.layers = [self._added(viewer, name) for name in names]

    def clear(self, spacing_mm: tuple[float, float, float]) -> None:
        """Show nothing, and hold nothing of the case before."""
        for layer in self.layers:
            if self._is_empty and tuple(layer.scale) == tuple(spacing_mm):
                continue
            layer.visible = True  # a hidden layer would not tell the viewer its new size
            layer.scale = spacing_mm
            _put(layer, _NOTHING, (0.0, 0.0, 0.0))
            layer.visible = False
        self._is_empty = True

    def show(self, mask: Labels, spacing_mm: tuple[float, float, float]) -> Bounds | None:
        """Make the surfaces of a mask, show them, and give the corners of all of them in mm."""
        self._is_empty = False
        labels = [label.value for label in self._labels]
        made = {
            label: _within(surface, mask.shape, spacing_mm)
            for label, surface in surfaces(mask, spacing_mm, labels).items()
        }
        if self._is_one:
            self._put_all(made)
        else:
            self._put_each(made)
        for layer in self.layers:
            layer.visible = True
        if not made:
            return None
        low = np.min([surface.vertices.min(axis=0) for surface in made.values()], axis=0)
        high = np.max([surface.vertices.max(axis=0) for surface in made.values()], axis=0)
        return low * spacing_mm, high * spacing_mm

    def hide(self) -> None:
        """Show no surface."""
        for layer in self.layers:
            if layer.visible:
                layer.visible = False

    def _added(self, viewer: Any, name: str) -> Any:
        return viewer.add_surface(
            (_NOTHING.vertices, _NOTHING.faces),
            name=name,
            visible=False,
            opacity=1.0 if self._is_one else _OPACITY,
            blending="opaque" if self._is_one else "translucent",
            shading="none",  # napari's light does not follow a view whose axes are turned
            units=MILLIMETRES,
        )

    def _put_each(self, made: dict[int, Surface]) -> None:
        """Put the smallest region first: what is drawn after an outer one is not seen in it."""
        inner_first = sorted(self._labels, key=lambda label: _size(made.get(label.value)))
        if [layer.name for layer in self.layers] != [label.name for label in inner_first]:
            for number, layer in enumerate(self.layers):
                layer.name = f"surface {number}"  # no two may share a name on the way
        for layer, label in zip(self.layers, inner_first, strict=True):
            layer.name = label.name
            _put(layer, made.get(label.value, _NOTHING), _rgb(label.color))

    def _put_all(self, made: dict[int, Surface]) -> None:
        vertices, faces, colors, count = [], [], [], 0
        for label in self._labels:
            surface = made.get(label.value)
            if surface is not None:
                vertices.append(surface.vertices)
                faces.append(surface.faces + count)
                colors.append(_painted(surface, _rgb(label.color)))
                count += len(surface.vertices)
        if not vertices:
            _put(self.layers[0], _NOTHING, (0.0, 0.0, 0.0))
            return
        layer = self.layers[0]
        layer.vertex_colors = None  # those of the case before are of another length
        layer.data = (np.concatenate(vertices), np.concatenate(faces))
        layer.vertex_colors = np.concatenate(colors)


def _put(layer: Any, surface: Surface, color: tuple[float, float, float]) -> None:
    layer.vertex_colors = None
    layer.data = (surface.vertices, surface.faces)
    layer.vertex_colors = _painted(surface, color)


def _size(surface: Surface | None) -> float:
    """Give the volume of a surface's box; an outer region has the larger one."""
    return 0.0 if surface is None else float(np.prod(np.ptp(surface.vertices, axis=0)))


def _within(
    surface: Surface, shape: tuple[int, ...], spacing_mm: tuple[float, float, float]
) -> Surface:
    """Give a surface in voxels, between the outermost centres: the sliders must not grow by it."""
    voxels = surface.vertices / np.array(spacing_mm, np.float32)
    last = np.array(shape, np.float32) - 1
    return Surface(np.clip(voxels, 0, last), surface.faces, surface.normals)


def _painted(surface: Surface, color: tuple[float, float, float]) -> NDArray[np.float32]:
    """Give every vertex of a surface its colour, in a light that leaves no side dark."""
    light = _DARKEST + (1 - _DARKEST) * np.abs(surface.normals @ _LIGHT)
    colors: NDArray[np.float32] = light[:, None] * np.array(color, np.float32)
    return colors


def _rgb(color: str) -> tuple[float, float, float]:
    red, green, blue = (int(color[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue
