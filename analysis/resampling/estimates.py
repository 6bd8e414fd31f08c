"""A number with its intervals, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analysis.arguments import outside, refuse


@dataclass(frozen=True)
class Interval:
    """An interval and how it was made, or the reason why there is none.

    Attributes
    ----------
    low, high
        Its ends, or None.
    method
        How it was made.
    reason
        Why there is no interval; None when there is one.
    n_resamples
        Number of resamples behind it; 0 for a closed form.
    undefined_resamples
        How many of them gave no value and were left out.
    """

    low: float | None
    high: float | None
    method: str
    reason: str | None = None
    n_resamples: int = 0
    undefined_resamples: int = 0


@dataclass(frozen=True)
class Estimate:
    """A number with its interval, or the reason why there is none.

    Attributes
    ----------
    value
        The statistic, or None when it is undefined.
    low, high
        Ends of the interval, or None when there is none.
    n_cases
        Number of cases that the value rests on.
    method
        How value and interval were computed.
    reason
        Why `value` or the interval is None; None when both are there.
    p_value
        Two-sided p value of the null value, where one was asked for.
    undefined_replicates
        How many leave-one-out values were undefined.
    standard_error
        Case jackknife error of the value, on its own scale.
    beside
        Intervals made in other ways: bootstrap, closed form.
    """

    value: float | None
    low: float | None
    high: float | None
    n_cases: int
    method: str
    reason: str | None = None
    p_value: float | None = None
    undefined_replicates: int = 0
    standard_error: float | None = None
    beside: tuple[Interval, ...] = ()


@dataclass(frozen=True)
class SignificanceTest:
    """A test statistic with its distribution and p value, or the reason why there is none."""

    statistic: float | None
    distribution: Literal["z", "t", "F", "chi2", "permutation"]
    df: tuple[float, ...]
    p_value: float | None
    method: str
    reason: str | None = None


def check_level(level: float) -> None:
    """Raise a ValueError for a confidence level that is not between 0 and 1, such as 95."""
    refuse(outside(0, 1, level=level))


def undefined(n_cases: int, method: str, reason: str) -> Estimate:
    """Return the estimate that says why there is no value."""
    return Estimate(None, None, None, n_cases, method, reason)
