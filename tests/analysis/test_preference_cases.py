"""Preferences when the cases are the sample, and effects of raters, against plain loops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from analysis.preference import (
    Preferences,
    ability_estimates,
    bradley_terry,
    order_effect_test,
    preference_ranking,
    rater_homogeneity,
)
from analysis.preference.cases import abilities_given
from analysis.preference.options import Options, checked
from analysis.ranking import ranking_stability
from analysis.resampling import Resamples, evaluate
from tests.analysis.test_preference import drawn

OPTIONS = [
    {},
    {"ties": "omit"},
    {"ties": "half"},
    {"order_effect": True},
    {"penalty": "firth"},
    {"penalty": "firth", "order_effect": True},
]


def repeated(table: Preferences, counts: np.ndarray) -> Preferences:
    """Write every comparison down as often as its case counts."""
    rows = np.repeat(np.arange(len(table.first)), counts[table.cases])
    names = np.array([*table.players, "tie"])
    places = np.where(
        table.outcome == 2,
        len(table.players),
        np.where(table.outcome == 0, table.first, table.second),
    )
    return Preferences.of(
        names[table.first][rows],
        names[table.second][rows],
        names[places][rows],
        players=table.players,
    )


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("n", [40, 150])
def test_weights_are_cases_written_repeatedly(options: dict[str, object], n: int) -> None:
    table = drawn(n, seed=n)
    counts = np.random.default_rng(2).multinomial(12, [1 / 12] * 12, size=15)
    given = abilities_given(table, checked(table, Options("b", **options)))  # type: ignore[arg-type]
    found = given(counts.astype(float))
    infinite = 0
    for row, abilities in zip(counts, found, strict=True):
        loop = bradley_terry(repeated(table, row), reference="b", **options)  # type: ignore[arg-type]
        if loop.log_ability is None:
            infinite += 1
            assert np.isnan(abilities).all()
        else:
            assert abilities == pytest.approx(loop.log_ability, abs=1e-6)
    assert infinite < 15


def test_a_resample_without_ties_has_the_abilities_of_one_without_the_parameter() -> None:
    # a to b 3 : 1, b to c 1 : 2 in the first case; a tie in the second.
    wins = [*[("a", "b", "a")] * 3, ("a", "b", "b"), ("b", "c", "b"), *[("b", "c", "c")] * 2]
    table = Preferences.of(*zip(*wins, ("a", "c", "tie"), strict=True), cases=[1] * len(wins) + [2])
    given = abilities_given(table, checked(table, Options()))
    found = given(np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 1.0]]))
    assert found[0] == pytest.approx([0, -np.log(3), np.log(2 / 3)])
    expected = bradley_terry(repeated(table, np.array([1, 0]))).log_ability
    assert found[0] == pytest.approx(expected)
    assert np.isfinite(found[1]).all()
    assert np.isnan(found[2]).all()


def test_errors_are_those_of_leaving_cases_out() -> None:
    table = drawn(200, seed=7)
    found = ability_estimates(table, reference="a", resamples=Resamples(table.case_names, n=50))
    assert list(found) == ["b", "c", "d"]
    without = np.array(
        [bradley_terry(repeated(table, row)).log_ability for row in 1 - np.eye(12, dtype=int)]
    )
    whole = bradley_terry(table)
    errors = np.sqrt(11 / 12 * ((without - without.mean(axis=0)) ** 2).sum(axis=0))
    loop = [
        bradley_terry(repeated(table, row)).log_ability
        for row in Resamples(table.case_names, n=50).rows(0, 50).astype(int)
    ]
    for at, name in enumerate("bcd", start=1):
        estimate = found[name]
        assert estimate.value == pytest.approx(whole.log_ability[at])
        assert estimate.standard_error == pytest.approx(errors[at], rel=1e-5)
        reach = stats.t.ppf(0.975, 11) * errors[at]
        assert estimate.high == pytest.approx(whole.log_ability[at] + reach, rel=1e-5)
        percentile = estimate.beside[0]
        assert (percentile.low, percentile.high) == pytest.approx(
            tuple(np.quantile([row[at] for row in loop], [0.025, 0.975])), abs=1e-6
        )


def test_the_ranking_of_players_and_its_stability() -> None:
    table = drawn(300, seed=1)
    ranking = preference_ranking(table)
    assert ranking.ranks == (4, 3, 2, 1)
    resamples = Resamples(table.case_names, n=200)
    stable = ranking_stability(ranking, resamples)
    replicates = evaluate(abilities_given(table, checked(table, Options())), resamples)
    best = replicates.argmax(axis=1)
    shares = [float((best == player).mean()) for player in range(4)]
    assert stable.win_probability == pytest.approx(shares)
    assert shares[3] > 0.5


def test_an_undefeated_player_has_a_reason_everywhere() -> None:
    table = Preferences.of(list("aabb"), list("bcca"), ["a", "a", "b", "a"], cases=[1, 2, 3, 3])
    reason = "a never lost to b, c: the ability is infinite (penalty='firth' gives finite ones)"
    found = ability_estimates(table)
    assert {one.reason for one in found.values()} == {reason}
    assert {one.value for one in found.values()} == {None}
    assert (preference_ranking(table).ranks, preference_ranking(table).reason) == (None, reason)
    penalised = ability_estimates(table, penalty="firth")
    assert all(one.value is not None for one in penalised.values())
    assert preference_ranking(table, penalty="firth").ranks == (1, 2, 3)


def test_rater_homogeneity_is_the_test_of_interactions_in_a_logistic_regression() -> None:
    table = drawn(400, seed=5, tie=0.0, order=0.0)
    x = np.eye(4)[table.first] - np.eye(4)[table.second]
    won = (table.outcome == 0).astype(float)
    common = sm.Logit(won, x[:, 1:]).fit(disp=0)
    apart = sum(
        sm.Logit(won[table.raters == rater], x[table.raters == rater][:, 1:]).fit(disp=0).llf
        for rater in range(3)
    )
    found = rater_homogeneity(table)
    assert found.test.statistic == pytest.approx(2 * (apart - common.llf))
    assert found.test.df == (6.0,)
    assert found.test.p_value == pytest.approx(stats.chi2.sf(found.test.statistic, 6))
    assert (list(found.abilities), found.left_out) == (["0", "1", "2"], ())


def test_raters_without_finite_abilities_are_left_out_by_name() -> None:
    table = drawn(300, seed=5)
    names = np.array([*table.players, "tie"])
    rows = range(300)
    frame = pd.DataFrame(
        {
            "left": names[table.first],
            "right": names[table.second],
            "choice": [names[(table.first[i], table.second[i], 4)[table.outcome[i]]] for i in rows],
            "rater": np.array(["p", "q", "r"])[table.raters],
            "case": table.cases,
        }
    )
    columns = {"first": "left", "second": "right", "preferred": "choice", "rater": "rater"}
    new = pd.DataFrame([{"left": "a", "right": "b", "choice": "a", "rater": "new", "case": 0}])
    more = Preferences.from_long(pd.concat([frame, new]), case="case", **columns)
    found = rater_homogeneity(more)
    assert found.left_out == ("new",)
    expected = rater_homogeneity(Preferences.from_long(frame, case="case", **columns))
    assert found.test == expected.test
    alone = rater_homogeneity(Preferences.from_long(new, **columns))
    assert alone.test.p_value is None
    assert alone.test.reason == "0 raters have finite abilities of their own, 2 are needed"


def test_the_side_of_showing_is_found_where_there_is_one() -> None:
    biased = order_effect_test(drawn(600, seed=3, order=0.8))
    assert biased.log_odds == pytest.approx(0.8, abs=0.35)
    assert biased.test.p_value < 1e-4
    fair = order_effect_test(drawn(600, seed=3, order=0.0))
    assert fair.test.p_value > 0.05
