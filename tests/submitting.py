"""Submissions in tests, as a desk makes them."""

from __future__ import annotations

import gzip
import hashlib
from typing import Any

from rater_app.core.correction import Effort
from rater_app.core.reading import Answer
from rater_app.core.submission import Step, Submission, new_id
from rater_app.reading_room import ReadingRoom
from tests.correcting import GOOD, candidate_voxels

OPENED = "2026-01-01T10:00:00.000000+00:00"
SUBMITTED = "2026-01-01T10:05:00.000000+00:00"


def sha256(voxels: bytes) -> str:
    """Give the digest of voxels."""
    return hashlib.sha256(voxels).hexdigest()


def made(step: Step, code: str, **more: Any) -> Submission:
    """Make a submission at a fixed time."""
    return Submission(
        **{
            "id": new_id(),
            "step": step,
            "code": code,
            "opened_at": OPENED,
            "submitted_at": SUBMITTED,
            "host": "napari plugin",
            "versions": {"rater-app": "0.1.0"},
            **more,
        }
    )


def rating(code: str, answers: tuple[Answer, ...] = GOOD, **more: Any) -> Submission:
    """Make a rating of a candidate."""
    return made(Step.RATING, code, answers=answers, **more)


def correction(
    room: ReadingRoom, code: str, voxels: bytes, *, rater: str = "R1", **more: Any
) -> tuple[Submission, bytes | None]:
    """Make a correction of a candidate that ends with these voxels."""
    before = candidate_voxels(room, code, rater)
    mask = room.study.mask(next(a.mask for a in room.assignments(rater) if a.code == code))
    from analysis.volumes import read_image

    stored = read_image(room.folder / "volumes" / mask.volume)
    submission = made(
        Step.CORRECTION,
        code,
        **{
            "tag": f"0-{sha256(before)[:16]}",
            "input_sha256": sha256(before),
            "output_sha256": sha256(voxels),
            "effort": Effort(60.0, 5.0, 3, 1, 0, {"brush": 3}, "napari plugin"),
            "shape": stored.array.shape,
            "spacing_mm": (11.25, 11.25, 11.25),
            **more,
        },
    )
    return submission, None if voxels == before else gzip.compress(voxels, mtime=0)
