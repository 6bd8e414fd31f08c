from __future__ import annotations

import numpy as np
import pytest

from analysis.agreement.halo import halo_ratio
from analysis.agreement.rating_table import RatingTable


def items(seed: int, impression: float) -> dict[str, RatingTable]:
    """Return three items of 40 units; rater 1 mixes a general impression into each."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=(3, 40, 1))
    values = truth + rng.normal(0, 0.3, (3, 40, 4)) + rng.normal(0, 0.5, (3, 1, 4))
    general = values[..., 0].mean(axis=0)
    values[..., 0] = impression * general + (1 - impression) * values[..., 0]
    values[0, 3, 1] = np.nan
    cases = np.arange(40) // 2
    return {name: RatingTable.of(values[i], cases) for i, name in enumerate("abc")}


def test_by_a_plain_loop() -> None:
    tables = items(0, 0.0)
    values = np.stack([table.values for table in tables.values()])
    read = np.isfinite(values).all(axis=0)
    spread = np.full(read.shape, np.nan)
    for rater in range(4):
        mean = values[:, read[:, rater], rater].mean(axis=1)
        for unit in np.flatnonzero(read[:, rater]):
            spread[unit, rater] = np.var(values[:, unit, rater] - mean, ddof=1)
    for rater, found in enumerate(halo_ratio(tables).values()):
        units = np.flatnonzero(read[:, rater])
        others = np.nanmean(np.delete(spread, rater, axis=1), axis=1)[units]
        expected = np.sqrt(spread[units, rater].mean() / others.mean())
        assert found.value == pytest.approx(expected)
        assert found.low is not None
        assert found.low < expected < (found.high or 0)


def test_a_general_impression_is_a_ratio_below_one() -> None:
    found = halo_ratio(items(1, 0.7))
    assert found["1"].high is not None
    assert found["1"].high < 0.5
    assert found["1"].p_value is not None
    assert found["1"].p_value < 1e-4
    assert found["2"].value == pytest.approx(1.2, abs=0.2)


def test_order_of_units_and_items_does_not_matter() -> None:
    tables, order = items(2, 0.3), np.random.default_rng(0).permutation(40)
    turned = {
        name: RatingTable.of(tables[name].values[order], tables[name].cases[order])
        for name in "cab"
    }
    one, two = halo_ratio(tables)["1"], halo_ratio(turned)["1"]
    assert (one.value, one.low) == pytest.approx((two.value, two.low))


def test_without_spread_or_other_raters_there_is_no_ratio() -> None:
    flat = {"a": [[1, 1], [2, 3]], "b": [[1, 1], [2, 3]]}
    assert "nothing to compare" in (halo_ratio(flat)["1"].reason or "")
    alone = {"a": [[1, np.nan], [2, np.nan]], "b": [[2, np.nan], [1, np.nan]]}
    assert "no unit of this rater" in (halo_ratio(alone)["1"].reason or "")


def test_tables_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match="1 items"):
        halo_ratio({"a": [[1, 2]]})
    with pytest.raises(ValueError, match="tables of"):
        halo_ratio({"a": [[1, 2]], "b": [[1, 2], [2, 3]]})
    with pytest.raises(ValueError, match="differ in raters or cases"):
        halo_ratio({"a": RatingTable.of([[1], [2]], [0, 0]), "b": RatingTable.of([[1], [2]])})
