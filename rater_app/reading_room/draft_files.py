"""Drafts of corrections: one file for each reading, replaced whole or not at all."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rater_app.core.correction import Effort
from rater_app.reading_room.kept_files import make_folder, sync_folder, write_for_good


@dataclass(frozen=True)
class MaskDraft:
    """The working state of a correction that is not saved as a version yet.

    `packed` are its voxels as one gzip member, `sha256` is their digest without compression.
    """

    assignment: str
    parent: int
    sha256: str
    effort: Effort
    saved_at: str
    packed: bytes


class DraftFiles:
    """The drafts in a room's folder.

    A file is a line of JSON and then the gzip member. It is written beside its place and moved
    there when it is on the disk, so that a power cut leaves the draft before it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, assignment: str) -> MaskDraft | None:
        """Give the draft of a reading; None when there is none, or none that is whole.

        Raises
        ------
        OSError
            When there is one and it cannot be read now: it must not be taken for none.
        """
        try:
            line, _, packed = (self._folder / assignment).read_bytes().partition(b"\n")
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            told = json.loads(line)
            if told["assignment"] != assignment or told["packed_sha256"] != _digest(packed):
                return None
            effort = Effort.from_dict(told["effort"])
            parent, sha256, saved_at = told["parent"], told["sha256"], told["saved_at"]
        except (ValueError, LookupError, TypeError):
            return None
        if type(parent) is not int or not isinstance(sha256, str) or not isinstance(saved_at, str):
            return None
        return MaskDraft(assignment, parent, sha256, effort, saved_at, packed)

    def write(self, draft: MaskDraft) -> None:
        """Put a draft in the place of the one before; when this returns, it is on the disk.

        Raises
        ------
        OSError
            When it cannot be written; the one before is as it was.
        """
        told: dict[str, Any] = {
            "assignment": draft.assignment,
            "parent": draft.parent,
            "sha256": draft.sha256,
            "effort": draft.effort.to_dict(),
            "saved_at": draft.saved_at,
            "packed_sha256": _digest(draft.packed),
        }
        # One writer at a time for each reading; another process has another name aside.
        make_folder(self._folder)
        content = json.dumps(told).encode() + b"\n" + draft.packed
        write_for_good(self._folder / draft.assignment, content)

    def remove(self, assignment: str) -> None:
        """Throw a draft away, if there is one.

        Raises
        ------
        OSError
            When it stays.
        """
        try:
            (self._folder / assignment).unlink()
        except FileNotFoundError:
            return
        sync_folder(self._folder)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
