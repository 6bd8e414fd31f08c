"""Zip files of ours: members as they are, without compression, names of times or folders."""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path

from rater_app.reading_room.kept_files import sync_folder

_TIME = (1980, 1, 1, 0, 0, 0)
_BINARY = getattr(os, "O_BINARY", 0)  # Windows would change line ends
# All that zipfile raises about bytes that were changed.
_UNREADABLE = (
    OSError,
    LookupError,
    ValueError,
    RuntimeError,
    EOFError,
    OverflowError,
    struct.error,
    zipfile.BadZipFile,
)


class DamagedZip(Exception):
    """A file that is no zip of ours, or not whole; the message says what to do."""


def write_zip(path: Path, members: Iterable[tuple[str, bytes]]) -> None:
    """Write a zip whole or not at all; when this returns, a power cut does not take it.

    It is its owner's alone: whoever has a package can read in its rater's name.

    Raises
    ------
    OSError
    """
    aside = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY, 0o600)
        with os.fdopen(handle, "wb") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
                for name, content in members:
                    archive.writestr(zipfile.ZipInfo(name, _TIME), content)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)
        sync_folder(path.parent)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


class StoredZip:
    """Reads members of a zip of ours; nothing is ever unpacked onto the disk.

    Raises
    ------
    DamagedZip
        When it is none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._archive = zipfile.ZipFile(path)
        except _UNREADABLE as error:
            raise self._damaged() from error
        members = self._archive.infolist()
        is_stored = all(member.compress_type == zipfile.ZIP_STORED for member in members)
        # What is not compressed, and lies there once, is no larger than the file: it cannot fill
        # the memory.
        if not is_stored or sum(member.file_size for member in members) > path.stat().st_size:
            self.close()
            raise self._damaged()

    def read(self, name: str) -> bytes:
        """Give a member.

        Raises
        ------
        DamagedZip
            When it is not there, or not as it was written.
        """
        try:
            return self._archive.read(name)
        except _UNREADABLE as error:
            raise self._damaged() from error

    def close(self) -> None:
        """Close the file."""
        self._archive.close()

    def _damaged(self) -> DamagedZip:
        return DamagedZip(
            f"{self._path} is damaged, or no file of this program: please copy it again."
        )
