"""A store of the first layout is brought up to date, and keeps all that it holds."""

from __future__ import annotations

import json
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from rater_app.core.assignment import Assignment
from rater_app.core.correction import Effort
from rater_app.core.reading import Answer
from rater_app.reading_room import ReadingRoom, RoomError
from rater_app.store import (
    SCHEMA_VERSION,
    NotStored,
    ReadingStore,
    StoredCorrection,
    StoredDelivery,
)
from tests.builders import build_room
from tests.store.layout_1 import write_layout_1

GOOD = (Answer("quality", values=(4,)),)
T1, T2, T3 = (f"2026-01-01T10:0{minute}:00.000000+00:00" for minute in range(3))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "store.sqlite"
    write_layout_1(
        path,
        {
            "assignments": [("a1", "R1", "m1", 0, 1), ("a2", "R1", "m2", 0, 2)],
            "openings": [(1, "a1", T1)],
            "drafts": [(1, "a2", json.dumps([GOOD[0].to_dict()]), T1)],
            "readings": [("a1", 1, json.dumps([GOOD[0].to_dict()]), "print", T1, T2)],
        },
    )
    return path


def dump(path: Path) -> dict[str, str]:
    with sqlite3.connect(path) as raw:
        found = dict(raw.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    raw.close()
    return found


def test_what_was_stored_is_there_and_what_is_new_can_be_stored(path):
    before = dump(path)
    store = ReadingStore(f"sqlite:///{path}")
    assert store.version() == 1
    store.upgrade()
    assert store.version() == SCHEMA_VERSION == 3
    assert [reading.answers for reading in store.readings()] == [GOOD]
    assert store.draft("a2") == GOOD
    assert store.openings() == (("a1", T1),)
    assert store.assignments() == (
        Assignment("a1", "R1", "m1", 0, 1, revision=1),
        Assignment("a2", "R1", "m2", 0, 2),
    )
    correction = StoredCorrection("a1", 1, 0, "5ha", Effort(), {}, T3)
    assert store.corrections.add(correction, b"voxels", finish=True) == correction
    assert store.assignment("R1", "a1").finished == 1
    store.close()
    after = dump(path)
    assert before.items() <= after.items()


def test_an_upgraded_store_equals_a_new_one(path, tmp_path):
    old = ReadingStore(f"sqlite:///{path}")
    old.upgrade()
    old.upgrade()
    old.close()
    new = ReadingStore(f"sqlite:///{tmp_path / 'new.sqlite'}")
    new.create([])
    new.close()
    plain = [
        {name: "".join(sql.split()) for name, sql in dump(each).items()}
        for each in (path, tmp_path / "new.sqlite")
    ]
    assert plain[0] == plain[1]


def layout_2(path: Path) -> None:
    """Make a store of the second layout: all but what desks send."""
    new = ReadingStore(f"sqlite:///{path}")
    new.create([Assignment("a1", "R1", "m1", 0, 1)])
    new.close()
    with sqlite3.connect(path) as raw:
        kept = dump(path)["schema_no_update"]
        raw.execute("DROP TABLE deliveries")
        raw.execute("DROP TRIGGER schema_no_update")
        raw.execute("UPDATE schema SET version = 2")
        raw.execute(kept)
    raw.close()


def test_a_store_of_the_second_layout_gets_what_it_lacks(tmp_path):
    path = tmp_path / "store.sqlite"
    layout_2(path)
    before = dump(path)
    store = ReadingStore(f"sqlite:///{path}")
    assert store.version() == 2
    store.upgrade()
    store.upgrade()
    assert store.version() == 3
    delivery = StoredDelivery("1" * 32, "a1", "rating", "stored", "", "napari plugin", {}, T1)
    assert store.deliveries.add(delivery) == delivery
    assert store.deliveries.add(replace(delivery, received_at=T2), b"voxels") == delivery
    assert store.deliveries.all() == (delivery,)
    assert store.deliveries.voxels("1" * 32) is None
    store.close()
    after = dump(path)
    assert before.items() <= after.items()
    assert {name for name in after.keys() - before.keys() if name.startswith("deliveries")} == {
        "deliveries",
        "deliveries_no_update",
        "deliveries_no_delete",
        "deliveries_no_insert",
    }


def test_an_upgraded_store_is_as_append_only_as_a_new_one(path):
    store = ReadingStore(f"sqlite:///{path}")
    store.upgrade()
    store.corrections.finish("a1", 0, False, T3)
    store.close()
    for statement in ("DELETE FROM finishings", "DELETE FROM schema", "DELETE FROM readings"):
        with sqlite3.connect(path) as raw, pytest.raises(sqlite3.DatabaseError, match="never"):
            raw.execute(statement)
        raw.close()


def test_several_processes_may_open_an_old_store_at_once(path):
    stores = [ReadingStore(f"sqlite:///{path}") for _ in range(4)]
    barrier = threading.Barrier(4)

    def upgrade(store: ReadingStore) -> None:
        barrier.wait()
        store.upgrade()

    threads = [threading.Thread(target=upgrade, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.version() for store in stores] == [3] * 4
    for store in stores:
        store.close()


def test_an_upgrade_is_whole_or_does_not_happen(path):
    with sqlite3.connect(path) as raw:  # in the way of the last of the new tables
        raw.execute("CREATE VIEW viewings AS SELECT 1 AS assignment")
    raw.close()
    store = ReadingStore(f"sqlite:///{path}")
    with pytest.raises(NotStored):
        store.upgrade()
    assert store.version() == 1
    assert "corrections" not in dump(path)
    store.close()


def old_room(folder: Path) -> Path:
    """Make a room as it was before masks could be corrected."""
    built = build_room(folder)
    planned = [
        (a.code, a.rater, a.mask, a.replicate, a.position) for a in built.store.assignments()
    ]
    built.close()
    for stored in folder.glob("store.sqlite*"):
        stored.unlink()
    write_layout_1(folder / "store.sqlite", {"assignments": planned})
    study = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    for key in ("correction", "rate_again", "viewing_log"):
        del study[key]
    (folder / "study.json").write_text(json.dumps(study), encoding="utf-8")
    return folder


def test_an_old_room_is_brought_up_to_date_when_it_is_opened(tmp_path):
    room = ReadingRoom(old_room(tmp_path / "room"))
    assert room.store.version() == 3
    study = room.study
    assert (study.correction, study.rate_again, study.viewing_log) == ("off", False, True)
    assert study == replace(study, correction="off")
    code = room.next("R1").code
    room.submit("R1", code, GOOD, 0)
    assert room.progress("R1").done == 1
    room.close()


def test_an_old_room_that_cannot_be_brought_up_to_date_says_so(tmp_path):
    folder = old_room(tmp_path / "room")
    with sqlite3.connect(folder / "store.sqlite") as raw:
        raw.execute("CREATE VIEW corrections AS SELECT 1 AS assignment")
    raw.close()
    with pytest.raises(RoomError, match="older version of rater-app, and its store cannot be"):
        ReadingRoom(folder)
