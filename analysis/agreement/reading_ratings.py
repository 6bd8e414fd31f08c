"""Ratings from anybody's table, long or wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from analysis.agreement.alpha import Measurement
from analysis.agreement.rating_levels import levels_of
from analysis.agreement.rating_table import RatingTable
from analysis.any_table import TableError, TextTable, natural, read_text_table, rows

RATER, ITEM, RATING, CASE, REPLICATE = "rater", "item", "rating", "case", "replicate"
MODEL = "model"


@dataclass(frozen=True)
class RatingColumns:
    """Which columns of a table hold what.

    Attributes
    ----------
    rater, rating
        Columns of a long table, one row a rating.
    item
        Column, or columns together, that name what was rated; found when not given.
    case
        Column of the patient or image that an item belongs to; the column case when there is one,
        else each item is a case.
    replicate
        Column that tells repeated readings of an item by one rater apart; the column replicate
        when there is one.
    raters
        The columns of a wide table, one a rater.
    """

    rater: str = RATER
    item: tuple[str, ...] = ()
    rating: str = RATING
    case: str | None = None
    replicate: str | None = None
    raters: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class ReadRatings:
    """The ratings of a table.

    Attributes
    ----------
    table
        First readings, items x raters.
    readings
        All readings where there are replicates: unit, rater, replicate, rating, case; else empty.
    categories
        All levels in their order, as numbers; None for ratings without fixed levels.
    labels
        The words that the levels stand for; empty where they are numbers.
    layout
        "long" or "wide".
    """

    table: RatingTable
    readings: pd.DataFrame
    categories: tuple[float, ...] | None
    labels: tuple[str, ...]
    layout: str
    columns: RatingColumns = field(default_factory=RatingColumns)


def read_ratings(
    path: Path,
    columns: RatingColumns | None = None,
    measurement: Measurement = "ordinal",
    categories: Sequence[str] = (),
) -> ReadRatings:
    """Read the ratings of a CSV table, long (one row a rating) or wide (one column a rater).

    What `columns` leaves open is found by names. The table is long when it has columns called
    rater and rating; what was rated is then named by the column item, or else by case and model
    together. It is wide otherwise: then every column of numbers is a rater, and the column item,
    or the first column of words, names what was rated.

    Parameters
    ----------
    path
        The file.
    columns
        Which columns hold what.
    measurement
        Level of measurement; words need `categories` unless it is "nominal".
    categories
        All levels in their order, also those that nobody chose.

    Raises
    ------
    TableError
        With all problems of the table.
    """
    text = read_text_table(path, categories)
    chosen = _completed(text, columns or RatingColumns())
    long = _long_of_wide(text, chosen) if chosen.raters else _checked_long(text, chosen)
    values, labels, levels = levels_of(text, long, measurement, categories)
    long["rating"] = values
    long = long[long["rating"].notna()]
    if long.empty:
        raise TableError([f"{text.name}: there is no rating"])
    first = long
    if chosen.replicate is not None:
        order = {name: at for at, name in enumerate(sorted(set(long["replicate"]), key=natural))}
        first = long.assign(at=long["replicate"].map(order)).sort_values("at", kind="stable")
        first = first.drop_duplicates(["unit", "rater"])
    _refuse_duplicates(text, long, chosen)
    table = RatingTable.from_long(
        first, unit="unit", rater="rater", rating="rating", case="case" if chosen.case else None
    )
    readings = long.reset_index(drop=True) if chosen.replicate is not None else long.iloc[:0]
    return ReadRatings(table, readings, levels, labels, "wide" if chosen.raters else "long", chosen)


def _completed(text: TextTable, named: RatingColumns) -> RatingColumns:
    """Find the columns that were not named."""
    known = set(text.frame.columns)
    named = replace(
        named,
        case=named.case or (CASE if CASE in known else None),
        replicate=named.replicate or (REPLICATE if REPLICATE in known else None),
        item=named.item or ((ITEM,) if ITEM in known else ()),
    )
    if named.raters:
        return named if named.item else replace(named, item=_words(text, named)[:1])
    if RATER in known and RATING not in known and named.rating == RATING:
        there = ", ".join(text.frame.columns)
        raise TableError(
            [
                f"{text.name}: there is a column “{RATER}” and none called “{RATING}”: name the "
                f"column of the rating with --rating. There are: {there}"
            ]
        )
    if {RATER, RATING} <= known or (named.rater, named.rating) != (RATER, RATING):
        parts = tuple(name for name in (named.case, MODEL) if name in known)
        return replace(named, item=named.item or tuple(map(str, parts)) or (ITEM,))
    named = replace(named, item=named.item or _words(text, named)[:1])
    taken = (*named.item, named.case, named.replicate)
    raters = tuple(
        name for name in text.frame.columns if name not in taken and text.is_numeric(name)
    )
    if len(raters) < 2:
        raise TableError(
            [
                f"{text.name}: there are no columns “{RATER}” and “{RATING}”, and fewer than two "
                "columns of numbers that could be raters. Name the columns: --rater, --item and "
                f"--rating, or --raters. There are: {', '.join(text.frame.columns)}"
            ]
        )
    return replace(named, raters=raters)


def _words(text: TextTable, named: RatingColumns) -> tuple[str, ...]:
    """Return the columns that are neither numbers, nor empty, nor taken; the case comes last."""
    taken = {*named.raters, named.replicate}
    words = [
        name
        for name in text.frame.columns
        if name not in taken and text.frame[name].notna().any() and not text.is_numeric(name)
    ]
    return tuple(sorted(words, key=lambda name: name == named.case))


def _checked_long(text: TextTable, columns: RatingColumns) -> pd.DataFrame:
    problems = text.problems_of_columns([columns.rater], "--rater")
    problems += text.problems_of_columns([columns.rating], "--rating")
    problems += _missing_names(text, columns)
    if problems:
        raise TableError(problems)
    problems = text.empty_cells(columns.rater) + _empty(text, columns)
    if problems:
        raise TableError(problems)
    frame = text.frame
    return pd.DataFrame(
        {
            "unit": _joined(frame, columns.item),
            "rater": frame[columns.rater],
            "replicate": frame[columns.replicate] if columns.replicate else "",
            "case": frame[columns.case] if columns.case else _joined(frame, columns.item),
            "text": frame[columns.rating],
        }
    )


def _long_of_wide(text: TextTable, columns: RatingColumns) -> pd.DataFrame:
    problems = text.problems_of_columns(columns.raters, "--raters") + _missing_names(text, columns)
    if not problems:
        problems = _empty(text, columns)
    if problems:
        raise TableError(problems)
    frame = text.frame
    units = _joined(frame, columns.item) if columns.item else frame.index.astype(str).to_series()
    units.index = frame.index
    cases = frame[columns.case] if columns.case else units
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "unit": units,
                    "rater": rater,
                    "replicate": frame[columns.replicate] if columns.replicate else "",
                    "case": cases,
                    "text": frame[rater],
                }
            )
            for rater in columns.raters
        ]
    )


def _missing_names(text: TextTable, columns: RatingColumns) -> list[str]:
    problems = text.problems_of_columns(columns.item, "--item")
    problems += text.problems_of_columns(_named(columns.case), "--case")
    return problems + text.problems_of_columns(_named(columns.replicate), "--replicate")


def _empty(text: TextTable, columns: RatingColumns) -> list[str]:
    needed = [*columns.item, *_named(columns.case), *_named(columns.replicate)]
    return [told for column in dict.fromkeys(needed) for told in text.empty_cells(column)]


def _named(column: str | None) -> list[str]:
    return [column] if column else []


def _joined(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    joined = frame[columns[0]].astype(str)
    for column in columns[1:]:
        joined = joined + " / " + frame[column].astype(str)
    return joined


def _refuse_duplicates(text: TextTable, long: pd.DataFrame, columns: RatingColumns) -> None:
    problems = []
    twice = long.duplicated(["unit", "rater", "replicate"])
    if twice.any():
        what = f"{text.name}: {rows(sorted(set(long.index[twice])))}: the rater has rated this item"
        problems.append(
            f"{what} before. If these are repeated readings, name the column that tells them "
            "apart with --replicate; else keep one of them, or name what was rated with --item, "
            "several times if several columns name it"
            if columns.replicate is None
            else f"{what} before, in the same reading ({columns.replicate}). Keep one of them, or "
            "name what was rated with --item, several times if several columns name it"
        )
    cases = long.groupby("unit")["case"].nunique()
    split = list(cases.index[cases > 1])
    if split:
        named = ", ".join(split[:5])
        problems.append(f"{text.name}: {len(split)} items lie in more than one case: {named}")
    if problems:
        raise TableError(problems)
