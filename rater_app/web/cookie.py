"""The sign-in cookie: a signed statement of who opened an invitation, and when."""

from __future__ import annotations

import hashlib
import secrets
from http.cookies import CookieError, SimpleCookie

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.responses import Response
from starlette.types import Scope

HOURS_SIGNED_IN = 12


class SignInCookie:
    """Seals rater ids into cookies and reads them back.

    Parameters
    ----------
    secret : str
        The room's session secret.
    """

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeTimedSerializer(secret, salt="rater-app sign-in")
        # Signing out counts in every window; a restart of the server forgets it.
        self._ended: set[str] = set()
        # Browsers share cookies between the ports of a machine: two rooms need two names.
        self.name = f"rater_{hashlib.sha256(secret.encode()).hexdigest()[:8]}"

    def seal(self, rater_id: str) -> str:
        """Give the cookie's value for a rater who signs in now."""
        # The mark keeps two sign-ins of one second apart: each of them ends by itself.
        return str(self._serializer.dumps([rater_id, secrets.token_hex(8)]))

    def read(self, sealed: str) -> str | None:
        """Give the rater id of an untouched cookie that is in force, or None."""
        if sealed in self._ended:
            return None
        try:
            rater_id, _mark = self._serializer.loads(sealed, max_age=HOURS_SIGNED_IN * 3600)
        except (BadData, ValueError):
            return None
        return str(rater_id)

    def end(self, sealed: str) -> None:
        """Let a cookie count no longer."""
        if self.read(sealed) is not None:
            self._ended.add(sealed)

    def of(self, scope: Scope) -> str | None:
        """Give the sealed value that a request carries, or None."""
        for name, value in scope["headers"]:
            if name == b"cookie":
                try:
                    morsel = SimpleCookie(value.decode("latin-1")).get(self.name)
                except CookieError:
                    continue
                if morsel is not None:
                    return morsel.value
        return None

    def put(self, response: Response, rater_id: str, secure: bool) -> None:
        """Set the cookie on a response.

        `SameSite` is Lax because a Strict cookie would not yet be sent on the redirect that
        follows a link opened from a mail.
        """
        response.set_cookie(
            self.name,
            self.seal(rater_id),
            max_age=HOURS_SIGNED_IN * 3600,
            httponly=True,
            samesite="lax",
            secure=secure,
        )

    def remove(self, response: Response) -> None:
        """Take the cookie away."""
        response.delete_cookie(self.name, httponly=True, samesite="lax")
