"""WrongInvitations: nobody tries many invitations."""

from __future__ import annotations

import time
from collections import defaultdict, deque

WRONG_ALLOWED = 20
WRONG_WINDOW_S = 300.0


class WrongInvitations:
    """Counts wrong invitations for each address, in browsers and at desks alike."""

    def __init__(self) -> None:
        self._seen: defaultdict[str, deque[float]] = defaultdict(deque)

    def is_too_many(self, address: str) -> bool:
        """Whether an address has shown too many wrong invitations of late."""
        seen = self._seen[address]
        while seen and seen[0] < time.monotonic() - WRONG_WINDOW_S:
            seen.popleft()
        if not seen:
            del self._seen[address]
        return len(seen) >= WRONG_ALLOWED

    def note(self, address: str) -> None:
        """Note a wrong invitation."""
        self._seen[address].append(time.monotonic())
