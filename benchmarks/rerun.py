"""What a rerun of the rate page costs: requests for volumes, bytes over the socket, time.

Run as ``python benchmarks/rerun.py``. The demo study is served by the real server and rated in a
real browser. Each answer is one rerun of the page. Nothing is asserted: the numbers are printed as
a table and, on the last line, as JSON.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import WebSocket, expect, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.bot_rater import BotRater, open_chromium  # noqa: E402
from tests.serving import Server, rater_app  # noqa: E402


def main(reruns: int) -> None:
    """Serve the demo study, answer and count."""
    with tempfile.TemporaryDirectory() as scratch:
        room = Path(scratch) / "room"
        demo = ROOT / "data_samples" / "demo"
        rater_app("prepare", demo, "--room", room, "--key", Path(scratch) / "key.json")
        server = Server(room, Path(scratch) / "server.log")
        server.start()
        try:
            report(measure(server, reruns))
        finally:
            server.kill()


def measure(server: Server, reruns: int) -> dict[str, float]:
    """Answer one reading again and again, then go on to the next one."""
    with sync_playwright() as playwright:
        browser = open_chromium(playwright)
        bot = BotRater(browser, server.invite("R1"), decide=lambda voxels: 1)
        frames: list[int] = []

        def listen(socket: WebSocket) -> None:
            socket.on("framereceived", lambda payload: frames.append(len(payload)))

        bot.page.on("websocket", listen)
        bot.page.reload()
        bot.page.get_by_role("button", name="Submit").wait_for()
        wait_for_volumes(bot)
        costs_ms, received = [], []
        volumes_before = volumes(bot)
        for turn in range(reruns):
            frames.clear()
            started = time.perf_counter()
            option = bot.option(bot.code, 1 + turn % 4)
            option.click()
            expect(option.locator("input")).to_be_checked()
            expect(bot.page.get_by_test_id("stApp")).to_have_attribute(
                "data-test-script-state", "notRunning"
            )
            costs_ms.append(1000 * (time.perf_counter() - started))
            received.append(sum(frames))
        refetched = volumes(bot) - volumes_before
        browser.close()
    return {
        "reruns": reruns,
        "volumes fetched by reruns": refetched,
        "bytes over the socket a rerun, median": statistics.median(received),
        "answer to page at rest, median ms": round(statistics.median(costs_ms), 1),
    }


def volumes(bot: BotRater) -> int:
    """Count the requests for volumes so far."""
    return sum("/volumes/" in url for url in bot.recorder.requested)


def wait_for_volumes(bot: BotRater) -> None:
    """Wait until channels, mask and what is fetched ahead are there."""
    with bot.page.expect_event(
        "requestfinished", lambda request: "/volumes/" in request.url, timeout=20_000
    ):
        pass
    bot.page.wait_for_load_state("networkidle")


def report(numbers: dict[str, float]) -> None:
    """Print a table, and JSON on the last line."""
    for name, number in numbers.items():
        print(f"{name:40} {number:>10}")
    print(json.dumps(numbers))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reruns", type=int, default=30)
    main(parser.parse_args().reruns)
