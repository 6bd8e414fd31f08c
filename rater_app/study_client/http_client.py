"""HttpClient: the study's server, from any computer, with the invitation as the token."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from analysis.volumes import Volume, VolumeError, decode_nifti_gz
from rater_app.core.assignment import Assignment
from rater_app.core.correction import Effort, Stage, WrongEffort, stage_of
from rater_app.core.desk_order import next_after
from rater_app.core.desk_study import DeskStudy
from rater_app.core.reading import Answer
from rater_app.core.submission import Receipt, Submission, is_code, pack_submission
from rater_app.study_client.client import Refused, Task, TaskVolumes, Unreachable

CONNECT_S, READ_S = 10.0, 30.0
"""Seconds after which a server that does not answer counts as gone."""

# As the server draws them. Anything else would fail inside of a header, and be told with it.
_TOKEN = re.compile(r"[A-Za-z0-9_-]+")
_NO_LINK = (
    "This is no invitation link. It looks like https://…/invite/…: please copy it whole from the "
    "mail of your coordinator."
)
_GONE = "The study's server cannot be reached."
_ODD = "The study's server answered something unreadable. Is this the address of the study?"
_MOVED = "The server at this address sends elsewhere: please ask your coordinator for a new link."
_UNREADABLE = "The images of this mask arrived damaged. Please try again."


class HttpClient:
    """One rater's way to the server of a study.

    Parameters
    ----------
    link : str
        The invitation link. Its token is sent with every request, and is shown nowhere.

    Raises
    ------
    Refused
        When it is no link.
    Unreachable
        When the server does not answer, or does not take the invitation.
    """

    def __init__(self, link: str) -> None:
        self._base, token = _desk_and_token(link)
        self._bearer = _Bearer(token)
        # A connection is one thread's: fetching ahead and sending go on beside each other.
        self._own = threading.local()
        self._opened: list[requests.Session] = []
        self._known: tuple[Assignment, ...] | None = None
        self._channels: dict[str, tuple[str, ...]] = {}
        try:
            self._study = DeskStudy.from_dict(self._json("/study"))
        except (ValueError, LookupError, TypeError) as error:
            self.close()
            raise Unreachable(_ODD) from error
        except BaseException:
            self.close()
            raise

    @property
    def study(self) -> DeskStudy:
        """What the desk may know of the study."""
        return self._study

    def status(self) -> tuple[Assignment, ...]:
        """List the rater's readings, with how far each is: as last heard while the link is down."""
        try:
            listed = self._json("/status")["readings"]
            heard = tuple(Assignment(**reading) for reading in listed)
        except (LookupError, TypeError) as error:
            raise Unreachable(_ODD) from error
        except Unreachable:
            if self._known is None:
                raise
            return self._known
        if not all(is_code(assignment.code) for assignment in heard):
            raise Unreachable(_ODD)
        self._known = heard
        return heard

    def next(self, pending: Sequence[Submission] = (), skip: str = "") -> Task | None:
        """Give what comes next when `pending` has arrived, or None."""
        plan = self._study.plan
        assignment = next_after(self.status(), pending, plan, skip)
        if assignment is None:
            return None
        stage = stage_of(assignment, plan)
        try:
            told = self._json(f"/readings/{assignment.code}")
        except Unreachable:
            if assignment.code not in self._channels:
                raise
            return Task(assignment, stage, self._channels[assignment.code])
        try:
            # Answers belong to the stage in which the study has the reading, and to no other.
            is_same = Assignment(**told["reading"]) == assignment
            answers = tuple(map(Answer.from_dict, told["answers"])) if is_same else ()
            self._channels[assignment.code] = tuple(map(str, told["channels"]))
        except (LookupError, TypeError, ValueError) as error:
            raise Unreachable(_ODD) from error
        return Task(assignment, stage, self._channels[assignment.code], answers)

    def volumes(self, task: Task) -> TaskVolumes:
        """Give the images of a task."""
        reading = f"/readings/{task.assignment.code}"
        channels = tuple(
            self._volume(f"{reading}/volumes/{part}")[0] for part in range(len(task.channels))
        )
        if task.stage is Stage.CORRECT:
            mask, headers = self._volume(f"{reading}/correction")
            return TaskVolumes(
                channels, mask, headers.get("ETag", "").strip('"'), _effort_of(headers)
            )
        version = task.assignment.version if task.stage is Stage.RATE_AGAIN else 0
        return TaskVolumes(channels, self._volume(f"{reading}/versions/{version}")[0])

    def submit(self, submission: Submission, voxels: bytes | None) -> Receipt:
        """Hand a submission over; when this returns, it is kept for good."""
        answer = self._ask(
            "PUT", f"/submissions/{submission.id}", pack_submission(submission, voxels)
        )
        try:
            receipt = Receipt.from_dict(answer.json())
        except (LookupError, TypeError, ValueError) as error:
            raise Unreachable(_ODD) from error
        if receipt.id != submission.id:
            raise Unreachable(_ODD)
        return receipt

    def close(self) -> None:
        """Close every connection."""
        for opened in self._opened:
            opened.close()

    def _json(self, way: str) -> Any:
        answer = self._ask("GET", way)
        try:
            return answer.json()
        except ValueError as error:
            raise Unreachable(_ODD) from error

    def _volume(self, way: str) -> tuple[Volume, Any]:
        answer = self._ask("GET", way)
        try:
            return decode_nifti_gz(answer.content, Path(way)), answer.headers
        except VolumeError as error:
            raise Unreachable(_UNREADABLE) from error

    def _ask(self, method: str, way: str, content: bytes | None = None) -> requests.Response:
        try:
            answer = self._connection().request(
                method,
                self._base + way,
                # A file goes in pieces, each with time of its own: a slow line is no dead one.
                data=None if content is None else io.BytesIO(content),
                headers={"X-Rater-App": "1", "Accept-Encoding": "identity"},
                timeout=(CONNECT_S, READ_S),
                allow_redirects=False,
            )
        except (requests.RequestException, OSError) as error:
            raise Unreachable(_GONE) from error
        if answer.status_code == 200:
            return answer
        raise _problem(answer)

    def _connection(self) -> requests.Session:
        connection: requests.Session | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = requests.Session()
            connection.auth = self._bearer
            self._own.connection = connection
            self._opened.append(connection)
        return connection


def _desk_and_token(link: str) -> tuple[str, str]:
    """Give the address of the desk's routes, and the token, of an invitation link."""
    try:
        parts = urlsplit(link.strip().rstrip("/"))
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise Refused(_NO_LINK) from error
    place, is_link, token = parts.path.rpartition("/invite/")
    if not (is_whole and is_link and _TOKEN.fullmatch(token)):
        raise Refused(_NO_LINK)
    return f"{parts.scheme}://{parts.netloc}{place}/desk", token


class _Bearer(requests.auth.AuthBase):
    """Shows the token; as an object of its own it cannot be replaced by a .netrc file."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token into a request."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _problem(answer: requests.Response) -> Unreachable | Refused:
    status = answer.status_code
    if 300 <= status < 400:
        return Unreachable(_MOVED)
    try:
        said = str(answer.json()["problem"])
    except (ValueError, LookupError, TypeError):
        # A page of something in between, or of no study at all: not an answer about this.
        return Unreachable(f"{_GONE} (Something answered {status}.)")
    # A new invitation, a pause or a repair at the server helps: nothing of ours is wrong.
    is_open = status >= 500 or status in (401, 403, 408, 429)
    return Unreachable(said) if is_open else Refused(said)


def _effort_of(headers: Any) -> Effort | None:
    told = headers.get("X-Effort")
    if told is None:
        return None
    try:
        return Effort.from_dict(json.loads(told))
    except (WrongEffort, ValueError):
        return None
