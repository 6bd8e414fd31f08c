"""Cost of the reading workstation in a real browser without a graphics card, beside other ways.

Run as ``python benchmarks/viewer.py``: a quarter of an hour. Chromium is started headless and
without any flag about graphics, so canvases are drawn in software as on an office computer; NiiVue
gets a browser of its own with WebGL in software. Nothing is asserted: the numbers are printed as
a Markdown table and, on the last line, as JSON; ``--output`` writes the document with the table.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Playwright, sync_playwright  # noqa: E402
from workstation_correcting import correct  # noqa: E402
from workstation_looking import Times, look  # noqa: E402
from workstation_page import document  # noqa: E402
from workstation_peers import naive, niivue  # noqa: E402
from workstation_site import serving  # noqa: E402
from workstation_table import Row, load, machine, rows, table  # noqa: E402
from workstation_volumes import SUBJECTS, Subject  # noqa: E402

PARTS = ("look", "correct", "peers")


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Cost of the reading workstation in a browser.")
    parser.add_argument("--only", choices=SUBJECTS, help="one of the two cases")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--cases", type=int, default=50, help="case changes for the heap")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("-o", "--output", type=Path, help="write the document")
    return parser.parse_args()


def measure(playwright: Playwright, subject: Subject, chosen: argparse.Namespace) -> list[Row]:
    """Measure one case in every way that was chosen."""
    ours: Times = {}
    plain: Times = {}
    there: dict[str, float | str] = {}
    browser = playwright.chromium.launch(executable_path=chosen.chromium)
    with serving(subject.packed) as address:
        if "look" in chosen.parts:
            note(f"{subject}: looking")
            ours |= look(browser, address, subject, chosen.steps, chosen.repeats, chosen.cases)
        if "correct" in chosen.parts:
            note(f"{subject}: correcting on the real page")
            ours |= correct(browser, subject, chosen.steps // 2, 10, chosen.repeats)
        if "peers" in chosen.parts:
            note(f"{subject}: plain Streamlit")
            plain = naive(browser, subject, min(chosen.steps, 30))
            note(f"{subject}: NiiVue")
            there = niivue(playwright, chosen.chromium, address, 20)
    browser.close()
    return list(rows(subject, ours, plain, there))


def note(what: str) -> None:
    """Say what is being done, apart from the numbers."""
    print(what, file=sys.stderr, flush=True)


def main() -> None:
    """Measure, print, and write the document where asked to."""
    chosen = options()
    on = machine()
    print(*(f"{name}: {value}" for name, value in on.items()), sep="\n", flush=True)
    started = time.perf_counter()
    subjects = [SUBJECTS[chosen.only]] if chosen.only else list(SUBJECTS.values())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chosen.chromium)
        on["browser"] = f"Chromium {browser.version}"
        browser.close()
        parts = {subject: measure(playwright, subject, chosen) for subject in subjects}
    on["load at the end"] = load()
    tables = table(parts)
    print(f"\n{tables}\n")
    if chosen.output is not None:
        minutes = (time.perf_counter() - started) / 60
        chosen.output.write_text(document(tables, parts, on, chosen, minutes), encoding="utf-8")
    found = {subject.name: [row.to_dict() for row in each] for subject, each in parts.items()}
    print(json.dumps({**on, "results": found}))


if __name__ == "__main__":
    main()
