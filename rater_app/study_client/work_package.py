"""The work package: a rater's readings in one file, for a computer without a link."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from analysis.volumes import VolumeError, decode_nifti_gz
from rater_app.core.assignment import Assignment
from rater_app.core.correction import Effort, Stage
from rater_app.core.desk_order import for_desk
from rater_app.core.desk_study import DeskStudy
from rater_app.core.reading import Answer
from rater_app.core.study import Rater
from rater_app.core.submission import is_code
from rater_app.reading_room import NotReadableNow, ReadingRoom, study_for_desk
from rater_app.study_client.sealing import seal_key
from rater_app.study_client.stored_zip import DamagedZip, StoredZip, write_zip
from rater_app.study_client.voxels import digest_of

FORMAT = 1
MANIFEST = "manifest.json"

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class PackedReading:
    """A reading in a package: how far it was, and where its images are.

    The files of a reading that was done already are left out. `saved_sha256` is the digest of the
    mask as it is saved, where `mask_file` is unsaved work on it, and empty otherwise.
    """

    assignment: Assignment
    stage: Stage
    channels: tuple[str, ...]
    channel_files: tuple[str, ...]
    mask_file: str
    tag: str
    effort: Effort | None
    saved_sha256: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Manifest:
    """What a package holds. `files` gives the digest of every image."""

    package: str
    study: DeskStudy
    readings: tuple[PackedReading, ...]
    files: dict[str, str]
    key: str


def write_package(
    room: ReadingRoom, rater: Rater, path: Path, progress: Progress = lambda _done, _total: None
) -> Manifest:
    """Pack the readings of a rater, as far as they are now.

    Channels that several readings share are packed once: that they are of one case, the images
    themselves show. Masks are packed for each reading.

    Raises
    ------
    OSError
        When the file cannot be written; then there is none.
    RoomError
        When an image of the room cannot be read.
    """
    packing = _Packing(room, rater)
    write_zip(path, packing.members(progress))
    return packing.manifest()


def read_manifest(archive: StoredZip, path: Path) -> Manifest:
    """Read what a package holds.

    Raises
    ------
    DamagedZip
        When it is none, or of another version.
    """
    try:
        told = json.loads(archive.read(MANIFEST))
        if told["format"] != FORMAT:
            raise DamagedZip(f"{path} was made by another version of rater-app: use that version.")
        readings = tuple(_reading(entry) for entry in told["readings"])
        return Manifest(
            str(told["package"]),
            DeskStudy.from_dict(told["study"]),
            readings,
            {str(name): str(digest) for name, digest in told["files"].items()},
            str(told["key"]),
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedZip(f"{path} is no work package, or damaged: please copy it again.") from error


class _Packing:
    """One package while it is made."""

    def __init__(self, room: ReadingRoom, rater: Rater) -> None:
        self._room = room
        self._rater = rater
        self._package = secrets.token_hex(16)
        self._names: dict[Path, str] = {}
        self._files: dict[str, str] = {}
        self._readings: list[PackedReading] = []

    def members(self, progress: Progress) -> Iterator[tuple[str, bytes]]:
        """Give the images, and then the manifest."""
        assignments = self._room.assignments(self._rater.id)
        for done, assignment in enumerate(assignments):
            progress(done, len(assignments))
            yield from self._pack(assignment)
        progress(len(assignments), len(assignments))
        yield MANIFEST, self._told()

    def manifest(self) -> Manifest:
        """Give what was packed."""
        return Manifest(
            self._package,
            study_for_desk(self._room, self._rater),
            tuple(self._readings),
            self._files,
            seal_key(self._room, self._rater.id, self._package),
        )

    def _pack(self, assignment: Assignment) -> Iterator[tuple[str, bytes]]:
        room, rater_id, code = self._room, self._rater.id, assignment.code
        stage = room.stage(assignment)
        reading = room.look(assignment)
        channels = reading.case.channels
        channel_files: list[str] = []
        mask_file, tag, effort, saved = "", "", None, ""
        if stage is not Stage.DONE:
            for part in range(len(channels)):
                path = room.volume_path(rater_id, code, str(part))
                if path not in self._names:
                    self._names[path] = secrets.token_hex(8)
                    yield self._member(self._names[path], _whole(path))
                channel_files.append(self._names[path])
            mask_file = secrets.token_hex(8)
            if stage is Stage.CORRECT:
                state = room.corrections.working_state(rater_id, code)
                tag, effort, packed = state.tag, state.effort, state.packed
                if state.has_draft:
                    before = room.corrections.version_volume(rater_id, code, state.version)
                    saved = digest_of(decode_nifti_gz(before, Path(code)).array)
            else:
                version = assignment.version if stage is Stage.RATE_AGAIN else 0
                packed = room.corrections.version_volume(rater_id, code, version)
            yield self._member(mask_file, packed)
        self._readings.append(
            PackedReading(
                for_desk(assignment),
                stage,
                channels,
                tuple(channel_files),
                mask_file,
                tag,
                effort,
                saved,
                reading.answers if stage is not Stage.DONE else (),
            )
        )

    def _member(self, name: str, content: bytes) -> tuple[str, bytes]:
        self._files[name] = hashlib.sha256(content).hexdigest()
        return name, content

    def _told(self) -> bytes:
        manifest = self.manifest()
        told = {
            "format": FORMAT,
            "package": manifest.package,
            "study": manifest.study.to_dict(),
            "readings": [asdict(reading) for reading in manifest.readings],
            "files": manifest.files,
            "key": manifest.key,
        }
        return json.dumps(told).encode()


def _whole(path: Path) -> bytes:
    """Read an image; one that is damaged must not be found out where nobody can mend it."""
    try:
        content = path.read_bytes()
        decode_nifti_gz(content, path)
    except (OSError, VolumeError) as error:
        told = f"{path} cannot be read ({error.strerror})." if isinstance(error, OSError) else error
        raise NotReadableNow(f"{told} Nothing was packed.") from error
    return content


def _reading(told: dict[str, Any]) -> PackedReading:
    assignment = Assignment(**told["assignment"])
    kinds = {"str": (str,), "int": (int,), "int | None": (int, type(None))}
    for part in fields(assignment):
        if type(getattr(assignment, part.name)) not in kinds[str(part.type)]:
            raise TypeError(part.name)
    if not is_code(assignment.code):
        raise ValueError(assignment.code)
    if told["channel_files"] and len(told["channel_files"]) != len(told["channels"]):
        raise ValueError(told["channels"])
    return PackedReading(
        assignment,
        Stage(told["stage"]),
        tuple(told["channels"]),
        tuple(told["channel_files"]),
        str(told["mask_file"]),
        str(told["tag"]),
        None if told["effort"] is None else Effort.from_dict(told["effort"]),
        str(told["saved_sha256"]),
        tuple(Answer.from_dict(answer) for answer in told["answers"]),
    )
