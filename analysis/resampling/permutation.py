"""Permutation within cases: what may be exchanged under the null hypothesis is shuffled."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.resampling.weights import FloatArray, IntArray, block_rows

_NOISE = 1e-9


def shuffles_within_cases(cases: IntArray, n: int = 2000, seed: int = 1) -> Iterator[IntArray]:
    """Yield blocks of permutations of the masks, each mask taking the place of one of its case.

    Parameters
    ----------
    cases
        Number of each mask's case.
    n
        Number of permutations.
    seed
        Seed of the draw; the same permutations whatever the memory.

    Yields
    ------
    IntArray
        (permutations, masks): place i gets the values of mask `block[:, i]`.
    """
    generator = np.random.default_rng(seed)
    order = np.argsort(cases, kind="stable")
    rows = block_rows(8 * len(cases))
    for start in range(0, n, rows):
        keys = cases[order] + generator.random((min(rows, n - start), len(cases)))
        shuffled = np.empty(keys.shape, dtype=np.int64)
        shuffled[:, order] = order[np.argsort(keys, axis=1)]
        yield shuffled


def permutation_p(observed: float, permuted: FloatArray) -> float:
    """Return the two-sided p value of a random permutation test, (1 + as extreme) / (1 + all).

    Counting the observed arrangement keeps the test valid: Phipson B, Smyth GK. Stat Appl Genet
    Mol Biol 2010;9:39. Undefined permutations are left out.
    """
    kept = np.abs(permuted[np.isfinite(permuted)])
    extreme = int((kept >= abs(observed) * (1 - _NOISE)).sum())
    return (1 + extreme) / (1 + len(kept))
