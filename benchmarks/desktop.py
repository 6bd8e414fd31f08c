"""Cost of the desktop window without a graphics card, beside the figures that were aimed at.

Run as ``python benchmarks/desktop.py`` under a display, or under Xvfb as ``xvfb-run -a -s
"-screen 0 1600x1000x24" python benchmarks/desktop.py``, where OpenGL is drawn in software: some
minutes. Each case is measured in a process of its own, so that the peak of memory is its own.
Nothing is asserted: the numbers are printed as a Markdown table and, on the last line, as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

LIMITS = {
    "window": None,
    "first case": 4.5,
    "save and next": 0.6,
    "slicing": 0.015,
    "slice step, until painted": None,
    "interpolation": 0.5,
    "surfaces": 2.0,
    "3D, until painted": None,
    "back from 3D": None,
    "peak memory": 2.5,
}
"""What the issue asks for, in seconds, and in gigabytes for the memory; None without a limit."""

PROTOTYPE = {
    "window": "1.7-3.2",
    "first case": "2.3-4.5",
    "save and next": "0.2-0.5",
    "slicing": "0.010-0.015",
    "slice step, until painted": "0.13-0.16",
    "interpolation": "0.2-0.4",
    "surfaces": "1.6",
    "peak memory": "0.88 / 2.4",
}
"""What a prototype needed on such a machine."""


def main() -> None:
    """Measure both cases and print the table."""
    parser = argparse.ArgumentParser(description="Cost of the desktop window.")
    parser.add_argument("--only", choices=("mr", "ct"))
    parser.add_argument("-o", "--output", type=Path, help="write the document")
    chosen = parser.parse_args()
    names = [chosen.only] if chosen.only else ["mr", "ct"]
    found = {name: measured(name) for name in names}
    text = document(found)
    print(text)
    print(json.dumps(found))
    if chosen.output:
        chosen.output.write_text(text + "\n", encoding="utf-8")


def measured(name: str) -> dict[str, Any]:
    """Measure one case in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "RATER_APP_DESK": folder, "NAPARI_CONFIG": f"{folder}/napari"}
        command = [sys.executable, Path(__file__).with_name("desktop_run.py"), name, folder]
        # Drawing the images takes more memory than looking at them.
        subprocess.run([*command, "build"], check=True)
        done = subprocess.run(
            [*command, "play"], stdout=subprocess.PIPE, env=environment, text=True, check=True
        )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def document(found: dict[str, dict[str, Any]]) -> str:
    """Write the table."""
    lines = [
        "# Cost of the desktop window",
        "",
        "Printed by `python benchmarks/desktop.py` under Xvfb, where OpenGL is drawn in software. "
        "Medians, in seconds and gigabytes.",
        "",
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f}.",
    ]
    for result in found.values():
        lines += [
            "",
            f"## {result['case']}",
            "",
            "| what | median | n | limit | holds | prototype |",
            "|---|---|---|---|---|---|",
        ]
        for what, limit in LIMITS.items():
            value, count = result["times"][what]
            holds = "" if limit is None else "yes" if value <= limit else "**no**"
            aimed = "" if limit is None else f"{limit:g}"
            theirs = PROTOTYPE.get(what, "")
            lines.append(f"| {what} | {value:.3f} | {count} | {aimed} | {holds} | {theirs} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
