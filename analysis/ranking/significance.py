"""Which model is significantly better than which: paired Wilcoxon tests for weighted cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy import special

from analysis.ranking.values import CaseValues
from analysis.resampling import FloatArray, blocks

Adjustment = Literal["holm", "none"]


@dataclass(frozen=True, eq=False)
class SignificanceMap:
    """One-sided tests of every model against every other.

    Attributes
    ----------
    models
        Labels of rows and columns.
    p_values
        Entry (i, j): adjusted p value of "model i is better than model j"; 1 on the diagonal.
        None where there is nothing to test.
    significant
        Entry (i, j): whether that p value is at most `alpha`.
    wins
        Number of models that each model is significantly better than.
    alpha, method
        Level and name of the test.
    n_cases
        Number of cases.
    reason
        Why there is no map.
    """

    models: tuple[str, ...]
    p_values: FloatArray | None
    significant: np.ndarray | None
    wins: tuple[int, ...] | None
    alpha: float
    method: str
    n_cases: int
    reason: str | None = None


def significance_map(
    values: CaseValues, *, alpha: float = 0.05, adjust: Adjustment = "holm"
) -> SignificanceMap:
    """Test every model against every other with the one-sided Wilcoxon signed-rank test.

    Paired by case; zero differences are left out (Wilcoxon 1945), tied ones share mid-ranks, and
    the p value is that of the normal approximation with tie and continuity corrections, which is
    what challengeR uses (R's `wilcox.test` with exact = FALSE). All K (K - 1) one-sided p values
    are adjusted together (Holm S. Scand J Stat 1979;6:65-70). Two models with the same value in
    every case have p = 1.

    Parameters
    ----------
    values
        Cases x models.
    alpha
        Level of significance.
    adjust
        "holm", as the significance maps of Wiesenfarth et al., Sci Rep 2021;11:2369; "none", the
        default of challengeR's test-then-rank.

    Examples
    --------
    >>> better = np.linspace(0.80, 0.95, 20)
    >>> dice = CaseValues.of(np.stack([better, better - 0.1], axis=1), higher_is_better=True)
    >>> significance_map(dice).wins
    (1, 0)
    """
    method = f"one-sided Wilcoxon signed-rank, {_described(adjust)}"
    reason = values.why_not()
    if reason is not None:
        return SignificanceMap(
            values.models, None, None, None, alpha, method, values.n_cases, reason
        )
    p_values = adjusted(wilcoxon_p_values(np.ones((1, values.n_cases)), values.gains), adjust)[0]
    significant = p_values <= alpha
    wins = tuple(int(n) for n in significant.sum(axis=1))
    return SignificanceMap(
        values.models, p_values, significant, wins, alpha, method, values.n_cases
    )


def _described(adjust: Adjustment) -> str:
    if adjust not in get_args(Adjustment):
        raise ValueError(f"adjust={adjust!r} is neither 'holm' nor 'none'")
    return "Holm-adjusted" if adjust == "holm" else "not adjusted"


def wilcoxon_p_values(weights: FloatArray, gains: FloatArray) -> FloatArray:
    """Return one-sided signed-rank p values, (resamples x models x models), for weighted cases.

    Entry (b, i, j) tests in resample b whether model i is better than model j; weight 2 is the
    same as the case written twice. The diagonal is 1.

    Raises
    ------
    ValueError
        If a weight is not a whole number: the rank test has no meaning for parts of a case.
    """
    if not (weights == np.round(weights)).all():
        raise ValueError(
            "a rank test needs whole case weights; use the bootstrap, not the Bayesian"
        )
    n_models = gains.shape[1]
    p_values = np.ones((len(weights), n_models, n_models))
    for i in range(n_models):
        for j in range(i + 1, n_models):
            difference = gains[:, i] - gains[:, j]
            start = 0
            for part in blocks(weights, 4 * len(gains)):
                rows = slice(start, start + len(part))
                p_values[rows, i, j], p_values[rows, j, i] = _signed_rank(part, difference)
                start += len(part)
    return p_values


def _signed_rank(weights: FloatArray, difference: FloatArray) -> tuple[FloatArray, FloatArray]:
    # As scipy and R do, sizes are compared exactly, but differences of decimals such as 0.9 - 0.8
    # and 0.7 - 0.6 are the same to twelve digits and must tie.
    size = np.abs(difference)
    largest = float(np.max(size, initial=0.0))
    if largest == 0:
        return np.ones(len(weights)), np.ones(len(weights))
    size = np.round(size / largest, 12)
    order = np.flatnonzero(size > 0)[np.argsort(size[size > 0], kind="stable")]
    starts = np.flatnonzero(np.diff(size[order], prepend=-1.0))
    counted = weights[:, order]
    tied = np.add.reduceat(counted, starts, axis=1)
    positive = np.add.reduceat(counted * (difference[order] > 0), starts, axis=1)
    middle = np.cumsum(tied, axis=1) - (tied - 1) / 2
    n = tied.sum(axis=1)
    rank_sum = (positive * middle).sum(axis=1)
    variance = n * (n + 1) * (2 * n + 1) / 24 - (tied**3 - tied).sum(axis=1) / 48
    away = rank_sum - n * (n + 1) / 4
    error = np.sqrt(np.where(n > 0, variance, 1.0))
    first, second = special.ndtr(-(away - 0.5) / error), special.ndtr((away + 0.5) / error)
    return np.where(n > 0, first, 1.0), np.where(n > 0, second, 1.0)


def adjusted(p_values: FloatArray, adjust: Adjustment) -> FloatArray:
    """Adjust the off-diagonal p values of each resample together."""
    if adjust == "none":
        return p_values
    n_models = p_values.shape[1]
    off = ~np.eye(n_models, dtype=bool)
    flat = p_values[:, off]
    order = np.argsort(flat, axis=1)
    steps = np.take_along_axis(flat, order, axis=1) * np.arange(flat.shape[1], 0, -1)
    holm = np.empty_like(flat)
    np.put_along_axis(holm, order, np.minimum(np.maximum.accumulate(steps, axis=1), 1.0), axis=1)
    result = np.ones_like(p_values)
    result[:, off] = holm
    return result
