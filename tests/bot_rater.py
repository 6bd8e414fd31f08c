"""A bot that rates through the pages of the web app, and writes down every byte it is sent."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from playwright.sync_api import Browser, Error, Page, Playwright, Request, WebSocket, expect

LONGEST_WAIT_MS = 30_000
CHROMIUM = os.environ.get("RATER_APP_CHROMIUM", "/usr/bin/chromium")
COUNT_VOXELS = """async (code) => {
  const response = await fetch(`/volumes/${code}/mask`);
  const voxels = new Uint8Array(await response.arrayBuffer()).subarray(352);
  return voxels.reduce((count, value) => count + (value > 0), 0);
}"""


def open_chromium(playwright: Playwright) -> Browser:
    """Start the headless browser of the machine."""
    return playwright.chromium.launch(
        executable_path=CHROMIUM,
        args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    )


class Recorder:
    """Every byte that reaches a page, over HTTP and the socket, and what the page shows."""

    def __init__(self, page: Page) -> None:
        self.received: dict[str, bytes] = {}
        self.requested: list[str] = []
        self._page = page
        self._waiting: list[Request] = []
        page.on("requestfinished", self._note_request)
        page.on("websocket", self._note_socket)

    def collect(self) -> None:
        """Read what came since the last time."""
        for request in self._waiting:
            response = request.response()
            if response is None:
                continue
            head = "\n".join(f"{h['name']}: {h['value']}" for h in response.headers_array())
            self._keep(f"{request.method} {request.url} head", f"{request.url}\n{head}".encode())
            if response.status in (204, 303, 304):
                continue
            try:
                body = response.body()
            except Error:
                # The browser forgets bodies when a page goes; the same request gives them again.
                body = self._page.context.request.get(request.url).body()
            self._keep(f"{request.method} {request.url} body", body)
        self._waiting.clear()
        self._keep("document", self._page.content().encode())

    def _note_request(self, request: Request) -> None:
        self.requested.append(request.url)
        self._waiting.append(request)

    def _note_socket(self, socket: WebSocket) -> None:
        def keep(payload: str | bytes) -> None:
            self._keep("frame", payload.encode() if isinstance(payload, str) else payload)

        socket.on("framereceived", keep)

    def _keep(self, what: str, data: bytes) -> None:
        self.received[f"{what} #{len(self.received)}"] = data


class BotRater:
    """Reads assignments through the pages: looks at the mask, answers, submits, goes on."""

    def __init__(self, browser: Browser, link: str, decide: Callable[[int], int]) -> None:
        self.decide = decide
        self.context = browser.new_context(viewport={"width": 1500, "height": 900})
        self.page = self.context.new_page()
        self.page.set_default_timeout(LONGEST_WAIT_MS)
        self.recorder = Recorder(self.page)
        self.page.goto(link)
        self._submit_button().or_(self._thanks()).first.wait_for()

    def close(self) -> None:
        """Close the browser's window without a word to the server."""
        self.context.close()

    @property
    def is_done(self) -> bool:
        """Whether everything is read."""
        return self._thanks().is_visible()

    @property
    def place(self) -> int:
        """The n of "Mask n of m"."""
        shown = self.page.get_by_text(re.compile(r"Mask \d+ of \d+")).first.inner_text()
        return int(re.search(r"Mask (\d+) of", shown).group(1))

    @property
    def code(self) -> str:
        """The blinding code of the open reading."""
        classes = self.page.locator("[class*=st-key-submit-]").first.get_attribute("class")
        return re.search(r"st-key-submit-([0-9a-f]+)-\d+", classes).group(1)

    def level(self) -> int:
        """Look at the mask, and say which level it gets."""
        return self.decide(self.page.evaluate(COUNT_VOXELS, self.code))

    def read_by_mouse(self) -> tuple[str, int]:
        """Rate with clicks."""
        code, level = self.code, self.level()
        self.option(code, level).click()
        expect(self._chosen(code)).to_have_count(1)
        self.submit_by_mouse()
        return code, level

    def read_by_keyboard(self) -> tuple[str, int]:
        """Rate with Alt + digit and Ctrl + Enter."""
        code, level = self.code, self.level()
        # The keys answer for the case that the viewer shows: its mask must be drawn first.
        self.page.locator(f"[role=application][data-case='{code}']").wait_for()
        self.page.locator("html[data-case=shown]").wait_for(state="attached")
        self.page.keyboard.press(f"Alt+{level}")
        expect(self._chosen(code)).to_have_count(1)
        self.page.keyboard.press("Control+Enter")
        self.wait_until_gone(code)
        return code, level

    def submit_by_mouse(self) -> None:
        """Press the button, and wait for the next mask."""
        code = self.code
        self._submit_button().click()
        self.wait_until_gone(code)

    def wait_until_gone(self, code: str) -> None:
        """Wait until another reading, or the thanks, has taken the place of this one."""
        expect(self.page.locator(f"[class*=st-key-submit-{code}]")).to_have_count(
            0, timeout=LONGEST_WAIT_MS
        )
        self._submit_button().or_(self._thanks()).first.wait_for()
        self.recorder.collect()

    def option(self, code: str, level: int):
        """Give the radio button of a level."""
        return self.page.locator(f"[class*='st-key-{code}-'] [role=radiogroup] label").nth(
            level - 1
        )

    def _chosen(self, code: str):
        return self.page.locator(f"[class*='st-key-{code}-'] [role=radiogroup] input:checked")

    def _submit_button(self):
        return self.page.get_by_role("button", name=re.compile("^Submit"))

    def _thanks(self):
        return self.page.get_by_text(re.compile("thank you", re.IGNORECASE)).first
