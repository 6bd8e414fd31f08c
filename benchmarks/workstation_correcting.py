"""The real page of the real server: first image, brush, undo, save, and the next reading."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect
from workstation_looking import PROBE, VIEWPORT, Times, add_first_image
from workstation_volumes import Subject

from rater_app.core.study import Rater
from rater_app.reading_room import VOLUMES, ReadingRoom
from tests.builders import build_room
from tests.serving import Server

RADIUS_MM = "5"
STRIDE_PX = 8
LONGEST_MS = 120_000
RATER = "R1"
READINGS = 8
# The middle of the first tile, and its size, in CSS pixels.
TILE = """() => {
  const { canvas } = bench.viewer.stage.tileOf("axial");
  const { left, top, width, height } = canvas.getBoundingClientRect();
  return [left, top, width, height];
}"""
STATE = "bench.root.querySelector('.keeping')?.dataset.state"


def correct(browser: Browser, subject: Subject, moves: int, saves: int, repeats: int) -> Times:
    """Read on the real page: look, rate, correct, save, go on."""
    times: Times = {}
    with tempfile.TemporaryDirectory() as scratch:
        room = _room(Path(scratch) / "room", subject)
        server = Server(room.folder, Path(scratch) / "server.log")
        server.start()
        try:
            for _ in range(repeats):
                page = _open(browser, server, room)
                since = page.evaluate("bench.until('image', 'mask', 'all')")
                add_first_image(times, since, " (real page)")
                opened = times.setdefault("page opened to first image", [])
                opened.append(since["shownAt"]["image"])
                if _ < repeats - 1:
                    page.context.close()
            _rate(page)
            _paint(page, moves, times)
            _save(page, saves, times)
            for _ in range(min(repeats, READINGS - 1)):
                _go_on(page, times)
                _rate(page)
            page.context.close()
        finally:
            server.stop()
            room.close()
    return times


def _room(folder: Path, subject: Subject) -> ReadingRoom:
    """Build a room whose volumes are those of the benchmark."""
    room = build_room(
        folder,
        cases=1,
        masks_per_case=READINGS,
        raters=[Rater(RATER, "Dr One")],
        channels=subject.channels,
        correction="optional",
        ct=subject.is_ct,
    )
    (case,) = room.study.cases
    stored = dict(zip(case.volumes, subject.parts(), strict=True))
    stored |= {mask.volume: "mask" for mask in room.study.masks}
    for name, part in stored.items():
        (folder / VOLUMES / name).write_bytes(subject.packed[part])
    return room


def _open(browser: Browser, server: Server, room: ReadingRoom) -> Page:
    page = browser.new_context(viewport=VIEWPORT).new_page()
    page.set_default_timeout(LONGEST_MS)
    page.add_init_script(path=PROBE)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{server.url}/invite/{room.invite(RATER)}")
    page.locator("html[data-case=shown]").wait_for(state="attached")
    return page


def _rate(page: Page) -> None:
    """Rate by keys, and wait until the mask can be corrected."""
    page.locator("html[data-case=shown]").wait_for(state="attached")
    page.keyboard.press("Alt+3")
    expect(page.get_by_role("radio", checked=True)).to_have_count(1, timeout=LONGEST_MS)
    page.keyboard.press("Control+Enter")
    page.locator(".palette").wait_for()
    page.locator("html[data-case=shown]").wait_for(state="attached")
    page.evaluate("async () => { while (!bench.viewer.volumes.complete) await bench.frame(); }")


def _paint(page: Page, moves: int, times: Times) -> None:
    """Paint a long stroke with the disc and one with the ball, and take them back."""
    page.evaluate(
        f"""() => {{
          bench.viewer.command("brush");
          bench.viewer.command("brush-radius", {RADIUS_MM});
        }}"""
    )
    for shape in ("disc", "ball"):
        if shape == "ball":
            page.evaluate("bench.viewer.command('ball')")
        handler, drawing, both = [], [], []
        for cost in _stroke(page, moves):
            handler.append(cost["handler"])
            drawing.append(cost["drawing"])
            both.append(cost["handler"] + cost["drawing"])
        name = f"brush move, 5 mm {shape}"
        times[f"{name}: painting"] = handler
        times[f"{name}: drawing"] = drawing
        times[name] = both
        undos = times.setdefault("undo of a long stroke", [])
        for _ in range(3):
            undos.append(page.evaluate("bench.command('undo')"))
            page.evaluate("bench.command('redo')")


def _stroke(page: Page, moves: int) -> list[dict[str, float]]:
    """Go to and fro over the axial tile with the real mouse, a little further down each time."""
    left, top, width, height = page.evaluate(TILE)
    across = int(0.5 * width / STRIDE_PX)
    x, y = left + 0.25 * width, top + 0.25 * height
    page.mouse.move(x, y)
    page.mouse.down()
    costs = []
    for move in range(moves):
        row, column = divmod(move, across)
        x = left + 0.25 * width + STRIDE_PX * (column if row % 2 == 0 else across - column)
        page.mouse.move(x, min(y + row * STRIDE_PX, top + 0.8 * height))
        costs.append(page.evaluate("bench.moved()"))
    page.mouse.up()
    return costs


def _save(page: Page, saves: int, times: Times) -> None:
    """Paint a little and press Ctrl+S, again and again."""
    left, top, width, height = page.evaluate(TILE)
    wait_for(page, "complete", "bench.viewer.volumes.complete")
    for number in range(saves):
        page.mouse.click(left + (0.3 + 0.03 * number) * width, top + 0.35 * height)
        page.evaluate("bench.painted()")
        page.evaluate("() => { bench.saves.length = 0; }")
        page.keyboard.press("Control+s")
        wait_for(page, "save", f"bench.saves.length > 0 && {STATE} === 'saved'")
        for name, cost in page.evaluate("bench.saves[0]").items():
            times.setdefault(name, []).append(cost)


def _go_on(page: Page, times: Times) -> None:
    """End correcting, and wait for the next reading's mask; what it needs was fetched ahead."""
    wait_for(
        page,
        "ahead",
        "bench.viewer.volumes.complete && bench.viewer.data.prefetch.length > 0 && "
        "bench.viewer.data.prefetch.every((url) => bench.viewer.store.peek(url))",
    )
    before = page.evaluate("bench.viewer.data.case")
    # An untouched mask is not finished within a second of its opening: a reader looks at it first.
    page.evaluate("() => new Promise((done) => setTimeout(done, 1100))")
    page.keyboard.press("Control+Enter")
    wait_for(page, "next", f"bench.viewer.data.case !== '{before}'")
    since: dict[str, Any] = page.evaluate("bench.until('mask')")
    times.setdefault("next case, fetched ahead (real page)", []).append(since["mask"])
    pressed = since["shownAt"]["mask"] - page.evaluate("bench.keyAt")
    times.setdefault("Ctrl+Enter to the next mask (real page)", []).append(pressed)
    page.evaluate("bench.until('image', 'mask', 'all')")


def wait_for(page: Page, what: str, condition: str) -> None:
    """Wait for a condition in the page."""
    page.evaluate(
        f"""async () => {{
          const patience = performance.now() + {LONGEST_MS};
          while (!({condition})) {{
            if (performance.now() > patience) throw new Error("waited too long: {what}");
            await bench.frame();
          }}
        }}"""
    )
