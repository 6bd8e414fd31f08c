"""The pages of a study that corrects masks: what follows the rating, what the viewer is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from rater_app.core.correction import Effort
from rater_app.reading_room import ReadingRoom
from tests.builders import build_room
from tests.correcting import GOOD, POOR, candidate_voxels, painted, sent
from tests.web.test_pages import guide_page, open_page, place, progress_page, rate_page, submit


@pytest.fixture
def room(tmp_path: Path):
    built = build_room(tmp_path / "room", correction="optional", rate_again=True)
    yield built
    built.close()


def viewer(app: AppTest) -> dict[str, Any]:
    """What the viewer is told."""
    found = [e for e in app.get("bidi_component") if "viewer" in e.proto.component_name]
    return json.loads(found[0].proto.json)


def correct(room: ReadingRoom, code: str, finish: bool = True) -> None:
    tag = room.corrections.working_state("R1", code).tag
    voxels = painted(candidate_voxels(room, code), 3, 7)
    room.corrections.save("R1", code, sent(voxels), tag, Effort(), finish=finish)


def turn_to(code: str, room: ReadingRoom) -> AppTest:
    from tests.web.test_pages import R1

    app = AppTest.from_function(rate_page, args=(room, R1), default_timeout=30)
    app.query_params["reading"] = code
    app.run()
    assert not app.exception
    return app


def test_the_editor_opens_only_when_the_rating_is_in(room: ReadingRoom) -> None:
    first = room.assignments("R1")[0].code
    app = open_page(rate_page, room)
    assert viewer(app)["editing"] is None
    assert viewer(app)["log"] == {"url": f"/viewing/{first}", "stage": "rate"}
    app.radio[0].set_value(3).run()
    app = submit(app)
    assert place(app) == "**Mask 1 of 4** · correct it"
    assert not app.radio
    told = viewer(app)
    assert told["case"] == first
    assert told["mask"]["url"] == told["editing"]["url"] == f"/corrections/{first}"
    assert told["editing"]["candidate"] == told["second_mask"]["url"] == f"/volumes/{first}/mask"
    assert told["editing"]["required"] is False
    assert told["rating_keys"] == 0
    assert told["log"]["stage"] == "correct"


def test_the_corrected_mask_is_rated_in_a_form_of_its_own(room: ReadingRoom) -> None:
    first = room.assignments("R1")[0].code
    room.submit("R1", first, GOOD, 0)
    correct(room, first)
    app = open_page(rate_page, room)
    assert place(app) == "**Mask 1 of 4** · rate the corrected mask"
    assert app.radio[0].value is None
    told = viewer(app)
    assert told["mask"]["url"] == f"/corrections/{first}/1"
    assert told["editing"] is None
    assert told["second_mask"] is None
    app.radio[0].set_value(1).run()
    app = submit(app)
    assert place(app) == "**Mask 2 of 4**"
    (again,) = room.store.second_readings.readings(first)
    assert (again.version, again.answers) == (1, POOR)
    assert [reading.answers for reading in room.store.readings(first)] == [GOOD]


def test_going_on_uncorrected_needs_no_second_rating(room: ReadingRoom) -> None:
    first = room.assignments("R1")[0].code
    room.submit("R1", first, GOOD, 0)
    room.corrections.finish("R1", first, 0, False)
    app = open_page(rate_page, room)
    assert place(app) == "**Mask 2 of 4**"
    assert viewer(app)["second_mask"] is None


def test_turning_back_leads_to_what_came_last(room: ReadingRoom) -> None:
    first, second = (a.code for a in room.assignments("R1")[:2])
    for code in (first, second):
        room.submit("R1", code, GOOD, 0)
    correct(room, first)
    room.submit_again("R1", first, POOR, 0, 1)
    room.corrections.finish("R1", second, 0, False)
    app = turn_to(first, room)
    assert place(app).endswith("rate the corrected mask · your earlier answers")
    assert app.radio[0].value == 1
    app.radio[0].set_value(4).run()
    submit(app)
    assert [r.answers for r in room.store.second_readings.readings(first)] == [POOR, GOOD]
    app = turn_to(second, room)
    assert place(app).endswith("correct it")
    assert viewer(app)["editing"]["url"] == f"/corrections/{second}"


def test_a_study_that_corrects_nothing_turns_back_to_its_form(tmp_path: Path) -> None:
    room = build_room(tmp_path / "room", viewing_log=False)
    first = room.assignments("R1")[0].code
    room.submit("R1", first, GOOD, 0)
    app = turn_to(first, room)
    assert app.radio[0].value == 4
    told = viewer(app)
    assert told["mask"]["url"] == f"/volumes/{first}/mask"
    assert told["second_mask"] is told["editing"] is told["log"] is None
    room.close()


def test_a_rater_has_one_mark_and_no_name_in_the_browser(room: ReadingRoom) -> None:
    mark = viewer(open_page(rate_page, room))["reader"]
    assert mark == viewer(open_page(rate_page, room))["reader"]
    assert len(mark) == 12
    assert "R1" not in mark


def test_progress_counts_what_is_corrected_and_rated_again(room: ReadingRoom) -> None:
    first = room.assignments("R1")[0].code
    room.submit("R1", first, GOOD, 0)
    correct(room, first)
    assert "0 of 4 masks done" in str(open_page(progress_page, room).get("progress")[0].proto.text)
    room.submit_again("R1", first, POOR, 0, 1)
    app = open_page(progress_page, room)
    assert "1 of 4 masks done" in str(app.get("progress")[0].proto.text)
    labels = [link.proto.label for link in app.get("page_link")]
    assert labels[:2] == ["1 ✓ corrected", "**2 next**"]


@pytest.mark.parametrize(
    ("study", "said", "not_said"),
    [
        ({}, ["slices were on screen"], ["Keys for correcting", "Every version of a mask"]),
        ({"viewing_log": False}, ["Your answers"], ["slices were on screen"]),
        ({"correction": "optional"}, ["you may correct", "Every version of a mask"], ["You then"]),
        (
            {"correction": "required", "rate_again": True},
            ["or say that it needs none", "You then rate the corrected mask."],
            ["you may correct"],
        ),
    ],
)
def test_the_guide_says_what_this_study_asks_and_records(
    tmp_path: Path, study: dict[str, Any], said: list[str], not_said: list[str]
) -> None:
    room = build_room(tmp_path / "room", **study)
    app = open_page(guide_page, room)
    text = "\n".join([*(m.value for m in app.markdown), *(s.value for s in app.subheader)])
    assert all(words in text for words in said), text
    assert not any(words in text for words in not_said), text
    room.close()
