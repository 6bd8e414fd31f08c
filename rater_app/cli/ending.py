"""How a command ends: sentences on standard error, an exit code, results on standard output."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer

FAILED = 1
PROBLEMS = 2


def fail(sentence: str) -> typer.Exit:
    """Say what is in the way; raise what this returns."""
    typer.echo(sentence, err=True)
    return typer.Exit(FAILED)


def refuse(
    problems: Sequence[str], told: str = "Nothing was written.", *, as_json: bool = False
) -> typer.Exit:
    """Say every problem of the input, on standard output as JSON too; raise what this returns."""
    if as_json:
        say_json({"problems": list(problems)})
    for problem in problems:
        typer.echo(problem, err=True)
    count = len(problems)
    typer.echo(f"{count} problem{'s' * (count != 1)}. {told}".rstrip(), err=True)
    return typer.Exit(PROBLEMS)


def say_json(value: Any) -> None:
    """Print a result as JSON; numbers that are not finite are null."""
    typer.echo(json.dumps(_finite(value), ensure_ascii=False, indent=2, allow_nan=False))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


@contextmanager
def told_plainly(*, as_json: bool = False) -> Iterator[None]:
    """Turn the errors that a study or a room can have into sentences and exit codes."""
    from rater_app.coordinator.study_problems import InTheWay, StudyError
    from rater_app.reading_room import RoomError

    try:
        yield
    except StudyError as error:
        raise refuse(error.problems, as_json=as_json) from error
    except (InTheWay, RoomError) as error:
        raise fail(str(error)) from error
