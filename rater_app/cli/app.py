"""The typer app: its commands, and one way for all of them to end."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from rater_app import __version__
from rater_app.cli import desk, numbers, planning, review, serving, study, tables

app = typer.Typer(
    name="rater-app",
    help="Blinded reader studies of segmentation models, from a study folder to a report.",
    epilog="Exit codes: 0 done, 1 something is in the way, 2 the input has problems.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rater-app {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Blinded reader studies of segmentation models, from a study folder to a report."""


for _command in (
    study.init,
    study.check,
    study.prepare,
    serving.invite,
    serving.serve,
    serving.status,
    review.review,
    desk.package,
    desk.merge,
    study.export,
    numbers.measure,
    numbers.analyse,
    tables.agree,
    tables.associate,
    planning.plan,
    serving.demo,
):
    app.command()(_command)


def main() -> NoReturn:
    """Run the command line; whatever happens, people see a sentence and no traceback."""
    _clear_up_when_ended()
    try:
        app()
    except Exception as error:
        if os.environ.get("RATER_APP_DEBUG"):
            raise
        log = _log(error)
        told = f"{type(error).__name__}: {error}".splitlines()[0]
        typer.echo(f"rater-app failed unexpectedly: {told}. {log}", err=True)
        sys.exit(1)
    sys.exit(0)


def _clear_up_when_ended() -> None:
    """Let a closed terminal and `kill` end a command as Ctrl-C does: half-built folders go."""

    def end(number: int, _frame: object) -> NoReturn:
        sys.exit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores it
            signal.signal(number, end)


def _log(error: Exception) -> str:
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="rater-app-", suffix=".log", delete=False, encoding="utf-8"
        ) as stream:
            traceback.print_exception(error, file=stream)
        return f"The details are in {Path(stream.name)}; RATER_APP_DEBUG=1 shows them here."
    except OSError:
        return "RATER_APP_DEBUG=1 shows the details."
