"""Outbox: submissions on this computer's disk until the study has them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from rater_app.core.submission import (
    Submission,
    WrongSubmission,
    pack_submission,
    unpack_submission,
)
from rater_app.reading_room.kept_files import make_folder, sync_folder, write_for_good

_DIGITS = 8


@dataclass(frozen=True)
class Letter:
    """A submission in the outbox, and the file that holds it with its voxels."""

    path: Path
    submission: Submission

    def voxels(self) -> bytes | None:
        """Read the corrected mask: one gzip member, or None.

        Raises
        ------
        OSError
            When the file cannot be read.
        """
        return unpack_submission(self.path.read_bytes())[1]


class Outbox:
    """A folder of submissions in the order in which they were made.

    What the study refuses is moved to a folder beside it, and never thrown away.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = make_folder(folder / "outbox")
        self._refused = make_folder(folder / "refused")
        self._lock = threading.Lock()
        self._letters = [self._read(path) for path in self._files()]

    def put(self, submission: Submission, voxels: bytes | None) -> None:
        """Put a submission in; when this returns, it is on the disk.

        Raises
        ------
        OSError
            When it cannot be written.
        """
        with self._lock:
            numbers = [int(letter.path.name[:_DIGITS]) for letter in self._letters]
            name = f"{max(numbers, default=0) + 1:0{_DIGITS}}-{submission.id}"
            path = self._folder / name
            write_for_good(path, pack_submission(submission, voxels))
            self._letters.append(Letter(path, submission))

    def letters(self) -> tuple[Letter, ...]:
        """List what waits, in order."""
        with self._lock:
            return tuple(self._letters)

    def remove(self, letter: Letter) -> None:
        """Forget a letter that the study has."""
        letter.path.unlink(missing_ok=True)
        self._leave_out(letter)

    def refuse(self, letter: Letter) -> Path:
        """Set a letter aside that the study will not take, and give its place."""
        place = self._refused / letter.path.name
        letter.path.replace(place)
        sync_folder(self._refused)
        self._leave_out(letter)
        return place

    def _leave_out(self, letter: Letter) -> None:
        sync_folder(self._folder)
        with self._lock:
            self._letters = [other for other in self._letters if other.path != letter.path]

    def _files(self) -> list[Path]:
        found = (path for path in self._folder.iterdir() if path.name[:_DIGITS].isdecimal())
        return sorted(found, key=lambda path: path.name)

    def _read(self, path: Path) -> Letter:
        try:
            return Letter(path, unpack_submission(path.read_bytes())[0])
        except WrongSubmission as error:
            raise OSError(f"{path} is damaged ({error}): please tell your coordinator.") from error
