"""A CSV table with typed columns and a key: written safely, read with every problem named."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd


@dataclass(frozen=True, eq=False)
class Table:
    """One table: file name, columns with their type, and the key.

    Types: "text"; "name" (text that must not be empty); "integer"; "number" (empty = missing);
    "distance" (a number, or inf); "flag" (0 or 1); "time" (ISO 8601, empty = missing).
    """

    file: str
    types: Mapping[str, str]
    key: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in the order in which they are written."""
        return tuple(self.types)


# A cell that begins with one of these is run as a formula by spreadsheet programs. The last four
# are the full-width forms, which some of them treat alike.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_GUARDED = (*_FORMULA_STARTS, "'")


def guard_text(text: str) -> str:
    """Return `text` with an apostrophe before it where a spreadsheet would run it.

    Text that begins with an apostrophe gets one more, so that `unguard_text` is the exact inverse.

    Examples
    --------
    >>> guard_text("=1+1")
    "'=1+1"
    >>> unguard_text(guard_text("=1+1"))
    '=1+1'
    """
    return f"'{text}" if text.startswith(_GUARDED) else text


def unguard_text(text: str) -> str:
    """Undo `guard_text`."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_GUARDED) else text


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, str):
        return guard_text(value)
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(float(value))
    return str(value)


def write_table(path: Path, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Write `rows` as CSV: UTF-8, comma, one header line, text safe to open in a spreadsheet.

    None and NaN become empty cells, True and False 1 and 0, floats keep all their digits.

    Raises
    ------
    ValueError
        If a row lacks a column or holds one that is not in `columns`.
    """
    with path.open("w", encoding="utf-8", newline="") as stream:
        # The module quotes a carriage return or a line feed only where it ends lines with it.
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(columns)
        for row in rows:
            if set(row) != set(columns):
                odd = ", ".join(sorted(set(row) ^ set(columns)))
                raise ValueError(f"{path.name}: row and columns differ in {odd}")
            writer.writerow([_cell(row[name]) for name in columns])


class Problems:
    """Collects problems; rows with the same problem share one sentence."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], list[int]] = {}

    def add(self, file: str, sentence: str, row: int | None = None) -> None:
        """Note that `sentence` is true of `file`, in line `row` of it."""
        rows = self._rows.setdefault((file, sentence), [])
        if row is not None:
            rows.append(row)

    def are_told_of(self, file: str) -> bool:
        """Whether something is wrong with `file`."""
        return any(file == of for of, _ in self._rows)

    def sentences(self) -> list[str]:
        """Return one sentence for each class of problem, in the order in which they came up."""
        return [f"{file}{_name_rows(r)}: {text}" for (file, text), r in self._rows.items()]


def _name_rows(rows: Sequence[int], shown: int = 5) -> str:
    if not rows:
        return ""
    named = ", ".join(str(row) for row in rows[:shown])
    more = f" and {len(rows) - shown} more" if len(rows) > shown else ""
    return f", {'line' if len(rows) == 1 else 'lines'} {named}{more}"


def empty_table(table: Table) -> pd.DataFrame:
    """Return what `read_table` gives for a table without rows."""
    return _typed(table, {name: [] for name in (*table.columns, "_line")})


def read_table(path: Path, table: Table, problems: Problems) -> pd.DataFrame:
    """Read a table, adding whatever is wrong to `problems`.

    Returns the rows that are whole, typed, with their line number in the column `_line`.
    """
    names = table.columns
    columns: dict[str, list[Any]] = {name: [] for name in (*names, "_line")}
    for line, cells in _read_rows(path, table, problems):
        values = {}
        for name in names:
            try:
                values[name] = _PARSERS[table.types[name]](cells[name])
            except ValueError as error:
                problems.add(table.file, f"column `{name}` {error}", line)
        if len(values) == len(names):
            for name, value in values.items():
                columns[name].append(value)
            columns["_line"].append(line)
    frame = _typed(table, columns)
    twice = frame[frame.duplicated(list(table.key))]
    for line in twice["_line"]:
        problems.add(table.file, f"the key ({', '.join(table.key)}) stands there twice", int(line))
    return frame


def _typed(table: Table, columns: Mapping[str, list[Any]]) -> pd.DataFrame:
    kinds = {name: _DTYPES[kind] for name, kind in table.types.items()}
    return pd.DataFrame(columns).astype({**kinds, "_line": "int64"})


def _read_rows(path: Path, table: Table, problems: Problems) -> list[tuple[int, dict[str, str]]]:
    rows: list[tuple[int, dict[str, str]]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = next(reader, [])
            missing = [name for name in table.columns if name not in header]
            if missing:
                sentence = f"lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}"
                problems.add(table.file, f"{sentence}; is it a CSV file with commas?")
                return rows
            for name in (name for name in table.columns if header.count(name) > 1):
                problems.add(table.file, f"has the column {name} more than once; remove the others")
            for cells in reader:
                if len(cells) == len(header):
                    rows.append((reader.line_num, dict(zip(header, cells, strict=True))))
                elif cells:
                    sentence = "has more or fewer cells than the header; quote cells with commas"
                    problems.add(table.file, sentence, reader.line_num)
    except FileNotFoundError:
        problems.add(table.file, "is missing; write the hand-over again with `rater-app export`")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problems.add(table.file, f"cannot be read as CSV in UTF-8: {error}")
    return rows


_MOST_DIGITS = 15  # more is no count of anything, and does not fit the column


def _parse_name(cell: str) -> str:
    if not cell.strip():
        raise ValueError("is empty")
    return unguard_text(cell)


def _parse_integer(cell: str) -> int:
    if not cell.isascii() or not cell.isdigit() or len(cell) > _MOST_DIGITS:
        raise ValueError("must be a whole number, 0 or more")
    return int(cell)


def _parse_number(cell: str) -> float:
    try:
        number = float(cell) if cell else math.nan
    except ValueError:
        raise ValueError("must be a number, with a point, or empty") from None
    if math.isinf(number) or (cell and math.isnan(number)):
        raise ValueError("must be a finite number or empty")
    return number


def _parse_distance(cell: str) -> float:
    return math.inf if cell == "inf" else _parse_number(cell)


def _parse_flag(cell: str) -> bool:
    if cell not in ("0", "1"):
        raise ValueError("must be 0 or 1")
    return cell == "1"


def _parse_time(cell: str) -> str:
    try:
        return cell and datetime.fromisoformat(cell).isoformat()
    except ValueError:
        raise ValueError("must be a time such as 2026-11-23T15:04:05+00:00, or empty") from None


_PARSERS: dict[str, Callable[[str], Any]] = {
    "text": unguard_text,
    "name": _parse_name,
    "integer": _parse_integer,
    "number": _parse_number,
    "distance": _parse_distance,
    "flag": _parse_flag,
    "time": _parse_time,
}
_DTYPES = {
    "text": "str",
    "name": "str",
    "integer": "int64",
    "number": "float64",
    "distance": "float64",
    "flag": "bool",
    "time": "str",
}
