"""ViewingStore: the snapshots of the viewing log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from rater_app.store.database import Database
from rater_app.store.schema import viewings


@dataclass(frozen=True)
class StoredViewing:
    """What a viewer had counted since it was opened; its fullest snapshot holds all of it."""

    assignment: str
    mount: str
    snapshot: Mapping[str, Any]
    noted_at: str


class ViewingStore:
    """The viewing log in a room's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, assignment: str, mount: str, snapshot: Mapping[str, Any], at: str) -> None:
        """Add a snapshot of one opened viewer.

        Raises
        ------
        NotStored
            When the database cannot be written.
        """
        text = json.dumps(dict(snapshot), allow_nan=False, separators=(",", ":"))
        with self._database.writing() as connection:
            connection.execute(
                insert(viewings).values(
                    assignment=assignment, mount=mount, snapshot=text, noted_at=at
                )
            )

    def snapshots(self, assignment: str | None = None) -> tuple[StoredViewing, ...]:
        """List the snapshots in the order in which they came, of one assignment or of all."""
        query = select(viewings).order_by(viewings.c.id)
        if assignment is not None:
            query = query.where(viewings.c.assignment == assignment)
        with self._database.reading() as connection:
            return tuple(
                StoredViewing(row.assignment, row.mount, json.loads(row.snapshot), row.noted_at)
                for row in connection.execute(query)
            )
