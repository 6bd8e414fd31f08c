"""Rankings against tables worked out by hand, challengeR's own examples, and plain loops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.ranking import (
    CaseValues,
    Ranking,
    aggregate_then_rank,
    compare_rankings,
    consensus_ranking,
    rank_then_aggregate,
    ranking_stability,
    significance_ranking,
)
from analysis.resampling import Resamples

# Cases x models. Means .70 .70 .65; medians .70 .75 .70; ranks within cases (min):
# 1 2 3 / 3 1 2 / 1 1 1 / 3 1 1 -> mean ranks 2, 1.25, 1.75.
DICE = np.array([[0.9, 0.5, 0.4], [0.5, 0.8, 0.7], [0.7, 0.7, 0.7], [0.7, 0.8, 0.8]])
METHODS = {
    "mean": aggregate_then_rank,
    "median": lambda v, **k: aggregate_then_rank(v, aggregate="median", **k),
    "mean of ranks": rank_then_aggregate,
    "median of ranks": lambda v, **k: rank_then_aggregate(v, aggregate="median", **k),
    "tests": lambda v, **k: significance_ranking(v, adjust="none", **k),
}


def dice(values: object = DICE, **options: object) -> CaseValues:
    return CaseValues.of(values, higher_is_better=True, **options)  # type: ignore[arg-type]


def test_a_table_worked_out_by_hand() -> None:
    values = dice()
    assert aggregate_then_rank(values).aggregates == pytest.approx((0.7, 0.7, 0.65))
    assert aggregate_then_rank(values).ranks == (1, 1, 3)
    median = aggregate_then_rank(values, aggregate="median", ties="average")
    assert median.aggregates == pytest.approx((0.7, 0.75, 0.7))
    assert median.ranks == (2.5, 1, 2.5)
    by_rank = rank_then_aggregate(values)
    assert by_rank.aggregates == pytest.approx((2.0, 1.25, 1.75))
    assert by_rank.ranks == (3, 1, 2)
    # Shared mean ranks: 1 2 3 / 3 1 2 / 2 2 2 / 3 1.5 1.5.
    shared = rank_then_aggregate(values, ties="average")
    assert shared.aggregates == pytest.approx((2.25, 1.625, 2.125))
    assert rank_then_aggregate(values, aggregate="median").aggregates == (2.0, 1.0, 1.5)


def test_a_distance_is_better_when_low() -> None:
    hd95_mm = CaseValues.of([[2.0, 3.0], [4.0, 9.0]], higher_is_better=False, models=["a", "b"])
    for method in METHODS.values():
        assert method(hd95_mm).ranks[0] == 1
    assert aggregate_then_rank(hd95_mm).aggregates == (3.0, 6.0)


@pytest.mark.parametrize(
    ("higher_is_better", "first", "options", "wins", "ranks"),
    [
        (False, [0.2] * 4, {}, (1, 0), (1, 2)),
        (True, [0.2] * 4, {}, (0, 1), (2, 1)),
        (False, [np.nan, 0.2, 0.2, 0.2], {"worst_value": 100.0}, (0, 0), (1, 1)),
        (False, [np.nan, 0.2, 0.2, 0.2], {"undefined": "omit"}, (0, 0), (1, 1)),
    ],
)
def test_challenger_examples_of_test_then_rank(
    higher_is_better: bool,
    first: list[float],
    options: dict[str, object],
    wins: tuple[int, int],
    ranks: tuple[int, int],
) -> None:
    # The examples in challengeR's own tests of testThenRank, whose p values are not adjusted.
    table = np.column_stack([first, [1.0] * 4])
    values = CaseValues.of(table, higher_is_better=higher_is_better, **options)  # type: ignore[arg-type]
    ranking = significance_ranking(values, adjust="none")
    assert (ranking.aggregates, ranking.ranks) == (wins, ranks)


def test_challenger_example_of_ties_max() -> None:
    values = CaseValues.of([[0.6, 0.8], [0.6, 0.8]], higher_is_better=False)
    assert significance_ranking(values, adjust="none", ties="max").ranks == (2, 2)


@pytest.mark.parametrize("ties", ["min", "average", "max"])
@pytest.mark.parametrize("method", METHODS)
def test_weights_are_cases_written_repeatedly(method: str, ties: str) -> None:
    rng = np.random.default_rng(5)
    values = np.round(rng.random((9, 1)) + rng.normal(0, 0.15, (9, 4)), 1)
    values[:, 3] += 0.2
    ranking = METHODS[method](dice(values), ties=ties)
    counts = rng.multinomial(9, [1 / 9] * 9, size=25)
    loop = [
        METHODS[method](dice(np.repeat(values, row, axis=0)), ties=ties).ranks for row in counts
    ]
    assert np.array_equal(ranking.ranks_given(counts.astype(float)), loop)


@pytest.mark.parametrize("method", METHODS)
def test_stability_is_that_of_a_plain_loop(method: str) -> None:
    rng = np.random.default_rng(8)
    values = rng.random((12, 1)) + rng.normal(0, 0.1, (12, 3)) + [0.0, 0.05, 0.1]
    resamples = Resamples(12, n=60, seed=3)
    stable = ranking_stability(METHODS[method](dice(values)), resamples)
    ranks = np.array(
        [
            METHODS[method](dice(np.repeat(values, row, axis=0))).ranks
            for row in resamples.rows(0, 60).astype(int)
        ]
    )
    for model in range(3):
        expected = [(ranks[:, model] == rank).sum() for rank in (1, 2, 3)]
        assert stable.rank_counts[model].tolist() == expected
        interval = stable.rank_intervals[model]
        assert (interval.low, interval.high) == pytest.approx(
            tuple(np.quantile(ranks[:, model], [0.025, 0.975]))
        )
        first = [(row[model] == 1) / (row == 1).sum() for row in ranks]
        assert stable.win_probability[model] == pytest.approx(np.mean(first))
        ahead = np.mean((ranks[:, [model]] < ranks) + 0.5 * (ranks[:, [model]] == ranks), axis=0)
        assert stable.better_probability[model] == pytest.approx(ahead)
    assert sum(stable.win_probability) == pytest.approx(1)
    assert (stable.n_resamples, stable.undefined_resamples) == (60, 0)


def test_all_resamples_of_a_few_cases_count_as_often_as_they_are_drawn() -> None:
    values = dice(DICE[:3])
    exact = ranking_stability(aggregate_then_rank(values), Resamples(3))
    draws = np.stack(np.meshgrid(*[range(3)] * 3), axis=-1).reshape(-1, 3)
    ranks = np.array([aggregate_then_rank(dice(DICE[draw])).ranks for draw in draws])
    assert exact.n_resamples == 27
    assert exact.rank_counts.tolist() == [
        [int((ranks[:, model] == rank).sum()) for rank in (1, 2, 3)] for model in range(3)
    ]
    assert sum(exact.kendall_counts) <= 27


def test_undefined_values_rank_worst_or_their_cases_are_left_out() -> None:
    table = [[0.5, np.nan, 0.1], [0.6, 0.9, 0.1]]
    # Behind 0.1 in its case; in means it counts as the worst value of the table.
    assert rank_then_aggregate(dice(table)).aggregates == (1.5, 2.0, 2.5)
    assert aggregate_then_rank(dice(table)).aggregates == pytest.approx((0.55, 0.5, 0.1))
    zero = dice(table, worst_value=0.0)
    assert aggregate_then_rank(zero).aggregates == pytest.approx((0.55, 0.45, 0.1))
    omitted = dice(table, undefined="omit")
    assert aggregate_then_rank(omitted).aggregates == pytest.approx((0.6, 0.9, 0.1))
    assert (omitted.n_cases, omitted.n_omitted, omitted.n_undefined) == (1, 1, (0, 1, 0))
    infinite = CaseValues.of([[3.0, np.inf]], higher_is_better=False)
    assert rank_then_aggregate(infinite).ranks == (1, 2)
    assert infinite.n_undefined == (0, 1)


def test_a_consensus_is_the_mean_rank_of_structures_with_their_own_cases() -> None:
    liver = dice([[0.9, 0.8, 0.7], [0.9, 0.7, 0.8]], cases=["b", "a"])
    kidney = dice([[0.5, 0.7, 0.6], [0.6, 0.7, 0.8]], cases=["b", "c"])
    rankings = {"liver": aggregate_then_rank(liver), "kidney": aggregate_then_rank(kidney)}
    consensus = consensus_ranking(rankings)
    # liver .90 .75 .75 -> 1 2 2; kidney .55 .70 .70 -> 3 1 1.
    assert consensus.aggregates == (2.0, 1.5, 1.5)
    assert consensus.ranks == (3, 1, 1)
    assert consensus.case_names.tolist() == ["a", "b", "c"]
    # Case b alone: liver 1 2 3, kidney 3 1 2. Without b: liver 1 3 2, kidney 3 2 1.
    weights = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    ranks = consensus.ranks_given(weights)
    assert ranks[:2].tolist() == [[2, 1, 3], [2, 3, 1]]
    assert np.isnan(ranks[2]).all()  # no kidney left
    stable = ranking_stability(consensus, Resamples(["a", "b", "c"]))
    assert (stable.n_resamples, stable.undefined_resamples) == (27, 2)


def test_rankings_by_two_metrics_are_compared_by_tau() -> None:
    first = aggregate_then_rank(dice([[0.9, 0.8, 0.7]] * 3, models="abc"))
    other = CaseValues.of([[5.0, 3.0, 1.0]] * 3, higher_is_better=False, models="bca")
    # a > b > c against a > c > b: one of three pairs disagrees.
    compared = compare_rankings(first, aggregate_then_rank(other), resamples=Resamples(3))
    assert compared.tau == pytest.approx(1 / 3)
    assert (compared.interval.low, compared.interval.high) == pytest.approx((1 / 3, 1 / 3))
    tied = aggregate_then_rank(dice([[0.5, 0.5, 0.5]], models="abc"))
    assert compare_rankings(first, tied).reason == "all models tie in one of the rankings"
    with pytest.raises(ValueError, match="only one of the rankings has c, d"):
        compare_rankings(first, aggregate_then_rank(dice([[1, 2, 3]], models="abd")))


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.sampled_from(sorted(METHODS)), st.sampled_from(["min", "average"])
)
def test_order_of_cases_and_models_does_not_matter(seed: int, method: str, ties: str) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 6, (8, 4)) / 10
    ranks = np.array(METHODS[method](dice(values), ties=ties).ranks)
    turned = METHODS[method](dice(values[rng.permutation(8)]), ties=ties)
    assert np.array_equal(turned.ranks, ranks)
    models = rng.permutation(4)
    assert np.array_equal(METHODS[method](dice(values[:, models]), ties=ties).ranks, ranks[models])


def test_a_long_table_is_the_same_as_a_wide_one() -> None:
    rows = [
        {"case": case, "model": model, "dsc": DICE[at, column]}
        for at, case in enumerate("wxyz")
        for column, model in enumerate("abc")
        if (case, model) != ("w", "c")
    ]
    frame = pd.DataFrame(rows).sample(frac=1, random_state=1)
    columns = {"case": "case", "model": "model", "value": "dsc", "higher_is_better": True}
    long = CaseValues.from_long(frame, **columns)  # type: ignore[arg-type]
    wide = DICE.copy()
    wide[0, 2] = np.nan
    assert aggregate_then_rank(long).aggregates == aggregate_then_rank(dice(wide)).aggregates
    with pytest.raises(ValueError, match="1 rows repeat a case and model: x/a"):
        CaseValues.from_long(
            pd.concat([frame, frame[(frame.case == "x") & (frame.model == "a")]]),
            **columns,  # type: ignore[arg-type]
        )


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.empty((0, 3)), "no case"),
        ([[0.5], [0.6]], "1 models: at least 2 are needed for a ranking"),
        ([[np.nan, np.nan]], "no model has a value in any case"),
    ],
)
@pytest.mark.parametrize("method", METHODS)
def test_what_cannot_be_ranked_has_a_reason(values: object, reason: str, method: str) -> None:
    ranking: Ranking = METHODS[method](dice(values))
    assert (ranking.ranks, ranking.aggregates, ranking.reason) == (None, None, reason)
    stable = ranking_stability(ranking, Resamples(max(1, ranking.n_cases)))
    assert (stable.win_probability, stable.kendall_mean, stable.reason) == (None, None, reason)
    consensus = consensus_ranking({"liver": ranking})
    assert (consensus.ranks, consensus.reason) == (None, f"liver: {reason}")


def test_everything_wrong_with_the_input_is_named_at_once() -> None:
    with pytest.raises(ValueError, match="infinitely good") as caught:
        CaseValues.of(
            [[0.5, np.inf]], higher_is_better=True, models=["a", "a", "b"], cases=["x", "y"]
        )
    assert str(caught.value) == (
        "3 model labels for 2 columns; 2 case labels for 1 rows; model named more than once: a; "
        "1 values are infinitely good"
    )
    with pytest.raises(ValueError, match="1 values are worse than the worst value"):
        CaseValues.of([[0.5, -0.1]], higher_is_better=True, worst_value=0.0)
    with pytest.raises(ValueError, match="1 axes, not two"):
        dice([1.0, 2.0])
    with pytest.raises(ValueError, match="ties='first'"):
        aggregate_then_rank(dice(), ties="first")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="aggregate='mode'"):
        rank_then_aggregate(dice(), aggregate="mode")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="same models"):
        consensus_ranking({})
