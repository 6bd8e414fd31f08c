"""Slice bar, player, distances, fingers, pen and viewing log, in headless Chromium."""

from __future__ import annotations

import json
import math
import re
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

sync_api = pytest.importorskip("playwright.sync_api")

pytestmark = pytest.mark.browser

HERE = Path(__file__).parents[2]
FRONTEND = HERE / "rater_app" / "web" / "viewer" / "frontend"
PAGE = HERE / "benchmarks" / "viewer_page.html"
DIMS = (40, 50, 20)
SPACING_MM = (1.0, 1.0, 1.5)
BALL = (20, 25, 10)
# Two bright voxels in one coronal slice, 32 mm across and 24 mm up: 40 mm apart.
MARKS = ((4, 25, 2), (36, 25, 18))
LOG = {"url": "/viewing/K7QF", "stage": "rate"}


def write_case(folder: Path) -> None:
    i, j, k = np.indices(DIMS)
    near = (i - BALL[0]) ** 2 + (j - BALL[1]) ** 2 + ((k - BALL[2]) * 1.5) ** 2 <= 20
    image = np.full(DIMS, 300, np.int16)
    for mark in MARKS:
        image[mark] = 3000
    affine = np.diag([*SPACING_MM, 1.0])
    for name, array in {"image.nii": image, "mask.nii": near.astype(np.uint8)}.items():
        (folder / name).write_bytes(nib.Nifti1Image(array, affine).to_bytes())


class Handler(SimpleHTTPRequestHandler):
    """Serves the page, and keeps the snapshots that the viewer puts."""

    def __init__(self, kept: list[dict[str, Any]], *args: Any, **named: Any) -> None:
        self.kept = kept
        super().__init__(*args, **named)

    def do_PUT(self) -> None:
        """Keep a snapshot of the viewing log."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.headers["X-Rater-App"] == "1"
        self.kept.append({"path": self.path, **json.loads(body)})
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def kept() -> list[dict[str, Any]]:
    return []


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, kept: list[dict[str, Any]]) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("viewer")
    (folder / "frontend").symlink_to(FRONTEND)
    shutil.copy(PAGE, folder / "index.html")
    write_case(folder)
    handler = partial(Handler, kept, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this computer")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium)
        yield started
        started.close()


@pytest.fixture
def page(browser: Any, address: str, kept: list[dict[str, Any]]) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1000, "height": 720}, has_touch=True)
    opened = context.new_page()
    opened.goto(address)
    opened.wait_for_function("window.ready")
    kept.clear()
    yield opened
    context.close()


def show(page: Any, **changed: Any) -> None:
    data = {
        "case": "K7QF",
        "channels": [{"name": "T1", "url": "/image.nii"}, {"name": "T2", "url": "/image.nii"}],
        "mask": {"url": "/mask.nii"},
        "labels": [{"value": 1, "name": "lesion", "color": "#ff00ff"}],
        "prefetch": [],
        "ct": False,
        "height": 620,
        "rating_keys": 5,
        "log": LOG,
        **changed,
    }
    page.evaluate("(data) => { window.show(data); }", data)
    page.wait_for_function("viewer().isShown && !viewer().stage.frame")
    page.locator("[role=application]").focus()


def slices(page: Any) -> dict[str, int]:
    page.wait_for_function("!viewer().stage.frame")
    found: dict[str, int] = page.evaluate("viewer().getState().slices")
    return found


def seen(page: Any, plane: str) -> list[list[int]]:
    page.wait_for_function("!viewer().stage.frame")
    ranges: list[list[int]] = page.evaluate("(plane) => viewer().seen.ranges(plane)", plane)
    return ranges


def place(page: Any, tile: int, right: float, down: float) -> tuple[float, float]:
    """Give the point of a tile that lies at these fractions of its width and height."""
    box = page.locator("canvas.tile").nth(tile).bounding_box()
    return box["x"] + right * box["width"], box["y"] + down * box["height"]


def bar_place(page: Any, tile: int, down: float) -> tuple[float, float]:
    """Give the point on a tile's slice bar that lies at this fraction of its height."""
    box = page.locator("canvas.tile").nth(tile).bounding_box()
    return box["x"] + box["width"] - 7, box["y"] + 2 + down * (box["height"] - 4)


HIDE = """
(state) => {
  Object.defineProperty(document, 'visibilityState', { get: () => state, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}
"""


def wait_for(page: Any, kept: list[dict[str, Any]], count: int) -> dict[str, Any]:
    """Wait until so many snapshots came, and give the last one."""
    for _ in range(200):
        if len(kept) >= count:
            return kept[-1]
        page.evaluate("new Promise((resolve) => requestAnimationFrame(resolve))")
    raise AssertionError(f"{len(kept)} snapshots came")


def test_slices_that_were_scrolled_to_are_seen_and_those_in_between_are_not(page: Any) -> None:
    show(page)
    page.mouse.move(*place(page, 0, 0.5, 0.5))
    for slice_ in (9, 8, 7):
        page.mouse.wheel(0, 120)
        page.wait_for_function(f"viewer().getState().slices.axial === {slice_}")
        slices(page)
    page.keyboard.press("End")
    assert seen(page, "axial") == [[7, 10], [19, 19]]
    assert seen(page, "coronal") == [[25, 25]]
    assert "seen 5 of 20" in page.locator(".status").inner_text()


def test_nothing_is_seen_on_a_hidden_page_and_a_new_case_starts_anew(page: Any) -> None:
    show(page)
    page.evaluate(HIDE, "hidden")
    page.keyboard.press("Home")
    assert slices(page)["axial"] == 0
    assert seen(page, "axial") == [[10, 10]]
    page.evaluate(HIDE, "visible")
    page.keyboard.press("ArrowUp")
    assert seen(page, "axial") == [[1, 1], [10, 10]]
    show(page, case="QX22")
    assert seen(page, "axial") == [[10, 10]]


def test_a_snapshot_with_the_right_numbers_is_sent_when_the_page_is_hidden(
    page: Any, kept: list[dict[str, Any]]
) -> None:
    show(page)
    for key in ("ArrowUp", "m", "m", "2", "0", "w", "+"):
        page.keyboard.press(key)
        slices(page)
    page.mouse.move(*place(page, 0, 0.5, 0.5))
    page.mouse.down(button="right")
    for right in (0.55, 0.6, 0.65):
        page.mouse.move(*place(page, 0, right, 0.5))
    page.mouse.up(button="right")
    kept.clear()
    page.evaluate(HIDE, "hidden")
    snapshot = wait_for(page, kept, 1)
    mount = snapshot.pop("mount")
    assert re.fullmatch("[0-9a-f]{16}", mount)
    assert 0 < snapshot.pop("active_s") < 30
    assert 0 <= snapshot.pop("idle_s") < 30
    assert snapshot == {
        "path": "/viewing/K7QF",
        "stage": "rate",
        "seen": {"axial": [[10, 11]], "coronal": [[25, 25]], "sagittal": [[20, 20]]},
        "slices": {"axial": 20, "coronal": 50, "sagittal": 40},
        "window_changes": 2,
        # The second one by the press on the first tile of "all channels".
        "channel_changes": 2,
        "mask_toggles": 2,
        "layout_changes": 1,
        "structure_toggles": 0,
        "measurements": 0,
        "zooms": 1,
        "cine_s": 0.0,
    }


def test_the_next_stage_is_another_mount_and_leaving_the_page_sends_the_last_snapshot(
    page: Any, kept: list[dict[str, Any]]
) -> None:
    show(page)
    page.keyboard.press("m")
    show(page, log={**LOG, "stage": "correct"})
    first = wait_for(page, kept, 1)
    assert (first["stage"], first["mask_toggles"]) == ("rate", 1)
    page.keyboard.press("ArrowUp")
    slices(page)
    page.goto("about:blank")
    wait_for(page, kept, 2)
    second = next(snapshot for snapshot in reversed(kept) if snapshot["stage"] == "correct")
    assert second["mount"] != first["mount"]
    assert second["mask_toggles"] == 0
    assert second["seen"]["axial"] == [[10, 11]]


def test_a_study_without_a_log_sends_nothing(page: Any, kept: list[dict[str, Any]]) -> None:
    show(page, log=None)
    page.keyboard.press("m")
    page.evaluate(HIDE, "hidden")
    page.evaluate("close_viewer()")
    page.evaluate(
        "fetch('/viewing/end', {method: 'PUT', headers: {'X-Rater-App': '1'}, body: '{}'})"
    )
    assert [snapshot["path"] for snapshot in kept] == ["/viewing/end"]


def test_a_press_on_the_slice_bar_goes_to_the_slice_whatever_the_tool(page: Any) -> None:
    show(page)
    page.keyboard.press("d")
    page.mouse.click(*bar_place(page, 0, 0.01))
    assert slices(page) == {"axial": 19, "coronal": 25, "sagittal": 20}
    page.mouse.move(*bar_place(page, 0, 0.3))
    page.mouse.down()
    page.mouse.move(*bar_place(page, 0, 0.87))
    page.mouse.move(*bar_place(page, 0, 1.5))
    page.mouse.up()
    assert slices(page)["axial"] == 0
    cursor = "getComputedStyle(viewer().tiles[0].canvas).cursor"
    page.mouse.move(*bar_place(page, 0, 0.5))
    assert page.evaluate(cursor) == "ns-resize"
    page.mouse.move(*place(page, 0, 0.5, 0.5))
    assert page.evaluate(cursor) != "ns-resize"
    page.mouse.click(*bar_place(page, 1, 0.01))
    assert slices(page)["coronal"] == 49
    assert page.evaluate("viewer().distances.lines.all.length") == 0


def test_the_player_goes_back_and_forth_and_stops(page: Any) -> None:
    show(page)
    page.evaluate("window.playing = () => viewer().cine.playing")
    page.evaluate("viewer().cine.setSpeed(32)")
    page.keyboard.press("p")
    page.wait_for_function("viewer().seen.count('axial') > 12", timeout=20_000)
    page.mouse.move(*place(page, 0, 0.5, 0.5))
    assert page.evaluate("playing()")
    page.keyboard.press("-")
    assert page.evaluate("[playing(), viewer().cine.speed]") == [True, 24]
    page.keyboard.press("p")
    assert not page.evaluate("playing()")
    stops = {
        "a key": lambda: page.keyboard.press("ArrowLeft"),
        "the wheel": lambda: page.mouse.wheel(0, 120),
        "a click": lambda: page.mouse.click(*place(page, 0, 0.5, 0.5)),
        "hiding": lambda: page.evaluate(HIDE, "hidden"),
    }
    for name, stop in stops.items():
        page.keyboard.press("p")
        assert page.evaluate("playing()"), name
        stop()
        page.wait_for_function("!playing()")
    assert page.locator(".cine").is_hidden()


def test_the_player_is_started_and_stopped_by_its_button(page: Any) -> None:
    show(page)
    page.evaluate("viewer().panel.toolbar.more.open = true")
    play = page.locator(".menu button", has_text="Play")
    play.focus()
    for pressed in ("true", "false"):
        page.keyboard.press("Enter")
        sync_api.expect(play).to_have_attribute("aria-pressed", pressed)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Stop").click()
    sync_api.expect(play).to_have_attribute("aria-pressed", "false")


# Centres of the two marks on a tile, in CSS pixels of the page; mask and crosshair must be off.
MARKS_ON_TILE = """
(tile) => {
  const { canvas, ctx } = viewer().tiles[tile];
  const { data } = ctx.getImageData(0, 0, canvas.width, canvas.height);
  const sums = [[0, 0, 0], [0, 0, 0]];
  for (let i = 0; i < data.length; i += 4) {
    const [x, y] = [(i / 4) % canvas.width, Math.floor(i / 4 / canvas.width)];
    // Letters are tinted, and lie at the rim.
    if (data[i] < 200 || data[i] !== data[i + 2] || x > canvas.width - 40) continue;
    const sum = sums[x < canvas.width / 2 ? 0 : 1];
    sum[0] += x + 0.5;
    sum[1] += y + 0.5;
    sum[2]++;
  }
  const box = canvas.getBoundingClientRect();
  const scale = box.width / canvas.width;
  return sums.map(([x, y, n]) => [box.left + (x / n) * scale, box.top + (y / n) * scale]);
}
"""


def measured_mm(page: Any) -> float:
    said = page.get_by_text(re.compile(r"^Distance \d"))
    return float(said.inner_text().split()[1])


def test_a_known_distance_is_measured_with_the_mouse(page: Any) -> None:
    show(page, channels=[{"name": "T1", "url": "/image.nii"}])
    page.evaluate("viewer().command('layout', 'single'); viewer().command('next-plane')")
    for key in ("m", "g", "d"):
        page.keyboard.press(key)
    page.evaluate("viewer().tones.chooseWindow('T1', viewer().image, {low: 1000, high: 1500})")
    page.evaluate("viewer().redraw()")
    page.wait_for_function("!viewer().stage.frame")
    start, end = page.evaluate(MARKS_ON_TILE, 0)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, start[1])
    page.mouse.move(*end)
    page.mouse.up()
    # Half of the smaller voxel side.
    assert measured_mm(page) == pytest.approx(40.0, abs=0.5)
    assert page.evaluate("viewer().distances.lines.all.length") == 1
    page.keyboard.press("Delete")
    assert page.evaluate("viewer().distances.lines.all.length") == 0


def test_a_distance_is_measured_with_the_keyboard_alone(page: Any) -> None:
    show(page)
    page.keyboard.press("d")
    page.keyboard.press("Enter")
    for _ in range(8):
        page.keyboard.press("Shift+ArrowRight")
    for _ in range(6):
        page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Enter")
    assert measured_mm(page) == 10.0
    page.keyboard.press("Escape")
    assert page.evaluate("viewer().pointerTool") is None


class Glass:
    """Fingers and pens on the screen, as the operating system would report them."""

    def __init__(self, page: Any) -> None:
        self.protocol = page.context.new_cdp_session(page)

    def fingers(self, kind: str, *points: tuple[float, float]) -> None:
        """Send `Start`, `Move` or `End` with the fingers that are on the glass."""
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self.protocol.send(
            "Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": touches}
        )

    def pen(self, kind: str, point: tuple[float, float], button: str = "left") -> None:
        """Send `Pressed`, `Moved` or `Released` of a pen."""
        buttons = 0 if kind == "Released" else {"left": 1, "right": 2, "none": 0}[button]
        self.protocol.send(
            "Input.dispatchMouseEvent",
            {
                "type": f"mouse{kind}",
                "x": point[0],
                "y": point[1],
                "button": button,
                "buttons": buttons,
                "clickCount": 1,
                "pointerType": "pen",
            },
        )


# Patient index under a point of the page.
UNDER = """
([x, y]) => {
  const tile = viewer().tiles[0];
  return viewer().gestures.hitOf(tile, { clientX: x, clientY: y }).index;
}
"""


def test_a_pinch_zooms_around_the_fingers(page: Any) -> None:
    show(page)
    glass = Glass(page)
    before = [place(page, 0, 0.4, 0.4), place(page, 0, 0.6, 0.5)]
    after = [place(page, 0, 0.2, 0.3), place(page, 0, 0.7, 0.55)]
    was = [page.evaluate(UNDER, point) for point in before]
    glass.fingers("Start", before[0])
    glass.fingers("Start", *before)
    for step in range(1, 6):
        moved = [
            tuple(b + (a - b) * step / 5 for b, a in zip(*ends, strict=True))
            for ends in zip(before, after, strict=True)
        ]
        glass.fingers("Move", *moved)
    glass.fingers("End")
    page.wait_for_function("!viewer().stage.frame")
    # Both fingers turned a little: their middle and their distance count.
    middle_was, middle_is = (
        np.mean(points, axis=0)
        for points in (was, [page.evaluate(UNDER, point) for point in after])
    )
    np.testing.assert_allclose(middle_is, middle_was, atol=0.2)
    zoom = page.evaluate("viewer().viewOf('axial').zoom")
    assert zoom == pytest.approx(math.dist(*after) / math.dist(*before), rel=0.02)
    assert slices(page) == {"axial": 10, "coronal": 25, "sagittal": 20}
    assert page.evaluate("[scrollX, scrollY, visualViewport.scale]") == [0, 0, 1]


def test_one_finger_moves_the_crosshair_and_scrolls_at_the_right_edge(page: Any) -> None:
    show(page)
    glass = Glass(page)
    x, y = place(page, 0, 0.5, 0.5)
    page.touchscreen.tap(x, y - 60)
    moved = slices(page)
    assert moved["axial"] == 10
    assert moved["coronal"] > 25
    page.touchscreen.tap(*bar_place(page, 0, 0.99))
    assert slices(page)["axial"] == 0
    right, bottom = bar_place(page, 0, 0.9)
    glass.fingers("Start", (right - 18, bottom))
    for step in range(1, 6):
        glass.fingers("Move", (right - 18, bottom - 40 * step))
    glass.fingers("End")
    height = page.locator("canvas.tile").first.bounding_box()["height"] - 4
    assert slices(page)["axial"] == pytest.approx(200 / height * 20, abs=1)
    assert slices(page)["coronal"] == moved["coronal"]


def test_the_palm_beside_a_pen_does_not_draw(page: Any) -> None:
    show(page)
    glass = Glass(page)
    page.keyboard.press("d")
    lines = "viewer().distances.lines.all.length"
    # The time between pen and palm is told, not waited for.
    page.evaluate("window.penTime = 1000; viewer().pens.now = () => penTime;")
    palm = [place(page, 0, 0.5, 0.8), place(page, 0, 0.6, 0.8)]
    glass.pen("Pressed", place(page, 0, 0.3, 0.3))
    glass.pen("Moved", place(page, 0, 0.4, 0.3))
    glass.fingers("Start", palm[0])
    glass.fingers("Move", palm[1])
    glass.fingers("End")
    glass.pen("Moved", place(page, 0, 0.5, 0.3))
    glass.pen("Released", place(page, 0, 0.5, 0.3))
    assert page.evaluate(lines) == 1
    for later, expected in ((499, 1), (500, 2)):
        page.evaluate(f"penTime = 1000 + {later}")
        glass.fingers("Start", palm[0])
        glass.fingers("Move", palm[1])
        glass.fingers("End")
        assert page.evaluate(lines) == expected, later


def test_the_barrel_button_of_a_pen_is_the_window_and_its_eraser_end_the_eraser(page: Any) -> None:
    show(page)
    glass = Glass(page)
    before = page.evaluate("viewer().getState().window")
    glass.pen("Pressed", place(page, 0, 0.5, 0.5), "right")
    glass.pen("Moved", place(page, 0, 0.7, 0.5), "right")
    glass.pen("Released", place(page, 0, 0.7, 0.5), "right")
    assert page.evaluate("viewer().getState().window") != before
    assert slices(page) == {"axial": 10, "coronal": 25, "sagittal": 20}
    # Chromium's own protocol has no eraser end: this one event is made by hand.
    erased = page.evaluate(
        """() => {
          let started = 0;
          viewer().eraser = { start: () => { started++; return null; }, hover: () => {} };
          const { canvas } = viewer().tiles[0];
          canvas.setPointerCapture = () => {};
          const end = { pointerId: 9, pointerType: 'pen', button: 5, buttons: 32 };
          canvas.dispatchEvent(new PointerEvent('pointerdown', end));
          return started;
        }"""
    )
    assert erased == 1


def test_the_window_can_be_set_with_one_finger(page: Any) -> None:
    show(page)
    glass = Glass(page)
    before = page.evaluate("viewer().getState().window")
    page.evaluate("viewer().command('window-tool')")
    glass.fingers("Start", place(page, 0, 0.5, 0.5))
    glass.fingers("Move", place(page, 0, 0.7, 0.5))
    glass.fingers("End")
    after = page.evaluate("viewer().getState().window")
    assert after["high"] - after["low"] > before["high"] - before["low"]
