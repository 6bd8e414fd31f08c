from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.coordinator.editing import EditedStudy
from tests.study_on_disk import write_study


@pytest.fixture(scope="session")
def _sound_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("sound") / "study").folder


@pytest.fixture
def study(_sound_study: Path, tmp_path: Path) -> EditedStudy:
    """Give a sound study of five cases, to be broken."""
    return EditedStudy(Path(shutil.copytree(_sound_study, tmp_path / "study")))
