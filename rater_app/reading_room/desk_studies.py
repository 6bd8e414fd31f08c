"""What a room hands to the desk of a rater before any reading."""

from __future__ import annotations

import hmac

from rater_app.core.desk_study import DeskStudy, desk_study
from rater_app.core.study import Rater
from rater_app.reading_room.room import ReadingRoom


def study_for_desk(room: ReadingRoom, rater: Rater) -> DeskStudy:
    """Give what a rater's desk may know of the study of a room.

    The study's id is drawn from the room's secret: a desk finds its study again by it, whichever
    way it is reached, and it tells nothing else.
    """
    secret = room.session_secret().encode()
    return desk_study(room.study, rater, hmac.new(secret, b"desk", "sha256").hexdigest()[:32])
