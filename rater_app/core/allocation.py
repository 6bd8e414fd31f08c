"""Allocation: which rater reads which mask, as which replicate, in which order."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from rater_app.core.study import BlindedMask


@dataclass(frozen=True)
class PlannedReading:
    """One reading to come: rater x mask x replicate, with its place in the rater's order."""

    rater: str
    mask: str
    replicate: int
    position: int


def allocate(
    masks: Sequence[BlindedMask],
    raters: Sequence[str],
    seed: int,
    replicate_share: float = 0.0,
) -> tuple[PlannedReading, ...]:
    """Deal every mask to every rater in an order of the rater's own.

    The masks of one case are spread: while several cases remain, at least half of them are read
    in between. Replicates are the same masks once more, in the last third, as far from their case.

    Parameters
    ----------
    masks : sequence of BlindedMask
        What is to be read.
    raters : sequence of str
        Rater ids.
    seed : int
        The study's seed; the same seed and raters give the same plan.
    replicate_share : float
        Share of the masks that each rater reads again, from 0 to 1.

    Returns
    -------
    tuple of PlannedReading
        For each rater positions 1, 2, ... without a gap.
    """
    planned: list[PlannedReading] = []
    for rater in raters:
        # A string seeds the generator by its digest, so that raters added later change nobody's
        # order.
        rng = random.Random(f"{seed}:{rater}")
        order = _spread(masks, rng)
        # Less than a billionth of a mask is rounding: 7 % of 100 masks are 7, not 8.
        count = math.ceil(replicate_share * len(masks) - 1e-9)
        reads = _with_replicates(order, count, rng)
        planned += [
            PlannedReading(rater, mask.code, replicate, position)
            for position, (mask, replicate) in enumerate(reads, start=1)
        ]
    return tuple(planned)


def _spread(masks: Sequence[BlindedMask], rng: random.Random) -> list[BlindedMask]:
    """Order the masks in rounds of one mask a case, each round in the same two halves of cases.

    A case of the first half comes again only after the whole second half, and the other way
    round, so at least half of the cases lie between two masks of one case.
    """
    by_case: dict[str, list[BlindedMask]] = {}
    for mask in masks:
        by_case.setdefault(mask.case, []).append(mask)
    for siblings in by_case.values():
        rng.shuffle(siblings)
    cases = list(by_case)
    rng.shuffle(cases)
    # Cases with the most masks last longest: dealt in turn, they fill both halves alike.
    cases.sort(key=lambda case: -len(by_case[case]))
    halves = cases[0::2], cases[1::2]
    order: list[BlindedMask] = []
    for round_ in range(max(map(len, by_case.values()), default=0)):
        for half in halves:
            left = [by_case[case][round_] for case in half if round_ < len(by_case[case])]
            rng.shuffle(left)
            order += left
    return order


def _with_replicates(
    order: list[BlindedMask], count: int, rng: random.Random
) -> list[tuple[BlindedMask, int]]:
    """Add `count` of the masks once more, each where half of the cases keep it from its case.

    Masks that have no such place are taken only when there are no others left.
    """
    reads = [(mask, 0) for mask in order]
    waiting = rng.sample(order, len(order))
    distance_wanted = len({mask.case for mask in order}) // 2
    while count:
        for mask in list(waiting):
            places = _places(reads, mask, distance_wanted)
            if places and count:
                reads.insert(rng.choice(places), (mask, 1))
                waiting.remove(mask)
                count -= 1
        distance_wanted //= 2
    return reads


def _places(
    reads: list[tuple[BlindedMask, int]], mask: BlindedMask, distance_wanted: int
) -> list[int]:
    """List the places in the last third, after the first reading, that are far from the case.

    A place is where an insertion would go. Between two readings of the case at a and b, those from
    a + 1 + distance to b - distance have so many readings on either side.
    """
    taken = [p for p, (other, _) in enumerate(reads) if other.case == mask.case]
    first = next(p for p in taken if reads[p] == (mask, 0))
    earliest = max(2 * len(reads) // 3, first + 1)
    ends = [*(b - distance_wanted for b in taken[1:]), len(reads)]
    return [
        place
        for a, end in zip(taken, ends, strict=True)
        for place in range(max(a + 1 + distance_wanted, earliest), end + 1)
    ]
