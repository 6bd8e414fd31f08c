"""max-T: p values and intervals that hold for all tests of a family at once, by joint resampling.

Tests that share their cases are alike; the largest of their statistics then varies less than that
of as many independent ones, and resampling them together uses this, which Bonferroni cannot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.resampling import FloatArray, IntArray, check_level

Step = Literal["single", "down"]

_UNDEFINED_SHARE = 0.05
_FEWEST = 20
_NOISE = 1e-12


@dataclass(frozen=True)
class MaxT:
    """Tests of one family, each None where it is undefined.

    Attributes
    ----------
    statistics
        Distance of each value from its null value, in standard errors.
    p_values
        Two-sided, adjusted for the family.
    low, high
        Simultaneous intervals: all of them hold together with the confidence level. None after
        permutation, which only knows the null hypothesis.
    critical
        The quantile of the largest statistic that the intervals reach out by, or None.
    n_resamples, undefined_resamples
        Number of resamples, and how many of them were left out for want of a value.
    method
        How it was done.
    reason
        Why there are no p values at all; None when there are some.
    """

    statistics: tuple[float | None, ...]
    p_values: tuple[float | None, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    critical: float | None
    n_resamples: int
    undefined_resamples: int
    method: str
    reason: str | None = None


def max_t(
    values: Sequence[float | None],
    replicates: ArrayLike,
    *,
    standard_errors: Sequence[float | None] | None = None,
    null: float = 0.0,
    step: Step = "down",
    level: float = 0.95,
    copies: IntArray | None = None,
) -> MaxT:
    """Adjust the tests that several values are equal to a null value, by their joint bootstrap.

    Replicates are centred at the values and divided by the standard errors; a value is as
    surprising as the share of resamples whose largest such statistic is at least as large as its
    own (Westfall PH, Young SS. Resampling-Based Multiple Testing, 1993;
    Romano JP, Wolf M. J Am Stat Assoc 2005;100:94-108 for resampling studentised statistics). The
    study itself counts as one resample (Davison AC, Hinkley DV. Bootstrap Methods, 1997, 4.2.4).

    Parameters
    ----------
    values
        One per test, on a scale where the spread is even (Fisher's z); None where undefined.
    replicates
        Resamples x tests, from the same resamples in every column; NaN where undefined.
    standard_errors
        Of the values; those of the replicates where not given.
    null
        Null value of every test.
    step
        "single": the largest of all tests counts for each of them; "down": from the largest
        statistic downwards, of the tests that are left (never a larger p value). Intervals are
        those of the single step.
    level
        Of the simultaneous intervals.
    copies
        How many equal resamples each row stands for (`Resamples.copies`); one where not given.

    Raises
    ------
    ValueError
        If the numbers of values, standard errors, columns, rows and copies do not fit, for an
        unknown step, and for a level that is not between 0 and 1.

    Examples
    --------
    >>> rows = np.random.default_rng(1).normal([0.0, 2.0], 0.5, (2000, 2))
    >>> [round(p, 2) for p in max_t([0.0, 2.0], rows).p_values]
    [1.0, 0.0]
    """
    check_level(level)
    drawn = _table(replicates, len(values), copies)
    given = [np.nan if value is None else value for value in values]
    centres = np.array(given, dtype=float)
    errors = np.full(len(values), np.nan)
    tested = np.isfinite(centres)
    if standard_errors is None:
        kept = drawn.defined(tested)
        errors[tested] = drawn.spread(tested, kept)
    elif len(standard_errors) != len(values):
        raise ValueError(f"{len(standard_errors)} standard errors for {len(values)} values")
    else:
        errors = np.array([np.nan if e is None else e for e in standard_errors], dtype=float)
    tested &= errors > _NOISE * np.maximum(1, np.abs(np.nan_to_num(centres)))
    with np.errstate(invalid="ignore", divide="ignore"):
        statistics = np.where(tested, (centres - null) / errors, np.nan)
        studentised = (drawn.rows - centres) / errors
    how = f"max-T, {'single step' if step == 'single' else 'step-down'}, joint bootstrap"
    return _adjusted(
        statistics, _Table(studentised, drawn.copies), step, how, level, (centres, errors)
    )


def max_t_permutation(
    statistics: Sequence[float | None], permuted: ArrayLike, *, step: Step = "down"
) -> MaxT:
    """Adjust tests by the joint permutation distribution of their (studentised) statistics.

    Westfall and Young 1993. For differences of correlations permute what
    is studentised and ranked within family, or the wrong null hypothesis is tested (DiCiccio CJ,
    Romano JP. J Am Stat Assoc 2017;112:1211-1220).

    Parameters
    ----------
    statistics
        One per test, symmetric around 0 under its null hypothesis; None where undefined.
    permuted
        Permutations x tests, the same permutations in every column; the unpermuted order need not
        be among them.
    step
        As in `max_t`.

    Raises
    ------
    ValueError
        If the numbers of statistics and columns do not fit.
    """
    table = _table(permuted, len(statistics), None)
    observed = np.array([np.nan if t is None else t for t in statistics], dtype=float)
    how = f"max-T, {'single step' if step == 'single' else 'step-down'}, permutation"
    return _adjusted(observed, table, step, how, 0.95, None)


@dataclass(frozen=True, eq=False)
class _Table:
    rows: FloatArray
    copies: IntArray

    def defined(self, columns: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say which rows have a value in all these columns."""
        return np.asarray(np.isfinite(self.rows[:, columns]).all(axis=1))

    def spread(self, columns: NDArray[np.bool_], kept: NDArray[np.bool_]) -> FloatArray:
        """Return the standard deviation of some columns over some rows; NaN with fewer than 2."""
        rows, copies = self.rows[np.ix_(kept, columns)], self.copies[kept].astype(float)
        total = copies.sum()
        if total < 2:
            return np.full(rows.shape[1], np.nan)
        # In units of the largest, so that no square leaves the range of floats.
        unit = np.max(np.abs(rows), axis=0)
        scaled = rows / np.where(unit > 0, unit, 1.0)
        gaps = scaled - copies @ scaled / total
        return np.asarray(unit * np.sqrt(copies @ gaps**2 / (total - 1)))


def _table(replicates: ArrayLike, n_tests: int, copies: IntArray | None) -> _Table:
    rows = np.asarray(replicates, dtype=float)
    if rows.ndim != 2 or rows.shape[1] != n_tests:
        raise ValueError(f"replicates have shape {rows.shape}, not resamples x {n_tests} tests")
    counts = np.ones(len(rows), dtype=np.int64) if copies is None else np.asarray(copies)
    if counts.shape != (len(rows),):
        raise ValueError(f"{counts.size} copies for {len(rows)} resamples")
    return _Table(rows, counts)


def _adjusted(
    statistics: FloatArray,
    drawn: _Table,
    step: Step,
    method: str,
    level: float,
    around: tuple[FloatArray, FloatArray] | None,
) -> MaxT:
    if step not in get_args(Step):
        raise ValueError(f"step is {step!r}, not 'single' or 'down'")
    tested = np.isfinite(statistics)
    kept = drawn.defined(tested)
    total = int(drawn.copies.sum())
    missing = int(drawn.copies[~kept].sum())
    nothing: tuple[None, ...] = (None,) * len(statistics)
    shown = tuple(None if np.isnan(t) else float(t) for t in statistics)
    reason = _why_not(int(tested.sum()), total, missing)
    if reason:
        return MaxT(shown, nothing, nothing, nothing, None, total, missing, method, reason)
    # Largest statistic first.
    order = np.flatnonzero(tested)[np.argsort(-np.abs(statistics[tested]), kind="stable")]
    sizes, copies = np.abs(drawn.rows[np.ix_(kept, order)]), drawn.copies[kept]
    largest = np.maximum.accumulate(sizes[:, ::-1], axis=1)[:, ::-1]
    of_all = np.repeat(largest[:, :1], len(order), axis=1)
    at_least = np.abs(statistics[order]) * (1 - _NOISE)
    beyond = copies @ ((of_all if step == "single" else largest) >= at_least)
    adjusted = np.maximum.accumulate((beyond + 1) / (copies.sum() + 1))
    p_values = np.full(len(statistics), np.nan)
    p_values[order] = adjusted
    low: tuple[float | None, ...] = nothing
    high, critical = low, None
    if around is not None:
        critical = _critical(largest[:, 0], copies, level)
        low, high = (_ends(*around, tested, side * critical) for side in (-1, 1))
    shown_p = tuple(None if np.isnan(p) else float(p) for p in p_values)
    return MaxT(shown, shown_p, low, high, critical, total, missing, method)


def _critical(largest: FloatArray, copies: IntArray, level: float) -> float:
    """Return the smallest value that is not exceeded in a share `level` of the resamples."""
    order = np.argsort(largest)
    reached = np.cumsum(copies[order])
    return float(largest[order][np.searchsorted(reached, level * reached[-1] - _NOISE)])


def _ends(
    centres: FloatArray, errors: FloatArray, tested: NDArray[np.bool_], reach: float
) -> tuple[float | None, ...]:
    ends = centres + reach * errors
    return tuple(float(end) if there else None for end, there in zip(ends, tested, strict=True))


def _why_not(tests: int, total: int, missing: int) -> str | None:
    if not tests:
        return "no test has a value and a standard error"
    if total < _FEWEST:
        return f"no p values: {total} resamples, at least {_FEWEST} are needed"
    if missing > _UNDEFINED_SHARE * total:
        return f"no p values: {missing} of {total} resamples lack a value of some test"
    return None
