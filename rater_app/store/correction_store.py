"""CorrectionStore: the versions of corrected masks, and the finishings: which of them counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from rater_app.core.correction import Effort
from rater_app.store.database import Database
from rater_app.store.schema import corrections, finishings


class VersionTaken(Exception):
    """Another version was saved in between; `latest` is the one that counts now."""

    def __init__(self, latest: int) -> None:
        super().__init__(f"version {latest} is the latest")
        self.latest = latest


@dataclass(frozen=True)
class StoredCorrection:
    """One version of a corrected mask, without its voxels.

    `sha256` is that of the voxels as they are without compression; `changed` has for each label
    the voxels that gained and lost it since the parent.
    """

    assignment: str
    version: int
    parent: int
    sha256: str
    effort: Effort
    changed: Mapping[int, tuple[int, int]]
    saved_at: str


@dataclass(frozen=True)
class StoredFinishing:
    """That a rater went on with a version (0: the candidate); `confirmed` when asked whether to."""

    assignment: str
    version: int
    confirmed: bool
    finished_at: str


class CorrectionStore:
    """The versions and finishings in a room's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def versions(self, assignment: str | None = None) -> tuple[StoredCorrection, ...]:
        """List the versions in order, of one assignment or of all."""
        every = [column for column in corrections.c if column.name != "voxels"]
        query = select(*every).order_by(corrections.c.assignment, corrections.c.version)
        if assignment is not None:
            query = query.where(corrections.c.assignment == assignment)
        with self._database.reading() as connection:
            return tuple(_correction(row._mapping) for row in connection.execute(query))

    def latest(self, assignment: str) -> StoredCorrection | None:
        """Give the last version of an assignment, or None."""
        with self._database.reading() as connection:
            return _latest(connection, assignment)

    def voxels(self, assignment: str, version: int) -> bytes | None:
        """Give the voxels of a version as one gzip member, or None where there is no such one."""
        query = select(corrections.c.voxels).where(
            corrections.c.assignment == assignment, corrections.c.version == version
        )
        with self._database.reading() as connection:
            packed: bytes | None = connection.execute(query).scalar()
        return packed

    def finishings(self, assignment: str | None = None) -> tuple[StoredFinishing, ...]:
        """List the finishings in the order in which they came, of one assignment or of all."""
        query = select(finishings).order_by(finishings.c.id)
        if assignment is not None:
            query = query.where(finishings.c.assignment == assignment)
        with self._database.reading() as connection:
            return tuple(
                StoredFinishing(row.assignment, row.version, bool(row.confirmed), row.finished_at)
                for row in connection.execute(query)
            )

    def add(self, correction: StoredCorrection, voxels: bytes, finish: bool) -> StoredCorrection:
        """Add the version after its parent; the same voxels twice are stored once.

        Parameters
        ----------
        correction : StoredCorrection
            Its version is the parent's and one.
        voxels : bytes
            One gzip member.
        finish : bool
            Whether the rater goes on with it, which is stored with the version or not at all.

        Raises
        ------
        VersionTaken
            When a version with other voxels follows the parent already.
        NotStored
            When the database cannot be written.
        """
        with self._database.writing() as connection:
            latest = _latest(connection, correction.assignment)
            here = latest.version if latest else 0
            if here == correction.parent:
                try:
                    connection.execute(insert(corrections).values(**_row(correction, voxels)))
                except IntegrityError as error:
                    raise VersionTaken(here) from error
                latest = correction
            elif latest is None or not _is_same(latest, correction):
                raise VersionTaken(here)
            if finish:
                _finish(connection, latest.assignment, latest.version, False, correction.saved_at)
            return latest

    def finish(self, assignment: str, version: int, confirmed: bool, at: str) -> None:
        """Note that the rater went on with a version; said twice, it is stored once.

        Raises
        ------
        VersionTaken
            When it is not the latest version.
        NotStored
            When the database cannot be written.
        """
        with self._database.writing() as connection:
            latest = _latest(connection, assignment)
            here = latest.version if latest else 0
            if here != version:
                raise VersionTaken(here)
            _finish(connection, assignment, version, confirmed, at)


def last_finishing(connection: Connection, assignment: str) -> StoredFinishing | None:
    """Give the last finishing of an assignment within a transaction, or None."""
    query = (
        select(finishings)
        .where(finishings.c.assignment == assignment)
        .order_by(finishings.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    return StoredFinishing(row.assignment, row.version, bool(row.confirmed), row.finished_at)


def latest_version(connection: Connection, assignment: str) -> int:
    """Give the number of the latest version of an assignment within a transaction."""
    query = select(func.coalesce(func.max(corrections.c.version), 0)).where(
        corrections.c.assignment == assignment
    )
    return int(connection.execute(query).scalar_one())


def _finish(
    connection: Connection, assignment: str, version: int, confirmed: bool, at: str
) -> None:
    last = last_finishing(connection, assignment)
    if last is None or last.version != version:
        connection.execute(
            insert(finishings).values(
                assignment=assignment, version=version, confirmed=confirmed, finished_at=at
            )
        )


def _latest(connection: Connection, assignment: str) -> StoredCorrection | None:
    every = [column for column in corrections.c if column.name != "voxels"]
    query = (
        select(*every)
        .where(corrections.c.assignment == assignment)
        .order_by(corrections.c.version.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return _correction(row._mapping) if row else None


def _is_same(stored: StoredCorrection, sent: StoredCorrection) -> bool:
    return (stored.parent, stored.sha256) == (sent.parent, sent.sha256)


def _row(correction: StoredCorrection, voxels: bytes) -> dict[str, Any]:
    return {
        **vars(correction),
        "effort": json.dumps(correction.effort.to_dict()),
        "changed": json.dumps(dict(correction.changed)),
        "voxels": voxels,
    }


def _correction(row: Any) -> StoredCorrection:
    changed = json.loads(row["changed"])
    return StoredCorrection(
        **{
            **row,
            "effort": Effort.from_dict(json.loads(row["effort"])),
            "changed": {int(label): (pair[0], pair[1]) for label, pair in changed.items()},
        }
    )
