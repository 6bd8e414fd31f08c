"""Weights: rows are resamples, columns are cases (or raters, or models)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations_with_replacement
from math import comb, factorial
from typing import Any, Literal, get_args
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from analysis.arguments import few, refuse
from analysis.compiled import kernel

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Statistic = Callable[[FloatArray], FloatArray]
Cases = int | Sequence[object] | NDArray[Any]
"""Number of cases, or their labels."""
Drawn = NDArray[np.float64 | np.uint16]
Kind = Literal["bootstrap", "bayesian", "exact", "drawn"]

BLOCK_BYTES = 64 * 2**20
MOST_EXACT = 100_000
_STREAM_ROWS = 256


def blocks(weights: FloatArray, columns: int) -> Iterator[FloatArray]:
    """Cut `weights` into runs of rows whose work arrays of `columns` floats stay under 64 MiB."""
    rows = block_rows(columns)
    for start in range(0, len(weights), rows):
        yield weights[start : start + rows]


def block_rows(columns: int) -> int:
    """Return how many rows of `columns` floats fit into 64 MiB, at least one."""
    return max(1, BLOCK_BYTES // (8 * max(1, columns)))


def leave_one_out(n_cases: int) -> FloatArray:
    """Return the jackknife's weights: row i leaves out case i."""
    return 1.0 - np.eye(n_cases)


class Resamples:
    """Weights of the cases of a study, drawn once and shared by all its statistics.

    Row i belongs together over everything that is evaluated with the same object, so that the
    difference of two replicates is a replicate of the difference. Rows are drawn in streams of
    256, each with its own seed: the same seed gives the same weights in whatever blocks, threads
    or order they are asked for.

    Parameters
    ----------
    cases
        Number of cases, or their labels.
    n
        Number of resamples. A bootstrap with no more than `n` distinct resamples is enumerated
        instead: every distinct resample once, with the number of ways to draw it in `copies`.
    seed
        Seed of the draw.
    kind
        "bootstrap": counts of cases drawn with replacement (Efron 1979); "bayesian": weights from
        a flat Dirichlet distribution (Rubin 1981), with sum `n_cases`; "exact": all distinct
        resamples, however many; "drawn": as "bootstrap", never enumerated.

    Raises
    ------
    ValueError
        For no case, no resample, an unknown kind, or an exact enumeration of more than 100,000
        rows.

    Examples
    --------
    >>> int(Resamples(3, n=100).copies.sum())  # all 27 resamples of 3 cases
    27
    """

    def __init__(
        self, cases: Cases, n: int = 2000, seed: int = 1, kind: Kind = "bootstrap"
    ) -> None:
        if isinstance(cases, int | np.integer):
            self.names: tuple[str, ...] = ()
            self.n_cases = int(cases)
        else:
            self.names = tuple(sorted({str(name) for name in cases}))
            self.n_cases = len(self.names)
        self.seed = seed
        self.asked = n
        problems = []
        if few(1, cases=self.n_cases, resamples=n):
            problems.append(f"{self.n_cases} cases, {n} resamples: at least one of each is needed")
        if kind not in get_args(Kind):
            problems.append(f"kind is {kind!r}, not one of {', '.join(get_args(Kind))}")
        refuse(problems)
        distinct = comb(2 * self.n_cases - 1, self.n_cases)
        if kind == "exact" and distinct > MOST_EXACT:
            raise ValueError(
                f"{self.n_cases} cases have {distinct} distinct resamples; "
                f"the most that are enumerated is {MOST_EXACT}"
            )
        self.exact = kind == "exact" or (kind == "bootstrap" and distinct <= n)
        self.kind = kind
        self.copies = np.ones(n, dtype=np.int64)
        self._kept: dict[str, Drawn] = {}
        if self.exact:
            self._kept["case"], self.copies = _all_resamples(self.n_cases)
        self.n = len(self.copies)

    def drawn(self) -> Resamples:
        """Return resamples that are drawn, for designs that cannot be enumerated."""
        if not self.exact:
            return self
        return Resamples(self.names or self.n_cases, self.asked, self.seed, "drawn")

    def columns(self, cases: Cases) -> IntArray:
        """Return the column of each case that a statistic knows, in its order."""
        if isinstance(cases, int | np.integer):
            if cases != self.n_cases:
                raise ValueError(f"resamples of {self.n_cases} cases for a table of {cases}")
            return np.arange(self.n_cases)
        if not self.names:
            return self.columns(len(cases))
        where = {name: at for at, name in enumerate(self.names)}
        unknown = sorted({str(case) for case in cases} - set(where))
        if unknown:
            raise ValueError(f"no weights were drawn for case {', '.join(unknown)}")
        return np.array([where[str(case)] for case in cases], dtype=np.int64)

    def rows(self, start: int, stop: int) -> FloatArray:
        """Return the case weights of the resamples `start` to `stop`."""
        return self._rows("case", self.n_cases, start, stop)

    def counts(self, axis: str, size: int, start: int, stop: int) -> FloatArray:
        """Return the weights of what is resampled together with the cases.

        `axis` names it ("rater", or the models of one family): the same name and size give the
        same weights to every statistic.
        """
        if self.exact:
            raise ValueError("an enumeration of cases has no draws of other things; use drawn()")
        return self._rows(f"{axis} of {size}", size, start, stop)

    def _rows(self, axis: str, size: int, start: int, stop: int) -> FloatArray:
        if axis not in self._kept and 2 * self.n * size <= BLOCK_BYTES:
            self._kept[axis] = self._draw(axis, size, 0, self.n)
        kept = self._kept.get(axis)
        part = kept[start:stop] if kept is not None else self._draw(axis, size, start, stop)
        return part.astype(np.float64)

    def _draw(self, axis: str, size: int, start: int, stop: int) -> Drawn:
        named = crc32(axis.encode()) if axis != "case" else 0
        first, last = start // _STREAM_ROWS, -(-stop // _STREAM_ROWS)
        seeds = (
            np.random.SeedSequence(self.seed, spawn_key=(named, at)) for at in range(first, last)
        )
        draw = _dirichlet if self.kind == "bayesian" else _multinomial
        drawn = np.concatenate([draw(seed, size) for seed in seeds])
        return drawn[start - first * _STREAM_ROWS : stop - first * _STREAM_ROWS]


def _multinomial(seed: np.random.SeedSequence, size: int) -> Drawn:
    generator = np.random.Generator(np.random.SFC64(seed))
    narrow = np.uint16 if size <= np.iinfo(np.uint16).max else np.uint32
    chosen = generator.integers(0, size, (_STREAM_ROWS, size), dtype=narrow)
    counts = np.zeros((_STREAM_ROWS, size), dtype=np.uint16)
    _tally(chosen, counts)
    return counts


@kernel
def _tally(chosen: NDArray[Any], counts: NDArray[np.uint16]) -> None:
    for row in range(chosen.shape[0]):
        for place in range(chosen.shape[1]):
            counts[row, chosen[row, place]] += 1


def _dirichlet(seed: np.random.SeedSequence, size: int) -> Drawn:
    gaps = np.random.Generator(np.random.SFC64(seed)).standard_exponential((_STREAM_ROWS, size))
    return np.asarray(gaps * (size / gaps.sum(axis=1, keepdims=True)))


def _all_resamples(n_cases: int) -> tuple[NDArray[np.uint16], IntArray]:
    """Return every multiset of `n_cases` cases, and in how many orders it can be drawn."""
    chosen = np.array(list(combinations_with_replacement(range(n_cases), n_cases)))
    counts = np.stack([np.bincount(row, minlength=n_cases) for row in chosen])
    factorials = np.array([factorial(k) for k in range(n_cases + 1)], dtype=np.int64)
    copies = factorials[n_cases] // factorials[counts].prod(axis=1)
    return counts.astype(np.uint16), copies
