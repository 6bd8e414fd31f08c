"""No gold value is without a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analysis import gold

TESTS = "\n".join(
    path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("test_*.py"))
)


def all_checks() -> list[object]:
    if not gold.GOLD.exists():
        return [pytest.param({}, marks=pytest.mark.skip(reason=gold.WHY_ABSENT), id="absent")]
    return [pytest.param(one, id=one["id"]) for one in gold.every_check()]


@pytest.mark.parametrize("check", all_checks())
def test_every_check_is_asked_by_a_test(check: gold.Check) -> None:
    """Its statistic is the argument of `checks`, or its id that of `check`."""
    assert f'"{check["statistic"]}"' in TESTS or f'"{check["id"]}"' in TESTS
