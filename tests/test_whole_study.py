"""Two bot raters play a whole study in a real browser, from the folder to the report.

What they answer depends only on the mask that their browser shows, so a wrong join of code, case
and model anywhere on the way gives wrong tables.
"""

from __future__ import annotations

import csv
import itertools
import json
import re
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect, sync_playwright

from rater_app.core.reading import Answer
from rater_app.reading_room import ReadingRoom
from tests.blinding_search import files_of, find_secrets
from tests.bot_rater import BotRater, open_chromium
from tests.direct import Direct, measure
from tests.serving import Server, rater_app
from tests.study_on_disk import CASES, MODELS, SECRETS, SPACING_MM, WrittenStudy, write_study

pytestmark = pytest.mark.browser

COMMENT = "The rim is ragged; see slice 9."
KILLED_AFTER, RESTARTED_AFTER = 7, 11
REPLICATES = 3


def lenient(voxels: int) -> int:
    """Give the first rater's level: it hangs on the size of the shown mask, and on nothing else."""
    return 1 + voxels // 3 % 4


def strict(voxels: int) -> int:
    """Give the second rater's level: often a level below the first rater's."""
    return max(1, lenient(voxels) - voxels % 2)


@dataclass
class PlayedStudy:
    """What was written, played and received."""

    study: WrittenStudy
    room: Path
    key: Path
    handover: Path
    report: Path
    received: dict[str, bytes]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> PlayedStudy:
    folder = tmp_path_factory.mktemp("neutral")
    study = write_study(folder / "study", [*CASES, "Hallberg-006"])
    room, key = folder / "room", folder / "key.json"
    made = rater_app("prepare", study.folder, "--room", room, "--key", key)
    assert made.returncode == 0, made.stderr
    server = Server(room, folder / "server.log")
    server.start()
    try:
        received = play(server)
    finally:
        server.kill()
    handover, report = folder / "handover", folder / "report"
    exported = rater_app("export", room, "--key", key, "-o", handover)
    assert exported.returncode == 0, exported.stderr
    analysed = rater_app("analyse", handover, "-o", report)
    assert analysed.returncode == 0, analysed.stderr
    return PlayedStudy(study, room, key, handover, report, received)


def play(server: Server) -> dict[str, bytes]:
    """Let both raters read everything; one window is killed, the server is killed once."""
    received: dict[str, bytes] = {}
    with sync_playwright() as playwright:
        browser = open_chromium(playwright)
        first_link = server.invite("R1")
        first = BotRater(browser, first_link, lenient)
        for _ in range(KILLED_AFTER):
            first.read_by_mouse()
        leave_a_draft(first, server.room)
        received |= named("R1", first)
        first.close()

        second = BotRater(browser, server.invite("R2"), strict)
        for _ in range(RESTARTED_AFTER):
            second.read_by_keyboard()
        restart_under(second, server)
        while not second.is_done:
            second.read_by_keyboard()
        received |= named("R2", second)
        second.close()

        again = BotRater(browser, first_link, lenient)
        assert again.place == KILLED_AFTER + 1
        expect(again.page.get_by_role("textbox")).to_have_value(COMMENT)
        while not again.is_done:
            again.read_by_mouse()
        received |= named("R1 again", again)
        browser.close()
    return received


def named(name: str, rater: BotRater) -> dict[str, bytes]:
    """Give what a rater's browser received, under the rater's name."""
    rater.recorder.collect()
    return {f"{name}: {what}": data for what, data in rater.recorder.received.items()}


def leave_a_draft(rater: BotRater, room_folder: Path) -> None:
    """Write a comment without submitting, and return when the room keeps it."""
    rater.page.get_by_role("textbox").fill(COMMENT)
    rater.page.get_by_role("textbox").blur()
    room = ReadingRoom(room_folder)
    wanted = (Answer("comment", text=COMMENT),)
    code = rater.code
    deadline = time.monotonic() + 30
    while room.store.draft(code) != wanted:
        assert time.monotonic() < deadline, "the draft was not kept"
        rater.page.wait_for_timeout(50)
    room.close()


def restart_under(rater: BotRater, server: Server) -> None:
    """Kill the server under an answered form and start it again; the next click must be stored."""
    code, level = rater.code, rater.level()
    rater.option(code, level).click()
    expect(rater.page.locator(f"[class*='st-key-{code}-'] input:checked")).to_have_count(1)
    server.kill()
    server.start()
    rater.submit_by_mouse()
    room = ReadingRoom(server.room)
    (stored,) = room.store.readings(code)
    room.close()
    assert stored.answers == (Answer("quality", values=(level,)),)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_planned_reading_is_in_the_tables_once(played):
    key = json.loads(played.key.read_text())
    rows = [row for row in table(played.handover / "ratings.csv") if row["item"] == "quality"]
    assert {row["code"] for row in rows} == set(key["assignments"])
    assert len(rows) == len(key["assignments"])
    assert {(row["revision"], row["valid"]) for row in rows} == {("1", "1")}
    first_readings = [row for row in rows if row["replicate"] == "0"]
    assert len(first_readings) == 2 * len(played.study.candidates)
    assert len(rows) - len(first_readings) == 2 * REPLICATES
    plans = {row["code"]: row for row in table(played.handover / "assignments.csv")}
    assert {plan["status"] for plan in plans.values()} == {"submitted"}


def test_every_rating_belongs_to_the_mask_that_was_shown(played):
    decide = {"R1": lenient, "R2": strict}
    for row in table(played.handover / "ratings.csv"):
        if row["item"] != "quality":
            continue
        shown = played.study.candidates[row["case"], row["model"]]
        assert float(row["value"]) == decide[row["rater"]](int((shown > 0).sum())), row


def test_the_draft_was_submitted_with_its_reading(played):
    comments = [r for r in table(played.handover / "ratings.csv") if r["item"] == "comment"]
    assert [(r["rater"], r["position"], r["answer"]) for r in comments] == [
        ("R1", str(KILLED_AFTER + 1), COMMENT)
    ]


def test_models_keep_their_families(played):
    families = {r["model"]: r["family"] for r in table(played.handover / "models.csv")}
    assert families == {model: family for model, (family, _, _) in MODELS.items()}


def test_raters_order_differs_and_siblings_stay_apart(played):
    plans = table(played.handover / "assignments.csv")
    orders = {
        rater: [
            (p["case"], p["model"])
            for p in sorted(plans, key=lambda p: int(p["position"]))
            if p["rater"] == rater
        ]
        for rater in ("R1", "R2")
    }
    assert orders["R1"] != orders["R2"]
    for order in orders.values():
        neighbours = list(itertools.pairwise(order))
        assert all(one[0] != other[0] for one, other in neighbours)


STATISTICS = (Path(__file__).parents[1] / "docs" / "statistics.md").read_text(encoding="utf-8")
OF_THE_DOCUMENT = set(re.findall(r"`([a-z_0-9.:]+)`", STATISTICS))


@pytest.fixture(scope="module")
def direct(played: PlayedStudy) -> Direct:
    masks, metrics = [], []
    for (case, model), shown in played.study.candidates.items():
        voxels = int((shown > 0).sum())
        one, two = lenient(voxels), strict(voxels)
        row = {"case": case, "model": model, "family": MODELS[model][0]}
        masks.append({**row, "r1": one, "r2": two, "rating": (one + two) / 2})
        measured = measure(played.study.references[case], shown, SPACING_MM)
        metrics.append(measured.assign(case=case, model=model))
    times = pd.read_csv(played.handover / "ratings.csv").query("item == 'quality'")
    n_cases, n_masks = len(played.study.references), len(masks)
    readings = 2 * (n_masks + REPLICATES)
    counts = {
        "cases": n_cases,
        "cases_rated": n_cases,
        "cases_with_reference": n_cases,
        "models": 4,
        "models vision-language": 2,
        "models pure visual": 2,
        "models human": 0,
        "masks": n_masks,
        "references": n_cases,
        "raters": 2,
        **{f"readings_{state}": readings for state in ("planned", "submitted")},
        **{
            f"readings_{state} {rater}": readings // 2
            for state in ("planned", "submitted")
            for rater in ("R1", "R2")
        },
        **{f"replicates_{state}": 2 * REPLICATES for state in ("planned", "submitted")},
        "readings_revised": 0,
        "cannot_judge": 0,
        "pairs_not_measured": 0,
    }
    return Direct(pd.DataFrame(masks), pd.concat(metrics), times, counts)


def test_every_number_of_the_report_equals_a_direct_computation(played, direct):
    """Values, intervals and the reasons for none, of every result that has a long way here.

    The others are those of docs/statistics.md, which tests/analysis computes in other ways.
    """
    everything_said = json.loads((played.report / "results.json").read_text())["results"]
    results = [result for result in everything_said if direct.knows(result)]
    assert len(results) > 400
    others = {result["name"] for result in everything_said} - {r["name"] for r in results}
    assert {name for name in others if not name.startswith("variance_")} <= OF_THE_DOCUMENT
    everything = sorted(played.study.references)
    intervals = 0
    for result in results:
        value = direct.value(result, everything)
        if result["value"] is None:
            assert np.isnan(value), result
            assert result["reason"], result
            continue
        # Headers keep the spacing as float32: millimetres are right to seven digits.
        digits = 1e-7 if result["unit"] in ("mm", "mL") else 0
        # Ranks do not see that, sums of products do.
        noise = 1e-5 if result["name"] in ("pearson", "rm_corr") else 1e-9
        assert result["value"] == pytest.approx(value, abs=noise, rel=digits), result
        if result["level"] is None:
            continue
        interval = direct.interval(result)
        if result["interval"] is None:
            assert interval is None or result["name"] == "intra_rater_alpha", result
            assert result["reason"], result
            continue
        assert interval is not None, result
        assert result["interval"] == pytest.approx(interval[:2], abs=max(noise, 1e-7)), result
        if result["p_value"] is not None:
            assert result["p_value"] == pytest.approx(interval[2], abs=noise), result
        assert result["n"]["cases"] == len(everything), result
        intervals += 1
    assert intervals > 100
    contrasts = [r for r in results if r["name"] == "family_difference_z"]
    assert any(r["p_value"] is not None for r in contrasts)


def test_the_page_shows_the_numbers_of_the_results(played):
    """Every number of the page names its place in results.json and agrees with it."""
    results = json.loads((played.report / "results.json").read_text())["results"]
    page = (played.report / "report.html").read_text(encoding="utf-8")
    shown = re.findall(r'data-result="(\d+)">(.*?)</span>', page, re.DOTALL)
    with_interval = 0
    for place, html in shown:
        result, text = (
            results[int(place)],
            re.sub(r"<[^>]+>|\s+", " ", html).replace("\N{MINUS SIGN}", "-"),
        )
        if result["value"] is None:
            continue
        told = [result["value"], *(result["interval"] or [])]
        for number, exact in zip(re.findall(r"-?\d+(?:\.\d+)?", text), told, strict=False):
            half_a_digit = 0.5 * 10.0 ** -len(number.partition(".")[2])
            assert float(number) == pytest.approx(exact, abs=1.001 * half_a_digit), (text, result)
        with_interval += len(told) == 3
    assert with_interval > 50
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page


def test_nothing_that_a_browser_received_names_a_model(played):
    assert sum(what.endswith("frame") or " frame #" in what for what in played.received) > 100
    assert any("/mask body" in what for what in played.received)
    assert find_secrets(SECRETS, played.received) == []


def test_nothing_in_the_room_names_a_model(played):
    assert find_secrets(SECRETS, files_of(played.room)) == []


def test_the_key_names_them_all(played):
    """The search would find them: the same words are in the key and the hand-over."""
    key = {"key": played.key.read_bytes()}
    for model in MODELS:
        assert find_secrets([model], key)
    assert find_secrets([next(iter(MODELS))], files_of(played.handover))
