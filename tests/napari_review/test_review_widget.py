"""A rater at the real dock of a real napari window, with real clicks and keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rater_app.core.instrument import Instrument, Item, ItemKind, Level
from rater_app.core.reading import Answer
from rater_app.reading_room import ReadingRoom
from tests.builders import COMMENT, CONFIDENCE, ERRORS, FULL, QUALITY, SOURCE, build_room

pytest.importorskip("napari")
import itertools

from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QApplication, QWidget

pytestmark = pytest.mark.desktop

PLANTED = "SegVLM-9000"
STAR = Instrument("star", "One question and a comment", (QUALITY, COMMENT))


@dataclass
class Desk:
    """The window under test, and the hands of a rater."""

    viewer: Any
    dock: Any
    qtbot: Any

    def click(self, widget: QWidget) -> None:
        self.dock.scroll_area.ensureWidgetVisible(widget)
        QApplication.processEvents()
        # Left part: the indicator of a radio button, also where a wide row holds it.
        spot = QPoint(min(10, widget.width() // 2), widget.height() // 2)
        self.qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=spot)

    def press(self, key: Any, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
        target = QApplication.focusWidget() or self.dock
        self.qtbot.keyClick(target, key, modifier)

    def rate(self, key: Any) -> None:
        self.press(key, Qt.KeyboardModifier.AltModifier)

    def submit_by_key(self) -> None:
        self.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    def sign_in(self, room: ReadingRoom, token: str) -> None:
        self.dock.folder.setText(str(room.folder))
        self.qtbot.keyClicks(self.dock.token, token)
        self.click(self.dock.sign_in_button)

    def box(self, item: str, structure: str = "") -> Any:
        return next(b for b in self.dock.form.boxes if b.question.key == (item, structure))


@pytest.fixture
def desk(make_napari_viewer: Callable[..., Any], qtbot: Any) -> Iterator[Desk]:
    viewer = make_napari_viewer(show=True, strict_qt="raise")
    _, dock = viewer.window.add_plugin_dock_widget("rater-app", "Review masks")
    viewer.window.activate()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is not None)
    at_desk = Desk(viewer, dock, qtbot)
    yield at_desk
    if dock.session is not None:
        dock.session.close()
    at_desk.viewer = at_desk.dock = None


def test_a_rater_reads_three_masks_by_mouse_and_keys(tmp_path: Path, desk: Desk) -> None:
    room = build_room(tmp_path / "room", cases=3, masks_per_case=1, instrument=STAR)
    desk.sign_in(room, room.invite("R1"))
    dock = desk.dock
    removed: list[Any] = []
    desk.viewer.layers.events.removed.connect(removed.append)
    layers = list(desk.viewer.layers)
    assert [layer.name for layer in layers] == ["T1", "T2", "mask"]
    assert dock.counter.text() == "Mask 1 of 3"
    assert all(box.answer().is_empty for box in dock.form.boxes)

    desk.rate(Qt.Key.Key_4)
    shown = [layers[-1].data.copy()]
    desk.submit_by_key()
    assert dock.counter.text() == "Mask 2 of 3"
    assert all(box.answer().is_empty for box in dock.form.boxes)

    desk.click(desk.box("quality").levels[2])
    comment = desk.box("comment").text
    desk.click(comment)
    desk.qtbot.keyClicks(comment, "too 1arge")
    shown.append(layers[-1].data.copy())
    desk.submit_by_key()  # the cursor is still in the comment
    assert dock.counter.text() == "Mask 3 of 3"

    desk.click(desk.box("quality").cannot_judge)
    shown.append(layers[-1].data.copy())
    desk.click(dock.submit_button)
    assert dock.counter.text() == "All 3 masks are read. Thank you."

    planned = room.assignments("R1")
    stored = {reading.assignment: reading.answers for reading in room.store.readings()}
    assert [stored[a.code] for a in planned] == [
        (Answer("quality", values=(4,)),),
        (Answer("quality", values=(2,)), Answer("comment", text="too 1arge")),
        (Answer("quality", cannot_judge=True),),
    ]
    assert removed == []
    assert list(desk.viewer.layers) == layers
    assert not any(np.array_equal(a, b) for a, b in itertools.pairwise(shown))
    assert not any(layer.visible for layer in layers)


def test_what_is_missing_is_said_and_nothing_is_stored(tmp_path: Path, desk: Desk) -> None:
    room = build_room(tmp_path / "room")
    desk.sign_in(room, room.invite("R1"))
    desk.submit_by_key()
    assert desk.dock.message.text() == "Please answer: How good is this mask?"
    assert room.store.readings() == ()


def test_every_kind_of_item_can_be_answered(tmp_path: Path, desk: Desk) -> None:
    room = build_room(tmp_path / "room", instrument=FULL)
    desk.sign_in(room, room.invite("R1"))
    for key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3):
        desk.rate(key)  # three structures
    source = desk.box("source").levels[2]
    desk.dock.scroll_area.ensureWidgetVisible(source)
    desk.click(source)
    confidence = desk.box("confidence")
    assert confidence.answer().is_empty
    slider = confidence.slider
    desk.dock.scroll_area.ensureWidgetVisible(slider)
    middle = QPoint(slider.width() // 2, slider.height() // 2)
    desk.qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=middle)
    errors = desk.box("errors")
    for value in (1, 3):
        desk.click(errors.levels[value])
    desk.click(desk.dock.submit_button)

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


def test_an_answer_can_be_taken_back(tmp_path: Path, desk: Desk) -> None:
    item = Item(**{**vars(CONFIDENCE), "cannot_judge": True, "required": False})
    errors = Item(**{**vars(ERRORS), "cannot_judge": True})
    source = Item(**{**vars(SOURCE), "required": False})
    room = build_room(tmp_path / "room", instrument=Instrument("own", "", (item, errors, source)))
    desk.sign_in(room, room.invite("R1"))
    slider, ticks, choice = desk.dock.form.boxes
    slider.slider.answer_with(30)
    desk.click(slider.cannot_judge)
    assert slider.answer() == Answer("confidence", cannot_judge=True)
    slider.slider.setFocus()
    desk.press(Qt.Key.Key_Home)
    assert slider.answer() == Answer("confidence", values=(0,))
    desk.click(ticks.levels[2])
    desk.click(ticks.cannot_judge)
    assert ticks.answer() == Answer("errors", cannot_judge=True)
    desk.click(ticks.levels[1])
    assert ticks.answer() == Answer("errors", values=(1,))
    desk.click(choice.levels[1])
    choice.clear()
    assert choice.answer().is_empty


def test_the_mask_is_read_only_and_stays_in_its_place(tmp_path: Path, desk: Desk) -> None:
    room = build_room(tmp_path / "room", shape=(16, 20, 12))
    desk.sign_in(room, room.invite("R1"))
    mask = desk.viewer.layers["mask"]
    before = mask.data.copy()
    for layer in desk.viewer.layers:
        layer.mode = "transform"
        assert layer.mode == "pan_zoom"
        assert layer.locked
    mask.mode = "paint"
    desk.viewer.layers.selection.active = mask
    canvas = desk.viewer.window._qt_viewer.canvas.native
    desk.qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton)
    desk.viewer.layers.remove_selected()
    np.testing.assert_array_equal(mask.data, before)
    assert "mask" in desk.viewer.layers
    assert desk.viewer.dims.nsteps == (12, 20, 16)
    assert desk.viewer.dims.current_step == (5, 9, 7)


def test_images_of_another_origin_are_refused(tmp_path: Path, desk: Desk) -> None:
    room = build_room(tmp_path / "room")
    desk.viewer.add_image(np.zeros((4, 4)))
    desk.sign_in(room, room.invite("R1"))
    assert "shows other images" in desk.dock.message.text()
    assert desk.dock.session is None


def test_a_wrong_invitation_is_refused_in_a_sentence(tmp_path: Path, desk: Desk) -> None:
    room = build_room(tmp_path / "room")
    desk.sign_in(room, "not-an-invitation")
    assert "invitation is not valid" in desk.dock.message.text()


def test_an_unreadable_image_hides_the_case_before(tmp_path: Path, desk: Desk) -> None:
    room = build_room(tmp_path / "room")
    second = room.assignments("R1")[1]
    room.volume_path("R1", second.code, "mask").write_bytes(b"")
    desk.sign_in(room, room.invite("R1"))
    desk.rate(Qt.Key.Key_1)
    desk.submit_by_key()
    assert "cannot be read" in desk.dock.message.text()
    assert not any(layer.visible for layer in desk.viewer.layers)
    desk.submit_by_key()
    assert len(room.store.readings()) == 1


def test_answers_survive_a_closed_dock(tmp_path: Path, desk: Desk) -> None:
    room = build_room(tmp_path / "room")
    desk.sign_in(room, room.invite("R1"))
    desk.rate(Qt.Key.Key_3)
    desk.dock.hide()
    code = room.assignments("R1")[0].code
    assert room.store.draft(code) == (Answer("quality", values=(3,)),)


def test_no_model_name_can_be_seen(tmp_path: Path, desk: Desk) -> None:
    # The folder of a coordinator may name a model; nothing that the rater sees may repeat it.
    room = build_room(tmp_path / PLANTED / "room")
    desk.sign_in(room, room.invite("R1"))
    desk.rate(Qt.Key.Key_3)
    desk.qtbot.mouseMove(desk.viewer.window._qt_viewer.canvas.native)
    seen: list[str] = [desk.viewer.title, str(desk.viewer.status)]
    for layer in desk.viewer.layers:
        seen += [layer.name, str(layer.metadata), str(layer.source)]
        seen += [str(layer.get_status(desk.viewer.cursor.position))]
    for widget in QApplication.allWidgets():
        if desk.dock.sign_in_panel.isAncestorOf(widget):
            continue  # hidden; holds what the rater chose
        seen += [widget.windowTitle(), widget.toolTip(), widget.statusTip(), widget.objectName()]
        text = getattr(widget, "text", None)
        seen.append(str(text()) if callable(text) else "")
    assert any("Mask 1 of" in text for text in seen)
    assert [text for text in seen if PLANTED.lower() in text.lower()] == []


def test_levels_beyond_the_tenth_key_are_left_to_the_mouse(tmp_path: Path, desk: Desk) -> None:
    levels = tuple(Level(value, f"Level {value}") for value in range(1, 12))
    item = Item("fine", ItemKind.LEVELS, "How fine?", levels, best="high")
    room = build_room(tmp_path / "room", instrument=Instrument("own", "", (item,)))
    desk.sign_in(room, room.invite("R1"))
    desk.rate(Qt.Key.Key_0)
    assert desk.box("fine").answer().values == (10,)
    desk.click(desk.box("fine").levels[11])
    assert desk.box("fine").answer().values == (11,)
