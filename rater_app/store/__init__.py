"""The store: the only place with SQL. Rows are added, never changed and never removed."""

from rater_app.store.reading_store import NotStored, ReadingStore, RevisionTaken, StoredReading

__all__ = ["NotStored", "ReadingStore", "RevisionTaken", "StoredReading"]
