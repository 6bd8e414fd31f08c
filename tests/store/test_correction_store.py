"""Corrections, finishings, second readings and the viewing log on a real SQLite file."""

from __future__ import annotations

import gzip
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from rater_app.core.assignment import Assignment
from rater_app.core.correction import Effort
from rater_app.core.reading import Answer
from rater_app.store import (
    NotStored,
    ReadingStore,
    RevisionTaken,
    StoredCorrection,
    StoredFinishing,
    Superseded,
    VersionTaken,
)

GOOD = (Answer("quality", values=(4,)),)
POOR = (Answer("quality", values=(1,)),)
T1, T2, T3, T4, T5 = (f"2026-01-01T10:0{minute}:00.000000+00:00" for minute in range(5))
VOXELS = gzip.compress(b"voxels")
FIRST = StoredCorrection(
    "a1", 1, 0, "5ha", Effort(12.5, 3.0, 4, 1, 0, {"brush": 4}), {2: (7, 3), 10: (0, 1)}, T2
)
SECOND = replace(FIRST, version=2, parent=1, sha256="5hb", saved_at=T3)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def store(path: Path):
    store = ReadingStore(f"sqlite:///{path}")
    store.create([Assignment("a1", "R1", "m1", 0, 1), Assignment("a2", "R1", "m2", 0, 2)])
    yield store
    store.close()


def test_a_version_comes_back_as_it_was_saved(store):
    assert store.corrections.latest("a1") is None
    assert store.corrections.add(FIRST, VOXELS, finish=False) == FIRST
    assert store.corrections.add(SECOND, VOXELS + b"2", finish=False) == SECOND
    assert store.corrections.versions() == (FIRST, SECOND)
    assert store.corrections.versions("a2") == ()
    assert store.corrections.latest("a1") == SECOND
    assert store.corrections.voxels("a1", 1) == VOXELS
    assert store.corrections.voxels("a1", 3) is None
    assert [a.version for a in store.assignments("R1")] == [2, 0]
    assert store.assignment("R1", "a1").finished is None


def test_the_same_version_twice_is_stored_once(store):
    store.corrections.add(FIRST, VOXELS, finish=False)
    again = replace(FIRST, saved_at=T3, effort=Effort())
    assert store.corrections.add(again, VOXELS, finish=True) == FIRST
    assert store.corrections.versions() == (FIRST,)
    assert store.assignment("R1", "a1").finished == 1


@pytest.mark.parametrize("sent", [replace(FIRST, sha256="else"), replace(SECOND, parent=1)])
def test_what_follows_another_version_is_refused(store, sent):
    if sent.version == 1:
        store.corrections.add(FIRST, VOXELS, finish=False)
    with pytest.raises(VersionTaken) as caught:
        store.corrections.add(sent, VOXELS, finish=True)
    assert caught.value.latest == len(store.corrections.versions())
    assert store.corrections.finishings() == ()


def test_a_version_and_its_finishing_are_stored_together_or_not_at_all(store, path):
    with sqlite3.connect(path) as raw:
        raw.execute("ALTER TABLE finishings RENAME TO elsewhere")
        raw.execute("CREATE VIEW finishings AS SELECT * FROM elsewhere")
    raw.close()
    with pytest.raises(NotStored):
        store.corrections.add(FIRST, VOXELS, finish=True)
    assert store.corrections.versions() == ()


def test_the_last_finishing_counts_and_is_not_said_twice(store):
    store.corrections.finish("a1", 0, True, T1)
    store.corrections.finish("a1", 0, False, T2)
    assert store.assignment("R1", "a1").is_finished
    store.corrections.add(FIRST, VOXELS, finish=False)
    assert not store.assignment("R1", "a1").is_finished
    with pytest.raises(VersionTaken):
        store.corrections.finish("a1", 0, False, T3)
    store.corrections.finish("a1", 1, False, T4)
    assert store.corrections.finishings() == (
        StoredFinishing("a1", 0, True, T1),
        StoredFinishing("a1", 1, False, T4),
    )
    assert store.corrections.finishings("a2") == ()
    assert store.assignment("R1", "a1").finished == 1


def test_ten_threads_with_other_voxels_store_one_version(store):
    barrier = threading.Barrier(10)
    stored, refused = [], []

    def save(number: int) -> None:
        barrier.wait()
        try:
            sent = replace(FIRST, sha256=f"sha {number % 2}")
            stored.append(store.corrections.add(sent, VOXELS, finish=False).sha256)
        except VersionTaken:
            refused.append(number)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stored) == len(refused) == 5
    assert {version.sha256 for version in store.corrections.versions()} == set(stored)


def corrected(store: ReadingStore) -> ReadingStore:
    store.add_opening("a1", T1)
    store.add_reading("a1", 1, GOOD, "print", T1)
    store.corrections.add(replace(FIRST, saved_at=T2), VOXELS, finish=True)
    return store


def test_a_second_reading_is_apart_from_the_first(store):
    corrected(store)
    store.add_opening("a1", T3)
    second = store.second_readings.add("a1", 1, 1, POOR, "print", T4)
    assert (second.version, second.answers, second.opened_at) == (1, POOR, T3)
    assert store.second_readings.readings() == (second,)
    assert store.second_readings.readings("a2") == ()
    assert [reading.answers for reading in store.readings()] == [GOOD]
    here = store.assignment("R1", "a1")
    assert (here.revision, here.second_revision, here.second_version) == (1, 1, 1)


def test_the_same_second_reading_twice_is_stored_once_and_others_are_refused(store):
    corrected(store)
    first = store.second_readings.add("a1", 1, 1, POOR, "print", T3)
    assert store.second_readings.add("a1", 1, 1, POOR, "print", T4) == first
    with pytest.raises(RevisionTaken):
        store.second_readings.add("a1", 1, 1, GOOD, "print", T4)
    with pytest.raises(RevisionTaken):
        store.second_readings.add("a1", 3, 1, GOOD, "print", T4)
    assert store.second_readings.add("a1", 2, 1, GOOD, "print", T5).opened_at == T5


def test_a_second_reading_is_of_the_version_that_was_finished_last(store):
    with pytest.raises(Superseded):
        store.second_readings.add("a1", 1, 1, POOR, "print", T1)
    store.corrections.finish("a2", 0, True, T1)
    with pytest.raises(Superseded):
        store.second_readings.add("a2", 1, 0, POOR, "print", T1)
    corrected(store)
    store.corrections.add(SECOND, VOXELS, finish=False)
    for version in (1, 2):
        with pytest.raises(Superseded):
            store.second_readings.add("a1", 1, version, POOR, "print", T4)
    store.corrections.finish("a1", 2, False, T4)
    with pytest.raises(Superseded):
        store.second_readings.add("a1", 1, 1, POOR, "print", T5)
    assert store.second_readings.add("a1", 1, 2, POOR, "print", T5).version == 2


def test_drafts_of_the_two_readings_do_not_mix(store):
    store.add_draft("a1", GOOD, T1)
    store.second_readings.add_draft("a1", 1, POOR, T2)
    assert store.draft("a1") == GOOD
    assert store.second_readings.draft("a1", 1) == POOR
    assert store.second_readings.draft("a1", 1, since=T2) is None
    assert store.second_readings.draft("a1", 2) is None
    assert store.second_readings.draft("a2", 1) is None


def test_the_viewing_log_keeps_every_snapshot_in_order(store):
    for seconds in (5, 9):
        store.viewings.add("a1", "m1", {"active_s": seconds, "seen": [[1, 2]]}, T1)
    store.viewings.add("a2", "m2", {}, T2)
    assert [v.snapshot for v in store.viewings.snapshots("a1")] == [
        {"active_s": 5, "seen": [[1, 2]]},
        {"active_s": 9, "seen": [[1, 2]]},
    ]
    assert [(v.assignment, v.mount, v.noted_at) for v in store.viewings.snapshots()][2:] == [
        ("a2", "m2", T2)
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE corrections SET voxels = x'00'",
        "DELETE FROM corrections",
        "REPLACE INTO corrections SELECT * FROM corrections",
        "UPDATE finishings SET version = 0",
        "DELETE FROM finishings",
        "UPDATE second_readings SET answers = '[]'",
        "DELETE FROM second_readings",
        "DELETE FROM second_drafts",
        "UPDATE viewings SET snapshot = '{}'",
        "DELETE FROM viewings",
    ],
)
def test_rows_are_never_changed(store, path, statement):
    corrected(store)
    store.second_readings.add("a1", 1, 1, POOR, "print", T3)
    store.second_readings.add_draft("a1", 1, POOR, T3)
    store.viewings.add("a1", "m1", {}, T3)
    with sqlite3.connect(path) as raw, pytest.raises(sqlite3.DatabaseError, match="never changed"):
        raw.execute(statement)
    raw.close()


def test_nothing_is_stored_about_what_is_not_planned(store):
    with pytest.raises(NotStored):
        store.viewings.add("a3", "m1", {}, T1)
    with pytest.raises(NotStored):
        store.corrections.finish("a3", 0, False, T1)
