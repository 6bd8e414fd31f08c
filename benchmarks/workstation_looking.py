"""The viewer on a page of its own: first image, every step of looking, the next case, the heap."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page
from workstation_volumes import LABELS, Subject

PROBE = Path(__file__).with_name("workstation_probe.js")
VIEWPORT = {"width": 1280, "height": 720}
STEPS = ("slice step, three planes", "slice step, one plane", "window change", "mask style")
ENDS = 10
"""Case changes at the start and at the end whose heaps are compared."""

Times = dict[str, list[float]]


def open_page(browser: Browser, address: str) -> Page:
    """Open a page that is probed, in a browser profile of its own."""
    page = browser.new_context(viewport=VIEWPORT).new_page()
    page.add_init_script(path=PROBE)
    page.goto(address)
    return page


def case(subject: Subject, code: str, upcoming: str | None = None) -> dict[str, Any]:
    """Give the data of the component."""
    first = [] if upcoming is None else [f"/volumes/{upcoming}/{part}" for part in ("0", "mask")]
    return {
        "case": code,
        "reader": "bench",
        "channels": [
            {"name": name, "url": f"/volumes/{code}/{part}"}
            for name, part in zip(subject.channels, subject.parts(), strict=True)
        ],
        "mask": {"url": f"/volumes/{code}/mask"},
        "labels": LABELS,
        "prefetch": first,
        "ct": subject.is_ct,
        "height": VIEWPORT["height"] - 20,
        "rating_keys": 0,
    }


def look(
    browser: Browser, address: str, subject: Subject, steps: int, repeats: int, cases: int
) -> Times:
    """Time everything that a reader does who only looks."""
    times: Times = {}
    for _ in range(repeats):
        page = open_page(browser, address)
        show(page, case(subject, "FIRST"))
        add_first_image(times, page.evaluate("bench.until('image', 'mask', 'all')"))
        if _ < repeats - 1:
            page.context.close()
    kinds = [*STEPS, *(["channel switch"] if len(subject.channels) > 1 else [])]
    for kind in kinds:
        add_steps(times, page, kind, steps)
    if len(subject.channels) > 1:
        page.evaluate(
            "() => { bench.viewer.command('channel', 1); bench.viewer.command('blend'); }"
        )
        add_steps(times, page, "slice step, three planes", steps, " and a blended channel")
        page.evaluate("bench.viewer.command('set-blend', null)")
    times["key to painted slice"] = [press(page, "ArrowUp") for _ in range(min(steps, 60))]
    page.context.close()
    next_cases(browser, address, subject, cases, times)
    return times


def show(page: Page, data: dict[str, Any]) -> None:
    """Give the viewer its data, as Streamlit does."""
    page.wait_for_function("window.ready")
    page.evaluate("(data) => { window.show(data); }", data)


def add_first_image(times: Times, since: dict[str, float], where: str = "") -> None:
    """Note when image, mask and all channels were there since the component started."""
    for name, what in (
        ("first image", "image"),
        ("first image with mask", "mask"),
        ("all channels", "all"),
    ):
        times.setdefault(name + where, []).append(since[what])


def add_steps(times: Times, page: Page, kind: str, steps: int, more: str = "") -> None:
    """Carry out steps of one kind, and note what they cost until drawn and until painted."""
    result = page.evaluate("([kind, steps]) => bench.steps(kind, steps)", [kind, steps])
    times[kind + more] = result["costs"]
    times[f"{kind}{more}, until painted"] = result["untilPainted"]


def press(page: Page, key: str) -> float:
    """Press a real key in the viewer; give the time until the viewer has painted."""
    page.locator("[role=application]").focus()
    page.evaluate("() => { bench.waiting = bench.nextDrawing(); }")
    page.keyboard.press(key)
    return float(page.evaluate("bench.waiting"))


def next_cases(browser: Browser, address: str, subject: Subject, cases: int, times: Times) -> None:
    """Go from case to case, each fetched ahead; note the time to the mask, and the heap."""
    page = open_page(browser, address)
    developer = page.context.new_cdp_session(page)
    show(page, case(subject, "C0", "C1"))
    changes: list[float] = []
    heap: list[float] = []
    for number in range(1, cases + 1):
        page.evaluate("bench.until('image', 'mask', 'all')")
        ahead = [f"/volumes/C{number}/{part}" for part in ("0", "mask")]
        page.evaluate(
            """async (urls) => {
              while (!urls.every((url) => bench.viewer.store.peek(url))) await bench.frame();
            }""",
            ahead,
        )
        show(page, case(subject, f"C{number}", f"C{number + 1}"))
        changes.append(page.evaluate("bench.until('mask')")["mask"])
        page.evaluate("bench.until('image', 'mask', 'all')")
        heap.append(heap_mb(developer))
    page.context.close()
    times["next case, fetched ahead"] = changes
    times["heap"] = heap


def heap_mb(developer: Any) -> float:
    """Collect garbage; give the bytes in use, array buffers included, in MB."""
    developer.send("HeapProfiler.collectGarbage")
    usage = developer.send("Runtime.getHeapUsage")
    return float(usage["usedSize"] + usage.get("backingStorageSize", 0.0)) / 1e6


def ends(heap: Sequence[float]) -> tuple[Sequence[float], Sequence[float]]:
    """Give the heaps after the first and after the last case changes."""
    many = min(ENDS, max(1, len(heap) // 2))
    return heap[:many], heap[-many:]
