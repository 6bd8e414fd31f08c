"""Every sentence about a broken study, and that all of them come at once."""

from __future__ import annotations

import os

import numpy as np
import pytest

from analysis.volumes import read_image, read_labels
from tests.coordinator.editing import CASE, MODEL, OTHER_CASE, EditedStudy, rewrite

MASKS_HEADER = "case,model,family,class,prompt,mask"

TOML_EDITS = {
    "unknown key": ("seed = 11", "seed = 11\nsede = 3", "the key “sede” is not known"),
    "wrong type": ("seed = 11", 'seed = "eleven"', "“seed” must be a whole number, not 'eleven'"),
    "true is no number": ("seed = 11", "seed = true", "“seed” must be a whole number, not True"),
    "list of numbers": ('["error_types", "comment"]', "[1]", "“further_items” must be a list of"),
    "missing title": ('title = "Tumour outlines"', "", "“title” is missing: add title ="),
    "empty title": ("Tumour outlines", " ", "the title is empty"),
    "missing seed": ("seed = 11", "", "“seed” is missing"),
    "not TOML": ("seed = 11", "seed = = 11", "the file is not TOML"),
    "unknown instrument": ("expert4", "expert5", "there is no instrument “expert5”: use"),
    "instrument file": ("expert4", "own.toml", "own.toml cannot be read: no such file"),
    "unknown item": ('"comment"]', '"comments"]', "there is no further item “comments”: use"),
    "unknown scheme": ('"brats"', '"bats"', "There is no label scheme 'bats'"),
    "unknown structure": (
        'scheme = "brats"',
        'scheme = "brats"\nstructures = ["WT", "XX"]',
        "no structure “XX”: use WT, TC, ET",
    ),
    "structure twice": (
        'scheme = "brats"',
        'scheme = "brats"\nstructures = ["WT", "WT"]',
        "“structures” names “WT” twice",
    ),
    "structures need a scheme": (
        'scheme = "brats"',
        'structures = ["WT"]',
        "“structures” needs a label scheme",
    ),
    "per structure needs a scheme": (
        'scheme = "brats"',
        "per_structure = true",
        "items are asked for every structure, but there is no label scheme",
    ),
    "share too large": ("= 0.1", "= 0.6", "replicate_share is 0.6: it must lie between"),
    "share below zero": ("= 0.1", "= -0.1", "replicate_share is -0.1"),
    "correction": (
        "seed = 11",
        'seed = 11\ncorrection = "maybe"',
        'correction is “maybe”: it must be "off", "optional" or "required"',
    ),
    "rating again without correcting": (
        "seed = 11",
        "seed = 11\nrate_again = true",
        "rate_again is true, but no mask is corrected",
    ),
    "rate_again": (
        "seed = 11",
        'seed = 11\ncorrection = "optional"\nrate_again = "yes"',
        "“rate_again” must be true or false, not 'yes'",
    ),
    "viewing_log": ("seed = 11", "seed = 11\nviewing_log = 0", "“viewing_log” must be true or"),
    "rater twice": ('id = "R2"', 'id = "R1"', "the rater id “R1” stands twice"),
    "rater without id": ('id = "R2"', "", "rater 2 has no id"),
    "rater with a number": ('"Dr Two"', "2", "the name of rater “R2” must be a text"),
    "rater key": ('name = "Dr Two"', 'nmae = "x"', "rater 2 has the unknown key “nmae”"),
    "model in the title": ("Tumour outlines", "zephyrseg 7Q study", "the title holds the model"),
    "family in the guide": ("as you would", "pure-visual", "the guide holds the family “"),
    "class in the guide": ("as you would", "LLM embedded", "the guide holds the class “"),
    "prompt in the guide": (
        "as you would",
        "Outline the glioma: quokka",
        "the guide holds the prompt “",
    ),
    "file in the guide": ("as you would", CASE + "_T1.nii.gz", "the guide holds the file “"),
    "case in the guide": ("as you would", CASE, "the guide holds the case “"),
    "model as a rater": ("Dr Two", "KestrelUNet-5r", "the name of rater “R2” holds the model"),
}


@pytest.mark.parametrize("edit", TOML_EDITS.values(), ids=TOML_EDITS.keys())
def test_study_toml(study: EditedStudy, edit):
    old, new, sentence = edit
    study.change("study.toml", old, new)
    found = study.problems()
    assert any(p.startswith("study.toml: ") and sentence in p for p in found), found


def test_no_raters(study: EditedStudy):
    text = (study.folder / "study.toml").read_text()
    (study.folder / "study.toml").write_text(text[: text.index("[[raters]]")])
    assert study.problems() == (
        "study.toml: there are no raters: add a [[raters]] table with id and name for each",
    )


TABLE_EDITS = {
    "column missing": ("masks.csv", "family", "familie", "the column “family” is missing"),
    "column twice": ("masks.csv", "prompt", "model", "the column “model” stands twice"),
    "cell empty": ("masks.csv", f"{CASE},{MODEL},", f"{CASE},,", "“model” is empty: fill it in"),
    "no family": ("masks.csv", ",vision-language,", ",,", "the column “family” is empty"),
    "unknown family": (
        "masks.csv",
        ",vision-language,",
        ",visual,",
        "the family “visual” is not known: use vision-language, pure visual, human",
    ),
    "two families": (
        "masks.csv",
        ",vision-language,",
        ",human,",
        f"model “{MODEL}” has the family “vision-language” here and “human” in line 2",
    ),
    "two classes": (
        "masks.csv",
        ",text-prompt guided,",
        ",hybrid,",
        "has the class “text-prompt guided” here and “hybrid” in line 2: a model has one class",
    ),
    "too many cells": ("masks.csv", "quokka", "the, quokka", "7 cells instead of 6: put quotes"),
    "open quote": ("masks.csv", "outline the", '"outline" the', "this is not CSV"),
    "channel twice": ("images.csv", "FLAIR", "T1", "channel “T1” stands in line 2 already"),
    "reference twice": ("references.csv", OTHER_CASE, CASE, "stands in line 2 already"),
    "mask of no case": (
        "masks.csv",
        f"{CASE},",
        "Nobody,",
        "line 2: case “Nobody” has no image: add it to images.csv",
    ),
    "no reference": (
        "references.csv",
        f"{CASE},expert",
        "Nobody,expert",
        f"case “{CASE}” has no reference mask to measure with",
    ),
    "model as a channel": ("images.csv", "FLAIR", "OrchidNet-3W", "a channel name in images.csv"),
}


@pytest.mark.parametrize("edit", TABLE_EDITS.values(), ids=TABLE_EDITS.keys())
def test_tables(study: EditedStudy, edit):
    file, old, new, sentence = edit
    study.change(file, old, new)
    assert sentence in "\n".join(study.problems())


def test_a_mask_twice(study: EditedStudy):
    study.add("masks.csv", (study.folder / "masks.csv").read_text().splitlines()[1])
    assert study.problems() == (
        f"masks.csv, line 22: case “{CASE}”, model “{MODEL}”, prompt “outline the glioma quokka” "
        "stands in line 2 already: remove one of them, or give it another prompt",
    )


@pytest.mark.parametrize("file", ["study.toml", "images.csv", "masks.csv"])
def test_a_missing_file_is_named(study: EditedStudy, file):
    (study.folder / file).unlink()
    assert any(
        p.startswith(f"{file}: the file is missing; “rater-app init”") for p in study.problems()
    )


def test_a_missing_folder_is_named(study: EditedStudy):
    gone = EditedStudy(study.folder / "gone")
    assert gone.problems() == (f"{gone.folder}: there is no such folder",)


@pytest.mark.parametrize("separator", [(";", "semicolons"), ("\t", "tabs")])
def test_other_separators_are_recognised(study: EditedStudy, separator):
    mark, name = separator
    path = study.folder / "images.csv"
    path.write_text(path.read_text().replace(",", mark))
    expected = f"images.csv: the cells are separated by {name}: save the file with commas"
    assert any(p.startswith(expected) for p in study.problems())


def test_a_table_in_another_encoding_is_named(study: EditedStudy):
    (study.folder / "masks.csv").write_bytes(f"{MASKS_HEADER}\nM\xfcller".encode("latin-1"))
    assert "masks.csv: the file is not UTF-8 text; save it as “CSV UTF-8”" in study.problems()


def test_an_empty_table_is_named(study: EditedStudy):
    (study.folder / "masks.csv").write_text(MASKS_HEADER + "\n# nothing yet\n")
    assert "masks.csv: there are no rows: add one for each file" in study.problems()
    (study.folder / "masks.csv").write_text("")
    assert any(p.startswith("masks.csv: ") for p in study.problems())


def test_an_image_without_masks_is_named(study: EditedStudy):
    path = study.folder / "masks.csv"
    lines = [line for line in path.read_text().splitlines() if not line.startswith(OTHER_CASE)]
    path.write_text("\n".join(lines))
    assert study.problems() == (
        f"images.csv, lines 4, 5: case “{OTHER_CASE}” has no mask: add one to masks.csv or remove "
        "the case",
    )


def test_a_study_without_references_needs_none(study: EditedStudy):
    (study.folder / "references.csv").unlink()
    assert study.prepare().cases == 5


def test_an_unknown_column_and_an_empty_mask_are_warnings(study: EditedStudy):
    study.change("images.csv", "case,channel,image", "case,channel,image,note")
    path = study.folder / "images.csv"
    head, *rows = path.read_text().splitlines()
    path.write_text("\n".join([head, *(row + ",x" for row in rows)]))
    rewrite(study.mask(), np.zeros_like(read_labels(study.mask()).array))
    warnings = study.prepare().warnings
    assert warnings[0] == "images.csv: the column “note” is not known and is left out"
    assert warnings[1].startswith(f"masks.csv, line 2: {study.mask()}: the mask is empty")


def test_byte_order_mark_blanks_and_remarks_are_tolerated(study: EditedStudy):
    for file in ("images.csv", "masks.csv", "references.csv", "study.toml"):
        path = study.folder / file
        remarks = "" if file == "study.toml" else "\n# a remark, with a comma\n,,\n"
        path.write_text("\ufeff" + path.read_text("utf-8") + remarks, "utf-8")
    study.change("images.csv", f"{CASE},T1,", f" {CASE} , T1 , ")
    assert study.prepare().masks == 20


def _shifted(path):
    affine = read_labels(path).affine.copy()
    affine[0, 3] += 5
    return affine


def test_volumes(study: EditedStudy):
    study.image("T1", OTHER_CASE).unlink()
    study.image("FLAIR").write_bytes(study.image("FLAIR").read_bytes()[:300])
    rewrite(study.mask(), affine=_shifted(study.mask()))
    labels = read_labels(study.mask("OrchidNet-3w")).array
    labels[0, 0, 0] = 9
    rewrite(study.mask("OrchidNet-3w"), labels)
    rewrite(study.reference(), read_labels(study.reference()).array[:-1])
    link = study.mask("KestrelUNet-5r")
    link.unlink()
    link.symlink_to(study.mask())
    pipe = study.mask("MarlinSAM-2t")
    pipe.unlink()
    os.mkfifo(pipe)
    found = study.problems()
    for start, words in (
        ("images.csv, line 3: ", "_FLAIR.nii.gz: "),
        ("images.csv, line 4: ", "there is no such file"),
        ("masks.csv, line 2: ", "lies up to 5.0 mm away from its image"),
        ("masks.csv, line 3: ", "Label 9 is not in the label scheme"),
        ("masks.csv, line 4: ", "it is a link"),
        ("masks.csv, line 5: ", "it is no regular file"),
        ("references.csv, line 2: ", "The mask has 23 x 28 x 16 voxels"),
    ):
        assert any(p.startswith(start) and words in p for p in found), (start, found)
    assert len(found) == 7


def test_channels_off_one_grid(study: EditedStudy):
    flair = study.image("FLAIR")
    moved = read_image(flair)
    rewrite(flair, moved.array.astype(np.int16), _shifted(flair))
    assert study.problems() == (
        f"images.csv, line 3: {flair}: channel “FLAIR” is not on the grid of channel “T1” "
        "(line 2): register and resample it to that one",
    )


def test_several_labels_need_a_scheme(study: EditedStudy):
    study.change("study.toml", 'scheme = "brats"', "")
    found = study.problems()
    assert len(found) == 25
    assert "it holds the labels 1, 2, 3, but the study has no label scheme" in found[0]


def test_everything_is_told_at_once(study: EditedStudy):
    study.change("study.toml", "seed = 11", 'seed = "x"')
    study.change("study.toml", '"brats"', '"bats"')
    study.change("masks.csv", ",vision-language,", ",visual,")
    study.image("T1", OTHER_CASE).unlink()
    study.reference().write_bytes(b"nothing")
    found = study.problems()
    for words in ("“seed” must be", "'bats'", "“visual”", "there is no such file", "line 2: "):
        assert any(words in problem for problem in found), words
