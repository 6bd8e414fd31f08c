"""The route of the viewing log."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rater_app.core.viewing import WrongSnapshot
from rater_app.reading_room import ReadingRoom
from rater_app.web.json_requests import Refused, body_of, json_of, rater_of, told_in_json

LARGEST_SNAPSHOT = 16 << 10


def viewing_url(code: str) -> str:
    """Give the address of a reading's viewing log."""
    return f"/viewing/{code}"


def viewing_route(room: ReadingRoom) -> Route:
    """Make the route of `viewing_url`; where the study keeps no log, it stores nothing."""

    async def note(request: Request) -> Response:
        snapshot = json_of(await body_of(request, LARGEST_SNAPSHOT))
        code = request.path_params["code"]
        try:
            await run_in_threadpool(room.note_viewing, rater_of(request), code, snapshot)
        except WrongSnapshot as error:
            raise Refused(400, str(error)) from error
        return Response(status_code=204)

    return Route("/viewing/{code}", told_in_json(note), methods=["PUT"])
