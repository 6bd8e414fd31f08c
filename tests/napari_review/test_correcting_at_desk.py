"""Raters rate, correct and rate again at a desk, by mouse and keys, in both hosts."""

from __future__ import annotations

import gc
import threading
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from rater_app.core.correction import Stage
from rater_app.core.submission import Step
from rater_app.napari_review import drafting, review_widget
from rater_app.reading_room import ReadingRoom, SentMask
from rater_app.study_client.return_file import return_path
from rater_app.study_client.work_package import write_package
from tests.blinding_search import files_of, find_secrets
from tests.builders import build_room
from tests.correcting import GOOD, candidate_voxels, painted
from tests.study_client.test_work_package import merged
from tests.submitting import correction, sha256
from tests.web.conftest import served

pytest.importorskip("napari")
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QApplication, QPushButton

from tests.napari_review.at_desk import NO_KEY, AtDesk, free_what_is_deleted

pytestmark = pytest.mark.desktop

SHAPE = (32, 36, 20)
CONTROL = Qt.KeyboardModifier.ControlModifier
PLANTED = "SegVLM-9000"


def room_of(folder: Path, **study: Any) -> ReadingRoom:
    return build_room(
        folder,
        **{"cases": 3, "masks_per_case": 1, "shape": SHAPE, "correction": "optional", **study},
    )


def native(array: np.ndarray) -> bytes:
    """Give a layer's mask in the stored order of these rooms: RAS, x fastest."""
    return array.tobytes()


def rate(at: AtDesk, level: Any = Qt.Key.Key_3) -> None:
    at.alt(level)
    at.save_by_key()


def paint(at: AtDesk, label: int, *places_mm: tuple[float, float]) -> None:
    at.view.editing.choose(label)
    at.focus_canvas()
    at.press(Qt.Key.Key_2)  # napari's own key
    assert str(at.view.mask.mode) == "paint"
    at.drag(*places_mm)


def test_a_rater_works_through_a_study_at_a_server_that_is_killed(
    host: AtDesk, tmp_path: Path
) -> None:
    room = room_of(tmp_path / "room", rate_again=True)
    spacing = 180 / max(SHAPE)
    removed: list[Any] = []
    host.viewer.layers.events.removed.connect(removed.append)
    with served(room) as server:
        host.enter_server(server, f"{server.url}/invite/{room.invite('R1')}")
        layers = list(host.viewer.layers)
        view = host.view
        codes = [a.code for a in room.assignments("R1")]

        # First mask: the brush before the rating changes nothing; then all of it.
        came = view.mask.data.copy()
        host.focus_canvas()
        host.press(Qt.Key.Key_2)
        host.drag((60.0, 60.0), (60.0, 80.0))
        np.testing.assert_array_equal(view.mask.data, came)
        rate(host)
        host.wait_for(1, Stage.CORRECT)
        view.mask.brush_size = 1
        y, x = 8, 25  # voxels, outside of the lesion
        host.viewer.dims.set_point(0, 1 * spacing)
        paint(host, 1, (y * spacing, x * spacing))
        changed = np.argwhere(view.mask.data != came)
        assert changed.tolist() == [[1, y, x]]  # at the millimetre that was aimed at
        assert view.mask.data[1, y, x] == 1
        host.drag((y * spacing, x * spacing), (y * spacing, (x - 3) * spacing))
        assert view.editing.strokes == {"brush": 2}
        host.press(Qt.Key.Key_Z, CONTROL)
        assert (view.editing.undos, (view.mask.data != came).sum()) == (1, 1)
        # Drawn again two slices further up, and the slices between filled in.
        host.viewer.dims.set_point(0, 3 * spacing)
        paint(host, 1, (y * spacing, x * spacing))
        assert view.mask.data[2, y, x] == 0
        host.alt(Qt.Key.Key_I)
        assert view.mask.data[2, y, x] == 1
        host.click(host.desk.looking.in_3d)
        assert host.viewer.dims.ndisplay == 3
        host.click(host.desk.looking.in_3d)
        assert host.viewer.dims.ndisplay == 2
        first = view.mask.data.copy()
        host.save_by_key()
        host.wait_for(1, Stage.RATE_AGAIN)
        host.press(Qt.Key.Key_2)
        host.drag((60.0, 60.0), (60.0, 80.0))
        np.testing.assert_array_equal(view.mask.data, first)
        rate(host, Qt.Key.Key_4)

        # Second mask: the server is killed, the rater goes on.
        host.wait_for(2)
        host.wait_until_sent()
        host.qtbot.waitUntil(lambda: host.dock._ahead is not None and host.dock._ahead.done())
        server.process.kill()
        second_came = view.mask.data.copy()
        host.press(Qt.Key.Key_Z, CONTROL)
        rate(host)
        host.wait_for(2, Stage.CORRECT)
        host.focus_canvas()
        host.press(Qt.Key.Key_Z, CONTROL)
        np.testing.assert_array_equal(view.mask.data, second_came)
        paint(host, 3, (y * spacing, x * spacing), (y * spacing, (x - 2) * spacing))
        second = view.mask.data.copy()
        assert not np.array_equal(second, second_came)
        host.save_by_key()
        host.wait_for(2, Stage.RATE_AGAIN)
        rate(host)
        host.wait_for(3)  # fetched ahead
        told = host.desk.state
        host.qtbot.waitUntil(lambda: "3 on the way to the study" in told.text(), timeout=20_000)
        host.qtbot.waitUntil(lambda: "cannot be reached" in told.text(), timeout=20_000)
        assert room.progress("R1").done == 1
        server.process.start()
        host.wait_until_sent()
        host.qtbot.waitUntil(lambda: host.desk.state.text() == "", timeout=20_000)

        # Third mask: looked at, and left as it is.
        rate(host)
        host.wait_for(3, Stage.CORRECT)
        host.wait_past_leftovers()
        host.click(host.desk.submit_button)
        host.wait_for_the_end()
        host.wait_until_sent()
        assert room.progress("R1").share == 1

    stored = {v.assignment: v for v in room.store.corrections.versions()}
    assert {code: v.sha256 for code, v in stored.items()} == {
        codes[0]: sha256(native(first)),
        codes[1]: sha256(native(second)),
    }
    effort = stored[codes[0]].effort
    assert (effort.strokes, effort.undos, effort.tools) == (4, 1, {"brush": 3, "interpolate": 1})
    assert effort.tool == host.dock.host
    assert 0 < effort.active_s < 600
    deliveries = room.store.deliveries.all()
    assert {d.outcome for d in deliveries} == {"stored"}
    assert {d.host for d in deliveries} == {host.dock.host}
    assert sorted(d.step for d in deliveries) == sorted(
        [Step.RATING] * 3 + [Step.CORRECTION] * 3 + [Step.SECOND_RATING] * 2
    )
    told = next(d for d in deliveries if d.step == Step.CORRECTION).details
    assert {"rater-app", "napari", "Python", "system"} < set(told["versions"])
    assert (told["shape"], told["input_sha256"][:4].isalnum()) == (list(SHAPE), True)
    assert removed == []
    assert list(host.viewer.layers) == layers
    room.close()


def test_a_package_is_read_in_the_kiosk_and_merged(kiosk: AtDesk, tmp_path: Path) -> None:
    room = room_of(tmp_path / "room", correction="required")
    package = tmp_path / "R1.zip"
    write_package(room, room.study.raters[0], package)
    assert kiosk.dock.sign_in(str(package))
    kiosk.wait_for(1)
    expected = {}
    for position, assignment in enumerate(room.assignments("R1"), start=1):
        kiosk.wait_for(position)
        rate(kiosk)
        kiosk.wait_for(position, Stage.CORRECT)
        if position == 2:
            kiosk.save_by_key()
            kiosk.wait_past_leftovers()
            kiosk.save_by_key()
            assert "tick “This mask needs no correction”" in kiosk.desk.message.text()
            kiosk.click(kiosk.desk.correcting.confirmed)
            kiosk.click(kiosk.desk.submit_button)
            continue
        kiosk.view.editing.choose(1)
        kiosk.desk.correcting.margin_mm.setValue(6.0)
        kiosk.alt(Qt.Key.Key_G)
        assert "voxels changed" in kiosk.desk.message.text()
        expected[assignment.code] = sha256(native(kiosk.view.mask.data))
        kiosk.save_by_key()
    kiosk.wait_for_the_end()
    kiosk.wait_until_sent()
    assert room.store.readings() == ()
    found = merged(room, return_path(package))
    assert (found.stored, found.refused, found.set_aside) == (6, (), ())
    assert {v.assignment: v.sha256 for v in room.store.corrections.versions()} == expected
    assert [f.confirmed for f in room.store.corrections.finishings()].count(True) == 1


def test_drafts_outlive_a_crash(kiosk: AtDesk, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(drafting, "MASK_AFTER_STROKES", 3)
    room = room_of(tmp_path / "room")
    kiosk.enter_room(room)
    rate(kiosk)
    kiosk.wait_for(1, Stage.CORRECT)
    code = kiosk.dock.session.task.assignment.code
    drafts = kiosk.dock.session.desk.drafts
    for x in (60.0, 70.0):
        paint(kiosk, 1, (50.0, x))
    assert drafts.find(code, Step.CORRECTION) is None
    paint(kiosk, 1, (50.0, 80.0))
    kiosk.qtbot.waitUntil(lambda: drafts.find(code, Step.CORRECTION) is not None)
    kiosk.qtbot.waitUntil(lambda: "kept on this computer" in kiosk.desk.state.text())
    kept = kiosk.view.mask.data.copy()
    # Nothing is closed in order: only what is on the disk is left.
    desk_folder = next((tmp_path / "desks").iterdir())
    snapshot = files_of(desk_folder)
    kiosk.wait_until_sent()
    kiosk.dock.leave()
    assert files_of(desk_folder).keys() == snapshot.keys()

    from rater_app.napari_review.kiosk import Kiosk

    window = Kiosk()
    window.show()
    again = AtDesk(window.viewer, window.review, kiosk.qtbot)
    again.enter(room, room.invite("R1"))
    again.wait_for(1, Stage.CORRECT)
    assert again.desk.message.text() == "Your unsaved changes were restored."
    np.testing.assert_array_equal(again.view.mask.data, kept)
    assert not again.view.editing.can_undo
    again.wait_past_leftovers()
    again.click(again.desk.submit_button)
    again.wait_for(2)
    again.wait_until_sent()
    (version,) = room.store.corrections.versions()
    assert (version.sha256, version.effort.strokes) == (sha256(native(kept)), 3)
    assert drafts.find(code, Step.CORRECTION) is None
    window.close()
    window.deleteLater()
    again.viewer = again.dock = None
    del window, again
    free_what_is_deleted()


def test_what_the_browser_changed_since_sets_a_draft_aside(kiosk: AtDesk, tmp_path: Path) -> None:
    room = room_of(tmp_path / "room")
    kiosk.enter_room(room)
    rate(kiosk)
    kiosk.wait_for(1, Stage.CORRECT)
    kiosk.wait_until_sent()
    code = kiosk.dock.session.task.assignment.code
    in_browser = painted(candidate_voxels(room, code), 3, 50)
    first, _ = correction(room, code, in_browser)
    room.corrections.save(
        "R1", code, SentMask(in_browser, is_packed=False), first.tag, first.effort, finish=True
    )
    paint(kiosk, 1, (50.0, 60.0))
    kiosk.save_by_key()
    kiosk.wait_for(2)
    kiosk.qtbot.waitUntil(lambda: "another window" in kiosk.desk.state.text(), timeout=10_000)
    assert [v.sha256 for v in room.store.corrections.versions()] == [sha256(in_browser)]
    (aside,) = [d for d in room.store.deliveries.all() if d.outcome == "set aside"]
    assert room.store.deliveries.voxels(aside.id) is not None


def test_the_rest_of_a_key_does_not_finish_an_untouched_mask(kiosk: AtDesk, tmp_path: Path) -> None:
    room = room_of(tmp_path / "room")
    kiosk.enter_room(room)
    rate(kiosk)
    kiosk.save_by_key()
    kiosk.save_by_key()
    kiosk.wait_for(1, Stage.CORRECT)
    assert kiosk.dock.session.stage is Stage.CORRECT
    kiosk.wait_until_sent()
    assert room.store.corrections.finishings() == ()


def test_distances_are_measured_between_two_clicks(kiosk: AtDesk, tmp_path: Path) -> None:
    room = room_of(tmp_path / "room")
    kiosk.enter_room(room)
    kiosk.desk.tools.measure()
    said = kiosk.desk.message.text()
    assert said in ("Click on the first point.", "Click on the second point.")
    before = kiosk.view.mask.data.copy()
    if "first" in said:
        kiosk.drag((40.0, 60.0))
    kiosk.drag((70.0, 100.0))
    millimetres = float(kiosk.desk.message.text().removeprefix("Distance: ").removesuffix(" mm"))
    if "first" in said:
        assert millimetres == pytest.approx(50.0, abs=1.5)
    np.testing.assert_array_equal(kiosk.view.mask.data, before)


def test_the_planes_of_the_kiosk_are_linked(kiosk: AtDesk, tmp_path: Path) -> None:
    room = room_of(tmp_path / "room")
    kiosk.enter_room(room)
    planes = kiosk.window.planes
    sagittal, coronal = planes.views
    assert sagittal.viewer.layers["mask"].data is kiosk.view.mask.data
    assert coronal.viewer.layers["image"].data is kiosk.view.channels["T1"].data
    kiosk.viewer.dims.set_point(2, 45.0)
    assert sagittal.viewer.dims.point[2] == kiosk.viewer.dims.point[2]
    sagittal._go((30.0, 50.0, 999.0))
    point = kiosk.viewer.dims.point
    assert (point[0], point[1]) == pytest.approx((30.0, 50.0), abs=3)
    assert point[2] == pytest.approx(45.0, abs=3)
    kiosk.desk.looking.channel.setCurrentText("T2")
    kiosk.view.show_channel("T2")
    assert coronal.viewer.layers["image"].data is kiosk.view.channels["T2"].data
    kiosk.window.tools.three.trigger()
    assert not planes.isVisible()
    kiosk.window.tools.three.trigger()
    assert sagittal.viewer.layers["mask"].visible


def test_the_kiosk_has_no_menu_console_list_or_drop(kiosk: AtDesk, tmp_path: Path) -> None:
    room = room_of(tmp_path / "room")
    kiosk.enter_room(room)
    window = kiosk.window
    assert window.menuWidget() is None
    assert not window.canvas.acceptDrops()
    for key in (Qt.Key.Key_C, Qt.Key.Key_P):
        kiosk.focus_canvas()
        kiosk.press(key, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    shown = {type(w).__name__ for w in QApplication.allWidgets() if w.isVisible()}
    assert "CanvasBackendDesktop" in shown
    unwanted = ("Console", "Palette", "LayerList", "MenuBar", "LayerControls")
    assert not {name for name in shown if any(part in name for part in unwanted)}


def test_nothing_that_is_seen_or_kept_names_a_model(kiosk: AtDesk, tmp_path: Path) -> None:
    # The folder of a coordinator may name a model; nothing that the rater sees may repeat it.
    room = room_of(tmp_path / PLANTED / "room", rate_again=True)
    kiosk.enter_room(room)
    seen: list[str] = []
    for stage in (Stage.RATE, Stage.CORRECT, Stage.RATE_AGAIN):
        kiosk.wait_for(1, stage)
        kiosk.spot(0, 0)[0].setFocus()
        kiosk.drag((50.0, 60.0))
        seen += [kiosk.viewer.title, str(kiosk.viewer.status), str(kiosk.viewer.tooltip)]
        for layer in kiosk.viewer.layers:
            seen += [layer.name, str(layer.metadata), str(layer.source)]
            seen.append(str(layer.get_status(kiosk.viewer.cursor.position)))
        for widget in QApplication.allWidgets():
            seen += [widget.windowTitle(), widget.toolTip(), widget.statusTip()]
            text = getattr(widget, "text", None)
            seen.append(str(text()) if callable(text) else "")
        if stage is Stage.CORRECT:
            paint(kiosk, 1, (50.0, 60.0))
            kiosk.dock._drafting._keep_mask()
            kiosk.save_by_key()
        else:
            rate(kiosk)
    kiosk.wait_for(2)
    kiosk.wait_until_sent()
    assert any("Mask 1 of 3: Correct the mask" in text for text in seen)
    secrets = [PLANTED, *(m.code for m in room.study.masks), *(m.volume for m in room.study.masks)]
    told = {"what is seen": "\n".join(seen).encode(), **files_of(tmp_path / "desks")}
    assert find_secrets(secrets, told) == []


def test_memory_is_flat_over_many_cases(kiosk: AtDesk, tmp_path: Path) -> None:
    room = build_room(
        tmp_path / "room", cases=32, masks_per_case=1, shape=(96, 96, 64), correction="optional"
    )
    removed: list[Any] = []
    kiosk.viewer.layers.events.removed.connect(removed.append)
    kiosk.enter_room(room)
    layers = list(kiosk.viewer.layers)
    process = psutil.Process()
    sizes = []
    for position in range(1, 31):
        kiosk.wait_for(position)
        rate(kiosk)
        kiosk.wait_for(position, Stage.CORRECT)
        paint(kiosk, 1, (50.0, 60.0), (60.0, 60.0))
        kiosk.save_by_key()
        gc.collect()
        sizes.append(process.memory_info().rss)
    kiosk.wait_for(31)
    # A case is 3 MB; thirty that were kept would be a hundred.
    assert (np.median(sizes[-5:]) - np.median(sizes[5:10])) / 2**20 < 25
    assert removed == []
    assert list(kiosk.viewer.layers) == layers


def test_a_reading_that_was_begun_in_the_browser_goes_on_here(
    kiosk: AtDesk, tmp_path: Path
) -> None:
    room = room_of(tmp_path / "room")
    code = room.assignments("R1")[0].code
    room.submit("R1", code, GOOD, 0)
    draft = painted(candidate_voxels(room, code), 3, 50)
    first, _ = correction(room, code, draft)
    room.corrections.keep_draft(
        "R1", code, SentMask(draft, is_packed=False), first.tag, first.effort
    )
    kiosk.enter(room, room.invite("R1"))
    kiosk.wait_for(1, Stage.CORRECT)
    assert "restored" in kiosk.desk.message.text()
    assert native(kiosk.view.mask.data) == draft
    paint(kiosk, 2, (50.0, 60.0))
    after = native(kiosk.view.mask.data)
    kiosk.save_by_key()
    kiosk.wait_for(2)
    kiosk.wait_until_sent()
    (version,) = room.store.corrections.versions()
    assert (version.sha256, version.effort.strokes) == (sha256(after), first.effort.strokes + 1)


def test_nothing_is_said_of_unsaved_changes_once_they_are_saved(
    kiosk: AtDesk, tmp_path: Path
) -> None:
    room = room_of(tmp_path / "room")
    kiosk.enter_room(room)
    rate(kiosk)
    kiosk.wait_for(1, Stage.CORRECT)
    kiosk.wait_until_sent()
    paint(kiosk, 1, (50.0, 60.0))
    kiosk.dock._drafting._keep_mask()
    kiosk.qtbot.waitUntil(lambda: "are kept on this computer" in kiosk.desk.state.text())
    kiosk.dock._show_state()  # which must not silence it
    assert "are kept on this computer" in kiosk.desk.state.text()
    kiosk.save_by_key()
    kiosk.wait_for(2)
    kiosk.wait_until_sent()
    kiosk.dock._show_state()
    assert kiosk.desk.state.text() == ""


def test_what_is_saved_cannot_be_painted_any_more(
    kiosk: AtDesk, tmp_path: Path, monkeypatch: Any
) -> None:
    room = room_of(tmp_path / "room")
    kiosk.enter_room(room)
    rate(kiosk)
    kiosk.wait_for(1, Stage.CORRECT)
    kiosk.qtbot.waitUntil(kiosk.dock._ahead.done)
    paint(kiosk, 1, (50.0, 60.0))
    go_on = threading.Event()
    load = review_widget.load_next

    def load_late(*asked: Any) -> Any:
        assert go_on.wait(20)
        return load(*asked)

    monkeypatch.setattr(review_widget, "load_next", load_late)
    kiosk.dock._ahead = None
    saved = kiosk.view.mask.data.copy()
    kiosk.save_by_key()
    assert kiosk.desk.message.text() == "Loading …"
    kiosk.press(Qt.Key.Key_2)
    kiosk.drag((70.0, 60.0), (70.0, 80.0))
    np.testing.assert_array_equal(kiosk.view.mask.data, saved)
    kiosk.press(Qt.Key.Key_Z, CONTROL)
    np.testing.assert_array_equal(kiosk.view.mask.data, saved)
    go_on.set()
    kiosk.wait_for(2)


def test_points_are_shown_in_the_slices_alone(kiosk: AtDesk, tmp_path: Path) -> None:
    # In 3D a click says nothing of the depth: the distance would be wrong.
    room = room_of(tmp_path / "room")
    kiosk.enter_room(room)
    rate(kiosk)
    kiosk.wait_for(1, Stage.CORRECT)
    before = kiosk.view.mask.data.copy()
    kiosk.view.show_3d(True)
    for key in (Qt.Key.Key_M, Qt.Key.Key_R, Qt.Key.Key_K):
        kiosk.desk.say("")
        kiosk.alt(key)
        assert "switch 3D off" in kiosk.desk.message.text()
    kiosk.view.show_3d(False)
    kiosk.viewer.mouse_over_canvas = False
    kiosk.desk.tools.measure()
    kiosk.view.show_3d(True)
    kiosk.drag((40.0, 60.0))
    assert kiosk.desk.message.text() == "Click on the first point."
    np.testing.assert_array_equal(kiosk.view.mask.data, before)


def test_the_tools_scroll_where_a_window_is_low(kiosk: AtDesk, tmp_path: Path) -> None:
    room = room_of(tmp_path / "room", correction="required")
    kiosk.enter_room(room)
    rate(kiosk)
    kiosk.wait_for(1, Stage.CORRECT)
    kiosk.desk.say("Please correct this mask.")
    kiosk.window.resize(1000, 560)
    QApplication.processEvents()
    panel = kiosk.desk.correcting
    assert kiosk.window.height() <= 560
    for button in panel.findChildren(QPushButton):
        assert button.height() >= button.sizeHint().height()
    margin = panel.margin_mm.value()
    center = panel.margin_mm.rect().center()
    at = QPointF(panel.margin_mm.mapToGlobal(center))
    wheel = QWheelEvent(
        QPointF(center),
        at,
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        NO_KEY,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(panel.margin_mm, wheel)
    assert panel.margin_mm.value() == margin
