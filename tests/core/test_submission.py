"""Submissions: written, sent and read again; what no desk sends is refused in a sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rater_app.core.correction import Effort
from rater_app.core.reading import Answer
from rater_app.core.submission import (
    Step,
    Submission,
    WrongSubmission,
    is_code,
    new_id,
    pack_submission,
    unpack_submission,
)

NOW = "2026-11-27T05:00:00.000000+00:00"
CORRECTION = Submission(
    id="0123456789abcdef" * 2,
    step=Step.CORRECTION,
    code="a1b2",
    opened_at=NOW,
    submitted_at=NOW,
    host="napari kiosk",
    versions={"napari": "0.9.2", "Python": "3.11.7"},
    active_s=12.5,
    idle_s=3.0,
    tag="0-0123456789abcdef",
    input_sha256="a" * 64,
    output_sha256="b" * 64,
    effort=Effort(12.5, 3.0, 4, 1, 0, {"brush": 3, "interpolate": 1}, "napari kiosk"),
    shape=(3, 4, 5),
    spacing_mm=(0.5, 1.0, 2.0),
)


@given(
    answers=st.lists(
        st.builds(
            Answer,
            item=st.text(max_size=5),
            structure=st.text(max_size=5),
            values=st.tuples(st.integers(0, 9)),
            text=st.text(max_size=20),
            cannot_judge=st.booleans(),
        ),
        max_size=3,
    ),
    base=st.integers(0, 5),
    voxels=st.one_of(st.none(), st.binary(min_size=1, max_size=50)),
)
def test_what_is_packed_comes_out_again(
    answers: list[Answer], base: int, voxels: bytes | None
) -> None:
    sent = replace(CORRECTION, id=new_id(), answers=tuple(answers), base_revision=base)
    assert unpack_submission(pack_submission(sent, voxels)) == (sent, voxels)


def test_ids_are_drawn_anew() -> None:
    assert len({new_id() for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", "0" * 31),
        ("id", "../" + "0" * 29),
        ("step", "delete"),
        ("step", []),
        ("code", "../../etc"),
        ("code", ""),
        ("opened_at", "yesterday"),
        ("submitted_at", "2026-11-27T05:00:00+02:00"),
        ("submitted_at", "2026-11-27T05:00:00"),
        ("host", "<b>"),
        ("versions", {"napari": 9}),
        ("versions", {f"p{n}": "1" for n in range(99)}),
        ("active_s", float("nan")),
        ("active_s", -1),
        ("idle_s", True),
        ("answers", "none"),
        ("answers", [{"item": "quality"}]),
        (
            "answers",
            [{"item": "q", "structure": "", "values": ["4"], "text": "", "cannot_judge": False}],
        ),
        (
            "answers",
            [{"item": "q", "structure": "", "values": [4], "text": None, "cannot_judge": False}],
        ),
        ("base_revision", 1.5),
        ("version", -1),
        ("tag", "1-xyz"),
        ("input_sha256", "A" * 64),
        ("output_sha256", "b" * 63),
        ("effort", {"strokes": -1}),
        ("confirmed", 1),
        ("shape", [1, 2]),
        ("spacing_mm", [1.0, 0.0, 1.0]),
        ("spacing_mm", [1.0, float("inf"), 1.0]),
    ],
)
def test_what_no_desk_sends_is_refused(key: str, value: Any) -> None:
    told = {**json.loads(json.dumps(CORRECTION.to_dict())), key: value}
    with pytest.raises(WrongSubmission, match="damaged"):
        Submission.from_dict(told)


@pytest.mark.parametrize("told", [None, [], {}, "x", {"id": "0" * 32}])
def test_another_version_is_told_as_such(told: Any) -> None:
    with pytest.raises(WrongSubmission, match="same version of rater-app"):
        Submission.from_dict(told)
    with pytest.raises(WrongSubmission, match="same version"):
        Submission.from_dict({**CORRECTION.to_dict(), "further": 1})


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"no json\n", b"[" * 100_000 + b"\n"])
def test_what_is_cut_off_is_no_submission(content: bytes) -> None:
    with pytest.raises(WrongSubmission):
        unpack_submission(content)


def test_codes_are_names_of_files() -> None:
    assert is_code("a1_B-2")
    assert not any(map(is_code, ("", ".", "..", "a/b", "a\\b", "a\0", "ä", "a" * 65, None, 3)))
