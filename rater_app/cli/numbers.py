"""Commands that compute: measure, analyse."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from rater_app.cli.ending import fail, refuse, say_json
from rater_app.cli.progress import progress_bar
from rater_app.cli.study import AsJson, Scheme, load_scheme_option


def measure(
    reference: Annotated[Path, typer.Argument(metavar="REFERENCE", help="Reference mask.")],
    mask: Annotated[Path, typer.Argument(metavar="MASK", help="Mask to compare with it.")],
    scheme: Scheme = None,
    as_json: AsJson = False,
) -> None:
    """Measure a mask against a reference mask.

    Prints Dice, HD95 (pooled percentile; larger of the two directed percentiles), HD in mm and
    volumes in mL for each structure. Where a value is undefined, the note says why.
    """
    from analysis.metrics import measure_file_pair
    from analysis.volumes import VolumeError

    labels = load_scheme_option(scheme, as_json)
    try:
        rows = measure_file_pair(reference, mask, labels)
    except VolumeError as error:
        raise refuse(str(error).splitlines(), told="", as_json=as_json) from error
    if as_json:
        say_json({"structures": rows, "note": "" if rows else "both masks are empty"})
    elif rows:
        typer.echo(_table(rows))
    else:
        typer.echo("Both masks are empty.")


def analyse(
    handover: Annotated[Path, typer.Argument(metavar="HANDOVER", help="Folder of “export”.")],
    report: Annotated[Path, typer.Option("-o", "--output", help="Folder to write.")],
    as_json: AsJson = False,
) -> None:
    """Write the report of a hand-over.

    The folder gets report.html, results.json and CSV tables. A report that it held is replaced.
    """
    from analysis.study import ReportError
    from analysis.study import analyse as write_report
    from analysis.tables import HandoverError

    try:
        with progress_bar("Measuring masks") as show:
            written = write_report(handover, report, lambda done, total, _what: show(done, total))
    except HandoverError as error:
        raise refuse(error.problems, as_json=as_json) from error
    except ReportError as error:
        raise fail(str(error)) from error
    except OSError as error:
        raise fail(f"{error.filename or report} cannot be written ({error.strerror}).") from error
    page = str(report / "report.html")
    if as_json:
        say_json({"report": page, "results": len(written.results)})
    else:
        typer.echo(page)


def _table(rows: list[dict[str, Any]]) -> str:
    columns = list(rows[0])
    lines = [columns] + [[_cell(row[column]) for column in columns] for row in rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(columns))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at in (0, len(columns) - 1) else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
