"""What a reading waits for, what correcting took, and what it changed."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rater_app.core.assignment import Assignment
from rater_app.core.correction import (
    RATING_ONLY,
    CorrectionPlan,
    CorrectionRule,
    Effort,
    Stage,
    WrongEffort,
    changed_voxels,
    present_labels,
    stage_of,
)

OPTIONAL = CorrectionPlan(CorrectionRule.OPTIONAL)
AGAIN = CorrectionPlan(CorrectionRule.REQUIRED, rate_again=True)
NEW = Assignment("a1", "R1", "m", 0, 1)
RATED = replace(NEW, revision=1)

plans = st.builds(CorrectionPlan, st.sampled_from(CorrectionRule), st.booleans())


@pytest.mark.parametrize(
    ("assignment", "plan", "stage"),
    [
        (NEW, RATING_ONLY, Stage.RATE),
        (RATED, RATING_ONLY, Stage.DONE),
        (NEW, OPTIONAL, Stage.RATE),
        (RATED, OPTIONAL, Stage.CORRECT),
        (replace(RATED, version=2), OPTIONAL, Stage.CORRECT),
        (replace(RATED, finished=0), OPTIONAL, Stage.DONE),
        (replace(RATED, version=2, finished=2), OPTIONAL, Stage.DONE),
        (replace(RATED, version=3, finished=2), OPTIONAL, Stage.CORRECT),
        (replace(RATED, version=1, finished=0), OPTIONAL, Stage.CORRECT),
        (replace(RATED, finished=0), AGAIN, Stage.DONE),
        (replace(RATED, version=1, finished=1), AGAIN, Stage.RATE_AGAIN),
        (
            replace(RATED, version=1, finished=1, second_revision=1, second_version=1),
            AGAIN,
            Stage.DONE,
        ),
        (
            replace(RATED, version=2, finished=2, second_revision=1, second_version=1),
            AGAIN,
            Stage.RATE_AGAIN,
        ),
    ],
)
def test_a_reading_waits_for(assignment, plan, stage):
    assert stage_of(assignment, plan) is stage


steps = st.lists(st.sampled_from(["rate", "save", "finish", "again"]), max_size=30)


@given(plans, steps)
def test_stages_come_in_their_order_whatever_a_rater_does(plan, wanted):
    """A rater who may do only what the stage allows ends each time where the study wants them."""
    here, order = NEW, [Stage.RATE]
    for step in wanted:
        stage = stage_of(here, plan)
        if step == "rate" and stage is Stage.RATE:
            here = replace(here, revision=1)
        elif step == "save" and plan.is_on and stage is not Stage.RATE:
            here = replace(here, version=here.version + 1)
        elif step == "finish" and stage is Stage.CORRECT:
            here = replace(here, finished=here.version)
        elif step == "again" and stage is Stage.RATE_AGAIN:
            here = replace(
                here, second_revision=here.second_revision + 1, second_version=here.version
            )
        after = stage_of(here, plan)
        if after is not order[-1]:
            order.append(after)
    follows = {
        Stage.RATE: {Stage.CORRECT} if plan.is_on else {Stage.DONE},
        Stage.CORRECT: {Stage.DONE, Stage.RATE_AGAIN} if plan.rate_again else {Stage.DONE},
        Stage.RATE_AGAIN: {Stage.DONE, Stage.CORRECT},
        Stage.DONE: {Stage.CORRECT},
    }
    assert all(after in follows[before] for before, after in itertools.pairwise(order))
    if plan == RATING_ONLY:
        assert set(order) <= {Stage.RATE, Stage.DONE}


EFFORT = {
    "active_s": 61.5,
    "idle_s": 4,
    "strokes": 12,
    "undos": 3,
    "redos": 0,
    "tools": {"brush": 10, "fill holes": 2},
    "tool": "browser",
}


def test_an_effort_comes_back_as_it_was_told():
    effort = Effort.from_dict(EFFORT)
    assert effort == Effort(61.5, 4.0, 12, 3, 0, {"brush": 10, "fill holes": 2}, "browser")
    assert Effort.from_dict(effort.to_dict()) == effort
    assert type(effort.idle_s) is float
    assert Effort.from_dict({}) == Effort()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("active_s", float("nan")),
        ("active_s", float("inf")),
        ("active_s", -0.001),
        ("active_s", True),
        ("active_s", "61"),
        ("active_s", None),
        ("idle_s", 1.1e7),
        ("idle_s", 10**400),
        ("strokes", 1.0),
        ("strokes", -1),
        ("undos", True),
        ("redos", 10**8),
        ("tools", []),
        ("tools", {"brush": 1.5}),
        ("tools", {"": 1}),
        ("tools", {"<b>": 1}),
        ("tools", {f"t{n}": 1 for n in range(65)}),
        ("tool", ""),
        ("tool", "x" * 41),
        ("tool", 7),
        ("seconds", 1),
    ],
)
def test_an_effort_that_makes_no_sense_is_refused(key, value):
    with pytest.raises(WrongEffort, match=key):
        Effort.from_dict({**EFFORT, key: value})


@pytest.mark.parametrize("told", [None, [], "effort", 3])
def test_an_effort_is_an_object(told):
    with pytest.raises(WrongEffort, match="JSON object"):
        Effort.from_dict(told)


@pytest.mark.parametrize("kind", ["u1", "<u2"])
def test_changed_voxels_of_a_mask_that_can_be_counted_by_hand(kind):
    before = np.array([0, 0, 1, 1, 2, 2, 0, 3], kind)
    after = np.array([1, 0, 1, 2, 2, 0, 3, 3], kind)
    # gained: 1 at place 0, 2 at place 3, 3 at place 6; lost: 1 at place 3, 2 at place 5
    assert changed_voxels(before, after) == {1: (1, 1), 2: (1, 1), 3: (1, 0)}
    assert changed_voxels(before, before) == {}
    assert present_labels(after) == {0, 1, 2, 3}


def test_changed_voxels_are_those_of_one_grid_and_kind():
    with pytest.raises(ValueError, match="same voxels"):
        changed_voxels(np.zeros(3, np.uint8), np.zeros(4, np.uint8))
    with pytest.raises(ValueError, match="same voxels"):
        changed_voxels(np.zeros(3, np.uint8), np.zeros(3, np.uint16))


masks = st.integers(1, 60).flatmap(
    lambda size: st.tuples(
        st.lists(st.integers(0, 5), min_size=size, max_size=size),
        st.lists(st.integers(0, 5), min_size=size, max_size=size),
    )
)


@given(masks, st.integers(1, 9))
def test_changed_voxels_account_for_every_voxel(pair, chunk):
    before, after = (np.array(mask, np.uint8) for mask in pair)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rater_app.core.correction._CHUNK", chunk)
        changed = changed_voxels(before, after)
        assert present_labels(after) == set(after.tolist())
    for label in range(1, 6):
        added, removed = changed.get(label, (0, 0))
        assert added == ((after == label) & (before != label)).sum()
        assert removed == ((before == label) & (after != label)).sum()
    assert 0 not in changed
    assert all(added or removed for added, removed in changed.values())
    swapped = {label: both[::-1] for label, both in changed.items()}
    assert changed_voxels(after, before) == swapped
