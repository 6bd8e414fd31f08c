"""A folder that appears whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rater_app.coordinator.study_problems import InTheWay


def check_free(target: Path, what: str) -> None:
    """Refuse a target that exists, or whose parent folder does not.

    Raises
    ------
    InTheWay
        With what to do.
    """
    if os.path.lexists(target):
        raise InTheWay(f"{target} exists already: give a new name, {what} is never overwritten.")
    if not target.parent.is_dir():
        raise InTheWay(f"{target.parent}: there is no such folder; make it first.")


def check_outside(target: Path, room: Path, what: str) -> None:
    """Refuse a target inside of the room, which is all that raters' browsers can reach.

    Raises
    ------
    InTheWay
        With what to do.
    """
    if target.resolve().is_relative_to(room.resolve()):
        raise InTheWay(
            f"{what} {target} would lie inside the room, where raters are served from: give "
            "another place."
        )


def cannot_write(target: Path, aside: Path, error: OSError) -> InTheWay:
    """Name what could not be written as the coordinator knows it, not its place aside."""
    place = Path(error.filename) if isinstance(error.filename, str) else target
    if place.is_relative_to(aside):
        place = target
    return InTheWay(f"{place} cannot be written ({error.strerror}).")


@contextmanager
def built_aside(target: Path) -> Iterator[Path]:
    """Give a private folder beside the target; it is gone afterwards unless it was moved.

    Raises
    ------
    InTheWay
        When it cannot be written.
    """
    aside = target.parent / f".{target.name}-{secrets.token_hex(4)}"
    try:
        aside.mkdir(mode=0o700)
        yield aside
    except OSError as error:
        raise cannot_write(target, aside, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
