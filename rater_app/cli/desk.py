"""The coordinator's commands for raters without a link: package, merge."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rater_app.cli.ending import fail, refuse, say_json, told_plainly
from rater_app.cli.progress import progress_bar
from rater_app.cli.serving import RoomFolder
from rater_app.cli.study import AsJson

if TYPE_CHECKING:
    from rater_app.study_client.merging import Merged


def package(
    room: RoomFolder,
    rater: Annotated[str, typer.Option(help="Id of the rater.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write (.zip).")],
    as_json: AsJson = False,
) -> None:
    """Pack a rater's readings for a computer without a link.

    The rater opens the file with “rater-app review FILE”; what they end goes into a file beside it,
    which “rater-app merge” takes. A package is a key, as an invitation is: give it to one person.
    """
    from rater_app.coordinator.whole_folder import check_free, check_outside
    from rater_app.reading_room import ReadingRoom
    from rater_app.study_client.work_package import write_package

    with told_plainly(as_json=as_json):
        check_free(output, "a package")
        check_outside(output, room, "The package")
        opened = ReadingRoom(room)
        try:
            found = opened.study.rater(rater)
            if found is None:
                known = ", ".join(each.id for each in opened.study.raters)
                raise fail(f"The study has no rater “{rater}”. Its raters are: {known}.")
            with progress_bar("Packing readings") as show:
                manifest = write_package(opened, found, output, show)
        except OSError as error:
            raise fail(f"{output} cannot be written ({error.strerror or error}).") from error
        finally:
            opened.close()
    left = sum(bool(reading.mask_file) for reading in manifest.readings)
    if as_json:
        say_json({"package": str(output), "rater": rater, "readings": left})
    else:
        typer.echo(f"{output}: {left} readings of {rater}, to be given to nobody else")


def merge(
    room: RoomFolder,
    returns: Annotated[
        list[Path], typer.Argument(metavar="RETURN...", help="Files that came back.")
    ],
    as_json: AsJson = False,
) -> None:
    """Take what raters have done with work packages.

    The same file again does no harm. What a browser was faster with stays as it is; what came back
    of it is kept beside it, and handed over by “export”.
    """
    with told_plainly(as_json=as_json):
        merged, problems = _merge(room, returns)
    problems += [sentence for each in merged for sentence in each.refused]
    if as_json:
        told = [{**asdict(each), "path": str(each.path)} for each in merged]
        say_json({"merged": told, "problems": problems})
    else:
        for each in merged:
            typer.echo(
                f"{each.path}: {each.stored} submissions of {each.rater} stored, "
                f"{each.known} were there already, {len(each.set_aside)} set aside, "
                f"{len(each.refused)} refused"
            )
    for each in merged:
        for sentence in each.set_aside:
            typer.echo(f"Set aside: {sentence}", err=True)
    if problems:
        raise refuse(problems, told="Everything else was taken.")


def _merge(room: Path, returns: list[Path]) -> tuple[list[Merged], list[str]]:
    from rater_app.reading_room import ReadingRoom
    from rater_app.study_client.merging import checked_return, merge_return
    from rater_app.study_client.stored_zip import DamagedZip

    opened = ReadingRoom(room)
    merged: list[Merged] = []
    problems: list[str] = []
    try:
        for path in returns:
            try:
                merged.append(merge_return(opened, path, checked_return(opened, path)))
            except DamagedZip as error:
                problems.append(str(error))
    finally:
        opened.close()
    return merged, problems
