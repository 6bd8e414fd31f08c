"""Seals: a return file is of the package that we made for this rater, and nobody edited it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping

from rater_app.reading_room import ReadingRoom


def seal_key(room: ReadingRoom, rater_id: str, package: str) -> str:
    """Give the key of one package; the room can draw it again, and nobody else can."""
    told = json.dumps(["package", package, rater_id]).encode()
    return hmac.new(room.session_secret().encode(), told, "sha256").hexdigest()


def seal_of(key: str, package: str, submissions: Mapping[str, bytes]) -> str:
    """Seal what a return file holds: names, order and every byte."""
    digests = [[name, hashlib.sha256(content).hexdigest()] for name, content in submissions.items()]
    told = json.dumps([package, digests]).encode()
    return hmac.new(key.encode(), told, "sha256").hexdigest()
