"""A served room whose server can be killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import build_room
from tests.web.conftest import ServedRoom, served


@pytest.fixture
def served_room(tmp_path: Path) -> Iterator[ServedRoom]:
    built = build_room(tmp_path / "room", correction="optional", rate_again=True)
    with served(built) as started:
        yield started
