"""The route that gives a rater the volumes of their own readings, and of no others."""

from __future__ import annotations

from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from rater_app.reading_room import ReadingRoom, RoomError
from rater_app.web.settings import IDENTITY_HEADER


def volume_url(code: str, part: int | str) -> str:
    """Give the address of a reading's channel (a number) or of its "mask"."""
    return f"/volumes/{code}/{part}"


def volume_route(room: ReadingRoom) -> Route:
    """Make the route of `volume_url`. It answers others' codes as it answers unknown ones."""

    def volume(request: Request) -> Response:
        rater_id = unquote(request.headers[IDENTITY_HEADER])
        part = request.path_params["part"]
        try:
            path = room.volume_path(rater_id, request.path_params["code"], part)
        except RoomError:
            return PlainTextResponse("There is no such image.", 404)
        # Bytes rather than a file response: a file's age could tell in which order the masks
        # were prepared.
        return Response(
            path.read_bytes(),
            media_type="application/octet-stream",
            headers={"Content-Encoding": "gzip"},
        )

    return Route("/volumes/{code}/{part}", volume)
