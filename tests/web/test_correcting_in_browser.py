"""A rater corrects masks in a real Chromium with the real mouse, and nothing is lost."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from nibabel import orientations
from playwright.sync_api import Browser, Page, expect, sync_playwright

from rater_app.reading_room import VOLUMES, ReadingRoom
from tests.builders import build_room
from tests.web.conftest import ServedRoom, served
from tests.web.correcting_page import (
    COUNT,
    LONGEST_MS,
    MM,
    SHA256,
    VIEWER,
    expect_kept,
    go_to,
    open_page,
    paint,
    press,
    rate,
    state_of,
    wait_for_mask,
    wait_for_palette,
)

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
SHAPE = (40, 48, 30)


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
    page.told = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.told.append(str(error)))  # type: ignore[attr-defined]
    page.on("request", lambda request: _note_foreign(page, request.url))
    page.on("console", lambda said: _note_policy(page, said.text))
    # Leaving with unsaved changes asks; the tests leave all the same.
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    assert page.told == []  # type: ignore[attr-defined]
    context.close()


def _note_foreign(page: Any, url: str) -> None:
    if not url.startswith(("http://127.0.0.1:", "data:", "blob:")):
        page.told.append(url)


def _note_policy(page: Any, said: str) -> None:
    """Nothing on the page may want what our content policy forbids."""
    if "Content Security Policy" in said:
        page.told.append(said)


def correcting_room(folder: Path, **study: Any) -> ReadingRoom:
    return build_room(folder, **{"correction": "optional", "shape": SHAPE, **study})


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServedRoom]:
    with served(correcting_room(tmp_path / "room")) as started:
        yield started


def store_as(room: ReadingRoom, axes: str, oblique_deg: float = 0.0, stretch: float = 1.0) -> None:
    """Store every volume of a room in another axis order, turned about x, with thicker slices."""
    turn = np.deg2rad(oblique_deg)
    rotation = np.eye(4)
    rotation[1:3, 1:3] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    to = orientations.axcodes2ornt(tuple(axes))
    for path in (room.folder / VOLUMES).iterdir():
        image = nib.Nifti1Image.from_bytes(gzip.decompress(path.read_bytes()))
        affine = rotation @ image.affine @ np.diag([1, 1, stretch, 1])
        plain = nib.Nifti1Image(np.asarray(image.dataobj), affine)
        change = orientations.ornt_transform(orientations.axcodes2ornt("RAS"), to)
        stored = plain.as_reoriented(change)
        stored.set_sform(stored.affine, code=1)
        path.write_bytes(gzip.compress(stored.to_bytes(), mtime=0))


def voxels_of(packed: bytes) -> nib.Nifti1Image:
    return nib.Nifti1Image.from_bytes(gzip.decompress(packed))


@pytest.mark.parametrize(
    ("axes", "oblique_deg", "stretch"),
    [("RAS", 0.0, 1.0), ("LPS", 0.0, 1.0), ("PIR", 23.0, 2.5)],
    ids=["RAS", "LPS", "oblique, permuted and anisotropic"],
)
def test_what_is_painted_at_a_millimetre_is_stored_there_byte_for_byte(
    page: Page, tmp_path: Path, axes: str, oblique_deg: float, stretch: float
) -> None:
    room = correcting_room(tmp_path / "room")
    store_as(room, axes, oblique_deg, stretch)
    first = room.assignments("R1")[0]
    candidate = voxels_of(room.volume_path("R1", first.code, "mask").read_bytes())
    with served(room) as server:
        open_page(page, server)
        rate(page)
        # A place with nothing labelled, 8 mm from the middle of the volume's far corner.
        corner = np.array(candidate.shape) - 1
        centre_mm = nib.affines.apply_affine(candidate.affine, corner / 2)
        aimed_mm = centre_mm + 0.55 * (
            nib.affines.apply_affine(candidate.affine, np.zeros(3)) - centre_mm
        )
        index = page.evaluate(MM, aimed_mm.tolist())
        slice_ = [round(value) for value in index]
        go_to(page, slice_)
        press(page, "Brush")
        page.get_by_label("Size of the brush").select_option("10")
        aimed = [index[0], index[1], float(slice_[2])]
        paint(page, "axial", aimed)
        expect_kept(page, "unsaved")
        page.keyboard.press("Control+s")
        expect_kept(page, "saved")

        in_browser = page.evaluate(SHA256)
        (version,) = room.store.corrections.versions(first.code)
        stored = voxels_of(room.corrections.version_volume("R1", first.code, 1))
        data = np.asarray(stored.dataobj)
        in_file = hashlib.sha256(data.tobytes(order="F")).hexdigest()
        assert in_browser == version.sha256 == in_file
        assert np.array_equal(stored.affine, candidate.affine)
        changed = np.argwhere(data != np.asarray(candidate.dataobj))
        assert len(changed) > 10
        found_mm = nib.affines.apply_affine(stored.affine, changed).mean(axis=0)
        wanted_mm = aimed_mm + _through(page, aimed, index)
        spacing = nib.affines.voxel_sizes(stored.affine)
        assert np.abs(found_mm - wanted_mm).max() < spacing.max() / 2
        assert version.effort.strokes == 1
        assert version.effort.tools == {"brush": 1}


def _through(page: Page, aimed: list[float], index: list[float]) -> np.ndarray:
    """Step in mm from the aimed point to the slice on which it was painted."""
    affine = np.array(page.evaluate(f"{VIEWER}.volumes.grid.affine"))
    return affine[:, :3] @ (np.array(aimed) - np.array(index))


def test_unsaved_changes_outlive_a_restart_of_the_server(page: Page, server: ServedRoom) -> None:
    first = server.room.assignments("R1")[0]
    open_page(page, server)
    rate(page)
    before = page.evaluate(COUNT, 2)
    press(page, "Brush")
    page.get_by_label("Paint oedema").or_(page.get_by_text("oedema").first).first.click()
    go_to(page, [20, 24, 3])
    paint(page, "axial", [14, 20, 3], [26, 28, 3])
    painted = page.evaluate(COUNT, 2)
    assert painted > before
    server.process.kill()
    page.keyboard.press("Control+s")
    expect_kept(page, "trouble")
    expect(page.locator(".keeping")).to_contain_text("NOT sent yet")
    paint(page, "axial", [14, 12, 3], [26, 12, 3])
    both = page.evaluate(COUNT, 2)
    assert both > painted
    server.process.start()
    expect_kept(page, "saved")
    sha = page.evaluate(SHA256)
    assert server.room.store.corrections.versions(first.code)[-1].sha256 == sha


NO_DRAFTS = """() => {
  const send = window.fetch;
  window.fetch = (url, ...more) =>
    String(url).endsWith("/draft") ? Promise.reject(new Error("down")) : send(url, ...more);
}"""


def test_a_reload_at_once_after_a_stroke_loses_nothing(page: Page, server: ServedRoom) -> None:
    open_page(page, server)
    rate(page)
    press(page, "Brush")
    go_to(page, [20, 24, 3])
    paint(page, "axial", [14, 20, 3], [26, 28, 3])
    press(page, "Eraser")
    paint(page, "axial", [18, 23, 3])
    sha = page.evaluate(SHA256)
    # The draft of a page that goes may arrive or not; here it is not even sent. (What a page sends
    # while it goes cannot be caught from outside of it.)
    page.evaluate(NO_DRAFTS)
    page.reload()
    wait_for_palette(page)
    expect(page.locator(".says")).to_have_text("Your unsaved changes were restored.")
    assert page.evaluate(SHA256) == sha
    page.keyboard.press("Control+s")
    expect_kept(page, "saved")
    page.reload()
    wait_for_palette(page)
    expect_kept(page, "saved")
    assert page.evaluate(SHA256) == sha


def test_a_draft_is_found_on_another_computer(
    page: Page, browser: Browser, server: ServedRoom
) -> None:
    open_page(page, server)
    rate(page)
    press(page, "Brush")
    go_to(page, [20, 24, 3])
    paint(page, "axial", [14, 20, 3], [26, 28, 3])
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    expect_kept(page, "kept")
    sha = page.evaluate(SHA256)
    other = browser.new_context().new_page()
    open_page(other, server)
    wait_for_palette(other)
    expect_kept(other, "kept")
    assert other.evaluate(SHA256) == sha
    other.context.close()


@pytest.mark.parametrize("choice", ["Keep this one", "Take the other"])
def test_two_windows_meet_and_the_rater_chooses(
    page: Page, server: ServedRoom, choice: str
) -> None:
    first = server.room.assignments("R1")[0]
    open_page(page, server)
    rate(page)
    other = page.context.new_page()
    other.goto(server.url)
    wait_for_palette(other)
    for window, row in ((page, 10), (other, 36)):
        press(window, "Brush")
        go_to(window, [20, 24, 3])
        paint(window, "axial", [10, row, 3], [30, row, 3])
    shas = [window.evaluate(SHA256) for window in (page, other)]
    page.keyboard.press("Control+s")
    expect_kept(page, "saved")
    other.bring_to_front()
    other.keyboard.press("Control+s")
    expect_kept(other, "conflict")
    press(other, choice)
    if choice == "Keep this one":
        expect_kept(other, "kept")
        other.keyboard.press("Control+s")
        expect_kept(other, "saved")
        assert [v.sha256 for v in server.room.store.corrections.versions(first.code)] == shas
    else:
        expect_kept(other, "saved")
        assert other.evaluate(SHA256) == shas[0]
        assert len(server.room.store.corrections.versions(first.code)) == 1


def test_an_expired_sign_in_costs_no_change(page: Page, server: ServedRoom) -> None:
    first = server.room.assignments("R1")[0]
    open_page(page, server)
    rate(page)
    press(page, "Brush")
    go_to(page, [20, 24, 3])
    other = page.context.new_page()
    other.goto(f"{server.url}/sign-out")
    paint(page, "axial", [14, 20, 3], [26, 28, 3])
    sha = page.evaluate(SHA256)
    page.keyboard.press("Control+s")
    expect(page.locator(".keeping")).to_contain_text("You are no longer signed in")
    other.goto(f"{server.url}/invite/{server.room.invite('R1')}")
    expect_kept(page, "saved")
    (version,) = server.room.store.corrections.versions(first.code)
    assert version.sha256 == sha == page.evaluate(SHA256)


def test_rate_correct_rate_again(page: Page, tmp_path: Path) -> None:
    room = correcting_room(tmp_path / "room", correction="required", rate_again=True)
    first, second = room.assignments("R1")[:2]
    with served(room) as server:
        open_page(page, server)
        assert page.locator(".palette").count() == 0
        rate(page, "Alt+2")
        expect(page.get_by_text("Your rating is stored and locked.")).to_be_visible()
        page.keyboard.press("Control+Enter")
        expect(page.locator(".says")).to_contain_text("Correct the mask first")
        press(page, "Brush")
        go_to(page, [20, 24, 3])
        paint(page, "axial", [14, 20, 3], [26, 28, 3])
        sha = page.evaluate(SHA256)
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("rate the corrected mask")).to_be_visible(timeout=LONGEST_MS)
        expect(page.locator(".palette")).to_have_count(0)
        wait_for_mask(page)
        assert page.evaluate(SHA256) == sha
        expect(page.get_by_role("radio", checked=True)).to_have_count(0)
        page.keyboard.press("Alt+4")
        expect(page.get_by_role("radio", name="4 Excellent")).to_be_checked()
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("Mask 2 of 4")).to_be_visible(timeout=LONGEST_MS)
    (version,) = room.store.corrections.versions(first.code)
    (rating,) = room.store.readings(first.code)
    (again,) = room.store.second_readings.readings(first.code)
    assert version.sha256 == sha
    assert rating.answers[0].values == (2,)
    assert (again.version, again.answers[0].values) == (1, (4,))
    assert room.store.corrections.versions(second.code) == ()


def test_a_good_mask_is_confirmed_and_left_as_it_is(page: Page, tmp_path: Path) -> None:
    room = correcting_room(tmp_path / "room", correction="required", rate_again=True)
    first = room.assignments("R1")[0]
    with served(room) as server:
        open_page(page, server)
        rate(page, "Alt+4")
        page.get_by_label("This mask needs no correction").check()
        press(page, "Go on uncorrected")
        expect(page.get_by_text("Mask 2 of 4")).to_be_visible(timeout=LONGEST_MS)
    (finishing,) = room.store.corrections.finishings(first.code)
    assert (finishing.version, finishing.confirmed) == (0, True)


def test_the_whole_correction_by_keyboard(page: Page, server: ServedRoom) -> None:
    first = server.room.assignments("R1")[0]
    open_page(page, server)
    rate(page)
    page.get_by_role("application", name="Image viewer").focus()
    go_to(page, [20, 24, 3])
    total = page.evaluate(COUNT, 2)
    page.keyboard.press("Shift+Digit2")
    page.keyboard.press("b")
    page.keyboard.press("s")
    page.keyboard.press("Enter")
    one = page.evaluate(COUNT, 2)
    assert one > total
    for _ in range(3):
        page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    assert page.evaluate(COUNT, 2) > one
    page.keyboard.press("Control+z")
    assert page.evaluate(COUNT, 2) == one
    page.keyboard.press("Control+y")
    assert page.evaluate(COUNT, 2) > one
    page.keyboard.press("Delete")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Mask 2 of 4")).to_be_visible(timeout=LONGEST_MS)
    (version,) = server.room.store.corrections.versions(first.code)
    assert version.effort.undos == 2
    assert version.effort.redos == 1
    assert list(version.changed) == [2]


def test_looking_is_logged_with_the_reading(page: Page, server: ServedRoom) -> None:
    first = server.room.assignments("R1")[0]
    open_page(page, server)
    middle = state_of(page)["slices"]["axial"]
    page.get_by_role("application", name="Image viewer").focus()
    for _ in range(3):
        page.keyboard.press("ArrowUp")
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => done()))")
    page.keyboard.press("w")
    page.keyboard.press("m")
    page.keyboard.press("m")
    rate(page)
    snapshots = [s.snapshot for s in server.room.store.viewings.snapshots(first.code)]
    last = next(s for s in reversed(snapshots) if s["stage"] == "rate")
    assert last["seen"]["axial"] == [[middle, middle + 3]]
    assert last["slices"] == dict(zip(("sagittal", "coronal", "axial"), SHAPE, strict=True))
    assert last["window_changes"] == 1
    assert last["mask_toggles"] == 2
    assert last["active_s"] > 0
