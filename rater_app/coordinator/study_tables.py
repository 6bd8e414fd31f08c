"""The coordinator's CSV files, read row by row with every problem named."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from rater_app.coordinator.study_problems import StudyProblems


@dataclass(frozen=True)
class StudyTable:
    """One CSV file of a study folder; cells of `filled` columns must not be empty."""

    file: str
    filled: tuple[str, ...]
    key: tuple[str, ...]
    may_be_empty: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is known."""
        return self.filled + self.may_be_empty


@dataclass(frozen=True)
class Row:
    """The cells of one line by column, without the blanks around them."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


IMAGES = StudyTable("images.csv", ("case", "channel", "image"), ("case", "channel"))
MASKS = StudyTable(
    "masks.csv",
    ("case", "model", "family", "mask"),
    ("case", "model", "prompt"),
    may_be_empty=("class", "prompt"),
)
REFERENCES = StudyTable("references.csv", ("case", "reference", "mask"), ("case", "reference"))


def read_rows(folder: Path, table: StudyTable, problems: StudyProblems) -> tuple[Row, ...]:
    """Read one table; lines that begin with # are remarks.

    Rows with an empty cell or a key that stood before are told as problems and left out.
    """
    text = _text(folder / table.file, table.file, problems)
    if text is None:
        return ()
    rows = []
    seen: dict[tuple[str, ...], int] = {}
    for row in _rows(text, table, problems):
        empty = [column for column in table.filled if not row[column]]
        for column in empty:
            problems.add(table.file, f"the column “{column}” is empty: fill it in", row.line)
        if empty:
            continue
        key = tuple(row[column] for column in table.key)
        if key in seen:
            told = ", ".join(f"{c} “{v}”" for c, v in zip(table.key, key, strict=True) if v)
            problems.add(
                table.file,
                f"{told} stands in line {seen[key]} already: remove one of them, or give it "
                f"another {table.key[-1]}",
                row.line,
            )
            continue
        seen[key] = row.line
        rows.append(row)
    return tuple(rows)


def _text(path: Path, file: str, problems: StudyProblems) -> str | None:
    try:
        text = path.read_text(encoding="utf-8-sig")
        if "\0" not in text:
            return text
        problems.add(file, "the file holds zero bytes: it is damaged or no text; save it again")
    except FileNotFoundError:
        problems.add(file, "the file is missing; “rater-app init” writes one to start from")
    except UnicodeDecodeError:
        problems.add(file, "the file is not UTF-8 text; save it as “CSV UTF-8”")
    except OSError as error:
        problems.add(file, f"the file cannot be opened ({error.strerror})")
    return None


def _rows(text: str, table: StudyTable, problems: StudyProblems) -> list[Row]:
    header: list[str] = []
    rows = []
    found = False
    began = 1
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            began = reader.line_num + 1
            trimmed = [cell.strip() for cell in cells]
            if not any(trimmed) or trimmed[0].startswith("#"):
                continue
            if not header:
                header = _without_empty_end(trimmed)
                if not _header_is_sound(header, table, problems):
                    return []
                continue
            found = True
            count = len(trimmed) if any(trimmed[len(header) :]) else min(len(cells), len(header))
            if count != len(header):
                remedy = (
                    "put quotes around cells that hold commas"
                    if count > len(header)
                    else "every cell needs its comma, empty ones too"
                )
                problems.add(
                    table.file,
                    f"there are {count} cells instead of {len(header)}: {remedy}",
                    reader.line_num,
                )
            else:  # spreadsheet programs add empty columns at the end
                told = dict(zip(header, trimmed, strict=False))
                rows.append(Row(reader.line_num, {c: told.get(c, "") for c in table.columns}))
    except csv.Error as error:
        found = True
        problems.add(table.file, f"this is not CSV from here on ({error}): check the quotes", began)
    if not found:
        problems.add(table.file, "there are no rows: add one for each file")
    return rows


def _without_empty_end(cells: list[str]) -> list[str]:
    return cells[: max(place for place, cell in enumerate(cells, start=1) if cell)]


def _header_is_sound(header: Sequence[str], table: StudyTable, problems: StudyProblems) -> bool:
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and mark in header[0]:
            problems.add(
                table.file,
                f"the cells are separated by {name}: save the file with commas "
                "(“CSV UTF-8, comma delimited”)",
            )
            return False
    missing = [column for column in table.filled if column not in header]
    for column in missing:
        problems.add(
            table.file,
            f"the column “{column}” is missing: the first line must be {','.join(table.columns)}",
        )
    for column in dict.fromkeys(c for c in header if header.count(c) > 1):
        problems.add(table.file, f"the column “{column}” stands twice")
        missing.append(column)
    for column in header:
        if column not in table.columns:
            problems.warn(table.file, f"the column “{column}” is not known and is left out")
    return not missing
