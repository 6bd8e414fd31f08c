"""DeskPass: who a desk works for, told by the invitation that it shows with every request."""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from rater_app.core.study import Rater
from rater_app.store import NotReadable
from rater_app.web.json_requests import NOT_NOW
from rater_app.web.wrong_invitations import WrongInvitations

DESK = "/desk/"
"""What lies under this is for desks; cookies do not count there."""

_SCHEME = "bearer "
_WRONG = "This invitation is not valid, or no longer. Please ask your coordinator for a new link."
_TOO_MANY = "Too many wrong invitations came from here. Please wait five minutes and try again."


class DeskPass:
    """Reads who is let in from the token of an invitation.

    Parameters
    ----------
    invited : callable
        Gives the rater whom a token names, or None.
    wrong : WrongInvitations
        The count that the sign-in page keeps too.
    """

    def __init__(self, invited: Callable[[str], Rater | None], wrong: WrongInvitations) -> None:
        self._invited = invited
        self._wrong = wrong

    async def rater_or_refusal(self, scope: Scope) -> str | Response:
        """Give the id of the rater, or the answer to a desk that is not let in."""
        told = Headers(scope=scope).get("authorization", "")
        token = told[len(_SCHEME) :].strip() if told.lower().startswith(_SCHEME) else ""
        try:
            rater = await run_in_threadpool(self._invited, token) if token else None
        except NotReadable:
            return JSONResponse({"problem": NOT_NOW}, 503)
        if rater is not None:
            return rater.id
        # Colleagues at one address are let in whatever one of them keeps trying.
        address = scope["client"][0] if scope.get("client") else ""
        if self._wrong.is_too_many(address):
            return JSONResponse({"problem": _TOO_MANY}, 429)
        if token:
            self._wrong.note(address, token)
        return JSONResponse({"problem": _WRONG}, 401)
