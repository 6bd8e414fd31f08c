"""The form and its checks."""

from __future__ import annotations

import dataclasses

import pytest

from rater_app.core.instrument import Instrument, InstrumentError, ItemKind

QUALITY = {
    "id": "quality",
    "kind": "levels",
    "text": "How good is the mask?",
    "best": "high",
    "cannot_judge": True,
    "levels": [{"value": 1, "label": "Poor"}, {"value": 2, "label": "Good", "anchor": "No edit"}],
}


def test_round_trip_through_plain_values():
    instrument = Instrument.from_dict({"name": "two", "title": "Two levels", "items": [QUALITY]})
    assert Instrument.from_dict(instrument.to_dict()) == instrument
    quality = instrument.item("quality")
    assert quality is not None
    assert quality.kind is ItemKind.LEVELS
    assert quality.bounds == (1, 2)
    assert quality.level(2).anchor == "No edit"
    assert quality.level(3) is None


def test_levels_that_do_not_judge_the_mask_say_so_and_come_back():
    confidence = Instrument.from_dict({"items": [{**QUALITY, "best": "none"}]})
    assert confidence.items[0].best is None
    assert Instrument.from_dict(confidence.to_dict()) == confidence


def test_fingerprint_changes_with_any_word():
    base = Instrument.from_dict({"name": "two", "title": "Two levels", "items": [QUALITY]})
    reworded = dataclasses.replace(
        base, items=(dataclasses.replace(base.items[0], text="How bad is the mask?"),)
    )
    assert base.fingerprint() != reworded.fingerprint()
    assert base.fingerprint() == Instrument.from_dict(base.to_dict()).fingerprint()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "stars"}, "unknown kind “stars”"),
        ({"id": ""}, "has no id"),
        ({"text": ""}, "has no text"),
        ({"levels": QUALITY["levels"][:1]}, "fewer than two levels"),
        ({"levels": QUALITY["levels"][:1] * 2}, "has level 1 twice"),
        ({"best": "middle"}, "which end is best"),
    ],
)
def test_each_fault_has_its_sentence(change, sentence):
    with pytest.raises(InstrumentError, match=sentence):
        Instrument.from_dict({"items": [{**QUALITY, **change}]})


def test_all_faults_are_told_together():
    without_best = {key: value for key, value in QUALITY.items() if key != "best"}
    broken = [{**QUALITY, "text": ""}, without_best]
    with pytest.raises(InstrumentError) as caught:
        Instrument.from_dict({"items": broken})
    told = "\n".join(caught.value.problems)
    assert "no text" in told
    assert "which end" in told
    assert "twice" in told


def test_an_instrument_without_items_is_refused():
    with pytest.raises(InstrumentError, match="no items"):
        Instrument.from_dict({"name": "empty"})
