"""Who reads what in which order."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rater_app.core.allocation import PlannedReading, allocate
from rater_app.core.study import BlindedMask


def masks_of(cases: int, masks_a_case: int) -> list[BlindedMask]:
    return [
        BlindedMask(f"m{case}-{mask}", f"c{case}", f"v{case}-{mask}")
        for case in range(cases)
        for mask in range(masks_a_case)
    ]


def order_of(plan: tuple[PlannedReading, ...], rater: str) -> list[PlannedReading]:
    return sorted((p for p in plan if p.rater == rater), key=lambda p: p.position)


def cases_between(order: list[PlannedReading]) -> int:
    """Smallest number of readings between two masks of one case."""
    last: dict[str, int] = {}
    gaps = []
    for index, planned in enumerate(order):
        case = planned.mask.split("-")[0]
        if case in last:
            gaps.append(index - last[case] - 1)
        last[case] = index
    return min(gaps)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.integers(1, 8), st.integers(0, 10_000), st.floats(0, 0.5))
def test_everybody_reads_every_mask_once_and_the_replicates_again(cases, siblings, seed, share):
    masks = masks_of(cases, siblings)
    plan = allocate(masks, ["R1", "R2"], seed, share)
    for rater in ("R1", "R2"):
        order = order_of(plan, rater)
        assert [p.position for p in order] == list(range(1, len(order) + 1))
        counts = Counter((p.mask, p.replicate) for p in order)
        assert set(counts.values()) == {1}
        assert {mask.code for mask in masks} == {p.mask for p in order if p.replicate == 0}
        again = [p for p in order if p.replicate == 1]
        assert len(masks) * share - 1e-9 <= len(again) <= len(masks) * share + 1
        first = {p.mask: p.position for p in order if p.replicate == 0}
        assert all(p.position > first[p.mask] for p in again)
        assert all(p.position > 2 * len(masks) // 3 for p in again)


@pytest.mark.parametrize(("cases", "siblings"), [(12, 8), (7, 3), (5, 4), (60, 2)])
def test_half_of_the_cases_lie_between_masks_of_one_case(cases, siblings):
    for seed in range(20):
        order = order_of(allocate(masks_of(cases, siblings), ["R1"], seed), "R1")
        assert cases_between(order) >= cases // 2


def test_replicates_stay_away_from_their_case():
    for seed in range(20):
        order = order_of(allocate(masks_of(12, 8), ["R1"], seed, 0.1), "R1")
        assert cases_between(order) >= 5


def test_order_differs_by_rater_and_repeats_with_the_seed():
    masks = masks_of(12, 8)
    plan = allocate(masks, ["R1", "R2"], 7, 0.1)
    orders = {rater: [p.mask for p in order_of(plan, rater)] for rater in ("R1", "R2")}
    assert orders["R1"] != orders["R2"]
    assert plan == allocate(masks, ["R1", "R2"], 7, 0.1)
    assert plan != allocate(masks, ["R1", "R2"], 8, 0.1)


def test_a_new_rater_changes_nobodys_order():
    masks = masks_of(6, 4)
    alone = allocate(masks, ["R1"], 3, 0.2)
    assert order_of(allocate(masks, ["R2", "R1"], 3, 0.2), "R1") == list(alone)


def test_each_mask_of_a_case_comes_first_about_as_often():
    """No mask of a case (so no model) is favoured with the early places."""
    firsts: Counter[str] = Counter()
    for seed in range(400):
        order = order_of(allocate(masks_of(3, 4), ["R1"], seed), "R1")
        firsts[next(p.mask for p in order if p.mask.startswith("m0"))] += 1
    # Binomial(400, 1/4): 100 +- 8.7; five standard deviations either side.
    assert all(57 <= count <= 143 for count in firsts.values())
    assert len(firsts) == 4
