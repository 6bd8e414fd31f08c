"""The small study, analysed once for all tests of its report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.study import analyse
from tests.analysis.small_study import write_small_study


@pytest.fixture(scope="session")
def handover(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "handover"
    write_small_study(folder)
    return folder


@pytest.fixture(scope="session")
def report(handover: Path) -> Path:
    folder = handover.parent / "report"
    analyse(handover, folder)
    return folder


@pytest.fixture(scope="session")
def document(report: Path) -> dict[str, Any]:
    return dict(json.loads((report / "results.json").read_text(encoding="utf-8")))
