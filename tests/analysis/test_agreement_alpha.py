from __future__ import annotations

import csv
import json
from itertools import product
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.agreement.ratings import (
    RatingTable,
    alpha_statistic,
    krippendorff_alpha,
    percent_agreement,
)
from analysis.resampling import FloatArray, leave_one_out

LEVELS = ("nominal", "ordinal", "interval")


@pytest.fixture(scope="module")
def gold(shared: Path) -> dict[str, Any]:
    document = json.loads((shared / "reference" / "agreement_gold.json").read_text())
    return {"datasets": document["datasets"], **{c["id"]: c for c in document["checks"]}}


def matrix(rows: Any) -> FloatArray:
    return np.array(rows, dtype=float)


def alpha_at(table: RatingTable, measurement: Any, weights: FloatArray) -> FloatArray:
    return alpha_statistic(table.with_ratings(2), measurement)(weights)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    "data",
    ["krippendorff_2011_A", "krippendorff_2011_B", "krippendorff_2011_C", "krippendorff_wiki_3x15"],
)
def test_published_alphas(gold: dict[str, Any], data: str, level: Any) -> None:
    # Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, examples A to C.
    binary = data == "krippendorff_2011_A"  # nominal, ordinal and interval coincide on two levels
    check = gold[f"alpha_{data}_{'nominal' if binary else level}"]
    table = RatingTable.of(matrix(gold["datasets"][data]["values"]).T)
    assert krippendorff_alpha(table, level).value == pytest.approx(
        check["expected"]["alpha"], abs=1e-10
    )


ANXIETY = {"nominal": -0.0237252124646, "ordinal": 0.228386945292, "interval": 0.170098607889}


@pytest.mark.parametrize("level", LEVELS)
def test_negative_alpha_is_a_value(gold: dict[str, Any], level: Any) -> None:
    # The reference file gives -0.0324 (nominal): that is alpha of the 20 subjects entered twice,
    # 120 ratings. Coincidences counted by hand over the 60 ratings give -0.0237.
    values = matrix(gold["datasets"]["irr_anxiety"]["values"])
    assert krippendorff_alpha(RatingTable.of(values), level).value == pytest.approx(ANXIETY[level])
    doubled = RatingTable.of(np.tile(values, (2, 1)))
    expected = gold["alpha_anxiety"]["expected"][level]
    assert krippendorff_alpha(doubled, level).value == pytest.approx(expected, abs=1e-8)


def test_ordinal_alpha_is_interval_alpha_of_mid_ranks(gold: dict[str, Any]) -> None:
    values = matrix(gold["datasets"]["krippendorff_2011_C"]["values"]).T
    pairable = RatingTable.of(values).with_ratings(2).values
    levels, counts = np.unique(pairable[np.isfinite(pairable)], return_counts=True)
    ranks = np.cumsum(counts) - counts / 2
    ranked = np.full_like(pairable, np.nan)
    for level, rank in zip(levels, ranks, strict=True):
        ranked[pairable == level] = rank
    ordinal = krippendorff_alpha(RatingTable.of(pairable), "ordinal").value
    assert krippendorff_alpha(RatingTable.of(ranked), "interval").value == pytest.approx(ordinal)


def crossed(gold: dict[str, Any]) -> RatingTable:
    rows = gold["datasets"]["crossed_small_pub"]["values"]
    return RatingTable.of(matrix([row[4:] for row in rows]), [row[0] for row in rows])


def test_every_case_resample_of_a_small_study(gold: dict[str, Any]) -> None:
    expected = gold["clustered_machinery_pub"]["expected"]
    table = crossed(gold)
    draws = np.array(list(product(range(5), repeat=5)))
    weights = np.stack([(draws == case).sum(axis=1) for case in range(5)], axis=1).astype(float)
    values = alpha_at(table, "ordinal", weights)
    values = values[np.isfinite(values)]
    exact = expected["alpha_exact_case_bootstrap"]
    assert len(values) == exact["n"]
    assert values.mean() == pytest.approx(exact["mean"], abs=1e-9)
    assert values.std() == pytest.approx(exact["sd_population"], abs=1e-9)
    quantiles = np.quantile(values, [0.025, 0.5, 0.975])
    assert quantiles == pytest.approx(list(exact["q"].values()), abs=1e-9)
    jackknife = alpha_at(table, "ordinal", leave_one_out(5))
    assert jackknife == pytest.approx(expected["alpha_case_jackknife_values"], abs=1e-9)
    error = np.sqrt(4 / 5 * ((jackknife - jackknife.mean()) ** 2).sum())
    assert error == pytest.approx(expected["alpha_case_jackknife_se"], abs=1e-9)


@pytest.mark.parametrize("level", LEVELS)
def test_weights_are_copies_of_cases(gold: dict[str, Any], level: Any) -> None:
    # The package krippendorff on the rows of a resample, written out, is the plain way.
    table = crossed(gold)
    weights = np.array([2, 0, 1, 3, 1])
    rows = np.concatenate([np.repeat([i], weights[c]) for i, c in enumerate(table.cases)])
    expected = krippendorff.alpha(table.values[rows].T, level_of_measurement=level)
    assert alpha_at(table, level, weights[None].astype(float))[0] == pytest.approx(expected)


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
    agreement = percent_agreement(RatingTable.of(values, cases))
    assert agreement.value == pytest.approx(percent_agreement(RatingTable.of(shuffled)).value)


@settings(max_examples=60, deadline=None)
@given(RATINGS)
def test_ordinal_alpha_knows_only_the_order(rows: list[list[float]]) -> None:
    values = matrix(rows)
    stretched = krippendorff_alpha(RatingTable.of(np.exp(values))).value
    assert krippendorff_alpha(RatingTable.of(values)).value == pytest.approx(stretched)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([[3, 3, 3]] * 5, "no variation: all ratings are equal"),
        ([[1], [2], [3]], "no unit has two ratings"),
        ([[1, np.nan], [np.nan, 2]], "no unit has two ratings"),
        ([[1, 1]], "no variation: all ratings are equal"),
        (np.empty((0, 3)), "no unit has two ratings"),
    ],
)
@pytest.mark.parametrize("level", LEVELS)
def test_what_cannot_be_computed_says_why(rows: Any, reason: str, level: Any) -> None:
    estimate = krippendorff_alpha(RatingTable.of(matrix(rows)), level)
    assert (estimate.value, estimate.low, estimate.reason) == (None, None, reason)


def test_one_unit_that_disagrees_is_zero_without_interval() -> None:
    estimate = krippendorff_alpha(RatingTable.of(matrix([[1, 2]])))
    assert (estimate.value, estimate.low) == (0.0, None)


def test_perfect_agreement_has_no_interval() -> None:
    estimate = krippendorff_alpha(RatingTable.of(matrix([[1, 1], [2, 2], [3, 3], [4, 4]])))
    assert estimate.value == 1.0
    assert estimate.reason == "no interval: the value lies on the edge of its range"


def test_units_without_a_pair_bring_no_case() -> None:
    values = matrix([[1, 2], [2, 2], [3, 1], [4, np.nan]])
    assert krippendorff_alpha(RatingTable.of(values)).n_cases == 3


def test_a_slider_has_many_levels() -> None:
    rng = np.random.default_rng(3)
    values = rng.random((300, 1)) + rng.normal(0, 0.1, (300, 4))
    estimate = krippendorff_alpha(RatingTable.of(values, np.arange(300) // 3))
    assert estimate.low is not None
    assert estimate.value is not None
    assert estimate.low < estimate.value < 1
    assert "krippendorff" not in estimate.method  # units x levels^2 does not fit in memory


@pytest.mark.parametrize("item", ["subtlety", "margin", "texture", "malignancy"])
@pytest.mark.parametrize("level", LEVELS)
def test_lidc_nodules(shared: Path, item: str, level: Any) -> None:
    # 435 lung nodules x 4 readers: shared/data/lidc_nodules_a/SOURCE.md.
    folder = shared / "data" / "lidc_nodules_a"
    with (folder / "ratings.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    values = matrix([float(row[item]) for row in rows]).reshape(-1, 4)
    expected = json.loads((folder / "expected_ratings.json").read_text())[item]
    value = krippendorff_alpha(RatingTable.of(values), level).value
    assert value == pytest.approx(expected[f"alpha_{level}"], abs=1e-10)


@pytest.mark.parametrize("level", LEVELS)
def test_mriqc_scans_with_much_missing(shared: Path, level: Any) -> None:
    # 1103 scans, three raters, half of the ratings missing: mriqc_abide_ratings/SOURCE.md.
    folder = shared / "data" / "mriqc_abide_ratings"
    with (folder / "ratings_wide.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    values = matrix([[float(row[f"rater_{n}"] or "nan") for n in (1, 2, 3)] for row in rows])
    expected = json.loads((folder / "expected.json").read_text())
    name = "alpha_ordinal_3_raters_missing" if level == "ordinal" else f"alpha_{level}"
    value = krippendorff_alpha(RatingTable.of(values), level).value
    assert value == pytest.approx(expected[name], abs=1e-10)


def test_percent_agreement_of_a_published_table(gold: dict[str, Any]) -> None:
    # Gwet 2014, 12 units x 4 raters with missing ratings; and Fleiss 1971, 30 x 6.
    gwet = RatingTable.of(matrix(gold["datasets"]["gwet_raw4raters"]["values"]))
    expected = gold["cac_gwet_raw4raters_unweighted"]["expected"]["percent_agreement"]["value"]
    assert percent_agreement(gwet).value == pytest.approx(expected)
    fleiss = RatingTable.of(matrix(gold["datasets"]["fleiss_1971"]["values"]))
    expected = gold["fleiss_1971_kappas"]["expected"]["pairwise_percent_agreement"]
    assert percent_agreement(fleiss).value == pytest.approx(expected)


def test_percent_agreement_needs_a_pair() -> None:
    assert percent_agreement(RatingTable.of(matrix([[1], [2]]))).reason == "no unit has two ratings"
