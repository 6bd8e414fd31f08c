"""A rater at the real dock of a real napari window, with real clicks and keys."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rater_app.core.instrument import Instrument, Item, ItemKind, Level
from rater_app.core.reading import Answer
from rater_app.core.submission import Step
from rater_app.study_client import Desk, RoomClient
from tests.builders import COMMENT, CONFIDENCE, ERRORS, FULL, QUALITY, SOURCE, build_room

pytest.importorskip("napari")
from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QTextDocument
from qtpy.QtWidgets import QApplication, QLabel

from tests.napari_review.at_desk import AtDesk

pytestmark = pytest.mark.desktop

PLANTED = "SegVLM-9000"
STAR = Instrument("star", "One question and a comment", (QUALITY, COMMENT))


def test_a_rater_reads_three_masks_by_mouse_and_keys(tmp_path: Path, plugin: AtDesk) -> None:
    room = build_room(tmp_path / "room", cases=3, masks_per_case=1, instrument=STAR)
    plugin.enter_room(room)
    removed: list[Any] = []
    plugin.viewer.layers.events.removed.connect(removed.append)
    layers = list(plugin.viewer.layers)
    surfaces = ["necrotic core", "oedema", "enhancing tumour"]
    assert [layer.name for layer in layers] == ["T1", "T2", *surfaces, "mask"]
    assert plugin.counter == "Mask 1 of 3: Rate the mask"
    assert all(box.answer().is_empty for box in plugin.desk.form.boxes)

    plugin.alt(Qt.Key.Key_4)
    shown = [layers[-1].data.copy()]
    plugin.save_by_key()
    plugin.wait_for(2)
    assert plugin.counter == "Mask 2 of 3: Rate the mask"
    assert all(box.answer().is_empty for box in plugin.desk.form.boxes)

    plugin.click(plugin.box("quality").levels[2])
    comment = plugin.box("comment").text
    plugin.click(comment)
    plugin.qtbot.keyClicks(comment, "too 1arge")
    shown.append(layers[-1].data.copy())
    plugin.save_by_key()  # the cursor is still in the comment
    plugin.wait_for(3)

    plugin.click(plugin.box("quality").cannot_judge)
    shown.append(layers[-1].data.copy())
    plugin.click(plugin.desk.submit_button)
    plugin.wait_for_the_end()
    plugin.wait_until_sent()
    assert plugin.counter == "All masks are read. Thank you."

    planned = room.assignments("R1")
    stored = {reading.assignment: reading.answers for reading in room.store.readings()}
    assert [stored[a.code] for a in planned] == [
        (Answer("quality", values=(4,)),),
        (Answer("quality", values=(2,)), Answer("comment", text="too 1arge")),
        (Answer("quality", cannot_judge=True),),
    ]
    assert removed == []
    assert list(plugin.viewer.layers) == layers
    assert not any(np.array_equal(a, b) for a, b in itertools.pairwise(shown))
    assert not any(layer.visible for layer in layers)


def test_what_is_missing_is_said_and_nothing_is_stored(tmp_path: Path, plugin: AtDesk) -> None:
    room = build_room(tmp_path / "room")
    plugin.enter_room(room)
    plugin.save_by_key()
    assert plugin.desk.message.text() == "Please answer: How good is this mask?"
    assert room.store.readings() == ()


def test_every_kind_of_item_can_be_answered(tmp_path: Path, plugin: AtDesk) -> None:
    room = build_room(tmp_path / "room", instrument=FULL)
    plugin.enter_room(room)
    for key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3):
        plugin.alt(key)  # three structures
    source = plugin.box("source").levels[2]
    plugin.desk.scroll_area.ensureWidgetVisible(source)
    plugin.click(source)
    confidence = plugin.box("confidence")
    assert confidence.answer().is_empty
    slider = confidence.slider
    plugin.desk.scroll_area.ensureWidgetVisible(slider)
    middle = QPoint(slider.width() // 2, slider.height() // 2)
    plugin.qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=middle)
    errors = plugin.box("errors")
    for value in (1, 3):
        plugin.click(errors.levels[value])
    plugin.click(plugin.desk.submit_button)
    plugin.wait_for(2)
    plugin.wait_until_sent()

    (reading,) = room.store.readings()
    by_key = {answer.key: answer.values for answer in reading.answers}
    assert 48 <= by_key.pop(("confidence", ""))[0] <= 52
    assert by_key == {
        ("quality", "WT"): (1,),
        ("quality", "TC"): (2,),
        ("quality", "ET"): (3,),
        ("errors", ""): (1, 3),
        ("source", ""): (2,),
    }


def test_an_answer_can_be_taken_back(tmp_path: Path, plugin: AtDesk) -> None:
    item = Item(**{**vars(CONFIDENCE), "cannot_judge": True, "required": False})
    errors = Item(**{**vars(ERRORS), "cannot_judge": True})
    source = Item(**{**vars(SOURCE), "required": False})
    room = build_room(tmp_path / "room", instrument=Instrument("own", "", (item, errors, source)))
    plugin.enter_room(room)
    slider, ticks, choice = plugin.desk.form.boxes
    slider.slider.answer_with(30)
    plugin.click(slider.cannot_judge)
    assert slider.answer() == Answer("confidence", cannot_judge=True)
    slider.slider.setFocus()
    plugin.press(Qt.Key.Key_Home)
    assert slider.answer() == Answer("confidence", values=(0,))
    plugin.click(ticks.levels[2])
    plugin.click(ticks.cannot_judge)
    assert ticks.answer() == Answer("errors", cannot_judge=True)
    plugin.click(ticks.levels[1])
    assert ticks.answer() == Answer("errors", values=(1,))
    plugin.click(choice.levels[1])
    choice.clear()
    assert choice.answer().is_empty


def test_the_mask_is_read_only_and_stays_in_its_place(tmp_path: Path, plugin: AtDesk) -> None:
    room = build_room(tmp_path / "room", shape=(16, 20, 12))
    plugin.enter_room(room)
    mask = plugin.viewer.layers["mask"]
    before = mask.data.copy()
    for layer in plugin.viewer.layers:
        layer.mode = "transform"
        assert layer.mode == "pan_zoom"
        assert layer.locked
    mask.mode = "paint"
    plugin.viewer.layers.selection.active = mask
    canvas = plugin.viewer.window._qt_viewer.canvas.native
    plugin.qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton)
    plugin.viewer.layers.remove_selected()
    np.testing.assert_array_equal(mask.data, before)
    assert "mask" in plugin.viewer.layers
    assert plugin.viewer.dims.nsteps == (12, 20, 16)
    assert plugin.viewer.dims.current_step == (5, 9, 7)


def test_images_of_another_origin_are_refused(tmp_path: Path, plugin: AtDesk) -> None:
    room = build_room(tmp_path / "room")
    plugin.viewer.add_image(np.zeros((4, 4)))
    plugin.enter(room, room.invite("R1"))
    assert "shows other images" in plugin.dock.sign_in_panel.message.text()
    assert plugin.dock.session is None


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "Please give your invitation link"),
        ("/no/such/place", "is not there"),
        ("Dear colleague, please find " + "x" * 300, "is not there"),
        ("http://127.0.0.1:1/invite/x", "cannot be reached"),
        (__file__, "damaged, or no file of this program"),
    ],
)
def test_what_leads_nowhere_is_told_in_a_sentence(plugin: AtDesk, address: str, words: str) -> None:
    plugin.dock.sign_in_panel.address.setText(address)
    plugin.click(plugin.dock.sign_in_panel.button)
    assert words in plugin.dock.sign_in_panel.message.text()
    assert not plugin.dock.sign_in_panel.invitation.isVisible()


def test_a_wrong_invitation_is_refused_in_a_sentence(tmp_path: Path, plugin: AtDesk) -> None:
    room = build_room(tmp_path / "room")
    plugin.enter(room, "not-an-invitation")
    assert "invitation is not valid" in plugin.dock.sign_in_panel.message.text()


def test_an_unreadable_image_is_told_and_tried_again(tmp_path: Path, plugin: AtDesk) -> None:
    room = build_room(tmp_path / "room")
    second = room.assignments("R1")[1]
    stored = room.volume_path("R1", second.code, "mask")
    whole = stored.read_bytes()
    stored.write_bytes(b"")
    plugin.enter_room(room)
    plugin.alt(Qt.Key.Key_1)
    plugin.save_by_key()
    again = plugin.desk.again_button
    plugin.qtbot.waitUntil(again.isVisible)
    assert "cannot be read" in plugin.desk.message.text()
    plugin.save_by_key()
    plugin.wait_until_sent()
    assert len(room.store.readings()) == 1
    stored.write_bytes(whole)
    plugin.click(again)
    plugin.wait_for(2)


def test_answers_survive_a_closed_dock(tmp_path: Path, plugin: AtDesk) -> None:
    room = build_room(tmp_path / "room")
    plugin.enter_room(room)
    plugin.alt(Qt.Key.Key_3)
    plugin.dock.hide()
    code = room.assignments("R1")[0].code
    kept = plugin.dock.session.desk.drafts.find(code, Step.RATING)
    assert kept is not None
    assert kept[0].answers == (Answer("quality", values=(3,)),)


def test_no_model_name_can_be_seen(tmp_path: Path, plugin: AtDesk) -> None:
    # The folder of a coordinator may name a model; nothing that the rater sees may repeat it.
    room = build_room(tmp_path / PLANTED / "room")
    plugin.enter_room(room)
    plugin.alt(Qt.Key.Key_3)
    plugin.qtbot.mouseMove(plugin.viewer.window._qt_viewer.canvas.native)
    seen: list[str] = [plugin.viewer.title, str(plugin.viewer.status)]
    for layer in plugin.viewer.layers:
        seen += [layer.name, str(layer.metadata), str(layer.source)]
        seen += [str(layer.get_status(plugin.viewer.cursor.position))]
    for widget in QApplication.allWidgets():
        if plugin.dock.sign_in_panel.isAncestorOf(widget):
            continue  # hidden; holds what the rater chose
        seen += [widget.windowTitle(), widget.toolTip(), widget.statusTip(), widget.objectName()]
        text = getattr(widget, "text", None)
        seen.append(str(text()) if callable(text) else "")
    seen += [path.name for path in (tmp_path / "desks").rglob("*")]
    assert any("Mask 1 of" in text for text in seen)
    assert [text for text in seen if PLANTED.lower() in text.lower()] == []


def test_levels_beyond_the_tenth_key_are_left_to_the_mouse(tmp_path: Path, plugin: AtDesk) -> None:
    levels = tuple(Level(value, f"Level {value}") for value in range(1, 12))
    item = Item("fine", ItemKind.LEVELS, "How fine?", levels, best="high")
    room = build_room(tmp_path / "room", instrument=Instrument("own", "", (item,)))
    plugin.enter_room(room)
    plugin.alt(Qt.Key.Key_0)
    assert plugin.box("fine").answer().values == (10,)
    plugin.click(plugin.box("fine").levels[11])
    assert plugin.box("fine").answer().values == (11,)


def test_what_an_instrument_says_is_shown_as_it_was_written(tmp_path: Path, plugin: AtDesk) -> None:
    anchors = ("Doesn't need more", 'The "edge" & all < 5 mm')
    levels = (Level(1, "Grey & white", anchors[0]), Level(2, "None", anchors[1]))
    item = Item("matter", ItemKind.LEVELS, "Which & how?", levels, best="high")
    room = build_room(tmp_path / "room", instrument=Instrument("own", "", (item,)))
    plugin.enter_room(room)
    box = plugin.box("matter")
    assert box.levels[1].shortcut().isEmpty()
    assert box.levels[1].text().replace("&&", "&") == "1 - Grey & white"
    document = QTextDocument()
    shown = []
    for label in box.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.RichText
        document.setHtml(label.text())
        shown.append(document.toPlainText())
    assert shown == ["▸ Which & how?", *anchors]


def test_a_dock_that_is_taken_away_keeps_all_and_shows_nothing(
    tmp_path: Path, plugin: AtDesk
) -> None:
    room = build_room(tmp_path / "room", correction="optional")
    plugin.enter_room(room)
    plugin.alt(Qt.Key.Key_3)
    code = plugin.dock.session.task.assignment.code
    taken = plugin.dock
    taken.parent().title.close_button.click()
    assert taken.session is None
    assert not any(layer.visible for layer in plugin.viewer.layers)
    desk = Desk(RoomClient.sign_in(room.folder, room.invite("R1")), one_desk(tmp_path))
    kept = desk.drafts.find(code, Step.RATING)
    desk.close()
    assert kept is not None
    assert kept[0].answers == (Answer("quality", values=(3,)),)
    _, plugin.dock = plugin.viewer.window.add_plugin_dock_widget("rater-app", "Review masks")
    plugin.enter(room, room.invite("R1"))
    assert "open napari anew" in plugin.dock.sign_in_panel.message.text()
    taken.setParent(plugin.dock)  # so that it ends with the window


def one_desk(tmp_path: Path) -> Path:
    (folder,) = (tmp_path / "desks").iterdir()
    return folder
