"""The store: the only place with SQL. Rows are added, never changed and never removed."""

from rater_app.store.reading_store import (
    NotReadable,
    NotStored,
    ReadingStore,
    RevisionTaken,
    StoredReading,
)
from rater_app.store.schema import SCHEMA_VERSION

__all__ = [
    "SCHEMA_VERSION",
    "NotReadable",
    "NotStored",
    "ReadingStore",
    "RevisionTaken",
    "StoredReading",
]
