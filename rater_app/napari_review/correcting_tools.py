"""CorrectingTools: our tools on the mask that is shown, where the rater points."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rater_app.napari_review.case_view import CaseView
from rater_app.napari_review.mask_tools import (
    Change,
    fill_holes,
    grow,
    interpolate,
    keep_island,
    remove_island,
    shrink,
)

Point = tuple[float, float, float]

_NOTHING = "Nothing to change."
# A click in 3D says where on the screen, and not how deep.
_FLAT = "Please switch 3D off first: points are shown in the slices."
_POINT = {
    "remove island": "Click on the island that is to go.",
    "keep island": "Click on the island that is to stay.",
    "measure": "Click on the first point.",
}


class CorrectingTools:
    """What the buttons and keys of the dock do to the mask.

    Parameters
    ----------
    view : CaseView
        Shows the mask.
    say : callable
        Tells the rater something in a sentence.
    """

    def __init__(self, view: CaseView, say: Callable[[str], None]) -> None:
        self.view = view
        self._say = say
        self._asked: Callable[[Point], None] | None = None
        self._mode = "pan_zoom"
        view.viewer.mouse_drag_callbacks.append(self._clicked)

    def interpolate(self) -> None:
        """Fill the slices between those where the chosen label was drawn."""
        axis = int(self.view.viewer.dims.order[0])
        mask, label = self.view.mask.data, self.view.editing.label
        self._apply("interpolate", lambda: interpolate(mask, label, axis, self.view.spacing_mm))

    def fill_holes(self) -> None:
        """Fill the holes of the chosen label."""
        self._apply("holes", lambda: fill_holes(self.view.mask.data, self.view.editing.label))

    def grow(self, margin_mm: float) -> None:
        """Grow the chosen label."""
        view = self.view
        self._apply(
            "grow", lambda: grow(view.mask.data, view.editing.label, margin_mm, view.spacing_mm)
        )

    def shrink(self, margin_mm: float) -> None:
        """Shrink the chosen label."""
        view = self.view
        self._apply(
            "shrink",
            lambda: shrink(view.mask.data, view.editing.label, margin_mm, view.spacing_mm),
        )

    def remove_island(self) -> None:
        """Remove the island under the pointer, or the one that is clicked next."""
        mask = self.view.mask.data
        self._ask(
            "remove island",
            lambda point: self._apply("islands", lambda: remove_island(mask, self._voxel(point))),
        )

    def keep_island(self) -> None:
        """Remove all other islands of the label under the pointer, or clicked next."""
        mask = self.view.mask.data
        self._ask(
            "keep island",
            lambda point: self._apply("islands", lambda: keep_island(mask, self._voxel(point))),
        )

    def reset(self) -> None:
        """Give the mask back as it came, as one step that can be undone."""
        self._apply("reset", self._difference)

    def undo(self) -> None:
        """Take the last step back."""
        self.view.editing.undo()

    def redo(self) -> None:
        """Make the step again that was taken back."""
        self.view.editing.redo()

    def measure(self) -> None:
        """Tell the distance between two points."""

        def from_first(first: Point) -> None:
            self._wait_for(lambda second: self._say(_distance(first, second)))
            self._say("Click on the second point.")

        self._ask("measure", from_first)

    def abandon(self) -> None:
        """Ask for no click any more."""
        if self._asked is not None:
            self._asked = None
            self.view.mask.mode = self._mode

    def _difference(self) -> Change | None:
        now, came = self.view.mask.data, self.view.editing.came
        indices = np.nonzero(now != came)
        return Change(indices, came[indices]) if indices[0].size else None

    def _apply(self, tool: str, make: Callable[[], Change | None]) -> None:
        if not self.view.editing.is_enabled:
            return
        count = self.view.editing.apply(tool, make())
        self._say(f"{count} voxels changed." if count else _NOTHING)

    def _ask(self, what: str, then: Callable[[Point], None]) -> None:
        if self.view.is_3d:
            self._say(_FLAT)
            return
        viewer = self.view.viewer
        if viewer.mouse_over_canvas:
            then(_point(viewer.cursor.position))
        else:
            self._wait_for(then)
            self._say(_POINT[what])

    def _wait_for(self, then: Callable[[Point], None]) -> None:
        if self._asked is None:
            self._mode = str(self.view.mask.mode)
        # The click that points must not paint.
        self.view.mask.mode = "pan_zoom"
        self._asked = then

    def _clicked(self, _viewer: Any, event: Any) -> Iterator[None]:
        asked = self._asked
        if asked is not None and not self.view.is_3d:
            point = _point(event.position)
            self._asked = None
            asked(point)
            if self._asked is None:
                self.view.mask.mode = self._mode
        yield

    def _voxel(self, point: Point) -> tuple[int, int, int]:
        z, y, x = (
            min(max(round(mm / spacing), 0), size - 1)
            for mm, spacing, size in zip(
                point, self.view.spacing_mm, self.view.mask.data.shape, strict=True
            )
        )
        return z, y, x


def _point(position: Any) -> Point:
    z, y, x = (float(mm) for mm in position)
    return z, y, x


def _distance(first: Point, second: Point) -> str:
    millimetres = float(np.linalg.norm(np.subtract(first, second)))
    return f"Distance: {millimetres:.1f} mm"
