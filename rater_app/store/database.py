"""The database of a room: one engine, one queue of writers, every verb one transaction."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError


class NotStored(Exception):
    """The database could not be written: a full disk, a lost connection, a lock that stays."""


class NotReadable(Exception):
    """The database could not be read, or the file is none of ours."""


class RevisionTaken(Exception):
    """The same revision of a reading was already submitted, with other answers."""


class Database:
    """Transactions on the database at an SQLAlchemy address; a returned write is on the disk."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        # SQLite lets waiting writers in by luck; one queue in front of it is fair and faster.
        self._one_writer = threading.Lock()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose changes are all stored at the end, or none.

        Raises
        ------
        NotStored
            When they are not.
        """
        try:
            with self._one_writer, self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise NotStored(str(error)) from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the database.

        Raises
        ------
        NotReadable
            When the database cannot be read.
        """
        try:
            with self._engine.connect().execution_options(reads_only=True) as connection:
                yield connection
        except SQLAlchemyError as error:
            raise NotReadable(str(error)) from error

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _engine(url: str) -> Engine:
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _settings(dbapi_connection: Any, _record: Any) -> None:
        # The driver must not open transactions by itself: `begin` below says which kind.
        dbapi_connection.isolation_level = None
        for setting in (
            "journal_mode=WAL",
            "synchronous=FULL",  # an acknowledged rating survives a power cut
            "busy_timeout=30000",
            "foreign_keys=ON",
        ):
            dbapi_connection.execute(f"PRAGMA {setting}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once when another has written
        # in between, so writers take the lock at the start.
        reads_only = connection.get_execution_options().get("reads_only")
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return engine
