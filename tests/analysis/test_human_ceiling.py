"""The human ceiling: raters against the others, and metrics against raters."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.agreement.rating_table import RatingTable
from analysis.association.human_ceiling import (
    correlation_per_rater,
    human_ceiling,
    inside_rater_variability,
)
from analysis.resampling import Resamples
from tests.analysis.gold import check
from tests.analysis.test_ceiling import crossed, study


def values(found):
    return [estimated.value for estimated in found.of_rater.values()]


def spearman(x, y):
    return stats.spearmanr(x, y).statistic


def with_holes(seed: int):
    metric, table = study(seed)
    ratings = table.values.copy()
    ratings[np.random.default_rng(seed).random(ratings.shape) < 0.3] = np.nan
    return metric, RatingTable.of(ratings, table.cases)


def of_rater(ratings, rater):
    """Return which units a rater rated beside others, and the mean of those others."""
    others = np.delete(ratings, rater, axis=1)
    kept = np.isfinite(ratings[:, rater]) & np.isfinite(others).any(axis=1)
    return kept, np.nanmean(others[kept], axis=1).round(10)


def test_the_small_crossed_study():
    gold = check("clustered_machinery_pub")
    expected, close = gold["expected"], gold["atol"]
    metric, table = crossed()
    found = human_ceiling(table)
    assert values(found.lower) == pytest.approx(expected["rater_vs_mean_of_others"], abs=close)
    assert found.lower.mean.value == pytest.approx(expected["human_ceiling_loo"], abs=close)
    single = correlation_per_rater(metric, table)
    assert values(single) == pytest.approx(expected["spearman_per_rater"], abs=close)
    assert single.mean.value == pytest.approx(expected["spearman_mean_over_raters"], abs=close)


def test_missing_ratings_are_kept():
    metric, table = with_holes(0)
    found = human_ceiling(table)
    inside = inside_rater_variability(metric, table)
    lower, upper, gaps = [], [], []
    mean_of_all = np.nanmean(table.values, axis=1).round(10)
    for rater in range(4):
        kept, others = of_rater(table.values, rater)
        own = table.values[kept, rater]
        lower.append(spearman(own, others))
        upper.append(spearman(own, mean_of_all[kept]))
        gaps.append(spearman(metric[kept], others) - lower[-1])
    assert values(found.lower) == pytest.approx(lower)
    assert values(found.upper) == pytest.approx(upper)
    assert values(inside.difference) == pytest.approx(gaps)
    assert inside.difference.mean.value == pytest.approx(np.mean(gaps))
    assert found.upper.mean.value > found.lower.mean.value


def test_the_error_is_that_of_leaving_out_cases():
    metric, table = with_holes(1)
    found = inside_rater_variability(metric, table).difference.mean
    without = []
    for case in range(20):
        rest = table.cases != case
        gaps = []
        for rater in range(4):
            kept, others = of_rater(table.values[rest], rater)
            own = table.values[rest][kept, rater]
            gaps.append(spearman(metric[rest][kept], others) - spearman(own, others))
        without.append(np.mean(gaps))
    spread = np.sqrt(19 / 20 * np.sum((without - np.mean(without)) ** 2))
    assert found.standard_error == pytest.approx(spread)


@pytest.mark.parametrize("coefficient", ["kendall", "pearson"])
def test_other_coefficients(coefficient):
    _, table = with_holes(2)
    theirs = {"kendall": stats.kendalltau, "pearson": stats.pearsonr}[coefficient]
    kept, others = of_rater(table.values, 0)
    found = human_ceiling(table, coefficient).lower
    assert values(found)[0] == pytest.approx(theirs(table.values[kept, 0], others)[0])


def test_a_good_metric_is_inside_and_noise_is_not():
    rng = np.random.default_rng(3)
    quality = rng.normal(size=120)
    ratings = quality[:, None] + rng.normal(size=(120, 5))
    table = RatingTable.of(ratings, np.repeat(np.arange(40), 3))
    good = inside_rater_variability(quality + rng.normal(0, 0.5, 120), table, margin=0.05)
    assert good.non_inferiority.non_inferior
    assert good.non_inferiority.margin == -0.05
    assert good.non_inferiority.bound < good.difference.mean.value
    noise = inside_rater_variability(rng.normal(size=120), table, margin=0.10)
    assert not noise.non_inferiority.non_inferior
    assert noise.non_inferiority.test.p_value > 0.95


def test_the_order_of_raters_and_units_and_the_sign_of_ranks():
    metric, table = with_holes(4)
    rng = np.random.default_rng(4)
    order, raters = rng.permutation(60), rng.permutation(4)
    labels = table.case_names[table.cases]
    names = [table.rater_names[rater] for rater in raters]
    mixed = RatingTable.of(table.values[order][:, raters], labels[order], names)
    one = inside_rater_variability(metric, table, resamples=Resamples(table.case_names, 60))
    two = inside_rater_variability(
        np.exp(metric[order]), mixed, resamples=Resamples(table.case_names, 60)
    )
    for name, estimated in one.difference.of_rater.items():
        assert two.difference.of_rater[name].value == pytest.approx(estimated.value)
    assert two.difference.mean.low == pytest.approx(one.difference.mean.low)
    beside = zip(one.difference.mean.beside, two.difference.mean.beside, strict=True)
    for here, there in beside:
        assert there.low == pytest.approx(here.low)


def test_rounding_noise_makes_no_order_of_equal_means():
    # 0.1 + 0.2 + 0.3 and 0.3 + 0.2 + 0.1 differ in the last bit.
    ratings = [
        [1.0, 0.1, 0.2, 0.3],
        [2.0, 0.3, 0.2, 0.1],
        [3.0, 0.2, 0.3, 0.1],
        [4.0, 0.9, 0.9, 0.9],
        [5.0, 0.1, 0.1, 0.1],
    ]
    first = values(human_ceiling(ratings).lower)[0]
    assert first == pytest.approx(spearman([1, 2, 3, 4, 5], [2, 2, 2, 9, 1]))


def test_raters_without_a_correlation_are_named():
    _, table = study(5)
    ratings = table.values.copy()
    ratings[:, 1] = 3
    ratings[2:, 2] = np.nan
    metric = np.arange(60.0)
    found = correlation_per_rater(metric, RatingTable.of(ratings, table.cases))
    assert found.mean.reason == "no correlation for rater 2, 3"
    assert found.of_rater["2"].reason.startswith("no variation")
    assert found.of_rater["3"].reason == "2 units, at least 3 are needed"
    assert found.of_rater["1"].value is not None
    ratings[:, 3] = np.nan
    gone = correlation_per_rater(metric, RatingTable.of(ratings, table.cases))
    assert list(gone.of_rater) == ["1", "2", "3"]


def test_nothing_to_compare():
    alone = human_ceiling(np.arange(5.0)[:, None])
    assert alone.lower.mean.reason == "no unit has been rated by enough raters"
    assert alone.upper.of_rater == {}
    metric, table = study(6, n_cases=1, masks=8)
    one = inside_rater_variability(metric, table)
    assert one.difference.mean.low is None
    assert "1 case" in one.difference.mean.reason
    assert one.non_inferiority.test.reason == one.difference.mean.reason
    constant = inside_rater_variability(np.ones(60), study(6)[1])
    assert constant.difference.mean.value is None
    assert constant.non_inferiority.reason == constant.difference.mean.reason
    infinite = correlation_per_rater([np.inf, 1, 2, 3], np.arange(8.0).reshape(4, 2), "pearson")
    assert infinite.of_rater["1"].reason == "infinite values: use a rank correlation"
    extreme = correlation_per_rater([np.inf, 1, 2, 3], [[9, 8], [1, 2], [2, 1], [3, 3]])
    assert extreme.of_rater["1"].value == pytest.approx(1)


def test_wrong_input():
    with pytest.raises(ValueError, match="for 4 units"):
        correlation_per_rater([1, 2], np.ones((4, 2)))
    with pytest.raises(ValueError, match=r"margin is -0\.1"):
        inside_rater_variability([1, 2], np.ones((2, 2)), margin=-0.1)
