"""MaskEditing: painting on the one mask layer, within the study's labels, counted and undoable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rater_app.core.study import Label
from rater_app.napari_review.loaded_task import Counts
from rater_app.napari_review.mask_tools import Change

_TOOLS = {"paint": "brush", "erase": "eraser", "fill": "fill", "polygon": "polygon"}
_GRID = ("scale", "translate", "rotate", "shear")


class MaskEditing:
    """What a rater may do to the mask layer, and how often they did.

    napari's own tools and keys work as they do in napari, with four exceptions: a label outside of
    the study's set cannot be chosen, the layer cannot be moved, a fill stays in its slice (one of
    the background would take seconds in 3D), and undo and redo are counted.

    Attributes
    ----------
    strokes, undos, redos
        Counts since `begin`; strokes by the name of the tool.
    came : ndarray
        The mask as it came; never written to.
    on_change : callable
        Called after every stroke, undo and redo, and when another label is chosen.
    on_step : list of callable
        Called after every stroke, undo and redo.
    """

    def __init__(self, layer: Any, labels: Sequence[Label]) -> None:
        self.layer = layer
        self.strokes: Counter[str] = Counter()
        self.undos = self.redos = 0
        self.on_change: Callable[[], None] = lambda: None
        self.on_step: list[Callable[[], None]] = []
        self._labels = tuple(label.value for label in labels)
        self._applying = ""
        self._done = self._undone = 0
        self.came: NDArray[Any] = layer.data
        self._grid = self._grid_now()
        self.label = self._labels[0] if self._labels else 1
        layer.selected_label = self.label
        layer.events.paint.connect(self._painted)
        layer.events.selected_label.connect(self._keep_label)
        layer.events.mode.connect(self._keep_mode)
        layer.events.n_edit_dimensions.connect(self._keep_mode)
        layer.bind_key("Control-Z", lambda _layer: self.undo(), overwrite=True)
        layer.bind_key("Control-Shift-Z", lambda _layer: self.redo(), overwrite=True)

    def begin(self, came: NDArray[Any]) -> None:
        """Start with a mask; `came` is what it was before anything was done to it."""
        self.strokes.clear()
        self.undos = self.redos = self._done = self._undone = 0
        self.came = came
        self._grid = self._grid_now()

    def enable(self, enabled: bool) -> None:
        """Let the mask be painted, or keep it as it is; the history is empty then."""
        # Switching it off and on is what empties napari's history.
        self.layer.editable = False
        self._done = self._undone = 0
        if enabled:
            self.layer.editable = True
            self.choose(self.label)

    @property
    def is_enabled(self) -> bool:
        """Whether the mask can be painted."""
        return bool(self.layer.editable)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._done > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to make again."""
        return self._undone > 0

    @property
    def counts(self) -> Counts:
        """What was done to the mask so far."""
        return Counts(dict(self.strokes), self.undos, self.redos)

    def choose(self, label: int) -> None:
        """Choose the label that is painted."""
        self.layer.selected_label = label

    def apply(self, tool: str, change: Change | None) -> int:
        """Make one step that can be undone; give how many voxels it changed."""
        if change is None or not self.is_enabled:
            return 0
        self._applying = tool
        try:
            self.layer.data_setitem(change.indices, change.values)
        finally:
            self._applying = ""
        return change.count

    def undo(self) -> None:
        """Take the last step back."""
        if self.is_enabled and self.can_undo:
            self.layer.undo()
            self._done, self._undone = self._done - 1, self._undone + 1
            self.undos += 1
            self._stepped()

    def redo(self) -> None:
        """Make the step again that was taken back."""
        if self.is_enabled and self.can_redo:
            self.layer.redo()
            self._done, self._undone = self._done + 1, self._undone - 1
            self.redos += 1
            self._stepped()

    def problems(self) -> list[str]:
        """Say what keeps the mask from being saved; empty when all is well."""
        now = self.layer.data
        if self._grid_now() != self._grid:
            return ["The mask was moved against its image. Please undo that, or reload the mask."]
        if now.shape != self.came.shape or now.dtype != self.came.dtype:
            return ["The mask is no longer of its image. Please reload the mask."]
        strange = set(np.unique(now[now != self.came]).tolist()) - {0, *self._labels}
        if self._labels and strange:
            named = ", ".join(map(str, sorted(strange)))
            return [f"The mask has labels that this study lacks: {named}."]
        return []

    def _painted(self, _event: object) -> None:
        tool = self._applying or _TOOLS.get(str(self.layer.mode), "brush")
        self.strokes[tool] += 1
        self._done = min(self._done + 1, _HISTORY)
        self._undone = 0
        self._stepped()

    def _stepped(self) -> None:
        for tell in self.on_step:
            tell()
        self.on_change()

    def _keep_label(self, _event: object) -> None:
        chosen = int(self.layer.selected_label)
        if chosen == 0 or chosen in self._labels or not self._labels:
            self.label = chosen
        else:
            self.layer.selected_label = self.label
        self.on_change()

    def _keep_mode(self, _event: object) -> None:
        mode = str(self.layer.mode)
        if mode == "transform":
            self.layer.mode = "pan_zoom"
        elif mode == "fill" and self.layer.n_edit_dimensions != 2:
            self.layer.n_edit_dimensions = 2

    def _grid_now(self) -> list[list[float]]:
        told = [np.asarray(getattr(self.layer, name)) for name in _GRID]
        return [part.ravel().tolist() for part in (*told, self.layer.affine.affine_matrix)]


_HISTORY = 100
"""Steps that napari keeps."""
