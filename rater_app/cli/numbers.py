"""Commands that compute: measure, analyse."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rater_app.cli.ending import fail, say_json
from rater_app.cli.study import AsJson, Scheme


def measure(
    reference: Annotated[Path, typer.Argument(metavar="REFERENCE", help="Reference mask.")],
    mask: Annotated[Path, typer.Argument(metavar="MASK", help="Mask to compare with it.")],
    scheme: Scheme = None,
    as_json: AsJson = False,
) -> None:
    """Measure a mask against a reference mask, structure by structure."""
    raise NotImplementedError


def analyse(
    handover: Annotated[Path, typer.Argument(metavar="HANDOVER", help="Folder of “export”.")],
    report: Annotated[Path, typer.Option("-o", "--output", help="Folder to write.")],
) -> None:
    """Analyse a hand-over and write the report: report.html, results.json and CSV tables."""
    raise NotImplementedError
