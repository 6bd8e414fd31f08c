"""`python -m analysis`: the analysis without the rest of the product.

`python -m analysis HANDOVER -o REPORT` writes the report of a hand-over;
`python -m analysis measure STUDY -o TABLE.csv` measures the masks of a study.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from analysis.any_table import TableError
from analysis.brought import ColumnsFile
from analysis.measuring import Interrupted, measure_study
from analysis.metrics import CONVENTIONS, LESION_RULES, MetricError, MetricSettings, settings_of
from analysis.regions import SchemeError
from analysis.study import ReportError, analyse
from analysis.tables import HandoverError


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked; return 0, 1 when it was stopped, or 2 when the input has problems."""
    given = sys.argv[1:] if arguments is None else arguments
    run = _measure if given[:1] == ["measure"] else _analyse
    try:
        print(run(given[1:] if run is _measure else given))
    except (HandoverError, TableError) as error:
        return _refuse(error.problems)
    except (ReportError, SchemeError, MetricError) as error:
        return _refuse(str(error).splitlines())
    except Interrupted as stop:
        print(stop, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename} cannot be written ({error.strerror}).", file=sys.stderr)
        return 1
    return 0


def _analyse(arguments: list[str]) -> Path:
    parser = argparse.ArgumentParser(
        prog="python -m analysis",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("handover", type=Path, help="folder written by `rater-app export`")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for the report")
    parser.add_argument(
        "--with",
        dest="columns",
        type=Path,
        metavar="COLUMNS.csv",
        help="further numbers of the masks, by case and model",
    )
    parser.add_argument(
        "--lower-is-better",
        action="append",
        default=[],
        metavar="NAME",
        help="column of --with that is worse when higher; may be repeated",
    )
    _add_conventions(parser)
    chosen = parser.parse_args(arguments)
    if chosen.lower_is_better and chosen.columns is None:
        parser.error("--lower-is-better names columns of --with")
    settings = settings_of(None, None, chosen.empty, chosen.lesions, False)
    lower = tuple(chosen.lower_is_better)
    brought = None if chosen.columns is None else ColumnsFile(chosen.columns, lower)
    analyse(chosen.handover, chosen.output, _progress, settings, chosen.jobs, brought)
    page: Path = chosen.output / "report.html"
    return page


def _measure(arguments: list[str]) -> Path:
    parser = argparse.ArgumentParser(
        prog="python -m analysis measure", description="Measure all masks of a study."
    )
    parser.add_argument("study", type=Path, help="hand-over, or CSV table of pairs")
    parser.add_argument("-o", "--output", type=Path, required=True, help="CSV table to write")
    parser.add_argument("--scheme", help="label scheme: a preset or a TOML file")
    parser.add_argument("--metric", action="append", help="only this metric; may be repeated")
    parser.add_argument("--tolerance", action="append", help="also NSD at this tolerance in mm")
    parser.add_argument("--strict", action="store_true", help="no slack for header spacings")
    _add_conventions(parser)
    chosen = parser.parse_args(arguments)
    settings: MetricSettings = settings_of(
        chosen.metric, chosen.tolerance, chosen.empty, chosen.lesions, chosen.strict
    )
    failed, total = measure_study(
        chosen.study, chosen.output, chosen.scheme, settings, chosen.jobs, _progress
    )
    if failed:
        print(f"{failed} of {total} pairs were not measured; see their notes.", file=sys.stderr)
    table: Path = chosen.output
    return table


def _add_conventions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--empty", choices=CONVENTIONS, default="plain", help="absent structures")
    parser.add_argument(
        "--lesions", choices=LESION_RULES, default="brats2023", help="how lesions are told apart"
    )
    parser.add_argument("--jobs", type=int, default=0, help="processes; 0 for one a core")


def _refuse(problems: tuple[str, ...] | list[str]) -> int:
    for problem in problems:
        print(problem, file=sys.stderr)
    return 2


def _progress(done: int, total: int, what: str) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r\x1b[Kmeasured {done} of {total}: {what}", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
