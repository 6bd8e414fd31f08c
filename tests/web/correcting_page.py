"""A rater's page while a mask is corrected: where things lie on it, and what its viewer holds."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.web.conftest import ServedRoom

VIEWER = """(() => {
  const hosts = [...document.querySelectorAll('*')].map((e) => e.shadowRoot).filter(Boolean);
  return hosts.map((h) => h.querySelector('.rater-viewer')).find(Boolean)?.viewer ?? null;
})()"""
# Where a patient index lies in the window, on the tile of a plane.
POINT_OF = f"""([plane, index]) => {{
  const viewer = {VIEWER};
  const tile = viewer.stage.tileOf(plane);
  const axes = {{ axial: [0, 1], coronal: [0, 2], sagittal: [1, 2] }}[plane];
  const {{ dims }} = viewer.volumes.grid;
  const box = tile.canvas.getBoundingClientRect();
  const [column, row] = axes.map((axis) => dims[axis] - 0.5 - index[axis]);
  return [
    box.left + (tile.placement.left + column * tile.placement.perColumn) / tile.ratio,
    box.top + (tile.placement.top + row * tile.placement.perRow) / tile.ratio,
  ];
}}"""
# Patient index of a point in RAS+ mm, and the other way.
MM = f"""(mm) => {{
  const {{ affine }} = {VIEWER}.volumes.grid;
  const [[a, b, c, p], [d, e, f, q], [g, h, i, r]] = affine;
  const [x, y, z] = [mm[0] - p, mm[1] - q, mm[2] - r];
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [
    ((e * i - f * h) * x + (c * h - b * i) * y + (b * f - c * e) * z) / determinant,
    ((f * g - d * i) * x + (a * i - c * g) * y + (c * d - a * f) * z) / determinant,
    ((d * h - e * g) * x + (b * g - a * h) * y + (a * e - b * d) * z) / determinant,
  ];
}}"""
SHA256 = f"""async () => {{
  const {{ data }} = {VIEWER}.volumes.mask;
  const digest = await crypto.subtle.digest('SHA-256', data);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}}"""
COUNT = f"(label) => {VIEWER}.volumes.mask.data.reduce((n, v) => n + (v === label), 0)"
LONGEST_MS = 30_000


def open_page(page: Page, server: ServedRoom, rater: str = "R1") -> None:
    """Sign in and wait until a mask is drawn."""
    page.goto(f"{server.url}/invite/{server.room.invite(rater)}")
    wait_for_mask(page)


def wait_for_mask(page: Page) -> None:
    """Wait until the viewer has drawn a case with its mask."""
    page.locator("html[data-case=shown]").wait_for(state="attached", timeout=LONGEST_MS)


def rate(page: Page, key: str = "Alt+3") -> None:
    """Rate the mask and submit, and wait for the palette."""
    wait_for_mask(page)
    page.keyboard.press(key)
    expect(page.get_by_role("radio", checked=True)).to_have_count(1)
    page.keyboard.press("Control+Enter")
    wait_for_palette(page)


def wait_for_palette(page: Page) -> None:
    """Wait until the mask can be corrected."""
    page.locator(".palette").wait_for(timeout=LONGEST_MS)
    wait_for_mask(page)
    page.evaluate(
        f"""async () => {{
          const viewer = {VIEWER};
          while (!viewer.volumes.mask || viewer.volumes.problems.size) {{
            await new Promise(requestAnimationFrame);
          }}
        }}"""
    )


def expect_kept(page: Page, state: str) -> None:
    """Expect what the palette says of the changes: saved, kept, unsaved, trouble, conflict."""
    expect(page.locator(".keeping")).to_have_attribute("data-state", state, timeout=LONGEST_MS)


def press(page: Page, name: str) -> None:
    """Press a button of the palette by its words."""
    page.locator(".palette").get_by_role("button", name=re.compile(f"^{re.escape(name)}")).click()


def go_to(page: Page, index: list[int]) -> None:
    """Bring the crosshair to a patient index."""
    page.evaluate(
        f"(index) => {{ const viewer = {VIEWER}; viewer.moveTo(index); viewer.arrange(); }}", index
    )
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => done()))")


def paint(page: Page, plane: str, start: list[float], end: list[float] | None = None) -> None:
    """Drag the real mouse from one patient index to another."""
    x, y = page.evaluate(POINT_OF, [plane, start])
    page.mouse.move(x, y)
    page.mouse.down()
    x, y = page.evaluate(POINT_OF, [plane, end or start])
    page.mouse.move(x, y, steps=8)
    page.mouse.up()


def state_of(page: Page) -> Any:
    """Give what the viewer shows."""
    return page.evaluate(f"{VIEWER}.getState()")
