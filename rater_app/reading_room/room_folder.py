"""The folder of a room: what lies in it, and opening it."""

from __future__ import annotations

import json
from pathlib import Path

from rater_app.core.study import BlindedStudy
from rater_app.reading_room.errors import RoomError
from rater_app.store import SCHEMA_VERSION, NotReadable, NotStored, ReadingStore

STUDY_FILE = "study.json"
STORE_FILE = "store.sqlite"
SECRET_FILE = "session_secret"


def open_room_folder(folder: Path) -> tuple[BlindedStudy, ReadingStore]:
    """Read the study of a room and open its store; one of an older layout is brought up to date.

    Raises
    ------
    RoomError
        When the folder is not a room, is damaged, or was built by a newer version.
    """
    if not (folder / STUDY_FILE).is_file() or not (folder / STORE_FILE).is_file():
        raise RoomError(f"{folder} is not a room: build one with “rater-app prepare”.")
    store = ReadingStore(f"sqlite:///{(folder / STORE_FILE).resolve()}")
    try:
        study = BlindedStudy.from_dict(
            json.loads((folder / STUDY_FILE).read_text(encoding="utf-8"))
        )
        layout = store.version()
    except (ValueError, LookupError, TypeError, OSError, NotReadable) as error:
        raise RoomError(f"{folder} is damaged: prepare it anew, or restore a copy.") from error
    if layout is None or layout > SCHEMA_VERSION:
        raise RoomError(
            f"{folder} was built by another version of rater-app (layout {layout}, this one "
            f"reads {SCHEMA_VERSION}): use that version."
        )
    if layout < SCHEMA_VERSION:
        try:
            store.upgrade()
        except NotStored as error:
            raise RoomError(
                f"{folder} was built by an older version of rater-app, and its store cannot be "
                "written to bring it up to date: is it in use, or the disk full?"
            ) from error
    return study, store
