"""Merging: what came back from a computer without a link goes into the room, once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rater_app.core.submission import Outcome, WrongSubmission, unpack_submission
from rater_app.reading_room import (
    MaskNotSaved,
    NotReadableNow,
    NotSaved,
    ReadingRoom,
    RoomError,
    study_for_desk,
)
from rater_app.study_client.return_file import Returned, read_return
from rater_app.study_client.sealing import seal_key
from rater_app.study_client.stored_zip import DamagedZip

_OPEN = (NotSaved, MaskNotSaved, NotReadableNow)


@dataclass(frozen=True)
class Merged:
    """What became of a return file; set aside and refused submissions with a sentence each."""

    path: Path
    rater: str
    stored: int
    known: int
    set_aside: tuple[str, ...]
    refused: tuple[str, ...]


def checked_return(room: ReadingRoom, path: Path) -> Returned:
    """Read a return file, and check that this room gave its package out.

    Raises
    ------
    DamagedZip
        When it is none, of another study, or was changed.
    """
    returned = read_return(path)
    rater = room.study.rater(returned.rater)
    if rater is None or returned.study_id != study_for_desk(room, rater).id:
        raise DamagedZip(f"{path} belongs to another study: merge it into the room of that one.")
    if not returned.is_sealed_with(seal_key(room, returned.rater, returned.package)):
        raise DamagedZip(f"{path} was changed after it was written: nothing of it was taken.")
    return returned


def merge_return(room: ReadingRoom, path: Path, returned: Returned) -> Merged:
    """Store what a return file holds. What is stored already is left as it is.

    Where the room cannot be written or read, the rest is refused: merge again then.
    """
    places = {a.code: a.position for a in room.assignments(returned.rater)}
    stored = known = 0
    set_aside: list[str] = []
    refused: list[str] = []
    for content in returned.submissions.values():
        try:
            submission, voxels = unpack_submission(content)
        except WrongSubmission as error:
            refused.append(f"{path.name}: {error}")
            continue
        told = f"{path.name}, mask {places.get(submission.code, '?')}, {_STEPS[submission.step]}"
        is_known = room.store.deliveries.get(submission.id) is not None
        try:
            receipt = room.deliveries.deliver(returned.rater, submission, voxels)
        except _OPEN:
            refused.append(f"{told}: {_AGAIN}")
            break
        except RoomError as error:
            refused.append(f"{told}: {error}")
            continue
        if receipt.outcome is Outcome.SET_ASIDE:
            set_aside.append(f"{told}: {receipt.problem}")
        known += is_known
        stored += receipt.outcome is Outcome.STORED and not is_known
    return Merged(path, returned.rater, stored, known, tuple(set_aside), tuple(refused))


_AGAIN = (
    "The room could not be written or read just now. Please merge this file again: nothing is "
    "stored twice."
)
_STEPS = {"rating": "rating", "correction": "correction", "second_rating": "second rating"}
