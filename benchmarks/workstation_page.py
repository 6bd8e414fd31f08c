"""The document that holds the benchmark's tables."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from workstation_table import Row
from workstation_volumes import Subject


def document(
    tables: str,
    found: Mapping[Subject, Sequence[Row]],
    on: Mapping[str, str],
    chosen: argparse.Namespace,
    minutes: float,
) -> str:
    """Return docs/validation/viewer.md."""
    parts = [
        "# Speed of the reading workstation",
        f"Written by `{_command(chosen)}` on {datetime.now(UTC):%Y-%m-%d} in {minutes:.0f} "
        f"minutes: {on['machine']}, no graphics card, {on['browser']} without "
        f"a window. Load averages when it started and when it ended: {on['load']}; "
        f"{on['load at the end']}. Everything runs on "
        "this one machine: browser, server, and the benchmark itself.",
        _verdict(found),
        "A limit is for the median. `n` counts what was timed. Steps count from the command to the "
        'end of the viewer\'s drawing; "until painted" goes on until the browser has painted, '
        'which happens once a frame, every 16.7 ms at best. "First image" starts when the '
        'component does. Rows of the "real page", and those of brush, undo and save, are taken '
        "on the page of `rater-app serve` with a real room, mouse and keyboard; the others on a "
        "page that holds only the viewer. A brush move is one `pointermove` (8 pixels further) "
        "with all its painting, and the drawing after it. Save counts from Ctrl+S to the answer "
        "of the server, which has the version on its disk by then. The heap is measured after "
        "garbage collection, array buffers included; it is flat when it grew by less than a "
        "tenth.",
        "Plain Streamlit is a page of sliders, a rerun each and `st.image` of one slice "
        "(`benchmarks/workstation_naive.py`). NiiVue is 0.69.0, the build that the 3D view uses, "
        "with three planes and WebGL in software; a NiiVue time ends when a pixel can be read. "
        "The times of the others stand in the row of ours that ends in the same way.",
    ]
    text = "\n\n".join(textwrap.fill(part, 100, break_on_hyphens=False) for part in parts)
    return f"{text}\n\n{tables}\n"


def _command(chosen: argparse.Namespace) -> str:
    words = ["python benchmarks/viewer.py"]
    if chosen.only:
        words.append(f"--only {chosen.only}")
    words += [f"--{name} {getattr(chosen, name)}" for name in ("steps", "repeats", "cases")]
    return " ".join([*words, f"--output {_short(chosen.output)}"])


def _short(path: Path) -> Path:
    root = Path(__file__).parents[1]
    return path.resolve().relative_to(root) if path.resolve().is_relative_to(root) else path


def _verdict(found: Mapping[Subject, Sequence[Row]]) -> str:
    limited = [(case, row) for case, rows in found.items() for row in rows if row.holds is not None]
    missed = [f"{row.what}, {case.name.upper()}" for case, row in limited if not row.holds]
    if not missed:
        return f"All {len(limited)} limits hold."
    return (
        f"{len(limited) - len(missed)} of {len(limited)} limits hold. Missed: {'; '.join(missed)}."
    )
