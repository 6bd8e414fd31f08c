"""Tests of no correlation, for pairs that are independent of each other.

They know nothing of cases: with several masks of one case they find too much. For those,
`correlation` has a p value from the case jackknife.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from analysis.association.correlation import (
    Coefficient,
    Pairs,
    as_pairs,
    correlation_statistic,
    too_few,
    why_undefined,
)
from analysis.association.rank_statistics import dense_ranks
from analysis.association.spearman_distribution import MOST_EXACT, edgeworth_tail, exact_tail
from analysis.resampling import FISHER_Z, IntArray, SignificanceTest

Alternative = Literal["two-sided", "greater", "less"]
ALTERNATIVES: tuple[Alternative, ...] = ("two-sided", "greater", "less")
Method = Literal["auto", "exact", "series", "asymptotic"]
METHODS: tuple[Method, ...] = ("auto", "exact", "series", "asymptotic")

# The limits of R's cor.test.
EXACT_SPEARMAN, SERIES_SPEARMAN, EXACT_KENDALL = 9, 1289, 49


def correlation_test(
    pairs: Pairs | tuple[ArrayLike, ...],
    coefficient: Coefficient = "spearman",
    *,
    alternative: Alternative = "two-sided",
    method: Method = "auto",
) -> SignificanceTest:
    """Test that there is no correlation, as R's cor.test does.

    Parameters
    ----------
    pairs
        Pairs, or (x, y); cases are ignored.
    coefficient
        "pearson": Student's t on n - 2. "spearman": the distribution over all orders, exact up to
        9 pairs, from the Edgeworth series of AS 89 up to 1289 (R calls both "exact"), else
        Student's t. "kendall": all orders up to 49 pairs, else normal with Kendall's variance.
        With ties there is no exact distribution: t and normal (variance corrected for ties).
    alternative
        "two-sided", "greater" (positive correlation) or "less".
    method
        "auto" as above; "exact" enumerates (Spearman up to 14 pairs), "series" is the Edgeworth
        series of Spearman's rho, "asymptotic" the t or normal approximation.

    Returns
    -------
    SignificanceTest
        With `statistic` t or z, or the coefficient itself where orders are counted
        ("permutation"); without a p value, and with the reason, where the coefficient is
        undefined, or where an asked method does not apply.

    Raises
    ------
    ValueError
        For an unknown alternative or method, or pairs that are none.

    Examples
    --------
    >>> correlation_test(([1, 2, 3, 4], [1, 2, 3, 4]), "kendall").p_value  # 2 of 24 orders
    0.08333333333333333
    """
    _check(alternative, method)
    used = as_pairs(pairs)
    statistic = correlation_statistic(used, coefficient)
    value = float(statistic(np.ones((1, used.n_cases)))[0]) if used.n_cases else np.nan
    reason = too_few(used) or ("" if np.isfinite(value) else why_undefined(used, coefficient))
    if reason:
        distribution: Literal["z", "t"] = "z" if coefficient == "kendall" else "t"
        return SignificanceTest(None, distribution, (), None, coefficient, reason)
    if coefficient == "pearson":
        return _student(value, len(used.metric), alternative, "Pearson, Student's t")
    return _rank_test(used, value, coefficient, alternative, method)


def _rank_test(
    pairs: Pairs, value: float, coefficient: Coefficient, alternative: Alternative, method: Method
) -> SignificanceTest:
    (x, n_x), (y, n_y) = dense_ranks(pairs.metric), dense_ranks(pairs.rating)
    n, tied = len(x), min(n_x, n_y) < len(x)
    chosen = _default(coefficient, n, tied) if method == "auto" else method
    if chosen == "asymptotic" and coefficient == "kendall":
        return _normal(value, x, y, alternative)
    if chosen == "asymptotic":
        return _student(value, n, alternative, "Spearman, t approximation")
    impossible = _why_not(coefficient, chosen, n, tied)
    if impossible:
        name = f"{coefficient}, {chosen}"
        return SignificanceTest(value, "permutation", (), None, name, impossible)
    if coefficient == "kendall":
        found = stats.kendalltau(x, y, method="exact", alternative=alternative)
        p_value = float(found.pvalue)
        return SignificanceTest(value, "permutation", (), p_value, "Kendall, all orders counted")
    return _spearman_orders(value, x, y, alternative, chosen)


def _check(alternative: str, method: str) -> None:
    problems = []
    if alternative not in ALTERNATIVES:
        problems.append(f"alternative {alternative!r} is none of {', '.join(ALTERNATIVES)}")
    if method not in METHODS:
        problems.append(f"method {method!r} is none of {', '.join(METHODS)}")
    if problems:
        raise ValueError("; ".join(problems))


def _default(coefficient: Coefficient, n: int, tied: bool) -> Method:
    if tied or n > (EXACT_KENDALL if coefficient == "kendall" else SERIES_SPEARMAN):
        return "asymptotic"
    return "series" if coefficient == "spearman" and n > EXACT_SPEARMAN else "exact"


def _why_not(coefficient: Coefficient, method: Method, n: int, tied: bool) -> str:
    if tied:
        return "ties: the distribution over all orders is not known; use the asymptotic test"
    if coefficient == "kendall" and method == "series":
        return "the series is for Spearman's rho"
    if coefficient == "spearman" and method == "exact" and n > MOST_EXACT:
        return f"{n} pairs: all orders are counted up to {MOST_EXACT}"
    return ""


def _spearman_orders(
    value: float, x: IntArray, y: IntArray, alternative: Alternative, method: Method
) -> SignificanceTest:
    n = len(x)
    squares = int(((x - y) ** 2).sum())
    tail = exact_tail if method == "exact" else edgeworth_tail
    # The distribution of S is symmetric about half of its greatest value.
    less, greater = tail(squares, n), tail((n**3 - n) // 3 - squares, n)
    p_value = {
        "less": less,
        "greater": greater,
        "two-sided": min(1.0, 2 * (greater if value > 0 else less)),
    }[alternative]
    if p_value <= 0:  # far out the series turns negative; R then prints 0
        return _student(value, n, alternative, "Spearman, t approximation")
    name = "all orders counted" if method == "exact" else "Edgeworth series of AS 89"
    return SignificanceTest(value, "permutation", (), p_value, f"Spearman, {name}")


def _student(r: float, n: int, alternative: Alternative, name: str) -> SignificanceTest:
    freedom = n - 2
    if np.isnan(FISHER_Z.forward(np.array([r])))[0]:
        return SignificanceTest(
            None, "t", (freedom,), None, name, "the correlation is exactly 1 or -1: t is infinite"
        )
    t = r * np.sqrt(freedom / (1 - r * r))
    p_value = tail_probability(
        float(stats.t.cdf(t, freedom)), float(stats.t.sf(t, freedom)), alternative
    )
    return SignificanceTest(float(t), "t", (freedom,), p_value, name)


def _normal(tau: float, x: IntArray, y: IntArray, alternative: Alternative) -> SignificanceTest:
    """Kendall MG. Rank Correlation Methods, 1948: the variance of S with ties in both variables."""
    n = len(x)
    ties = [np.bincount(levels).astype(float) for levels in (x, y)]
    # What tau-b divided by: the pairs untied in each.
    concordant = tau * np.sqrt(np.prod([(n * n - (t * t).sum()) / 2 for t in ties]))
    pairs_tied = [float((t * (t - 1)).sum()) for t in ties]
    triples = [float((t * (t - 1) * (t - 2)).sum()) for t in ties]
    odd = sum(float((t * (t - 1) * (2 * t + 5)).sum()) for t in ties)
    variance = (
        (n * (n - 1.0) * (2 * n + 5) - odd) / 18
        + pairs_tied[0] * pairs_tied[1] / (2 * n * (n - 1.0))
        + triples[0] * triples[1] / (9 * n * (n - 1.0) * (n - 2))
    )
    z = concordant / np.sqrt(variance)
    p_value = tail_probability(float(special.ndtr(z)), float(special.ndtr(-z)), alternative)
    return SignificanceTest(float(z), "z", (), p_value, "Kendall, normal approximation")


def tail_probability(below: float, above: float, alternative: Alternative) -> float:
    """Return the p value from the probabilities below and above the observed statistic."""
    if alternative == "two-sided":
        return min(1.0, 2 * min(below, above))
    return below if alternative == "less" else above
