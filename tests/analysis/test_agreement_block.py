"""The agreement block: the right numbers under the right names, a reason where there is none."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as fleiss_of_package

from analysis.agreement.any_ratings import agree, missing_pattern
from analysis.agreement.block import MOST_LEVELS, agreement_block, all_levels
from analysis.agreement.rater_block import severity_results
from analysis.agreement.rating_table import RatingTable
from analysis.resampling import FloatArray, Resamples
from analysis.results import Asked, Result

LEVELS = [1.0, 2.0, 3.0, 4.0, 5.0]
WORDS = "abcde"


def rated(seed: int = 1, items: int = 60, raters: int = 4, gaps: float = 0.0) -> FloatArray:
    draw = np.random.default_rng(seed)
    quality = draw.normal(size=(items, 1))
    values = np.clip(np.round(3 + quality + 0.8 * draw.normal(size=(items, raters))), 1, 5)
    values[draw.random(values.shape) < gaps] = np.nan
    return values


def block(values: FloatArray, *arguments: Any, cases: Any = None, **options: Any) -> list[Result]:
    return agreement_block(RatingTable.of(values, cases), Asked(), *arguments, **options)


def value(results: list[Result], name: str, rater: str | None = None) -> float:
    (found,) = [r for r in results if r.name == name and r.rater == rater]
    assert found.value is not None, found.reason
    return found.value


def close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return one == pytest.approx(other, rel=1e-6, abs=1e-9)


def test_values_are_those_of_the_packages() -> None:
    values = rated()
    results = block(values, "ordinal", LEVELS)
    for name, level in (
        ("krippendorff_alpha", "ordinal"),
        ("krippendorff_alpha_interval", "interval"),
    ):
        package = krippendorff.alpha(values.T, level_of_measurement=level, value_domain=LEVELS)
        assert value(results, name) == pytest.approx(package, abs=1e-10)
    counts, _ = aggregate_raters(values.astype(int))
    assert value(results, "fleiss_kappa") == pytest.approx(fleiss_of_package(counts), abs=1e-10)
    for one, other in combinations(range(4), 2):
        for name, weights in (("cohen_kappa", None), ("cohen_kappa_quadratic", "quadratic")):
            package = cohen_kappa_score(
                values[:, one], values[:, other], labels=LEVELS, weights=weights
            )
            found = value(results, name, f"{one + 1} & {other + 1}")
            assert found == pytest.approx(package, abs=1e-10)


def test_percentages_are_those_of_a_loop() -> None:
    values = rated(gaps=0.2)
    results = block(values, "nominal", LEVELS)
    of_units, unanimous = [], []
    for row in values:
        there = row[np.isfinite(row)]
        if len(there) >= 2:
            of_units.append(np.mean([a == b for a, b in combinations(there, 2)]))
            unanimous.append(len(set(there)) == 1)
    assert value(results, "percent_agreement") == pytest.approx(np.mean(of_units), abs=1e-12)
    assert value(results, "unanimous_percent") == pytest.approx(100 * np.mean(unanimous))


def test_missing_ratings_are_kept_where_a_package_keeps_them() -> None:
    values = rated(gaps=0.3)
    package = krippendorff.alpha(values.T, level_of_measurement="ordinal", value_domain=LEVELS)
    results = block(values, "ordinal", LEVELS)
    assert value(results, "krippendorff_alpha") == pytest.approx(package, abs=1e-10)
    names = {r.name for r in results}
    assert {"icc_reml_a1", "icc_reml_ak"} <= names
    assert "icc_reml_a1" not in {r.name for r in block(rated(), "ordinal", LEVELS)}


def test_what_is_estimated_depends_on_the_level_of_measurement() -> None:
    nominal = {r.name for r in block(rated(), "nominal", LEVELS)}
    ordinal = {r.name for r in block(rated(), "ordinal", LEVELS)}
    assert nominal < ordinal
    assert {"icc_a1", "kendall_w", "gwet_ac2", "krippendorff_alpha_interval"} <= ordinal - nominal
    sliders = np.random.default_rng(1).normal(50, 20, (30, 3))
    of_sliders = {r.name for r in block(sliders, "interval")}
    assert "icc_a1" in of_sliders
    assert not any("kappa" in name for name in of_sliders)


@pytest.mark.parametrize(
    ("seen", "ordered", "levels"),
    [
        ([[1, 4]], True, [1, 2, 3, 4]),
        ([[1, 4]], False, [1, 4]),
        ([[0.5, 4]], True, [0.5, 4]),
        ([[np.nan, np.nan]], True, []),
        ([[-1, 1]], True, [-1, 0, 1]),
        # Volumes in mm3: no list of a thousand million levels.
        ([[1, 1_000_000_000]], True, [1, 1_000_000_000]),
    ],
)
def test_levels_that_nobody_chose(seen: Any, ordered: bool, levels: list[float]) -> None:
    table = RatingTable.of(np.array(seen, dtype=float))
    assert all_levels(table, None, ordered) == levels
    assert all_levels(table, [5, 1], ordered) == [5.0, 1.0]


def test_too_many_levels_for_a_kappa() -> None:
    values = np.random.default_rng(2).integers(1, MOST_LEVELS + 1, (400, 2)).astype(float)
    assert any(r.name == "fleiss_kappa" for r in block(values))
    assert not any(r.name == "fleiss_kappa" for r in block(np.where(values == 1, 0, values)))


def test_the_order_of_items_and_raters_does_not_matter() -> None:
    values, cases = rated(gaps=0.1), np.repeat(np.arange(20), 3)
    one = block(values, "ordinal", LEVELS, cases=cases)
    order = np.random.default_rng(3).permutation(60)
    other = block(values[order][:, [3, 1, 0, 2]], "ordinal", LEVELS, cases=cases[order])
    compared = 0
    for result in one:
        if result.rater is None:
            (same,) = [r for r in other if r.name == result.name and r.rater is None]
            assert close(same.value, result.value), result.name
            assert (same.interval is None) == (result.interval is None)
            if result.interval is not None:
                assert same.interval == pytest.approx(result.interval, rel=1e-5, abs=1e-7)
            compared += 1
    assert compared > 25


def test_reversing_an_ordered_scale_changes_no_coefficient() -> None:
    values = rated(gaps=0.1)
    one, other = block(values, "ordinal", LEVELS), block(6 - values, "ordinal", LEVELS)
    for first, second in zip(one, other, strict=True):
        assert close(second.value, first.value), first.name


def test_cases_are_the_unit_of_the_intervals() -> None:
    """Each case three times over: as cases of their own intervals are too narrow."""
    values = np.repeat(rated(items=20), 3, axis=0)
    (alone,) = [r for r in block(values) if r.name == "krippendorff_alpha"]
    cases = np.repeat(np.arange(20), 3)
    (together,) = [r for r in block(values, cases=cases) if r.name == "krippendorff_alpha"]
    assert alone.value == together.value
    assert (alone.n["cases"], together.n["cases"]) == (60, 20)
    assert alone.interval is not None
    assert together.interval is not None
    widths = [high - low for low, high in (alone.interval, together.interval)]
    assert 1.5 < widths[1] / widths[0] < 2.1  # some sqrt(3)


def test_severity_has_the_sign_of_the_ratings() -> None:
    values = rated(raters=3)
    values[:, 0] -= 1
    asked = Asked().on(item="quality")
    results = severity_results(RatingTable.of(values, raters=["strict", "b", "c"]), asked)
    of = {r.rater: r for r in results if r.name == "rater_severity"}
    assert of["strict"].value is not None
    assert of["strict"].value < -0.6
    assert {r.item for r in results} == {"quality"}
    assert sum(r.value for r in of.values() if r.value is not None) > -1.5


DEGENERATE: dict[str, FloatArray] = {
    "constant": np.full((6, 3), 3.0),
    "one rater": rated(raters=1),
    "one item": np.array([[1.0, 2.0, 3.0]]),
    "two items": np.array([[1.0, 2.0], [4.0, 4.0]]),
    "nothing in common": np.array([[1, np.nan], [np.nan, 2], [3, np.nan], [np.nan, 4]]),
    "a rater without ratings": np.column_stack([rated(raters=2), np.full(60, np.nan)]),
    "perfect": np.repeat(rated(raters=1), 3, axis=1),
    "opposite": np.array([[1.0, 5.0], [5.0, 1.0], [1.0, 5.0], [5.0, 1.0]]),
    "raters constant": np.tile([1.0, 3.0, 5.0], (8, 1)),
    "one rating": np.array([[3.0, np.nan]]),
    "huge": rated() * 1e9,
    "tiny": rated() * 1e-6,
}


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
@pytest.mark.parametrize("values", DEGENERATE.values(), ids=DEGENERATE.keys())
def test_undefined_numbers_have_a_reason(values: FloatArray, level: Any) -> None:
    table = RatingTable.of(values)
    asked = Asked(0.95, Resamples(table.case_names, 40))
    results = agreement_block(table, asked, level) + severity_results(table, asked)
    assert results
    for result in results:
        if result.value is None:
            assert result.reason, result.name
            assert (result.interval, result.p_value) == (None, None), result
        elif result.interval is None and not result.name.endswith("_test"):
            assert result.reason or result.name in {"prevalence_index", "bias_index", "pabak"}
    json.dumps([result.to_dict() for result in results], allow_nan=False)


def test_the_pattern_of_missing_ratings() -> None:
    values = np.array([[1, 2, np.nan], [1, np.nan, np.nan], [3, 3, np.nan], [1, 2, 3]])
    told = missing_pattern(RatingTable.of(values, raters=["a", "b", "c"]))
    assert told["ratings_missing"] == 4
    assert told["items_rated_by_all"] == 1
    assert told["items_by_number_of_ratings"] == {"1": 1, "2": 2, "3": 1}
    assert told["by_rater"]["c"] == {"rated": 1, "missing": 3}
    assert told["patterns"][0] == {"raters": ["a", "b"], "items": 2}
    assert sum(pattern["items"] for pattern in told["patterns"]) == 4


def test_a_table_gives_the_numbers_of_its_array(tmp_path: Path) -> None:
    values = rated(items=12, raters=3)
    lines = [f"i{n:02},{','.join(f'{v:g}' for v in row)}" for n, row in enumerate(values)]
    path = tmp_path / "wide.csv"
    path.write_text("\n".join(["item,x,y,z", *lines]), encoding="utf-8")
    told = agree(path, n_resamples=30, seed=7, level=0.9)
    table = RatingTable.of(values, [f"i{n:02}" for n in range(12)], ["x", "y", "z"])
    asked = Asked(0.9, Resamples(table.case_names, 30, 7))
    direct = agreement_block(table, asked) + severity_results(table, asked)
    assert told["results"] == [result.to_dict() for result in direct]


BIG = """
import resource, numpy as np
from analysis.agreement.block import agreement_block
from analysis.agreement.rater_block import severity_results
from analysis.agreement.rating_table import RatingTable
from analysis.resampling import Resamples
from analysis.results import Asked
draw = np.random.default_rng(1)
values = np.clip(np.round(3 + draw.normal(size=(20000, 1)) + draw.normal(size=(20000, 5))), 1, 5)
table = RatingTable.of(values, np.repeat(np.arange(2000), 10))
asked = Asked(0.95, Resamples(table.case_names, 100))
results = agreement_block(table, asked, "ordinal", [1, 2, 3, 4, 5]) + severity_results(table, asked)
assert all(result.value is not None or result.reason for result in results)
(alpha,) = [result for result in results if result.name == "krippendorff_alpha"]
assert alpha.n["ratings"] == 100000 and 0.4 < alpha.interval[0] < alpha.value < 0.6
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_a_hundred_thousand_ratings_in_bounded_memory() -> None:
    """20,000 items x 5 raters on 2,000 cases: arrays of cases x items would take 320 MB each."""
    done = subprocess.run([sys.executable, "-c", BIG], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) / 1024**2 < 1.5  # GB
