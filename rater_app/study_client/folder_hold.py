"""FolderHold: one window at a time works in a desk's folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rater_app.reading_room.kept_files import make_folder

_IN_USE = (
    "This study is open in another window on this computer. Please close that one first, or go on "
    "there."
)


class FolderHold:
    """Holds a folder until it is released, or the program ends in whatever way.

    Raises
    ------
    OSError
        When another window holds it.
    """

    def __init__(self, folder: Path) -> None:
        self._handle = os.open(make_folder(folder) / "in_use", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._handle)
        except OSError as error:
            os.close(self._handle)
            raise OSError(_IN_USE) from error

    def release(self) -> None:
        """Let another window have the folder."""
        os.close(self._handle)


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
