"""What may come into the viewing log."""

from __future__ import annotations

import pytest

from rater_app.core.viewing import WrongSnapshot, checked_snapshot

SOUND = {
    "mount": "0f3a-1",
    "stage": "rate",
    "active_s": 12.25,
    "hidden": False,
    "slices": {"axial": [1, 2, 3], "coronal": [], "sagittal": [[4, 1.5]]},
}


def test_a_sound_snapshot_is_given_back():
    assert checked_snapshot(SOUND) == SOUND


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("mount", None),
        ("mount", ""),
        ("mount", "x" * 65),
        ("stage", 3),
        ("note", "the rater's name"),
        ("active_s", float("nan")),
        ("active_s", float("inf")),
        ("active_s", -1),
        ("active_s", 10**400),
        ("slices", None),
        ("slices", {"axial": ["one"]}),
        ("slices", {"<script>": 1}),
        ("slices", [[[[1]]]]),
        ("<script>", 1),
    ],
)
def test_what_is_no_number_is_refused(key, value):
    with pytest.raises(WrongSnapshot, match=key):
        checked_snapshot({**SOUND, key: value})


@pytest.mark.parametrize("told", [None, [], "x", 3, {}])
def test_a_snapshot_is_an_object_with_mount_and_stage(told):
    with pytest.raises(WrongSnapshot):
        checked_snapshot(told)
