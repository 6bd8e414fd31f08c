"""The time of the room, and how it is written."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Give the time now, in UTC."""
    return datetime.now(UTC)


def stamp(time: datetime) -> str:
    """Write a time so that texts sort as times do."""
    return time.isoformat(timespec="microseconds")
