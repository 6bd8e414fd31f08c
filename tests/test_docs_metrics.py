"""docs/metrics.md says what the catalogue and the conventions hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis.metrics import CONVENTIONS, METRIC_NAMES, MetricSettings, metric
from analysis.metrics.conventions import EMPTY
from analysis.report.words import conventions

DOCUMENT = (Path(__file__).parents[1] / "docs" / "metrics.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in DOCUMENT.splitlines()
    if line.startswith("| `")
]
DEFINED = {row[0].strip("`"): row for row in ROWS if len(row) == 3}
EMPTIES = {
    name: row[1:] for row in ROWS if len(row) == 5 for name in re.findall(r"`(\w+)`", row[0])
}
TOLD = {"nan": "-", "inf": "inf"}


def test_every_metric_is_defined_in_the_order_of_the_columns() -> None:
    assert tuple(DEFINED) == METRIC_NAMES


@pytest.mark.parametrize("name", METRIC_NAMES)
def test_the_unit_is_told(name: str) -> None:
    assert DEFINED[name][1] == metric(name).unit
    assert len(DEFINED[name][2]) > 1


@pytest.mark.parametrize("name", METRIC_NAMES)
def test_the_table_of_absent_structures_is_the_one_that_is_used(name: str) -> None:
    kind = metric(name).empty
    expected = [
        ", ".join("formula" if v is None else TOLD.get(f"{v:g}", f"{v:g}") for v in EMPTY[c][kind])
        for c in CONVENTIONS
    ]
    if kind == "formula":
        assert name not in EMPTIES
    else:
        assert EMPTIES[name] == expected


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_a_report_prints_its_convention(convention: str) -> None:
    told = conventions(MetricSettings(empty=convention))["Empty masks"]
    assert f"\u201c{convention}\u201d" in told
    others = {conventions(MetricSettings(empty=c))["Empty masks"] for c in CONVENTIONS}
    assert len(others) == len(CONVENTIONS)
