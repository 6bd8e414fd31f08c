"""Rooms in which masks are corrected, played without a browser."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from analysis.volumes import read_labels
from rater_app.core.correction import Effort
from rater_app.core.reading import Answer
from rater_app.reading_room import VOLUMES, ReadingRoom
from rater_app.reading_room.stored_mask import SentMask

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Clock:
    """A second for every look at it."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


def switch_on(room: Path, rule: str = "optional", rate_again: bool = True) -> None:
    """Let the raters of a prepared room correct masks."""
    file = room / "study.json"
    study = json.loads(file.read_text(encoding="utf-8"))
    study |= {"correction": rule, "rate_again": rate_again}
    file.write_text(json.dumps(study), encoding="utf-8")


class Corrector:
    """One rater in a room; arrays are in voxel order (i, j, k)."""

    def __init__(self, room: ReadingRoom, rater: str) -> None:
        self.room = room
        self.rater = rater

    def rate(self, level: int = 2) -> str:
        """Rate the next mask, and give the code of its reading."""
        code = self.room.next(self.rater).code
        self.room.open(self.rater, code)
        self.room.submit(self.rater, code, [Answer("quality", values=(level,))], 0)
        return code

    def candidate(self, code: str) -> np.ndarray:
        assignment = self.room.store.assignment(self.rater, code)
        name = self.room.study.mask(assignment.mask).volume
        return read_labels(self.room.folder / VOLUMES / name).array

    def save(self, code: str, labels: np.ndarray, effort: Effort, finish: bool = False) -> str:
        """Save a version of the mask, and give the digest that the room keeps."""
        tag = self.room.corrections.working_state(self.rater, code).tag
        sent = SentMask(gzip.compress(labels.tobytes(order="F")))
        return self.room.corrections.save(self.rater, code, sent, tag, effort, finish).sha256

    def finish(self, code: str, version: int) -> None:
        self.room.corrections.finish(self.rater, code, version, False)

    def rate_again(self, code: str, version: int, level: int, base_revision: int = 0) -> None:
        self.room.open(self.rater, code)
        answers = [Answer("quality", values=(level,))]
        self.room.submit_again(self.rater, code, answers, base_revision, version)
