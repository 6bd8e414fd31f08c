"""The viewing log of a hand-over: openings are summed, slices count once."""

from __future__ import annotations

from typing import Any

import pytest

from analysis.tables import load_handover
from rater_app.coordinator.export import export
from rater_app.reading_room import ReadingRoom
from tests.coordinator.correcting import Clock
from tests.coordinator.editing import EditedStudy


def snapshot(mount: str, stage: str = "rate", **changes: Any) -> dict[str, Any]:
    return {
        "mount": mount,
        "stage": stage,
        "active_s": 12.5,
        "idle_s": 3.0,
        "seen": {"axial": [[0, 3], [6, 6]], "coronal": [[2, 4]], "sagittal": []},
        "slices": {"axial": 16, "coronal": 28, "sagittal": 24},
        "window_changes": 3,
        "channel_changes": 4,
        "mask_toggles": 2,
        "layout_changes": 1,
        "structure_toggles": 5,
        "measurements": 0,
        "zooms": 2,
        "cine_s": 0.5,
    } | changes


@pytest.fixture
def logged(study: EditedStudy):
    """Keep snapshots of R1's first mask, in the order given, and load the hand-over."""
    study.prepare()

    def keep(*snapshots: dict[str, Any]):
        room = ReadingRoom(study.room, Clock())
        code = room.next("R1").code
        for each in snapshots:
            room.store.viewings.add(code, each["mount"], each, "2026-11-23T09:00:00+00:00")
        room.close()
        export(study.room, study.key, study.folder.parent / "handover")
        viewing = load_handover(study.folder.parent / "handover").viewing
        assert set(viewing["code"]) <= {code}
        return viewing.set_index("stage")

    return keep


def test_the_last_snapshot_of_each_opening_counts(logged) -> None:
    viewing = logged(
        snapshot("a1", active_s=5.0, zooms=1),
        snapshot("b2", active_s=1.25, seen={"axial": [[2, 8]]}, zooms=0),
        snapshot("a1"),
    )
    row = viewing.loc["rate"]
    assert len(viewing) == 1
    assert (row["openings"], row["active_s"], row["idle_s"], row["cine_s"]) == (2, 13.75, 6.0, 1.0)
    assert (row["axial_seen"], row["axial_slices"]) == (9, 16)  # 0 to 3 and 6, and 2 to 8
    assert (row["coronal_seen"], row["coronal_slices"]) == (3, 28)
    assert (row["sagittal_seen"], row["sagittal_slices"]) == (0, 24)
    counts = ["window_changes", "channel_changes", "mask_toggles", "layout_changes"]
    assert row[counts].tolist() == [6, 8, 4, 2]
    assert row[["structure_toggles", "measurements", "zooms"]].tolist() == [10, 0, 2]


def test_of_an_opening_the_longest_snapshot_counts_whenever_it_arrived(logged) -> None:
    """That of a page which is closing can overtake, or be overtaken."""
    viewing = logged(
        snapshot("a1", active_s=5.0, idle_s=2.0, zooms=1),
        snapshot("a1", active_s=5.0, idle_s=9.0, zooms=3),
        snapshot("a1", active_s=5.5, idle_s=2.0, zooms=2),
    )
    row = viewing.loc["rate"]
    assert (row["openings"], row["active_s"], row["idle_s"], row["zooms"]) == (1, 5.0, 9.0, 3)


def test_a_mount_that_lasts_over_two_stages_counts_in_both(logged) -> None:
    viewing = logged(snapshot("a1"), snapshot("a1", "correct", active_s=80.0))
    assert viewing["active_s"].to_dict() == {"rate": 12.5, "correct": 80.0}


def test_stages_stand_in_rows_of_their_own(logged) -> None:
    viewing = logged(
        snapshot("a1"),
        snapshot("b2", "correct", active_s=80.0),
        snapshot("c3", "rate_again", active_s=4.0),
        snapshot("d4", "correct", active_s=20.0),
        snapshot("e5", "elsewhere"),
    )
    assert viewing["active_s"].to_dict() == {"rate": 12.5, "correct": 100.0, "rate_again": 4.0}
    assert viewing["openings"].to_dict() == {"rate": 1, "correct": 2, "rate_again": 1}
    assert viewing.reset_index()["rater"].unique().tolist() == ["R1"]


def test_whatever_a_browser_says_the_export_goes_on(logged) -> None:
    far = 10**15
    viewing = logged(
        snapshot("a1", seen={"axial": [[0, far], [4, 2], [1], 7, [[1], 2]]}, zooms=[1, 2]),
        snapshot("b2", seen=[1, 2], slices={"axial": [3]}, active_s=far, window_changes=far),
        {"mount": "c3", "stage": "rate"},
    )
    row = viewing.loc["rate"]
    assert (row["axial_seen"], row["axial_slices"], row["zooms"]) == (16, 16, 2)
    assert (row["openings"], row["coronal_seen"]) == (3, 0)


def test_without_a_log_there_is_no_table(logged) -> None:
    assert logged().empty
