"""Limits of agreement of two methods where subjects were measured more than once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from analysis.agreement.bland_altman import limit_multiplier
from analysis.agreement.mover import Part, mover_limits
from analysis.agreement.subject_sums import SubjectSums, subject_sums
from analysis.resampling import (
    IDENTITY,
    LOG,
    Estimate,
    FloatArray,
    Resamples,
    Scale,
    Statistic,
    estimate,
    undefined,
)

Truth = Literal["constant", "varying"]
Convention = Literal["zou", "bland_altman"]


@dataclass(frozen=True)
class RepeatedLimits:
    """Limits of agreement from repeated measurements.

    Attributes
    ----------
    n_subjects, n_first, n_second
        Subjects with measurements of both methods, and the measurements of each that entered.
    mean_difference, sd_difference
        Bias, and SD of the difference of single measurements by the two methods.
    lower_limit, upper_limit
        Limits for that difference; beside them the MOVER interval (convention "zou").
    within_variances
        Within-subject variances: of each method (truth constant), or of the difference (varying).
    multiplier
        How many SDs lie between mean and limit.
    """

    n_subjects: int
    n_first: int
    n_second: int
    mean_difference: Estimate
    sd_difference: Estimate
    lower_limit: Estimate
    upper_limit: Estimate
    within_variances: tuple[float | None, ...]
    multiplier: float


def bland_altman_repeated(
    first: ArrayLike,
    second: ArrayLike,
    subjects: ArrayLike,
    *,
    truth: Truth,
    convention: Convention = "zou",
    cases: ArrayLike | None = None,
    coverage: float = 0.95,
    multiplier: float | None = None,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> RepeatedLimits:
    """Estimate limits of agreement from several measurements per subject, first minus second.

    Truth "constant": the quantity does not change within a subject, replicates of the two methods
    are not paired and may differ in number. The variance of the difference is that of the
    differences of subject means plus (1 - 1/m) of each within-subject variance, 1/m averaged over
    subjects. Truth "varying": each row is a pair measured at the same time, and the quantity may
    change between rows; the variance is the sum of the variances within and between subjects of
    the differences. Bland JM, Altman DG. Stat Methods Med Res 1999;8:135-160, section 5, and
    J Biopharm Stat 2007;17:571-582.

    Conventions. "zou" (Zou GY. Stat Methods Med Res 2013;22:630-642): subjects have equal weight,
    variances combine by the harmonic mean of their numbers of measurements, and intervals are
    recovered from variance estimates (MOVER). "bland_altman" (2007): measurements have equal
    weight in the mean, and for a varying truth the variance between subjects is that of the
    one-way ANOVA, 0 where that is negative. Leaving the repeats unheeded makes limits too narrow.

    Parameters
    ----------
    first, second
        Measurements, one row each; NaN where there is none. With a varying truth rows that lack
        one of the two are left out.
    subjects
        Subject of each row.
    truth, convention
        See above.
    cases
        Case of each row, where subjects are nested in cases; without it subjects are cases.
    coverage
        Share of differences that the limits are to hold.
    multiplier
        SDs between mean and limit; by default the normal quantile of `coverage`.
    level
        Confidence level.
    resamples
        Weights for the percentile and BCa intervals beside.

    Raises
    ------
    ValueError
        If lengths differ, a measurement is infinite, a subject lies in two cases, or truth,
        convention, coverage or multiplier make no sense.

    Examples
    --------
    >>> limits = bland_altman_repeated(
    ...     [7.8, 7.4, 6.2, 7.3, 4.8, 5.2], [6.6, 5.6, 4.1, 4.3, 4.7, 5.5], [1, 1, 2, 2, 3, 3],
    ...     truth="varying",
    ... )
    >>> round(limits.mean_difference.value, 2), round(limits.sd_difference.value, 2)
    (1.32, 1.38)
    """
    for value, known in ((truth, Truth), (convention, Convention)):
        if value not in get_args(known):
            raise ValueError(f"{value!r} is neither of {', '.join(get_args(known))}")
    reach = limit_multiplier(coverage, multiplier)
    sums = subject_sums(first, second, subjects, cases, paired=truth == "varying")
    if sums.n_subjects < 2:
        why = f"{sums.n_subjects} subjects were measured by both methods, at least 2 are needed"
        none = undefined(sums.n_cases, f"truth {truth}", why)
        counts = (int(sums.first[0].sum()), int(sums.second[0].sum()))
        return RepeatedLimits(sums.n_subjects, *counts, none, none, none, none, (), reach)
    moments = _Moments(sums, truth, convention)
    how = f"truth {truth}, convention {convention}"

    def made(statistic: Statistic, scale: Scale) -> Estimate:
        estimated = estimate(
            statistic,
            sums.case_labels,
            scale,
            why_undefined="no subject was measured twice: the variance within has no estimate",
            level=level,
            resamples=resamples,
        )
        return replace(estimated, method=f"{how}; {estimated.method}")

    def limit(sign: float) -> Estimate:
        return made(lambda w: moments.mean(w) + sign * reach * moments.sd(w), IDENTITY)

    mean, sd = made(moments.mean, IDENTITY), made(moments.sd, LOG)
    lower, upper = limit(-1.0), limit(1.0)
    parts = moments.parts()
    if convention == "zou" and lower.value is not None and mean.value is not None:
        low, high = mover_limits(mean.value, parts, sums.n_subjects, reach, level)
        lower = replace(lower, beside=(*lower.beside, low))
        upper = replace(upper, beside=(*upper.beside, high))
    within = tuple(part.variance for part in parts[1:])
    counts = (int(sums.first[0].sum()), int(sums.second[0].sum()))
    return RepeatedLimits(sums.n_subjects, *counts, mean, sd, lower, upper, within, reach)


@dataclass(frozen=True)
class _Moments:
    """Mean and SD of the difference of single measurements, as functions of case weights."""

    sums: SubjectSums
    truth: Truth
    convention: Convention

    def mean(self, weights: FloatArray) -> FloatArray:
        sums = self.sums
        share = np.ones(sums.n_subjects)
        if self.convention == "bland_altman":
            share = sums.first[0] + sums.second[0]
        centre = sums.difference.mean()
        with np.errstate(invalid="ignore", divide="ignore"):
            moved = sums.over(weights, share * (sums.difference - centre))
            return np.asarray(centre + moved / sums.over(weights, share))

    def sd(self, weights: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore", divide="ignore"):
            if (self.truth, self.convention) == ("varying", "bland_altman"):
                return np.asarray(np.sqrt(self._anova(weights)))
            total = sum(factor * variance for factor, variance, _ in self._parts(weights))
            return np.asarray(np.sqrt(total))

    def parts(self) -> list[Part]:
        """Return the variances that add up to that of the difference, with their df."""
        with np.errstate(invalid="ignore", divide="ignore"):
            parts = self._parts(np.ones((1, self.sums.n_cases)))
        return [Part(*(float(np.asarray(each)[0]) for each in part)) for part in parts]

    def _parts(self, weights: FloatArray) -> list[tuple[FloatArray, FloatArray, FloatArray]]:
        sums = self.sums
        n = sums.over(weights, np.ones(sums.n_subjects))
        centred = sums.difference - sums.difference.mean()
        between = sums.over(weights, centred**2) - sums.over(weights, centred) ** 2 / n
        parts = [(np.ones(len(n)), np.maximum(between / (n - 1), 0.0), n - 1)]
        methods = [sums.first, sums.second] if self.truth == "constant" else [sums.pairs]
        for count, squares in methods:
            df = sums.over(weights, count - 1)
            factor = 1 - sums.over(weights, 1 / count) / n
            # Where nothing was repeated the variance within has no weight either.
            repeated = df > 0
            within = np.where(repeated, sums.over(weights, squares) / df, 0.0)
            parts.append((np.where(repeated, factor, 0.0), within, df))
        return parts

    def _anova(self, weights: FloatArray) -> FloatArray:
        """Return the sum of the variances within and between subjects of a one-way ANOVA."""
        sums = self.sums
        count, squares = sums.pairs
        n, total = sums.over(weights, np.ones(sums.n_subjects)), sums.over(weights, count)
        centred = sums.difference - sums.difference.mean()
        between = sums.over(weights, count * centred**2)
        between -= sums.over(weights, count * centred) ** 2 / total
        ms_within = sums.over(weights, squares) / (total - n)
        divisor = (total - sums.over(weights, count**2) / total) / (n - 1)
        excess = (between / (n - 1) - ms_within) / divisor
        return np.asarray(ms_within + np.maximum(excess, 0.0))
