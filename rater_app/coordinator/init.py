"""init: a commented study folder to start from."""

from __future__ import annotations

import os
import secrets
from importlib.resources import files
from pathlib import Path

from rater_app.coordinator.study_problems import InTheWay

_TEMPLATE = files("rater_app.coordinator") / "template"


def init(folder: Path) -> tuple[Path, ...]:
    """Write the files of a new study; an own seed is drawn for it.

    Raises
    ------
    InTheWay
        When the folder holds files already, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InTheWay(f"{folder} is not empty: give a new folder, nothing is overwritten.")
    made = not folder.exists()
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for entry in sorted(_TEMPLATE.iterdir(), key=lambda entry: entry.name):
            text = entry.read_text(encoding="utf-8")
            path = folder / entry.name
            written.append(path)
            path.write_text(text.replace("SEED", str(_seed())), encoding="utf-8")
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        if made and folder.is_dir():
            folder.rmdir()
        place = os.fspath(error.filename or folder)
        raise InTheWay(f"{place} cannot be written ({error.strerror}).") from error
    return tuple(written)


def _seed() -> int:
    return 10_000_000 + secrets.randbelow(90_000_000)
