"""Where a rater stands."""

from __future__ import annotations

from rater_app.core.progress import Assignment, neighbour, next_assignment, progress_of


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
    assert (progress.done, progress.total, progress.is_complete) == (2, 3, False)
    assert progress_of(assignments(1)).is_complete
    assert progress_of([]).share == 1


def test_nobody_reads_ahead():
    plan = assignments(1, 1, 0, 0)
    assert neighbour(plan, "a2", -1).code == "a1"
    assert neighbour(plan, "a1", -1) is None
    assert neighbour(plan, "a1", 1).code == "a2"
    assert neighbour(plan, "a2", 1).code == "a3"
    assert neighbour(plan, "a3", 1) is None
