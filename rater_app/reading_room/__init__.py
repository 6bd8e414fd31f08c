"""The one door through which every rater-side shell reaches the study."""

from rater_app.reading_room.clock import stamp, utc_now
from rater_app.reading_room.correction_state import Kept, Saved, WorkingState
from rater_app.reading_room.corrections import DRAFTS, Corrections
from rater_app.reading_room.deliveries import Deliveries
from rater_app.reading_room.desk_studies import study_for_desk
from rater_app.reading_room.draft_files import DraftFiles, MaskDraft
from rater_app.reading_room.errors import (
    AlreadySubmitted,
    Conflict,
    MaskNotSaved,
    NotComplete,
    NotConfirmed,
    NotReadableNow,
    NotSaved,
    NotThere,
    RoomError,
    StageError,
    WrongMask,
)
from rater_app.reading_room.open_reading import OpenReading
from rater_app.reading_room.room import ReadingRoom
from rater_app.reading_room.room_folder import SECRET_FILE, STORE_FILE, STUDY_FILE
from rater_app.reading_room.stored_mask import SentMask, pack, sha256_of, unpack
from rater_app.reading_room.stored_masks import VOLUMES

__all__ = [
    "DRAFTS",
    "SECRET_FILE",
    "STORE_FILE",
    "STUDY_FILE",
    "VOLUMES",
    "AlreadySubmitted",
    "Conflict",
    "Corrections",
    "Deliveries",
    "DraftFiles",
    "Kept",
    "MaskDraft",
    "MaskNotSaved",
    "NotComplete",
    "NotConfirmed",
    "NotReadableNow",
    "NotSaved",
    "NotThere",
    "OpenReading",
    "ReadingRoom",
    "RoomError",
    "Saved",
    "SentMask",
    "StageError",
    "WorkingState",
    "WrongMask",
    "pack",
    "sha256_of",
    "stamp",
    "study_for_desk",
    "unpack",
    "utc_now",
]
