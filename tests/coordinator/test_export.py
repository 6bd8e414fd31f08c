"""The hand-over: everything that raters said, joined with what the key knows."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from analysis.tables import load_handover
from analysis.volumes import read_labels
from rater_app.coordinator.export import export
from rater_app.coordinator.study_problems import InTheWay, StudyError
from rater_app.coordinator.unblinding_key import log_path
from rater_app.core.reading import Answer
from rater_app.reading_room import ReadingRoom, RoomError
from tests.coordinator.editing import CASE, EditedStudy
from tests.study_on_disk import CASES, MODELS, write_study

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
COMMENT = 'Islands, left; "two"\nand a ragged border\n=1+1'


class Clock:
    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def wait(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def rated(study: EditedStudy) -> EditedStudy:
    """R1 rated two masks and revised the first; R2 opened one; the study is not finished."""
    study.prepare()
    clock = Clock()
    room = ReadingRoom(study.room, clock)
    first = room.next("R1").code
    room.open("R1", first)
    clock.wait(42.5)
    room.submit("R1", first, [Answer("quality", values=(2,)), Answer("comment", text=COMMENT)], 0)
    clock.wait(60)
    second = room.next("R1").code
    room.open("R1", second)
    clock.wait(10)
    room.submit(
        "R1",
        second,
        [Answer("quality", cannot_judge=True), Answer("error_types", values=(4, 1))],
        0,
    )
    clock.wait(30)
    room.open("R1", first)
    clock.wait(5)
    room.submit("R1", first, [Answer("quality", values=(3,)), Answer("comment", text="=1+1")], 1)
    room.open("R2", room.next("R2").code)
    room.close()
    return study


def _exported(study: EditedStudy):
    folder = study.folder.parent / "handover"
    told = export(study.room, study.key, folder)
    return told, load_handover(folder)


def test_a_study_in_progress_is_exported_whole(rated: EditedStudy):
    told, handover = _exported(rated)
    assert (told.submitted, told.readings, told.masks) == (2, 44, 20)
    key = json.loads(rated.key.read_text())
    ratings = handover.ratings
    first = ratings[(ratings["position"] == 1)]
    assert list(zip(first["item"], first["revision"], first["valid"], strict=True)) == [
        ("quality", 1, False),
        ("error_types", 1, False),
        ("comment", 1, False),
        ("quality", 2, True),
        ("error_types", 2, True),
        ("comment", 2, True),
    ]
    quality = first[first["item"] == "quality"]
    assert list(quality["value"]) == [2.0, 3.0]
    assert list(quality["answer"]) == ["Fair", "Good"]
    assert list(quality["elapsed_s"]) == [42.5, 5.0]
    assert list(first[first["item"] == "comment"]["answer"]) == [COMMENT, "=1+1"]
    assert set(first[first["item"] == "error_types"]["answer"]) == {""}
    code = first["code"].iloc[0]
    mask = key["masks"][key["assignments"][code]]
    assert (first["case"].iloc[0], first["model"].iloc[0]) == (mask["case"], mask["model"])
    assert first["prompt"].iloc[0] == mask["prompt"]


def test_cannot_judge_and_several_answers(rated: EditedStudy):
    _, handover = _exported(rated)
    second = handover.ratings[handover.ratings["position"] == 2].set_index("item")
    assert second.loc["quality", "answer"] == "cannot judge"
    assert np.isnan(second.loc["quality", "value"])
    assert second.loc["error_types", "answer"] == "Too large;Extra island"
    assert np.isnan(second.loc["error_types", "value"])
    assert "comment" not in second.index


def test_assignments_say_how_far_they_came(rated: EditedStudy):
    _, handover = _exported(rated)
    status = handover.assignments.groupby(["rater", "status"]).size().to_dict()
    assert status == {
        ("R1", "submitted"): 2,
        ("R1", "waiting"): 20,
        ("R2", "opened"): 1,
        ("R2", "waiting"): 21,
    }
    assert (handover.assignments["replicate"] == 1).sum() == 4


def test_masks_and_references_come_along(rated: EditedStudy):
    _, handover = _exported(rated)
    assert len(handover.masks) == len(CASES) * len(MODELS)
    for row in handover.masks.itertuples():
        handed = read_labels(handover.folder / row.mask)
        source = read_labels(rated.mask(row.model, row.case))
        np.testing.assert_array_equal(handed.array, source.array)
        np.testing.assert_allclose(handed.affine, source.affine, atol=1e-6)
    for row in handover.references.itertuples():
        handed = read_labels(handover.folder / row.mask)
        np.testing.assert_array_equal(handed.array, read_labels(rated.reference(row.case)).array)
    assert dict(zip(handover.models["model"], handover.models["family"], strict=True)) == {
        model: family for model, (family, _, _) in MODELS.items()
    }
    assert handover.description.structures == ("WT", "TC", "ET")
    assert handover.description.document["software"].startswith("rater-app ")


def test_opening_the_key_is_logged(rated: EditedStudy):
    export(rated.room, rated.key, rated.folder.parent / "h1", command="export of a test")
    export(rated.room, rated.key, rated.folder.parent / "h2")
    lines = [json.loads(line) for line in log_path(rated.key).read_text().splitlines()]
    assert len(lines) == 2
    assert lines[0]["command"] == "export of a test"
    assert lines[0]["by"]
    assert datetime.fromisoformat(lines[0]["at"]).tzinfo is not None


def test_a_key_of_another_room_is_refused(rated: EditedStudy, tmp_path):
    other = EditedStudy(write_study(tmp_path / "elsewhere" / "study").folder)
    other.prepare()
    with pytest.raises(StudyError, match="is not the key of the room"):
        export(rated.room, other.key, tmp_path / "handover")
    assert not (tmp_path / "handover").exists()


def test_a_changed_or_vanished_source_is_told(rated: EditedStudy):
    rated.mask().write_bytes(rated.mask("OrchidNet-3w").read_bytes())
    rated.mask("MarlinSAM-2t").unlink()
    rated.reference().unlink()
    target = rated.folder.parent / "handover"
    with pytest.raises(StudyError) as refused:
        export(rated.room, rated.key, target)
    assert sorted(refused.value.problems) == sorted(
        [
            f"{rated.mask()} has changed since the room was prepared: bring back the file that "
            "was rated.",
            f"{rated.mask('MarlinSAM-2t')} is not there any more: bring it back to where it was.",
            f"{rated.reference()} is not there any more: bring it back to where it was.",
        ]
    )
    assert not target.exists()
    assert not list(rated.folder.parent.glob(".*"))


def test_things_in_the_way(rated: EditedStudy, tmp_path):
    with pytest.raises(InTheWay, match="exists already"):
        export(rated.room, rated.key, rated.folder)
    with pytest.raises(InTheWay, match="there is no unblinding key"):
        export(rated.room, tmp_path / "no.json", tmp_path / "h")
    with pytest.raises(RoomError, match="is not a room"):
        export(rated.folder, rated.key, tmp_path / "h")
    (tmp_path / "odd.json").write_text("[1]")
    with pytest.raises(StudyError, match="is not an unblinding key"):
        export(rated.room, tmp_path / "odd.json", tmp_path / "h")


def test_per_structure_ratings(study: EditedStudy):
    study.change("study.toml", 'scheme = "brats"', 'scheme = "brats"\nper_structure = true')
    study.prepare()
    room = ReadingRoom(study.room)
    code = room.next("R1").code
    room.open("R1", code)
    answers = [
        Answer("quality", name, (level,))
        for name, level in zip(("WT", "TC", "ET"), (4, 3, 1), strict=True)
    ]
    room.submit("R1", code, answers, 0)
    room.close()
    _, handover = _exported(study)
    quality = handover.ratings[handover.ratings["item"] == "quality"]
    assert dict(zip(quality["structure"], quality["value"], strict=True)) == {
        "WT": 4.0,
        "TC": 3.0,
        "ET": 1.0,
    }


def test_names_of_files_are_plain_and_apart(study: EditedStudy):
    path = study.folder / "masks.csv"
    text = path.read_text().replace("OrchidNet-3w,", "a/b,").replace("KestrelUNet-5r,", "a b,")
    path.write_text(text.replace(f"{CASE},MarlinSAM-2t,", f"{CASE},A-B,"))
    study.prepare()
    _, handover = _exported(study)
    names = list(handover.masks["mask"])
    assert len({name.casefold() for name in names}) == 20
    assert all(name.startswith("masks/") and name.count("/") == 1 for name in names)
