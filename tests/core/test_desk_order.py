"""What comes next at a desk while submissions are still on their way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rater_app.core.assignment import Assignment
from rater_app.core.correction import CorrectionPlan, CorrectionRule, Stage, stage_of
from rater_app.core.desk_order import after, for_desk, next_after, now_of
from rater_app.core.submission import Step, Submission, new_id

NOW = "2026-11-27T05:00:00.000000+00:00"
RATING = CorrectionPlan()
ALL = CorrectionPlan(CorrectionRule.OPTIONAL, rate_again=True)
FIRST, SECOND = Assignment("a", "R1", "m1", 0, 1), Assignment("b", "R1", "m1", 1, 2)


def sent(step: Step, code: str = "a", **more: object) -> Submission:
    plain = Submission(new_id(), step, code, NOW, NOW, "napari plugin")
    return replace(plain, **more)  # type: ignore[arg-type]


RATED = sent(Step.RATING)
CHANGED = sent(Step.CORRECTION, tag="0-" + "a" * 16, input_sha256="a" * 64, output_sha256="b" * 64)
UNTOUCHED = replace(CHANGED, output_sha256="a" * 64)
AGAIN = sent(Step.SECOND_RATING, version=1)


def test_a_desk_does_not_learn_which_readings_share_a_mask() -> None:
    assert for_desk(FIRST) == Assignment("a", "R1", "", 0, 1)
    assert for_desk(SECOND) == Assignment("b", "R1", "", 0, 2)


@pytest.mark.parametrize(
    ("pending", "plan", "expected"),
    [
        ([], RATING, ("a", Stage.RATE)),
        ([RATED], RATING, ("b", Stage.RATE)),
        ([RATED, sent(Step.RATING, "b")], RATING, None),
        ([RATED], ALL, ("a", Stage.CORRECT)),
        ([RATED, UNTOUCHED], ALL, ("b", Stage.RATE)),
        ([RATED, CHANGED], ALL, ("a", Stage.RATE_AGAIN)),
        ([RATED, CHANGED, AGAIN], ALL, ("b", Stage.RATE)),
        ([sent(Step.RATING, "of another study")], RATING, ("a", Stage.RATE)),
    ],
)
def test_what_is_on_its_way_counts_as_done(
    pending: list[Submission], plan: CorrectionPlan, expected: tuple[str, Stage] | None
) -> None:
    found = next_after([SECOND, FIRST], pending, plan)
    assert (found and (found.code, stage_of(found, plan))) == expected


def test_what_has_arrived_meanwhile_changes_nothing_twice() -> None:
    pending = [RATED, CHANGED, AGAIN]
    stored = FIRST
    for submission in pending:
        stored = after(stored, submission)
        # Those that come before are still listed as pending when the store has them already.
        assert now_of([stored], pending[: pending.index(submission) + 1], ALL) == (stored,)
    assert stage_of(stored, ALL) is Stage.DONE


def test_a_version_saved_elsewhere_since_is_not_taken_back() -> None:
    # The browser went on to version 3; the desk's own first version arrived long before.
    later = replace(FIRST, revision=1, version=3, finished=3, second_revision=1, second_version=3)
    assert now_of([later], [RATED, CHANGED, AGAIN], ALL) == (later,)


def test_the_reading_in_front_of_the_rater_is_skipped() -> None:
    found = next_after([FIRST, SECOND], [], RATING, skip="a")
    assert found == SECOND
    assert next_after([FIRST], [], RATING, skip="a") is None
