"""The export command of a study in which masks are corrected."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from rater_app.core.correction import Effort
from rater_app.reading_room import ReadingRoom
from tests.command_line import run
from tests.coordinator.correcting import Corrector, switch_on
from tests.study_on_disk import write_study


@pytest.fixture
def room(tmp_path: Path) -> Path:
    study = write_study(tmp_path / "study").folder
    assert (
        run("prepare", study, "--room", tmp_path / "room", "--key", tmp_path / "key").exit_code == 0
    )
    return tmp_path / "room"


def test_corrected_masks_are_measured_and_counted(room: Path, tmp_path: Path) -> None:
    switch_on(room, rate_again=False)
    opened = ReadingRoom(room)
    rater = Corrector(opened, "R1")
    for _ in range(2):
        code = rater.rate()
        labels = rater.candidate(code).copy()
        labels[0, 0, 0] = 1
        rater.save(code, labels, Effort(2.0), finish=True)
    opened.close()
    told = run("export", room, "--key", tmp_path / "key", "-o", tmp_path / "handover")
    assert told.exit_code == 0
    assert told.stdout.endswith("4 ratings, 20 masks, 2 corrected masks\n")
    assert "Measuring corrections" in told.stderr
    assert len(list((tmp_path / "handover" / "corrections").iterdir())) == 2
    shutil.rmtree(tmp_path / "handover")
    as_json = run("export", room, "--key", tmp_path / "key", "-o", tmp_path / "handover", "--json")
    assert json.loads(as_json.stdout)["corrections"] == 2


def test_without_corrections_nothing_is_said_of_them(room: Path, tmp_path: Path) -> None:
    told = run("export", room, "--key", tmp_path / "key", "-o", tmp_path / "handover")
    assert told.stdout.endswith("0 ratings, 20 masks\n")
    assert told.stderr == ""
