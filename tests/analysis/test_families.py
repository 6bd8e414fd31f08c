from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from analysis.association.families import compare_families
from analysis.association.family_claim import family_claim
from analysis.association.family_permutation import within_case_permutation
from analysis.association.pairs import Pairs
from analysis.resampling import FISHER_Z, FloatArray, Resamples
from tests.analysis.crossed_study import CrossedStudy
from tests.analysis.gold import check, data


def difference_of_rhos(metric: FloatArray, ratings: FloatArray) -> float:
    """Return the difference of the mean Fisher z of cases x models, by plain scipy."""
    z = [
        np.arctanh(stats.spearmanr(metric[:, m], ratings[:, m]).statistic)
        for m in range(metric.shape[1])
    ]
    half = len(z) // 2
    return float(np.mean(z[:half]) - np.mean(z[half:]))


def test_the_small_crossed_study_of_the_gold_file() -> None:
    expected = check("clustered_machinery_pub")["expected"]
    rows = data("crossed_small_pub")
    ratings = np.array([row[4:] for row in rows], dtype=float).mean(axis=1)
    family = {
        name: Pairs.of(
            [row[3] for row in rows if row[2] == name],
            [r for row, r in zip(rows, ratings, strict=True) if row[2] == name],
            [row[0] for row in rows if row[2] == name],
        )
        for name in ("vl", "pv")
    }
    found = compare_families({"vl": family["vl"]}, {"pv": family["pv"]})
    assert found.first.value == pytest.approx(expected["spearman_vl"], abs=1e-9)
    assert found.second.value == pytest.approx(expected["spearman_pv"], abs=1e-9)
    assert found.difference_rho.value == pytest.approx(expected["difference"], abs=1e-9)
    assert found.difference_rho.standard_error == pytest.approx(
        expected["difference_case_jackknife_se"], abs=1e-9
    )
    assert found.family.reason == (
        "no claim about the families: 1 and 1 models, at least 4 of each are needed"
    )


def test_the_bootstrap_draws_cases_with_all_their_models() -> None:
    study = CrossedStudy(3)
    resamples = Resamples(study.labels, n=150, seed=5)
    found = compare_families(*study.mean_ratings(), resamples=resamples)
    means = study.ratings.mean(axis=2)
    plain = []
    for row in resamples.rows(0, 150):
        drawn = np.repeat(np.arange(20), row.astype(int))
        plain.append(difference_of_rhos(study.metric[drawn], means[drawn]))
    percentile = found.difference_z.beside[0]
    assert (percentile.low, percentile.high) == pytest.approx(
        tuple(np.quantile(plain, [0.025, 0.975]))
    )


def test_raters_and_models_are_drawn_with_the_cases() -> None:
    study = CrossedStudy(4, models=4)
    resamples = Resamples(study.labels, n=60, seed=2)
    found = compare_families(*study.mean_ratings(), by_rater=study.by_rater(), resamples=resamples)
    raters = resamples.counts("rater", 3, 0, 60)
    models = [resamples.counts(f"model of family {at}", 2, 0, 60) for at in (1, 2)]
    two_way, three_way = [], []
    for at, row in enumerate(resamples.rows(0, 60)):
        drawn = np.repeat(np.arange(20), row.astype(int))
        z = np.array(
            [
                [
                    stats.spearmanr(study.metric[drawn, m], study.ratings[drawn, m, r]).statistic
                    for m in range(4)
                ]
                for r in range(3)
            ]
        )
        z = np.arctanh(z)
        of_rater = raters[at] @ z / 3
        two_way.append(of_rater[:2].mean() - of_rater[2:].mean())
        three_way.append((models[0][at] @ of_rater[:2] - models[1][at] @ of_rater[2:]) / 2)
    for interval, plain in zip(found.crossed, (two_way, three_way), strict=True):
        assert (interval.low, interval.high) == pytest.approx(
            tuple(np.quantile(plain, [0.025, 0.975]))
        )
    assert [one.method.split(" bootstrap")[0] for one in found.crossed] == [
        "case x rater",
        "case x rater x model",
    ]


def studentised(metric: FloatArray, ratings: FloatArray) -> float:
    def difference(kept: list[int]) -> float:
        z = [np.arctanh(np.corrcoef(metric[kept, m], ratings[kept, m])[0, 1]) for m in range(4)]
        return float(np.mean(z[:2]) - np.mean(z[2:]))

    n = len(metric)
    without = np.array([difference([c for c in range(n) if c != left]) for left in range(n)])
    error = np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
    return difference(list(range(n))) / float(error)


def test_the_permutation_equals_a_plain_loop() -> None:
    study = CrossedStudy(6, cases=12, models=4, noise=0.7)
    first, second = study.mean_ratings()
    metric = stats.rankdata(study.metric, axis=0)
    ratings = stats.rankdata(study.ratings.mean(axis=2), axis=0)
    scaled = [(v - v.mean(axis=0)) / v.std(axis=0) for v in (metric, ratings)]
    observed = studentised(*scaled)
    draw = np.random.default_rng(9)
    plain = []
    for _ in range(300):
        order = np.argsort(draw.random((12, 4)), axis=1)
        plain.append(studentised(*(np.take_along_axis(v, order, axis=1) for v in scaled)))
    found = within_case_permutation(list(first.values()), list(second.values()), 4000, 3)
    share = float(np.mean(np.abs(plain) >= abs(observed)))
    assert found.statistic == pytest.approx(observed)
    assert found.p_value == pytest.approx(share, abs=3 * np.sqrt(share * (1 - share) / 300))


def test_a_family_that_is_simply_better_is_not_different() -> None:
    study = CrossedStudy(6, cases=30, noise=0.6)
    study.metric[:, :4] = 10 + study.metric[:, :4] * 3
    study.ratings[:, :4] += 7
    shifted = compare_families(*study.mean_ratings(), resamples=Resamples(study.labels, n=999))
    plain = compare_families(
        *CrossedStudy(6, cases=30, noise=0.6).mean_ratings(),
        resamples=Resamples(study.labels, n=999),
    )
    assert shifted.permutation == plain.permutation
    assert shifted.permutation is not None
    assert shifted.permutation.p_value > 0.1


def test_the_order_of_masks_and_models_changes_nothing() -> None:
    study = CrossedStudy(8, cases=12)
    first, second = study.mean_ratings()
    resamples = Resamples(study.labels, n=200)
    draw = np.random.default_rng(1)
    shuffled = []
    for family in (first, second):
        names = list(family)[::-1]
        orders = {name: draw.permutation(12) for name in names}
        shuffled.append({name: family[name].where(orders[name]) for name in names})
    assert compare_families(*shuffled, resamples=resamples) == compare_families(
        first, second, resamples=resamples
    )


def test_a_claim_about_the_families_is_welchs_t() -> None:
    z = [np.array([0.9, 0.8, 0.75, 0.85, 0.7]), np.array([0.4, 0.7, 0.3, 0.5])]
    claim = family_claim(*z)
    theirs = stats.ttest_ind(*z, equal_var=False)
    assert claim.welch.p_value == pytest.approx(theirs.pvalue)
    assert (claim.low, claim.high) == pytest.approx(tuple(theirs.confidence_interval()))
    both = np.concatenate(z)
    differences = [
        both[list(five)].mean() - np.delete(both, list(five)).mean()
        for five in combinations(range(9), 5)
    ]
    share = np.mean(np.abs(differences) >= z[0].mean() - z[1].mean() - 1e-12)
    assert claim.permutation.p_value == pytest.approx(share)
    assert claim.sd_z == pytest.approx((z[0].std(ddof=1), z[1].std(ddof=1)))


@pytest.mark.parametrize("few", [2, 3])
def test_below_four_models_there_is_no_claim(few: int) -> None:
    claim = family_claim([0.9, 0.8, 0.7][:few], [0.4, 0.5, 0.3, 0.45])
    assert (claim.low, claim.welch.p_value, claim.permutation.p_value) == (None, None, None)
    assert claim.reason == (
        f"no claim about the families: {few} and 4 models, at least 4 of each are needed"
    )
    assert claim.difference_z is not None
    assert claim.models_for_power is not None
    assert claim.models_for_power >= 2


def test_the_models_that_a_claim_would_take() -> None:
    # Difference .2, spread .2: an effect of 1 takes 17 a group (Cohen 1988, table 2.4.1).
    claim = family_claim([0.4, 0.6, 0.8], [0.2, 0.4, 0.6])
    assert claim.difference_z == pytest.approx(0.2)
    assert claim.models_for_power == 17


def test_models_that_do_not_differ_carry_no_claim() -> None:
    claim = family_claim([0.5] * 4, [0.25] * 4)
    assert (
        claim.reason == "no claim about the families: the models of a family do not differ at all"
    )
    assert claim.models_for_power is None


def test_a_family_of_equal_models_is_compared_with_one_that_varies() -> None:
    other = np.array([0.3, 0.4, 0.5, 0.6])
    claim = family_claim([0.5] * 4, other)
    expected = stats.ttest_1samp(other, 0.5)  # no spread in the first: a one-sample test
    assert claim.welch.p_value == pytest.approx(expected.pvalue)
    assert claim.welch.df == pytest.approx((3,))
    same = family_claim([0.1 + 0.2] * 4, [0.3, 0.3, 0.3, 0.3 + 1e-16])
    assert same.reason == "no claim about the families: the models of a family do not differ at all"
    with pytest.raises(ValueError, match="1 models have no finite z"):
        family_claim([0.5, np.inf, 0.1, 0.2], other)


def test_cases_are_the_same_when_their_names_are() -> None:
    rng = np.random.default_rng(4)
    names = np.array([f"c{at:02d}" for at in range(12)])
    hard = rng.normal(size=12)

    def model(*lacking: int) -> tuple[Pairs, Pairs]:
        kept = np.setdiff1d(np.arange(12), lacking)
        x, y = hard[kept] + rng.normal(size=(2, len(kept)))
        return Pairs.of(x, y, names[kept]), Pairs(x, y, kept, 12, names)

    models = [model(0), model(1, 2), model(), model(11)]
    own, common = (
        compare_families(
            {"a": models[0][at], "b": models[1][at]},
            {"c": models[2][at], "d": models[3][at]},
            resamples=Resamples(names.tolist(), 50),
        )
        for at in (0, 1)
    )
    assert own.difference_z == common.difference_z
    assert own.permutation == common.permutation
    assert own.difference_z.n_cases == 12
    with pytest.raises(ValueError, match="in both families: a"):
        compare_families({"a": models[0][0]}, {"a": models[1][0]})


def test_a_model_without_masks_has_no_permutation() -> None:
    full, empty = Pairs.of([1, 2, 3], [1, 3, 2], list("abc")), Pairs.of([], [])
    for second in ([empty], []):
        found = within_case_permutation([full], second)
        assert found.reason == "a family has no model, or a model fewer than 3 masks"


def test_names_of_cases_are_compared_whole() -> None:
    long = "the same beginning of a long name, then "
    pairs = Pairs.of([1, 2, 3], [1, 3, 2], [long + "x", long + "y", "z"])
    kept = pairs.among(np.array([long, "z"]))
    assert (kept.metric.tolist(), kept.cases.tolist(), kept.n_cases) == ([3], [1], 2)
    assert pairs.among(np.empty(0, dtype=np.int64)).metric.size == 0
    assert Pairs.of([1, 2], [1, 2], [7, 9]).among(np.array(["8", "9"])).cases.tolist() == [1]


def test_two_cases_have_no_permutation() -> None:
    pairs = Pairs.of([0.1, 0.2], [1, 2], ["a", "b"])
    found = within_case_permutation([pairs], [pairs])
    assert (found.p_value, found.reason) == (None, "2 cases, at least 3 are needed")


def test_a_rank_correlation_of_one_has_no_permutation() -> None:
    pairs = Pairs.of([0.1, 0.2, 0.3, 0.4], [1, 2, 3, 4])
    assert not np.isfinite(FISHER_Z.forward(np.array([1.0])))[0]
    found = within_case_permutation([pairs], [pairs])
    assert found.reason == "a model's rho, or one without a case, is undefined or exactly 1 or -1"
