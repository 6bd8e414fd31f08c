"""Where a rater stands."""

from __future__ import annotations

from dataclasses import replace

from rater_app.core.assignment import Assignment
from rater_app.core.correction import CorrectionPlan, CorrectionRule
from rater_app.core.progress import next_assignment, place_of, progress_of


def assignments(*revisions: int) -> list[Assignment]:
    return [
        Assignment(f"a{position}", "R1", "m", 0, position, revision)
        for position, revision in enumerate(revisions, start=1)
    ]


def test_next_is_the_first_undone_in_the_order():
    assert next_assignment(assignments(1, 2, 0, 0)).code == "a3"
    assert next_assignment(list(reversed(assignments(1, 0, 0)))).code == "a2"
    assert next_assignment(assignments(1, 1)) is None
    assert next_assignment([]) is None


def test_progress_counts_readings_not_revisions():
    progress = progress_of(assignments(3, 1, 0))
    assert (progress.done, progress.total) == (2, 3)
    assert progress_of(assignments(1)).share == 1
    assert progress_of([]).share == 1


def test_the_next_undone_reading_is_in_front_of_the_rater():
    place = place_of(assignments(1, 1, 0, 0), None, allow_back=True)
    codes = [a and a.code for a in (place.assignment, place.upcoming, place.back, place.forward)]
    assert codes == ["a3", "a4", "a2", None]
    assert place.progress.done == 2


def test_a_rater_turns_back_and_forward_but_nobody_reads_ahead():
    plan = assignments(1, 1, 0, 0)
    place = place_of(plan, "a1", allow_back=True)
    assert (place.assignment.code, place.back, place.forward.code) == ("a1", None, "a2")
    assert place.upcoming.code == "a3"
    place = place_of(plan, "a2", allow_back=True)
    assert (place.back.code, place.forward.code) == ("a1", "a3")
    assert place_of(plan, "a4", allow_back=True).assignment.code == "a3"
    assert place_of(plan, "another's", allow_back=True).assignment.code == "a3"


def test_a_study_without_back_knows_only_the_next_reading():
    place = place_of(assignments(1, 1, 0, 0), "a1", allow_back=False)
    assert (place.assignment.code, place.back, place.forward) == ("a3", None, None)


def test_when_all_is_read_nothing_is_in_front_but_the_rater_may_turn_back():
    plan = assignments(1, 1)
    assert place_of(plan, None, allow_back=True).assignment is None
    place = place_of(plan, "a2", allow_back=True)
    assert (place.assignment.code, place.back.code, place.forward) == ("a2", "a1", None)
    assert place_of([], None, allow_back=True).progress.total == 0


CORRECTING = CorrectionPlan(CorrectionRule.OPTIONAL, rate_again=True)


def test_what_is_to_be_corrected_or_rated_again_is_still_in_front():
    first, second, third = assignments(1, 1, 0)
    assert next_assignment([first, second, third]).code == "a3"
    assert next_assignment([first, second, third], CORRECTING).code == "a1"
    done = replace(first, finished=0)
    again = replace(second, version=1, finished=1)
    assert next_assignment([done, again, third], CORRECTING) == again
    assert progress_of([done, again, third], CORRECTING).done == 1
    place = place_of([done, again, third], None, allow_back=False, plan=CORRECTING)
    assert (place.assignment, place.upcoming, place.back) == (again, third, None)
    rated_again = replace(again, second_revision=1, second_version=1)
    assert next_assignment([done, rated_again, third], CORRECTING) == third


def test_a_rater_turns_back_only_to_what_is_done_altogether():
    corrected = replace(assignments(1)[0], version=1, finished=1, second_version=1)
    waiting = replace(assignments(1, 1)[1], version=1, finished=1)
    plan = [corrected, waiting, *assignments(0, 0, 0)[2:]]
    assert place_of(plan, "a1", allow_back=True, plan=CORRECTING).assignment == corrected
    assert place_of(plan, "a2", allow_back=True, plan=CORRECTING).assignment == waiting
    assert place_of(plan, "a3", allow_back=True, plan=CORRECTING).assignment == waiting


def test_a_mask_that_is_corrected_further_is_in_front_again():
    first, second = (replace(a, finished=0) for a in assignments(1, 1))
    assert next_assignment([first, second], CORRECTING) is None
    reopened = replace(first, version=1)
    place = place_of([reopened, second], None, allow_back=True, plan=CORRECTING)
    assert (place.assignment, place.upcoming, place.progress.done) == (reopened, None, 1)
