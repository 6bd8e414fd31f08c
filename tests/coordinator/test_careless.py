"""Slips that every coordinator makes once: spreadsheets, copies, full disks, wrong places."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rater_app.coordinator import init as initialising
from rater_app.coordinator import prepare as preparing
from rater_app.coordinator.export import export
from rater_app.coordinator.instruments import load_instrument
from rater_app.coordinator.study_problems import InTheWay, StudyError
from rater_app.core.instrument import InstrumentError
from rater_app.store import NotStored
from tests.coordinator.editing import EditedStudy
from tests.study_on_disk import CASES


def test_empty_columns_at_the_end_of_a_spreadsheet_are_passed_over(study: EditedStudy):
    path = study.folder / "images.csv"
    path.write_text("".join(f"{line},,\n" for line in path.read_text().splitlines()))
    assert study.prepare().cases == len(CASES)


def test_rows_that_are_too_short_or_too_long_have_their_own_remedy(study: EditedStudy):
    study.add("images.csv", "x,T1")
    study.add("images.csv", "x,T1,a, b.nii")
    short, long = study.problems()
    assert short == (
        "images.csv, line 12: there are 2 cells instead of 3: every cell needs its comma, empty "
        "ones too"
    )
    assert long.endswith("4 cells instead of 3: put quotes around cells that hold commas")


def test_an_open_quote_is_found_where_it_begins(study: EditedStudy):
    path = study.folder / "images.csv"
    header, first, *others = path.read_text().splitlines()
    path.write_text("\n".join([header, first.replace("T1,", 'T1,"'), *others]))
    told = [sentence for sentence in study.problems() if sentence.startswith("images.csv")]
    assert len(told) == 1
    assert told[0].startswith("images.csv, line 2: this is not CSV from here on")


def test_zero_bytes_in_a_table(study: EditedStudy):
    study.change("images.csv", "T1", "T\0")
    assert "images.csv: the file holds zero bytes" in study.problems()[0]


def test_no_structures_are_not_a_choice(study: EditedStudy):
    study.change(
        "study.toml", 'scheme = "brats"', 'scheme = "brats"\nper_structure = true\nstructures = []'
    )
    assert study.problems() == (
        "study.toml: “structures” is empty: name some, or remove the line to ask for all",
    )


def test_rater_ids_that_would_be_mixed_up(study: EditedStudy):
    study.change("study.toml", 'id = "R2"', 'id = "all"')
    study.add("study.toml", '[[raters]]\nid = "r1"')
    every, twice = study.problems()
    assert "“all” means every rater" in every
    assert "“r1” stands twice" in twice


def test_raters_of_a_wrong_type_are_one_problem(study: EditedStudy):
    path = study.folder / "study.toml"
    path.write_text(path.read_text().partition("[[raters]]")[0] + '[raters]\nid = "R1"\n')
    assert len(study.problems()) == 1


def test_a_windows_path_in_toml(study: EditedStudy):
    study.change("study.toml", '"expert4"', r'"C:\Users\me\ours.toml"')
    assert "write / instead of \\ in paths" in study.problems()[0]


def test_a_file_instead_of_the_study_folder(study: EditedStudy):
    with pytest.raises(StudyError, match=r"give the folder that holds study\.toml"):
        preparing.prepare(study.folder / "study.toml", study.room, study.key)


def test_one_file_for_two_models_is_a_warning(study: EditedStudy):
    second, third = (study.mask(case=case).name for case in CASES[1:3])
    study.change("masks.csv", third, second)
    with pytest.raises(StudyError):  # the grids of these cases differ
        study.prepare()
    other = study.mask("OrchidNet-3w").name
    study.change("masks.csv", f"{CASES[2]},ZephyrSeg-7q", f"{CASES[1]},Copied")
    study.change("masks.csv", other, study.mask().name)
    told = [w for w in study.prepare().warnings if "check that it is meant" in w]
    assert len(told) == 2
    assert f"{study.mask().name} is the mask of line 2 too" in told[0]


def test_an_instrument_without_a_rating_item_is_a_warning(study: EditedStudy):
    study.change("study.toml", '"expert4"', '"ours.toml"')
    (study.folder / "ours.toml").write_text('[[items]]\nid = "q"\nkind = "text"\ntext = "Why?"\n')
    assert any("no rating item" in warning for warning in study.prepare().warnings)


@pytest.mark.parametrize(("label", "sentence"), [(" ", "empty label"), ("Cannot judge", "count")])
def test_labels_that_would_be_misread(tmp_path: Path, label: str, sentence: str):
    (tmp_path / "ours.toml").write_text(
        '[[items]]\nid = "q"\nkind = "choice"\ntext = "Which?"\nlevels = '
        f'[{{value = 1, label = "{label}"}}, {{value = 2, label = "b"}}]\n'
    )
    with pytest.raises(InstrumentError, match=sentence):
        load_instrument("ours.toml", tmp_path)


def test_a_hand_over_never_lies_where_raters_are_served_from(study: EditedStudy):
    study.prepare()
    with pytest.raises(InTheWay, match="would lie inside the room"):
        export(study.room, study.key, study.room / "handover")
    assert not (study.room / "handover").exists()


def test_a_room_that_lost_its_volumes_is_told_by_file(study: EditedStudy):
    study.prepare()
    lost = [path for path in (study.room / "volumes").iterdir() if path.unlink() is None]
    with pytest.raises(StudyError) as refused:
        export(study.room, study.key, study.folder.parent / "handover")
    assert len(refused.value.problems) == 20
    assert str(lost[0].parent) in refused.value.problems[0]
    assert "restore the room from a copy" in refused.value.problems[0]


@pytest.mark.parametrize(
    "damage",
    [
        lambda key: key["study"].clear(),
        lambda key: key["study"]["instrument"].clear(),
        lambda key: key["study"].update(scheme={"name": "x"}),
        lambda key: key["references"].append(1),
        lambda key: next(iter(key["masks"].values())).pop("mask"),
    ],
)
def test_a_damaged_key_is_none(study: EditedStudy, damage):
    study.prepare()
    key = json.loads(study.key.read_text("utf-8"))
    damage(key)
    study.key.write_text(json.dumps(key), "utf-8")
    with pytest.raises(StudyError, match=r"key\.json is not an unblinding key"):
        export(study.room, study.key, study.folder.parent / "handover")


def test_a_full_disk_at_the_store_is_said_plainly(study: EditedStudy, monkeypatch):
    def full(*_: object) -> None:
        raise NotStored("database or disk is full")

    monkeypatch.setattr(preparing.ReadingStore, "create", full)
    with pytest.raises(InTheWay, match="disk is full"):
        study.prepare()
    assert not study.room.exists()
    assert not study.key.exists()


def test_a_place_that_refuses_is_named_as_it_was_given(study: EditedStudy, monkeypatch):
    def refuse(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(InTheWay) as refused:
        study.prepare()
    assert str(refused.value) == f"{study.room} cannot be written (Permission denied)."


def test_init_on_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch):
    write = Path.write_text

    def full(self: Path, *arguments: str, **options: str) -> int:
        if self.name == "study.toml":
            write(self, "half", encoding="utf-8")
            raise OSError(28, "No space left on device")
        return write(self, *arguments, **options)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(InTheWay, match="No space left"):
        initialising.init(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []
