"""The rater's command: review."""

from __future__ import annotations

from typing import Annotated

import typer

from rater_app.cli.ending import fail, told_plainly


def review(
    study: Annotated[
        str,
        typer.Argument(
            metavar="[STUDY]",
            help="Invitation link, work package, or folder of a room; without it the window asks.",
            show_default=False,
        ),
    ] = "",
    invitation: Annotated[
        str,
        typer.Option(
            help="For the folder of a room: the invitation.", envvar="RATER_APP_INVITATION"
        ),
    ] = "",
) -> None:
    """Review and correct masks in a desktop window."""
    with told_plainly():
        try:
            from rater_app.napari_review.kiosk import run_review
        except ModuleNotFoundError as error:
            raise fail(
                f"The desktop part is not installed ({error.name}): "
                "in the checkout, pip install '.[desktop]'"
            ) from error
        raise typer.Exit(run_review(study, invitation))
