"""Zip files of ours: members as they are, without compression, names of times or folders."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable
from pathlib import Path

_TIME = (1980, 1, 1, 0, 0, 0)


class DamagedZip(Exception):
    """A file that is no zip of ours, or not whole; the message says what to do."""


def write_zip(path: Path, members: Iterable[tuple[str, bytes]]) -> None:
    """Write a zip whole or not at all; when this returns, it is on the disk.

    Raises
    ------
    OSError
    """
    aside = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        with aside.open("wb") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
                for name, content in members:
                    archive.writestr(zipfile.ZipInfo(name, _TIME), content)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)
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
        except (OSError, zipfile.BadZipFile) as error:
            raise self._damaged() from error
        # What is not compressed is no larger than the file: it cannot fill the memory.
        if any(member.compress_type != zipfile.ZIP_STORED for member in self._archive.infolist()):
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
        except (OSError, KeyError, zipfile.BadZipFile, RuntimeError) as error:
            raise self._damaged() from error

    def close(self) -> None:
        """Close the file."""
        self._archive.close()

    def _damaged(self) -> DamagedZip:
        return DamagedZip(
            f"{self._path} is damaged, or no file of this program: please copy it again."
        )
