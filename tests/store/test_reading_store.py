"""The store on a real SQLite file."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rater_app.core.progress import Assignment
from rater_app.core.reading import Answer
from rater_app.store import ReadingStore, RevisionTaken

GOOD = (Answer("quality", values=(4,)), Answer("comment", text="größer, “fine”\nand 🙂"))
POOR = (Answer("quality", values=(1,)),)
T1, T2, T3, T4 = (f"2026-01-01T10:0{minute}:00.000000+00:00" for minute in range(4))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def store(path: Path):
    store = ReadingStore(f"sqlite:///{path}")
    store.create([Assignment("a1", "R1", "m1", 0, 1), Assignment("a2", "R1", "m2", 0, 2)])
    yield store
    store.close()


def test_a_reading_comes_back_as_it_was_given(store):
    store.add_opening("a1", T1)
    store.add_opening("a1", T2)
    stored = store.add_reading("a1", 1, GOOD, "print", T3)
    assert stored.opened_at == T1
    assert stored.submitted_at == T3
    assert store.readings() == (stored,)
    assert store.readings()[0].answers == GOOD
    assert [a.revision for a in store.assignments("R1")] == [1, 0]
    assert store.assignment("R1", "a1").is_done
    assert store.assignment("R2", "a1") is None


def test_the_same_submission_twice_is_stored_once(store):
    first = store.add_reading("a1", 1, GOOD, "print", T1)
    assert store.add_reading("a1", 1, GOOD, "print", T2) == first
    assert len(store.readings()) == 1


def test_other_answers_for_a_stored_revision_are_refused(store):
    store.add_reading("a1", 1, GOOD, "print", T1)
    with pytest.raises(RevisionTaken):
        store.add_reading("a1", 1, POOR, "print", T2)
    assert store.readings()[0].answers == GOOD


def test_a_second_thought_is_a_second_row_with_its_own_opening(store):
    store.add_opening("a1", T1)
    store.add_reading("a1", 1, GOOD, "print", T2)
    store.add_opening("a1", T3)
    second = store.add_reading("a1", 2, POOR, "print", T4)
    assert second.opened_at == T3
    assert [reading.revision for reading in store.readings("a1")] == [1, 2]


def test_ten_threads_with_one_submission_store_one_row(store):
    barrier = threading.Barrier(10)
    results, refused = [], []

    def submit(number: int) -> None:
        barrier.wait()
        try:
            answers = GOOD if number % 2 else POOR
            results.append(store.add_reading("a1", 1, answers, "print", T1).answers)
        except RevisionTaken:
            refused.append(number)

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.readings()) == 1
    assert len(results) == len(refused) == 5
    assert set(results) == {store.readings()[0].answers}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE readings SET answers = '[]'",
        "DELETE FROM readings",
        "UPDATE assignments SET position = 99",
        "DELETE FROM openings",
        "REPLACE INTO readings SELECT assignment, revision, '[]', '', '', '' FROM readings",
    ],
)
def test_rows_are_never_changed(store, path, statement):
    store.add_opening("a1", T1)
    store.add_reading("a1", 1, GOOD, "print", T2)
    with sqlite3.connect(path) as raw, pytest.raises(sqlite3.DatabaseError, match="never changed"):
        raw.execute(statement)
    raw.close()
    assert store.readings()[0].answers == GOOD


def test_drafts_keep_the_newest_after_a_time(store):
    assert store.draft("a1") is None
    store.add_draft("a1", POOR, T1)
    store.add_draft("a1", GOOD, T2)
    assert store.draft("a1") == GOOD
    assert store.draft("a1", since=T2) is None
    assert store.draft("a2") is None


def test_invitations_expire(store):
    store.add_invitation("digest", "R1", T1, T3)
    assert store.invited_rater("digest", T2) == "R1"
    assert store.invited_rater("digest", T3) is None
    assert store.invited_rater("other", T2) is None


WRITER = """
import sys
from rater_app.core.reading import Answer
from rater_app.store import ReadingStore
store = ReadingStore(sys.argv[1])
for revision in range(1, 100000):
    store.add_reading("a1", revision, (Answer("quality", values=(revision,)),), "p", str(revision))
    print(revision, flush=True)
"""


def test_every_acknowledged_reading_survives_a_kill(store, path):
    """The writer says each revision after it was stored, and is killed without warning."""
    for _ in range(5):
        before = len(store.readings("a1"))
        code = WRITER.replace("range(1,", f"range({before + 1},")
        writer = subprocess.Popen(
            [sys.executable, "-c", code, f"sqlite:///{path}"], stdout=subprocess.PIPE, text=True
        )
        acknowledged = [int(writer.stdout.readline()) for _ in range(20)]
        writer.kill()
        acknowledged += [int(line) for line in writer.stdout if line.endswith("\n")]
        writer.stdout.close()
        writer.wait()
        stored = [reading.revision for reading in store.readings("a1")]
        assert stored == list(range(1, len(stored) + 1))
        assert acknowledged[-1] in stored
