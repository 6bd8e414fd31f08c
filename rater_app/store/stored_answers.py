"""Answers as the JSON text of a column."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rater_app.core.reading import Answer


def to_json(answers: Sequence[Answer]) -> str:
    """Write answers as one text."""
    return json.dumps([answer.to_dict() for answer in answers], ensure_ascii=False)


def from_json(stored: str) -> tuple[Answer, ...]:
    """Read the answers of `to_json`."""
    return tuple(Answer.from_dict(entry) for entry in json.loads(stored))
