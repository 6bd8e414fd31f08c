"""Target B: a claim about the families as such, with the models as sampled units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from scipy import stats

from analysis.resampling import FloatArray, SignificanceTest, check_level
from analysis.sample_size import models_for_power

FEWEST_MODELS = 4
# Beyond this ratio of spread to difference it would take more than 10,000 models.
LARGEST_RATIO = 25
MOST_RELABELLINGS = 200_000
_SAME = 1e-12


@dataclass(frozen=True)
class FamilyClaim:
    """The difference of two families when their models are a sample of more.

    Attributes
    ----------
    difference_z
        Mean Fisher z of the first family minus that of the second, or None.
    low, high
        Welch interval, or None.
    welch
        Welch's t test on the models' z.
    permutation
        Exact permutation test: all relabellings of the models.
    sd_z
        Standard deviation of z between the models of each family; None below two models.
    models_for_power
        Models that each family would take for 80 % power at 5 %, if difference and spread were as
        they are here; None where that cannot be told.
    reason
        Why there is no claim; None when there is one.
    """

    difference_z: float | None
    low: float | None
    high: float | None
    welch: SignificanceTest
    permutation: SignificanceTest
    sd_z: tuple[float | None, float | None]
    models_for_power: int | None
    reason: str | None = None


def family_claim(
    first: Sequence[float],
    second: Sequence[float],
    level: float = 0.95,
    *,
    reason: str | None = None,
) -> FamilyClaim:
    """Compare the per-model Fisher z of two families, each model one observation.

    Welch BL. Biometrika 1947;34:28-35; exact permutation of the labels, with the difference of
    means as its statistic. With K models a family the smallest two-sided exact p is 2 / C(2K, K):
    .10 for 3, .029 for 4. Below 4 models in a family no claim is made: no p value, no interval,
    only the spread and the number of models that a claim would take.

    Parameters
    ----------
    first, second
        Fisher z of each model's rho.
    level
        Confidence level of the interval.
    reason
        Why there is nothing to compare, where the caller knows.

    Raises
    ------
    ValueError
        If a z is not finite, or the level not between 0 and 1.

    Examples
    --------
    >>> claim = family_claim([0.9, 0.8, 0.7, 0.8], [0.4, 0.5, 0.3, 0.4])
    >>> round(claim.permutation.p_value, 4)
    0.0286
    """
    check_level(level)
    z = [np.asarray(family, dtype=float) for family in (first, second)]
    infinite = sum(int((~np.isfinite(of)).sum()) for of in z)
    if infinite:
        raise ValueError(f"{infinite} models have no finite z: leave them out, or give the reason")
    sizes = [len(family) for family in z]
    spreads = (_spread(z[0]), _spread(z[1]))
    difference = float(z[0].mean() - z[1].mean()) if min(sizes) else None
    needed = _models_needed(difference, spreads)
    if reason is None and min(sizes) < FEWEST_MODELS:
        reason = (
            f"no claim about the families: {sizes[0]} and {sizes[1]} models, at least "
            f"{FEWEST_MODELS} of each are needed"
        )
    if reason is None and max(spread or 0 for spread in spreads) <= _SAME:
        reason = "no claim about the families: the models of a family do not differ at all"
    welch = SignificanceTest(None, "t", (), None, "Welch's t on the models' z", reason)
    exact = SignificanceTest(None, "permutation", (), None, _HOW_EXACT, reason)
    if reason is not None or difference is None:
        return FamilyClaim(difference, None, None, welch, exact, spreads, needed, reason)
    # Not by scipy's ttest_ind, which warns where the models of one family are all equal.
    parts = [of.var(ddof=1) / len(of) for of in z]
    error = float(np.sqrt(sum(parts)))
    shares = [float(part / sum(parts)) for part in parts]
    df = 1 / sum(share**2 / (size - 1) for share, size in zip(shares, sizes, strict=True))
    t, reach = difference / error, float(stats.t.isf((1 - level) / 2, df)) * error
    welch = SignificanceTest(t, "t", (df,), float(2 * stats.t.sf(abs(t), df)), welch.method)
    ends = (difference - reach, difference + reach)
    return FamilyClaim(difference, *ends, welch, _exact(z[0], z[1]), spreads, needed, None)


def _spread(z: FloatArray) -> float | None:
    return float(z.std(ddof=1)) if len(z) > 1 else None


def _models_needed(
    difference: float | None, spreads: tuple[float | None, float | None]
) -> int | None:
    """Return the models a family that 80 % power takes, from the pooled spread; None if untold."""
    known = [spread for spread in spreads if spread is not None]
    if len(known) < len(spreads) or not difference:
        return None
    pooled = float(np.sqrt(np.mean(np.square(known))))
    if pooled <= 0 or pooled / abs(difference) > LARGEST_RATIO:
        return None
    return models_for_power(difference, pooled)


_HOW_EXACT = "exact permutation of the models' families, difference of mean z"


def _exact(first: FloatArray, second: FloatArray) -> SignificanceTest:
    both = np.concatenate([first, second])
    n, k = len(both), len(first)
    total = comb(n, k)
    observed = float(first.mean() - second.mean())
    if total > MOST_RELABELLINGS:
        test = stats.permutation_test(
            (first, second),
            lambda a, b, axis: np.mean(a, axis=axis) - np.mean(b, axis=axis),
            n_resamples=MOST_RELABELLINGS,
            vectorized=True,
            rng=np.random.default_rng(1),
        )
        method = f"{_HOW_EXACT}; {MOST_RELABELLINGS} random relabellings of {total}"
        return SignificanceTest(observed, "permutation", (), float(test.pvalue), method)
    chosen = np.array(list(combinations(range(n), k)))
    sums = both[chosen].sum(axis=1)
    means = sums / k - (both.sum() - sums) / (n - k)
    p_value = float(np.mean(np.abs(means) >= abs(observed) - 1e-12))
    method = f"{_HOW_EXACT}; all {total} relabellings"
    return SignificanceTest(observed, "permutation", (), p_value, method)
