from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.agreement.icc import (
    Form,
    icc_statistic,
    intraclass_correlation,
    intraclass_correlations,
    spearman_brown_scale,
)
from analysis.agreement.rating_table import RatingTable
from analysis.resampling import Resamples, evaluate, leave_one_out
from tests.analysis.gold import check, data

FORMS: tuple[Form, ...] = get_args(Form)
GOLD_NAMES = dict(
    zip(FORMS, ["ICC1", "ICC_A1", "ICC_C1", "ICC1k", "ICC_Ak", "ICC_Ck"], strict=True)
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("dataset", "name"),
    [("shrout_fleiss_1979", "icc_shrout_fleiss"), ("irr_anxiety", "icc_anxiety")],
)
def test_published_values(dataset: str, name: str, form: Form) -> None:
    # Shrout & Fleiss 1979, table 2; R irr's anxiety.
    expected = check(name)["expected"]["values"][GOLD_NAMES[form]]
    for spelling in (form, GOLD_NAMES[form]):
        estimate = intraclass_correlation(data(dataset), spelling)
        assert estimate.value == pytest.approx(expected, abs=1e-8)
        assert "pingouin" in estimate.method


def test_all_six_forms_at_once() -> None:
    values = data("irr_anxiety")
    six = intraclass_correlations(values)
    assert six == {form: intraclass_correlation(values, form) for form in FORMS}


@pytest.mark.parametrize("form", ["ICC(A,1)", "ICC(A,k)", "ICC(C,k)"])
def test_a_small_crossed_study(form: Form) -> None:
    rows = data("crossed_small_pub")
    table = RatingTable.of(np.array([row[4:] for row in rows], float), [row[0] for row in rows])
    expected = check("clustered_machinery_pub")["expected"][GOLD_NAMES[form]]
    estimate = intraclass_correlation(table, form)
    assert estimate.value == pytest.approx(expected, abs=1e-9)
    assert estimate.n_cases == 5


def test_constant_ratings_of_the_gold_file() -> None:
    known = check("icc_degenerate_constant")
    for name, value in known["expected"]["values"].items():
        estimate = intraclass_correlation(known["inputs"]["ratings_subjects_x_raters"], name)
        assert estimate.value is value
        assert "no variance" in (estimate.reason or "")


@pytest.mark.parametrize("form", FORMS)
def test_counts_as_weights_are_repeated_cases(form: Form) -> None:
    rng = np.random.default_rng(15)
    cases = np.repeat(np.arange(6), 3)
    values = rng.integers(1, 6, (18, 3)) + rng.integers(0, 3, 6)[cases][:, None]
    counts = np.array([2, 0, 1, 1, 3, 1])
    units = np.concatenate([np.flatnonzero(cases == case) for case in np.repeat(range(6), counts)])
    repeated = RatingTable.of(values[units].astype(float))
    weighted = icc_statistic(RatingTable.of(values, cases), form)(counts[None].astype(float))
    plain = icc_statistic(repeated, form)(np.ones((1, len(units))))
    assert weighted == pytest.approx(plain, abs=1e-12)


def test_resamples_and_closed_forms_stand_beside() -> None:
    rng = np.random.default_rng(16)
    table = RatingTable.of(rng.normal(size=(30, 1)) + rng.normal(size=(30, 3)))
    resamples = Resamples(table.case_names, n=500)
    estimate = intraclass_correlation(table, "ICC(A,k)", resamples=resamples)
    methods = [interval.method for interval in estimate.beside]
    assert [name.split(",")[0] for name in methods[:2]] == ["percentile", "BCa"]
    assert "Spearman-Brown" in methods[2]
    assert "irr" in methods[3]
    replicates = evaluate(icc_statistic(table, "ICC(A,k)"), resamples, table.case_names)
    assert estimate.beside[0].low == pytest.approx(np.quantile(replicates, 0.025))


@pytest.mark.parametrize("item", ["subtlety", "texture", "malignancy"])
def test_lidc_nodules(shared: Path, item: str) -> None:
    folder = shared / "data" / "lidc_nodules_a"
    with (folder / "ratings.csv").open() as stream:
        values = np.array([float(row[item]) for row in csv.DictReader(stream)]).reshape(-1, 4)
    expected = json.loads((folder / "expected_ratings.json").read_text())[item]["icc1_1"]
    value = intraclass_correlation(RatingTable.of(values), "ICC(1,1)").value
    assert value == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("form", FORMS)
def test_the_jackknife_equals_a_plain_loop(form: Form) -> None:
    rng = np.random.default_rng(5)
    cases = np.repeat(np.arange(6), 3)
    values = rng.integers(1, 6, (18, 3)) + rng.integers(0, 3, 6)[cases][:, None]
    table = RatingTable.of(values, cases)
    plain = []
    for case in range(6):
        kept = cases != case
        without = RatingTable.of(values[kept], cases[kept])
        plain.append(icc_statistic(without, form)(np.ones((1, 5)))[0])
    assert icc_statistic(table, form)(leave_one_out(6)) == pytest.approx(plain)


def test_the_interval_of_one_rating_is_spearman_brown_of_that_of_the_mean() -> None:
    rng = np.random.default_rng(6)
    values = rng.normal(size=(20, 1)) + rng.normal(size=(20, 4))
    one = intraclass_correlation(RatingTable.of(values), "ICC(A,1)")
    mean = intraclass_correlation(RatingTable.of(values), "ICC(A,k)")
    for single, average in ((one.value, mean.value), (one.low, mean.low), (one.high, mean.high)):
        assert single is not None
        assert 4 * single / (1 + 3 * single) == pytest.approx(average)


@given(st.floats(-0.49, 0.99))
def test_the_scale_of_a_single_rating_has_its_inverse(x: float) -> None:
    scale = spearman_brown_scale(3)
    assert scale.back(scale.forward(np.array([x])))[0] == pytest.approx(x, abs=1e-9)


def test_the_scale_of_a_single_rating_has_no_place_for_its_lower_end() -> None:
    assert np.isnan(spearman_brown_scale(2).forward(np.array([-1.0]))).all()


@pytest.mark.parametrize(
    ("form", "rows"),
    [
        # By hand: mean squares of masks 0.25, raters 0.25, rest 2.25: 0.25 + (0.25 - 2.25) / 2 < 0.
        ("ICC(A,k)", [[3.0, 2.0], [1.0, 3.0]]),
        # The masks have one mean; what is left of their mean square is rounding.
        ("ICC(C,k)", [[0.1, 0.2, 0.3], [0.3, 0.1, 0.2], [0.2, 0.3, 0.1]]),
    ],
)
def test_an_icc_without_a_positive_denominator_has_no_value(
    form: Form, rows: list[list[float]]
) -> None:
    estimate = intraclass_correlation(RatingTable.of(np.array(rows)), form)
    assert estimate.value is None
    assert "denominator of this ICC is not positive" in (estimate.reason or "")


def test_a_case_that_alone_carries_the_agreement_leaves_the_edge_behind() -> None:
    """Without the third mask the two raters are mirror images: ICC(C,1) is -1."""
    table = RatingTable.of(np.array([[1.0, 2.0], [2.0, 1.0], [5.0, 5.0]]))
    estimate = intraclass_correlation(table, "ICC(C,1)")
    assert estimate.low is None
    assert "1 of 3 leave-one-case-out values" in (estimate.reason or "")


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False), st.floats(-100, 100), st.floats(0.1, 10))
def test_order_and_unit_do_not_matter(draw: Any, shift: float, factor: float) -> None:
    rng = np.random.default_rng(draw.randrange(1000))
    values = rng.integers(1, 6, (12, 3)).astype(float)
    units, raters = draw.sample(range(12), 12), draw.sample(range(3), 3)
    one = intraclass_correlation(RatingTable.of(values)).value
    two = intraclass_correlation(RatingTable.of(values[units][:, raters] * factor + shift)).value
    assert one == pytest.approx(two, abs=1e-7)


def test_units_with_a_missing_rating_stay_out_and_are_counted() -> None:
    rng = np.random.default_rng(8)
    values = rng.integers(1, 6, (10, 3)).astype(float)
    broken = values.copy()
    broken[[2, 7], [0, 1]] = np.nan
    estimate = intraclass_correlation(RatingTable.of(broken))
    whole = intraclass_correlation(RatingTable.of(np.delete(values, [2, 7], axis=0)))
    assert (estimate.value, estimate.low) == (whole.value, whole.low)
    assert "8 of 10 units rated by all" in estimate.method


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (np.full((6, 3), 3.0), "no variance"),
        (np.array([[1.0], [2.0]]), "fewer than two raters"),
        (np.array([[1.0, 2.0]]), "a crossed design needs at least 2"),
        (np.array([[1, 2, np.nan], [np.nan, 1, 2], [1, np.nan, 2]]), "0 of 3 units rated by all"),
        (np.empty((0, 3)), "fewer than two raters"),
        (np.full((4, 2), 0.1), "no variance"),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_what_cannot_be_computed_says_why(rows: Any, reason: str, form: Form) -> None:
    estimate = intraclass_correlation(RatingTable.of(rows), form)
    assert estimate.value is None
    assert reason in (estimate.reason or "")


def test_two_masks_and_two_raters_have_a_value_that_pingouin_would_refuse() -> None:
    """By hand, McGraw and Wong's table 4: MS rows 2.25, columns 0.25, rest 0.25."""
    table = RatingTable.of(np.array([[4.0, 4.0], [3.0, 2.0]]), np.array(["a", "b"]))
    estimate = intraclass_correlation(table, "ICC(C,1)")
    assert estimate.value == pytest.approx((2.25 - 0.25) / (2.25 + 0.25))
    assert "pingouin needs 5 ratings" in estimate.method
