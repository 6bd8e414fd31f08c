"""The distribution of Spearman's rho when all orders are equally likely, without ties."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy import special

from analysis.resampling import FloatArray, IntArray

MOST_EXACT = 14
"""Most pairs that are enumerated: 2^14 sets of ranks, a fraction of a second, once."""

# Coefficients of the Edgeworth series of algorithm AS 89.
_C = (
    0.2274,
    0.2531,
    0.1745,
    0.0758,
    0.1033,
    0.3932,
    0.0879,
    0.0151,
    0.0072,
    0.0831,
    0.0131,
    4.6e-4,
)


def exact_tail(squares: int, n: int) -> float:
    """Return P(S >= squares), S the sum of squared differences of ranks; rho = 1 - 6S/(n^3-n).

    All n! orders counted, by dynamic programming over the sets of ranks already dealt.

    Examples
    --------
    >>> exact_tail(20, 4) * 24  # only the reversed order has S = 20
    1.0
    """
    counts = _counts(n)
    return float(counts[max(0, squares) :].sum() / counts.sum())


def edgeworth_tail(squares: int, n: int) -> float:
    """Return P(S >= squares) from the Edgeworth series of algorithm AS 89.

    Best DJ, Roberts DE. Appl Stat 1975;24:377-379. R's cor.test calls this "exact" for n > 9; it
    agrees with the enumeration to about four decimals.
    """
    b = 1 / n
    x = (6 * (squares - 1) * b / (n * n - 1) - 1) * np.sqrt(n - 1)
    y = x * x
    c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12 = _C
    inner = c9 - c10 * b + y * b * (c11 - c12 * y)
    middle = b * (c5 + c6 * b) - y * b * (c7 + c8 * b - y * inner)
    series = x * b * (c1 + b * (c2 + c3 * b) + y * (middle - c4))
    tail = series / np.exp(y / 2) + special.ndtr(-x)
    return float(np.clip(tail, 0, 1))


@cache
def _counts(n: int) -> FloatArray:
    """Return how many of the n! orders have each sum of squared differences, from 0."""
    most = (n**3 - n) // 3
    layer: dict[int, IntArray] = {0: np.eye(1, most + 1, dtype=np.int64)[0]}
    for place in range(n):
        following: dict[int, IntArray] = {}
        for taken, counts in layer.items():
            for rank in range(n):
                if not taken >> rank & 1:
                    step = (place - rank) ** 2
                    new = following.setdefault(taken | 1 << rank, np.zeros_like(counts))
                    new[step:] += counts[: most + 1 - step]
        layer = following
    return layer[(1 << n) - 1].astype(float)
