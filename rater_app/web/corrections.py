"""The routes of corrected masks: the working state, its draft, its versions, and finishing."""

from __future__ import annotations

import json
import re
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rater_app.core.correction import Effort, WrongEffort
from rater_app.reading_room import Kept, NotThere, ReadingRoom, Saved, SentMask
from rater_app.web.json_requests import Refused, body_of, json_of, rater_of, told_in_json

LARGEST_PACKED = 8 << 20
"""Bytes of a compressed mask that are read; masks of a whole body have a tenth of it."""

_LARGEST_JSON = 4096
_VERSION = re.compile(r"[0-9]{1,9}")


def correction_url(code: str, version: int | None = None) -> str:
    """Give the address of a reading's working state, or of a saved version (0: the candidate)."""
    return f"/corrections/{code}" if version is None else f"/corrections/{code}/{version}"


def correction_routes(room: ReadingRoom) -> list[Route]:
    """Make the routes of `correction_url`; others' codes are answered as unknown ones are."""
    doors = _Doors(room)
    place = "/corrections/{code}"
    return [
        Route(place, told_in_json(doors.working_state), methods=["GET"]),
        Route(place, told_in_json(doors.save), methods=["PUT"]),
        Route(f"{place}/draft", told_in_json(doors.keep_draft), methods=["PUT"]),
        Route(f"{place}/draft", told_in_json(doors.drop_draft), methods=["DELETE"]),
        Route(f"{place}/finish", told_in_json(doors.finish), methods=["POST"]),
        Route(f"{place}/{{version}}", told_in_json(doors.version), methods=["GET"]),
    ]


class _Doors:
    """One method for each route; the work is done in threads, the server goes on meanwhile."""

    def __init__(self, room: ReadingRoom) -> None:
        self._corrections = room.corrections

    async def working_state(self, request: Request) -> Response:
        state = await run_in_threadpool(self._corrections.working_state, *_whose(request))
        headers = {"X-Version": str(state.version), "X-Draft": "1" if state.has_draft else "0"}
        if state.effort is not None:
            headers["X-Effort"] = json.dumps(state.effort.to_dict())
        return _volume(state.packed, {**headers, "ETag": f'"{state.tag}"'})

    async def version(self, request: Request) -> Response:
        named = request.path_params["version"]
        if not _VERSION.fullmatch(named):
            raise NotThere("There is no such version of this mask.")
        packed = await run_in_threadpool(
            self._corrections.version_volume, *_whose(request), int(named)
        )
        return _volume(packed, {})

    async def keep_draft(self, request: Request) -> Response:
        tag, effort = _tag_of(request), _effort_of(request)
        sent = await self._sent_mask(request)
        kept = await run_in_threadpool(
            self._corrections.keep_draft, *_whose(request), sent, tag, effort
        )
        return _kept(kept)

    async def save(self, request: Request) -> Response:
        tag, effort = _tag_of(request), _effort_of(request)
        finish = request.query_params.get("finish") == "1"
        sent = await self._sent_mask(request)
        saved: Saved = await run_in_threadpool(
            self._corrections.save, *_whose(request), sent, tag, effort, finish
        )
        return _kept(saved, changed={str(label): both for label, both in saved.changed.items()})

    async def drop_draft(self, request: Request) -> Response:
        return _kept(await run_in_threadpool(self._corrections.drop_draft, *_whose(request)))

    async def finish(self, request: Request) -> Response:
        told = json_of(await body_of(request, _LARGEST_JSON))
        version = told.get("version") if isinstance(told, dict) else None
        confirmed = told.get("confirmed", False) if isinstance(told, dict) else None
        if type(version) is not int or version < 0 or type(confirmed) is not bool:
            raise Refused(
                400, "The page did not say which version to go on with. Please reload it."
            )
        await run_in_threadpool(self._corrections.finish, *_whose(request), version, confirmed)
        return JSONResponse({})

    async def _sent_mask(self, request: Request) -> SentMask:
        size = await run_in_threadpool(self._corrections.expected_bytes, *_whose(request))
        encoding = request.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("gzip", "identity"):
            raise Refused(422, "The mask must be sent as it is or compressed with gzip.")
        is_packed = encoding == "gzip"
        return SentMask(await body_of(request, LARGEST_PACKED if is_packed else size), is_packed)


def _whose(request: Request) -> tuple[str, str]:
    return rater_of(request), request.path_params["code"]


def _tag_of(request: Request) -> str:
    tag = request.headers.get("if-match", "").strip().removeprefix("W/").strip('"')
    if not tag:
        raise Refused(400, "The page did not say which state it changed. Please reload it.")
    return tag


def _effort_of(request: Request) -> Effort:
    told = request.headers.get("x-effort")
    if told is None:
        return Effort()
    try:
        return Effort.from_dict(json_of(told))
    except WrongEffort as error:
        raise Refused(400, str(error)) from error


def _volume(packed: bytes, headers: dict[str, str]) -> Response:
    headers = {**headers, "Content-Encoding": "gzip"}
    return Response(packed, media_type="application/octet-stream", headers=headers)


def _kept(kept: Kept, **more: Any) -> Response:
    told = {"tag": kept.tag, "version": kept.version, "sha256": kept.sha256}
    return JSONResponse({**told, **more}, headers={"ETag": f'"{kept.tag}"'})
