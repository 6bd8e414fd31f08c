"""The alt-test against gold values and the published procedure in loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from analysis.agreement.rating_table import RatingTable
from analysis.interchangeability import AltTest, alt_test, alt_test_of_agreement
from analysis.resampling import Resamples
from tests.analysis.gold import checks, data


def drawn(seed: int, missing: float = 0.0, units: int = 60, raters: int = 4) -> np.ndarray:
    """Units x (raters + candidate), 5 levels; the candidate is noisier than the raters."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 1, (units, raters + 1)) * ([0.7] * raters + [1.0])
    noisy = rng.integers(1, 6, (units, 1)) + noise
    ratings = np.clip(np.round(noisy), 1, 5)
    ratings[rng.random(ratings.shape) < missing] = np.nan
    return ratings


def alignment_of(name: str, own: float, others: np.ndarray) -> float:
    if name == "accuracy":
        return float(np.mean(others == own))
    return -float(np.sqrt(np.mean((others - own) ** 2)))


def published_alt_test(
    ratings: np.ndarray, epsilon: float, name: str, q: float = 0.05
) -> tuple[float, float, list[float]]:
    """Calderon et al. 2025, unit by unit: winning rate, advantage probability, p values."""
    p_values, advantages = [], []
    for rater in range(ratings.shape[1] - 1):
        difference, wins = [], []
        for row in ratings:
            others = np.delete(row[:-1], rater)
            others = others[np.isfinite(others)]
            if np.isnan(row[rater]) or np.isnan(row[-1]) or not len(others):
                continue
            human = alignment_of(name, row[rater], others)
            model = alignment_of(name, row[-1], others)
            difference.append(float(human >= model) - float(model >= human))
            wins.append(float(model >= human))
        p_values.append(stats.ttest_1samp(difference, epsilon, alternative="less").pvalue)
        advantages.append(np.mean(wins))
    rejected = multipletests(p_values, q, method="fdr_by")[0]
    return float(np.mean(rejected)), float(np.mean(advantages)), p_values


@pytest.mark.parametrize("check", checks("alt_test"))
def test_gold_alt_test(check: dict[str, Any]) -> None:
    values = np.array(data(check["dataset"]), dtype=float)
    for name, expected in check["expected"].items():
        alignment, epsilon = name.rsplit("_eps", 1)
        found = alt_test(
            values[:3].T,
            values[3],
            epsilon=float(epsilon),
            alignment="accuracy" if alignment == "accuracy" else "negative_rmse",
        )
        assert found.winning_rate == pytest.approx(expected["winning_rate"], abs=check["atol"])
        assert found.passed is (expected["winning_rate"] >= 0.5)
        assert found.advantage_probability.value == pytest.approx(
            expected["advantage_probability"], abs=check["atol"]
        )


@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("alignment", ["accuracy", "negative_rmse"])
@pytest.mark.parametrize("epsilon", [0.1, 0.2, 0.35])
def test_the_alt_test_is_the_published_procedure(
    alignment: Any, epsilon: float, missing: float
) -> None:
    ratings = drawn(11, missing)
    rate, advantage, p_values = published_alt_test(ratings, epsilon, alignment)
    found = alt_test(ratings[:, :-1], ratings[:, -1], epsilon=epsilon, alignment=alignment)
    assert found.winning_rate == pytest.approx(rate)
    assert found.advantage_probability.value == pytest.approx(advantage)
    assert [one.test.p_value for one in found.raters] == pytest.approx(p_values)
    assert [one.adjusted_p_value for one in found.raters] == pytest.approx(
        multipletests(p_values, method="fdr_by")[1]
    )


def test_the_loops_above_do_not_all_end_alike() -> None:
    ratings = drawn(11)
    rates = {published_alt_test(ratings, e, "accuracy")[0] for e in (0.1, 0.2, 0.35)}
    assert len(rates) > 1


@pytest.mark.parametrize("name", ["accuracy", "negative_rmse"])
def test_a_function_of_ones_own_gives_the_same(name: Any) -> None:
    ratings = drawn(3, missing=0.2)
    own = alt_test(
        ratings[:, :-1], ratings[:, -1], alignment=lambda a, others: alignment_of(name, a, others)
    )
    assert own == alt_test(ratings[:, :-1], ratings[:, -1], alignment=name)


def test_masks_are_compared_by_the_agreement_of_every_two_judges() -> None:
    ratings = drawn(3, missing=0.2)
    equal = (ratings[:, :, None] == ratings[:, None, :]).astype(float)
    absent = np.isnan(ratings)
    equal[absent[:, :, None] | absent[:, None, :]] = np.nan
    order = [4, 0, 1, 2, 3]
    of_masks = alt_test_of_agreement(equal[:, order][:, :, order], candidate=0)
    assert of_masks == alt_test(ratings[:, :-1], ratings[:, -1])


def test_with_cases_the_t_test_is_over_case_means() -> None:
    ratings = drawn(6)
    cases = np.repeat([f"c{at}" for at in range(15)], 4)
    found = alt_test(RatingTable.of(ratings[:, :-1], cases), ratings[:, -1], epsilon=0.3)
    single = alt_test(ratings[:, :-1], ratings[:, -1], epsilon=0.3)
    for rater, one in enumerate(found.raters):
        difference = []
        for row in ratings:
            others = np.delete(row[:-1], rater)
            human = alignment_of("accuracy", row[rater], others)
            model = alignment_of("accuracy", row[-1], others)
            difference.append(float(human >= model) - float(model >= human))
        means = np.reshape(difference, (15, 4)).mean(axis=1)
        expected = stats.ttest_1samp(means, 0.3, alternative="less")
        assert one.test.p_value == pytest.approx(expected.pvalue)
        assert one.test.statistic == pytest.approx(expected.statistic)
        assert (one.n_units, one.n_cases, one.test.df) == (60, 15, (14.0,))
        # Cases of equal size: the share itself does not change.
        assert one.candidate_advantage == pytest.approx(single.raters[rater].candidate_advantage)


def test_order_of_raters_and_units_does_not_matter() -> None:
    ratings = drawn(8, missing=0.1)
    rng = np.random.default_rng(2)
    units, raters = rng.permutation(60), rng.permutation(4)
    one = alt_test(ratings[:, :-1], ratings[:, -1])
    two = alt_test(ratings[:, :-1][units][:, raters], ratings[units, -1])
    assert two.winning_rate == one.winning_rate
    for at, rater in enumerate(raters):
        assert two.raters[at].test.p_value == pytest.approx(one.raters[rater].test.p_value)


def test_the_advantage_probability_in_loops() -> None:
    ratings = drawn(12, missing=0.1, units=30)
    cases = np.repeat(np.arange(10), 3)
    resamples = Resamples(10, n=60, seed=4)
    found = alt_test(
        RatingTable.of(ratings[:, :-1], cases), ratings[:, -1], resamples=resamples
    ).advantage_probability
    per_case = np.full((10, 4), np.nan)
    for case in range(10):
        for rater in range(4):
            wins = []
            for row in ratings[cases == case]:
                others = np.delete(row[:-1], rater)
                others = others[np.isfinite(others)]
                if np.isfinite(row[[rater, 4]]).all() and len(others):
                    wins.append(np.mean(others == row[4]) >= np.mean(others == row[rater]))
            per_case[case, rater] = np.mean(wins) if wins else np.nan
    assert found.value == pytest.approx(np.nanmean(per_case, axis=0).mean())
    loop = [
        np.nanmean(np.repeat(per_case, row, axis=0), axis=0).mean()
        for row in resamples.rows(0, 60).astype(int)
    ]
    assert (found.beside[0].low, found.beside[0].high) == pytest.approx(
        tuple(np.quantile(loop, [0.025, 0.975]))
    )


def test_a_candidate_like_the_raters_and_one_that_is_not() -> None:
    agreed = np.tile([[1.0], [2.0], [3.0]], (12, 3))
    alike = alt_test(agreed, agreed[:, 0])
    assert (alike.winning_rate, alike.passed, alike.warnings) == (1.0, True, ())
    assert alike.raters[0].test.reason == (
        "the difference is the same in all cases: decided without a t statistic"
    )
    assert (alike.raters[0].candidate_advantage, alike.raters[0].rater_advantage) == (1, 1)
    assert alike.advantage_probability.reason is not None  # on the edge: no interval
    other = alt_test(agreed, agreed[:, 0] + 1)
    assert (other.winning_rate, other.passed) == (0.0, False)
    assert other.raters[0].test.p_value == 1


@pytest.mark.parametrize(
    ("ratings", "candidate", "reason"),
    [
        (np.ones((5, 1)), np.ones(5), "no rater can be tested: 1 raters: at least 2 are needed"),
        (np.empty((0, 3)), np.empty(0), "no rater can be tested: no unit was judged by"),
        (np.ones((5, 3)), np.full(5, np.nan), "no rater can be tested: no unit was judged by"),
        ([[1.0, 2.0]], [1.0], "no rater can be tested: no interval: 1 case"),
    ],
)
def test_what_cannot_be_tested_has_a_reason(ratings: Any, candidate: Any, reason: str) -> None:
    found: AltTest = alt_test(ratings, candidate)
    assert (found.winning_rate, found.passed) == (None, None)
    assert found.reason.startswith(reason)
    assert found.warnings


def test_a_rater_who_cannot_be_tested_is_named() -> None:
    ratings = drawn(5)
    ratings[:, 3] = np.nan
    found = alt_test(RatingTable.of(ratings[:, :-1], raters=list("abcd")), ratings[:, -1])
    assert found.warnings == (
        "fewer than 30 units for rater d: the t test needs about that many (Calderon et al. 2025)",
        "not tested and not in the winning rate: rater d",
    )
    assert found.winning_rate == alt_test(ratings[:, :3], ratings[:, -1]).winning_rate
    assert found.raters[3].test.reason.startswith("0 cases with candidate")


def test_wrong_input_is_named() -> None:
    with pytest.raises(ValueError, match=r"the candidate has shape \(3,\), there are 2 units"):
        alt_test([[1, 2], [1, 2]], [1, 2, 3])
    with pytest.raises(ValueError, match="epsilon=2 must lie"):
        alt_test([[1, 2], [1, 2]], [1, 2], epsilon=2)
    with pytest.raises(ValueError, match="alignment='kappa'"):
        alt_test([[1, 2], [1, 2]], [1, 2], alignment="kappa")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not units x judges x judges"):
        alt_test_of_agreement([[1.0, 2.0]])
    with pytest.raises(ValueError, match="not the same both ways; no judge 2 among 2; 2 case"):
        alt_test_of_agreement([[[1.0, 0.5], [0.4, 1.0]]], candidate=2, cases=[1, 2])
