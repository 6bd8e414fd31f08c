"""Bland and Altman's limits of agreement of two methods, one pair of measurements per unit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.agreement.limit_intervals import limit_intervals, mean_interval
from analysis.agreement.mean_squares import cases_of
from analysis.agreement.normal_intervals import chi_square_interval
from analysis.agreement.rating_table import RatingTable
from analysis.resampling import (
    IDENTITY,
    LOG,
    Estimate,
    FloatArray,
    Interval,
    Resamples,
    Scale,
    Statistic,
    estimate,
    undefined,
)

_TOO_FEW = "fewer than two pairs of measurements"


@dataclass(frozen=True)
class BlandAltman:
    """Limits of agreement of two methods.

    Attributes
    ----------
    n
        Number of pairs.
    mean_difference, sd_difference
        Bias of the first method against the second, and SD of the differences. Beside them the t
        and the chi-square interval.
    lower_limit, upper_limit
        Mean difference minus and plus `multiplier` SDs. Beside them the exact interval and the
        approximations of 1986 and 1999.
    proportional_bias
        Slope of the difference on the mean of the two methods, tested against 0.
    standard_error_mean, standard_error_limit_1986, standard_error_limit_1999
        Closed-form standard errors of the mean difference and of a limit, None without variance.
    multiplier
        How many SDs lie between mean and limit.
    """

    n: int
    mean_difference: Estimate
    sd_difference: Estimate
    lower_limit: Estimate
    upper_limit: Estimate
    proportional_bias: Estimate
    standard_error_mean: float | None
    standard_error_limit_1986: float | None
    standard_error_limit_1999: float | None
    multiplier: float


def bland_altman(
    first: ArrayLike,
    second: ArrayLike,
    *,
    cases: object = None,
    coverage: float = 0.95,
    multiplier: float | None = None,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> BlandAltman:
    """Estimate bias and limits of agreement, first method minus second.

    Bland JM, Altman DG. Lancet 1986;1:307-310; Stat Methods Med Res 1999;8:135-160. The standard
    error of a limit is SD sqrt(3 / n) in 1986 and SD sqrt(1 / n + m^2 / (2 (n - 1))) in 1999. The
    exact interval is that of a normal quantile by the noncentral t distribution: Carkeet A. Optom
    Vis Sci 2015;92:e71-80. These take pairs as independent; the case jackknife-t of each estimate
    does not. Where a unit was measured more than once, see
    `analysis.agreement.bland_altman_repeated`.

    Parameters
    ----------
    first, second
        Measurements of the two methods, one per unit; pairs with NaN are left out.
    cases
        Case of each unit; without it each unit is a case.
    coverage
        Share of differences that the limits are to hold.
    multiplier
        SDs between mean and limit; by default the normal quantile of `coverage` (1.96 for 95 %).
        Bland and Altman 1986 took 2.
    level
        Confidence level.
    resamples
        Weights for the percentile and BCa intervals beside.

    Raises
    ------
    ValueError
        If the lengths differ, a measurement is infinite, or coverage or multiplier make no sense.

    Examples
    --------
    >>> limits = bland_altman([1.0, 2.1, 3.0, 4.2, 5.0], [1.1, 2.0, 3.2, 4.0, 5.1])
    >>> round(limits.lower_limit.value, 2), round(limits.upper_limit.value, 2)
    (-0.34, 0.3)
    """
    pairs = method_pairs(first, second, cases)
    reach = limit_multiplier(coverage, multiplier)
    differences = differences_of(pairs)
    mean_of, sd_of = _moments(pairs, differences)

    def made(statistic: Statistic, scale: Scale) -> Estimate:
        return estimate(
            statistic,
            cases_of(pairs),
            scale,
            why_undefined=_TOO_FEW,
            level=level,
            resamples=resamples,
        )

    mean, sd = made(mean_of, IDENTITY), made(sd_of, LOG)
    lower = made(lambda weights: mean_of(weights) - reach * sd_of(weights), IDENTITY)
    upper = made(lambda weights: mean_of(weights) + reach * sd_of(weights), IDENTITY)
    slope = proportional_bias(
        *pairs.values.T, cases=pairs.case_names[pairs.cases], level=level, resamples=resamples
    )
    n = len(differences)
    if mean.value is None or sd.value is None:
        return BlandAltman(n, mean, sd, lower, upper, slope, None, None, None, reach)
    return BlandAltman(
        n=n,
        mean_difference=_beside(mean, mean_interval(mean.value, sd.value, n, level)),
        sd_difference=_beside(sd, chi_square_interval(sd.value, n - 1, level)),
        lower_limit=_beside(lower, *limit_intervals(mean.value, sd.value, n, -reach, level)),
        upper_limit=_beside(upper, *limit_intervals(mean.value, sd.value, n, reach, level)),
        proportional_bias=slope,
        standard_error_mean=sd.value / n**0.5,
        standard_error_limit_1986=sd.value * (3 / n) ** 0.5,
        standard_error_limit_1999=sd.value * (1 / n + reach**2 / (2 * (n - 1))) ** 0.5,
        multiplier=reach,
    )


def proportional_bias(
    first: ArrayLike,
    second: ArrayLike,
    *,
    cases: object = None,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate the least-squares slope of the difference on the mean of two methods.

    Bland JM, Altman DG. Stat Methods Med Res 1999;8:135-160, section 3.2. A slope that is not 0
    tells of a difference that grows with the size, or of unequal standard deviations: the test of
    slope 0 is Pitman and Morgan's test of equal variances. `p_value` is of the case jackknife;
    beside the interval stands that of ordinary regression.

    Parameters
    ----------
    first, second, cases, level, resamples
        As in `bland_altman`.

    Raises
    ------
    ValueError
        If the lengths differ or a measurement is infinite.

    Examples
    --------
    >>> round(proportional_bias([1.1, 2.2, 3.3, 4.4], [1.0, 2.0, 3.0, 4.0]).value, 4)
    0.0952
    """
    pairs = method_pairs(first, second, cases)
    difference = differences_of(pairs)
    means = pairs.values.mean(axis=1) if len(pairs.values) else np.empty(0)
    varied = len(means) > 0 and np.ptp(means) > 1e-12 * np.abs(means).max()
    if not varied:
        return undefined(pairs.n_cases, "slope of difference on mean", "the means do not vary")
    x, y = means - means.mean(), difference - difference.mean()
    by_case = _sums(pairs, np.ones(len(x)), x, y, x * x, x * y)

    def statistic(weights: FloatArray) -> FloatArray:
        n, sx, sy, sxx, sxy = (weights @ by_case).T
        with np.errstate(invalid="ignore", divide="ignore"):
            spread = sxx - sx * sx / n
            slope = (sxy - sx * sy / n) / spread
            return np.where(spread > 1e-12 * (x * x).sum(), slope, np.nan)

    estimated = estimate(
        statistic,
        cases_of(pairs),
        IDENTITY,
        why_undefined="the means do not vary",
        level=level,
        null=0.0,
        resamples=resamples,
    )
    return _beside(estimated, _regression_interval(x, y, level))


def _regression_interval(x: FloatArray, y: FloatArray, level: float) -> Interval:
    df = len(x) - 2
    method = f"t of ordinary regression, {df} degrees of freedom, units taken as independent"
    if df < 1:
        return Interval(None, None, method, "no interval: fewer than three pairs")
    slope = float(x @ y / (x @ x))
    rest = float(((y - slope * x) ** 2).sum()) / df
    reach = float(stats.t.ppf((1 + level) / 2, df)) * (rest / float(x @ x)) ** 0.5
    return Interval(slope - reach, slope + reach, method)


def limit_multiplier(coverage: float, multiplier: float | None) -> float:
    """Return how many SDs lie between mean and limit."""
    if not 0 < coverage < 1:
        raise ValueError(f"coverage {coverage} does not lie between 0 and 1")
    if multiplier is not None and not multiplier > 0:
        raise ValueError(f"multiplier {multiplier} is not positive")
    return float(stats.norm.ppf((1 + coverage) / 2)) if multiplier is None else multiplier


def method_pairs(first: ArrayLike, second: ArrayLike, cases: object = None) -> RatingTable:
    """Return pairs of measurements as a table of two columns, without those that have a gap."""
    one, two = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if one.ndim != 1 or one.shape != two.shape:
        raise ValueError(f"measurements of shapes {one.shape} and {two.shape}: two equal lists")
    return RatingTable.of(np.column_stack([one, two]), cases).with_ratings(2)


def differences_of(pairs: RatingTable) -> FloatArray:
    """Return first minus second; differences that vary by rounding only are made equal."""
    difference = pairs.values[:, 0] - pairs.values[:, 1]
    if len(difference) and np.ptp(difference) <= 1e-12 * np.abs(pairs.values).max():
        return np.full(len(difference), difference.mean())
    return np.asarray(difference)


def _moments(pairs: RatingTable, difference: FloatArray) -> tuple[Statistic, Statistic]:
    """Return mean and SD (n - 1) of the differences as functions of case weights."""
    centre = float(difference[0]) if len(difference) else 0.0
    centred = difference - centre
    by_case = _sums(pairs, np.ones(len(centred)), centred, centred**2)

    def mean(weights: FloatArray) -> FloatArray:
        n, total, _ = (weights @ by_case).T
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(n > 1, centre + total / n, np.nan))

    def sd(weights: FloatArray) -> FloatArray:
        n, total, squares = (weights @ by_case).T
        with np.errstate(invalid="ignore", divide="ignore"):
            left = np.maximum(squares - total**2 / n, 0.0)
            left = np.where(left > 1e-14 * squares, left, 0.0)
            return np.asarray(np.where(n > 1, np.sqrt(left / (n - 1)), np.nan))

    return mean, sd


def _sums(pairs: RatingTable, *of_unit: FloatArray) -> FloatArray:
    """Return sums per case of some numbers per unit, shape (cases, numbers)."""
    sums = np.zeros((pairs.n_cases, len(of_unit)))
    np.add.at(sums, pairs.cases, np.stack(of_unit, axis=1))
    return sums


def _beside(estimated: Estimate, *closed: Interval) -> Estimate:
    if estimated.value is None:
        return estimated
    return replace(estimated, beside=estimated.beside + closed)
