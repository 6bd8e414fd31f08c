"""Closed-form variance, interval and test of areas under the ROC curve: DeLong and Obuchowski."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from analysis.association.acceptability import Verdicts, VerdictsLike, as_verdicts
from analysis.resampling import FloatArray, IntArray, SignificanceTest, check_level

DELONG = "DeLong, masks independent"
OBUCHOWSKI = "Obuchowski, masks clustered by case"


@dataclass(frozen=True)
class AreaUnderCurve:
    """An area under the ROC curve with its large-sample variance and interval.

    Attributes
    ----------
    auc
        The area, or None.
    variance
        Variance of the area, or None.
    low, high
        Normal interval, cut off at 0 and 1, or None.
    method
        Whose variance it is.
    reason
        Why one of the others is None.
    """

    auc: float | None
    variance: float | None
    low: float | None
    high: float | None
    method: str
    reason: str | None = None

    @property
    def standard_error(self) -> float | None:
        """Square root of the variance."""
        return None if self.variance is None else float(np.sqrt(self.variance))


@dataclass(frozen=True)
class AucComparison:
    """The areas of two metrics on the same masks, and the test of their difference.

    Attributes
    ----------
    first, second
        The two areas, or None.
    difference
        First minus second.
    variance, low, high
        Variance of the difference and its normal interval.
    test
        z test of no difference, two-sided.
    reason
        Why one of the others is None.
    """

    first: float | None
    second: float | None
    difference: float | None
    variance: float | None
    low: float | None
    high: float | None
    test: SignificanceTest
    reason: str | None = None


def delong(verdicts: VerdictsLike, level: float = 0.95) -> AreaUnderCurve:
    """Compute the area under the ROC curve with DeLong's variance and normal interval.

    DeLong ER, DeLong DM, Clarke-Pearson DL. Biometrics 1988;44:837-845. Every mask counts as
    independent, which masks of one case are not: `obuchowski` is the one for studies. The interval
    is cut off at 0 and 1, as pROC does. The direction is what the verdicts say; pROC and its
    followers choose by default the one that fits the data, which makes small areas too large.

    Examples
    --------
    >>> dsc, acceptable = [0.9, 0.8, 0.7, 0.6, 0.5], [True, True, False, True, False]
    >>> area = delong(Verdicts.of(dsc, acceptable))
    >>> round(area.auc, 4), round(area.variance, 4)
    (0.8333, 0.0556)
    """
    given = as_verdicts(verdicts)
    return _area(given, np.arange(len(given.metric)), DELONG, level)


def obuchowski(verdicts: VerdictsLike, level: float = 0.95) -> AreaUnderCurve:
    """Compute the area under the ROC curve with the variance of masks clustered by case.

    Obuchowski NA. Biometrics 1997;53:567-578. The same as `delong` where each case has one mask.
    """
    given = as_verdicts(verdicts)
    return _area(given, given.cases, OBUCHOWSKI, level)


def delong_test(first: VerdictsLike, second: VerdictsLike, level: float = 0.95) -> AucComparison:
    """Test whether two metrics of the same masks have the same area, masks independent.

    DeLong, DeLong and Clarke-Pearson 1988, paired.

    Raises
    ------
    ValueError
        If the two are not the same masks with the same verdicts, in the same order.
    """
    one, two = as_verdicts(first), as_verdicts(second)
    return _comparison(one, two, np.arange(len(one.metric)), DELONG, level)


def obuchowski_test(
    first: VerdictsLike, second: VerdictsLike, level: float = 0.95
) -> AucComparison:
    """Test whether two metrics of the same masks have the same area, masks clustered by case.

    Obuchowski 1997, paired.

    Raises
    ------
    ValueError
        If the two are not the same masks with the same verdicts, in the same order.
    """
    one, two = as_verdicts(first), as_verdicts(second)
    return _comparison(one, two, one.cases, OBUCHOWSKI, level)


@dataclass(frozen=True, eq=False)
class _Components:
    """For each mask, how often it lies on the right side of the masks with the other verdict."""

    area: float
    of_mask: FloatArray


def _components(verdicts: Verdicts) -> _Components:
    level = np.unique(verdicts.toward, return_inverse=True)[1]
    accepted = np.bincount(level[verdicts.acceptable], minlength=level.max() + 1)
    others = np.bincount(level[~verdicts.acceptable], minlength=level.max() + 1)
    # Half the level's own count makes ties count half.
    below = (np.cumsum(others) - others / 2) / others.sum()
    above = 1 - (np.cumsum(accepted) - accepted / 2) / accepted.sum()
    of_mask = np.where(verdicts.acceptable, below[level], above[level])
    return _Components(float(of_mask[verdicts.acceptable].mean()), of_mask)


def _covariance(
    first: _Components, second: _Components, acceptable: FloatArray, clusters: IntArray
) -> float:
    """Return Obuchowski's covariance of two areas; NaN with a verdict in fewer than 2 clusters."""
    gaps_first, gaps_second = first.of_mask - first.area, second.of_mask - second.area
    of_cluster = []
    for kept in (acceptable, 1 - acceptable):
        n_masks, n_clusters = kept.sum(), len(np.unique(clusters[kept > 0]))
        if n_clusters < 2:
            return float("nan")
        sums = [
            np.bincount(clusters, weights=kept * gaps) / n_masks
            for gaps in (gaps_first, gaps_second)
        ]
        of_cluster.append((n_clusters, *sums))
    (n_accepted, x_first, x_second), (n_others, y_first, y_second) = of_cluster
    n_all = len(np.unique(clusters))
    return float(
        n_accepted / (n_accepted - 1) * (x_first @ x_second)
        + n_others / (n_others - 1) * (y_first @ y_second)
        + n_all / (n_all - 1) * (x_first @ y_second + y_first @ x_second)
    )


def _why_no_variance(variance: float, clusters: IntArray, masks: str) -> str | None:
    if np.isnan(variance):
        what = "mask" if len(np.unique(clusters)) == len(clusters) else "case"
        return f"no variance: a verdict is found in one {what} only"
    return None if variance > 1e-15 else f"no interval: {masks}, so that the variance is zero"


def _area(verdicts: Verdicts, clusters: IntArray, method: str, level: float) -> AreaUnderCurve:
    check_level(level)
    reason = verdicts.why_one_sided()
    if reason:
        return AreaUnderCurve(None, None, None, None, method, reason)
    components = _components(verdicts)
    acceptable = verdicts.acceptable.astype(float)
    variance = _covariance(components, components, acceptable, clusters)
    what = "masks of one verdict all lie alike towards the others"
    reason = _why_no_variance(variance, clusters, what)
    if reason:
        known = None if np.isnan(variance) else max(variance, 0.0)
        return AreaUnderCurve(components.area, known, None, None, method, reason)
    reach = float(special.ndtri((1 + level) / 2) * np.sqrt(variance))
    low, high = max(0.0, components.area - reach), min(1.0, components.area + reach)
    return AreaUnderCurve(components.area, variance, low, high, method)


def _comparison(
    first: Verdicts, second: Verdicts, clusters: IntArray, method: str, level: float
) -> AucComparison:
    check_level(level)
    same = (
        np.array_equal(first.acceptable, second.acceptable)
        and np.array_equal(first.cases, second.cases)
        and np.array_equal(first.case_names, second.case_names)
    )
    if not same:
        raise ValueError("the two metrics must belong to the same masks, cases and verdicts")
    reason = first.why_one_sided()
    if reason:
        no_test = SignificanceTest(None, "z", (), None, method, reason)
        return AucComparison(None, None, None, None, None, None, no_test, reason)
    one, two = _components(first), _components(second)
    gap = _Components(one.area - two.area, one.of_mask - two.of_mask)
    variance = _covariance(gap, gap, first.acceptable.astype(float), clusters)
    reason = _why_no_variance(variance, clusters, "the two metrics order the masks alike")
    if reason:
        no_test = SignificanceTest(None, "z", (), None, method, reason)
        known = None if np.isnan(variance) else max(variance, 0.0)
        return AucComparison(one.area, two.area, gap.area, known, None, None, no_test, reason)
    error = float(np.sqrt(variance))
    z = gap.area / error
    reach = float(special.ndtri((1 + level) / 2)) * error
    test = SignificanceTest(z, "z", (), float(2 * stats.norm.sf(abs(z))), method)
    return AucComparison(
        one.area, two.area, gap.area, variance, gap.area - reach, gap.area + reach, test
    )
