"""What the workstation's benchmark found: rows with their limits, as a table and as JSON."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from workstation_looking import Times, ends
from workstation_volumes import Subject

FLAT = 1.1
"""A heap that grew by more than a tenth over all case changes is not flat."""

COLUMNS = (
    *("what", "median", "p95", "n", "limit", "holds"),
    *("plain Streamlit", "ours : it", "NiiVue", "ours : it"),
)
HEADER = (f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|")
LIMITS_MS = {
    "first image": 1200.0,
    "first image (real page)": 1200.0,
    "window change": 15.0,
    "brush move, 5 mm disc": 3.0,
    "brush move, 5 mm ball": 3.0,
    "save": 300.0,
    "next case, fetched ahead": 500.0,
    "next case, fetched ahead (real page)": 500.0,
}
STEPS = ("slice step, three planes", "slice step, one plane")
BESIDE_NAIVE = {
    "page opened to first image": "page opened to first image",
    "key to painted slice": "key to painted slice",
    "window change, until painted": "window change",
}


@dataclass(frozen=True)
class Row:
    """A line of the table: what we cost, whether that is little enough, and what others cost."""

    what: str
    median: float
    p95: float
    n: int
    unit: str = "ms"
    limit: float | None = None
    naive: float | None = None
    niivue: float | str | None = None

    @property
    def holds(self) -> bool | None:
        """Whether the median is within the limit; None without a limit."""
        return None if self.limit is None else self.median <= self.limit

    def __str__(self) -> str:
        """Return the line in Markdown."""
        cells = [
            self.what,
            f"{_short(self.median)} {self.unit}",
            _short(self.p95),
            str(self.n),
            "" if self.limit is None else f"{_short(self.limit)} {self.unit}",
            {True: "yes", False: "**no**", None: ""}[self.holds],
            *self._beside(self.naive),
            *self._beside(self.niivue),
        ]
        return f"| {' | '.join(cells)} |"

    def to_dict(self) -> dict[str, Any]:
        """Give plain values."""
        return {**vars(self), "holds": self.holds}

    def _beside(self, other: float | str | None) -> tuple[str, str]:
        if other is None or isinstance(other, str):
            return other or "", ""
        return f"{_short(other)} {self.unit}", f"1 : {_short(other / self.median)}"


def rows(
    subject: Subject, ours: Times, naive: Times, niivue: Mapping[str, float | str]
) -> Iterator[Row]:
    """Make the rows of a case."""
    limits = {**LIMITS_MS, **dict.fromkeys(STEPS, subject.step_limit_ms)}
    for what, times in ours.items():
        if what == "heap":
            continue
        beside = naive.get(BESIDE_NAIVE.get(what, ""))
        yield Row(
            what,
            statistics.median(times),
            float(np.percentile(times, 95)),
            len(times),
            limit=limits.get(what),
            naive=statistics.median(beside) if beside else None,
            niivue=niivue.get(what),
        )
    if "heap" in ours:
        yield from _heap(ours["heap"])


def _heap(heap: Sequence[float]) -> Iterator[Row]:
    first, last = ends(heap)
    before, after = statistics.median(first), statistics.median(last)
    what = f"heap after the first {len(first)} case changes"
    yield Row(what, before, max(first), len(first), "MB")
    what = f"heap after the last {len(last)} of {len(heap)}: flat"
    yield Row(what, after, max(last), len(last), "MB", limit=FLAT * before)


def table(parts: Mapping[Subject, Iterable[Row]]) -> str:
    """Return every case's table in Markdown."""
    return "\n\n".join(
        "\n".join([f"## {subject}", "", *HEADER, *map(str, found)])
        for subject, found in parts.items()
    )


def machine() -> dict[str, str]:
    """Describe the machine, and how busy it is."""
    cpuinfo = Path("/proc/cpuinfo").read_text(encoding="ascii").splitlines()
    models = [line.split(":")[1].strip() for line in cpuinfo if line.startswith("model name")]
    return {
        "machine": f"{models[0] if models else 'unknown processor'}, {os.cpu_count()} cores",
        "load": load(),
    }


def load() -> str:
    """Give the load averages of 1, 5 and 15 minutes."""
    return " ".join(f"{average:.2f}" for average in os.getloadavg())


def _short(number: float) -> str:
    if number >= 100:
        return f"{number:.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"
