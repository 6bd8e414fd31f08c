from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from rater_app.reading_room import ReadingRoom


def test_streamlit_run_finds_the_app_and_serves_the_named_room(
    room: ReadingRoom, repository: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", "0"],
        cwd=repository,
        env={**os.environ, "RATER_APP_ROOM": str(room.folder)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        # Nothing else is printed: no welcome, no address that was asked for outside.
        said = process.stdout.readline()
        assert said.startswith("Serving Glioma reader study at http://127.0.0.1:")
        assert int(said.rpartition(":")[2]) > 0
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()
