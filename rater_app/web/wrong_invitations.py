"""WrongInvitations: nobody tries many invitations."""

from __future__ import annotations

import hashlib
import threading
import time

WRONG_ALLOWED = 20
WRONG_WINDOW_S = 300.0


class WrongInvitations:
    """Counts wrong invitations for each address, in browsers and at desks alike.

    The same one again is not counted again: a desk whose invitation has expired keeps asking, and
    must not shut out its colleagues.
    """

    def __init__(self) -> None:
        # For each address: when each wrong invitation was last shown, by its digest.
        self._seen: dict[str, dict[str, float]] = {}
        self._turn = threading.Lock()

    def is_too_many(self, address: str) -> bool:
        """Whether an address has shown too many wrong invitations of late."""
        since = time.monotonic() - WRONG_WINDOW_S
        with self._turn:
            seen = self._seen.pop(address, {})
            late = {token: at for token, at in seen.items() if at >= since}
            if late:
                self._seen[address] = late
            return len(late) >= WRONG_ALLOWED

    def note(self, address: str, token: str) -> None:
        """Note a wrong invitation."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
        with self._turn:
            self._seen.setdefault(address, {})[digest] = time.monotonic()
