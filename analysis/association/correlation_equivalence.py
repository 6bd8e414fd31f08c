"""Equivalence of correlations of independent pairs: one correlation, and the difference of two."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from scipy import optimize, stats

from analysis.arguments import outside, refuse
from analysis.association.equivalence import Equivalence, tost_estimate
from analysis.resampling import FISHER_Z, SignificanceTest

Coefficient = Literal["pearson", "spearman", "kendall"]
MarginOn = Literal["rho", "z"]
_NAMES = ", ".join(get_args(Coefficient))


def fisher_z_variance(r: float, n: int, coefficient: Coefficient = "pearson") -> float:
    """Return the large-sample variance of Fisher's z of a correlation of `n` independent pairs.

    Pearson 1 / (n - 3) (Fisher RA. Metron 1921;1:3-32); Spearman (1 + r^2 / 2) / (n - 3) (Bonett
    DG, Wright TA. Psychometrika 2000;65:23-28); Kendall .437 / (n - 4) (Fieller EC, Hartley HO,
    Pearson ES. Biometrika 1957;44:470-481). NaN where n is too small.
    """
    if coefficient not in get_args(Coefficient):
        raise ValueError(f"coefficient is {coefficient!r}, not one of {_NAMES}")
    fewest = 4 if coefficient == "kendall" else 3
    factor = {"pearson": 1.0, "spearman": 1 + r**2 / 2, "kendall": 0.437}[coefficient]
    return factor / (n - fewest) if n > fewest else float("nan")


def tost_correlation(
    r: float,
    n: int,
    low: float,
    high: float,
    alpha: float = 0.05,
    coefficient: Coefficient = "pearson",
) -> Equivalence:
    """Test whether a correlation of independent pairs lies between two margins, on Fisher's z.

    Goertzen JR, Cribbie RA. Br J Math Stat Psychol 2010;63:527-537. For pairs that share cases use
    `tost_of_estimate` on the case jackknife.

    Raises
    ------
    ValueError
        If r or a margin is not between -1 and 1, and as in `tost_estimate`.

    Examples
    --------
    >>> round(tost_correlation(0.02, 100, -0.3, 0.3).p_value, 4)
    0.0022
    """
    _check(r)
    variance = fisher_z_variance(r, n, coefficient)
    reason = None
    if np.isnan(variance):
        reason = f"no test: {n} pairs are too few for the variance of Fisher's z"
    elif abs(r) == 1:
        reason = "no test: the correlation is exactly 1 or -1"
    error = float(np.sqrt(variance)) if reason is None else None
    return tost_estimate(r, error, np.inf, low, high, alpha, scale=FISHER_Z, reason=reason)


def tost_correlation_difference(
    first: tuple[float, int],
    second: tuple[float, int],
    margin: float,
    alpha: float = 0.05,
    *,
    coefficient: Coefficient = "pearson",
    margin_on: MarginOn = "rho",
) -> Equivalence:
    """Test whether two independent correlations differ by less than a margin.

    On "rho", the margin is one of rho_1 - rho_2 itself. Each one-sided test asks how far, on
    Fisher's z and in units of its variances, the two values lie from the nearest pair of
    correlations that differ by exactly the margin: the signed root of the minimum chi-square,
    standard normal (Neyman J, 1949; with margin zero it is Fisher's test of two correlations). The
    interval holds the differences that are not rejected. On "z", the difference of Fisher's z is
    held against atanh(margin), as R's TOSTER does, and all results are in z; that margin is far
    narrower where the correlations are high, as z runs away from rho.

    Correlations of the same cases are not independent: use `tost_of_estimate` on their difference.

    Parameters
    ----------
    first, second
        Correlation and number of pairs.
    margin
        Between 0 and 1, the same to both sides.
    alpha
        Level of each one-sided test.
    coefficient
        Which correlation, for the variance of its z.
    margin_on
        Scale of the margin.

    Raises
    ------
    ValueError
        If a correlation is not between -1 and 1, or the margin not between 0 and 1.

    Examples
    --------
    >>> found = tost_correlation_difference((0.80, 900), (0.78, 900), margin=0.10)
    >>> found.equivalent, round(found.ci_low, 3), round(found.ci_high, 3)
    (True, -0.009, 0.049)
    """
    (r, n), (s, m) = first, second
    _check(r, s)
    problems = [] if 0 < margin < 1 else [f"the margin is {margin}, not between 0 and 1"]
    if margin_on not in get_args(MarginOn):
        problems.append(f"margin_on is {margin_on!r}, not 'rho' or 'z'")
    refuse([*problems, *outside(0, 0.5, alpha=alpha)])
    variances = (fisher_z_variance(r, n, coefficient), fisher_z_variance(s, m, coefficient))
    reason = None
    if np.isnan(variances).any():
        reason = f"no test: {n} and {m} pairs, too few for the variance of Fisher's z"
    elif 1 in (abs(r), abs(s)):
        reason = "no test: a correlation is exactly 1 or -1"
    if reason:
        return tost_estimate(r - s, None, np.inf, -margin, margin, alpha, reason=reason)
    z = (float(np.arctanh(r)), float(np.arctanh(s)))
    if margin_on == "z":
        error, bound = float(np.sqrt(sum(variances))), float(np.arctanh(margin))
        return tost_estimate(z[0] - z[1], error, np.inf, -bound, bound, alpha)
    return _on_rho(r - s, z, variances, margin, alpha)


def _on_rho(
    difference: float,
    z: tuple[float, float],
    variances: tuple[float, float],
    margin: float,
    alpha: float,
) -> Equivalence:
    method = "signed root of minimum chi-square on Fisher's z"
    lower, upper = (_signed_root(difference, z, variances, at) for at in (-margin, margin))
    p_lower, p_upper = float(stats.norm.sf(lower)), float(stats.norm.cdf(upper))
    reach = float(stats.norm.isf(alpha))
    edge = 2 - 1e-9
    ci_low, ci_high = (
        float(
            optimize.brentq(
                lambda d, side=side: _signed_root(difference, z, variances, d) - side * reach,
                -edge,
                edge,
                xtol=1e-12,
            )
        )
        for side in (1, -1)
    )
    return Equivalence(
        difference,
        SignificanceTest(lower, "z", (), p_lower, method),
        SignificanceTest(upper, "z", (), p_upper, method),
        max(p_lower, p_upper),
        max(p_lower, p_upper) < alpha,
        ci_low,
        ci_high,
        (-margin, margin),
        alpha,
    )


def _signed_root(
    difference: float, z: tuple[float, float], variances: tuple[float, float], null: float
) -> float:
    """Return how far the two z lie from the pairs of correlations whose difference is `null`."""
    low, high = max(-1.0, null - 1), min(1.0, null + 1)

    def distance(first: float) -> float:
        at = np.arctanh(np.clip([first, first - null], -1 + 1e-15, 1 - 1e-15))
        return float(((z[0] - at[0]) ** 2 / variances[0]) + (z[1] - at[1]) ** 2 / variances[1])

    # Searched on an even grid first: the distance may have a second, higher valley.
    grid = np.linspace(low, high, 201)[1:-1]
    best = int(np.argmin([distance(first) for first in grid]))
    step = (high - low) / 200
    found = optimize.minimize_scalar(
        distance,
        bounds=(max(low, grid[best] - step), min(high, grid[best] + step)),
        method="bounded",
        options={"xatol": 1e-13},
    )
    return float(np.copysign(np.sqrt(max(found.fun, 0.0)), difference - null))


def _check(*correlations: float) -> None:
    off = [r for r in correlations if not -1 <= r <= 1]
    if off:
        raise ValueError(f"not between -1 and 1: {', '.join(str(r) for r in off)}")
