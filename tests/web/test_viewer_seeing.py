"""Layouts, masks, structures and a second channel in the viewer, in headless Chromium."""

from __future__ import annotations

from typing import Any

import pytest

from tests.viewer_case import case
from tests.viewer_page import command, show, state

pytestmark = pytest.mark.browser

TWO_MASKS = {"second_mask": {"url": "/second.nii", "name": "As it came"}}


# How many pixels of a tile have a colour like the given one.
PIXELS = """
([tile, color]) => {
  const { canvas, ctx } = viewer().stage.shown[tile];
  const { data } = ctx.getImageData(0, 0, canvas.width, canvas.height);
  let n = 0;
  const isNear = (i) => color.every((part, k) => Math.abs(data[i + k] - part) < 40);
  for (let i = 0; i < data.length; i += 4) n += isNear(i) ? 1 : 0;
  return n;
}
"""
MAGENTA = [255, 0, 255]
GREEN = [0, 255, 0]


def pixels(page: Any, tile: int, color: list[int]) -> int:
    page.wait_for_function("!viewer().stage.frame")
    return int(page.evaluate(PIXELS, [tile, color]))


def test_two_masks_lie_side_by_side_and_each_tile_says_which_it_shows(page: Any) -> None:
    show(page, case(**TWO_MASKS))
    command(page, "set-mask-style", "outline")
    page.get_by_label("Layout", exact=True).locator("visible=true").select_option(label="A | B")
    page.wait_for_function("viewer().stage.shown.length === 2")
    assert pixels(page, 0, MAGENTA) > 0
    assert pixels(page, 1, MAGENTA) == 0
    assert pixels(page, 1, GREEN) > 0
    status = page.locator(".status").inner_text()
    assert "Mask A: core" in status
    assert "As it came: none" in status
    page.locator("[role=application]").focus()
    page.keyboard.press("+")
    first, second = page.evaluate("viewer().stage.shown.map((tile) => tile.placement.pxPerMm)")
    assert first == second


def test_holding_a_key_flickers_to_the_second_mask(page: Any) -> None:
    show(page, case(**TWO_MASKS))
    command(page, "set-mask-style", "outline")
    page.locator("[role=application]").focus()
    page.keyboard.down("h")
    page.wait_for_function("viewer().getState().flicker")
    assert pixels(page, 0, MAGENTA) == 0
    page.keyboard.up("h")
    page.wait_for_function("!viewer().getState().flicker")
    assert pixels(page, 0, MAGENTA) > 0


def test_nothing_is_judged_while_the_second_mask_is_missing(page: Any) -> None:
    page.route("**/second.nii", lambda route: route.fulfill(status=404))
    page.evaluate("(data) => { window.show(data); }", case(**TWO_MASKS))
    page.get_by_text("As it came could not be loaded. Press Retry, and tell").wait_for()
    assert page.evaluate("document.documentElement.dataset.case") == "loading"
    page.unroute("**/second.nii")
    page.get_by_role("button", name="Retry").click()
    page.wait_for_function("document.documentElement.dataset.case === 'shown'")


def test_three_planes_of_two_channels(page: Any) -> None:
    show(page, case())
    command(page, "layout", "pair")
    shown = page.evaluate(
        "viewer().stage.shown.map(({content}) => content.plane + content.channel)"
    )
    assert shown == [f"{plane}{n}" for n in (0, 1) for plane in ("axial", "coronal", "sagittal")]
    # A click below makes that channel the one that keys act on, and leaves the rows alone.
    page.locator("canvas.tile").nth(4).click()
    after = state(page)
    assert (after["channelName"], after["plane"], after["pair"]) == ("T2", "coronal", [0, 1])


def test_hidden_structures_are_told_and_come_back_with_a_new_case(page: Any) -> None:
    show(page, case())
    command(page, "set-mask-style", "outline")
    core = page.get_by_role("button", name="core", exact=False).first
    core.click()
    page.wait_for_function("viewer().getState().mask.hidden.length === 1")
    assert core.get_attribute("aria-pressed") == "false"
    assert pixels(page, 0, MAGENTA) == 0
    assert "core (hidden)" in page.locator(".status").inner_text()
    core.click(modifiers=["Shift"])
    page.wait_for_function("viewer().getState().mask.hidden.join() === '2'")
    page.get_by_role("button", name="rim").click(modifiers=["Alt"])
    page.wait_for_function("viewer().getState().mask.hidden.join() === '1'")
    page.get_by_role("button", name="1 structure hidden: show all").click()
    page.wait_for_function("viewer().getState().mask.hidden.length === 0")
    command(page, "structure", 1)
    show(page, case(case="QX22"))
    assert state(page)["mask"]["hidden"] == []
    assert page.get_by_text("show all").count() == 1
    assert not page.get_by_text("show all").is_visible()


def test_structures_are_hidden_with_the_keyboard_alone(page: Any) -> None:
    show(page, case())
    rim = page.get_by_role("button", name="rim")
    rim.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("viewer().getState().mask.hidden.join() === '2'")
    page.keyboard.press("Space")
    page.wait_for_function("viewer().getState().mask.hidden.length === 0")
    assert rim.evaluate("button => button === button.getRootNode().activeElement")


def test_a_second_channel_lies_over_the_first_in_warm_colours(page: Any) -> None:
    show(page, case())
    command(page, "mask")
    warm = """() => {
      const { canvas, ctx } = viewer().stage.shown[0];
      const { data } = ctx.getImageData(0, 0, canvas.width, canvas.height);
      let n = 0;
      for (let i = 0; i < data.length; i += 4) n += data[i] - data[i + 2] > 30 ? 1 : 0;
      return n;
    }"""
    assert page.evaluate(warm) == 0
    page.locator("[role=application]").focus()
    page.keyboard.press("y")
    page.wait_for_function("!viewer().stage.frame && viewer().getState().blend.channel === 'T2'")
    assert page.evaluate(warm) > 1000
    page.get_by_text("More", exact=True).click()
    opacity = page.get_by_label("Opacity of the channel laid over")
    opacity.fill("0.05")
    page.wait_for_function("!viewer().stage.frame && viewer().getState().blend.opacity === 0.05")
    assert page.evaluate(warm) == 0
    page.keyboard.press("Escape")
    assert not opacity.is_visible()
    page.keyboard.press("y")
    assert state(page)["blend"]["channel"] is None


def test_each_structure_has_a_hatch_of_its_own_at_any_zoom(page: Any) -> None:
    show(page, case())
    command(page, "set-mask-style", "pattern")
    near, far = [], []
    for found in (far, near):
        found += [pixels(page, 0, MAGENTA), pixels(page, 0, GREEN)]
        command(page, "zoom", 3)
    assert min(far) > 0
    # Lines keep their thickness: the hatched area grows, with more lines, but never to a fill.
    area = page.evaluate(
        "viewer().stage.shown[0].canvas.width * viewer().stage.shown[0].canvas.height"
    )
    assert near[1] > far[1]
    assert near[0] + near[1] < 0.6 * area
    assert page.locator(".legend canvas.swatch").count() == 3


def test_the_3d_view_comes_when_it_is_asked_for_and_goes_again(page: Any) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    show(page, case())
    assert not any("view3d" in url for url in asked if "view3d_place" not in url)
    page.locator("[role=application]").focus()
    page.keyboard.press("z")
    page.get_by_role("group", name="Mask in 3D").wait_for()
    assert state(page)["layout"] == "3d"
    page.locator("[role=application]").focus()
    page.keyboard.press("z")
    page.get_by_role("group", name="Mask in 3D").wait_for(state="hidden")
    assert state(page)["layout"] == "planes"


def test_the_planes_keep_their_proportions_after_the_3d_view(page: Any) -> None:
    show(page, case())
    page.locator("[role=application]").focus()
    page.keyboard.press("z")
    page.locator(".tile3d").wait_for()
    page.keyboard.press("z")
    page.locator(".tile3d").wait_for(state="hidden")
    page.wait_for_function("!viewer().stage.frame")
    stretched = page.evaluate(
        """() => viewer().stage.shown.map(({ canvas, ratio }) => [
          canvas.width - Math.round(canvas.clientWidth * ratio),
          canvas.height - Math.round(canvas.clientHeight * ratio),
        ])"""
    )
    assert stretched == [[0, 0]] * 3


def test_an_oblique_volume_says_so_in_words(page: Any) -> None:
    show(
        page,
        case(channels=[{"name": "T1", "url": "/oblique.nii"}], mask={"url": "/oblique_mask.nii"}),
    )
    chip = page.get_by_text("oblique 37°")
    assert chip.is_visible()
    assert "lie at an angle to the patient" in str(chip.get_attribute("title"))


def test_the_toolbar_has_one_row_beside_a_form_and_every_control_has_a_name(page: Any) -> None:
    page.set_viewport_size({"width": 956, "height": 676})
    show(
        page,
        case(
            channels=[{"name": n, "url": "/T1.nii"} for n in ("T1", "T1ce", "T2", "FLAIR")],
            **TWO_MASKS,
        ),
    )
    assert page.locator(".toolbar").bounding_box()["height"] < 50
    page.get_by_text("More", exact=True).click()
    unnamed = page.evaluate(
        """() => [...viewer().root.querySelectorAll("button, select, input, summary")]
          .filter((e) => e.checkVisibility() && !(e.ariaLabel || e.textContent.trim()))
          .map((e) => e.outerHTML)"""
    )
    assert unnamed == []


def test_a_3d_view_that_cannot_be_fetched_is_said_and_the_rest_works(page: Any) -> None:
    page.route("**/view3d/tile3d.js", lambda route: route.fulfill(status=404))
    show(page, case())
    command(page, "view-3d")
    page.get_by_text("The 3D view could not be loaded. Everything else works").wait_for()
    command(page, "step", 1)
    assert state(page)["slices"]["axial"] == 11
