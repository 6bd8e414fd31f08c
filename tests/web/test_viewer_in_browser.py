"""The viewer on a page of its own, with a real mouse and keyboard in headless Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from tests import viewer_page
from tests.viewer_page import state

pytestmark = pytest.mark.browser

# A bright ball in the patient's right, anterior, superior corner of a 40 x 50 x 30 mm block.
DIMS = (40, 50, 20)
SPACING_MM = (1.0, 1.0, 1.5)
BALL = (34, 42, 16)


def write_case(folder: Path) -> None:
    i, j, k = np.indices(DIMS)
    near = (i - BALL[0]) ** 2 + (j - BALL[1]) ** 2 + ((k - BALL[2]) * 1.5) ** 2 <= 9
    image = np.where(near, 900, 300).astype(np.int16)
    image[0, 0, 0] = 0
    affine = np.diag([*SPACING_MM, 1.0])
    for name, array in {"image.nii": image, "mask.nii": near.astype(np.uint8)}.items():
        # Stored as LPS, as most scanners do: the viewer must turn it.
        stored = nib.Nifti1Image(array[::-1, ::-1], affine @ flip())
        stored.set_sform(stored.affine, code=1)
        (folder / name).write_bytes(stored.to_bytes())


def flip() -> np.ndarray:
    turned = np.diag([-1.0, -1.0, 1.0, 1.0])
    turned[:2, 3] = (DIMS[0] - 1, DIMS[1] - 1)
    return turned


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("viewer")
    write_case(folder)
    with viewer_page.served(folder) as served:
        yield served


def data(**changed: Any) -> dict[str, Any]:
    return {
        "case": "K7QF",
        "channels": [{"name": "T1", "url": "/image.nii"}],
        "mask": {"url": "/mask.nii"},
        "labels": [{"value": 1, "name": "lesion", "color": "#ff00ff"}],
        "prefetch": [],
        "ct": False,
        "height": 620,
        "rating_keys": 5,
        **changed,
    }


def show(page: Any, **changed: Any) -> None:
    viewer_page.show(page, data(**changed))


# Centre of all pixels of the mask's colour, as fractions of the canvas's width and height.
MASK_CENTRE = """
(tile) => {
  const { canvas, ctx } = viewer().tiles[tile];
  const { data } = ctx.getImageData(0, 0, canvas.width, canvas.height);
  let [x, y, n] = [0, 0, 0];
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] > 200 && data[i + 1] < 80 && data[i + 2] > 200) {
      x += (i / 4) % canvas.width;
      y += Math.floor(i / 4 / canvas.width);
      n++;
    }
  }
  return [x / n / canvas.width, y / n / canvas.height];
}
"""


def test_a_lesion_on_the_right_front_top_is_drawn_where_radiologists_expect_it(page: Any) -> None:
    show(page)
    page.evaluate("viewer().command('set-mask-style', 'outline')")
    assert state(page)["slices"] == {"axial": 16, "coronal": 42, "sagittal": 34}
    axial, coronal, sagittal = (page.evaluate(MASK_CENTRE, tile) for tile in range(3))
    # Patient right on the image's left; anterior up (axial) or left (sagittal); superior up.
    for x, y in (axial, coronal, sagittal):
        assert x < 0.45
        assert y < 0.45


def test_the_status_line_tells_the_position_in_the_patient(page: Any) -> None:
    show(page)
    status = page.locator(".status").inner_text()
    assert "Axial 17/20" in status
    assert "R 34.0" in status
    assert "A 42.0" in status
    assert "S 24.0 mm" in status
    assert "lesion" in status


def test_wheel_click_and_keys_move_through_the_volume(page: Any) -> None:
    show(page)
    axial = page.locator("canvas.tile").first
    box = axial.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, 120)
    page.wait_for_function("viewer().getState().slices.axial === 15")
    # Half a voxel off the middle, which is the border between two voxels.
    page.mouse.click(box["x"] + box["width"] / 2 + 3, box["y"] + box["height"] / 2 + 3)
    assert state(page)["slices"] == {"axial": 15, "coronal": 24, "sagittal": 19}
    page.keyboard.press("ArrowUp")
    assert state(page)["slices"]["axial"] == 16
    page.keyboard.press("End")
    assert state(page)["slices"]["axial"] == 19


def test_single_letters_do_not_reach_the_page_but_tab_does(page: Any) -> None:
    show(page)
    page.evaluate(
        "window.heard = []; document.addEventListener('keydown', (e) => heard.push(e.key))"
    )
    page.locator("[role=application]").focus()
    for key in ("r", "c", "m", "Tab"):
        page.keyboard.press(key)
    assert page.evaluate("heard") == ["Tab"]


def test_rating_keys_work_outside_the_viewer_and_text_arrives_before_the_submission(
    page: Any,
) -> None:
    show(page)
    page.evaluate(
        """() => {
          note.hidden = false;
          note.addEventListener('change', () => triggers.push(['text', note.value]));
        }"""
    )
    page.locator("#note").focus()
    page.keyboard.type("blurred rim")
    page.keyboard.press("Alt+3")
    page.keyboard.press("Alt+6")
    page.keyboard.press("Control+Enter")
    page.wait_for_function("triggers.length === 3")
    code = page.locator("[role=application]").evaluate("root => root.viewer.getState().case")
    assert page.evaluate("triggers") == [
        ["rate", {"case": code, "level": 3}],
        ["text", "blurred rim"],
        ["submit", {"case": code}],
    ]


def test_the_same_case_keeps_the_view_and_a_new_one_starts_at_its_mask(page: Any) -> None:
    show(page)
    page.locator("[role=application]").focus()
    page.keyboard.press("Home")
    page.keyboard.press("+")
    show(page, rating_keys=4)
    kept = state(page)
    assert kept["slices"]["axial"] == 0
    assert kept["views"]
    show(page, case="QX22")
    fresh = state(page)
    assert fresh["slices"]["axial"] == 16
    assert fresh["views"] == {}
    assert fresh["fetchCount"] == 2


def test_a_new_case_shows_the_top_of_the_form(page: Any) -> None:
    show(page)
    page.evaluate(
        """() => {
          const form = document.createElement('div');
          form.className = 'st-key-form';
          form.style.cssText = 'height: 50px; overflow: auto';
          form.innerHTML = '<p style="height: 500px">long</p>';
          document.body.append(form);
          form.scrollTop = 200;
        }"""
    )
    scrolled = "document.querySelector('.st-key-form').scrollTop"
    show(page, rating_keys=4)
    assert page.evaluate(scrolled) == 200
    show(page, case="QX22")
    assert page.evaluate(scrolled) == 0


def test_a_mask_that_cannot_be_loaded_is_said_and_can_be_tried_again(page: Any) -> None:
    page.route("**/mask.nii", lambda route: route.fulfill(status=404))
    page.evaluate("(data) => { window.show(data); }", data())
    page.get_by_text("The mask could not be loaded. Press Retry, and tell").wait_for()
    page.unroute("**/mask.nii")
    page.get_by_role("button", name="Retry").click()
    page.wait_for_function("viewer().getState().loaded.mask")
    assert state(page)["problems"] == {}


def test_after_the_clean_up_no_key_is_heard(page: Any) -> None:
    show(page)
    page.evaluate("close_viewer()")
    page.keyboard.press("Alt+1")
    assert page.evaluate("triggers") == []
    assert page.locator("[role=application]").count() == 0
