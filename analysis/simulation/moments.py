"""Variances of crossed effects, and correlations of what levels were cut from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import special

from analysis.resampling import FloatArray, IntArray

_SERIES = 200
_PERFECT = 0.99


def symmetric_sums(
    values: FloatArray, labels: pd.DataFrame, effects: Mapping[str, tuple[str, ...]]
) -> dict[str, float]:
    """Estimate the variances of crossed random effects by the method of moments.

    The sums of squares of all group totals equal their expectations: Koch GG. Technometrics
    1967;9:93-118. In a balanced table these are the ANOVA estimates from expected mean squares;
    other patterns need not be balanced. Negative estimates are kept.

    Parameters
    ----------
    values
        One a row.
    labels
        What each row belongs to.
    effects
        Name of each effect, and the columns of `labels` in which rows agree that share it.

    Returns
    -------
    dict
        Variance of each effect, and of the "residual" that no two rows share.

    Examples
    --------
    >>> labels = pd.DataFrame({"case": [1, 1, 2, 2, 3, 3]})
    >>> found = symmetric_sums(np.array([1.0, 2, 4, 5, 8, 7]), labels, {"case": ("case",)})
    >>> round(found["case"], 3), round(found["residual"], 3)
    (8.75, 0.5)
    """
    # Not invariant to a shift of all values, unless balanced: so shift them to mean 0.
    values = values - values.mean()
    shared_by = [frozenset[str](), *(frozenset(columns) for columns in effects.values())]
    unions = {one | other for one in shared_by for other in shared_by}
    groups = {union: _groups(labels, union) for union in unions}
    n_rows = len(values)
    system = np.full((len(shared_by) + 1, len(shared_by) + 1), float(n_rows))
    known = np.full(len(shared_by) + 1, (values**2).sum())
    for row, shared in enumerate(shared_by):
        known[row] = (np.bincount(groups[shared], values) ** 2).sum()
        for column, effect in enumerate(shared_by):
            system[row, column] = (np.bincount(groups[shared | effect]) ** 2).sum()
    # The last row and the last column are those of the residual, which is shared with nothing.
    solved = np.linalg.lstsq(system / n_rows, known / n_rows, rcond=1e-10)[0]
    return dict(zip([*effects, "residual"], solved[1:].tolist(), strict=True))


def _groups(labels: pd.DataFrame, columns: frozenset[str]) -> IntArray:
    if not columns:
        return np.zeros(len(labels), dtype=np.int64)
    return np.asarray(labels.groupby(sorted(columns), observed=True).ngroup(), dtype=np.int64)


def uncut_correlation(correlation: float, shares: FloatArray) -> float:
    """Return the correlation of two normal values whose levels, cut at `shares`, have this one.

    Series of Pearson K. Philos Trans A 1900;195:1-47, for levels that are numbered 0, 1, 2, ...

    Examples
    --------
    >>> round(uncut_correlation(0.5, np.array([0.5, 0.5])), 3)  # sin(pi / 2 x 0.5)
    0.707
    """
    cuts = special.ndtri(np.cumsum(shares)[:-1])
    density = np.exp(-(cuts**2) / 2) / np.sqrt(2 * np.pi)
    hermite = [np.ones_like(cuts), cuts]  # of unit norm: He_k / sqrt(k!)
    for k in range(1, _SERIES):
        hermite.append((cuts * hermite[k] - np.sqrt(k) * hermite[k - 1]) / np.sqrt(k + 1))
    terms = [(density @ hermite[k - 1]) ** 2 / k for k in range(1, _SERIES + 1)]
    levels = np.arange(len(shares))
    variance = float(shares @ levels**2 - (shares @ levels) ** 2)
    grid = np.append(np.linspace(0, _PERFECT, 200), 1.0)
    of_levels = np.polynomial.polynomial.polyval(grid, [0.0, *terms]) / variance
    of_levels[-1] = 1.0
    return float(np.interp(correlation, of_levels, grid))
