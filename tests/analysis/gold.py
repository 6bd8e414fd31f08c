"""The gold values of agreement and association, where they are at hand."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NO_DATA, REPOSITORY

SHARED = Path(os.environ.get("RATER_APP_SHARED", REPOSITORY.parent / "shared"))
GOLD = SHARED / "reference" / "agreement_gold.json"
WHY_ABSENT = f"{NO_DATA} {SHARED}: agreement_gold.json is not there"

Check = dict[str, Any]


@cache
def _gold() -> dict[str, Any]:
    if not GOLD.exists():
        return {"checks": [], "datasets": {}}
    gold: dict[str, Any] = json.loads(GOLD.read_text(encoding="utf-8"))
    return gold


def every_check() -> list[Check]:
    """Return all checks of the file."""
    found: list[Check] = _gold()["checks"]
    return found


def checks(statistic: str) -> list[Any]:
    """Return the checks of a statistic for `parametrize`: one that skips where there are none."""
    found = [check for check in _gold()["checks"] if check["statistic"] == statistic]
    if not found and not GOLD.exists():
        return [pytest.param({}, marks=pytest.mark.skip(reason=WHY_ABSENT), id="absent")]
    assert found, f"no check of {statistic}"
    return [pytest.param(check, id=check["id"]) for check in found]


def check(name: str) -> Check:
    """Return the check with an id."""
    if not GOLD.exists():
        pytest.skip(WHY_ABSENT)
    found: Check = next(check for check in _gold()["checks"] if check["id"] == name)
    return found


def data(name: str) -> Any:
    """Return the values of a data set."""
    if not GOLD.exists():
        pytest.skip(WHY_ABSENT)
    return _gold()["datasets"][name]["values"]
