"""docs/hand-over.md names every table of a hand-over and every column of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis.handover_columns import (
    CORRECTED_RATINGS,
    CORRECTION_TABLES,
    LOG_TABLES,
    RATINGS,
    TABLES,
)
from analysis.typed_csv import Table

DOCUMENT = (Path(__file__).parents[1] / "docs" / "hand-over.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (\S+\.csv)\n(.*?)(?=^##|\Z)", DOCUMENT, re.MULTILINE | re.DOTALL))
EVERY = (*TABLES, *CORRECTION_TABLES, *LOG_TABLES)


def test_every_table_has_a_section() -> None:
    assert set(SECTIONS) == {table.file for table in EVERY}


@pytest.mark.parametrize("table", EVERY, ids=lambda table: table.file)
def test_every_column_is_told(table: Table) -> None:
    rows = re.findall(r"^\| (`.*?) \|", SECTIONS[table.file], re.MULTILINE)
    told = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    if table is CORRECTED_RATINGS:
        assert told == []
        assert set(table.columns) - set(RATINGS.columns) == {"version"}
        assert "those of ratings.csv" in SECTIONS[table.file]
    else:
        assert sorted(told) == sorted(table.columns)
