"""Cost of the viewer's steps in a real browser without a GPU.

Run as ``python benchmarks/viewer.py``. Chromium is started headless and without any flag about
graphics, so canvases are drawn in software as on an office computer. Nothing is asserted: the
numbers are printed as a table and, on the last line, as JSON.
"""

from __future__ import annotations

import argparse
import gzip
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
FRONTEND = ROOT / "rater_app" / "web" / "viewer" / "frontend"
PAGE = ROOT / "benchmarks" / "viewer_page.html"
CHANNELS = ("T1", "T1ce", "T2", "FLAIR")
LABELS = [
    {"value": 1, "name": "necrotic core", "color": "#d55e00"},
    {"value": 2, "name": "oedema", "color": "#56b4e9"},
    {"value": 3, "name": "enhancing tumour", "color": "#f0e442"},
]
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}

# Each step changes something and waits until the frame that shows it is painted.
STEPS = """
async ({steps, kind}) => {
  const viewer = window.viewer();
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const {dims} = viewer.volumes.grid;
  const change = {
    "slice step, three planes": (i) => {
      viewer.moveTo(dims.map((n) => Math.round(n * 0.3) + (i % Math.floor(n * 0.4))));
      viewer.arrange();
    },
    "slice step, one plane": (i) => viewer.command("step", i % 60 < 30 ? 1 : -1),
    "window change": (i) => {
      viewer.tones.chooseWindow(viewer.channelName, viewer.image, {low: i, high: 900 + i});
      viewer.arrange();
    },
    "channel switch": (i) => viewer.command("channel", 1 + (i % 4)),
    "mask style": () => viewer.command("mask-style"),
  }[kind];
  const costs = [];
  const untilFrame = [];
  for (let i = 0; i < steps; i++) {
    await frame();
    const started = performance.now();
    change(i);
    await frame();
    // The viewer asked for its frame first, so it has drawn; a task queued now runs after painting.
    await new Promise((resolve) => setTimeout(resolve));
    untilFrame.push(performance.now() - started);
    costs.push(viewer.stepCostsMs.at(-1));
  }
  return {costs, untilFrame};
}
"""
FIRST_IMAGE = """
async (data) => {
  const viewer = window.show(data);
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const until = async (done) => {
    while (!done()) await frame();
    await frame();
    return performance.now() - window.shownAt;
  };
  const image = await until(() => viewer.image);
  const mask = await until(() => viewer.volumes.mask);
  const all = await until(() => viewer.volumes.images.every(Boolean));
  return {image, mask, all};
}
"""


def head(shape: tuple[int, ...], seed: int) -> NDArray[np.int16]:
    """Make an ellipsoid of noisy tissue in air, much like a skull-stripped MR."""
    random = np.random.default_rng(seed)
    axes = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij", sparse=True)
    inside = sum((axis / 0.8) ** 2 for axis in axes) < 1
    tissue = 500 + 200 * np.sin(9 * axes[0] + seed) * np.cos(7 * axes[1]) + 0 * axes[2]
    noise = random.normal(0, 25, shape)
    return np.where(inside, tissue + noise, 0).astype(np.int16)


def tumour(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Make three nested bumpy balls, labels 2, 3 and 1 from outside in."""
    axes = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij", sparse=True)
    radius = np.sqrt(sum((axis - 0.15) ** 2 for axis in axes))
    radius = radius + 0.03 * np.sin(40 * axes[0]) * np.cos(37 * axes[1]) * np.sin(33 * axes[2])
    return np.select([radius < 0.15, radius < 0.25, radius < 0.4], [1, 3, 2], 0).astype(np.uint8)


def wire(array: NDArray[Any]) -> bytes:
    return gzip.compress(nib.Nifti1Image(array, np.diag([-1.0, -1.0, 1.0, 1.0])).to_bytes(), 6)


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves the page, the viewer's files, and volumes as the application does."""

    def __init__(self, volumes: dict[str, bytes], *args: Any) -> None:
        self.volumes = volumes
        super().__init__(*args)

    def do_GET(self) -> None:
        """Answer with a volume, a file of the viewer, or the page."""
        name = self.path.rsplit("/", 1)[-1]
        if self.path.startswith("/volumes/"):
            self.reply(self.volumes[name], "application/octet-stream", "gzip")
        elif self.path.startswith("/frontend/") and (FRONTEND / name).is_file():
            self.reply((FRONTEND / name).read_bytes(), TYPES[Path(name).suffix])
        elif self.path == "/":
            self.reply(PAGE.read_bytes(), "text/html")
        else:
            self.send_error(404)

    def reply(self, body: bytes, kind: str, encoding: str | None = None) -> None:
        """Send a body that no cache may keep."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the output to the numbers."""


@contextmanager
def serving(volumes: dict[str, bytes]) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, volumes))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()


def case() -> dict[str, Any]:
    return {
        "case": "BENCH",
        "channels": [
            {"name": name, "url": f"/volumes/{index}"} for index, name in enumerate(CHANNELS)
        ],
        "mask": {"url": "/volumes/mask"},
        "labels": LABELS,
        "prefetch": [],
        "ct": False,
        "height": 620,
        "rating_keys": 0,
    }


def measure(page: Page, address: str, steps: int, repeats: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {}
    for _ in range(repeats):
        page.goto(address)
        page.wait_for_function("window.ready")
        first = page.evaluate(FIRST_IMAGE, case())
        times.setdefault("first image", []).append(first["image"])
        times.setdefault("first image with mask", []).append(first["mask"])
        times.setdefault("all channels", []).append(first["all"])
    for kind in (
        "slice step, three planes",
        "slice step, one plane",
        "window change",
        "channel switch",
        "mask style",
    ):
        result = page.evaluate(STEPS, {"steps": steps, "kind": kind})
        times[kind] = result["costs"]
        times[f"{kind}, until painted"] = result["untilFrame"]
    return times


def summarise(times: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    return {
        name: {
            "median_ms": round(float(np.median(values)), 2),
            "p95_ms": round(float(np.percentile(values, 95)), 2),
            "n": len(values),
        }
        for name, values in times.items()
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--steps", type=int, default=120)
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--shape", type=int, nargs=3, default=(240, 240, 155))
    options.add_argument("--chromium", default="/usr/bin/chromium")
    chosen = options.parse_args()
    shape = tuple(chosen.shape)
    volumes = {str(index): wire(head(shape, index)) for index in range(len(CHANNELS))}
    volumes["mask"] = wire(tumour(shape))
    with serving(volumes) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chosen.chromium)
        page = browser.new_page(viewport={"width": 1000, "height": 660})
        summary = summarise(measure(page, address, chosen.steps, chosen.repeats))
        browser.close()
    print(f"{'x'.join(map(str, shape))} voxels, {len(CHANNELS)} channels, one mask")
    print(f"{'what':<38}{'median ms':>10}{'p95 ms':>10}{'n':>6}")
    for name, row in summary.items():
        print(f"{name:<38}{row['median_ms']:>10.2f}{row['p95_ms']:>10.2f}{row['n']:>6}")
    print(json.dumps({"shape": shape, "results": summary}))


if __name__ == "__main__":
    main()
