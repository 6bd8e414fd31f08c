"""`python -m analysis HANDOVER -o REPORT`: the analysis without the rest of the product."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from analysis.study import ReportError, analyse
from analysis.tables import HandoverError


def main(arguments: list[str] | None = None) -> int:
    """Analyse a hand-over; return 0, or 2 when something must be put right first."""
    parser = argparse.ArgumentParser(prog="python -m analysis", description=__doc__)
    parser.add_argument("handover", type=Path, help="folder written by `rater-app export`")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for the report")
    chosen = parser.parse_args(arguments)
    try:
        analyse(chosen.handover, chosen.output, _progress)
    except HandoverError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return 2
    except ReportError as error:
        print(error, file=sys.stderr)
        return 2
    print(chosen.output / "report.html")
    return 0


def _progress(done: int, total: int, what: str) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r\x1b[Kmeasuring {done} of {total}: {what}", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
