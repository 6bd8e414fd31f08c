"""Areas under the ROC curve: closed forms against pROC, weights against copies and loops."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from analysis.association.acceptability import Verdicts
from analysis.association.auc import (
    _by_sorting,
    auc,
    auc_difference,
    auc_statistic,
    compare_family_aucs,
)
from analysis.association.auc_variance import (
    delong,
    delong_test,
    obuchowski,
    obuchowski_test,
)
from analysis.resampling import Resamples, evaluate, leave_one_out
from tests.analysis.gold import checks, data

METRICS = {"wfns": 1, "s100b": 2, "ndka": 3}


def asah(metric: str, positive: str) -> Verdicts:
    rows = data("asah")
    values = [row[METRICS[metric]] for row in rows]
    return Verdicts.of(values, [row[0] == positive for row in rows])


def study(seed: int, n_cases: int = 12, masks: int = 4) -> Verdicts:
    rng = np.random.default_rng(seed)
    cases = np.repeat(np.arange(n_cases), masks)
    quality = rng.normal(size=n_cases)[cases] + rng.normal(size=len(cases))
    metric = np.round(quality + rng.normal(size=len(cases)), 1)
    return Verdicts.of(metric, quality > 0, cases)


def plain_area(metric: np.ndarray, acceptable: np.ndarray) -> float:
    won = [
        1.0 if x > y else 0.5 if x == y else 0.0
        for x, y in product(metric[acceptable], metric[~acceptable])
    ]
    return float(np.mean(won)) if won else np.nan


@pytest.mark.parametrize("check", checks("auc_delong"))
def test_delong_on_asah(check):
    expected, close = check["expected"], check["atol"]
    for name in METRICS:
        verdicts = asah(name, check["options"]["positive"])
        area, of_data = expected[name], delong(verdicts)
        assert of_data.auc == pytest.approx(area["auc"], abs=close)
        assert of_data.variance == pytest.approx(area["var"], abs=close)
        assert (of_data.low, of_data.high) == pytest.approx(area["ci95"], abs=close)
        assert of_data.standard_error == pytest.approx(area["var"] ** 0.5, abs=close)
        assert auc(verdicts).value == pytest.approx(area["auc"], abs=close)
    for name in (key for key in expected if key.startswith("test_")):
        first, second = name.removeprefix("test_").split("_vs_")
        both = (asah(each, check["options"]["positive"]) for each in (first, second))
        found = delong_test(*both)
        assert found.test.statistic == pytest.approx(expected[name]["z"], abs=close)
        assert found.test.p_value == pytest.approx(expected[name]["p"], abs=close)
        assert (found.low, found.high) == pytest.approx(expected[name]["ci95"], abs=close)


@pytest.mark.parametrize("check", checks("auc_clustered"))
def test_obuchowski(check):
    case, metric, acceptable = np.array(data(check["dataset"])).T
    verdicts = Verdicts.of(metric, acceptable, case)
    expected, close = check["expected"], check["atol"]
    found = obuchowski(verdicts)
    assert found.auc == pytest.approx(expected["auc"], abs=close)
    assert found.variance == pytest.approx(expected["var"], abs=close)
    assert (found.low, found.high) == pytest.approx(expected["ci95"], abs=close)
    assert delong(verdicts).variance == pytest.approx(expected["var_delong_iid"], abs=close)


@pytest.mark.parametrize("seed", range(5))
def test_obuchowski_is_delong_where_each_case_has_one_mask(seed):
    one, two = study(seed, 40, 1), study(seed + 50, 40, 1)
    two = Verdicts.of(two.metric, one.acceptable, one.cases)
    assert obuchowski(one).variance == pytest.approx(delong(one).variance, rel=1e-12)
    clustered, plain = obuchowski_test(one, two), delong_test(one, two)
    assert clustered.variance == pytest.approx(plain.variance, rel=1e-12)
    assert clustered.test.p_value == pytest.approx(plain.test.p_value, rel=1e-10)


def test_the_variance_of_a_difference_is_that_of_both_less_twice_their_covariance():
    one = study(3)
    two = Verdicts.of(one.metric + np.random.default_rng(3).normal(size=48), one.acceptable)
    two = Verdicts.of(two.metric, one.acceptable, one.cases)
    same = obuchowski_test(one, one)
    assert same.difference == 0
    assert same.test.p_value is None
    assert "order the masks alike" in same.reason
    there, back = obuchowski_test(one, two), obuchowski_test(two, one)
    assert there.difference == pytest.approx(-back.difference)
    assert there.variance == pytest.approx(back.variance)
    assert there.difference == pytest.approx(obuchowski(one).auc - obuchowski(two).auc)


def test_the_clustered_error_is_close_to_the_jackknife():
    verdicts = study(1, 150)
    found = auc(verdicts)
    assert found.standard_error == pytest.approx(obuchowski(verdicts).standard_error, rel=0.03)


rows = st.lists(
    st.tuples(
        st.sampled_from([-np.inf, 0.1, 0.5, 0.7, 0.9, np.inf]), st.booleans(), st.integers(0, 3)
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=80, deadline=None)
@given(rows, st.lists(st.integers(0, 3), min_size=4, max_size=4), st.booleans())
def test_weights_are_copies_of_cases(drawn, copies, sorting):
    metric, acceptable, case = (np.array(column) for column in zip(*drawn, strict=True))
    verdicts = Verdicts.of(metric, acceptable, case)
    weights = np.array(copies[: verdicts.n_cases], dtype=float)
    statistic = _by_sorting if sorting else auc_statistic
    found = statistic(verdicts)(weights[None])[0]
    again = np.repeat(np.arange(len(case)), weights[verdicts.cases].astype(int))
    expected = plain_area(metric[again], acceptable[again])
    assert found == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_a_loop_over_scikit_learn():
    verdicts = study(0, 30, 5)
    drawn = Resamples(verdicts.case_names, n=60)
    found = evaluate(auc_statistic(verdicts), drawn, verdicts.case_names)
    weights = drawn.rows(0, drawn.n)[:, drawn.columns(verdicts.case_names)][:, verdicts.cases]
    expected = [
        roc_auc_score(verdicts.acceptable, verdicts.metric, sample_weight=row) for row in weights
    ]
    np.testing.assert_allclose(found, expected, atol=1e-12)
    fractional = np.random.default_rng(1).exponential(size=(3, verdicts.n_cases))
    np.testing.assert_allclose(
        auc_statistic(verdicts)(fractional), _by_sorting(verdicts)(fractional)
    )


def test_the_order_of_rows_and_increasing_maps_change_nothing():
    verdicts = study(2)
    order = np.random.default_rng(0).permutation(len(verdicts.metric))
    labels = verdicts.case_names[verdicts.cases]
    mixed = auc((verdicts.metric[order], verdicts.acceptable[order], labels[order]))
    mapped = auc((np.exp(verdicts.metric), verdicts.acceptable, labels))
    lower = auc(Verdicts.of(-verdicts.metric, verdicts.acceptable, labels, "lower"))
    reversed_ = auc((-verdicts.metric, verdicts.acceptable, labels))
    found = auc(verdicts)
    for other in (mixed, mapped, lower):
        assert (other.value, other.low, other.high) == pytest.approx(
            (found.value, found.low, found.high)
        )
    assert reversed_.value == pytest.approx(1 - found.value)


def test_intervals_beside():
    verdicts = study(4)
    found = auc(verdicts, resamples=Resamples(verdicts.case_names, 200))
    assert [interval.method.split(",")[0] for interval in found.beside] == [
        "percentile",
        "BCa",
        "Obuchowski",
        "DeLong",
    ]
    assert found.low < found.value < found.high


def test_a_difference_between_the_masks_of_two_families():
    verdicts = study(5, 25)
    first = verdicts.where(np.arange(100) % 4 < 2)
    second = verdicts.where(np.arange(100) % 4 >= 2)
    found = auc_difference(first, second)
    assert found.value == pytest.approx(auc(first).value - auc(second).value)
    without = [
        plain_area(*(part[first.cases != case] for part in (first.metric, first.acceptable)))
        - plain_area(*(part[second.cases != case] for part in (second.metric, second.acceptable)))
        for case in range(25)
    ]
    spread = np.sqrt(24 / 25 * np.sum((without - np.mean(without)) ** 2))
    assert found.standard_error == pytest.approx(spread)
    swapped = auc_difference(second, first)
    assert (swapped.low, swapped.p_value) == pytest.approx((-found.high, found.p_value))


def test_families_average_their_models():
    verdicts = study(6, 25)
    models = [verdicts.where(np.arange(100) % 4 == model) for model in range(4)]
    found = compare_family_aucs({"a": models[0], "b": models[1]}, {"c": models[2], "d": models[3]})
    areas = [auc(model).value for model in models]
    assert found.first.value == pytest.approx(np.mean(areas[:2]))
    assert found.difference.value == pytest.approx(np.mean(areas[:2]) - np.mean(areas[2:]))
    assert found.models == (2, 2)
    spoiled = Verdicts.of(models[1].metric, np.ones(25), models[1].cases)
    missing = compare_family_aucs({"a": models[0], "b": spoiled}, {"c": models[2]})
    assert missing.difference.value is None
    assert missing.first.reason == "no area for b: all 25 masks are acceptable"
    assert compare_family_aucs({}, {"c": models[2]}).first.reason.endswith("no model")


@pytest.mark.parametrize(
    ("metric", "acceptable", "cases", "reason"),
    [
        ([], [], [], "no mask with a verdict"),
        ([1, 2], [0, 0], [0, 1], "none of 2 masks is acceptable"),
        ([1, 2], [1, 1], [0, 1], "all 2 masks are acceptable"),
    ],
)
def test_no_area_without_both_verdicts(metric, acceptable, cases, reason):
    verdicts = Verdicts.of(metric, acceptable, cases)
    assert reason in auc(verdicts).reason
    for form in (delong, obuchowski):
        assert form(verdicts).auc is None
        assert reason in form(verdicts).reason
    assert delong_test(verdicts, verdicts).difference is None
    assert reason in auc_difference(verdicts, verdicts).reason
    assert np.isnan(auc_statistic(verdicts)(np.ones((1, verdicts.n_cases)))).all()


def test_areas_without_an_interval():
    perfect = Verdicts.of([1, 2, 3, 4, 5, 6], [0, 0, 0, 1, 1, 1])
    assert auc(perfect).value == 1
    assert "edge of its range" in auc(perfect).reason
    assert delong(perfect).variance == 0
    assert delong(perfect).low is None
    constant = auc(([5, 5, 5, 5], [1, 0, 1, 0]))
    assert constant.value == 0.5
    assert "never changes" in constant.reason
    one_case = obuchowski(([1, 2, 3], [0, 1, 0], ["a", "a", "a"]))
    assert one_case.auc == 0.5
    assert one_case.reason == "no variance: a verdict is found in one case only"
    assert "1 case" in auc(([1, 2, 3], [0, 1, 0], ["a", "a", "a"])).reason


def test_every_fault_of_the_input_is_named():
    with pytest.raises(ValueError, match=r"direction.*NaN.*true or false"):
        Verdicts.of([1.0, np.nan], [0, 2], direction="up")
    with pytest.raises(ValueError, match="shapes"):
        Verdicts.of([1.0, 2.0], [0, 1, 1])
    with pytest.raises(ValueError, match="NaN"):
        Verdicts.from_ratings([1.0], [np.nan], 4)
    with pytest.raises(ValueError, match="same masks"):
        delong_test(([1, 2], [0, 1]), ([1, 2], [1, 0]))
    with pytest.raises(ValueError, match="are given as"):
        auc(([1, 2],))


def test_acceptable_is_a_rating_of_the_least_or_more():
    verdicts = Verdicts.from_ratings([0.5, 0.6, 0.7], [3.9, 4.0, 4.1], least=4)
    assert verdicts.acceptable.tolist() == [False, True, True]
    assert verdicts.counts == (2, 1)


def test_leave_one_out_in_one_go():
    verdicts = study(7)
    found = auc_statistic(verdicts)(leave_one_out(verdicts.n_cases))
    for case in range(verdicts.n_cases):
        kept = verdicts.cases != case
        expected = plain_area(verdicts.metric[kept], verdicts.acceptable[kept])
        assert found[case] == pytest.approx(expected)
