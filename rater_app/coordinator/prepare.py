"""prepare: from a study folder to a blinded room and its unblinding key, or to all problems."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rater_app.coordinator.blinded_study import (
    BlindingCodes,
    blinded_study,
    plan_readings,
    unblinding_key,
)
from rater_app.coordinator.manifest import StudyManifest, load_manifest
from rater_app.coordinator.room_volumes import VolumeWriter
from rater_app.coordinator.study_problems import InTheWay, StudyError, StudyProblems
from rater_app.coordinator.unblinding_key import UnblindingKey
from rater_app.coordinator.whole_folder import (
    built_aside,
    cannot_write,
    check_free,
    check_outside,
)
from rater_app.core.progress import Assignment
from rater_app.core.study import BlindedStudy
from rater_app.reading_room import SECRET_FILE, STORE_FILE, STUDY_FILE, VOLUMES
from rater_app.store import NotStored, ReadingStore

Progress = Callable[[int, int], None]
"""Told how many volumes are done, and of how many."""


@dataclass(frozen=True)
class Prepared:
    """What `prepare` built, for a line to the coordinator."""

    room: Path
    key: Path
    cases: int
    masks: int
    raters: int
    readings: int
    warnings: tuple[str, ...]


def prepare(
    study_folder: Path, room: Path, key: Path, progress: Progress = lambda done, total: None
) -> Prepared:
    """Validate a study folder and build its room and its key, both or none.

    Parameters
    ----------
    study_folder : Path
        The folder with study.toml and its tables.
    room, key : Path
        What to build; neither may exist, and the key must lie outside of the room.
    progress : callable
        Called with the volumes done and their number.

    Raises
    ------
    StudyError
        With every problem of the study; nothing is written then.
    InTheWay
        When room or key exist, or cannot be written.
    """
    _check_targets(room, key)
    problems = StudyProblems()
    manifest = load_manifest(study_folder, problems)
    if manifest is None:
        raise StudyError(problems.sentences)
    with built_aside(room) as aside:
        (aside / VOLUMES).mkdir(mode=0o700)
        step = _counting(manifest, progress)
        volumes = VolumeWriter(manifest, aside / VOLUMES, problems, step).write()
        if problems:
            raise StudyError(problems.sentences)
        codes = BlindingCodes(manifest)
        study = blinded_study(manifest, volumes, codes)
        assignments = plan_readings(manifest, codes)
        _write_room(aside, study, assignments)
        unblinding = unblinding_key(manifest, volumes, codes, assignments)
        _publish(aside, room, key, unblinding)
    return Prepared(
        room,
        key,
        len(study.cases),
        len(study.masks),
        len(study.raters),
        len(assignments),
        problems.warnings,
    )


def _check_targets(room: Path, key: Path) -> None:
    check_outside(key, room, "The key")
    check_free(room, "a room")
    check_free(key, "a key")


def _counting(manifest: StudyManifest, progress: Progress) -> Callable[[], None]:
    total = len(manifest.images) + len(manifest.masks) + len(manifest.references)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    return step


def _write_room(folder: Path, study: BlindedStudy, assignments: tuple[Assignment, ...]) -> None:
    (folder / STUDY_FILE).write_text(
        json.dumps(study.to_dict(), ensure_ascii=False, indent=1), encoding="utf-8"
    )
    store = ReadingStore(f"sqlite:///{(folder / STORE_FILE).resolve()}")
    try:
        store.create(assignments)
    except NotStored as error:
        raise InTheWay(
            f"The store of the room cannot be written: {str(error).splitlines()[0]}. Is the disk "
            "full?"
        ) from error
    finally:
        store.close()
    (folder / SECRET_FILE).write_text(secrets.token_hex(32), encoding="ascii")
    now = int(time.time())
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o700 if path.is_dir() else 0o600)
        os.utime(path, (now, now))


def _publish(aside: Path, room: Path, key: Path, unblinding: UnblindingKey) -> None:
    """Bring both into place; the key first, because a room without one is lost work."""
    key_aside = key.parent / f".{key.name}-{secrets.token_hex(4)}"
    try:
        try:
            unblinding.write(key_aside)
            key_aside.replace(key)
        except OSError as error:
            raise cannot_write(key, key_aside, error) from error
        try:
            aside.replace(room)
        except BaseException:
            key.unlink()
            raise
    finally:
        key_aside.unlink(missing_ok=True)
