"""Time and memory of steps, and the table that tells them."""

from __future__ import annotations

import ctypes
import gc
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

Step = Callable[[], Any]

PATIENCE_S = 5.0
"""A step that has taken longer than this takes no further turn."""
HEADER = """| what | ours | other | other / ours | target | values |
|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class Row:
    """A line of the table: a figure of ours, and another one that it stands beside."""

    what: str
    ours: float
    unit: str = "ms"
    target: str = ""
    other: float | None = None
    values: str = ""

    def __str__(self) -> str:
        """Return the line in Markdown."""
        other, times = "", ""
        if self.other is not None:
            other, times = f"{_short(self.other)} {self.unit}", _short(self.other / self.ours)
        ours = f"{_short(self.ours)} {self.unit}"
        return f"| {' | '.join((self.what, ours, other, times, self.target, self.values))} |"


def timed(steps: Mapping[str, Step], rounds: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Run steps in turns; return the median CPU time of each in ms, and what it gave first."""
    costs: dict[str, list[float]] = {name: [] for name in steps}
    results: dict[str, Any] = {}
    for _ in range(rounds):
        for name, step in steps.items():
            if sum(costs[name]) > PATIENCE_S:
                continue
            started = time.process_time()
            result = step()
            costs[name].append(time.process_time() - started)
            results.setdefault(name, result)
            del result  # or the next step would pay for it
    return {name: 1000 * statistics.median(each) for name, each in costs.items()}, results


def compared(ours: Mapping[str, Any], theirs: Mapping[str, Any], close: float) -> str:
    """Say how many values of a program are ours, and which are not."""
    differ = [
        f"{name} {ours[name]:.6g} not {value:.6g}"
        for name, value in theirs.items()
        if not abs(ours[name] - value) <= close * max(1.0, abs(value))
    ]
    return ", ".join([f"{len(theirs) - len(differ)} of {len(theirs)} equal", *differ])


def cpu_s() -> float:
    """CPU time of this process and of those that it started and waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def peak_mb(step: Step) -> float:
    """Memory that a step needs at its peak beyond what is there before it (Linux)."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    before = _status_kb("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak starts anew
    step()
    return (_status_kb("VmHWM") - before) * 1024 / 1e6


def machine() -> dict[str, str]:
    """Describe the machine, how busy it is, and what runs on it."""
    cpu = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="ascii").splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "numba"))
    return {
        "machine": f"{cpu}, {os.cpu_count()} cores",
        "load": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "software": f"Python {sys.version.split()[0]}, {packages}",
    }


def _status_kb(name: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise ValueError(name)


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"
