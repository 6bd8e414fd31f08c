from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from streamlit.testing.v1 import AppTest

from rater_app.core.instrument import Instrument, Item, Level
from rater_app.core.reading import Answer
from rater_app.core.study import Rater
from rater_app.reading_room import ReadingRoom
from rater_app.store import NotStored
from tests.builders import CONFIDENCE, FULL, QUALITY, build_room

R1 = Rater("R1", "Dr One")
GOOD = Answer("quality", values=(3,))


# AppTest runs the text of these functions alone, so they carry no annotations.
def rate_page(room, rater):
    from rater_app.web import rate

    rate.render(room, rater)


def guide_page(room, rater):
    from rater_app.web import guide

    guide.render(room, rater)


def progress_page(room, rater):
    import streamlit as st

    from rater_app.web import my_progress

    def elsewhere():
        return None

    here = st.Page(lambda: my_progress.render(room, rater, pages[0]), title="P", default=True)
    pages = [st.Page(elsewhere, title="Rate", url_path="rate"), here]
    st.navigation(pages, position="hidden").run()


def open_page(function: Any, room: ReadingRoom) -> AppTest:
    app = AppTest.from_function(function, args=(room, R1), default_timeout=30).run()
    assert not app.exception
    return app


def place(app: AppTest) -> str:
    return str(app.get("progress")[0].proto.text)


def submit(app: AppTest) -> AppTest:
    button = next(b for b in app.button if b.label.startswith("Submit"))
    return button.click().run()


def test_nothing_is_preselected(full_room: ReadingRoom) -> None:
    app = open_page(rate_page, full_room)
    assert [radio.value for radio in app.radio] == [None] * 4
    assert [area.value for area in app.text_area] == [""]
    assert app.button_group[0].value == []
    assert place(app) == "**Mask 1 of 4**"


def test_a_submitted_reading_is_stored_and_the_next_one_shown(room: ReadingRoom) -> None:
    first, second = room.assignments("R1")[:2]
    app = open_page(rate_page, room)
    app.radio[0].set_value(3).run()
    app = submit(app)
    (stored,) = room.store.readings()
    assert (stored.assignment, stored.answers) == (first.code, (GOOD,))
    assert place(app) == "**Mask 2 of 4**"
    assert app.radio[0].value is None
    assert second.code in str(app.radio[0].key)


def test_what_is_missing_is_said_and_nothing_is_lost(full_room: ReadingRoom) -> None:
    app = open_page(rate_page, full_room)
    app.radio[1].set_value(4).run()
    app.text_area[0].set_value("a *comment*").run()
    app = submit(app)
    assert "Please answer: How good is this mask? — Whole tumour" in app.error[0].value
    assert "Tumour core" not in app.error[0].value
    assert (app.radio[1].value, app.text_area[0].value) == (4, "a *comment*")
    assert full_room.store.readings() == ()
    app.radio[0].set_value(1).run()
    assert "Whole tumour" not in app.error[0].value


def test_cannot_judge_is_an_answer(room: ReadingRoom) -> None:
    app = open_page(rate_page, room)
    app.radio[0].set_value("cannot judge").run()
    submit(app)
    assert room.store.readings()[0].answers == (Answer("quality", cannot_judge=True),)


def test_a_draft_outlives_the_session(full_room: ReadingRoom) -> None:
    app = open_page(rate_page, full_room)
    app.radio[0].set_value(2).run()
    app.radio[3].set_value(1).run()
    app.button_group[0].set_value([1, 3]).run()
    app.text_area[0].set_value("later").run()
    again = open_page(rate_page, full_room)
    assert [radio.value for radio in again.radio] == [2, None, None, 1]
    assert again.button_group[0].value == [1, 3]
    assert again.text_area[0].value == "later"


def test_one_opening_is_noted_however_often_the_page_runs(room: ReadingRoom) -> None:
    app = open_page(rate_page, room)
    app.run().run()
    assert len(room.store.openings()) == 1
    open_page(rate_page, room)
    assert len(room.store.openings()) == 2


def test_a_second_thought_is_a_second_revision(room: ReadingRoom) -> None:
    first = room.assignments("R1")[0]
    room.submit("R1", first.code, [GOOD], 0)
    app = open_page(rate_page, room)
    back = next(b for b in app.button if b.label == "Back")
    app = back.click().run()
    assert app.radio[0].value == 3
    assert "earlier answers" in place(app)
    app.radio[0].set_value(1).run()
    app = submit(app)
    assert [r.answers[0].values for r in room.store.readings(first.code)] == [(3,), (1,)]
    assert "Your change to mask 1 is stored." in app.info[0].value
    assert place(app) == "**Mask 2 of 4**"


def test_a_study_without_way_back_offers_none(tmp_path: Any) -> None:
    room = build_room(tmp_path / "room", allow_back=False)
    first = room.assignments("R1")[0]
    room.submit("R1", first.code, [GOOD], 0)
    app = AppTest.from_function(rate_page, args=(room, R1), default_timeout=30)
    app.query_params["reading"] = first.code
    app.run()
    assert [button.label for button in app.button] == ["Submit and go on"]
    assert place(app) == "**Mask 2 of 4**"
    room.close()


@pytest.mark.parametrize("whose", ["R2", "nobody"])
def test_an_address_that_names_anothers_reading_is_ignored(room: ReadingRoom, whose: str) -> None:
    others = room.assignments("R2")[0].code
    room.submit("R2", others, [GOOD], 0)
    app = AppTest.from_function(rate_page, args=(room, R1), default_timeout=30)
    app.query_params["reading"] = others if whose == "R2" else "no-such-code"
    app.run()
    assert place(app) == "**Mask 1 of 4**"
    assert app.radio[0].value is None


def test_nobody_reads_ahead(room: ReadingRoom) -> None:
    app = AppTest.from_function(rate_page, args=(room, R1), default_timeout=30)
    app.query_params["reading"] = room.assignments("R1")[2].code
    app.run()
    assert place(app) == "**Mask 1 of 4**"


def test_the_rest_of_a_double_click_complains_of_nothing(room: ReadingRoom) -> None:
    app = open_page(rate_page, room)
    app.radio[0].set_value(3).run()
    app = submit(app)
    with mock.patch("rater_app.web.submit.LEFTOVER_CLICK_S", 60.0):
        app = submit(app)
    assert place(app) == "**Mask 2 of 4**"
    assert not app.error
    with mock.patch("rater_app.web.submit.LEFTOVER_CLICK_S", 0.0):
        app = submit(app)
    assert "Please answer" in app.error[0].value


def test_another_window_that_was_faster_is_told(room: ReadingRoom) -> None:
    first = room.assignments("R1")[0]
    app = open_page(rate_page, room)
    app.radio[0].set_value(3).run()
    room.submit("R1", first.code, [Answer("quality", values=(1,))], 0)
    app = submit(app)
    assert "already rated in another window" in app.info[0].value
    assert [r.answers[0].values for r in room.store.readings(first.code)] == [(1,)]
    assert place(app) == "**Mask 2 of 4**"


def test_a_page_that_moves_on_for_another_window_says_so(room: ReadingRoom) -> None:
    first = room.assignments("R1")[0]
    app = open_page(rate_page, room)
    room.submit("R1", first.code, [GOOD], 0)
    app.run()
    assert place(app) == "**Mask 2 of 4**"
    assert "Mask 1 was already rated in another window" in app.info[0].value
    app.run()
    assert not app.info


def test_the_last_change_is_confirmed_on_the_thanks_page(room: ReadingRoom) -> None:
    for assignment in room.assignments("R1"):
        room.submit("R1", assignment.code, [GOOD], 0)
    app = AppTest.from_function(rate_page, args=(room, R1), default_timeout=30)
    app.query_params["reading"] = room.assignments("R1")[3].code
    app.run()
    app.radio[0].set_value(1).run()
    app = submit(app)
    assert app.header[0].value == "Thank you, Dr One"
    assert "Your change to mask 4 is stored." in app.info[0].value


def test_a_level_that_is_only_a_number_is_named_once(tmp_path: Any) -> None:
    levels = tuple(Level(n, str(n), f"Anchor of {n}.") for n in range(1, 11))
    item = replace(QUALITY, levels=levels, per_structure=True)
    room = build_room(tmp_path / "room", instrument=Instrument("ten", "Ten levels", (item,)))
    app = open_page(rate_page, room)
    (anchors,) = [text.value for text in app.caption if "Anchor of 1." in text.value]
    assert anchors.startswith("**1** Anchor of 1.")
    # Alt + 0 is the tenth level.
    assert any("Alt + 1 … 9, 0" in html.proto.body for html in app.get("html"))
    room.close()


def test_a_store_that_cannot_be_written_is_said_aloud_and_nothing_is_lost(
    room: ReadingRoom,
) -> None:
    app = open_page(rate_page, room)
    app.radio[0].set_value(3).run()
    with mock.patch.object(room.store, "add_reading", side_effect=NotStored("disk full")):
        app = submit(app)
    assert app.error[0].value.startswith("NOT saved.")
    assert "disk full" not in app.error[0].value
    assert app.radio[0].value == 3
    app = submit(app)
    assert place(app) == "**Mask 2 of 4**"
    assert len(room.store.readings()) == 1


def test_a_draft_that_cannot_be_kept_does_not_stop_the_rater(room: ReadingRoom) -> None:
    app = open_page(rate_page, room)
    with mock.patch.object(room.store, "add_draft", side_effect=NotStored("disk full")):
        app.radio[0].set_value(3).run()
    assert not app.exception
    assert "could not be kept" in app.warning[0].value


def test_after_the_last_reading_comes_a_thank_you(room: ReadingRoom) -> None:
    for assignment in room.assignments("R1"):
        room.submit("R1", assignment.code, [GOOD], 0)
    app = open_page(rate_page, room)
    assert app.header[0].value == "Thank you, Dr One"
    assert "All 4 masks are rated" in app.markdown[0].value


def test_a_rater_without_readings_is_not_thanked(tmp_path: Any) -> None:
    room = build_room(tmp_path / "room", masks_per_case=0)
    assert open_page(rate_page, room).header[0].value == "Nothing to read yet"
    room.close()


def test_the_text_of_a_study_is_never_markdown(tmp_path: Any) -> None:
    trap = "![x](http://x.invalid/p.png)"
    item = {**QUALITY.__dict__, "text": f"Good {trap}"}
    instrument = Instrument("trap", trap, (type(QUALITY)(**item),))
    room = build_room(tmp_path / "room", instrument=instrument, title=trap, guide=trap)
    rate = open_page(rate_page, room)
    assert rate.radio[0].label == "Good !\\[x\\](http\N{WORD JOINER}\\://x.invalid/p.png)"
    with mock.patch("rater_app.web.submit.LEFTOVER_CLICK_S", 0.0):
        rate = submit(rate)
    assert rate.error
    guide = open_page(guide_page, room)
    texts = [*rate.markdown, *rate.error, *rate.caption, *guide.markdown, *guide.caption]
    assert not [text.value for text in texts if "![x](" in text.value]
    assert guide.text[0].value == trap
    room.close()


def test_the_guide_says_what_the_levels_mean(full_room: ReadingRoom) -> None:
    said = "\n".join(text.value for text in open_page(guide_page, full_room).markdown)
    for item in FULL.items:
        for level in item.levels:
            assert level.label in said
            assert level.anchor in said
    assert "Ctrl + Enter" in said


def test_my_progress_counts_own_readings_only(room: ReadingRoom) -> None:
    room.submit("R1", room.assignments("R1")[0].code, [GOOD], 0)
    for assignment in room.assignments("R2"):
        room.submit("R2", assignment.code, [GOOD], 0)
    app = open_page(progress_page, room)
    assert place(app) == "**1 of 4 masks rated**"
    tiles = [link.proto.label for link in app.get("page_link")]
    assert tiles == ["1 ✓", "**2 next**", "3", "4"]


def test_a_long_study_shows_its_masks_in_parts(
    room: ReadingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rater_app.web.my_progress.TILES", 3)
    app = open_page(progress_page, room)
    assert [link.proto.label for link in app.get("page_link")] == ["**1 next**", "2", "3"]
    app.button_group[0].set_value(3).run()
    assert [link.proto.label for link in app.get("page_link")] == ["4"]


def test_a_rater_can_give_up_on_a_line_and_take_it_back(tmp_path: Path) -> None:
    line = Item(**{**vars(CONFIDENCE), "cannot_judge": True})
    room = build_room(tmp_path / "room", instrument=Instrument("line", "A line", (line,)))
    first = room.assignments("R1")[0].code
    app = open_page(rate_page, room)
    app.checkbox[0].check().run()
    assert room.store.draft(first) == (Answer("confidence", cannot_judge=True),)
    app.checkbox[0].uncheck().run()
    assert room.store.draft(first) == ()
    app.checkbox[0].check().run()
    submit(app)
    (reading,) = room.store.readings(first)
    assert reading.answers == (Answer("confidence", cannot_judge=True),)
    room.close()
