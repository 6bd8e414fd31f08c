"""The unblinding key: which code is which case and model. For the coordinator only."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analysis.regions import LabelScheme
from rater_app.coordinator.study_problems import InTheWay, StudyError
from rater_app.core.instrument import Instrument

FORMAT = 1
_MASK_KEYS = ("case", "model", "family", "class", "prompt", "mask", "sha256")
_REFERENCE_KEYS = ("case", "reference", "mask", "sha256")


@dataclass(frozen=True)
class UnblindingKey:
    """The content of a key file.

    `study` describes the study, `cases` maps case codes to cases, `masks` mask codes to their
    case, model, family, class, prompt, source file and its digest, `references` lists the
    reference masks, and `assignments` maps assignment codes to mask codes.
    """

    study: Mapping[str, Any]
    cases: Mapping[str, str]
    masks: Mapping[str, Mapping[str, str]]
    references: tuple[Mapping[str, str], ...]
    assignments: Mapping[str, str]

    def write(self, path: Path) -> None:
        """Write the key for its owner's eyes only; an existing file is not touched."""
        document = {
            "format": FORMAT,
            "study": self.study,
            "cases": self.cases,
            "masks": self.masks,
            "references": self.references,
            "assignments": self.assignments,
        }
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(document, stream, ensure_ascii=False, indent=1)
            stream.flush()
            os.fsync(stream.fileno())


def open_key(path: Path, command: str) -> UnblindingKey:
    """Open a key, and log beside it when and by whom it was opened.

    Raises
    ------
    StudyError
        When the file is no key.
    InTheWay
        When it is not there, may not be read, or its opening cannot be logged.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError):
        raise InTheWay(
            f"{path}: there is no unblinding key; give the file that “prepare” wrote."
        ) from None
    except UnicodeDecodeError:
        raise StudyError([f"{path} is not an unblinding key."]) from None
    except OSError as error:
        raise InTheWay(f"{path}: the key cannot be read ({error.strerror}).") from error
    key = _from_text(text, path)
    _log_opening(path, command)
    return key


def log_path(path: Path) -> Path:
    """Where the openings of a key are logged."""
    return path.with_name(path.name + ".log")


def _from_text(text: str, path: Path) -> UnblindingKey:
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise StudyError(
                [f"{path} is a key of another version of rater-app; export with that version."]
            )
        _check_content(document)
        return UnblindingKey(
            document["study"],
            document["cases"],
            document["masks"],
            tuple(document["references"]),
            document["assignments"],
        )
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        if isinstance(error, StudyError):
            raise
        raise StudyError([f"{path} is not an unblinding key."]) from error


def _check_content(document: Mapping[str, Any]) -> None:
    """Raise a ValueError, KeyError or TypeError where a key is not as `write` makes it."""
    study = document["study"]
    Instrument.from_dict(study["instrument"])
    if study["scheme"] is not None:
        LabelScheme.from_dict(study["scheme"])
    entries = [
        *((mask, _MASK_KEYS) for mask in document["masks"].values()),
        *((reference, _REFERENCE_KEYS) for reference in document["references"]),
        (study, ("title", "simulated", "structures", "seed")),
    ]
    for entry, keys in entries:
        missing = [key for key in keys if key not in entry]
        if missing:
            raise KeyError(*missing)


def _log_opening(path: Path, command: str) -> None:
    line = json.dumps(
        {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "by": _account(),
            "command": command,
        },
        ensure_ascii=False,
    )
    try:
        handle = os.open(log_path(path), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(line + "\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise InTheWay(
            f"{log_path(path)}: the opening of the key cannot be logged ({error.strerror}), so the "
            "key stays closed."
        ) from error


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return f"uid {os.getuid()}"
