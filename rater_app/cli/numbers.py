"""Commands that compute: measure, analyse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rater_app.cli.ending import fail, refuse, say_json
from rater_app.cli.progress import progress_bar
from rater_app.cli.study import AsJson, Scheme, load_scheme_option

if TYPE_CHECKING:
    from analysis.metrics import MetricSettings

MetricNames = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        help="Only this metric, several times for several; hd95_mm, nsd_1mm and their like take "
        "other numbers too.",
    ),
]
Tolerances = Annotated[
    list[str] | None,
    typer.Option("--tolerance", help="Also NSD at this tolerance in mm, in both conventions."),
]
Empty = Annotated[
    str,
    typer.Option(
        help="What absent structures are worth: “plain”, “metrics-reloaded”, “brats”, “monai”."
    ),
]
Lesions = Annotated[
    str,
    typer.Option(help="How lesions are told apart: “brats2023”, “brats2023-men”, “brats2023-met”."),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Tolerances without the slack for header spacings.")
]
Jobs = Annotated[int, typer.Option(help="Processes that measure; 0 for one a core.", min=0)]


def measure(
    reference: Annotated[
        Path,
        typer.Argument(
            metavar="REFERENCE", help="Reference mask; or a study: a hand-over, a table of pairs."
        ),
    ],
    mask: Annotated[
        Path | None, typer.Argument(metavar="MASK", help="Mask to compare with it.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Table to write, for a study.")
    ] = None,
    scheme: Scheme = None,
    metrics: MetricNames = None,
    tolerances: Tolerances = None,
    empty: Empty = "plain",
    lesions: Lesions = "brats2023",
    strict: Strict = False,
    jobs: Jobs = 0,
    as_json: AsJson = False,
) -> None:
    """Measure a mask against a reference mask, or all masks of a study.

    Two masks: prints every metric of each structure; where a value is undefined, the note says
    why. A study (a hand-over, or a CSV with the columns case, model, reference_mask, mask and, if
    wanted, prompt and reference): writes one long table, and goes on where it was stopped. The
    names and definitions are in docs/metrics.md.
    """
    settings = _settings(metrics, tolerances, empty, lesions, strict, as_json)
    if mask is None:
        _measure_study(reference, output, scheme, settings, jobs, as_json)
        return
    if output is not None:
        raise refuse(["-o is for a study; two masks are printed."], told="", as_json=as_json)
    _measure_pair(reference, mask, scheme, settings, as_json)


def analyse(
    handover: Annotated[Path, typer.Argument(metavar="HANDOVER", help="Folder of “export”.")],
    report: Annotated[Path, typer.Option("-o", "--output", help="Folder to write.")],
    columns: Annotated[
        Path | None,
        typer.Option(
            "--with",
            metavar="COLUMNS.csv",
            help="Further numbers of the masks, related to the ratings like metrics.",
        ),
    ] = None,
    lower: Annotated[
        list[str] | None,
        typer.Option("--lower-is-better", help="Column of --with that is worse when higher."),
    ] = None,
    empty: Empty = "plain",
    lesions: Lesions = "brats2023",
    jobs: Jobs = 0,
    as_json: AsJson = False,
) -> None:
    """Write the report of a hand-over.

    The folder gets report.html, results.json and CSV tables. A report that it held is replaced.

    Whatever else is known of the masks, such as a similarity of text and image or a model's own
    confidence, can be brought along with --with: a CSV with the columns case and model, prompt and
    structure if wanted, and any columns of numbers.
    """
    from analysis.any_table import TableError
    from analysis.brought import ColumnsFile
    from analysis.measuring import Interrupted
    from analysis.study import ReportError
    from analysis.study import analyse as write_report
    from analysis.tables import HandoverError

    settings = _settings(None, None, empty, lesions, False, as_json)
    if lower and columns is None:
        raise refuse(["--lower-is-better names columns of --with."], as_json=as_json)
    brought = None if columns is None else ColumnsFile(columns, tuple(lower or ()))
    try:
        with progress_bar("Measuring masks") as show:
            written = write_report(
                handover,
                report,
                lambda done, total, _what: show(done, total),
                settings,
                jobs,
                brought,
            )
    except (HandoverError, TableError) as error:
        raise refuse(error.problems, as_json=as_json) from error
    except (ReportError, Interrupted) as error:
        raise fail(str(error)) from error
    except OSError as error:
        raise fail(f"{error.filename or report} cannot be written ({error.strerror}).") from error
    page = str(report / "report.html")
    if as_json:
        say_json({"report": page, "results": len(written.results)})
    else:
        typer.echo(page)


def _settings(
    metrics: list[str] | None,
    tolerances: list[str] | None,
    empty: str,
    lesions: str,
    strict: bool,
    as_json: bool,
) -> MetricSettings:
    from analysis.metrics import MetricError, settings_of

    try:
        return settings_of(metrics, tolerances, empty, lesions, strict)
    except MetricError as error:
        raise refuse(str(error).splitlines(), told="", as_json=as_json) from error


def _measure_pair(
    reference: Path, mask: Path, scheme: str | None, settings: MetricSettings, as_json: bool
) -> None:
    from analysis.aggregation import structures_together
    from analysis.metrics import measure_file_pair
    from analysis.volumes import VolumeError

    labels = load_scheme_option(scheme, as_json)
    try:
        rows = measure_file_pair(reference, mask, labels, settings)
    except VolumeError as error:
        raise refuse(str(error).splitlines(), told="", as_json=as_json) from error
    if not rows:
        if as_json:
            say_json({"structures": [], "note": "both masks are empty"})
        else:
            typer.echo("Both masks are empty.")
    elif as_json:
        together = structures_together(rows)
        about = {"over_structures": together, "settings": settings.to_dict(), "note": ""}
        say_json({"structures": rows} | about)
    else:
        typer.echo(_table(rows))


def _measure_study(
    study: Path,
    output: Path | None,
    scheme: str | None,
    settings: MetricSettings,
    jobs: int,
    as_json: bool,
) -> None:
    from analysis.measuring import Interrupted, measure_study
    from analysis.regions import SchemeError
    from analysis.tables import HandoverError

    if output is None:
        raise refuse(
            ["Name two masks, or a study and the table to write: -o TABLE.csv."],
            told="",
            as_json=as_json,
        )
    try:
        with progress_bar("Measuring masks") as show:
            failed, total = measure_study(
                study, output, scheme, settings, jobs, lambda done, all_, _what: show(done, all_)
            )
    except HandoverError as error:
        raise refuse(error.problems, as_json=as_json) from error
    except SchemeError as error:
        raise refuse([str(error)], as_json=as_json) from error
    except Interrupted as error:
        raise fail(str(error)) from error
    except OSError as error:
        raise fail(f"{error.filename or output} cannot be written ({error.strerror}).") from error
    if as_json:
        say_json({"table": str(output), "pairs": total, "not_measured": failed})
        return
    typer.echo(str(output))
    if failed:
        typer.echo(f"{failed} of {total} pairs were not measured; their notes say why.", err=True)


def _table(rows: list[dict[str, Any]]) -> str:
    """Lay metrics out as lines and structures as columns: there are many metrics."""
    names = [name for name in rows[0] if name not in ("structure", "note")]
    lines = [["", *(row["structure"] for row in rows)]]
    lines += [[name, *(_cell(row[name]) for row in rows)] for name in names]
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    told = [
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    notes = [f"{row['structure']}: {row['note']}" for row in rows if row["note"]]
    return "\n".join([*told, *notes])


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
