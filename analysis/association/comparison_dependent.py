"""Comparison of two correlations of one sample: with a variable in common, or without.

See `comparison` for what all these tests suppose: independent pairs.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import special

from analysis.association.comparison import (
    Comparisons,
    CorrelationComparison,
    check_inputs,
    z_or_t_test,
    zou_interval,
)
from analysis.association.correlation_covariance import (
    both_on_z,
    dunn_clark_z,
    nonoverlapping_covariance,
    overlapping_covariance,
    pooled_on_z,
)
from analysis.association.correlation_tests import Alternative
from analysis.resampling import FloatArray

OVERLAPPING = (
    "pearson1898",
    "hotelling1940",
    "williams1959",
    "hendrickson1970",
    "olkin1967",
    "dunn1969",
    "steiger1980",
    "meng1992",
    "hittner2003",
    "zou2007",
)
NONOVERLAPPING = (
    "pearson1898",
    "dunn1969",
    "steiger1980",
    "raghunathan1996",
    "silver2004",
    "zou2007",
)
IMPOSSIBLE = (
    "no sample can have these correlations together: their matrix has a negative eigenvalue"
)
UNSUITED = "the formula has no value for these correlations (a variance of zero, or r = 1 or -1)"
_ROUNDING = 1e-10


def compare_overlapping(
    r_jk: float,
    r_jh: float,
    r_kh: float,
    n: int,
    *,
    alternative: Alternative = "two-sided",
    level: float = 0.95,
    null: float = 0.0,
) -> Comparisons:
    """Compare r_jk with r_jh, two correlations of one sample that share the variable j.

    Which of two metrics (k or h) goes with the ratings (j) more closely?

    pearson1898: Pearson K, Filon LNG. Phil Trans R Soc A 1898;191:229-311. hotelling1940: Hotelling
    H. Ann Math Stat 1940;11:271-283. williams1959: Williams EJ. J R Stat Soc B 1959;21:396-399
    (what R's psych calls Steiger's). olkin1967: Olkin I, in Stanley, Improving Experimental Design,
    1967 (equal to pearson1898). dunn1969: Dunn OJ, Clark VA. J Am Stat Assoc 1969;64:366-377.
    hendrickson1970: Hendrickson GF, Stanley JC, Hills JR. Am Educ Res J 1970;7:189-195.
    steiger1980: Steiger JH. Psychol Bull 1980;87:245-251 (mean correlation). meng1992: Meng XL,
    Rosenthal R, Rubin DB. Psychol Bull 1992;111:172-175, with an interval of the difference of z.
    hittner2003: Hittner JB, May K, Silver NC. J Gen Psychol 2003;130:149-168 (mean on Fisher's z).
    zou2007: Zou GY. Psychol Methods 2007;12:399-413, interval of the difference.

    Parameters
    ----------
    r_jk, r_jh
        The correlations to compare.
    r_kh
        Correlation of the two variables that are not shared.
    n
        Number of pairs.
    alternative
        "two-sided", "greater" (r_jk is greater) or "less", for the tests.
    level
        Confidence level of the intervals.
    null
        Difference that Zou's interval is held against.

    Raises
    ------
    ValueError
        For a correlation outside [-1, 1], a sample size or level that is none, or an unknown
        alternative; all problems in one message.

    Examples
    --------
    >>> found = compare_overlapping(0.4, 0.5, 0.1, 103)  # Steiger 1980, case A
    >>> round(found["williams1959"].statistic, 4), round(found["steiger1980"].statistic, 4)
    (-0.8913, -0.8887)
    """
    correlations = {"r_jk": r_jk, "r_jh": r_jh, "r_kh": r_kh}
    check_inputs(correlations, {"n": n}, alternative, level)
    matrix = np.array([[1, r_jk, r_jh], [r_jk, 1, r_kh], [r_jh, r_kh, 1]])
    reason = _why_not(matrix, n)
    if reason:
        return _without(OVERLAPPING, r_jk - r_jh, reason)
    a, b, c = (np.float64(r) for r in (r_jk, r_jh, r_kh))
    mean = (a + b) / 2
    on_z = np.tanh(both_on_z(a, b).mean())
    with np.errstate(divide="ignore", invalid="ignore"):
        unshared = (a - b) * np.sqrt((n - 3) * (1 + c))
        determinant = 1 + 2 * a * b * c - a**2 - b**2 - c**2
        large_sample = (
            (a - b)
            * np.sqrt(n)
            / np.sqrt((1 - a**2) ** 2 + (1 - b**2) ** 2 - 2 * overlapping_covariance(a, b, c))
        )
        covariance = overlapping_covariance(a, b, c) / ((1 - a**2) * (1 - b**2))
        z = {
            "pearson1898": large_sample,
            "olkin1967": large_sample,
            "dunn1969": dunn_clark_z(a, b, n, covariance),
            "steiger1980": dunn_clark_z(
                a, b, n, pooled_on_z(overlapping_covariance(mean, mean, c), mean)
            ),
            "hittner2003": dunn_clark_z(
                a, b, n, pooled_on_z(overlapping_covariance(on_z, on_z, c), on_z)
            ),
        }
        t = {
            "hotelling1940": unshared / np.sqrt(2 * determinant),
            "williams1959": (a - b)
            * np.sqrt((n - 1) * (1 + c))
            / np.sqrt(2 * (n - 1) / (n - 3) * determinant + mean**2 * (1 - c) ** 3),
            "hendrickson1970": unshared
            / np.sqrt(2 * determinant + (a - b) ** 2 * (1 - c) ** 3 / (4 * (n - 1))),
        }
    found = _tested(z, a - b, alternative, None) | _tested(t, a - b, alternative, n - 3)
    found["meng1992"] = _meng(r_jk, r_jh, r_kh, n, alternative, level)
    found["zou2007"] = _zou(r_jk, r_jh, n, float(covariance), level, null)
    return {name: found[name] for name in OVERLAPPING}


def compare_nonoverlapping(
    r_jk: float,
    r_hm: float,
    r_jh: float,
    r_jm: float,
    r_kh: float,
    r_km: float,
    n: int,
    *,
    alternative: Alternative = "two-sided",
    level: float = 0.95,
    null: float = 0.0,
) -> Comparisons:
    """Compare r_jk with r_hm, two correlations of one sample without a variable in common.

    Does a metric follow the ratings of one model (j, k) more closely than those of another (h, m),
    both on the same cases?

    pearson1898, dunn1969, steiger1980 and zou2007 as in `compare_overlapping`. raghunathan1996:
    Raghunathan TE, Rosenthal R, Rubin DB. Psychol Methods 1996;1:178-183 (algebraically dunn1969).
    silver2004: Silver NC, Hittner JB, May K. J Exp Educ 2004;73:53-69 (mean on Fisher's z).

    Parameters
    ----------
    r_jk, r_hm
        The correlations to compare.
    r_jh, r_jm, r_kh, r_km
        The other four.
    n
        Number of pairs.
    alternative
        "two-sided", "greater" (r_jk is greater) or "less", for the tests.
    level
        Confidence level of the interval.
    null
        Difference that Zou's interval is held against.

    Raises
    ------
    ValueError
        As `compare_overlapping`.

    Examples
    --------
    >>> found = compare_nonoverlapping(0.5, 0.6, 0.8, 0.5, 0.5, 0.7, 103)  # Steiger 1980, case B
    >>> round(found["steiger1980"].statistic, 3)
    -1.405
    """
    others = {"r_jh": r_jh, "r_jm": r_jm, "r_kh": r_kh, "r_km": r_km}
    check_inputs({"r_jk": r_jk, "r_hm": r_hm, **others}, {"n": n}, alternative, level)
    matrix = np.array(
        [
            [1, r_jk, r_jh, r_jm],
            [r_jk, 1, r_kh, r_km],
            [r_jh, r_kh, 1, r_hm],
            [r_jm, r_km, r_hm, 1],
        ]
    )
    reason = _why_not(matrix, n)
    if reason:
        return _without(NONOVERLAPPING, r_jk - r_hm, reason)
    a, b = np.float64(r_jk), np.float64(r_hm)
    mean, on_z = (a + b) / 2, np.tanh(both_on_z(a, b).mean())
    with np.errstate(divide="ignore", invalid="ignore"):
        own = nonoverlapping_covariance(a, b, others)
        covariance = own / ((1 - a**2) * (1 - b**2))
        variance = (1 - a**2) ** 2 + (1 - b**2) ** 2 - 2 * own
        z = {
            "pearson1898": (a - b) * np.sqrt(n) / np.sqrt(variance),
            "dunn1969": dunn_clark_z(a, b, n, covariance),
            "steiger1980": dunn_clark_z(
                a, b, n, pooled_on_z(nonoverlapping_covariance(mean, mean, others), mean)
            ),
            "raghunathan1996": dunn_clark_z(a, b, n, covariance),
            "silver2004": dunn_clark_z(
                a, b, n, pooled_on_z(nonoverlapping_covariance(on_z, on_z, others), on_z)
            ),
        }
    found = _tested(z, a - b, alternative, None)
    found["zou2007"] = _zou(r_jk, r_hm, n, float(covariance), level, null)
    return {name: found[name] for name in NONOVERLAPPING}


def _meng(
    a: float, b: float, c: float, n: int, alternative: Alternative, level: float
) -> CorrelationComparison:
    first, second = both_on_z(np.float64(a), np.float64(b))
    mean_square = (a**2 + b**2) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        f = np.minimum(1.0, np.float64(1 - c) / (2 * (1 - mean_square)))
        h = (1 - f * mean_square) / (1 - np.float64(mean_square))
        error = np.sqrt(2 * (1 - c) * h / (n - 3))
        z = (first - second) / error
    if not np.isfinite(z):
        return CorrelationComparison("meng1992", a - b, reason=UNSUITED)
    reach = float(special.ndtri((1 + level) / 2)) * float(error)
    test = z_or_t_test("meng1992", a - b, z, alternative)
    gap = float(first - second)
    return CorrelationComparison(
        "meng1992",
        a - b,
        test.statistic,
        "z",
        None,
        test.p_value,
        gap - reach,
        gap + reach,
        "difference of Fisher z",
    )


def _zou(
    a: float, b: float, n: int, covariance: float, level: float, null: float
) -> CorrelationComparison:
    if not np.isfinite([covariance, *both_on_z(np.float64(a), np.float64(b))]).all():
        return CorrelationComparison("zou2007", a - b, reason=UNSUITED)
    return zou_interval(a, n, b, n, covariance, level, null)


def _tested(
    statistics: Mapping[str, np.float64],
    difference: np.float64,
    alternative: Alternative,
    df: int | None,
) -> dict[str, CorrelationComparison]:
    return {
        name: z_or_t_test(name, float(difference), float(value), alternative, df)
        if np.isfinite(value)
        else CorrelationComparison(name, float(difference), reason=UNSUITED)
        for name, value in statistics.items()
    }


def _why_not(matrix: FloatArray, n: int) -> str | None:
    if n < 4:
        return f"{n} pairs, at least 4 are needed"
    if np.linalg.eigvalsh(matrix)[0] < -_ROUNDING:
        return IMPOSSIBLE
    return None


def _without(methods: tuple[str, ...], difference: float, reason: str) -> Comparisons:
    return {name: CorrelationComparison(name, difference, reason=reason) for name in methods}
