"""The levels of ratings: numbers as they are, words in the order that was told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.agreement.alpha import Measurement
from analysis.any_table import TableError, TextTable, natural, rows


def levels_of(
    text: TextTable, long: pd.DataFrame, measurement: Measurement, categories: Sequence[str]
) -> tuple[pd.Series, tuple[str, ...], tuple[float, ...] | None]:
    """Return the ratings as numbers, the words of the levels, and the levels as numbers."""
    numbers = pd.to_numeric(long["text"], errors="coerce")
    words = long["text"].notna() & numbers.isna()
    problems: list[str] = []
    levels: list[str] = [level.strip() for level in categories]
    twice = [level for level in dict.fromkeys(levels) if levels.count(level) > 1]
    if twice:
        raise TableError([f"--categories names {', '.join(twice)} more than once"])
    if not words.any() and not any(_is_word(level) for level in levels):
        known = tuple(float(level) for level in levels)
        if measurement != "nominal" and list(known) not in (sorted(known), sorted(known)[::-1]):
            problems = [
                f"--categories is {', '.join(levels)}: numbers are in their own order, from lowest "
                "to highest; levels in another order take words"
            ]
        if known:
            problems += _outside(text, long, ~numbers.isin(known) & numbers.notna(), levels)
        if np.isinf(numbers.to_numpy(dtype=float)).any():
            problems.append(f"{text.name}: a rating is infinite")
        if problems:
            raise TableError(problems)
        return numbers.astype(float), (), known or None
    if not levels:
        levels = sorted(set(long["text"].dropna()), key=natural)
        if measurement != "nominal":
            shown = ", ".join(levels[:8])
            raise TableError(
                [
                    f"{text.name}: the ratings are words ({shown}): name all levels from lowest to "
                    "highest with --categories, or choose --level nominal"
                ]
            )
    place = {level: float(at) for at, level in enumerate(levels, start=1)}
    values = long["text"].map(place)
    problems = _outside(text, long, values.isna() & long["text"].notna(), levels)
    if problems:
        raise TableError(problems)
    return values.astype(float), tuple(levels), tuple(place.values())


def _is_word(level: str) -> bool:
    return bool(pd.isna(pd.to_numeric(pd.Series([level]), errors="coerce").iloc[0]))


def _outside(
    text: TextTable, long: pd.DataFrame, wrong: pd.Series, levels: Sequence[str]
) -> list[str]:
    if not wrong.any():
        return []
    shown = ", ".join(f"“{value}”" for value in dict.fromkeys(long.loc[wrong, "text"]))
    where = rows(sorted(set(long.index[wrong])))
    return [f"{text.name}: {where}: {shown[:60]} is none of the levels {', '.join(levels)}"]
