"""DeliveryStore: what desks have sent, each once, and how it was made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from rater_app.store.database import Database
from rater_app.store.schema import deliveries


@dataclass(frozen=True)
class StoredDelivery:
    """A submission that arrived: what became of it, and all that it told, voxels left out."""

    id: str
    assignment: str
    step: str
    outcome: str
    problem: str
    host: str
    details: Mapping[str, Any]
    received_at: str


class DeliveryStore:
    """The deliveries in a room's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, delivery: StoredDelivery, voxels: bytes | None = None) -> StoredDelivery:
        """Note a delivery, and give it; of the same id the first one counts.

        Parameters
        ----------
        delivery : StoredDelivery
            What arrived.
        voxels : bytes, optional
            The mask of a correction that was set aside: no other table has it.

        Raises
        ------
        NotStored
            When the database cannot be written.
        """
        row = {
            **vars(delivery),
            "details": json.dumps(dict(delivery.details), allow_nan=False),
            "voxels": voxels,
        }
        with self._database.writing() as connection:
            query = select(deliveries).where(deliveries.c.id == delivery.id)
            before = connection.execute(query).first()
            if before is None:
                connection.execute(insert(deliveries).values(**row))
                return delivery
            return _stored(before._mapping)

    def get(self, delivery_id: str) -> StoredDelivery | None:
        """Give the delivery with this id, or None."""
        query = select(*_ALL_BUT_VOXELS).where(deliveries.c.id == delivery_id)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return _stored(row._mapping) if row else None

    def all(self) -> tuple[StoredDelivery, ...]:
        """List the deliveries in the order in which they arrived."""
        query = select(*_ALL_BUT_VOXELS).order_by(deliveries.c.received_at, deliveries.c.id)
        with self._database.reading() as connection:
            return tuple(_stored(row._mapping) for row in connection.execute(query))

    def voxels(self, delivery_id: str) -> bytes | None:
        """Give the voxels of a correction that was set aside: one gzip member, or None."""
        query = select(deliveries.c.voxels).where(deliveries.c.id == delivery_id)
        with self._database.reading() as connection:
            held: bytes | None = connection.execute(query).scalar()
            return held


_ALL_BUT_VOXELS = [column for column in deliveries.c if column.name != "voxels"]


def _stored(row: Any) -> StoredDelivery:
    told = {key: value for key, value in row.items() if key != "voxels"}
    return StoredDelivery(**{**told, "details": json.loads(row["details"])})
