"""The return file: what a rater ended with a work package, to be merged into the room."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from pathlib import Path

from rater_app.core.submission import (
    Submission,
    WrongSubmission,
    pack_submission,
    unpack_submission,
)
from rater_app.study_client.sealing import seal_of
from rater_app.study_client.stored_zip import DamagedZip, StoredZip, write_zip

FORMAT = 1
INDEX = "index.json"


def return_path(package: Path) -> Path:
    """Give the place of the return file of a package: beside it."""
    return package.with_name(f"{package.stem}-return.zip")


@dataclass(frozen=True)
class Returned:
    """What a return file holds, before anybody has checked its seal."""

    package: str
    study_id: str
    rater: str
    seal: str
    submissions: dict[str, bytes]

    def is_sealed_with(self, key: str) -> bool:
        """Whether it is of the package with this key, and as it was written."""
        told = self.seal.encode(errors="replace")  # as text it would have to be ASCII
        return hmac.compare_digest(seal_of(key, self.package, self.submissions).encode(), told)


def read_return(path: Path) -> Returned:
    """Read a return file.

    Raises
    ------
    DamagedZip
        When it is none, or not whole.
    """
    archive = StoredZip(path)
    try:
        told = json.loads(archive.read(INDEX))
        if told["format"] != FORMAT:
            raise DamagedZip(f"{path} was made by another version of rater-app: use that version.")
        names = [str(name) for name in told["submissions"]]
        submissions = {name: archive.read(name) for name in names}
        return Returned(
            str(told["package"]),
            str(told["study"]),
            str(told["rater"]),
            str(told["seal"]),
            submissions,
        )
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise DamagedZip(f"{path} is no return file, or damaged: please copy it again.") from error
    finally:
        archive.close()


class ReturnFile:
    """The return file beside a package; every submission is in it for good before the next."""

    def __init__(self, path: Path, package: str, study_id: str, rater: str, key: str) -> None:
        self.path = path
        self._told = {"format": FORMAT, "package": package, "study": study_id, "rater": rater}
        self._package, self._key = package, key
        self._contents: dict[str, bytes] = {}
        if path.exists():
            before = read_return(path)
            if before.package != package or not before.is_sealed_with(key):
                raise DamagedZip(
                    f"{path} is of another work package, or was changed. Please move it away, and "
                    "keep it: it may hold readings."
                )
            self._contents = dict(before.submissions)
        try:
            self.submissions = [
                unpack_submission(content)[0] for content in self._contents.values()
            ]
        except WrongSubmission as error:
            raise DamagedZip(f"{path}: {error}") from error

    def add(self, submission: Submission, voxels: bytes | None) -> None:
        """Add a submission; the same one again is none. When this returns, it is on the disk.

        Raises
        ------
        OSError
        """
        if any(before.id == submission.id for before in self.submissions):
            return
        name = f"{len(self._contents) + 1:06}-{submission.id}"
        contents = {**self._contents, name: pack_submission(submission, voxels)}
        index = {
            **self._told,
            "submissions": list(contents),
            "seal": seal_of(self._key, self._package, contents),
        }
        write_zip(self.path, [*contents.items(), (INDEX, json.dumps(index).encode())])
        self._contents = contents
        self.submissions = [*self.submissions, submission]

    def voxels(self, submission_id: str) -> bytes | None:
        """Give the voxels of a submission: one gzip member, or None."""
        held = next(c for name, c in self._contents.items() if name.endswith(submission_id))
        return unpack_submission(held)[1]
