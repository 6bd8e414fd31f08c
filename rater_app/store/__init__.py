"""The store: the only place with SQL. Rows are added, never changed and never removed."""

from rater_app.store.correction_store import (
    CorrectionStore,
    StoredCorrection,
    StoredFinishing,
    VersionTaken,
)
from rater_app.store.database import NotReadable, NotStored, RevisionTaken
from rater_app.store.delivery_store import DeliveryStore, StoredDelivery
from rater_app.store.reading_store import ReadingStore, StoredReading
from rater_app.store.schema import SCHEMA_VERSION
from rater_app.store.second_reading_store import (
    SecondReadingStore,
    StoredSecondReading,
    Superseded,
)
from rater_app.store.viewing_store import StoredViewing, ViewingStore

__all__ = [
    "SCHEMA_VERSION",
    "CorrectionStore",
    "DeliveryStore",
    "NotReadable",
    "NotStored",
    "ReadingStore",
    "RevisionTaken",
    "SecondReadingStore",
    "StoredCorrection",
    "StoredDelivery",
    "StoredFinishing",
    "StoredReading",
    "StoredSecondReading",
    "StoredViewing",
    "Superseded",
    "VersionTaken",
    "ViewingStore",
]
