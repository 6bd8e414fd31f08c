from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import numpy as np
import pytest
from scipy import stats

from analysis.resampling import (
    IDENTITY,
    FloatArray,
    Resamples,
    bca_acceleration,
    bca_interval,
    estimate,
    evaluate,
    group_jackknife_values,
    jackknife_standard_error,
    jackknife_values,
    percentiles,
    quantiles,
    weights,
)
from tests.analysis.gold import check, data

VALUES = np.array([2.0, 3.5, 3.0, 7.0, 4.5])


def weighted_mean(of_cases: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore"):
        return np.asarray(of_cases @ VALUES[: of_cases.shape[1]] / of_cases.sum(axis=1))


def test_an_enumeration_stands_for_every_draw() -> None:
    every = [np.bincount(draw, minlength=5) for draw in product(range(5), repeat=5)]
    plain = weighted_mean(np.array(every, dtype=float))
    resamples = Resamples(5, kind="exact")
    replicates = evaluate(weighted_mean, resamples)
    assert (resamples.n, resamples.copies.sum()) == (126, 3125)
    assert np.repeat(replicates, resamples.copies).mean() == pytest.approx(plain.mean())
    shares = [0.025, 0.31, 0.5, 0.975, 1.0]
    assert quantiles(replicates, resamples.copies, shares) == pytest.approx(
        np.quantile(plain, shares)
    )


@pytest.mark.parametrize(("n_cases", "exact"), [(5, True), (7, True), (8, False)])
def test_few_cases_are_enumerated_when_that_is_cheaper(n_cases: int, exact: bool) -> None:
    assert Resamples(n_cases, n=2000).exact == exact


def test_a_bootstrap_draws_as_many_cases_as_there_are() -> None:
    drawn = Resamples(40, n=5000, seed=3).rows(0, 5000)
    assert (drawn.sum(axis=1) == 40).all()
    # Each count is binomial(40, 1/40).
    assert drawn.var() == pytest.approx(40 * (1 / 40) * (39 / 40), rel=0.02)
    assert drawn.mean(axis=0) == pytest.approx(np.ones(40), abs=0.06)


def test_bayesian_weights_are_flat_on_the_simplex() -> None:
    drawn = Resamples(40, n=5000, seed=3, kind="bayesian").rows(0, 5000)
    assert drawn.sum(axis=1) == pytest.approx(np.full(5000, 40.0))
    # Dirichlet(1, ..., 1) times n has variance (n - 1) / (n + 1).
    assert drawn.var() == pytest.approx(39 / 41, rel=0.03)


def test_rows_do_not_depend_on_the_blocks_they_are_asked_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = Resamples(30, n=1000, seed=8).rows(0, 1000)
    monkeypatch.setattr(weights, "BLOCK_BYTES", 30 * 8 * 100)
    small = Resamples(30, n=1000, seed=8)
    for start, stop in ((0, 1000), (200, 300), (250, 600), (999, 1000)):
        assert np.array_equal(small.rows(start, stop), whole[start:stop])


def test_evaluating_in_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.arange(30.0)
    resamples = Resamples(30, n=1000, seed=8)
    whole = evaluate(lambda w: w @ values, resamples)
    monkeypatch.setattr(weights, "BLOCK_BYTES", 30 * 8 * 77)
    assert np.array_equal(evaluate(lambda w: w @ values, resamples), whole)


def test_the_same_seed_gives_the_same_result_from_any_thread() -> None:
    resamples = Resamples(30, n=1000, seed=8)
    with ThreadPoolExecutor(4) as pool:
        found = list(
            pool.map(lambda _: evaluate(lambda w: w @ np.arange(30.0), resamples), range(8))
        )
    assert all(np.array_equal(one, found[0]) for one in found)
    other = evaluate(lambda w: w @ np.arange(30.0), Resamples(30, n=1000, seed=9))
    assert not np.array_equal(other, found[0])


ON_THREADS = """
import numpy as np
from analysis.agreement.rating_table import RatingTable
from analysis.agreement.alpha import krippendorff_alpha
from analysis.resampling import Resamples
ratings = np.random.default_rng(5).integers(1, 6, (600, 4)).astype(float)
table = RatingTable.of(ratings, np.arange(600) // 5)
found = krippendorff_alpha(table, "ordinal", resamples=Resamples(120, n=3000, seed=4))
print(found.low.hex(), found.high.hex(), [(one.low.hex(), one.high.hex()) for one in found.beside])
"""


def test_the_number_of_threads_changes_no_digit() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-c", ON_THREADS],
            env=os.environ | {"OPENBLAS_NUM_THREADS": n, "OMP_NUM_THREADS": n},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for n in ("1", "2", "4")
    }
    assert len(outputs) == 1


def test_statistics_of_some_cases_use_the_columns_of_their_labels() -> None:
    resamples = Resamples(["c", "a", "b", "d"], n=500, seed=2, kind="bayesian")
    assert resamples.names == ("a", "b", "c", "d")
    pair = evaluate(lambda w: w @ [1.0, 10.0], resamples, ["d", "b"])
    drawn = resamples.rows(0, 500)
    assert pair == pytest.approx(drawn[:, 3] + 10 * drawn[:, 1])


def test_unknown_cases_and_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="no weights were drawn for case e"):
        Resamples(["a", "b"]).columns(["a", "e"])
    with pytest.raises(ValueError, match="resamples of 4 cases for a table of 5"):
        Resamples(4).columns(5)
    with pytest.raises(ValueError, match="0 cases, 10 resamples"):
        Resamples(0, n=10)
    with pytest.raises(ValueError, match="20 cases have 68923264410 distinct resamples"):
        Resamples(20, kind="exact")


def test_the_percentile_interval_counts_undefined_resamples() -> None:
    resamples = Resamples(50, n=400, seed=1)
    replicates = np.linspace(0, 1, 400)
    replicates[::25] = np.nan
    found = percentiles(replicates, resamples)
    assert (found.n_resamples, found.undefined_resamples) == (400, 16)
    kept = replicates[np.isfinite(replicates)]
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(kept, [0.025, 0.975])))
    replicates[::15] = np.nan
    refused = percentiles(replicates, resamples)
    assert (refused.low, refused.high) == (None, None)
    assert refused.reason == "no interval: 37 of 400 resamples have no value"


def test_the_bca_interval_follows_its_definition() -> None:
    sample = np.random.default_rng(4).lognormal(size=30)

    def mean(w: FloatArray) -> FloatArray:
        return np.asarray(w @ sample / w.sum(axis=1))

    resamples = Resamples(30, n=4000, seed=6)
    replicates = evaluate(mean, resamples)
    without = np.array([np.delete(sample, i).mean() for i in range(30)])
    gaps = without.mean() - without
    a = (gaps**3).sum() / (6 * (gaps**2).sum() ** 1.5)
    z0 = stats.norm.ppf((replicates < sample.mean()).mean())
    z = stats.norm.ppf([0.05, 0.95])
    shares = stats.norm.cdf(z0 + (z0 + z) / (1 - a * (z0 + z)))
    found = bca_interval(sample.mean(), replicates, jackknife_values(mean, 30), resamples, 0.9)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(replicates, shares)))
    # Against another program, with its own resamples.
    theirs = stats.bootstrap(
        (sample,), np.mean, n_resamples=20_000, confidence_level=0.9, rng=np.random.default_rng(1)
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), rel=0.03)


def test_a_bootstrap_that_never_moves_has_no_bca_interval() -> None:
    resamples = Resamples(30, n=100)
    found = bca_interval(1.0, np.full(100, 2.0), np.full(30, 1.0), resamples)
    assert (found.low, found.reason) == (
        None,
        "no interval: all resamples lie on one side of the value",
    )
    still = bca_interval(1.0, np.full(100, 1.0), np.full(30, 1.0), resamples)
    assert still.reason == "no interval: leaving out a case never changes the value"


def test_the_jackknife_of_the_law_school_correlation() -> None:
    # Efron & Tibshirani 1993, tables 3.1 and 11.2.
    expected = check("law_correlations")["expected"]
    rows = np.array(data("law_school_82"), dtype=float)
    without = np.array([np.corrcoef(np.delete(rows, i, 0).T)[0, 1] for i in range(15)])
    assert jackknife_standard_error(without) == pytest.approx(
        expected["jackknife_se_pearson"], abs=1e-8
    )
    assert bca_acceleration(without) == pytest.approx(
        expected["bca_acceleration_pearson"], abs=1e-8
    )


def test_intervals_stand_beside_the_jackknife() -> None:
    resamples = Resamples(5, n=2000)
    found = estimate(weighted_mean, 5, IDENTITY, why_undefined="-", resamples=resamples)
    assert found.standard_error == pytest.approx(VALUES.std(ddof=1) / np.sqrt(5))
    percentile, bca = found.beside
    assert percentile.method == "percentile, all 3125 resamples of cases (126 distinct)"
    assert bca.method.startswith("BCa, all 3125")
    assert percentile.low is not None
    assert bca.low is not None
    assert percentile.low < bca.low < 4.0 < bca.high  # the values are skewed to the right


def test_many_cases_are_left_out_in_groups() -> None:
    sample = np.random.default_rng(3).exponential(size=5003)

    def mean(w: FloatArray) -> FloatArray:
        return np.asarray(w @ sample / w.sum(axis=1))

    found = estimate(mean, 5003, IDENTITY, why_undefined="-")
    assert found.n_cases == 5003
    assert found.method.endswith("cases left out in 1000 groups")
    # For a mean the error of all single cases is known.
    error = sample.std(ddof=1) / np.sqrt(5003)
    assert found.standard_error == pytest.approx(error, rel=0.08)
    plain = [np.delete(sample, np.arange(at, 5003, 7)).mean() for at in range(7)]
    assert group_jackknife_values(mean, 5003, 7) == pytest.approx(plain)
    alone = group_jackknife_values(mean, 5003, 5003)
    assert jackknife_standard_error(alone) == pytest.approx(error)
    assert bca_acceleration(group_jackknife_values(mean, 5003, 1000)) == pytest.approx(
        bca_acceleration(alone), rel=0.5
    )


@pytest.mark.parametrize("unit", [1e-150, 1e-9, 1e9, 1e150])
def test_the_acceleration_has_no_unit(unit: float) -> None:
    without = np.array([1.0, 1.2, 0.7, 0.9, 1.6])
    assert bca_acceleration(unit * without) == pytest.approx(bca_acceleration(without))
    assert np.isnan(bca_acceleration(np.full(5, unit)))


def test_an_unknown_kind_and_parts_of_resamples_are_refused() -> None:
    with pytest.raises(ValueError, match=r"2.5 resamples.*kind is 'jackknife'"):
        Resamples(5, 2.5, kind="jackknife")


def test_the_reason_for_no_bca_counts_every_way_to_draw_a_resample() -> None:
    drawn = Resamples(5, n=5000)
    assert drawn.exact

    def four_cases(weights: FloatArray) -> FloatArray:
        return np.where((weights > 0).sum(axis=1) >= 4, 1.0, 0.0)

    bca = estimate(four_cases, 5, IDENTITY, why_undefined="-", resamples=drawn).beside[1]
    assert (bca.low, bca.n_resamples) == (None, 5**5)
