"""The hand-over of a mixed study: browser and desk in one, and what was set aside beside it."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from analysis.overview import readings_by_program
from analysis.tables import load_handover
from analysis.volumes import read_labels
from rater_app.coordinator.delivery_rows import LONGEST_CELL
from rater_app.coordinator.export import export
from rater_app.coordinator.study_problems import StudyError
from rater_app.core.correction import Effort
from rater_app.core.reading import Answer
from rater_app.core.submission import Step
from rater_app.reading_room import ReadingRoom, SentMask
from rater_app.store import StoredDelivery
from rater_app.study_client.voxels import array_of, digest_of, voxels_of
from tests.coordinator.correcting import switch_on
from tests.coordinator.editing import EditedStudy
from tests.correcting import candidate_voxels, painted
from tests.submitting import SUBMITTED, correction, made, rating, sha256


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def answers_of(level: int) -> tuple[Answer, ...]:
    return (Answer("quality", values=(level,)),)


def test_a_mixed_study_is_handed_over_as_one(study: EditedStudy, tmp_path: Path) -> None:
    study.prepare()
    switch_on(study.room)
    room = ReadingRoom(study.room)
    ours, theirs = (a.code for a in room.assignments("R1")[:2])
    # At a desk: rated, corrected, rated again. In the browser: rated, corrected.
    before = candidate_voxels(room, ours)
    after = painted(before, 2, 7, 8)
    effort = Effort(60.0, 5.0, 3, 1, 0, {"brush": 1, "interpolate": 1, "fill": 1}, "napari kiosk")
    corrected, packed = correction(room, ours, after, effort=effort, host="napari kiosk")
    for submission, voxels in (
        (rating(ours, answers_of(3), host="napari kiosk"), None),
        (corrected, packed),
        (made(Step.SECOND_RATING, ours, answers=answers_of(4), version=1), None),
    ):
        room.deliveries.deliver("R1", submission, voxels)
    room.submit("R1", theirs, answers_of(2), 0)
    in_browser = painted(candidate_voxels(room, theirs), 2, 9)
    first, _ = correction(room, theirs, in_browser)
    room.corrections.save(
        "R1", theirs, SentMask(in_browser, is_packed=False), first.tag, Effort(), finish=True
    )
    # And a desk that was too late for the second reading.
    late = painted(candidate_voxels(room, theirs), 2, 11)
    room.deliveries.deliver("R1", rating(theirs, answers_of(1)), None)
    room.deliveries.deliver("R1", *correction(room, theirs, late))
    candidate = room.volume_path("R1", theirs, "mask").read_bytes()
    room.close()

    folder = tmp_path / "handover"
    export(study.room, study.key, folder)
    handed = load_handover(folder)
    desktop = rows_of(folder / "desktop.csv")
    assert [(r["step"], r["outcome"]) for r in desktop if r["code"] == ours] == [
        ("rating", "stored"),
        ("correction", "stored"),
        ("second_rating", "stored"),
    ]
    stored = next(r for r in desktop if r["step"] == "correction" and r["code"] == ours)
    assert (stored["host"], stored["programs"]) == ("napari kiosk", "rater-app 0.1.0")
    assert [stored[name] for name in ("strokes", "undos", "redos")] == ["3", "1", "0"]
    assert (stored["interpolations"], stored["fills"]) == ("1", "1")
    assert (stored["input_sha256"], stored["output_sha256"]) == (sha256(before), sha256(after))
    assert (stored["answers"], stored["mask"]) == ("", "")
    aside = {r["step"]: r for r in desktop if r["outcome"] == "set aside"}
    assert json.loads(aside["rating"]["answers"])[0]["values"] == [1]
    assert "another window" in aside["correction"]["problem"]
    kept = read_labels(folder / aside["correction"]["mask"])
    assert voxels_of(kept.array) == late
    assert (
        gzip.decompress((folder / aside["correction"]["mask"]).read_bytes())[:352]
        == gzip.decompress(candidate)[:352]
    )
    hosts = handed.corrections.set_index("code")["host"]
    assert (hosts[ours], hosts[theirs]) == ("napari kiosk", "browser")
    rated = handed.ratings[handed.ratings["valid"] & (handed.ratings["item"] == "quality")]
    assert sorted(rated["value"].tolist()) == [2, 3]
    mask = handed.corrections.set_index("code").loc[ours, "mask"]
    np.testing.assert_array_equal(
        voxels_of(read_labels(folder / mask).array),
        voxels_of(array_of(after, read_labels(folder / mask).array)),
    )
    assert digest_of(read_labels(folder / mask).array) == sha256(after)
    assert len(handed.desktop) == len(desktop) == 5
    # What the desk sent too late is no reading of its own.
    assert readings_by_program(handed) == {"browser": 1, "napari kiosk": 1}


def test_a_study_without_desks_has_no_such_table(study: EditedStudy, tmp_path: Path) -> None:
    study.prepare()
    export(study.room, study.key, tmp_path / "handover")
    assert not (tmp_path / "handover" / "desktop.csv").exists()
    assert load_handover(tmp_path / "handover").desktop.empty


def test_a_rating_belongs_to_the_program_that_was_last(study: EditedStudy, tmp_path: Path) -> None:
    study.prepare()
    room = ReadingRoom(study.room)
    changed, kept, ahead, late = (a.code for a in room.assignments("R1")[:4])
    for code in (changed, kept):
        room.deliveries.deliver("R1", rating(code, answers_of(3)), None)
    room.submit("R1", changed, answers_of(1), 1)
    fast = rating(ahead, answers_of(3), submitted_at="2999-01-01T00:00:00.000000+00:00")
    room.deliveries.deliver("R1", fast, None)
    room.submit("R1", late, answers_of(2), 0, at=SUBMITTED)
    room.deliveries.deliver("R1", rating(late, answers_of(1)), None)  # at the same time
    room.close()
    export(study.room, study.key, tmp_path / "handover")
    handed = load_handover(tmp_path / "handover")
    assert readings_by_program(handed) == {"browser": 2, "napari plugin": 2}


def test_nothing_that_a_desk_sends_can_stop_an_export(study: EditedStudy, tmp_path: Path) -> None:
    study.prepare()
    switch_on(study.room)
    room = ReadingRoom(study.room)
    code = room.assignments("R1")[0].code
    room.submit("R1", code, answers_of(2), 0)
    long = (Answer("comment", text="x" * (LONGEST_CELL + 1)),)
    room.deliveries.deliver("R1", rating(code, answers_of(1)), b"no mask at all")
    room.deliveries.deliver("R1", rating(code, long, base_revision=1), None)
    room.close()
    export(study.room, study.key, tmp_path / "handover")
    desktop = load_handover(tmp_path / "handover").desktop.set_index("answers")
    assert desktop["outcome"].tolist() == ["set aside"] * 2
    assert "too long for this table" in desktop.loc["", "problem"]
    assert desktop["mask"].tolist() == ["", ""]
    assert not (tmp_path / "handover" / "set_aside").exists()


@pytest.mark.parametrize("kept", [b"", gzip.compress(b"short"), None])
def test_a_mask_set_aside_that_is_not_as_it_came_is_told(
    study: EditedStudy, tmp_path: Path, kept: bytes | None
) -> None:
    study.prepare()
    room = ReadingRoom(study.room)
    code = room.assignments("R1")[0].code
    voxels = candidate_voxels(room, code)
    submission, _ = correction(room, code, painted(voxels, 2, 7))
    details = json.loads(json.dumps(submission.to_dict()))
    told = (submission.id, code, "correction", "set aside", "late", "napari plugin", details)
    other = gzip.compress(voxels) if kept is None else kept  # whole, and not what it says
    room.store.deliveries.add(StoredDelivery(*told, submission.submitted_at), other)
    room.close()
    with pytest.raises(StudyError, match=f"reading {code} that was set aside is not what the desk"):
        export(study.room, study.key, tmp_path / "handover")
    assert not (tmp_path / "handover").exists()
