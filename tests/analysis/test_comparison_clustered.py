from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from analysis.association.comparison import compare_independent
from analysis.association.comparison_clustered import compare_clustered
from analysis.association.comparison_dependent import compare_overlapping
from analysis.association.correlation import COEFFICIENTS, Coefficient, Pairs, correlation
from analysis.resampling import HALF_DIFFERENCE, IDENTITY, Resamples
from tests.analysis.gold import check, data


def test_the_families_of_the_small_study() -> None:
    rows = data("crossed_small_pub")
    expected = check("clustered_machinery_pub")["expected"]
    vl, pv = (
        (
            [row[3] for row in rows if row[2] == family],
            [np.mean(row[4:]) for row in rows if row[2] == family],
            [row[0] for row in rows if row[2] == family],
        )
        for family in ("vl", "pv")
    )
    found = compare_clustered(vl, pv)
    assert found.first.value == pytest.approx(expected["spearman_vl"], abs=1e-9)
    assert found.second.value == pytest.approx(expected["spearman_pv"], abs=1e-9)
    assert found.difference.value == pytest.approx(expected["difference"], abs=1e-9)
    error = expected["difference_case_jackknife_se"]
    assert found.difference.standard_error == pytest.approx(error, abs=1e-9)
    assert found.shared_cases == 5


def sample(seed: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    quality = rng.normal(size=n)
    x, other = quality + rng.normal(size=n), quality + 2 * rng.normal(size=n)
    return x, other, np.clip(np.round(quality + 3), 1, 5)


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_partly_shared_cases_equal_a_plain_loop(coefficient: Coefficient) -> None:
    x, other, y = sample(1, 40)
    cases = np.arange(40) // 2
    functions: dict[str, Any] = {
        "spearman": stats.spearmanr,
        "kendall": stats.kendalltau,
        "pearson": stats.pearsonr,
    }
    function = functions[coefficient]
    first, second = np.flatnonzero(cases < 15), np.flatnonzero(cases >= 4)

    def z(without: int) -> list[float]:
        one, two = (of[cases[of] != without] for of in (first, second))
        values = function(x[one], y[one]).statistic, function(other[two], y[two]).statistic
        return [float(np.arctanh((values[0] - values[1]) / 2)), *np.arctanh(values)]

    replicates = np.array([z(case) for case in range(20)])
    on_half, on_z = replicates[:, 0], replicates[:, 1] - replicates[:, 2]
    everything = z(-1)
    found = compare_clustered(
        (x[first], y[first], cases[first]), (other[second], y[second], cases[second]), coefficient
    )
    for estimate, values, centre, back in (
        (found.difference, on_half, everything[0], HALF_DIFFERENCE.back),
        (found.difference_z, on_z, everything[1] - everything[2], IDENTITY.back),
    ):
        error = np.sqrt(19 / 20 * ((values - values.mean()) ** 2).sum())
        reach = stats.t.ppf(0.975, 19) * error
        ends = tuple(back(np.array([centre - reach, centre + reach])))
        assert (estimate.low, estimate.high) == pytest.approx(ends)
        assert estimate.p_value == pytest.approx(2 * stats.t.sf(abs(centre) / error, 19))
        assert estimate.n_cases == 20
    assert found.shared_cases == 11


def test_names_join_the_cases_and_not_their_order() -> None:
    x, other, y = sample(2, 30)
    names = np.array([f"case {number}" for number in range(30)])
    order = np.random.default_rng(3).permutation(30)
    one = compare_clustered((x, y, names), (other, y, names))
    two = compare_clustered((x, y, names), (other[order], y[order], names[order]))
    three = compare_clustered((x, y, np.arange(30)), (other, y, [str(i) for i in range(30)]))
    apart = compare_clustered((x, y, names), (other, y, np.arange(30)))
    for found in (two, three):
        assert (found.difference.low, found.difference_z.p_value) == pytest.approx(
            (one.difference.low, one.difference_z.p_value)
        )
    assert apart.shared_cases == 0
    assert apart.difference.n_cases == 60
    # What two metrics share through the ratings makes their difference less uncertain.
    assert one.difference.standard_error < apart.difference.standard_error  # type: ignore


def test_independent_pairs_agree_with_the_tests_for_them() -> None:
    x, other, y = sample(4, 400)
    labels = np.arange(400)
    r = np.corrcoef([y, x, other])
    overlapping = compare_overlapping(r[0, 1], r[0, 2], r[1, 2], 400)["zou2007"]
    found = compare_clustered((x, y, labels), (other, y, labels), "pearson").difference
    assert (found.low, found.high) == pytest.approx((overlapping.low, overlapping.high), abs=0.02)
    independent = compare_independent(r[0, 1], 400, r[0, 2], 400)["zou2007"]
    apart = compare_clustered((x, y, labels), (other, y, labels + 400), "pearson").difference
    assert (apart.low, apart.high) == pytest.approx((independent.low, independent.high), abs=0.02)


def test_resamples_are_shared() -> None:
    x, other, y = sample(5, 30)
    resamples = Resamples([str(i) for i in range(30)], 300)
    found = compare_clustered(
        Pairs.of(x, y), (other[:20], y[:20], np.arange(20)), resamples=resamples
    )
    alone = correlation((other[:20], y[:20], np.arange(20)), resamples=resamples)
    assert found.second.beside == alone.beside[:2]
    assert found.difference.beside[0].n_resamples == 300
    swapped = compare_clustered(
        (other[:20], y[:20], np.arange(20)), Pairs.of(x, y), resamples=resamples
    )
    one, two = found.difference.beside[0], swapped.difference.beside[0]
    assert (one.low, one.high) == pytest.approx((-two.high, -two.low))  # type: ignore[operator]


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_what_cannot_be_computed_says_why(coefficient: Coefficient) -> None:
    good, flat, few = ([1, 3, 2, 4, 6, 5], range(6)), ([1, 1, 1], range(3)), ([1, 2], [1, 2])
    found = compare_clustered(flat, few, coefficient)
    assert found.difference.value is None
    assert found.difference_z.reason == (
        "the first correlation has no value: no variation: the metric is the same for all masks; "
        "the second correlation has no value: 2 rated masks with a value of this metric, at least "
        "3 are needed"
    )
    assert found.second.value is None
    exact = compare_clustered(good, (range(6), range(6)), coefficient)
    assert exact.difference.value is not None
    assert exact.difference_z.value is None
    assert exact.difference_z.reason == (
        "a correlation is exactly 1 or -1, which is infinite on Fisher's z"
    )
