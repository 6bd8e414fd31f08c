"""Williams' index against gold values and plain loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from analysis.agreement.rating_table import RatingTable
from analysis.interchangeability import williams_index, williams_index_of_agreement
from analysis.resampling import Resamples
from tests.analysis.gold import checks, data
from tests.analysis.test_interchangeability import drawn


@pytest.mark.parametrize("check", checks("williams_index"))
def test_gold_williams_index(check: dict[str, Any]) -> None:
    values = np.array(data(check["dataset"]), dtype=float)
    for agreement, name in (
        ("proportion", "williams_agreement"),
        (
            "inverse_mean_absolute_difference",
            "modified_williams_inverse_mean_abs_difference",
        ),
    ):
        found = williams_index(values[:3].T, values[3], agreement=agreement)  # type: ignore[arg-type]
        assert found.value == pytest.approx(check["expected"][name], abs=check["atol"])
        assert found.low < found.value < found.high


def index_in_loops(ratings: np.ndarray, distance: bool) -> float:
    def pair(i: int, j: int) -> float:
        both = ratings[np.isfinite(ratings[:, [i, j]]).all(axis=1)]
        if distance:
            return 1 / float(np.mean(np.abs(both[:, i] - both[:, j])))
        return float(np.mean(both[:, i] == both[:, j]))

    n = ratings.shape[1] - 1
    among = [pair(i, j) for i in range(n) for j in range(i + 1, n)]
    return float(np.mean([pair(i, n) for i in range(n)]) / np.mean(among))


@pytest.mark.parametrize("agreement", ["proportion", "inverse_mean_absolute_difference"])
def test_williams_index_and_its_intervals_in_loops(agreement: Any) -> None:
    ratings, distance = drawn(12, missing=0.2, units=64), agreement != "proportion"
    cases = np.repeat(np.arange(8), 8)
    resamples = Resamples(8, n=60, seed=4)
    table = RatingTable.of(ratings[:, :-1], cases)
    found = williams_index(table, ratings[:, -1], agreement=agreement, resamples=resamples)
    assert found.value == pytest.approx(index_in_loops(ratings, distance))
    without = np.log([index_in_loops(ratings[cases != case], distance) for case in range(8)])
    error = np.sqrt(7 / 8 * np.sum((without - without.mean()) ** 2))
    reach = stats.t.ppf(0.975, 7) * error
    assert np.log([found.low, found.high]) == pytest.approx(
        [np.log(found.value) - reach, np.log(found.value) + reach]
    )
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(np.log(found.value)) / error, 7))
    loop = [
        index_in_loops(np.repeat(ratings, row[cases], axis=0), distance)
        for row in resamples.rows(0, 60).astype(int)
    ]
    assert (found.beside[0].low, found.beside[0].high) == pytest.approx(
        tuple(np.quantile(loop, [0.025, 0.975]))
    )


def test_masks_are_compared_by_the_agreement_of_every_two_judges() -> None:
    ratings = drawn(3, missing=0.2)
    equal = (ratings[:, :, None] == ratings[:, None, :]).astype(float)
    absent = np.isnan(ratings)
    equal[absent[:, :, None] | absent[:, None, :]] = np.nan
    index = williams_index_of_agreement(equal)
    assert index == williams_index(ratings[:, :-1], ratings[:, -1])
    distance = np.abs(ratings[:, :, None] - ratings[:, None, :])
    assert williams_index_of_agreement(distance, kind="distance") == williams_index(
        ratings[:, :-1], ratings[:, -1], agreement="inverse_mean_absolute_difference"
    )


def test_order_of_raters_and_units_does_not_matter() -> None:
    ratings = drawn(8, missing=0.1)
    rng = np.random.default_rng(2)
    units, raters = rng.permutation(60), rng.permutation(4)
    for agreement in ("proportion", "inverse_mean_absolute_difference"):
        before, after = (
            williams_index(a, b, agreement=agreement)  # type: ignore[arg-type]
            for a, b in (
                (ratings[:, :-1], ratings[:, -1]),
                (ratings[:, :-1][units][:, raters], ratings[units, -1]),
            )
        )
        assert (after.value, after.low, after.high) == pytest.approx(
            (before.value, before.low, before.high)
        )


@pytest.mark.parametrize(
    ("ratings", "candidate", "agreement", "reason"),
    [
        ([[1], [2]], [1, 2], "proportion", "1 raters: at least 2 are needed"),
        ([[1, 2], [2, 3]], [1, 2], "proportion", "the raters never agree with each other"),
        (
            [[1, np.nan], [np.nan, 2]],
            [1, 2],
            "proportion",
            "no unit in common: 1 and 2",
        ),
        (
            [[1, 2], [2, 3]],
            [1, 2],
            "inverse_mean_absolute_difference",
            "no difference at all, so that its inverse is infinite: 1 and candidate",
        ),
    ],
)
def test_an_index_that_does_not_exist_has_a_reason(
    ratings: Any, candidate: Any, agreement: Any, reason: str
) -> None:
    found = williams_index(ratings, candidate, agreement=agreement)
    assert (found.value, found.low, found.reason) == (None, None, reason)


def test_wrong_input_is_named() -> None:
    with pytest.raises(ValueError, match="agreement is negative somewhere"):
        williams_index_of_agreement([[[1.0, -0.5], [-0.5, 1.0]]])
    with pytest.raises(ValueError, match="kind='dice'"):
        williams_index_of_agreement([[[1.0]]], kind="dice")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="agreement='kappa'"):
        williams_index([[1, 2]], [1], agreement="kappa")  # type: ignore[arg-type]
