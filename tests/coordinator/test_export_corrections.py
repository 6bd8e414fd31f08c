"""The hand-over of corrected masks: every version, bit for bit, with the effort that it took."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import sqlite3
from itertools import permutations, product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.metrics import correction_effort
from analysis.regions import load_scheme
from analysis.tables import load_handover
from analysis.volumes import Volume, read_labels, write_nifti_gz
from rater_app.coordinator.export import Exported, export
from rater_app.coordinator.prepare import prepare
from rater_app.coordinator.study_problems import StudyError
from rater_app.core.correction import Effort
from rater_app.reading_room import STORE_FILE, ReadingRoom
from tests.coordinator.correcting import Clock, Corrector, switch_on
from tests.coordinator.editing import EditedStudy

FURTHER = ("corrections.csv", "correction_effort.csv", "corrected_ratings.csv")


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _export(study: EditedStudy, **how) -> tuple[Exported, Path]:
    folder = study.folder.parent / "handover"
    return export(study.room, study.key, folder, **how), folder


@pytest.fixture
def corrected(study: EditedStudy) -> SimpleNamespace:
    """R1 corrected one mask twice, left one as it was, and never finished a third."""
    study.prepare()
    switch_on(study.room)
    room = ReadingRoom(study.room, Clock())
    rater = Corrector(room, "R1")

    twice = rater.rate()
    first = rater.candidate(twice).copy()
    first[2:5, 2:5, 3] = 2
    rater.save(twice, first, Effort(12.5, 3.0, 4, 1, 0, {"brush": 3, "eraser": 1}), finish=True)
    rater.rate_again(twice, 1, level=3)
    second = first.copy()
    second[2, 2, 3] = 0
    rater.save(twice, second, Effort(2.5, 0.5, 1, tool="napari"))
    rater.finish(twice, 2)
    rater.rate_again(twice, 2, level=3, base_revision=1)
    rater.rate_again(twice, 2, level=4, base_revision=2)

    untouched = rater.rate(level=4)
    rater.finish(untouched, 0)

    unfinished = rater.rate()
    half = rater.candidate(unfinished).copy()
    half[half > 0] = 0
    rater.save(unfinished, half, Effort(7.0))
    room.close()
    return SimpleNamespace(
        study=study,
        twice=twice,
        untouched=untouched,
        unfinished=unfinished,
        versions={(twice, 1): first, (twice, 2): second, (unfinished, 1): half},
    )


def test_every_version_is_handed_over_and_the_finished_one_is_valid(corrected) -> None:
    told, folder = _export(corrected.study)
    assert told.corrections == 3
    frame = load_handover(folder).corrections
    listed = list(frame[["code", "version", "parent", "valid"]].itertuples(index=False, name=None))
    assert listed == [
        (corrected.twice, 1, 0, False),
        (corrected.twice, 2, 1, True),
        (corrected.untouched, 0, 0, True),
        (corrected.unfinished, 1, 0, False),
    ]
    key = json.loads(corrected.study.key.read_text())
    mask = key["masks"][key["assignments"][corrected.twice]]
    row = frame.iloc[0]
    assert tuple(row[["rater", "case", "model", "prompt", "replicate"]]) == (
        "R1",
        *(mask[name] for name in ("case", "model", "prompt")),
        0,
    )
    assert tuple(row[["active_s", "idle_s", "strokes", "undos", "redos"]]) == (12.5, 3, 4, 1, 0)
    assert (row["tools"], row["host"]) == ("brush 3;eraser 1", "browser")
    assert frame["host"].tolist() == ["browser", "napari", "", "browser"]
    assert row["saved_at"] == row["finished_at"] < frame.iloc[1]["saved_at"]
    assert frame.iloc[1]["saved_at"] < frame.iloc[1]["finished_at"]
    assert frame["finished_at"].ne("").tolist() == [True, True, True, False]
    assert frame["active_s"].isna().tolist() == [False, False, True, False]  # not known


def test_files_are_the_saved_voxels_under_plain_names(corrected) -> None:
    _, folder = _export(corrected.study)
    handover = load_handover(folder)
    masks = handover.masks.set_index(["case", "model", "prompt"])["mask"]
    for row in handover.corrections.itertuples():
        candidate = masks[row.case, row.model, row.prompt]
        if row.version == 0:
            assert row.mask == candidate
            continue
        assert row.mask == f"corrections/{Path(candidate).name.removesuffix('.nii.gz')}" + (
            f"__R1__r0__v{row.version}.nii.gz"
        )
        found, before = read_labels(folder / row.mask), read_labels(folder / candidate)
        np.testing.assert_array_equal(found.array, corrected.versions[row.code, row.version])
        np.testing.assert_array_equal(found.affine, before.affine)
    written = {f"corrections/{path.name}" for path in (folder / "corrections").iterdir()}
    assert written == set(handover.corrections["mask"]) - set(handover.masks["mask"])


def test_the_effort_is_that_against_the_candidate(corrected) -> None:
    _, folder = _export(corrected.study)
    handover = load_handover(folder)
    frame = handover.correction_effort
    assert frame["structure"].tolist() == ["", "WT", "TC", "ET"] * 4
    masks = handover.masks.set_index(["case", "model", "prompt"])["mask"]
    place = ["case", "model", "prompt", "version"]
    for version, rows in frame.groupby([*place, "replicate", "rater"]):
        case, model, prompt, number = version[:4]
        (row,) = handover.corrections[
            (handover.corrections[place] == [case, model, prompt, number]).all(axis=1)
        ].itertuples()
        candidate = read_labels(folder / masks[case, model, prompt])
        after = read_labels(folder / row.mask)
        expected = pd.DataFrame(correction_effort(candidate, after, load_scheme("brats")))
        found = rows[list(expected.columns)].reset_index(drop=True)
        pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    none = frame[frame["version"] == 0]
    assert none["changed_voxels"].sum() == none["added_path_length_mm"].sum() == 0
    whole = frame[(frame["structure"] == "") & (frame["version"] > 0)]
    assert (whole["changed_voxels"] > 0).all()
    assert whole["hd95_mm"].tolist()[-1] == np.inf  # all of it was erased
    assert np.isfinite(whole["hd95_mm"].tolist()[:-1]).all()


def test_ratings_of_corrected_masks_stand_apart(corrected) -> None:
    told, folder = _export(corrected.study)
    handover = load_handover(folder)
    again = handover.corrected_ratings
    quality = again[again["item"] == "quality"]
    assert quality[["version", "revision", "valid", "value", "code"]].to_numpy().tolist() == [
        [1, 1, False, 3.0, corrected.twice],
        [2, 2, False, 3.0, corrected.twice],
        [2, 3, True, 4.0, corrected.twice],
    ]
    assert (quality["elapsed_s"] > 0).all()
    first = handover.ratings[handover.ratings["code"] == corrected.twice]
    assert set(first["revision"]) == {1}
    assert (told.ratings, told.submitted) == (6, 3)  # quality and error types of each
    assert handover.description.document["correction"] == "optional"
    assert handover.description.document["rate_again"] is True


def test_a_rating_of_a_version_that_was_corrected_further_is_not_valid(corrected) -> None:
    room = ReadingRoom(corrected.study.room, Clock())
    rater = Corrector(room, "R1")
    third = corrected.versions[corrected.twice, 2].copy()
    third[0, 0, 0] = 1
    rater.save(corrected.twice, third, Effort(1.0), finish=True)
    room.close()
    _, folder = _export(corrected.study)
    handover = load_handover(folder)
    assert not handover.corrected_ratings["valid"].any()
    of_it = handover.corrections[handover.corrections["code"] == corrected.twice]
    assert of_it["valid"].tolist() == [False, False, True]


def test_progress_is_told_only_where_there_is_something_to_measure(corrected) -> None:
    seen: list[tuple[int, int]] = []
    _export(corrected.study, progress=lambda *step: seen.append(step))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_study_without_corrections_has_none_of_the_tables(study: EditedStudy) -> None:
    study.prepare()
    seen: list[tuple[int, int]] = []
    told, folder = _export(study, progress=lambda *step: seen.append(step))
    assert (told.corrections, seen) == (0, [])
    assert not any((folder / name).exists() for name in (*FURTHER, "viewing.csv", "corrections"))
    handover = load_handover(folder)
    for frame in (
        handover.corrections,
        handover.correction_effort,
        handover.corrected_ratings,
        handover.viewing,
    ):
        assert frame.empty
        assert "rater" in frame.columns
    assert "correction" not in handover.description.document


def test_a_study_in_which_nobody_has_corrected_yet(study: EditedStudy) -> None:
    study.prepare()
    switch_on(study.room)
    _, folder = _export(study)
    assert [_read(folder / name) for name in FURTHER] == [[], [], []]
    assert load_handover(folder).corrections.empty


def test_a_version_that_is_not_what_was_saved_is_told(corrected) -> None:
    with sqlite3.connect(corrected.study.room / STORE_FILE) as store:
        store.execute("DROP TRIGGER corrections_no_update")
        other = gzip.compress(corrected.versions[corrected.twice, 1].tobytes(order="F"))
        store.execute(
            "UPDATE corrections SET voxels = ? WHERE assignment = ? AND version = 2",
            (other, corrected.twice),
        )
        store.execute(
            "UPDATE corrections SET voxels = ? WHERE assignment = ?",
            (b"\x1f\x8bno", corrected.unfinished),
        )
    store.close()
    with pytest.raises(StudyError) as refused:
        _export(corrected.study)
    assert [problem.partition(": ")[2] for problem in refused.value.problems] == [
        f"version {version} of the mask of reading {code} is not what the rater saved: restore "
        "the room from a copy."
        for version, code in ((2, corrected.twice), (1, corrected.unfinished))
    ]
    assert not (corrected.study.folder.parent / "handover").exists()


# --- every order of the axes ----------------------------------------------------------------------

AXES = [
    (order, signs) for order in permutations(range(3)) for signs in product((1.0, -1.0), repeat=3)
]
SHAPE = (7, 6, 5)


def _affines() -> dict[str, np.ndarray]:
    affines = {}
    for number, (order, signs) in enumerate(AXES):
        affine = np.eye(4)
        affine[:3, :3] = (np.diag(signs) * (0.7, 1.2, 5.0))[list(order)]
        affine[:3, 3] = (-11.5, 20.25, number)
        affines[f"case-{number:02}"] = affine
    a, b = 0.31, -0.52
    turn_z = [[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]]
    turn_x = [[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]]
    oblique = np.eye(4)
    oblique[:3, :3] = np.array(turn_z) @ turn_x * (0.7, 1.2, 5.0)
    return affines | {"oblique": oblique}


def _write_study_of_all_axes(folder: Path) -> None:
    folder.mkdir()
    rng = np.random.default_rng(4)
    images, masks = ["case,channel,image"], ["case,model,family,class,prompt,mask"]
    for case, affine in _affines().items():
        image = rng.integers(0, 900, SHAPE).astype(np.int16)
        write_nifti_gz(folder / f"{case}.nii.gz", Volume(image, affine))
        mask = rng.integers(0, 4, SHAPE).astype(np.uint8)
        write_nifti_gz(folder / f"{case}_mask.nii.gz", Volume(mask, affine))
        images.append(f"{case},T1,{case}.nii.gz")
        masks.append(f"{case},Kestrel,pure visual,,,{case}_mask.nii.gz")
    for name, lines in (("images.csv", images), ("masks.csv", masks)):
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "study.toml").write_text(
        'title = "Axes"\nseed = 1\ninstrument = "expert4"\nscheme = "brats"\n'
        '[[raters]]\nid = "R1"\nname = "One"\n',
        encoding="utf-8",
    )


def test_corrected_masks_of_every_axis_order_are_equal_bit_for_bit(tmp_path: Path) -> None:
    """Voxels, header and digest: nothing moves on the way from the browser to the hand-over."""
    _write_study_of_all_axes(tmp_path / "study")
    room_folder, key = tmp_path / "room", tmp_path / "key.json"
    prepare(tmp_path / "study", room_folder, key)
    switch_on(room_folder)
    room = ReadingRoom(room_folder, Clock())
    rater = Corrector(room, "R1")
    rng = np.random.default_rng(5)
    sent, digests = {}, {}
    while rater.room.next("R1") is not None:
        code = rater.rate()
        sent[code] = rng.integers(0, 4, SHAPE).astype(np.uint8)
        digests[code] = rater.save(code, sent[code], Effort(1.0))
        rater.finish(code, 1)
        rater.rate_again(code, 1, level=4)
    room.close()
    assert len(sent) == 49
    export(room_folder, key, tmp_path / "handover")
    handover = load_handover(tmp_path / "handover")
    masks = handover.masks.set_index("case")["mask"]
    affines = _affines()
    for row in handover.corrections.itertuples():
        content = (handover.folder / row.mask).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row.sha256
        raw = gzip.decompress(content)
        blinded = gzip.decompress((handover.folder / masks[row.case]).read_bytes())
        assert raw[:352] == blinded[:352]
        assert raw[352:] == sent[row.code].tobytes(order="F")
        assert hashlib.sha256(raw[352:]).hexdigest() == digests[row.code]
        volume = read_labels(handover.folder / row.mask)
        np.testing.assert_array_equal(volume.array, sent[row.code])
        np.testing.assert_allclose(volume.affine, affines[row.case], atol=1e-5)
