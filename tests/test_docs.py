"""The documents say what is so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def help_of(*command: str) -> str:
    shown = subprocess.run(
        [sys.executable, "-m", "rater_app", *command, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={"COLUMNS": "200", "PATH": ""},
    )
    return shown.stdout


@pytest.fixture(scope="module")
def commands() -> set[str]:
    listed = help_of().split("Commands:")[1]
    return set(re.findall(r"^  (\w+)  ", listed, re.MULTILINE))


def test_the_readme_lists_every_command(commands):
    assert set(re.findall(r"^\| `rater-app (\w+)", README, re.MULTILINE)) == commands


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_document_says_something(document):
    assert len(document.read_text(encoding="utf-8").splitlines()) > 5


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_named_exists(document, commands):
    text = document.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`|bin/)rater-app ([a-z]+)\b", text, re.MULTILINE))
    assert named <= commands


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_named_exists(document):
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", document.read_text(), re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_and_script_leads_somewhere(document):
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert [link for link in links if not (document.parent / link).exists()] == []
    scripts = re.findall(r"python ([\w/]+\.py)", text)
    assert [script for script in scripts if not (ROOT / script).exists()] == []


@pytest.mark.parametrize(
    "option",
    re.findall(r"^rater-app (\w+)[^\n]*?(--[a-z]+)", README, re.MULTILINE),
    ids=" ".join,
)
def test_the_options_of_the_readme_exist(option):
    command, flag = option
    assert flag in help_of(command)


def test_the_readme_names_every_instrument():
    presets = ROOT / "rater_app" / "coordinator" / "instrument_presets"
    named = set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE))
    assert named == {path.stem for path in presets.glob("*.toml")} - {"further_items"}
