"""Problems of arguments, in words: collected first, then told all at once."""

from __future__ import annotations

from collections.abc import Sequence


def outside(low: float, high: float, *, low_itself: bool = False, **values: float) -> list[str]:
    """Name the values that do not lie between two numbers.

    Examples
    --------
    >>> outside(0, 1, power=0.8, alpha=5)
    ['alpha is 5, it must be between 0 and 1']
    """
    span = f"{low:g} or more and below {high:g}" if low_itself else f"between {low:g} and {high:g}"
    return [
        f"{name} is {value}, it must be {span}"
        for name, value in values.items()
        if not (low < value < high or (low_itself and value == low))
    ]


def few(least: int = 2, **counts: float) -> list[str]:
    """Name the counts that are below `least`, or no whole numbers."""
    return [
        f"{name} is {count}, it must be a whole number, {least} or more"
        for name, count in counts.items()
        if not (count >= least and count == int(count))
    ]


def alike(name: str, one: float, other: float) -> list[str]:
    """Say that two hypotheses are the same."""
    return [f"{name} is {one} too: there is no difference to find"] if one == other else []


def one_or_two(**counts: int) -> list[str]:
    """Name the counts that are neither 1 nor 2."""
    return [
        f"{name} is {count}, it must be 1 or 2"
        for name, count in counts.items()
        if count not in (1, 2)
    ]


def refuse(problems: Sequence[str]) -> None:
    """Raise a ValueError that names every problem; nothing where there is none."""
    if problems:
        raise ValueError("; ".join(problems))
