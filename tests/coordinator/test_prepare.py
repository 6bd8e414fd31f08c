"""The room and its key: what they hold, what they must not, and both or none."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import numpy as np
import pytest

from analysis.volumes import read_image, read_labels
from rater_app.coordinator import prepare as preparing
from rater_app.coordinator.blinding import label_colours, name_leaks
from rater_app.coordinator.study_problems import InTheWay
from rater_app.reading_room import ReadingRoom
from tests.blinding_search import files_of, find_secrets
from tests.coordinator.editing import CASE, MODEL, EditedStudy, rewrite
from tests.study_on_disk import CASES, MODELS, SECRETS


def _key(study: EditedStudy):
    return json.loads(study.key.read_text())


def _sources_in_order(study: EditedStudy, rater: str):
    key, room = _key(study), ReadingRoom(study.room)
    order = [
        (*(key["masks"][a.mask][k] for k in ("case", "model", "prompt")), a.replicate)
        for a in room.assignments(rater)
    ]
    room.close()
    return order


def test_the_room_holds_what_raters_need(study: EditedStudy):
    prepared = study.prepare()
    room = ReadingRoom(study.room)
    # 20 masks, a tenth of them twice, two raters
    assert (prepared.cases, prepared.masks, prepared.readings) == (5, 20, 44)
    assert [label.name for label in room.study.labels][2] == "enhancing tumour"
    assert [s.name for s in room.study.structures] == ["WT", "TC", "ET"]
    assert room.study.cases[0].channels == ("T1", "FLAIR")
    assert [item.id for item in room.study.instrument.items] == [
        "quality",
        "error_types",
        "comment",
    ]
    assert not room.study.ct
    assert room.progress("R1").total == 22
    room.close()


@pytest.mark.parametrize(
    ("lines", "settings"),
    [
        ("", ("off", False, True)),
        ('correction = "off"', ("off", False, True)),
        ('correction = "optional"', ("optional", False, True)),
        ('correction = "required"\nrate_again = true', ("required", True, True)),
        ("viewing_log = false", ("off", False, False)),
    ],
)
def test_the_room_knows_what_follows_the_rating(study: EditedStudy, lines, settings):
    study.change("study.toml", "seed = 11", f"seed = 11\n{lines}")
    study.prepare()
    room = ReadingRoom(study.room)
    told = room.study
    assert (told.correction, told.rate_again, told.viewing_log) == settings
    assert (told.plan.rule, told.plan.rate_again) == settings[:2]
    assert type(told).from_dict(told.to_dict()) == told
    room.close()


def test_volumes_are_the_sources_on_one_grid(study: EditedStudy):
    study.prepare()
    key, room = _key(study), ReadingRoom(study.room)
    for code, mask in key["masks"].items():
        blinded = room.study.mask(code)
        assert key["cases"][blinded.case] == mask["case"]
        shown = read_labels(study.room / "volumes" / blinded.volume)
        source = read_labels(study.mask(mask["model"], mask["case"]))
        np.testing.assert_array_equal(shown.array, source.array)
        for channel, name in zip(
            ("T1", "FLAIR"), room.study.case(blinded.case).volumes, strict=True
        ):
            image = read_image(study.room / "volumes" / name)
            np.testing.assert_array_equal(image.affine, shown.affine)
            source = read_image(study.image(channel, mask["case"]))
            np.testing.assert_array_equal(image.array, source.array)
            np.testing.assert_allclose(image.affine, source.affine, atol=1e-6)
    room.close()


def test_no_secret_is_in_the_room(study: EditedStudy):
    study.prepare()
    secrets = (*SECRETS, *CASES, str(study.folder), study.folder.name + "/")
    assert find_secrets(secrets, files_of(study.room)) == []


def test_nothing_in_the_room_can_be_read_by_others_or_told_by_its_times(study: EditedStudy):
    study.prepare()
    entries = [study.room, *study.room.rglob("*")]
    assert len(entries) == 1 + 3 + 1 + 30
    for path in entries:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path
    assert stat.S_IMODE(study.key.stat().st_mode) == 0o600
    times = {path.stat().st_mtime for path in entries}
    assert len(times) == 1
    for packed in (study.room / "volumes").iterdir():
        head = packed.read_bytes()[:10]
        assert head[3] == 0  # no file name in the gzip header
        assert head[4:8] == b"\0\0\0\0"  # no time


def test_the_seed_decides_the_order_and_never_the_codes(study: EditedStudy):
    study.prepare()
    first = {rater: _sources_in_order(study, rater) for rater in ("R1", "R2")}
    codes = set(_key(study)["masks"]) | set(_key(study)["assignments"]) | set(_key(study)["cases"])
    study.room.rename(study.room.with_name("room1"))
    study.key.rename(study.key.with_name("key1.json"))
    # The order of the table does not matter either.
    path = study.folder / "masks.csv"
    head, *rows = path.read_text().splitlines()
    path.write_text("\n".join([head, *reversed(rows)]))
    study.prepare()
    assert {rater: _sources_in_order(study, rater) for rater in ("R1", "R2")} == first
    assert first["R1"] != first["R2"]
    key = _key(study)
    assert not codes & (set(key["masks"]) | set(key["assignments"]) | set(key["cases"]))


def test_the_key_undoes_the_blinding(study: EditedStudy):
    study.prepare()
    key = _key(study)
    assert sorted(key["cases"].values()) == sorted(CASES)
    assert {mask["model"] for mask in key["masks"].values()} == set(MODELS)
    assert set(key["assignments"].values()) == set(key["masks"])
    assert key["study"]["seed"] == 11
    assert key["study"]["scheme"]["name"] == "brats"
    assert all(Path(r["mask"]).is_absolute() for r in key["references"])


def test_an_existing_room_or_key_is_never_overwritten(study: EditedStudy):
    study.room.mkdir()
    with pytest.raises(InTheWay, match="room exists already"):
        study.prepare()
    study.room.rmdir()
    study.key.write_text("precious")
    with pytest.raises(InTheWay, match=r"key\.json exists already"):
        study.prepare()
    assert study.key.read_text() == "precious"
    assert not study.room.exists()


def test_a_key_inside_the_room_is_refused(study: EditedStudy):
    with pytest.raises(InTheWay, match="would lie inside the room"):
        preparing.prepare(study.folder, study.room, study.room / "key.json")


def test_a_missing_parent_folder_is_named(study: EditedStudy):
    with pytest.raises(InTheWay, match="there is no such folder; make it first"):
        preparing.prepare(study.folder, study.room / "deeper" / "room", study.key)


@pytest.mark.parametrize("moment", [3, 25, 35])
def test_an_interruption_leaves_nothing(study: EditedStudy, moment):
    def interrupt(done: int, total: int) -> None:
        assert total == 35
        if done == moment:
            raise KeyboardInterrupt

    before = sorted(study.folder.parent.iterdir())
    with pytest.raises(KeyboardInterrupt):
        preparing.prepare(study.folder, study.room, study.key, interrupt)
    assert sorted(study.folder.parent.iterdir()) == before


def test_a_room_that_cannot_be_placed_leaves_no_key(study: EditedStudy, monkeypatch):
    place = preparing.Path.replace

    def fail_for_the_room(path, target):
        if target == study.room:
            raise PermissionError(13, "Permission denied", str(target))
        return place(path, target)

    monkeypatch.setattr(preparing.Path, "replace", fail_for_the_room)
    before = sorted(study.folder.parent.iterdir())
    with pytest.raises(InTheWay, match="cannot be written"):
        study.prepare()
    assert sorted(study.folder.parent.iterdir()) == before


def test_labels_of_one_model_cannot_tell_it(study: EditedStudy):
    """BraTS files until 2022 call the enhancing tumour 4: raters see 3 for all of them."""
    labels = read_labels(study.mask()).array
    rewrite(study.mask(), np.where(labels == 3, 4, labels).astype(np.uint8))
    study.prepare()
    room = ReadingRoom(study.room)
    code = next(
        code
        for code, mask in _key(study)["masks"].items()
        if (mask["case"], mask["model"]) == (CASE, MODEL)
    )
    shown = read_labels(study.room / "volumes" / room.study.mask(code).volume).array
    np.testing.assert_array_equal(shown, labels)
    room.close()


def test_without_a_scheme_every_mask_has_the_label_one(study: EditedStudy):
    study.change("study.toml", 'scheme = "brats"', "")
    for path in study.folder.glob("*_*_*.nii.gz"):
        binary = (read_labels(path).array > 0).astype(np.uint8)
        rewrite(path, binary * (255 if MODEL in path.name else 1))
    study.prepare()
    room = ReadingRoom(study.room)
    assert [(label.value, label.name) for label in room.study.labels] == [(1, "segmentation")]
    assert room.study.structures == ()
    for mask in room.study.masks:
        shown = read_labels(study.room / "volumes" / mask.volume).array
        assert set(np.unique(shown)) == {0, 1}
    room.close()


def test_a_ct_channel_is_known_by_its_name(study: EditedStudy):
    path = study.folder / "images.csv"
    path.write_text(path.read_text().replace(",T1,", ",CT venous,"))
    study.prepare()
    room = ReadingRoom(study.room)
    assert room.study.ct
    room.close()


def test_a_long_scheme_shows_the_labels_that_masks_hold(study: EditedStudy):
    study.change("study.toml", '"brats"', '"totalsegmentator"')
    study.prepare()
    room = ReadingRoom(study.room)
    assert [label.name for label in room.study.labels] == ["spleen", "kidney right", "kidney left"]
    assert len(room.study.structures) == 117
    room.close()


def test_colours_are_distinct_for_every_count():
    for count in (1, 8, 41, 117, 255):
        colours = label_colours(count)
        assert len(set(colours)) == count
    assert label_colours(3) == ("#d55e00", "#56b4e9", "#f0e442")


@pytest.mark.parametrize(
    ("text", "what", "name", "leaks"),
    [
        ("Better than nnUNet?", "model", "nnU-Net", True),
        ("Better than nnu net?", "model", "nnUNet", True),
        ("the same discs", "model", "SAM", False),
        ("A small error", "model", "A", False),
        ("level 10", "model", "10", False),
        ("M1 or m1", "model", "M1", True),
        ("m1 only", "model", "M1", False),
        ("Human or machine?", "family", "human", False),
        ("the enhancing tumour", "prompt", "enhancing tumour", False),
        ("rate the enhancing tumour here", "prompt", "the enhancing tumour", True),
        ("is the mask good", "file", "mask", False),
        ("see case_01_seg", "file", "case_01_seg", True),
    ],
)
def test_names_in_texts(text, what, name, leaks):
    assert bool(name_leaks([("the guide", text)], [(what, name)])) == leaks
