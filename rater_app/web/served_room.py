"""The one room that this process serves, shared by the routes and the Streamlit script."""

from __future__ import annotations

from rater_app.reading_room import ReadingRoom

_served: list[ReadingRoom] = []


def serve_room(room: ReadingRoom) -> None:
    """Make this the room that the process serves."""
    _served[:] = [room]


def served_room() -> ReadingRoom:
    """Give the room that the process serves.

    Streamlit's own cache would not do: any client can ask Streamlit to empty it.
    """
    return _served[0]
