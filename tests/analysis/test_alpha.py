from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.agreement.alpha import krippendorff_alpha
from analysis.agreement.chance_corrected import percent_agreement
from analysis.agreement.rating_table import RatingTable
from analysis.resampling import FloatArray, Resamples
from tests.analysis import gold

LEVELS = ("nominal", "ordinal", "interval", "ratio")


def matrix(rows: Any) -> FloatArray:
    return np.array(rows, dtype=float)


OF_THEIR_OWN = {"alpha_midrank_identity", "alpha_anxiety"}


@pytest.mark.parametrize(
    "check", [one for one in gold.checks("krippendorff_alpha") if one.id not in OF_THEIR_OWN]
)
def test_gold(check: gold.Check) -> None:
    expected = check["expected"]
    if "dataset" in check:
        ratings = matrix(gold.data(check["dataset"])).T
    else:
        ratings = matrix(check["inputs"]["ratings_raters_x_units"]).T
    estimate = krippendorff_alpha(ratings, check["options"]["level"])
    if expected["alpha"] is None:
        assert estimate.value is None
        said = estimate.reason
        assert said is not None
        assert said.split()[0] == expected["status"].removeprefix("undefined: ").split()[0]
    else:
        assert estimate.value == pytest.approx(expected["alpha"], abs=check["atol"])
    if "percent_agreement" in expected:
        assert percent_agreement(ratings).value == expected["percent_agreement"]


ANXIETY = {
    "nominal": -0.0237252124646,
    "ordinal": 0.228386945292,
    "interval": 0.170098607889,
    "ratio": 0.141801340562,
}


@pytest.mark.parametrize("level", LEVELS)
def test_negative_alpha_is_a_value(level: Any) -> None:
    # The reference file gives -0.0324 (nominal): that is alpha of the 20 subjects entered twice,
    # 120 ratings. Coincidences counted by hand over the 60 ratings give -0.0237.
    values = matrix(gold.data("irr_anxiety"))
    assert krippendorff_alpha(values, level).value == pytest.approx(ANXIETY[level])
    doubled = np.tile(values, (2, 1))
    expected = gold.check("alpha_anxiety")["expected"][level]
    assert krippendorff_alpha(doubled, level).value == pytest.approx(expected, abs=1e-8)


def test_ordinal_alpha_is_interval_alpha_of_mid_ranks() -> None:
    values = matrix(gold.data("krippendorff_2011_C")).T
    pairable = RatingTable.of(values).with_ratings(2).values
    levels, counts = np.unique(pairable[np.isfinite(pairable)], return_counts=True)
    ranks = np.cumsum(counts) - counts / 2
    ranked = np.full_like(pairable, np.nan)
    for level, rank in zip(levels, ranks, strict=True):
        ranked[pairable == level] = rank
    ordinal = krippendorff_alpha(values, "ordinal").value
    assert krippendorff_alpha(ranked, "interval").value == pytest.approx(ordinal)


RATINGS = st.lists(
    st.lists(st.sampled_from([1.0, 2.0, 3.0, 5.0, np.nan]), min_size=3, max_size=3),
    min_size=4,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(RATINGS, st.sampled_from(LEVELS), st.randoms(use_true_random=False))
def test_names_and_order_do_not_matter(rows: list[list[float]], level: Any, draw: Any) -> None:
    values = matrix(rows)
    cases = np.arange(len(values)) // 2
    units = draw.sample(range(len(values)), len(values))
    shuffled = values[units][:, draw.sample(range(3), 3)]
    one = krippendorff_alpha(RatingTable.of(values, cases), level)
    two = krippendorff_alpha(RatingTable.of(shuffled, 100 - cases[units]), level)
    assert (one.reason, one.n_cases) == (two.reason, two.n_cases)
    if one.value is not None:
        assert (one.value, one.low, one.high) == pytest.approx((two.value, two.low, two.high))


@settings(max_examples=40, deadline=None)
@given(RATINGS)
def test_what_each_measurement_knows(rows: list[list[float]]) -> None:
    values = matrix(rows)
    swapped = np.where(values == 1, 5, np.where(values == 5, 1, values))
    for measurement, changed in (
        ("nominal", swapped),
        ("ordinal", np.exp(values)),
        ("interval", 7 - 3 * values),
        ("ratio", 0.01 * values),
    ):
        plain = krippendorff_alpha(values, measurement)  # type: ignore[arg-type]
        moved = krippendorff_alpha(changed, measurement)  # type: ignore[arg-type]
        assert plain.value == pytest.approx(moved.value, abs=1e-9)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([[3, 3, 3]] * 5, "no variation: all ratings are equal"),
        ([[0.1, 0.1, 0.1]] * 7, "no variation: all ratings are equal"),
        ([[1], [2], [3]], "no unit has two ratings"),
        ([[1, np.nan], [np.nan, 2]], "no unit has two ratings"),
        ([[1, 1]], "no variation: all ratings are equal"),
        (np.empty((0, 3)), "no unit has two ratings"),
    ],
)
@pytest.mark.parametrize("level", LEVELS)
def test_what_cannot_be_computed_says_why(rows: Any, reason: str, level: Any) -> None:
    estimate = krippendorff_alpha(matrix(rows), level)
    assert (estimate.value, estimate.low, estimate.reason) == (None, None, reason)


def test_one_unit_that_disagrees_is_zero_and_not_informative() -> None:
    for rows in ([[1, 2]], [[1, 2, 2, 5]], [[1, 2], [3, np.nan]]):
        estimate = krippendorff_alpha(matrix(rows))
        assert estimate.value == pytest.approx(0, abs=1e-12)
        assert estimate.low is None
        assert estimate.reason is not None
        assert estimate.reason.startswith("not informative")


@pytest.mark.parametrize("rows", [[[-1, 1], [2, 2]], [[-1, -1], [-2, -3]]])
def test_ratio_alpha_of_negative_ratings_is_undefined(rows: Any) -> None:
    # krippendorff 0.9.0 returns 1.0 for ratings of both signs.
    estimate = krippendorff_alpha(matrix(rows), "ratio")
    assert estimate.value is None
    assert "negative" in str(estimate.reason)
    assert krippendorff_alpha(matrix(rows), "interval").value is not None


def test_ratio_alpha_with_zeros_is_defined() -> None:
    # icr in R gives NA where 0 occurs; two zeros do not differ.
    rows = matrix([[0, 0], [0, 1], [2, 2], [4, 2]])
    pairs = [(a, b) for a in rows.ravel() for b in rows.ravel()]
    total = sum(((a - b) / (a + b)) ** 2 if a + b else 0 for a, b in pairs)
    within = 2 * (1 + (2 / 6) ** 2)
    assert krippendorff_alpha(rows, "ratio").value == pytest.approx(1 - 7 * within / total)


def test_perfect_agreement_has_no_interval() -> None:
    estimate = krippendorff_alpha(matrix([[1, 1], [2, 2], [3, 3], [4, 4]]))
    assert estimate.value == 1.0
    assert estimate.reason == "no interval: the value lies on the edge of its range"


def test_units_without_a_pair_bring_no_case() -> None:
    values = matrix([[1, 2], [2, 2], [3, 1], [4, np.nan]])
    assert krippendorff_alpha(values).n_cases == 3


def test_the_package_confirms_the_value_where_it_can() -> None:
    rng = np.random.default_rng(3)
    values = rng.random((300, 1)) + rng.normal(0, 0.1, (300, 4))
    estimate = krippendorff_alpha(RatingTable.of(values, np.arange(300) // 3))
    assert estimate.low is not None
    assert estimate.value is not None
    assert estimate.low < estimate.value < 1
    assert "krippendorff" not in estimate.method  # units x levels^2 does not fit in memory
    assert "krippendorff" in krippendorff_alpha(np.round(4 * values)).method


def test_a_package_that_disagrees_leaves_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("krippendorff.alpha", lambda **_: 0.5)
    estimate = krippendorff_alpha(matrix([[1, 1], [2, 2], [3, 2], [4, 4]]))
    assert estimate.value is None
    assert "two programs disagree" in str(estimate.reason)


def test_bootstrap_intervals_stand_beside() -> None:
    rng = np.random.default_rng(5)
    values = np.round(rng.normal(3, 1, (60, 1)) + rng.normal(0, 0.6, (60, 4)))
    table = RatingTable.of(values, [f"case {at // 3:02}" for at in range(60)])
    estimate = krippendorff_alpha(table, resamples=Resamples(table.case_names, 500))
    assert [interval.method.split(",")[0] for interval in estimate.beside] == ["percentile", "BCa"]
    for interval in estimate.beside:
        assert interval.low is not None
        assert interval.high is not None
        assert interval.low < estimate.value < interval.high  # type: ignore[operator]


def test_an_unknown_measurement_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown measurement"):
        krippendorff_alpha(matrix([[1, 2]]), "circular")  # type: ignore[arg-type]


@pytest.mark.parametrize("item", ["subtlety", "margin", "texture", "malignancy"])
@pytest.mark.parametrize("level", LEVELS[:3])
def test_lidc_nodules(shared: Path, item: str, level: Any) -> None:
    # 435 lung nodules x 4 readers: shared/data/lidc_nodules_a/SOURCE.md.
    folder = shared / "data" / "lidc_nodules_a"
    with (folder / "ratings.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    values = matrix([float(row[item]) for row in rows]).reshape(-1, 4)
    expected = json.loads((folder / "expected_ratings.json").read_text())[item]
    value = krippendorff_alpha(values, level).value
    assert value == pytest.approx(expected[f"alpha_{level}"], abs=1e-10)


@pytest.mark.parametrize("level", LEVELS[:3])
def test_mriqc_scans_with_much_missing(shared: Path, level: Any) -> None:
    # 1103 scans, three raters, half of the ratings missing: mriqc_abide_ratings/SOURCE.md.
    folder = shared / "data" / "mriqc_abide_ratings"
    with (folder / "ratings_wide.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    values = matrix([[float(row[f"rater_{n}"] or "nan") for n in (1, 2, 3)] for row in rows])
    expected = json.loads((folder / "expected.json").read_text())
    name = "alpha_ordinal_3_raters_missing" if level == "ordinal" else f"alpha_{level}"
    value = krippendorff_alpha(values, level).value
    assert value == pytest.approx(expected[name], abs=1e-10)
