"""The guard in front of everything: pages, socket, component files and volumes."""

from __future__ import annotations

import re
from typing import cast
from urllib.parse import quote, urlsplit

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from rater_app.core.study import BlindedStudy
from rater_app.web.cookie import SignInCookie
from rater_app.web.desk_pass import DESK, DeskPass
from rater_app.web.response_headers import content_policy, protect
from rater_app.web.settings import IDENTITY_HEADER

_PUBLIC = re.compile(r"/invite/[A-Za-z0-9_-]+|/sign-in|/sign-out|/_stcore/health")
# Of Streamlit's own doors a rater needs these and no others.
_INNER = re.compile(r"/_stcore/(host-config|stream|bidi-components/.+)")
# An open page that has lost its socket asks this, and shows its rater the JSON of a refusal.
_ASKED_BY_OPEN_PAGES = "/_stcore/host-config"
_MESSAGES = frozenset({"rerun_script", "stop_script", "app_heartbeat"})
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_NOT_SIGNED_IN = "You are not signed in. Open the invitation link that you were sent."
_NO_LONGER = """\
You are no longer signed in.
Open your invitation link in a new tab:
this page then goes on by itself,
and your answers are still here."""


class Guard:
    """ASGI middleware that lets nobody in without a sign-in cookie, or a desk without its pass.

    It takes away every identity header that came from outside and sets its own, so that what
    stands behind it can trust that header.

    Parameters
    ----------
    app : ASGIApp
        What is guarded.
    study : BlindedStudy
        Names the raters.
    cookie : SignInCookie
        Reads who is signed in.
    desks : DeskPass
        Reads whom a desk works for.
    """

    def __init__(
        self, app: ASGIApp, study: BlindedStudy, cookie: SignInCookie, desks: DeskPass
    ) -> None:
        self._app = app
        self._study = study
        self._cookie = cookie
        self._desks = desks
        self._policy = content_policy()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        path = scope["path"]

        async def protected_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                protect(message, path, self._policy)
            await send(message)

        if path.startswith(DESK) and scope["type"] == "http":
            await self._serve_desk(scope, receive, protected_send)
            return
        sealed = self._cookie.of(scope)
        rater_id = self._rater_id(sealed)
        refusal = _refusal(scope, rater_id)
        if refusal is not None and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif refusal is not None:
            await refusal(scope, receive, protected_send)
        elif scope["type"] == "websocket":
            await self._app(_named(scope, rater_id), self._heard(receive, sealed), send)
        else:
            await self._app(_named(scope, rater_id), receive, protected_send)

    async def _serve_desk(self, scope: Scope, receive: Receive, send: Send) -> None:
        let_in = await self._desks.rater_or_refusal(scope)
        if isinstance(let_in, Response):
            await let_in(scope, receive, send)
        else:
            await self._app(_named(scope, let_in), receive, send)

    def _rater_id(self, sealed: str | None) -> str | None:
        rater_id = self._cookie.read(sealed) if sealed else None
        return rater_id if rater_id and self._study.rater(rater_id) else None

    def _heard(self, receive: Receive, sealed: str | None) -> Receive:
        """Pass on what a rater's page has to say to Streamlit, while the cookie is valid.

        Streamlit would also let any client empty everybody's caches or install files.
        """

        async def hear() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                if self._rater_id(sealed) is None:
                    return {"type": "websocket.disconnect", "code": 1008}
                if _is_welcome(message):
                    return message

        return hear


def _refusal(scope: Scope, rater_id: str | None) -> Response | None:
    path = scope["path"]
    if _is_foreign(scope):
        return PlainTextResponse("This request came from another site.", 403)
    if _PUBLIC.fullmatch(path):
        return None
    if rater_id is None:
        return _way_to_sign_in(scope)
    if path.startswith("/_stcore/") and not _INNER.fullmatch(path):
        return PlainTextResponse("This is not open to raters.", 403)
    return None


def _way_to_sign_in(scope: Scope) -> Response:
    accepted = Headers(scope=scope).get("accept", "")
    if scope.get("method") == "GET" and "text/html" in accepted:
        return RedirectResponse("/sign-in", 303)
    if scope["path"] == _ASKED_BY_OPEN_PAGES:
        return JSONResponse(_NO_LONGER, 401)
    return PlainTextResponse(_NOT_SIGNED_IN, 401)


def _is_foreign(scope: Scope) -> bool:
    """Whether another site's page sends this request, or opens this socket."""
    if scope["type"] == "http" and scope["method"] in _SAFE_METHODS:
        return False
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def _named(scope: Scope, rater_id: str | None) -> Scope:
    """Copy a scope with our identity header in place of any that came from outside."""
    own = IDENTITY_HEADER.encode()
    headers = [
        (name, value) for name, value in scope["headers"] if name.lower().replace(b"_", b"-") != own
    ]
    if rater_id is not None:
        # Header values are ASCII; a rater's id may be any text.
        headers.append((own, quote(rater_id).encode()))
    return {**scope, "headers": headers}


def _is_welcome(message: Message) -> bool:
    back = BackMsg()
    try:
        back.ParseFromString(cast("bytes", message.get("bytes") or b""))
    except DecodeError:
        return False
    return back.WhichOneof("type") in _MESSAGES
