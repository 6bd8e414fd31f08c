"""The command line within this process, as `rater-app measure` needs it."""

from __future__ import annotations

from typer.testing import CliRunner

from rater_app.cli.app import app


def run(*arguments: object):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def refused(*arguments: object) -> list[str]:
    """Run what must be refused; return its problems."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    *problems, count = result.stderr.removeprefix("Measuring masks\n").splitlines()
    assert count.startswith(f"{len(problems)} problem")
    return problems


def metrics(*names: str) -> list[str]:
    return [part for name in names for part in ("--metric", name)]
