"""Keys that readers choose and habits that are kept for them, in headless Chromium."""

from __future__ import annotations

from typing import Any

import pytest

from tests.viewer_case import case
from tests.viewer_page import command, show, state

pytestmark = pytest.mark.browser


def test_what_a_reader_is_used_to_is_kept_for_that_reader_only(page: Any) -> None:
    show(page, case())
    command(page, "set-preset", "narrow")
    command(page, "interpolation")
    command(page, "channel", 2)
    command(page, "set-preset", "wide")
    command(page, "layout", "pair")
    page.reload()
    page.wait_for_function("window.ready")
    show(page, case(case="QX22"))
    kept = state(page)
    assert (kept["preset"], kept["smooth"], kept["layout"]) == ("narrow", False, "pair")
    command(page, "channel", 2)
    assert state(page)["preset"] == "wide"
    show(page, case(case="B2M9", reader="r2"))
    other = state(page)
    assert (other["preset"], other["smooth"], other["layout"]) == ("auto", True, "planes")


def test_a_reader_chooses_another_key_and_a_taken_one_is_refused(page: Any) -> None:
    show(page, case())
    page.locator("[role=application]").focus()
    page.keyboard.press("?")
    change = page.get_by_role("button", name="Change the key: next slice")
    change.click()
    page.keyboard.press("m")
    page.get_by_text("M is taken: hide or show the mask").wait_for()
    change.click()
    page.keyboard.press("j")
    page.get_by_text("Changed: next slice.").wait_for()
    page.keyboard.press("Escape")
    before = state(page)["slices"]["axial"]
    page.keyboard.press("j")
    assert state(page)["slices"]["axial"] == before + 1
    page.keyboard.press("ArrowUp")
    assert state(page)["slices"]["axial"] == before + 1
    assert "J, next slice" in page.locator("#viewer-keys").inner_text()
    page.keyboard.press("?")
    page.get_by_role("button", name="Back to the standard keys").click()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowUp")
    assert state(page)["slices"]["axial"] == before + 2


def test_the_overlay_lists_the_keys_for_correcting_only_while_correcting(page: Any) -> None:
    show(page, case())
    command(page, "help")
    assert not page.get_by_role("heading", name="Keys for correcting").is_visible()
    command(page, "help")
    page.evaluate("viewer().correcting = true")
    command(page, "help")
    assert page.get_by_role("heading", name="Keys for correcting").is_visible()
    assert page.get_by_role("button", name="Change the key: undo").is_visible()


def test_shift_and_arrows_nudge_the_crosshair_in_the_active_plane(page: Any) -> None:
    show(page, case())
    page.locator("[role=application]").focus()
    x, y, z = state(page)["position"]
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    # Left on the screen is the patient's right, up is to the front.
    assert state(page)["position"] == [x + 1, y + 1, z]
