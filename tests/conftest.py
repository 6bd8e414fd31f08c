from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real images and reference values that lies beside the repository."""
    folder = Path(os.environ.get("RATER_APP_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"no test data at {folder}: set RATER_APP_SHARED to the folder that holds data/")
    return folder
