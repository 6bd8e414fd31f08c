"""Anybody's CSV: columns found by their names, every problem told with its row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.resampling import FloatArray

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", ".", "-"})
SEPARATORS = ",;\t"
_DECIMAL_COMMA = re.compile(r"([+-]?\d*),(\d+)")
_MOST_ROWS_NAMED = 5


class TableError(Exception):
    """A table that cannot be used; `problems` names everything that is wrong with it."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, eq=False)
class TextTable:
    """A table as it stands in its file: every cell a text, missing ones None.

    Attributes
    ----------
    name
        Name of the file, for messages.
    frame
        The cells; the index is the row of the file, the header being row 1.
    """

    name: str
    frame: pd.DataFrame

    def problems_of_columns(self, columns: Iterable[str], option: str) -> list[str]:
        """Name the columns that are not there."""
        known = list(self.frame.columns)
        return [
            f"{self.name}: there is no column “{column}” ({option}); there are: {', '.join(known)}"
            for column in columns
            if column not in known
        ]

    def empty_cells(self, column: str) -> list[str]:
        """Say in which rows a column that must be filled is empty."""
        empty = self.frame.index[self.frame[column].isna()]
        if not len(empty):
            return []
        return [f"{self.name}: {rows(empty)}: “{column}” is empty"]

    def numbers(self, column: str) -> tuple[FloatArray, list[str]]:
        """Return a column as numbers, NaN where it is empty, and what is no number in it."""
        texts = self.frame[column]
        values = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=float)
        wrong = texts.notna().to_numpy() & np.isnan(values)
        if not wrong.any():
            return values, []
        shown = ", ".join(f"“{text}”" for text in dict.fromkeys(texts[wrong]))
        return values, [
            f"{self.name}: {rows(self.frame.index[wrong])}: “{column}” is {shown[:60]}, no number"
        ]

    def is_numeric(self, column: str) -> bool:
        """Tell whether a column has numbers and nothing else."""
        texts = self.frame[column].dropna()
        return len(texts) > 0 and bool(pd.to_numeric(texts, errors="coerce").notna().all())


def read_text_table(path: Path, words: Sequence[str] = ()) -> TextTable:
    """Read a CSV whose cells are separated by comma, semicolon or tab, UTF-8, one header line.

    Empty cells and NA, N/A, NaN, null, None, "." and "-" are missing, unless they are among
    `words`: a level may be called "none". Infinite numbers are written inf or -inf. Between
    semicolons or tabs 0,85 is a number, as spreadsheets of many countries write it.

    Raises
    ------
    TableError
        If the file cannot be read, has no rows, names a column twice, or has rows of another
        length.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise TableError([f"{path}: there is no such file"]) from error
    except IsADirectoryError as error:
        raise TableError([f"{path} is a folder, not a CSV file"]) from error
    except UnicodeDecodeError as error:
        raise TableError([f"{path} is not UTF-8 text: save it as CSV UTF-8"]) from error
    except OSError as error:
        raise TableError([f"{path} cannot be read ({error.strerror})"]) from error
    separator = max(SEPARATORS, key=text.partition("\n")[0].count)
    try:
        cells = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise TableError([f"{path.name} is no CSV: {error}; is a quotation mark open?"]) from error
    cells = [row if len(row) else [""] for row in cells]
    names = [name.strip() for name in cells[0]] if cells else []
    numbered = [(at, row) for at, row in enumerate(cells, start=1) if at > 1 and any(row)]
    problems = [
        f"{path.name}: the header names “{name}” {names.count(name)} times"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    ragged = [at for at, row in numbered if len(row) != len(names)]
    if ragged:
        problems.append(f"{path.name}: {rows(ragged)}: not {len(names)} cells, as the header has")
    if not numbered:
        problems.append(f"{path.name}: there are no rows below the header")
    if problems:
        raise TableError(problems)
    missing = MISSING - {word.strip().lower() for word in words}
    decimal_comma = separator != ","
    frame = pd.DataFrame(
        [[_cell(cell, missing, decimal_comma) for cell in row] for _, row in numbered],
        columns=pd.Index(names),
        index=pd.Index([at for at, _ in numbered]),
        dtype=object,
    )
    return TextTable(path.name, frame)


def rows(numbers: Iterable[int]) -> str:
    """Name rows of a file: "row 3", "rows 3, 4 and 17 more".

    Examples
    --------
    >>> rows([3]), rows(range(3, 12))
    ('row 3', 'rows 3, 4, 5, 6, 7 and 4 more')
    """
    listed = list(numbers)
    named = ", ".join(str(number) for number in listed[:_MOST_ROWS_NAMED])
    more = len(listed) - _MOST_ROWS_NAMED
    return f"row{'s' * (len(listed) > 1)} {named}" + (f" and {more} more" if more > 0 else "")


def natural(text: str) -> tuple[tuple[int, float, str], ...]:
    """Return a key that sorts texts with the numbers in them by their size.

    Examples
    --------
    >>> sorted(["m10", "m2", "consensus", "1"], key=natural)
    ['1', 'consensus', 'm2', 'm10']
    """
    parts = re.split(r"(\d+)", text)
    return tuple(
        (0, float(part), "") if part.isdigit() else (1, 0.0, part) for part in parts if part
    )


def _cell(text: str, missing: frozenset[str], decimal_comma: bool) -> str | None:
    stripped = text.strip()
    if stripped.lower() in missing:
        return None
    if decimal_comma and _DECIMAL_COMMA.fullmatch(stripped):
        return stripped.replace(",", ".")
    return stripped
