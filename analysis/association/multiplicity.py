"""p values adjusted for how many tests there are.

Holm for a primary family that was declared in advance, Benjamini and Hochberg for exploratory
tables, max-T (`max_t.py`) where the tests share their resamples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, cast

import numpy as np

from analysis.resampling import FloatArray

Adjustment = Literal["bonferroni", "holm", "hochberg", "hommel", "BH", "BY"]


def adjust_p_values(
    p_values: Sequence[float | None], method: Adjustment = "holm"
) -> list[float | None]:
    """Adjust p values; those that are None stay None and do not count as tests.

    The first four bound the chance of one false rejection or more (the last two of these,
    "hochberg" and "hommel", for tests that are independent or positively dependent), "BH" and "BY"
    the expected share of false rejections. The same numbers as R's p.adjust, which counts missing
    p values out as well; statsmodels' multipletests adjusts all p values to NaN if one is.

    Parameters
    ----------
    p_values
        Each between 0 and 1, or None where there is no test.
    method
        "bonferroni"; "holm" (Holm S. Scand J Stat 1979;6:65-70); "hochberg" (Hochberg Y.
        Biometrika 1988;75:800-802); "hommel" (Hommel G. Biometrika 1988;75:383-386); "BH"
        (Benjamini Y, Hochberg Y. J R Stat Soc B 1995;57:289-300); "BY" (Benjamini Y, Yekutieli D.
        Ann Stat 2001;29:1165-1188).

    Raises
    ------
    ValueError
        For an unknown method, and for p values that are NaN or not between 0 and 1.

    Examples
    --------
    >>> [p if p is None else round(p, 3) for p in adjust_p_values([0.01, None, 0.04, 0.03])]
    [0.03, None, 0.06, 0.06]
    """
    if method not in ADJUSTMENTS:
        raise ValueError(f"method is {method!r}, not one of {', '.join(ADJUSTMENTS)}")
    wrong = [p for p in p_values if p is not None and not 0 <= p <= 1]
    if wrong:
        named = ", ".join(str(p) for p in wrong)
        raise ValueError(f"not p values: {named} (an undefined p value is None)")
    tested = [at for at, p in enumerate(p_values) if p is not None]
    adjusted: list[float | None] = [None] * len(p_values)
    if not tested:
        return adjusted
    p = np.array([cast("float", p_values[at]) for at in tested])
    order = np.argsort(p, kind="stable")
    rising = np.minimum(ADJUSTMENTS[method](p[order]), 1.0)
    for at, value in zip(order, rising, strict=True):
        adjusted[tested[int(at)]] = float(value)
    return adjusted


def bonferroni(p_values: Sequence[float | None]) -> list[float | None]:
    """Multiply each p value by the number of tests."""
    return adjust_p_values(p_values, "bonferroni")


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust by Holm's step-down procedure (1979)."""
    return adjust_p_values(p_values, "holm")


def hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust by Hochberg's step-up procedure (1988)."""
    return adjust_p_values(p_values, "hochberg")


def hommel(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust by Hommel's procedure (1988)."""
    return adjust_p_values(p_values, "hommel")


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust for the false discovery rate of independent tests (Benjamini, Hochberg 1995)."""
    return adjust_p_values(p_values, "BH")


def benjamini_yekutieli(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust for the false discovery rate under any dependence (Benjamini, Yekutieli 2001)."""
    return adjust_p_values(p_values, "BY")


def _bonferroni(p: FloatArray) -> FloatArray:
    return len(p) * p


def _holm(p: FloatArray) -> FloatArray:
    return np.asarray(np.maximum.accumulate((len(p) - np.arange(len(p))) * p))


def _lowest_from_above(p: FloatArray) -> FloatArray:
    return np.asarray(np.minimum.accumulate(p[::-1])[::-1])


def _hochberg(p: FloatArray) -> FloatArray:
    return _lowest_from_above((len(p) - np.arange(len(p))) * p)


def _benjamini_hochberg(p: FloatArray) -> FloatArray:
    return _lowest_from_above(len(p) / np.arange(1, len(p) + 1) * p)


def _benjamini_yekutieli(p: FloatArray) -> FloatArray:
    return _benjamini_hochberg(p) * np.sum(1 / np.arange(1, len(p) + 1))


def _hommel(p: FloatArray) -> FloatArray:
    """Close Simes' test: each p is the largest over all sets that contain it.

    A set of m tests with p_i in it is hardest to reject with the m - 1 largest others, which
    Wright SP (Biometrics 1992;48:1005-1013) turns into one pass over m.
    """
    n = len(p)
    adjusted = p.copy()
    for m in range(n, 1, -1):
        # Simes' p of the m largest, and of the n - m smaller ones each with the m - 1 largest.
        of_largest = float(np.min(m / np.arange(1, m + 1) * p[n - m :]))
        of_others = float(np.min(m / np.arange(2, m + 1) * p[n - m + 1 :]))
        bound = np.empty(n)
        bound[n - m :] = np.maximum(adjusted[n - m :], of_largest)
        bound[: n - m] = np.maximum(adjusted[: n - m], np.minimum(of_others, m * p[: n - m]))
        adjusted = bound
    return adjusted


ADJUSTMENTS: Mapping[str, Callable[[FloatArray], FloatArray]] = MappingProxyType(
    {
        "bonferroni": _bonferroni,
        "holm": _holm,
        "hochberg": _hochberg,
        "hommel": _hommel,
        "BH": _benjamini_hochberg,
        "BY": _benjamini_yekutieli,
    }
)
"""Each turns rising p values into adjusted ones, which may still exceed 1."""
