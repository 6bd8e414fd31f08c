"""Abilities without a bound: the reasons, and Firth's penalty against plain maximisation."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from scipy import optimize

from analysis.preference import (
    BradleyTerry,
    Preferences,
    ability_estimates,
    bradley_terry,
    order_effect_test,
    preference_ranking,
)
from tests.analysis.test_preference import drawn, negative_log_likelihood


def penalised(theta: np.ndarray, wins: np.ndarray) -> float:
    ability = np.concatenate([[0.0], theta])
    total, information = 0.0, np.zeros((len(ability), len(ability)))
    for i, j in combinations(range(len(ability)), 2):
        p = 1 / (1 + np.exp(ability[j] - ability[i]))
        total += wins[i, j] * np.log(p) + wins[j, i] * np.log(1 - p)
        x = np.eye(len(ability))[i] - np.eye(len(ability))[j]
        information += (wins[i, j] + wins[j, i]) * p * (1 - p) * np.outer(x, x)
    return -total - np.linalg.slogdet(information[1:, 1:])[1] / 2


def test_firths_penalty_makes_an_undefeated_player_finite() -> None:
    wins = np.array([[0, 3, 0, 4], [0, 0, 5, 1], [0, 2, 0, 3], [0, 2, 2, 0.0]])
    infinite = bradley_terry(wins, players="abcd")
    assert infinite.log_ability is None
    assert infinite.win_probability is None
    assert infinite.reason == (
        "a never lost to b, c, d: the ability is infinite (penalty='firth' gives finite ones)"
    )
    fitted = bradley_terry(wins, players="abcd", penalty="firth")
    best = optimize.minimize(penalised, np.zeros(3), args=(wins,), tol=1e-12)
    assert fitted.log_ability[1:] == pytest.approx(best.x, abs=1e-5)
    assert "Firth" in fitted.method
    # Jeffreys' prior does not depend on the reference.
    other = bradley_terry(wins, players="abcd", penalty="firth", reference="c")
    assert np.array(other.log_ability) - other.log_ability[0] == pytest.approx(fitted.log_ability)


def test_firths_penalty_with_ties_and_order_is_stationary() -> None:
    table = drawn(60, seed=2)
    fitted = bradley_terry(table, order_effect=True, penalty="firth")
    at = np.array([*fitted.log_ability[1:], np.log(fitted.tie_parameter), fitted.order_effect])
    basis = np.eye(5) * 1e-3

    def information(theta: np.ndarray) -> np.ndarray:
        # Expected information: the Hessian does not depend on the outcomes in a logit model.
        return np.array(
            [
                [
                    sum(
                        p * q * negative_log_likelihood(theta + p * u + q * v, table, True)
                        for p in (-1, 1)
                        for q in (-1, 1)
                    )
                    / 4e-6
                    for v in basis
                ]
                for u in basis
            ]
        )

    def objective(theta: np.ndarray) -> float:
        half = np.linalg.slogdet(information(theta))[1] / 2
        return float(half - negative_log_likelihood(theta, table, True))

    slope = [(objective(at + 10 * u) - objective(at - 10 * u)) / 2e-2 for u in basis]
    assert slope == pytest.approx([0] * 5, abs=2e-3)


@pytest.mark.parametrize(
    ("wins", "reason"),
    [
        (np.zeros((2, 2)), "no comparison"),
        (
            [[0, 3, 0, 0], [2, 0, 0, 0], [0, 0, 0, 1], [0, 0, 2, 0]],
            "the comparisons fall into groups that never met: 1, 2 | 3, 4",
        ),
        (
            [[0, 3, 1, 0], [2, 0, 0, 2], [0, 0, 0, 1], [0, 0, 2, 0]],
            "1, 2 never lost to 3, 4: the ability is infinite (penalty='firth' gives finite ones)",
        ),
    ],
)
def test_what_has_no_finite_ability_has_a_reason(wins: Any, reason: str) -> None:
    fitted: BradleyTerry = bradley_terry(wins)
    assert (fitted.log_ability, fitted.deviance, fitted.reason) == (None, None, reason)


def test_effects_without_a_bound_have_a_reason() -> None:
    first = Preferences.of(list("abcabc"), list("bcabca"), list("abcabc"))  # the first always wins
    assert bradley_terry(first).log_ability == pytest.approx((0, 0, 0))
    unbounded = "the order effect or the tie parameter is infinite"
    assert bradley_terry(first, order_effect=True).reason.startswith(unbounded)
    assert order_effect_test(first).test.reason.startswith(unbounded)
    even = Preferences.of(["a", "b"], ["b", "c"], ["tie", "tie"])
    assert bradley_terry(even).reason.startswith(unbounded)


def test_abilities_may_lie_far_apart_and_still_be_finite() -> None:
    wins = np.zeros((9, 9))
    for better in range(8):
        wins[better, better + 1], wins[better + 1, better] = 9_999, 1
    fitted = bradley_terry(wins)
    assert np.diff(fitted.log_ability) == pytest.approx([-np.log(9_999)] * 8)
    # The log of odds a : b has variance 1 / a + 1 / b.
    assert fitted.standard_error[1] == pytest.approx(np.sqrt(1 / 9_999 + 1))
    assert fitted.df == 0
    assert fitted.goodness_of_fit.reason is not None
    assert fitted.deviance == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("penalty", ["none", "firth"])
def test_orders_that_cannot_tell_an_effect_of_order_have_a_reason(penalty: Any) -> None:
    # a is always shown first: its ability and the advantage of the first are one thing.
    shown = Preferences.of(list("aaaa"), list("bbbb"), list("aaba"), cases=list("wxyz"))
    fitted = bradley_terry(shown, order_effect=True, penalty=penalty)
    assert fitted.reason == (
        "the order effect cannot be told from the abilities by the orders that were shown"
    )
    assert order_effect_test(shown).test.reason == fitted.reason
    found = ability_estimates(shown, order_effect=True, penalty=penalty)
    assert (found["b"].value, found["b"].reason) == (None, fitted.reason)


def test_a_case_that_alone_tells_the_effect_of_order_counts_as_undefined() -> None:
    # Without case z every pair is shown with a first.
    first, second, preferred = list("aaaaabb"), list("bbbbbaa"), list("aabbaab")
    shown = Preferences.of(first, second, preferred, cases=list("tuvwxzz"))
    found = ability_estimates(shown, order_effect=True)["b"]
    assert found.value is not None
    assert found.undefined_replicates == 1
    assert "1 of 6 leave-one-case-out values are undefined" in str(found.reason)


def test_a_circle_tells_an_effect_of_order() -> None:
    # Each pair in one order only: the advantage is told from the abilities round the circle.
    shown = list("aaabbbccc"), list("bbbcccaaa"), list("aabbbccca")
    fitted = bradley_terry(Preferences.of(*shown), order_effect=True)
    assert fitted.reason is None
    assert fitted.order_effect == pytest.approx(np.log(2), abs=1e-6)


def test_no_comparison_at_all_has_a_reason() -> None:
    nothing = Preferences.of([], [], [], players=["a", "b"])
    assert ability_estimates(nothing)["b"].reason == "no comparison"
    assert preference_ranking(nothing).reason == "no comparison"
