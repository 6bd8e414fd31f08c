"""Chance-corrected coefficients the plain way: loops over pairs of raters, one unit at a time."""

from __future__ import annotations

from itertools import combinations, permutations, product

import numpy as np

from analysis.resampling import FloatArray


def plain_parts(
    name: str, values: FloatArray, categories: list[float], w: FloatArray
) -> tuple[float, float]:
    """Return observed and expected agreement of units x raters."""
    rows = [[categories.index(v) if np.isfinite(v) else None for v in row] for row in values]
    rows = [row for row in rows if any(v is not None for v in row)]
    rated = [[v for v in row if v is not None] for row in rows]
    observed = np.mean(
        [np.mean([w[a, b] for a, b in permutations(r, 2)]) for r in rated if len(r) > 1]
    )
    q = len(categories)
    shares = np.mean([np.bincount(r, minlength=q) / len(r) for r in rated], axis=0)
    if name == "percent_agreement":
        return float(observed), 0.0
    if name == "brennan_prediger":
        return float(observed), float(w.sum() / q**2)
    if name in {"gwet_ac1", "gwet_ac2"}:
        chance = sum(share * (1 - share) for share in shares)
        return float(observed), float(w.sum() / (q * (q - 1)) * chance)
    if name in {"fleiss_kappa", "scott_pi"}:
        cells = product(range(q), repeat=2)
        return float(observed), float(sum(w[k, m] * shares[k] * shares[m] for k, m in cells))
    assert name == "conger_kappa"
    own = []
    for rater in zip(*rows, strict=True):
        theirs = [v for v in rater if v is not None]
        if theirs:
            own.append(np.bincount(theirs, minlength=q) / len(theirs))
    return float(observed), float(np.mean([a @ w @ b for a, b in combinations(own, 2)]))


def plain_coefficient(
    name: str, values: FloatArray, categories: list[float], w: FloatArray
) -> float:
    """Return (p_a - p_e) / (1 - p_e)."""
    observed, expected = plain_parts(name, values, categories, w)
    return (observed - expected) / (1 - expected)
