"""Take the pictures of the rater's guide anew, from the demo study.

Run as ``python docs/take_screenshots.py``. The simulated demo study is prepared into a temporary
room in which masks are corrected and rated again, served by the real server, and looked at in a
real Chromium; the pictures go to docs/images. Needs the packages of the extra “dev”.
"""

from __future__ import annotations

import argparse
import io
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from demo_served import ROOT, invitation, prepare, served
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

IMAGES = ROOT / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
SCREEN = {"width": 1280, "height": 720}
TABLET = {"width": 820, "height": 1180}
LONGEST_MS = 60_000
COLOURS = 256
"""A palette of so many colours makes a picture a third as large, and nobody sees it."""
CHANNELS = 4
PAINTED = "2"
"""Place of the label that is painted in the pictures."""

VIEWER = """[...document.querySelectorAll('*')].map((e) => e.shadowRoot).filter(Boolean)
  .map((root) => root.querySelector('.rater-viewer')).find(Boolean)?.viewer"""
IS_DRAWN = f"""() => {{
  const viewer = {VIEWER};
  if (!viewer?.isShown || !viewer.volumes.hasMasks || viewer.stage.frame) return false;
  const blended = viewer.data.channels.findIndex(({{ name }}) => name === viewer.blend.channel);
  const {{ shown }} = viewer.stage;
  const wanted = [blended, ...shown.map((tile) => tile.content.channel)];
  const fits = ({{ canvas, ratio }}) => canvas.width === Math.round(canvas.clientWidth * ratio)
    && canvas.height === Math.round(canvas.clientHeight * ratio);
  return shown.every(fits) && wanted.every((n) => n < 0 || viewer.volumes.images[n]);
}}"""
"""Everything that was asked for is there, and no tile is stretched."""
CROSSHAIR = f"""() => {{
  const viewer = {VIEWER};
  const tile = viewer.stage.tileOf(viewer.plane);
  const axes = {{ axial: [0, 1], coronal: [0, 2], sagittal: [1, 2] }}[viewer.plane];
  const box = tile.canvas.getBoundingClientRect();
  const {{ placement, ratio }} = tile;
  const [column, row] = axes.map((a) => viewer.volumes.grid.dims[a] - 0.5 - viewer.position[a]);
  return [
    box.left + (placement.left + column * placement.perColumn) / ratio,
    box.top + (placement.top + row * placement.perRow) / ratio,
  ];
}}"""

Link = Callable[[str], str]


def main() -> None:
    """Read the command line and take every picture."""
    parser = argparse.ArgumentParser(description="Take the pictures of the rater's guide anew.")
    parser.add_argument("--out", type=Path, default=IMAGES, metavar="DIR")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        room = prepare(Path(scratch))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with served(room) as address:
            take_all(browser, address, lambda rater: invitation(room, rater, address), out)
        browser.close()


def take_all(browser: Browser, address: str, link: Link, out: Path) -> None:
    """Take every picture."""
    with opened(browser) as page:
        page.goto(address)
        take(page, out, "sign-in")
        page.goto(link("R1"))
        look(page, out)
        correct(page, out)
        choose_between_windows(page, out)
        rate_again(page, out)
        page.get_by_role("link", name="Guide").click()
        page.get_by_role("heading", name="What is recorded").wait_for()
        page.get_by_role("heading", name="Guide", exact=True).scroll_into_view_if_needed()
        take(page, out, "guide")
    with opened(browser, TABLET, has_touch=True) as page:
        page.goto(link("R2"))
        rate(page)
        press(page, "b")
        take(page, out, "tablet")


def look(page: Page, out: Path) -> None:
    """Take the pictures of looking at a mask."""
    wait_until_drawn(page)
    take(page, out, "rate")
    press(page, "0")
    take(page, out, "channels")
    press(page, "0")
    choose(page, "Layout", "pair")
    take(page, out, "pair")
    choose(page, "Layout", "single")
    for _ in range(CHANNELS - 1):
        press(page, "y")
    take(page, out, "blend")
    press(page, "y")
    choose(page, "Mask style", "pattern")
    take(page, out, "pattern")
    choose(page, "Mask style", "both")
    measure(page, out)
    choose(page, "Layout", "planes")
    press(page, "z")
    page.locator(".tile3d canvas").wait_for()
    take(page, out, "view-3d")
    press(page, "z")
    page.locator(".legend").get_by_role("button").first.click()
    take(page, out, "hidden-structure")
    page.get_by_role("button", name=re.compile("show all structures")).click()


def measure(page: Page, out: Path) -> None:
    """Measure a distance across the crosshair, after a few slices were seen."""
    for _ in range(12):
        press(page, "ArrowUp")
    for _ in range(12):
        press(page, "ArrowDown")
    press(page, "d")
    x, y = page.evaluate(CROSSHAIR)
    drag(page, [(x - 60, y - 36), (x + 55, y + 40)])
    take(page, out, "distance")
    press(page, "Delete")
    press(page, "d")


def correct(page: Page, out: Path) -> None:
    """Take the pictures of correcting a mask."""
    rate(page)
    press(page, "?")
    take(page, out, "keys")
    press(page, "Escape")
    press(page, "b")
    press(page, f"Shift+{PAINTED}")
    page.get_by_label("Size of the brush").select_option("5")
    x, y = page.evaluate(CROSSHAIR)
    drag(page, [(x - 72, y + 10), (x - 68, y + 40), (x - 56, y + 66)])
    take(page, out, "brush")
    press(page, "l")
    drag(page, [(x + 52, y - 66), (x + 88, y - 40), (x + 96, y), (x + 70, y + 46)], up=False)
    take(page, out, "outline")
    page.mouse.up()
    choose(page, "Layout", "compare")
    take(page, out, "compare")
    choose(page, "Layout", "planes")
    press(page, "Escape")


def choose_between_windows(page: Page, out: Path) -> None:
    """Change the mask in a second window too, and save in both."""
    press(page, "b")
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    expect_kept(page, "kept")
    other = page.context.new_page()
    other.goto(page.url)
    other.locator(".palette").wait_for(timeout=LONGEST_MS)
    wait_until_drawn(other)
    press(other, "b")
    press(other, f"Shift+{PAINTED}")
    x, y = other.evaluate(CROSSHAIR)
    drag(other, [(x - 60, y - 50), (x - 30, y - 70)])
    other.keyboard.press("Control+s")
    expect_kept(other, "saved")
    page.bring_to_front()
    drag(page, [(x + 20, y + 70), (x + 50, y + 60)])
    page.keyboard.press("Control+s")
    expect_kept(page, "conflict")
    take(page, out, "two-windows")
    page.get_by_role("button", name=re.compile("^Take the other")).click()
    expect_kept(page, "saved")
    other.close()


def rate_again(page: Page, out: Path) -> None:
    """Go on to the rating of the corrected mask."""
    page.keyboard.press("Control+Enter")
    page.locator(".palette").wait_for(state="detached", timeout=LONGEST_MS)
    page.get_by_text("rate the corrected mask").wait_for(timeout=LONGEST_MS)
    wait_until_drawn(page)
    take(page, out, "rate-again")


def rate(page: Page) -> None:
    """Rate the mask in front, and wait for the palette."""
    wait_until_drawn(page)
    page.keyboard.press("Alt+3")
    expect(page.get_by_role("radio", checked=True)).to_have_count(1, timeout=LONGEST_MS)
    page.keyboard.press("Control+Enter")
    page.locator(".palette").wait_for(timeout=LONGEST_MS)
    wait_until_drawn(page)


def press(page: Page, key: str) -> None:
    """Press a key in the viewer, and wait until it has drawn."""
    viewer = page.get_by_role("application", name="Image viewer")
    if key != "Escape":
        viewer.focus()
    page.keyboard.press(key)
    wait_until_drawn(page)


def choose(page: Page, control: str, value: str) -> None:
    """Choose in a list of the toolbar."""
    lists = page.locator(".toolbar").get_by_label(control, exact=True)
    lists.locator("visible=true").select_option(value)
    wait_until_drawn(page)


def drag(page: Page, points: list[tuple[float, float]], up: bool = True) -> None:
    """Drag the mouse along points of the window."""
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=6)
    if up:
        page.mouse.up()
    wait_until_drawn(page)


def expect_kept(page: Page, state: str) -> None:
    """Wait until the palette says so of the changes."""
    keeping = page.locator(".keeping")
    expect(keeping).to_have_attribute("data-state", state, timeout=LONGEST_MS)


def wait_until_drawn(page: Page) -> None:
    """Wait until the viewer shows the case as it is asked to."""
    page.locator("html[data-case=shown]").wait_for(state="attached", timeout=LONGEST_MS)
    page.wait_for_function(IS_DRAWN, timeout=LONGEST_MS)


def take(page: Page, out: Path, name: str) -> None:
    """Store what the window shows."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    small = picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, 1, dither=Image.Dither.NONE)
    small.save(out / f"{name}.png", optimize=True)
    print(f"{name}.png: {(out / f'{name}.png').stat().st_size >> 10} kB", flush=True)


@contextmanager
def opened(browser: Browser, size: dict[str, int] = SCREEN, **more: bool) -> Iterator[Page]:
    """Open a window without any habits."""
    context = browser.new_context(viewport=size, **more)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(LONGEST_MS)
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    context.close()


if __name__ == "__main__":
    main()
