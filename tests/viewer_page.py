"""The viewer on a page of its own, as Streamlit mounts it, served with volumes from a folder."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).parents[1]
_FRONTEND = _ROOT / "rater_app" / "web" / "viewer" / "frontend"
_PAGE = _ROOT / "benchmarks" / "viewer_page.html"


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the page, the viewer's files, and whatever lies in the folder."""
    (folder / "frontend").symlink_to(_FRONTEND)
    shutil.copy(_PAGE, folder / "index.html")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def chromium() -> Iterator[Any]:
    """Start Chromium, or skip the test on a computer without it."""
    sync_api = pytest.importorskip("playwright.sync_api")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this computer")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path)
        yield started
        started.close()


@contextmanager
def opened(browser: Any, address: str) -> Iterator[Any]:
    """Open the page in a browser profile of its own."""
    context = browser.new_context(viewport={"width": 1000, "height": 720})
    page = context.new_page()
    page.goto(address)
    page.wait_for_function("window.ready")
    yield page
    context.close()


def show(page: Any, case: dict[str, Any]) -> None:
    """Give the viewer a case, and wait until it is drawn with its masks."""
    page.evaluate("(data) => { window.show(data); }", case)
    page.wait_for_function("viewer().isShown && viewer().image && !viewer().stage.frame")


def state(page: Any) -> dict[str, Any]:
    """Give what the viewer shows, once it is drawn."""
    page.wait_for_function("!viewer().stage.frame")
    told: dict[str, Any] = page.evaluate("viewer().getState()")
    return told


def command(page: Any, action: str, amount: Any = None) -> None:
    """Give the viewer a command, and wait until it is drawn."""
    page.evaluate(
        "([action, amount]) => viewer().command(action, amount ?? undefined)", [action, amount]
    )
    page.wait_for_function("!viewer().stage.frame")
