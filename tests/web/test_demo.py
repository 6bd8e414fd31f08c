from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from rater_app.web import demo


def _child(returncode: int, stdout: str) -> subprocess.CompletedProcess[str]:
    return subprocess.CompletedProcess([], returncode, stdout)


def test_a_child_process_prepares_the_demo_and_its_links_follow_the_server(
    tmp_path: Path,
) -> None:
    entry = {"rater": "R1", "name": "Dr One", "link": "http://x:1/invite/abc"}
    told = json.dumps({"invitations": [entry]})
    with (
        mock.patch.dict(os.environ, {demo.FOLDER_VARIABLE: str(tmp_path)}),
        mock.patch.object(subprocess, "run", return_value=_child(0, told)) as run,
    ):
        prepared = demo.prepare_demo()
    assert run.call_args.args[0] == [
        *(sys.executable, "-m", "rater_app", "demo"),
        *("--folder", str(tmp_path), "--json"),
    ]
    assert prepared.room == tmp_path / "room"
    assert "Dr One  http://127.0.0.1:8502/invite/abc" in prepared.links("http://127.0.0.1:8502")


def test_a_child_that_fails_ends_the_start_with_one_line() -> None:
    with (
        mock.patch.object(subprocess, "run", return_value=_child(1, "")),
        pytest.raises(SystemExit, match=r"^The demo study could not be prepared; the lines"),
    ):
        demo.prepare_demo()


def test_a_child_that_says_nonsense_ends_the_start_with_one_line() -> None:
    with (
        mock.patch.object(subprocess, "run", return_value=_child(0, "Hello\n")),
        pytest.raises(SystemExit, match=r"^The demo study could not be prepared: "),
    ):
        demo.prepare_demo()
