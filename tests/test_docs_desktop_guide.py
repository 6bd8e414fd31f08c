"""docs/desktop-guide.md: every key of the dock, every picture, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "desktop-guide.md").read_text(encoding="utf-8")
IMAGES = ROOT / "docs" / "images-desktop"
SCREENSHOTS = (ROOT / "docs" / "take_desktop_screenshots.py").read_text(encoding="utf-8")
LARGEST_BYTES = 250 << 10


def test_the_guide_lists_every_key_of_the_dock_and_no_other() -> None:
    pytest.importorskip("qtpy")
    from rater_app.napari_review.shortcuts import CORRECTING_KEYS

    table = TEXT.split("## Keys")[1].split("\n## ")[0]
    told = re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)
    assert told == ["Alt+1", "Ctrl+Return", *CORRECTING_KEYS, "Alt+M"]


def test_every_picture_is_taken_by_the_command_and_shown_once() -> None:
    named = re.findall(r"!\[[^\]]+\]\(images-desktop/([\w-]+)\.png\)", TEXT)
    taken = re.findall(r'take\(kiosk, application, "([\w-]+)"\)', SCREENSHOTS)
    there = sorted(path.stem for path in IMAGES.iterdir())
    assert sorted(named) == sorted(taken) == there
    assert [path.name for path in IMAGES.iterdir() if path.stat().st_size > LARGEST_BYTES] == []


def test_every_caption_of_a_study_says_that_it_is_simulated() -> None:
    captions = re.findall(r"\(images-desktop/([\w-]+)\.png\)\n\*(.*?)\*$", TEXT, re.MULTILINE)
    assert [name for name, caption in captions if "Simulated" not in caption] == ["sign-in"]


def test_the_times_of_drafts_are_those_of_the_program() -> None:
    pytest.importorskip("qtpy")
    from rater_app.napari_review.activity_clock import IDLE_AFTER_S
    from rater_app.napari_review.drafting import MASK_AFTER_MS, MASK_AFTER_STROKES

    assert f"after {MASK_AFTER_STROKES} strokes, and {MASK_AFTER_MS // 1000} seconds" in TEXT
    assert f"idle begins {IDLE_AFTER_S:.0f} seconds" in TEXT
