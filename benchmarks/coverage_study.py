"""Do the intervals cover, and do the tests keep their level: `make coverage-study`.

    python benchmarks/coverage_study.py [--runs 1000] [--seed 1] [--processes 2] [-o FILE]

Simulates reader studies, analyses each with the public functions of the product, and writes
docs/validation/coverage.md. The case interval speaks of other cases read by the same raters of the
same models. So raters and models are drawn once for each of 20 panels and kept; the truth of a
panel is the statistic of 20,000 cases, and the cases of each run are drawn anew. Exit code 1 when a
number lies outside what we promise. (Not coverage.py: numba would import that as the package.)
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

from coverage_page import Took, failures, page  # noqa: E402
from coverage_runs import (  # noqa: E402
    ALIKE,
    PANELS,
    SIZES,
    SPREAD,
    Tally,
    cover,
    reject,
)

OUTPUT = Path(__file__).parents[1] / "docs" / "validation" / "coverage.md"


def main() -> int:
    """Run the study, write the document; 1 when a number is outside what we promise."""
    parser = argparse.ArgumentParser(description="Coverage of intervals, level of tests.")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, default=OUTPUT)
    chosen = parser.parse_args()
    started = time.perf_counter()
    tally = study(chosen.runs, chosen.seed, chosen.processes)
    took = Took(chosen.processes, time.perf_counter() - started, os.times().children_user)
    text = page(tally, chosen.runs, chosen.seed, took)
    chosen.output.write_text(text, encoding="utf-8")
    print(text)
    return 1 if failures(tally) else 0


def study(runs: int, seed: int, processes: int) -> Tally:
    """Run all parts in parallel, the long ones first."""
    each = -(-runs // PANELS)
    total = Tally()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        parts: list[Future[Tally]] = []
        for panel in range(PANELS):
            parts += [pool.submit(cover, cases, panel, each, seed) for cases in reversed(SIZES)]
            parts += [pool.submit(reject, world, each, panel, seed) for world in (ALIKE, SPREAD)]
        for done, part in enumerate(as_completed(parts), start=1):
            total.add(part.result())
            print(f"\r{done} of {len(parts)} parts", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return total


if __name__ == "__main__":
    sys.exit(main())
