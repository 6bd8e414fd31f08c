"""Kendall's coefficient of concordance W: agreement of raters on an order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import stats

from analysis.agreement.mean_squares import cases_of, share_complete, why_not_crossed
from analysis.agreement.rater_ranks import case_mid_ranks, mid_ranks
from analysis.agreement.rating_table import Ratings, RatingTable, rating_table
from analysis.resampling import (
    LOGIT,
    Estimate,
    FloatArray,
    Resamples,
    SignificanceTest,
    Statistic,
    blocks,
    estimate,
    undefined,
)
from analysis.resampling.weights import block_rows

_NO_VARIANCE = "no variance: no rater tells units apart"


@dataclass(frozen=True)
class KendallW:
    """Kendall's W with its tests.

    Attributes
    ----------
    w, w_uncorrected
        Coefficient with and without the correction for ties.
    mean_spearman
        (m W - 1) / (m - 1) of the corrected W: the mean of the Spearman correlations of all pairs
        of the m raters, exactly so where all raters have equally many ties.
    chi_square, chi_square_uncorrected
        Friedman's test, m (n - 1) W on n - 1 degrees of freedom, from either W.
    permutation
        Test that permutes the ratings of each rater over units.
    n_units, n_raters
        Size of the complete table.
    """

    w: Estimate
    w_uncorrected: Estimate
    mean_spearman: float | None
    chi_square: SignificanceTest
    chi_square_uncorrected: SignificanceTest
    permutation: SignificanceTest
    n_units: int
    n_raters: int


def kendall_w(
    ratings: Ratings,
    *,
    permutations: int = 2000,
    seed: int = 1,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> KendallW:
    """Estimate Kendall's W of raters who rated the same units.

    W = 12 S / (m^2 (n^3 - n) - m T), S the sum of squares of the units' rank sums about their
    mean, T the sum of t^3 - t over groups of tied ranks, 0 without the correction. Kendall MG,
    Babington Smith B. Ann Math Stat 1939;10:275-287; Siegel S, Castellan NJ. Nonparametric
    Statistics, 2nd ed., 1988, section 9.7. The chi-square test wants at least 8 units (Legendre P.
    J Agric Biol Environ Stat 2005;10:226-245). The interval is a case jackknife-t on the logit,
    which is half the log of Friedman's F and a constant. Both tests take units as independent.

    Parameters
    ----------
    ratings
        Table, or array of units x raters; only units that all raters rated enter.
    permutations
        Number of random permutations; p counts the data as one more.
    seed
        Seed of the permutations.
    level
        Confidence level.
    resamples
        Weights for the percentile and BCa intervals beside.

    Raises
    ------
    ValueError
        If ratings have the wrong shape, or a negative number of permutations is asked for.

    Examples
    --------
    >>> found = kendall_w([[1, 2, 1], [2, 1, 2], [3, 3, 4], [4, 4, 3]])
    >>> round(found.w.value, 3), found.chi_square.df
    (0.822, (3,))
    """
    if permutations < 0:
        raise ValueError(f"{permutations} permutations: 0 is for no such test")
    table = rating_table(ratings)
    complete = table.complete()
    n, m = complete.values.shape
    share = share_complete(table, complete)
    how = f"Kendall's W; {share}"
    reason = why_not_crossed(complete, share) or _why_no_ranks(complete)
    if reason:
        none, no_test = undefined(complete.n_cases, how, reason), _no_test("chi2", reason)
        no_permutation = _no_test("permutation", reason)
        return KendallW(none, none, None, no_test, no_test, no_permutation, n, m)

    def made(ties: bool) -> Estimate:
        found = estimate(
            kendall_w_statistic(complete, ties=ties),
            cases_of(complete),
            LOGIT,
            why_undefined=_NO_VARIANCE,
            level=level,
            resamples=resamples if ties else None,
        )
        corrected = "corrected for ties" if ties else "not corrected for ties"
        return replace(found, method=f"{how}, {corrected}; {found.method}")

    w, w_uncorrected = made(True), made(False)
    return KendallW(
        w=w,
        w_uncorrected=w_uncorrected,
        mean_spearman=None if w.value is None else (m * w.value - 1) / (m - 1),
        chi_square=_chi_square(w, n, m),
        chi_square_uncorrected=_chi_square(w_uncorrected, n, m),
        permutation=_permutation_test(complete, permutations, seed)
        if permutations
        else _no_test("permutation", "no permutation was asked for"),
        n_units=n,
        n_raters=m,
    )


def kendall_w_statistic(complete: RatingTable, *, ties: bool = True) -> Statistic:
    """Return W of a table without gaps as a function of case weights.

    `ties` corrects for ties, so also for the copies of a unit that a resample holds twice.
    """
    ranks_of = case_mid_ranks(complete)
    n_raters = complete.values.shape[1]

    def of(weights: FloatArray) -> FloatArray:
        of_units = weights[:, complete.cases]
        n = of_units.sum(axis=1)
        sums, tied = np.zeros_like(of_units), np.zeros(len(n))
        for ranks, groups in ranks_of(weights):
            sums += ranks
            tied += (groups**3 - groups).sum(axis=1)
        centred = sums - (n_raters * (n + 1) / 2)[:, None]
        s = (of_units * centred**2).sum(axis=1)
        most = n_raters**2 * (n**3 - n) - (n_raters * tied if ties else 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            varied = n_raters * (n**3 - n) - tied > 1e-12 * n_raters * n**3
            return np.where(varied, 12 * s / most, np.nan)

    def statistic(weights: FloatArray) -> FloatArray:
        parts = [of(block) for block in blocks(weights, 4 * len(complete.values))]
        return np.concatenate(parts)

    return statistic


def _why_no_ranks(complete: RatingTable) -> str | None:
    return _NO_VARIANCE if (np.ptp(complete.values, axis=0) == 0).all() else None


def _no_test(distribution: Literal["chi2", "permutation"], reason: str) -> SignificanceTest:
    return SignificanceTest(None, distribution, (), None, "Kendall's W", reason)


def _chi_square(w: Estimate, n: int, m: int) -> SignificanceTest:
    if w.value is None:
        return _no_test("chi2", w.reason or _NO_VARIANCE)
    statistic = m * (n - 1) * w.value
    p_value = float(stats.chi2.sf(statistic, n - 1))
    return SignificanceTest(statistic, "chi2", (n - 1,), p_value, "Friedman's chi-square, m(n-1)W")


def _permutation_test(complete: RatingTable, permutations: int, seed: int) -> SignificanceTest:
    """Permute the ranks of each rater over units; S alone changes, and it decides.

    One rater may stay as it is: only the order of the others against it matters.
    """
    ranks = mid_ranks(complete.values)
    n, m = ranks.shape
    centred = ranks - (n + 1) / 2
    observed = float((centred.sum(axis=1) ** 2).sum())
    generator = np.random.default_rng(seed)
    reached, left = 0, permutations
    while left:
        rows = min(left, block_rows(3 * n))
        sums = np.tile(centred[:, 0], (rows, 1))
        for rater in range(1, m):
            sums += generator.permuted(np.tile(centred[:, rater], (rows, 1)), axis=1)
        # Ranks are halves, so S is exact up to rounding: equal values count as reached.
        reached += int(((sums**2).sum(axis=1) >= observed * (1 - 1e-12)).sum())
        left -= rows
    method = (
        f"{permutations} permutations within raters, seed {seed}, units taken as exchangeable; "
        "p counts the data as one more"
    )
    w = float(kendall_w_statistic(complete)(np.ones((1, complete.n_cases)))[0])
    p_value = (1 + reached) / (1 + permutations)
    return SignificanceTest(w, "permutation", (), p_value, method)
