"""Bradley-Terry against published tables, statsmodels and plain maximisation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import optimize, stats

from analysis.preference import (
    Preferences,
    bradley_terry,
    elo_scale,
    order_effect_test,
)
from tests.analysis.gold import checks

TEAMS = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
# American League, eastern division, 1987: games won at home (row) and away (column) when the row
# played at home. Agresti A. Categorical Data Analysis, 2nd ed., table 10.10.
AT_HOME = [
    [0, 4, 4, 4, 6, 4, 6],
    [3, 0, 4, 4, 6, 6, 4],
    [2, 4, 0, 2, 4, 4, 6],
    [3, 5, 2, 0, 4, 4, 6],
    [5, 2, 3, 4, 0, 5, 6],
    [2, 3, 3, 4, 4, 0, 2],
    [2, 1, 1, 2, 1, 3, 0],
]
AWAY = [
    [0, 3, 2, 3, 1, 2, 0],
    [3, 0, 2, 3, 0, 1, 3],
    [5, 3, 0, 4, 3, 2, 0],
    [3, 1, 5, 0, 3, 2, 1],
    [1, 5, 3, 2, 0, 2, 0],
    [5, 3, 4, 3, 2, 0, 4],
    [5, 5, 6, 4, 6, 4, 0],
]
BASEBALL = Preferences.of_ordered_wins(AT_HOME, AWAY, players=TEAMS)


def drawn(n: int, seed: int, tie: float = 0.6, order: float = 0.4) -> Preferences:
    """Draw preferences between four players, with ties and an advantage of the first."""
    rng = np.random.default_rng(seed)
    names, ability = np.array(["a", "b", "c", "d"]), np.array([0.0, 0.3, 0.8, 1.1])
    one = rng.integers(0, 4, n)
    two = (one + rng.integers(1, 4, n)) % 4
    weights = np.exp([ability[one], ability[two] - order, (ability[one] + ability[two]) / 2])
    weights[2] *= tie
    chosen = (rng.random(n) > np.cumsum(weights / weights.sum(axis=0), axis=0)).sum(axis=0)
    won = np.where(chosen == 2, "tie", np.where(chosen == 0, names[one], names[two]))
    return Preferences.of(
        names[one], names[two], won, cases=rng.integers(0, 12, n), raters=rng.integers(0, 3, n)
    )


def negative_log_likelihood(theta: np.ndarray, table: Preferences, order: bool) -> float:
    """Write the model down row by row: three abilities, log nu, advantage."""
    ability = np.concatenate([[0.0], theta[:3]])
    advantage = theta[4] if order else 0.0
    total = 0.0
    for one, two, outcome in zip(table.first, table.second, table.outcome, strict=True):
        first, second = np.exp(ability[one]), np.exp(ability[two] - advantage)
        neither = np.exp(theta[3] + (ability[one] + ability[two]) / 2)
        total -= np.log((first, second, neither)[outcome] / (first + second + neither))
    return total


@pytest.mark.parametrize("check", checks("bradley_terry"))
def test_gold_values(check: dict[str, Any]) -> None:
    inputs, expected, atol = check["inputs"], check["expected"], check["atol"]
    fitted = bradley_terry(inputs["wins_row_over_column"], players=inputs["players"])
    found = dict(zip(fitted.players, fitted.log_ability, strict=True))
    errors = dict(zip(fitted.players, fitted.standard_error, strict=True))
    assert found == pytest.approx(expected["log_ability"], abs=atol)
    for player, error in expected["se"].items():
        assert errors[player] == pytest.approx(error, abs=atol)
    assert fitted.deviance == pytest.approx(expected["deviance"], abs=atol)
    assert fitted.df == expected["df"]
    assert fitted.tie_parameter == 0
    assert fitted.reason is None


def test_baseball_as_published() -> None:
    # Agresti 2002, table 10.11 and section 10.6.1: G2 = 15.7, df 15; home advantage .302 (.131).
    plain = bradley_terry(BASEBALL, reference="Baltimore")
    assert np.round(plain.log_ability, 2).tolist() == [1.58, 1.44, 1.29, 1.25, 1.11, 0.68, 0]
    assert (round(plain.deviance, 1), plain.df) == (15.7, 15)
    home = bradley_terry(BASEBALL, reference="Baltimore", order_effect=True)
    worth = np.exp(home.log_ability) / np.exp(home.log_ability).sum()
    assert np.round(worth, 3).tolist() == [0.220, 0.190, 0.164, 0.157, 0.137, 0.088, 0.044]
    assert round(home.order_effect, 3) == 0.302
    assert round(home.order_effect_standard_error, 3) == 0.131
    assert (round(home.deviance, 1), home.df) == (38.6, 35)
    test = order_effect_test(BASEBALL)
    assert round(test.test.statistic, 2) == 5.41  # 44.05 - 38.64
    assert test.log_odds == pytest.approx(home.order_effect)


@pytest.mark.parametrize("order", [False, True])
def test_abilities_errors_and_deviance_are_those_of_a_logistic_regression(order: bool) -> None:
    first_won, second_won = np.array(AT_HOME), np.array(AWAY)
    rows, counts = [], []
    for i, j in np.argwhere(first_won + second_won):
        rows.append([(i == k) - float(j == k) for k in range(1, 7)] + [1.0] * order)
        counts.append([first_won[i, j], second_won[i, j]])
    logit = sm.GLM(np.array(counts), np.array(rows), family=sm.families.Binomial()).fit(tol=1e-14)
    fitted = bradley_terry(BASEBALL, order_effect=order)
    assert fitted.log_ability[1:] == pytest.approx(logit.params[:6], abs=1e-8)
    assert fitted.standard_error[1:] == pytest.approx(logit.bse[:6], abs=1e-8)
    assert fitted.covariance[1:, 1:] == pytest.approx(logit.cov_params()[:6, :6], abs=1e-8)
    gap, error = fitted.contrast("Boston", "Detroit")
    design = np.zeros(6 + order)
    design[[3, 0]] = 1, -1
    contrast = logit.t_test(design)
    assert (gap, error) == pytest.approx((float(contrast.effect[0]), float(contrast.sd[0, 0])))
    if order:
        assert fitted.deviance == pytest.approx(logit.deviance)
        assert fitted.goodness_of_fit.p_value == pytest.approx(
            stats.chi2.sf(logit.deviance, logit.df_resid)
        )


@pytest.mark.parametrize("order", [False, True])
def test_ties_are_davidsons(order: bool) -> None:
    table = drawn(150, seed=4)
    best = optimize.minimize(
        negative_log_likelihood,
        np.zeros(5),
        args=(table, order),
        tol=1e-12,
        method="BFGS",
        options={"gtol": 1e-7},
    )
    fitted = bradley_terry(table, order_effect=order)
    assert fitted.log_likelihood == pytest.approx(-best.fun, abs=1e-8)
    assert fitted.log_ability[1:] == pytest.approx(best.x[:3], abs=1e-5)
    assert fitted.tie_parameter == pytest.approx(np.exp(best.x[3]), rel=1e-5)
    if order:
        assert fitted.order_effect == pytest.approx(best.x[4], abs=1e-5)
    kept = 5 if order else 4
    at = np.array([*fitted.log_ability[1:], np.log(fitted.tie_parameter), fitted.order_effect or 0])
    hessian = np.array(
        [
            [
                sum(
                    p * q * negative_log_likelihood(at + 1e-3 * (p * u + q * v), table, order)
                    for p in (-1, 1)
                    for q in (-1, 1)
                )
                / 4e-6
                for v in np.eye(5)[:kept]
            ]
            for u in np.eye(5)[:kept]
        ]
    )
    errors = np.sqrt(np.diag(np.linalg.inv(hessian)))
    assert fitted.standard_error[1:] == pytest.approx(errors[:3], rel=1e-4)
    assert fitted.log_tie_standard_error == pytest.approx(errors[3], rel=1e-4)
    if order:
        assert fitted.order_effect_standard_error == pytest.approx(errors[4], rel=1e-4)


def test_probabilities_follow_from_the_abilities() -> None:
    fitted = bradley_terry(drawn(150, seed=4))
    won, even = fitted.win_probability, fitted.tie_probability
    assert won + won.T + even == pytest.approx(np.ones((4, 4)))
    worth, nu = np.exp(fitted.log_ability), fitted.tie_parameter
    geometric = nu * np.sqrt(worth[1] * worth[3])
    assert won[1, 3] == pytest.approx(worth[1] / (worth[1] + worth[3] + geometric))
    # Expected equal to observed preferences: the likelihood equation of each ability.
    table = drawn(150, seed=4)
    for player in range(4):
        wins = sum(
            1.0 if (outcome == 0) == (one == player) else 0.0
            for one, two, outcome in zip(table.first, table.second, table.outcome, strict=True)
            if player in (one, two) and outcome != 2
        )
        ties = sum(
            player in (one, two) and outcome == 2
            for one, two, outcome in zip(table.first, table.second, table.outcome, strict=True)
        )
        expected = sum(
            won[player, two if one == player else one]
            + even[player, two if one == player else one] / 2
            for one, two in zip(table.first, table.second, strict=True)
            if player in (one, two)
        )
        assert wins + ties / 2 == pytest.approx(expected)


@pytest.mark.parametrize("ties", ["half", "omit"])
def test_other_ways_with_ties(ties: str) -> None:
    wins = np.array([[0, 8, 6.0], [2, 0, 5], [4, 5, 0]])
    even = np.array([[0, 4, 2.0], [4, 0, 1], [2, 1, 0]])
    found = bradley_terry(Preferences.of_wins(wins, ties=even), ties=ties)  # type: ignore[arg-type]
    plain = bradley_terry(wins + (even / 2 if ties == "half" else 0))
    assert found.log_ability == pytest.approx(plain.log_ability)
    assert found.tie_parameter is None


def test_relabelling_changes_the_labels_only() -> None:
    table = drawn(120, seed=9)
    names = np.array(table.players)
    won = np.array(["first", "second", "tie"])[table.outcome]
    chosen = np.where(
        won == "tie", "tie", np.where(won == "first", names[table.first], names[table.second])
    )
    order = np.random.default_rng(1).permutation(120)
    turned = Preferences.of(
        names[table.first][order], names[table.second][order], chosen[order], players="dbca"
    )
    one = bradley_terry(table, reference="b")
    two = bradley_terry(turned, reference="b")
    places = [two.players.index(name) for name in one.players]
    assert np.array(two.log_ability)[places] == pytest.approx(one.log_ability)
    assert np.array(two.standard_error)[places] == pytest.approx(one.standard_error)
    assert two.deviance == pytest.approx(one.deviance)


def test_elo_is_a_scale_only() -> None:
    assert elo_scale([0.0, np.log(10)], centre=1000) == pytest.approx([800, 1200])


def test_wrong_input_is_named() -> None:
    with pytest.raises(ValueError, match="order of showing") as caught:
        bradley_terry(
            [[0, 1], [1, 0]],
            reference="x",
            ties="both",
            order_effect=True,  # type: ignore[arg-type]
        )
    assert "reference 'x' is not among the players; ties='both'" in str(caught.value)
    with pytest.raises(ValueError, match="1 comparisons of a player with itself; preferred is"):
        Preferences.of(["a", "b"], ["a", "c"], ["a", "x"])
    with pytest.raises(ValueError, match=r"lengths \[2, 1, 2, 2, 2\]"):
        Preferences.of(["a", "b"], ["b"], ["a", "b"])
    with pytest.raises(ValueError, match="negative or not a number"):
        bradley_terry([[0, -1], [1, 0]])
    with pytest.raises(ValueError, match="diagonal"):
        bradley_terry([[1, 1], [1, 0]])
    with pytest.raises(ValueError, match="not players x players"):
        bradley_terry([1, 2])
    with pytest.raises(ValueError, match="ties are not symmetric"):
        Preferences.of_wins([[0, 1], [1, 0]], ties=[[0, 1], [0, 0]])
    with pytest.raises(ValueError, match="a player is called 'tie'"):
        Preferences.of(["tie"], ["b"], ["b"])
