"""Two bot raters play a whole study in a real browser, from the folder to the report.

What they answer depends only on the mask that their browser shows, so a wrong join of code, case
and model anywhere on the way gives wrong tables.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from rater_app.core.reading import Answer
from rater_app.reading_room import ReadingRoom
from tests.blinding_search import files_of, find_secrets
from tests.bot_rater import BotRater, open_chromium
from tests.serving import Server, rater_app
from tests.study_on_disk import MODELS, SECRETS, WrittenStudy, write_study

pytestmark = pytest.mark.browser

COMMENT = "The rim is ragged; see slice 9."
KILLED_AFTER, RESTARTED_AFTER = 7, 11


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
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlayedStudy]:
    folder = tmp_path_factory.mktemp("neutral")
    study = write_study(folder / "study")
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
    yield PlayedStudy(study, room, key, handover, report, received)


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
    while room.store.draft(code) != wanted:
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
    assert len(rows) - len(first_readings) == 2 * 2
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
        neighbours = list(zip(order, order[1:], strict=False))
        assert all(one[0] != other[0] for one, other in neighbours)


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
    assert find_secrets([list(MODELS)[0]], files_of(played.handover))
