"""What napari tells of a rater at work."""

from __future__ import annotations

from collections.abc import Callable

from rater_app.napari_review.case_view import CaseView


def follow_inputs(view: CaseView, note: Callable[..., None]) -> None:
    """Call something whenever the rater moves, presses or turns something at the images.

    A filter of all events would see keys that change nothing too, but Qt calls it within drawing
    and collecting of garbage.
    """
    viewer = view.viewer
    for callbacks in (
        viewer.mouse_move_callbacks,
        viewer.mouse_drag_callbacks,
        viewer.mouse_wheel_callbacks,
    ):
        callbacks.append(note)
    for event in (viewer.dims.events.current_step, viewer.scene.camera.events.zoom):
        event.connect(note)
    view.on_shown.append(note)
