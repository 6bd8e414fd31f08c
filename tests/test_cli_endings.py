"""How the command line ends: by a fault of ours, as a process, when it is told to stop."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rater_app.cli import app as command_line
from rater_app.cli.app import main


def test_an_unexpected_error_is_one_line_with_its_log(monkeypatch, capsys):
    def fail() -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(command_line, "app", fail)
    monkeypatch.delenv("RATER_APP_DEBUG", raising=False)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert told.startswith("rater-app failed unexpectedly: ZeroDivisionError: by nothing. ")
    assert told.count("\n") == 1
    log = Path(told.partition("The details are in ")[2].partition(";")[0])
    assert "Traceback" in log.read_text("utf-8")
    log.unlink()
    monkeypatch.setenv("RATER_APP_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main()


def test_as_a_process(tmp_path: Path):
    def process(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "rater_app", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert process("--version").stdout.startswith("rater-app ")
    assert process("init", tmp_path / "new").returncode == 0
    refused = process(
        "prepare", tmp_path / "new", "--room", tmp_path / "room", "--key", tmp_path / "key.json"
    )
    assert refused.returncode == 2
    assert "there are no rows" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new"]


HALF_BUILT = """
import os, signal, sys
from pathlib import Path
from rater_app.cli import app as command_line
from rater_app.coordinator.whole_folder import built_aside

def half():
    with built_aside(Path(sys.argv[2])) as aside:
        (aside / "volume").touch()
        os.kill(os.getpid(), getattr(signal, sys.argv[1]))

command_line.app = half
command_line.main()
"""


@pytest.mark.parametrize(("signal", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_command_that_is_ended_leaves_nothing_half(tmp_path: Path, signal, code):
    arguments = [sys.executable, "-c", HALF_BUILT, signal, tmp_path / "room"]
    ended = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (code, "")
    assert list(tmp_path.iterdir()) == []
