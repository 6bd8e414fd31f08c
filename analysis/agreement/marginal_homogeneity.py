"""Tests of rater bias: whether raters use the levels equally often.

All take units as independent; with several masks of one case they reject too often, so read them
beside a case-resampled difference of the raters' means.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse, stats
from scipy.sparse.csgraph import connected_components

from analysis.agreement.rating_table import Ratings, rating_table
from analysis.agreement.two_raters import counts_of_table
from analysis.resampling import FloatArray, SignificanceTest

NO_DISAGREEMENT = "no test: the raters never disagree"


def stuart_maxwell(table: ArrayLike) -> SignificanceTest:
    """Test whether two raters use the categories equally often.

    Stuart A. Biometrika 1955;42:412-416; Maxwell AE. Br J Psychiatry 1970;116:651-655. With two
    categories this is McNemar's test without continuity correction. Categories that the raters
    never confuse with others hold no information: they are left out and take no degree of freedom.

    Parameters
    ----------
    table
        Counts, rows for the first rater and columns for the second (see `agreement_table`).

    Raises
    ------
    ValueError
        If the table is not square or holds anything but counts.

    Examples
    --------
    >>> test = stuart_maxwell([[20, 5], [15, 10]])
    >>> test.statistic, test.df, round(test.p_value, 4)
    (5.0, (1,), 0.0253)
    """
    counts = counts_of_table(table)
    statistic, freedom = _stuart_maxwell(counts)
    return _chi2(statistic, freedom, "Stuart-Maxwell", NO_DISAGREEMENT)


def bhapkar(table: ArrayLike) -> SignificanceTest:
    """Test whether two raters use the categories equally often; a little sharper.

    Bhapkar VP. JASA 1966;61:228-235: the errors are those of the differences as observed, where
    `stuart_maxwell` takes those under equal use. With X that statistic and n units it is
    X / (1 - X / n) (Keefe TJ. Biometrika 1982;69:683-684).

    Parameters
    ----------
    table
        Counts, rows for the first rater and columns for the second (see `agreement_table`).

    Raises
    ------
    ValueError
        If the table is not square or holds anything but counts.

    Examples
    --------
    >>> round(bhapkar([[20, 5], [15, 10]]).statistic, 4)
    5.5556
    """
    counts = counts_of_table(table)
    statistic, freedom = _stuart_maxwell(counts)
    n = float(counts.sum())
    if freedom and statistic >= n * (1 - 1e-12):
        reason = "no test: the raters differ in the same direction on every unit"
        return SignificanceTest(None, "chi2", (freedom,), None, "Bhapkar", reason)
    sharper = statistic / (1 - statistic / n) if freedom else 0.0
    return _chi2(sharper, freedom, "Bhapkar", NO_DISAGREEMENT)


def cochran_q(ratings: Ratings) -> SignificanceTest:
    """Test whether raters say yes equally often.

    Cochran WG. Biometrika 1950;37:256-266. Needs every rater on every unit: others are left out,
    and the method says how many.

    Parameters
    ----------
    ratings
        Table, or units x raters, of two different values.

    Raises
    ------
    ValueError
        If there are more than two values.

    Examples
    --------
    >>> test = cochran_q([[1, 1, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 0, 0]])
    >>> round(test.statistic, 3), test.df
    (6.0, (2,))
    """
    values, method = _complete(ratings, "Cochran's Q")
    levels = np.unique(values)
    if len(levels) > 2:
        raise ValueError(f"Cochran's Q is for two values, not {len(levels)}")
    positive = (values == levels.max(initial=-np.inf)).astype(float)
    of_rater, of_unit = positive.sum(axis=0), positive.sum(axis=1)
    raters = values.shape[1]
    spread = float(of_unit @ (raters - of_unit))
    if raters < 2 or not spread:
        return _chi2(0.0, 0, method, _why_no_test(raters, len(values)))
    gaps = of_rater - of_rater.mean()
    return _chi2(float(raters * (raters - 1) * (gaps @ gaps) / spread), raters - 1, method, "")


def friedman(ratings: Ratings, *, approximation: Literal["chi2", "F"] = "chi2") -> SignificanceTest:
    """Test whether raters rate equally high, from the ranks within each unit; ties corrected.

    Friedman M. JASA 1937;32:675-701. Approximation "F" is that of Iman RL, Davenport JM. Commun
    Stat A 1980;9:571-595, which keeps the level better with few units. Needs every rater on every
    unit: others are left out, and the method says how many.

    Parameters
    ----------
    ratings
        Table, or units x raters.
    approximation
        "chi2" or "F".

    Raises
    ------
    ValueError
        For another approximation.

    Examples
    --------
    >>> test = friedman([[3, 2, 1], [3, 2, 2], [4, 3, 1], [2, 2, 1]])
    >>> round(test.statistic, 3), test.df, round(test.p_value, 4)
    (7.0, (2,), 0.0302)
    """
    if approximation not in {"chi2", "F"}:
        raise ValueError(f"unknown approximation {approximation!r}: chi2 or F")
    values, method = _complete(ratings, "Friedman, ties corrected")
    units, raters = values.shape
    ranks = stats.rankdata(values, axis=1) if values.size else values
    gaps = ranks.sum(axis=0) - units * (raters + 1) / 2
    spread = float(((ranks - (raters + 1) / 2) ** 2).sum())
    if raters < 2 or not spread:
        return _chi2(0.0, 0, method, _why_no_test(raters, units))
    statistic = float((raters - 1) * (gaps @ gaps) / spread)
    if approximation == "chi2":
        return _chi2(statistic, raters - 1, method, "")
    method += ", Iman and Davenport's F"
    most = units * (raters - 1.0)
    df = (raters - 1.0, (units - 1) * (raters - 1.0))
    if statistic >= most * (1 - 1e-12) or units < 2:
        reason = "no test: all units rank the raters alike" if units > 1 else "no test: one unit"
        return SignificanceTest(None, "F", df, None, method, reason)
    ratio = (units - 1) * statistic / (most - statistic)
    return SignificanceTest(ratio, "F", df, float(stats.f.sf(ratio, *df)), method)


def _stuart_maxwell(counts: FloatArray) -> tuple[float, int]:
    confused = counts + counts.T - 2 * np.diag(np.diagonal(counts))
    groups, group = connected_components(sparse.csr_array(confused), directed=False)
    gaps = counts.sum(axis=1) - counts.sum(axis=0)
    covariance = np.diag(confused.sum(axis=1)) - confused
    # One category of each group follows from the others.
    first = [int(np.argmax(group == at)) for at in range(groups)]
    kept = np.setdiff1d(np.arange(len(counts)), first)
    if not len(kept):
        return 0.0, 0
    solved = np.linalg.solve(covariance[np.ix_(kept, kept)], gaps[kept])
    return float(gaps[kept] @ solved), len(kept)


def _complete(ratings: Ratings, name: str) -> tuple[FloatArray, str]:
    table = rating_table(ratings)
    rated = table.with_ratings(1)
    values = rated.complete().values
    left_out = len(rated.values) - len(values)
    return values, f"{name}; {left_out} incomplete units left out" if left_out else name


def _why_no_test(raters: int, units: int) -> str:
    if raters < 2:
        return "no test: fewer than two raters"
    return NO_DISAGREEMENT if units else "no test: no unit was rated by all raters"


def _chi2(statistic: float, freedom: int, method: str, reason: str) -> SignificanceTest:
    if not freedom:
        return SignificanceTest(None, "chi2", (), None, method, reason)
    p_value = float(stats.chi2.sf(statistic, freedom))
    return SignificanceTest(statistic, "chi2", (freedom,), p_value, method)
