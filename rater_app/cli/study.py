"""The coordinator's commands: init, check, prepare, export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rater_app.cli.ending import refuse, say_json, told_plainly
from rater_app.cli.progress import late_progress_bar, progress_bar

if TYPE_CHECKING:
    from analysis.regions import LabelScheme
    from rater_app.coordinator.prepare import Prepared

Scheme = Annotated[
    str | None,
    typer.Option(
        help="Label scheme: acdc, amos, brats, brats24, btcv, flare, flare23, kits, lits, "
        "msd01 to msd10, totalsegmentator, or the path of a TOML file."
    ),
]
KeyFile = Annotated[Path, typer.Option("--key", help="Unblinding key: a file outside of the room.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New or empty folder.")],
) -> None:
    """Write a commented study folder to start from."""
    from rater_app.coordinator.init import init as write_study

    with told_plainly():
        for path in write_study(folder):
            typer.echo(str(path))
    typer.echo(f"Read {folder / 'README.txt'} next.", err=True)


def check(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="Image file or DICOM folder.")],
    mask: Annotated[Path, typer.Argument(metavar="MASK", help="Mask that lies on the image.")],
    scheme: Scheme = None,
    as_json: AsJson = False,
) -> None:
    """Tell whether an image and a mask are fit for a study.

    Every problem is told; exit 2 when there is one.
    """
    from analysis.checks import inspect_pair

    found = inspect_pair(image, mask, load_scheme_option(scheme, as_json))
    if as_json:
        say_json({"problems": list(found.problems), "warnings": list(found.warnings)})
    for warning in found.warnings:
        typer.echo(f"Warning: {warning}", err=True)
    if found.problems:
        raise refuse(found.problems, told="")
    if not as_json:
        typer.echo("The pair is fit for a study.")


def prepare(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="Folder with study.toml.")],
    room: Annotated[Path, typer.Option(help="Folder to build for the raters.")],
    key: KeyFile,
    as_json: AsJson = False,
) -> None:
    """Check a study, and build its room and its unblinding key.

    Every problem of the study is told at once; nothing is written as long as there is one.
    """
    with told_plainly(as_json=as_json):
        prepared = prepare_with_progress(study, room, key)
    if as_json:
        say_json({**vars(prepared), "room": str(prepared.room), "key": str(prepared.key)})
        return
    typer.echo(
        f"{prepared.room}: cases {prepared.cases}, masks {prepared.masks}, "
        f"raters {prepared.raters}, readings {prepared.readings}"
    )
    typer.echo(f"{prepared.key}: keep it where no rater can read it")


def export(
    room: Annotated[Path, typer.Argument(metavar="ROOM", help="Room that “prepare” built.")],
    key: KeyFile,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write.")],
    as_json: AsJson = False,
) -> None:
    """Join a room and its key into the hand-over tables.

    Works at any time, also in the middle of a study. Each opening of the key is logged beside it.
    """
    from rater_app.coordinator.export import export as write_handover

    command = f"export {room} -o {output}"
    with told_plainly(as_json=as_json), late_progress_bar("Measuring corrections") as show:
        exported = write_handover(room, key, output, command, show)
    if as_json:
        say_json({**vars(exported), "folder": str(exported.folder)})
        return
    typer.echo(
        f"{exported.folder}: {exported.submitted} of {exported.readings} readings submitted, "
        f"{exported.ratings} ratings, {exported.masks} masks"
        + (f", {exported.corrections} corrected masks" if exported.corrections else "")
    )


def load_scheme_option(name_or_path: str | None, as_json: bool = False) -> LabelScheme | None:
    """Load the label scheme that an option names."""
    from analysis.regions import SchemeError, load_scheme

    if name_or_path is None:
        return None
    try:
        return load_scheme(name_or_path)
    except SchemeError as error:
        raise refuse([str(error)], told="", as_json=as_json) from error


def prepare_with_progress(study: Path, room: Path, key: Path) -> Prepared:
    """Prepare a study with a progress bar and warnings on standard error."""
    from rater_app.coordinator.prepare import prepare as build

    with progress_bar("Reading images") as show:
        prepared = build(study, room, key, show)
    for warning in prepared.warnings:
        typer.echo(f"Warning: {warning}", err=True)
    return prepared
