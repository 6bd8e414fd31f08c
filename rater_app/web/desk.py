"""The routes of desks: the study, how far its readings are, their images, and submissions."""

from __future__ import annotations

import json
import re
from dataclasses import asdict

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rater_app.core.desk_order import for_desk
from rater_app.core.submission import WrongSubmission, unpack_submission
from rater_app.reading_room import NotThere, ReadingRoom, study_for_desk
from rater_app.web.corrections import LARGEST_PACKED
from rater_app.web.desk_pass import DESK
from rater_app.web.json_requests import Refused, body_of, rater_of, told_in_json

LARGEST_SUBMISSION = LARGEST_PACKED + (1 << 20)
"""Bytes of a submission that are read: a compressed mask, and what is said of it."""

_VERSION = re.compile(r"[0-9]{1,9}")


def desk_routes(room: ReadingRoom) -> list[Route]:
    """Make the routes under /desk; others' codes are answered as unknown ones are."""
    doors = _Doors(room)
    reading = f"{DESK}readings/{{code}}"
    return [
        Route(f"{DESK}study", told_in_json(doors.study), methods=["GET"]),
        Route(f"{DESK}status", told_in_json(doors.status), methods=["GET"]),
        Route(reading, told_in_json(doors.reading), methods=["GET"]),
        Route(f"{reading}/volumes/{{part}}", told_in_json(doors.volume), methods=["GET"]),
        Route(f"{reading}/correction", told_in_json(doors.working_state), methods=["GET"]),
        Route(f"{reading}/versions/{{version}}", told_in_json(doors.version), methods=["GET"]),
        Route(f"{DESK}submissions/{{id}}", told_in_json(doors.submit), methods=["PUT"]),
        # Without this, Streamlit would answer a desk with its page.
        Route(f"{DESK}{{rest:path}}", told_in_json(doors.nothing), methods=["GET", "PUT"]),
    ]


class _Doors:
    """One method for each route; the work is done in threads, the server goes on meanwhile."""

    def __init__(self, room: ReadingRoom) -> None:
        self._room = room

    async def study(self, request: Request) -> Response:
        rater = self._room.study.rater(rater_of(request))
        assert rater is not None  # the guard let this rater in
        study = await run_in_threadpool(study_for_desk, self._room, rater)
        return JSONResponse(study.to_dict())

    async def status(self, request: Request) -> Response:
        readings = await run_in_threadpool(self._room.assignments, rater_of(request))
        return JSONResponse({"readings": [asdict(for_desk(reading)) for reading in readings]})

    async def reading(self, request: Request) -> Response:
        rater, code = _whose(request)

        def look() -> dict[str, object]:
            assignment = self._room.store.assignment(rater, code)
            if assignment is None:
                raise NotThere("This reading is not one of yours.")
            reading = self._room.look(assignment)
            return {
                "reading": asdict(for_desk(assignment)),
                "channels": list(reading.case.channels),
                "answers": [answer.to_dict() for answer in reading.answers],
            }

        return JSONResponse(await run_in_threadpool(look))

    async def volume(self, request: Request) -> Response:
        path = self._room.volume_path(*_whose(request), request.path_params["part"])
        # Bytes rather than a file response: a file's age could tell in which order the masks
        # were prepared.
        return _packed(await run_in_threadpool(path.read_bytes))

    async def working_state(self, request: Request) -> Response:
        state = await run_in_threadpool(self._room.corrections.working_state, *_whose(request))
        headers = {"ETag": f'"{state.tag}"'}
        if state.effort is not None:
            headers["X-Effort"] = json.dumps(state.effort.to_dict())
        return _packed(state.packed, headers)

    async def version(self, request: Request) -> Response:
        named = request.path_params["version"]
        if not _VERSION.fullmatch(named):
            raise NotThere("There is no such version of this mask.")
        volume = self._room.corrections.version_volume
        return _packed(await run_in_threadpool(volume, *_whose(request), int(named)))

    async def submit(self, request: Request) -> Response:
        content = await body_of(request, LARGEST_SUBMISSION)
        try:
            submission, voxels = unpack_submission(content)
        except WrongSubmission as error:
            raise Refused(422, str(error)) from error
        if submission.id != request.path_params["id"]:
            raise Refused(400, "The submission has another number than its address.")
        deliver = self._room.deliveries.deliver
        receipt = await run_in_threadpool(deliver, rater_of(request), submission, voxels)
        return JSONResponse(receipt.to_dict())

    async def nothing(self, _request: Request) -> Response:
        raise NotThere("The server knows nothing of this kind: is its rater-app of your version?")


def _whose(request: Request) -> tuple[str, str]:
    return rater_of(request), request.path_params["code"]


def _packed(content: bytes, headers: dict[str, str] | None = None) -> Response:
    """Answer with a compressed file as it is: it is not the transport that compressed it."""
    return Response(content, media_type="application/octet-stream", headers=headers)
