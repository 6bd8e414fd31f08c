"""Other ways to show the same case: plain Streamlit, and NiiVue without a graphics card."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Error, Page, Playwright, TimeoutError
from workstation_looking import PROBE, VIEWPORT, Times
from workstation_site import niivue_entry
from workstation_volumes import Subject

from tests.serving import free_port

NAIVE_APP = Path(__file__).with_name("workstation_naive.py")
SOFTWARE_GL = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
STEPPING_MS = 15_000
PATIENCE_MS = 120_000
LONGEST_START_S = 60
PICTURE = "[data-testid=stImage] img"
IN_NIIVUE = {
    "first image": "image",
    "first image with mask": "mask",
    "slice step, three planes, until painted": "step",
    "window change, until painted": "window",
}
NO_BUNDLE = "not built: run rater_app/web/viewer/frontend/build.mjs"


def naive(browser: Browser, subject: Subject, steps: int) -> Times:
    """Time sliders of a plain Streamlit page by real key presses."""
    with tempfile.TemporaryDirectory() as folder:
        for part, array in subject.arrays.items():
            np.save(Path(folder) / f"{part}.npy", array)
        with _streamlit(Path(folder)) as address:
            times: Times = {}
            for visit in range(2):  # the first one reads the arrays
                page = browser.new_context(viewport=VIEWPORT).new_page()
                page.add_init_script(path=PROBE)
                page.goto(address)
                page.locator(PICTURE).wait_for(timeout=60_000)
                times["page opened to first image"] = [
                    page.evaluate(
                        """async (selector) => {
                          while (!document.querySelector(selector).complete) await bench.frame();
                          return bench.painted();
                        }""",
                        PICTURE,
                    )
                ]
                if visit == 0:
                    page.context.close()
            for name, label in (("key to painted slice", "Slice"), ("window change", "Level")):
                page.get_by_role("slider", name=label).focus()
                times[name] = []
                for _ in range(steps):
                    page.evaluate(
                        "(selector) => { bench.waiting = bench.nextPicture(selector); }", PICTURE
                    )
                    page.keyboard.press("ArrowRight")
                    times[name].append(page.evaluate("bench.waiting"))
            page.context.close()
    return times


@contextmanager
def _streamlit(folder: Path) -> Iterator[str]:
    port = free_port()
    options = {
        "server.port": port,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", NAIVE_APP, *flags, "--", folder],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/_stcore/health")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + LONGEST_START_S
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def niivue(
    playwright: Playwright, chromium: str, address: str, steps: int
) -> dict[str, float | str]:
    """Time NiiVue's three planes where the processor draws; a sentence stands for no time."""
    entry = niivue_entry()
    if entry is None:
        return dict.fromkeys(IN_NIIVUE, NO_BUNDLE)
    browser = playwright.chromium.launch(executable_path=chromium, args=list(SOFTWARE_GL))
    found: dict[str, float | str] = {}
    try:
        page = browser.new_context(viewport=VIEWPORT).new_page()
        page.goto(f"{address}/niivue")
        page.wait_for_function("window.ready")
        page.evaluate("(entry) => load(entry)", entry)
        for name, kind in IN_NIIVUE.items():
            found[name] = _in_niivue(page, kind, steps)
            if isinstance(found[name], str):
                break
    finally:
        browser.close()
    return dict.fromkeys(IN_NIIVUE, "not tried") | found


def _in_niivue(page: Page, kind: str, steps: int) -> float | str:
    try:
        page.evaluate(
            "([kind, most, patience]) => start(kind, most, patience)", [kind, steps, STEPPING_MS]
        )
        page.wait_for_function("window.found", timeout=PATIENCE_MS)
        told = page.evaluate("window.found")
    except TimeoutError:
        return f"over {PATIENCE_MS // 1000} s"
    except Error as problem:
        return f"gave up: {problem.message.splitlines()[0]}"
    if "problem" in told:
        return f"gave up: {told['problem']}"
    return statistics.median(told["times"])
