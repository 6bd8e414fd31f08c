"""A bot rater plays a study with corrections in a real browser: rate, correct, rate again, report.

What the bot paints and how it rates hangs only on what its browser shows; the hand-over must hold
exactly that, under the right case and model, and nothing that reached the browser may name one.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.blinding_search import files_of, find_secrets
from tests.bot_rater import BotRater, open_chromium
from tests.serving import Server, rater_app
from tests.study_on_disk import CASES, SECRETS, SPACING_MM, WrittenStudy, write_study
from tests.web.correcting_page import (
    LONGEST_MS,
    SHA256,
    VIEWER,
    expect_kept,
    paint,
    press,
    state_of,
    wait_for_palette,
)

pytestmark = pytest.mark.browser

CODE = f"{VIEWER}.data.case"
LEVEL, LEVEL_AGAIN = 2, 4


@dataclass
class Played:
    """What was written, done in the browser and received."""

    study: WrittenStudy
    folder: Path
    shas: dict[str, str | None]
    received: dict[str, bytes]

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / "handover" / name, keep_default_na=False)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("neutral")
    study = write_study(folder / "study", CASES[1:4])
    settings = study.folder / "study.toml"
    asked = 'correction = "required"\nrate_again = true\n[[raters]]'
    text = settings.read_text().replace("replicate_share = 0.1", "replicate_share = 0.0")
    settings.write_text(text.replace("[[raters]]", asked, 1))
    made = rater_app("prepare", study.folder, "--room", folder / "room", "--key", folder / "key")
    assert made.returncode == 0, made.stderr
    server = Server(folder / "room", folder / "server.log")
    server.start()
    try:
        with sync_playwright() as playwright:
            browser = open_chromium(playwright)
            bot = BotRater(browser, server.invite("R1"), lambda voxels: LEVEL)
            shas = {}
            while not bot.is_done:
                code, sha = read(bot, corrects=len(shas) % 3 != 2)
                shas[code] = sha
            bot.recorder.collect()
            received = dict(bot.recorder.received)
            browser.close()
    finally:
        server.kill()
    handover, report = folder / "handover", folder / "report"
    exported = rater_app("export", folder / "room", "--key", folder / "key", "-o", handover)
    assert exported.returncode == 0, exported.stderr
    analysed = rater_app("analyse", handover, "-o", report)
    assert analysed.returncode == 0, analysed.stderr
    return Played(study, folder, shas, received)


def read(bot: BotRater, corrects: bool) -> tuple[str, str | None]:
    """Rate a mask, correct it or say that it needs none, and rate the correction."""
    page = bot.page
    page.locator("html[data-case=shown]").wait_for(state="attached", timeout=LONGEST_MS)
    code = str(page.evaluate(CODE))
    answer(page, code, LEVEL)
    wait_for_palette(page)
    bot.recorder.collect()
    if not corrects:
        page.get_by_label("This mask needs no correction").check()
        press(page, "Go on uncorrected")
        next_case(page, code)
        return code, None
    press(page, "Brush")
    x, y, z = state_of(page)["position"]
    paint(page, "axial", [x - 4, y, z], [x + 4, y, z])
    expect_kept(page, "unsaved")
    sha = str(page.evaluate(SHA256))
    page.keyboard.press("Control+Enter")
    expect(page.locator(".palette")).to_have_count(0, timeout=LONGEST_MS)
    page.locator("html[data-case=shown]").wait_for(state="attached", timeout=LONGEST_MS)
    answer(page, code, LEVEL_AGAIN)
    next_case(page, code)
    return code, sha


def answer(page: Page, code: str, level: int) -> None:
    page.keyboard.press(f"Alt+{level}")
    chosen = page.locator(f"[class*='st-key-{code}-'] [role=radiogroup] input:checked")
    expect(chosen).to_have_count(1)
    page.keyboard.press("Control+Enter")
    expect(chosen).to_have_count(0, timeout=LONGEST_MS)


def next_case(page: Page, code: str) -> None:
    """Wait until another mask, or the thanks, has taken the place of this one."""
    here = page.locator(f"[role=application][data-case='{code}']")
    expect(here).to_have_count(0, timeout=LONGEST_MS)
    another = page.locator("html[data-case=shown]")
    another.or_(page.get_by_text("Thank you")).first.wait_for(state="attached", timeout=LONGEST_MS)


def test_every_mask_was_rated_and_corrected_or_confirmed(played: Played) -> None:
    assert len(played.shas) == 12
    corrections = played.table("corrections.csv")
    assert set(corrections["code"]) == set(played.shas)
    assert (corrections["valid"] == 1).all()
    by_code = corrections.set_index("code")
    for code, sha in played.shas.items():
        assert by_code.loc[code, "version"] == (0 if sha is None else 1)


def test_the_hand_over_holds_what_the_browser_showed_under_the_right_names(played: Played) -> None:
    effort = played.table("correction_effort.csv")
    whole = effort[effort["structure"] == ""].set_index(["case", "model"])
    for row in played.table("corrections.csv").to_dict("records"):
        candidate = played.study.candidates[row["case"], row["model"]]
        path = played.folder / "handover" / row["mask"]
        image = nib.Nifti1Image.from_bytes(gzip.decompress(path.read_bytes()))
        corrected = np.asarray(image.dataobj)
        sha = played.shas[row["code"]]
        if sha is not None:
            assert hashlib.sha256(corrected.tobytes(order="F")).hexdigest() == sha
        changed = np.argwhere(corrected != candidate)
        measured = whole.loc[(row["case"], row["model"])]
        if sha is None:
            assert len(changed) == 0
            continue
        assert 5 < len(changed) < 200
        assert measured["changed_voxels"] == len(changed)
        added = int(((corrected > 0) & (candidate == 0)).sum())
        assert measured["added_ml"] == pytest.approx(added * np.prod(SPACING_MM) / 1000)
        both = 2 * ((corrected > 0) & (candidate > 0)).sum()
        dsc = both / ((corrected > 0).sum() + (candidate > 0).sum())
        assert measured["dsc"] == pytest.approx(dsc)
        assert int(row["strokes"]) == 1
        assert float(row["active_s"]) > 0


def test_ratings_of_the_corrected_mask_stand_apart(played: Played) -> None:
    quality = played.table("ratings.csv").query("item == 'quality'")
    assert set(quality["value"].astype(int)) == {LEVEL}
    again = played.table("corrected_ratings.csv").query("item == 'quality'")
    assert set(again["value"].astype(int)) == {LEVEL_AGAIN}
    assert set(again["code"]) == {code for code, sha in played.shas.items() if sha is not None}
    assert set(again["version"]) == {1}


def test_the_viewing_log_comes_along(played: Played) -> None:
    viewing = played.table("viewing.csv")
    assert {"rate", "correct", "rate_again"} == set(viewing["stage"])
    assert (viewing["active_s"] > 0).all()


def test_the_report_says_what_correcting_took(played: Played) -> None:
    report = (played.folder / "report" / "report.html").read_text()
    assert "Correction effort" in report
    results: list[dict[str, Any]] = json.loads(
        (played.folder / "report" / "results.json").read_text()
    )["results"]
    counts = [r["value"] for r in results if r["name"] == "corrections_finished" and r["model"]]
    assert sum(counts) == 12


def test_nothing_that_reached_the_browser_names_a_model(played: Played) -> None:
    assert find_secrets(SECRETS, played.received) == []
    assert find_secrets(SECRETS, files_of(played.folder / "room")) == []
