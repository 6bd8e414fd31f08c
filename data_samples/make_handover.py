"""Make `data_samples/handover`: the demo study, finished by simulated raters.

    python data_samples/make_handover.py [--out DIR]

The study is prepared, read through the reading room and exported like any other; only the raters
are simulated (`simulated_raters.py` says with which bias and noise). Ratings and times come from
SEED; the blinding codes are drawn anew each time.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zlib import crc32

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from analysis.metrics import measure_file_pair  # noqa: E402
from analysis.regions import load_scheme  # noqa: E402
from data_samples.simulated_raters import RATERS, latent_quality, simulate_rating  # noqa: E402
from rater_app.core.reading import Answer  # noqa: E402
from rater_app.reading_room import ReadingRoom  # noqa: E402

DEMO = ROOT / "data_samples" / "demo"
FIRST_DAY = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
SEED = 1
"""Seed of the ratings. With the seed of the images the few models hide the planted difference."""

CANNOT_JUDGE = 0.02
"""Share of the readings in which a simulated rater cannot judge."""


class SimulatedClock:
    """The time in the simulated reading room."""

    def __init__(self) -> None:
        self.now = FIRST_DAY

    def __call__(self) -> datetime:
        """Give the simulated time."""
        return self.now


def main(out: Path) -> None:
    """Prepare, read and export the demo study."""
    with tempfile.TemporaryDirectory() as scratch:
        room_folder, key = Path(scratch) / "room", Path(scratch) / "key.json"
        rater_app("prepare", DEMO, "--room", room_folder, "--key", key)
        masks = json.loads(key.read_text())["masks"]
        quality = latent_qualities(masks)
        clock = SimulatedClock()
        room = ReadingRoom(room_folder, clock)
        for rater in RATERS:
            clock.now = FIRST_DAY
            read_everything(room, rater, {c: (quality[c], m) for c, m in masks.items()}, clock)
        room.close()
        rater_app("export", room_folder, "--key", key, "-o", out)


def rater_app(*arguments: object) -> None:
    """Run a command of the product."""
    subprocess.run([sys.executable, "-m", "rater_app", *map(str, arguments)], check=True, cwd=ROOT)


def latent_qualities(masks: dict[str, dict[str, str]]) -> dict[str, float]:
    """Give what each mask is worth, from its true errors."""
    scheme = load_scheme("brats")
    return {
        code: latent_quality(
            measure_file_pair(
                DEMO / "references" / f"{mask['case']}_reference.nii.gz", mask["mask"], scheme
            ),
            mask["family"],
            mask["case"],
            mask["model"],
            SEED,
        )
        for code, mask in masks.items()
    }


def read_everything(
    room: ReadingRoom,
    rater: str,
    masks: dict[str, tuple[float, dict[str, str]]],
    clock: SimulatedClock,
) -> None:
    """Let one simulated rater work through their assignments, forty a day."""
    while assignment := room.next(rater):
        if assignment.position % 40 == 0:
            clock.now += timedelta(hours=20)
        latent, mask = masks[assignment.mask]
        # The reading decides its own randomness, whatever the order.
        name = f"{rater}/{mask['case']}/{mask['model']}/{assignment.replicate}"
        rng = np.random.default_rng([SEED, crc32(name.encode())])
        opened = room.open(rater, assignment.code)
        clock.now += timedelta(seconds=round(float(rng.lognormal(math.log(75), 0.5)), 1))
        answer = (
            Answer("quality", cannot_judge=True)
            if rng.random() < CANNOT_JUDGE
            else Answer("quality", values=(simulate_rating(RATERS[rater], latent, rng),))
        )
        room.submit(rater, assignment.code, [answer], opened.base_revision)
        clock.now += timedelta(seconds=5)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "data_samples" / "handover")
    main(parser.parse_args().out)
