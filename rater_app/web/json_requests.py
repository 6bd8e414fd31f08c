"""Requests of the viewer to our own routes: reading them with a limit, refusing in sentences."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from rater_app.reading_room import (
    Conflict,
    MaskNotSaved,
    NotReadableNow,
    NotSaved,
    NotThere,
    RoomError,
    StageError,
    WrongMask,
)
from rater_app.store import NotReadable
from rater_app.web.settings import IDENTITY_HEADER

OWN_HEADER = "x-rater-app"
"""Only our own pages can send it: a browser asks a server before it lets another site do so."""

_STATUS: dict[type[RoomError], int] = {
    NotThere: 404,
    StageError: 409,
    Conflict: 409,
    WrongMask: 422,
    NotSaved: 503,
    MaskNotSaved: 503,
    NotReadableNow: 503,
}
NOT_NOW = "The study's store cannot be read just now. Please try again in a moment."

_log = logging.getLogger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]


class Refused(Exception):
    """A request that cannot be served, with its status and a sentence for the rater."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status


def rater_of(request: Request) -> str:
    """Give the id of the rater whom the guard let in."""
    return unquote(request.headers[IDENTITY_HEADER])


def told_in_json(endpoint: Endpoint) -> Endpoint:
    """Let an endpoint answer what goes wrong with JSON: a problem in words, and what helps."""

    @functools.wraps(endpoint)
    async def told(request: Request) -> Response:
        try:
            if request.method not in ("GET", "HEAD") and request.headers.get(OWN_HEADER) != "1":
                raise Refused(403, "This request did not come from a page of this study.")
            return await endpoint(request)
        except Refused as refused:
            return _told(refused, refused.status)
        except ClientDisconnect:
            return Response(status_code=400)  # a page that was closed meanwhile hears nothing
        except NotReadable as error:
            _log.warning("The store could not be read.", exc_info=error)
            return _told(NOT_NOW, 503)
        except RoomError as error:
            return _refusal(error)

    return told


async def body_of(request: Request, limit: int) -> bytes:
    """Read the body of a request, and no more than its limit.

    Raises
    ------
    Refused
        When it is larger.
    """
    too_large = Refused(413, "What was sent is larger than the server takes.")
    told = request.headers.get("content-length", "")
    if told.isdecimal() and (len(told) > 12 or int(told) > limit):
        raise too_large
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > limit:
            raise too_large
    return bytes(content)


def json_of(text: bytes | str) -> Any:
    """Read JSON.

    Raises
    ------
    Refused
        When it is none.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "The page sent something unreadable. Please reload it.") from error


def _refusal(error: RoomError) -> Response:
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
    told: dict[str, Any] = {}
    if isinstance(error, StageError):
        told["stage"] = error.stage.value
    if isinstance(error, Conflict):
        told.update(tag=error.tag, version=error.version)
    if status == 503:
        _log.warning("A correction or a viewing was not stored.", exc_info=error)
    return _told(error, status, **told)


def _told(problem: object, status: int, **more: Any) -> Response:
    """Answer with a problem in words; half of a character that a page sent is not repeated."""
    words = str(problem).encode("utf-8", "replace").decode()
    return JSONResponse({"problem": words, **more}, status)
