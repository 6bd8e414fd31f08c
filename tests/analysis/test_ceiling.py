"""Noise ceiling: reliability, ratio and correlation under the same weights."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.agreement.icc import intraclass_correlation
from analysis.agreement.rating_table import RatingTable
from analysis.association.attenuation import disattenuate, spearman_brown
from analysis.association.ceiling import noise_ceiling, noise_ceiling_of_metric
from analysis.resampling import Resamples
from tests.analysis.gold import check, checks, data


def crossed() -> tuple[np.ndarray, RatingTable]:
    rows = data("crossed_small_pub")
    ratings = np.array([row[4:] for row in rows], dtype=float)
    return np.array([row[3] for row in rows]), RatingTable.of(ratings, [row[0] for row in rows])


def study(seed: int, n_cases: int = 20, masks: int = 3, raters: int = 4) -> tuple:
    rng = np.random.default_rng(seed)
    cases = np.repeat(np.arange(n_cases), masks)
    quality = rng.normal(size=n_cases)[cases] + rng.normal(size=len(cases))
    ratings = np.round(3 + quality[:, None] + rng.normal(size=(len(cases), raters)))
    metric = np.round(quality + rng.normal(size=len(cases)), 1)
    return metric, RatingTable.of(ratings, cases)


@pytest.mark.parametrize("gold", checks("noise_ceiling"))
def test_spearmans_corrections(gold):
    given, expected, close = gold["inputs"], gold["expected"], gold["atol"]
    found = disattenuate(given["r_metric_mean_rating"], given["reliability_mean_rating"])
    assert found.value == pytest.approx(expected["disattenuated"], abs=close)
    assert not found.beyond_one
    ceiling = given["reliability_mean_rating"] ** 0.5
    assert ceiling == pytest.approx(expected["ceiling"], abs=close)
    assert found.value == pytest.approx(given["r_metric_mean_rating"] / ceiling)
    longer = spearman_brown(given["single_rater_reliability"], given["raters"])
    assert longer == pytest.approx(expected["spearman_brown_3_from_1"], abs=close)


def test_the_small_crossed_study():
    gold = check("clustered_machinery_pub")
    expected, close = gold["expected"], gold["atol"]
    metric, table = crossed()
    found = noise_ceiling_of_metric(metric, table)
    assert found.correlation.value == pytest.approx(expected["spearman_pooled"], abs=close)
    assert found.reliability.value == pytest.approx(expected["ICC_Ck"], abs=close)
    ceiling = pytest.approx(expected["noise_ceiling_sqrt_ICC_Ck"], abs=close)
    assert found.ceiling.value == ceiling
    assert noise_ceiling(table).value == ceiling
    assert found.disattenuated.value == pytest.approx(expected["disattenuated_spearman"], abs=close)
    absolute = noise_ceiling(table, "ICC(A,k)")
    assert absolute.value == pytest.approx(expected["ICC_Ak"] ** 0.5, abs=close)


def test_all_four_move_with_the_same_cases():
    metric, table = study(0)
    found = noise_ceiling_of_metric(metric, table, "kendall")
    ratios = []
    for case in range(table.n_cases):
        kept = table.cases != case
        tau = stats.kendalltau(metric[kept], table.values[kept].mean(axis=1)).statistic
        own = RatingTable.of(table.values[kept])
        ratios.append(tau / intraclass_correlation(own, "ICC(C,k)").value ** 0.5)
    spread = np.sqrt(19 / 20 * np.sum((ratios - np.mean(ratios)) ** 2))
    assert found.disattenuated.standard_error == pytest.approx(spread, rel=1e-8)
    reliability = intraclass_correlation(table, "ICC(C,k)")
    assert found.reliability.low == pytest.approx(reliability.low)
    assert found.ceiling.low == pytest.approx(reliability.low**0.5)
    assert found.ceiling.high == pytest.approx(reliability.high**0.5)


def test_resampled_intervals_stand_beside():
    metric, table = study(1)
    found = noise_ceiling_of_metric(metric, table, resamples=Resamples(table.case_names, 100))
    for estimated in (found.correlation, found.reliability, found.ceiling, found.disattenuated):
        assert [interval.method.split(",")[0] for interval in estimated.beside] == [
            "percentile",
            "BCa",
        ]
        assert estimated.low < estimated.value < estimated.high


def test_order_of_units_and_raters_and_increasing_maps_change_nothing():
    metric, table = study(2)
    rng = np.random.default_rng(0)
    order, raters = rng.permutation(len(metric)), rng.permutation(4)
    labels = table.case_names[table.cases]
    mixed = RatingTable.of(table.values[order][:, raters], labels[order])
    found = noise_ceiling_of_metric(metric, table)
    other = noise_ceiling_of_metric(np.exp(metric[order]), mixed)
    for one, two in (
        (found.correlation, other.correlation),
        (found.disattenuated, other.disattenuated),
    ):
        assert (one.value, one.low, one.high) == pytest.approx((two.value, two.low, two.high))


def test_only_units_that_all_rated_enter():
    metric, table = study(3)
    holes = table.values.copy()
    holes[::7, 1] = np.nan
    kept = np.isfinite(holes).all(axis=1)
    found = noise_ceiling_of_metric(metric, RatingTable.of(holes, table.cases))
    alone = noise_ceiling_of_metric(metric[kept], RatingTable.of(holes[kept], table.cases[kept]))
    assert found.disattenuated.value == pytest.approx(alone.disattenuated.value)
    assert "51 of 60 units rated by all" in found.disattenuated.method


def test_beyond_one_is_reported_and_flagged():
    beyond = disattenuate(0.9, 0.5)
    assert beyond.value == pytest.approx(0.9 / 0.5**0.5)
    assert beyond.beyond_one
    assert disattenuate(-0.9, 0.5).beyond_one
    assert disattenuate(0.5, 0.8, 0.9).value == pytest.approx(0.5 / 0.72**0.5)
    rng = np.random.default_rng(8)
    ratings = rng.normal(size=(40, 2)) + 0.3 * rng.normal(size=(40, 1))
    found = noise_ceiling_of_metric(ratings.mean(axis=1), ratings)
    assert found.correlation.value == 1
    assert found.disattenuated.value > 1
    assert found.beyond_one


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        (np.ones((5, 1)), "fewer than two raters"),
        (np.ones((5, 3)), "do not vary"),
        ([[1, 2], [2, 1], [1, 2], [2, 1], [1.5, 1.4]], "reliability is not positive"),
        ([[1, 2], [np.nan, 1], [1, np.nan]], "at least 2"),
    ],
)
def test_no_ceiling(ratings, reason):
    alone = noise_ceiling(ratings)
    assert alone.value is None
    assert reason in alone.reason
    found = noise_ceiling_of_metric(np.arange(len(ratings)), ratings)
    assert found.ceiling.value is None
    assert found.disattenuated.value is None
    assert not found.beyond_one


def test_a_reliability_that_is_not_positive_is_still_told():
    ratings = [[1, 2], [2, 1], [1, 2], [2, 1], [1.5, 1.4]]
    found = noise_ceiling_of_metric([1, 2, 3, 4, 5], ratings)
    assert found.reliability.value < 0
    assert found.correlation.value is not None
    assert "not positive" in disattenuate(0.5, found.reliability.value).reason


def test_a_constant_metric_and_one_case():
    _, table = study(4)
    constant = noise_ceiling_of_metric(np.ones(60), table)
    assert constant.correlation.reason.startswith("no variation: the metric")
    assert constant.disattenuated.reason == constant.correlation.reason
    assert constant.ceiling.value is not None
    metric, table = study(4, n_cases=1, masks=6)
    one = noise_ceiling_of_metric(metric, table)
    assert one.ceiling.low is None
    assert "1 case" in one.ceiling.reason


def test_wrong_input():
    with pytest.raises(ValueError, match="for 5 units"):
        noise_ceiling_of_metric([1, 2], np.ones((5, 2)))
    with pytest.raises(ValueError, match="1 values of the metric are NaN"):
        noise_ceiling_of_metric([1, np.nan], np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"correlation is 1.5.*reliability is 2"):
        disattenuate(1.5, 2.0)
    with pytest.raises(ValueError, match="out of range"):
        spearman_brown(0.5, 0)
    assert spearman_brown(-0.9, 4) is None


def test_a_form_may_have_any_of_its_names() -> None:
    metric, table = crossed()
    for name in ("ICC2k", "icc_ak"):
        assert noise_ceiling(table, name) == noise_ceiling(table, "ICC(A,k)")
        named, plain = (noise_ceiling_of_metric(metric, table, form=f) for f in (name, "ICC(A,k)"))
        assert named == plain
    for call in (
        noise_ceiling,
        lambda ratings, form: noise_ceiling_of_metric(metric, ratings, form=form),
    ):
        with pytest.raises(ValueError, match="'alpha' is no form of the ICC"):
            call(table, "alpha")
