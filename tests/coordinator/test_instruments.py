"""The instruments that ship, and what is said about a broken one of one's own."""

from __future__ import annotations

import pytest

from rater_app.coordinator.instruments import (
    further_item_names,
    load_instrument,
    preset_names,
)
from rater_app.core.instrument import InstrumentError, ItemKind

OWN = """
title = "Ours"
[[items]]
id = "border"
kind = "levels"
text = "How sharp is the border?"
best = "high"
levels = [{ value = 1, label = "blurred" }, { value = 2, label = "sharp", anchor = "crisp" }]
"""


def test_the_presets():
    assert preset_names() == ("acceptability4", "expert4", "likert10", "slider100", "stars6")
    assert further_item_names() == ("error_types", "confidence", "source", "comment")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("expert4", [1, 2, 3, 4]),
        ("stars6", [1, 2, 3, 4, 5, 6]),
        ("acceptability4", [1, 2, 3, 4]),
        ("likert10", list(range(1, 11))),
        ("slider100", [0, 25, 50, 75, 100]),
    ],
)
def test_every_level_has_an_anchor_and_the_best_is_highest(tmp_path, name, values):
    instrument = load_instrument(name, tmp_path, further_item_names())
    rating = instrument.items[0]
    assert instrument.name == name
    assert [level.value for level in rating.levels] == values
    assert rating.best == "high"
    assert rating.cannot_judge
    assert rating.required
    for item in instrument.items:
        assert all(len(level.anchor) > 10 for level in item.levels), item.id


def test_use_as_is_is_the_best_level(tmp_path):
    item = load_instrument("acceptability4", tmp_path).items[0]
    assert [level.label for level in item.levels] == [
        "Reject",
        "Major changes",
        "Minor changes",
        "Use as is",
    ]


def test_further_items(tmp_path):
    instrument = load_instrument("expert4", tmp_path, ["error_types", "comment"], True)
    quality, errors, comment = instrument.items
    assert quality.per_structure
    assert (errors.kind, errors.per_structure, errors.required) == (ItemKind.MULTIPLE, False, False)
    assert (comment.kind, comment.required) == (ItemKind.TEXT, False)
    assert len(errors.levels) == 8


def test_an_own_instrument(tmp_path):
    (tmp_path / "ours.toml").write_text(OWN)
    instrument = load_instrument("ours.toml", tmp_path)
    assert (instrument.name, instrument.title) == ("ours", "Ours")
    assert instrument.items[0].levels[1].anchor == "crisp"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("title =", "titel =", "the instrument has the unknown key “titel”"),
        ("[[items]]", "[items]", "the instrument has no items"),
        ('id = "border"', "", "item “1” lacks “id”"),
        ('best = "high"', "best = 1", "“best” of item “border” must be a text, not 1"),
        ('best = "high"', "", "does not say which end is best"),
        ("value = 1", "value = 1.5", "“value” of level 1 of item “border” must be a whole number"),
        ("value = 1,", "", "level 1 of item “border” lacks “value”"),
        ("value = 2", "value = 1", "Item “border” has level 1 twice"),
        ('"levels"', '"scale"', "unknown kind “scale”"),
        ("[{ value = 1", "[7, { value = 1", "level 1 of item “border” is not a table"),
        ("title =", "title", "the instrument ours.toml is not TOML"),
    ],
)
def test_a_broken_instrument_is_explained(tmp_path, old, new, sentence):
    path = tmp_path / "ours.toml"
    path.write_text(OWN.replace(old, new, 1))
    with pytest.raises(InstrumentError) as refused:
        load_instrument("ours.toml", tmp_path)
    assert any(sentence in problem for problem in refused.value.problems), refused.value.problems


def test_a_semicolon_in_a_label_of_several_is_refused(tmp_path):
    text = OWN.replace('"levels"', '"multiple"', 1).replace("blurred", "blurred; ragged")
    (tmp_path / "ours.toml").write_text(text)
    with pytest.raises(InstrumentError, match="has a semicolon: use other words"):
        load_instrument("ours.toml", tmp_path)


def test_a_slider_beyond_a_hundred_is_refused(tmp_path):
    text = OWN.replace('"levels"', '"slider"', 1).replace("value = 2", "value = 120")
    (tmp_path / "ours.toml").write_text(text)
    with pytest.raises(InstrumentError, match="is a slider and must stay between 0 and 100"):
        load_instrument("ours.toml", tmp_path)
