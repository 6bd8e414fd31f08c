"""A rater at work in a real Chromium: one path through the page, from the link to a revision."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, TimeoutError, expect, sync_playwright

from rater_app.core.reading import Answer
from rater_app.reading_room import ReadingRoom
from tests.builders import FULL, build_room
from tests.web.conftest import ServedRoom, served

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")

VIEWER = """() => {
  const hosts = [...document.querySelectorAll('*')].map((e) => e.shadowRoot).filter(Boolean);
  const root = hosts.map((h) => h.querySelector('.rater-viewer')).find(Boolean);
  return root?.viewer ?? null;
}"""
# Resolves when the viewer has drawn this reading with its mask, and with the last state otherwise.
DRAWN = f"""async (code) => {{
  const lit = (canvas) => {{
    const {{ data }} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) count += data[i] + data[i + 1] + data[i + 2] > 90;
    return count;
  }};
  const end = performance.now() + 20000;
  let state = null;
  while (performance.now() < end) {{
    const viewer = ({VIEWER})();
    state = viewer?.getState() ?? null;
    if (state?.case === code && state.loaded.mask && lit(viewer.tiles[0].canvas) > 500) return null;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }}
  return state ?? 'no viewer';
}}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}: install Debian's chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.foreign = []  # type: ignore[attr-defined]
    page.on("request", lambda request: _note_foreign(page, request.url))
    page.on("pageerror", lambda error: page.foreign.append(str(error)))  # type: ignore[attr-defined]
    page.on(
        "console",
        lambda said: page.foreign.append(said.text) if said.type == "error" else None,  # type: ignore[attr-defined]
    )
    yield page
    context.close()


def _note_foreign(page: Any, url: str) -> None:
    if not url.startswith(("http://127.0.0.1:", "data:", "blob:")):
        page.foreign.append(url)


@pytest.fixture
def full_server(tmp_path: Path) -> Iterator[ServedRoom]:
    with served(build_room(tmp_path / "room", instrument=FULL)) as started:
        yield started


def _open(page: Page, server: ServedRoom, rater: str = "R1") -> None:
    page.goto(f"{server.url}/invite/{server.room.invite(rater)}")
    expect(page.get_by_role("button", name="Submit and go on")).to_be_visible(timeout=30_000)


def _expect_drawn(page: Page, code: str) -> None:
    assert page.evaluate(DRAWN, code) is None


def _stored(room: ReadingRoom, code: str) -> list[tuple[Answer, ...]]:
    return [reading.answers for reading in room.store.readings(code)]


def test_a_rater_reads_a_mask_and_keeps_the_place(page: Page, full_server: ServedRoom) -> None:
    room = full_server.room
    first, second = room.assignments("R1")[:2]
    _open(page, full_server)
    expect(page.get_by_text("Mask 1 of 4")).to_be_visible()
    expect(page.get_by_text("Simulated data")).to_be_visible()
    _expect_drawn(page, first.code)
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)

    whole = page.get_by_role("radiogroup", name="Whole tumour")
    whole.get_by_text("3", exact=True).click()
    page.keyboard.press("Alt+Digit4")
    core = page.get_by_role("radiogroup", name="Tumour core")
    expect(core.get_by_role("radio", name="4")).to_be_checked()
    page.keyboard.press("Alt+Digit1")
    enhancing = page.get_by_role("radiogroup", name="Enhancing tumour")
    expect(enhancing.get_by_role("radio", name="1")).to_be_checked()

    page.get_by_role("button", name="Submit and go on").click()
    expect(page.get_by_role("alert")).to_contain_text("Please answer: How sure are you?")
    assert _stored(room, first.code) == []

    line = page.get_by_role("slider", name="How sure are you?")
    line.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("PageUp")
    expect(page.get_by_role("alert")).not_to_contain_text("How sure are you?")
    page.get_by_text("Machine", exact=True).click()
    expect(page.get_by_role("radio", name="Machine")).to_be_checked()
    page.get_by_label("Comment (optional)").fill("Seen ![x](http://x.invalid/p.png)")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Mask 2 of 4")).to_be_visible()
    _expect_drawn(page, second.code)
    assert _stored(room, first.code) == [
        (
            Answer("quality", "WT", values=(3,)),
            Answer("quality", "TC", values=(4,)),
            Answer("quality", "ET", values=(1,)),
            Answer("confidence", values=(60,)),
            Answer("source", values=(2,)),
            Answer("comment", text="Seen ![x](http://x.invalid/p.png)"),
        )
    ]

    whole.get_by_text("2", exact=True).click()
    expect(whole.get_by_role("radio", name="2")).to_be_checked()
    page.reload()
    expect(page.get_by_text("Mask 2 of 4")).to_be_visible(timeout=30_000)
    expect(whole.get_by_role("radio", name="2")).to_be_checked()
    _expect_drawn(page, second.code)
    assert page.foreign == []  # type: ignore[attr-defined]


def test_the_first_click_after_a_restart_of_the_server_is_saved(page: Page, tmp_path: Path) -> None:
    with served(build_room(tmp_path / "room")) as server:
        first = server.room.assignments("R1")[0]
        _open(page, server)
        page.get_by_text("4 Excellent").click()
        expect(page.get_by_role("radio", name="4 Excellent")).to_be_checked()
        server.process.stop()
        button = page.get_by_role("button", name="Submit and go on")
        expect(button).to_be_disabled()
        server.process.start()
        expect(button).to_be_enabled(timeout=30_000)
        button.click()
        expect(page.get_by_text("Mask 2 of 4")).to_be_visible()
        assert _stored(server.room, first.code) == [(Answer("quality", values=(4,)),)]


def test_no_mask_is_rated_before_it_was_shown(page: Page, tmp_path: Path) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/volumes/*/mask", hold)
    with served(build_room(tmp_path / "room")) as server:
        first, second = server.room.assignments("R1")[:2]
        _open(page, server)
        expect(page.get_by_text("Loading the mask …")).to_be_visible(timeout=30_000)
        page.keyboard.press("Alt+Digit4")
        page.keyboard.press("Control+Enter")
        with pytest.raises(TimeoutError):
            page.get_by_text("4 Excellent").click(timeout=1000)
        for route in held:
            route.continue_()
        page.unroute("**/volumes/*/mask")
        _expect_drawn(page, first.code)
        page.keyboard.press("Alt+Digit2")
        expect(page.get_by_role("radio", name="2 Poor")).to_be_checked()
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("Mask 2 of 4")).to_be_visible()
        assert _stored(server.room, first.code) == [(Answer("quality", values=(2,)),)]
        assert _stored(server.room, second.code) == []


def test_what_is_missing_can_be_read_in_full(page: Page, full_server: ServedRoom) -> None:
    _open(page, full_server)
    _expect_drawn(page, full_server.room.assignments("R1")[0].code)
    for level in (1, 2, 3):
        page.keyboard.press(f"Alt+Digit{level}")
        expect(page.get_by_role("radio", checked=True)).to_have_count(level)
    page.get_by_text("Machine", exact=True).click()
    button = page.get_by_role("button", name="Submit and go on")
    button.click()
    said = page.get_by_text("Please answer: How sure are you?")
    expect(said).to_be_visible()
    words, below = said.bounding_box(), button.bounding_box()
    assert words is not None
    assert below is not None
    assert words["y"] + words["height"] <= below["y"]
    alert = page.get_by_test_id("stAlertContainer")
    assert alert.evaluate("box => box.scrollHeight <= box.clientHeight")


def test_a_rater_who_is_signed_out_learns_it_and_loses_nothing(page: Page, tmp_path: Path) -> None:
    with served(build_room(tmp_path / "room")) as server:
        first = server.room.assignments("R1")[0]
        _open(page, server)
        _expect_drawn(page, first.code)
        page.keyboard.press("Alt+Digit3")
        expect(page.get_by_role("radio", name="3 Good")).to_be_checked()
        other = page.context.new_page()
        other.goto(f"{server.url}/sign-out")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("You are no longer signed in.")).to_be_visible(timeout=30_000)
        other.goto(f"{server.url}/invite/{server.room.invite('R1')}")
        button = page.get_by_role("button", name="Submit and go on")
        expect(button).to_be_enabled(timeout=30_000)
        expect(page.get_by_role("radio", name="3 Good")).to_be_checked()
        button.click()
        expect(page.get_by_text("Mask 2 of 4")).to_be_visible()
        assert _stored(server.room, first.code) == [(Answer("quality", values=(3,)),)]


def test_a_rerun_fetches_no_volume_again(page: Page, server: ServedRoom) -> None:
    fetched: list[str] = []
    page.on(
        "request",
        lambda request: fetched.append(request.url) if "/volumes/" in request.url else None,
    )
    _open(page, server, "R2")
    _expect_drawn(page, server.room.assignments("R2")[0].code)
    # Two channels and the mask, then the first channel and the mask of the next reading.
    while len(fetched) < 5:
        page.wait_for_event("requestfinished")
    page.get_by_text("3 Good").click()
    expect(page.get_by_role("radio", name="3 Good")).to_be_checked()
    page.wait_for_load_state("networkidle")
    assert len(fetched) == 5


def test_everything_is_in_reach_on_a_small_screen(page: Page, full_server: ServedRoom) -> None:
    _open(page, full_server)
    for role, name in (("button", "Submit and go on"), ("application", "Image viewer")):
        box = page.get_by_role(role, name=name).bounding_box()  # type: ignore[arg-type]
        assert box is not None
        assert box["y"] + box["height"] <= 720
    comment = page.get_by_label("Comment (optional)")
    comment.scroll_into_view_if_needed()
    expect(comment).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_the_pages_of_a_rater_lead_to_each_other(page: Page, server: ServedRoom) -> None:
    _open(page, server)
    page.get_by_role("link", name="Guide").click()
    expect(page.get_by_role("heading", name="Guide")).to_be_visible()
    page.get_by_role("link", name="My progress").click()
    expect(page.get_by_text("of 4 masks rated")).to_be_visible()
    page.get_by_role("link", name="1 next").click()
    expect(page.get_by_role("button", name="Submit and go on")).to_be_visible()
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    page.goto(server.url)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_changed_mask_is_named_in_full_on_the_progress_page(page: Page, tmp_path: Path) -> None:
    with served(build_room(tmp_path / "room")) as server:
        first = server.room.assignments("R1")[0].code
        for revision in (0, 1):
            server.room.submit("R1", first, [Answer("quality", values=(revision + 1,))], revision)
        _open(page, server)
        page.get_by_role("link", name="My progress").click()
        words = page.get_by_text("1 ✓ changed")
        expect(words).to_be_visible()
        assert words.evaluate("words => words.scrollWidth <= words.clientWidth")
        tile = page.get_by_role("link", name="1 ✓ changed")
        assert tile.evaluate("tile => tile.scrollWidth <= tile.clientWidth")
