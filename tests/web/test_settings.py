from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from rater_app.reading_room import ReadingRoom
from rater_app.web.settings import REQUIRED, SETTINGS, wrong_settings


def test_the_config_file_holds_exactly_the_table(repository: Path) -> None:
    sections = tomllib.loads((repository / ".streamlit/config.toml").read_text(encoding="utf-8"))
    held = {
        f"{section}.{name}": value
        for section, entries in sections.items()
        for name, value in entries.items()
    }
    assert held == SETTINGS


def test_every_required_setting_is_checked() -> None:
    assert wrong_settings(REQUIRED) == ()
    for name in REQUIRED:
        (sentence,) = wrong_settings({**REQUIRED, name: "something else"})
        assert f"The Streamlit setting {name} is 'something else' and must be" in sentence


@pytest.mark.parametrize(
    ("variable", "value", "setting"),
    [
        ("STREAMLIT_CLIENT_SHOW_ERROR_DETAILS", "full", "client.showErrorDetails"),
        ("STREAMLIT_BROWSER_GATHER_USAGE_STATS", "true", "browser.gatherUsageStats"),
        ("STREAMLIT_SERVER_TRUSTED_USER_HEADERS", "{}", "server.trustedUserHeaders"),
    ],
)
def test_the_app_refuses_to_start_with_a_weaker_setting(
    room: ReadingRoom, repository: Path, variable: str, value: str, setting: str
) -> None:
    ended = _run_streamlit(repository, room.folder, {variable: value})
    assert ended.returncode != 0
    assert f"The Streamlit setting {setting} is" in ended.stderr
    assert "rater-app does not start like this." in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_folder_that_is_no_room_is_refused_in_a_sentence(
    tmp_path: Path, repository: Path
) -> None:
    ended = _run_streamlit(repository, tmp_path, {})
    assert ended.returncode != 0
    assert "The room cannot be served:" in ended.stderr
    assert "is not a room: build one with" in ended.stderr
    assert "Traceback" not in ended.stderr


def _run_streamlit(
    repository: Path, room: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Start the app as a user does; these starts all fail, so that it ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", "0"],
        cwd=repository,
        env={**os.environ, "RATER_APP_ROOM": str(room), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
