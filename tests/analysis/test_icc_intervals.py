from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.agreement.icc import intraclass_correlation
from analysis.agreement.icc_forms import Form, icc_form
from analysis.agreement.icc_intervals import icc_f_interval, icc_f_test
from analysis.agreement.mean_squares import anova_mean_squares
from tests.analysis.gold import check, data

FORMS: tuple[Form, ...] = get_args(Form)
GOLD = [("shrout_fleiss_1979", "icc_shrout_fleiss"), ("irr_anxiety", "icc_anxiety")]


def random_ratings(seed: int, units: int = 12, raters: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (
        rng.normal(size=(units, 1))
        + rng.normal(size=(1, raters))
        + rng.normal(size=(units, raters))
    )


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("ICC(1)", "ICC(1,1)"),
        ("ICC(k)", "ICC(1,k)"),
        ("ICC1", "ICC(1,1)"),
        ("ICC1k", "ICC(1,k)"),
        ("ICC2", "ICC(A,1)"),
        ("icc(2, k)", "ICC(A,k)"),
        ("ICC_C1", "ICC(C,1)"),
        ("ICC(3,k)", "ICC(C,k)"),
        ("A,1", "ICC(A,1)"),
        *((form, form) for form in FORMS),
    ],
)
def test_both_naming_schemes_name_the_same_forms(name: str, form: Form) -> None:
    assert icc_form(name) == form


@pytest.mark.parametrize("name", ["ICC", "ICC(4,1)", "ICC(A)", "kappa", ""])
def test_a_name_of_no_form_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no form of the ICC"):
        icc_form(name)


@pytest.mark.parametrize(("dataset", "name"), GOLD)
def test_published_mean_squares_and_intervals(dataset: str, name: str) -> None:
    expected, values = check(name)["expected"], data(dataset)
    anova = anova_mean_squares(values)
    for key, of_name in (("msr", "MSR"), ("msc", "MSC"), ("mse", "MSE"), ("msw", "MSW")):
        assert getattr(anova, key) == pytest.approx(expected["mean_squares"][of_name], abs=1e-8)
    for form, (low, high) in expected["ci95"].items():
        interval = icc_f_interval(values, form)
        assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-8)
        assert interval in intraclass_correlation(values, form).beside
    assert icc_f_test(values, "ICC1").statistic == pytest.approx(expected["F"]["oneway"])
    assert icc_f_test(values, "ICC3").statistic == pytest.approx(expected["F"]["twoway"])


def test_the_other_convention_of_the_mean_of_raters() -> None:
    expected = check("icc_Ak_ci_irr_convention")["expected"]["ICC_Ak_ci95_irr"]
    values = data("shrout_fleiss_1979")
    interval = icc_f_interval(values, "ICC(A,k)", average_agreement="irr")
    assert (interval.low, interval.high) == pytest.approx(tuple(expected), abs=1e-8)
    assert interval in intraclass_correlation(values, "ICC(A,k)").beside


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.8, 0.95, 0.99]))
def test_direct_limits_of_the_mean_are_spearman_brown_of_those_of_one(
    seed: int, level: float
) -> None:
    values = random_ratings(seed)
    one, mean = (icc_f_interval(values, form, level=level) for form in ("ICC(A,1)", "ICC(A,k)"))
    for single, average in ((one.low, mean.low), (one.high, mean.high)):
        assert single is not None
        assert average == pytest.approx(3 * single / (1 + 2 * single), abs=1e-9)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("signal", [1.0, 0.0])
@pytest.mark.parametrize("seed", range(3))
def test_pingouin_has_the_same_limits_and_p_values(seed: int, signal: float) -> None:
    # Without a signal the ICC is about zero, and negative in some of these tables.
    values = random_ratings(seed)
    values = values - (1 - signal) * values.mean(axis=1, keepdims=True)
    values += (1 - signal) * np.random.default_rng(seed).normal(size=(12, 1)) / 2
    units, raters = np.indices(values.shape)
    long = pd.DataFrame({"u": units.ravel(), "r": raters.ravel(), "x": values.ravel()})
    rounding = pingouin.options["round.column.CI95"]
    pingouin.options["round.column.CI95"] = None
    try:
        theirs = pingouin.intraclass_corr(long, targets="u", raters="r", ratings="x")
    finally:
        pingouin.options["round.column.CI95"] = rounding
    for _, row in theirs.iterrows():
        interval, test = icc_f_interval(values, row["Type"]), icc_f_test(values, row["Type"])
        assert (interval.low, interval.high) == pytest.approx(tuple(row["CI95"]), abs=1e-10)
        assert test.p_value == pytest.approx(row["pval" if "pval" in row else "p_val"], abs=1e-12)
        assert test.df == (row["df1"], row["df2"])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["ICC(1,1)", "ICC(1,k)", "ICC(C,1)", "ICC(C,k)"]))
def test_interval_and_test_say_the_same(seed: int, form: Form) -> None:
    """A one-sided test at the lower end of a 90 % interval has p = 5 %: one inverts the other."""
    low = icc_f_interval(random_ratings(seed), form, level=0.9).low
    assert low is not None
    assert icc_f_test(random_ratings(seed), form, null=low).p_value == pytest.approx(0.05)


def test_the_degrees_of_freedom_of_agreement() -> None:
    values = data("shrout_fleiss_1979")
    exact, as_irr = icc_f_test(values, "ICC(A,1)"), icc_f_test(values, "ICC(A,1)", df_at="estimate")
    # R irr 0.84.1 gives .0113 where pingouin 0.7.0 gives .000135, from the same F of 11.03.
    assert exact.p_value == pytest.approx(0.000135, abs=5e-7)
    assert as_irr.p_value == pytest.approx(0.0113, abs=5e-5)
    assert exact.statistic == as_irr.statistic
    assert exact.df == (5, 15)


def test_the_f_test_of_agreement_keeps_its_level_without_agreement() -> None:
    rng = np.random.default_rng(3)
    tables = rng.normal(size=(400, 8, 3)) + 2 * rng.normal(size=(400, 1, 3))
    p_values = [icc_f_test(table, "ICC(A,1)").p_value for table in tables]
    assert stats.kstest(p_values, "uniform").pvalue > 0.01


@pytest.mark.parametrize(
    ("ratings", "form", "reason"),
    [
        (np.full((6, 3), 3.0), "ICC(A,1)", "no variance"),
        (np.full((6, 3), 3.0), "ICC(1,1)", "no variance"),
        (np.arange(5.0)[:, None].repeat(3, axis=1), "ICC(C,1)", "no variance"),
        (np.arange(5.0)[:, None], "ICC(C,1)", "fewer than two raters"),
        (np.array([[1.0, 2.0]]), "ICC(A,k)", "at least 2"),
    ],
)
def test_what_has_no_interval_says_why(ratings: Any, form: Form, reason: str) -> None:
    interval, test = icc_f_interval(ratings, form), icc_f_test(ratings, form)
    assert interval.low is None
    assert interval.high is None
    assert reason in (interval.reason or "")
    assert test.p_value is None
    assert test.reason


def test_a_constant_difference_between_raters_leaves_agreement_an_interval() -> None:
    values = np.arange(6.0)[:, None] + np.array([[0.0, 1.0]])
    interval = icc_f_interval(values, "ICC(A,1)")
    assert interval.low is not None
    assert 0 < interval.low < (interval.high or 0.0) < 1


def test_wrong_arguments_are_refused() -> None:
    values = random_ratings(1)
    with pytest.raises(ValueError, match="below 1"):
        icc_f_test(values, null=1.0)
    with pytest.raises(ValueError, match="neither of"):
        icc_f_interval(values, average_agreement="psych")  # type: ignore[arg-type]
