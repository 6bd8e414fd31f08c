"""Run both real studies through the product: prepare, read in a browser, export, analyse.

    python docs/validation/real_studies.py SHARED_DATA OUT
    python docs/validation/read_real_studies.py OUT

OUT then holds a room, a key, a hand-over, a report and screenshots for each study. The readings are
made by a bot with the levels of LEVELS, which we chose by looking at the masks. No radiologist was
asked: the readings show that the path works, and nothing else.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import nibabel as nib
import numpy as np
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from analysis.volumes import read_labels  # noqa: E402
from tests.bot_rater import COUNT_VOXELS, BotRater, open_chromium  # noqa: E402
from tests.serving import Server, rater_app  # noqa: E402

LEVELS = {
    "expert-outline": {"R1": 4, "R2": 4},
    "otsu-classes": {"R1": 2, "R2": 3},
    "plain-threshold": {"R1": 2, "R2": 2},
    "fast-marching": {"R1": 2, "R2": 1},
    "watershed-basins": {"R1": 1, "R2": 1},
    "region-growing": {"R1": 1, "R2": 1},
    "full-net": {"R1": 4, "R2": 4},
    "fast-net": {"R1": 4, "R2": 3},
}
VIEWS = {"planes": "", "channels": "0", "outline": "o", "without-mask": "m", "help": "?"}
"""Screenshots of the first reading, and the key that leads to each from the one before."""


def main(out: Path) -> None:
    """Read both studies."""
    for name in ("glioma", "organs"):
        folder = out / name
        room, key = folder / "room", folder / "key.json"
        run("prepare", folder, "--room", room, "--key", key)
        server = Server(room, folder / "server.log")
        server.start()
        try:
            read(server, folder)
        finally:
            server.kill()
        run("export", room, "--key", key, "-o", folder / "handover")
        run("analyse", folder / "handover", "-o", folder / "report")


def run(*arguments: object) -> None:
    """Run a command and print what it says."""
    done = rater_app(*arguments)
    print(f"rater-app {arguments[0]}: exit {done.returncode}\n{done.stdout.strip()}")
    if done.returncode:
        raise SystemExit(done.stderr)


def read(server: Server, folder: Path) -> None:
    """Let two bots read everything, and take pictures."""
    masks = {voxels(folder, row["mask"]): row for row in rows(folder / "masks.csv")}
    with sync_playwright() as playwright:
        browser = open_chromium(playwright)
        for rater in ("R1", "R2"):

            def level(shown: int, rater: str = rater) -> int:
                return LEVELS[masks[shown]["model"]][rater]

            bot = BotRater(browser, server.invite(rater), level)
            while not bot.is_done:
                if rater == "R1":
                    take_pictures(bot, folder, masks)
                bot.read_by_keyboard()
            bot.close()
        browser.close()


def take_pictures(bot: BotRater, study: Path, masks: dict[int, dict[str, str]]) -> None:
    """Take a picture of each reading, and of every view of the first one."""
    folder = study / "screens"
    folder.mkdir(exist_ok=True)
    viewer = bot.page.locator("[role=application]")
    wait_for_volumes(bot.page)
    if bot.place > 1:
        bot.page.screenshot(path=folder / f"reading-{bot.place}.png")
        return
    shown = bot.page.evaluate(COUNT_VOXELS, bot.code)
    put_beside_the_expected(bot, study, Path(masks[shown]["mask"]))
    for view, key in VIEWS.items():
        if key:
            viewer.press(key)
        wait_for_volumes(bot.page)
        bot.page.screenshot(path=folder / f"view-{view}.png")
    for key in ("Escape", "m", "o", "o", "v"):
        viewer.press(key)


def put_beside_the_expected(bot: BotRater, folder: Path, mask: Path) -> None:
    """Draw the same slices with nibabel, as radiologists expect them, beside the viewer.

    Nothing of ours reads the images here: nibabel turns them to RAS, and each slice is shown with
    the patient's right on the left, anterior up in axial and superior up in the other planes.
    """
    state = bot.page.locator("[role=application]").evaluate("root => root.viewer.getState()")
    image = next(
        row for row in rows(folder / "images.csv") if row["channel"] == state["channelName"]
    )
    volume, labels = (ras(folder / name) for name in (image["image"], mask))
    at = [state["slices"][plane] for plane in ("sagittal", "coronal", "axial")]
    figure, axes = plt.subplots(1, 3, figsize=(15, 5), facecolor="black")
    for axis, across, title in zip(axes, (2, 1, 0), ("axial", "coronal", "sagittal"), strict=True):
        image_slice, label_slice = (v.take(at[across], across).T for v in (volume, labels))
        window = (state["window"]["low"], state["window"]["high"])
        axis.imshow(image_slice, cmap="gray", origin="lower", vmin=window[0], vmax=window[1])
        shown = np.ma.masked_equal(label_slice, 0)
        axis.imshow(
            shown, cmap="gist_rainbow", vmin=1, vmax=labels.max(), origin="lower", alpha=0.5
        )
        axis.invert_xaxis()  # right, or anterior, on the left
        axis.set_title(f"expected: {title}", color="white")
        axis.axis("off")
    figure.savefig(folder / "screens" / "expected.png", facecolor="black", bbox_inches="tight")
    plt.close(figure)


def ras(path: Path) -> np.ndarray:
    """Read an image with nibabel, axes to the right, anterior and superior."""
    return np.asarray(nib.as_closest_canonical(nib.load(path)).dataobj)


def wait_for_volumes(page: Page) -> None:
    """Return when everything is fetched and drawn."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)


def rows(path: Path) -> list[dict[str, str]]:
    """Read a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def voxels(folder: Path, mask: str) -> int:
    """Count the labelled voxels of a mask, which is how the bot knows it again."""
    return int((read_labels(folder / mask).array > 0).sum())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
