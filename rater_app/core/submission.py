"""A submission: what a desk sends when a rater has ended a step of a reading."""

from __future__ import annotations

import json
import math
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from rater_app.core.correction import Effort
from rater_app.core.reading import Answer

_ID = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"(?:[0-9a-f]{64})?")
_TAG = re.compile(r"(?:[0-9]{1,9}-[0-9a-f]{16})?")
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
_LONGEST_S = 1e7  # four months
_MOST_ANSWERS = 10_000
_MOST_VERSIONS = 20


class Step(StrEnum):
    """What a rater has ended with a submission."""

    RATING = "rating"
    CORRECTION = "correction"
    SECOND_RATING = "second_rating"


class Outcome(StrEnum):
    """What became of a submission."""

    STORED = "stored"
    SET_ASIDE = "set aside"  # kept, but another window was faster, and what it stored counts


@dataclass(frozen=True)
class Receipt:
    """The word that a submission is kept for good; `problem` says why one was set aside."""

    id: str
    outcome: Outcome
    problem: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Give the receipt as plain values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Any) -> Receipt:
        """Build a receipt from the plain values of `to_dict`.

        Raises
        ------
        ValueError, LookupError, TypeError
            When they are none.
        """
        return cls(str(data["id"]), Outcome(data["outcome"]), str(data["problem"]))


class WrongSubmission(ValueError):
    """Something that no desk of this version sends."""


@dataclass(frozen=True)
class Submission:
    """One ended step, with how it came about.

    Parameters
    ----------
    id : str
        Drawn by the desk; the same submission may arrive any number of times.
    step : Step
        What was ended.
    code : str
        The blinding code of the reading.
    opened_at, submitted_at : str
        When the step began and ended, by the desk's clock: ISO 8601 in UTC.
    host : str
        The program that was worked in.
    versions : mapping of str to str
        The version of every program that had a part in it.
    active_s, idle_s : float
        Seconds at work in this step, and all others.
    answers, base_revision, version
        Of ratings: the answers, the revision before them, and of second ratings the version of the
        mask that they judge.
    tag, input_sha256, output_sha256, effort, confirmed, shape, spacing_mm
        Of corrections: the working state that it began from, the digests of the voxels before and
        after, what it took, whether the rater said that none was needed, and the native grid.
    """

    id: str
    step: Step
    code: str
    opened_at: str
    submitted_at: str
    host: str
    versions: Mapping[str, str] = field(default_factory=dict)
    active_s: float = 0.0
    idle_s: float = 0.0
    answers: tuple[Answer, ...] = ()
    base_revision: int = 0
    version: int = 0
    tag: str = ""
    input_sha256: str = ""
    output_sha256: str = ""
    effort: Effort = field(default_factory=Effort)
    confirmed: bool = False
    shape: tuple[int, ...] = ()
    spacing_mm: tuple[float, ...] = ()

    @property
    def changes_mask(self) -> bool:
        """Whether the mask is another one after it."""
        return self.input_sha256 != self.output_sha256

    def to_dict(self) -> dict[str, Any]:
        """Give the submission as plain values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: object) -> Submission:
        """Build a submission from the plain values of `to_dict`.

        Raises
        ------
        WrongSubmission
            When a part is missing, unknown or beyond all sense.
        """
        if not isinstance(data, dict) or set(data) != set(_SOUND):
            raise WrongSubmission(
                "What arrived is no submission of this version: use the same version of rater-app "
                "on both computers."
            )
        for key, is_sound in _SOUND.items():
            if not is_sound(data[key]):
                raise WrongSubmission(f"“{key}” of the submission is damaged.")
        try:
            return cls(
                **{
                    **data,
                    "step": Step(data["step"]),
                    "answers": tuple(Answer.from_dict(answer) for answer in data["answers"]),
                    "effort": Effort.from_dict(data["effort"]),
                    "shape": tuple(data["shape"]),
                    "spacing_mm": tuple(data["spacing_mm"]),
                }
            )
        except (ValueError, LookupError, TypeError) as error:
            raise WrongSubmission(f"The submission is damaged: {error}") from error


def new_id() -> str:
    """Draw an id."""
    return secrets.token_hex(16)


def pack_submission(submission: Submission, voxels: bytes | None) -> bytes:
    """Write a submission as it is sent and kept: a line of JSON, then a gzip member or nothing.

    Examples
    --------
    >>> now = "2026-01-01T00:00:00.000000+00:00"
    >>> sent = Submission("0" * 32, Step.RATING, "a1", now, now, "napari plugin")
    >>> unpack_submission(pack_submission(sent, None)) == (sent, None)
    True
    """
    line = json.dumps(submission.to_dict(), allow_nan=False, separators=(",", ":")).encode()
    return line + b"\n" + (voxels or b"")


def unpack_submission(content: bytes) -> tuple[Submission, bytes | None]:
    """Read what `pack_submission` wrote.

    Raises
    ------
    WrongSubmission
        When it is something else, or cut off.
    """
    line, end, voxels = content.partition(b"\n")
    if not end:
        raise WrongSubmission("The submission is cut off.")
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WrongSubmission("The submission is damaged.") from error
    return Submission.from_dict(told), voxels or None


def _is_text(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


is_code = _is_text(re.compile(r"[A-Za-z0-9_-]{1,64}"))
"""Whether something may be a blinding code; desks name files by it."""


def _is_time(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).utcoffset() == timedelta(0)
    except ValueError:
        return False


def _is_duration(value: object) -> bool:
    # The comparison refuses NaN and infinity too; true and false are no numbers here.
    return type(value) in (int, float) and 0 <= value <= _LONGEST_S  # type: ignore[operator]


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 10**9


def _are_versions(value: object) -> bool:
    named = _is_text(_NAME)
    return (
        isinstance(value, dict)
        and len(value) <= _MOST_VERSIONS
        and all(named(name) and named(version) for name, version in value.items())
    )


def _are_answers(value: object) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) <= _MOST_ANSWERS
        and all(map(_is_answer, value))
    )


def _is_answer(value: object) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"item", "structure", "values", "text", "cannot_judge"}
        and all(isinstance(value[key], str) for key in ("item", "structure", "text"))
        and isinstance(value["values"], list | tuple)
        and all(type(level) is int for level in value["values"])
        and type(value["cannot_judge"]) is bool
    )


def _are_sizes(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) in (0, 3) and all(map(_is_count, value))


def _are_spacings(value: object) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) in (0, 3)
        and all(type(v) in (int, float) and math.isfinite(v) and v > 0 for v in value)
    )


_SOUND: Mapping[str, Callable[[Any], bool]] = {
    "id": _is_text(_ID),
    "step": lambda value: value in list(Step),
    "code": is_code,
    "opened_at": _is_time,
    "submitted_at": _is_time,
    "host": _is_text(re.compile(r"[A-Za-z0-9 _-]{1,40}")),
    "versions": _are_versions,
    "active_s": _is_duration,
    "idle_s": _is_duration,
    "answers": _are_answers,
    "base_revision": _is_count,
    "version": _is_count,
    "tag": _is_text(_TAG),
    "input_sha256": _is_text(_SHA256),
    "output_sha256": _is_text(_SHA256),
    "effort": lambda value: isinstance(value, dict),
    "confirmed": lambda value: type(value) is bool,
    "shape": _are_sizes,
    "spacing_mm": _are_spacings,
}
