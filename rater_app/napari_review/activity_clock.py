"""ActivityClock: how long a rater was at work and how long not, as the browser counts it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

IDLE_AFTER_S = 30.0
"""A rater counts as active for this long after each input: looking takes time without a hand."""


class ActivityClock:
    """Splits the time since it was made into active and idle seconds, which only grow.

    Active is the time within 30 s of the last input, or of the start; all other time is idle. A
    pause of 40 s between two inputs counts as 30 s active and 10 s idle. Drafts are made in another
    thread: it may ask while the rater's input is noted.

    Parameters
    ----------
    now : callable
        Gives seconds that never go back.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._turn = threading.Lock()
        self._settled_at = self._last_input = now()
        self._active_s = self._idle_s = 0.0

    def note(self) -> None:
        """Note that the rater pressed, moved or turned something."""
        with self._turn:
            self._settle()
            self._last_input = self._settled_at

    def seconds(self) -> tuple[float, float]:
        """Give the active and the idle seconds."""
        with self._turn:
            self._settle()
            return self._active_s, self._idle_s

    def _settle(self) -> None:
        now = self._now()
        passed = now - self._settled_at
        attention = max(0.0, self._last_input + IDLE_AFTER_S - self._settled_at)
        active = min(passed, attention)
        self._active_s += active
        self._idle_s += passed - active
        self._settled_at = now
