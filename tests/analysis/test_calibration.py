"""Logistic regression and calibration: against statsmodels and plain loops."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import special

from analysis.association.acceptability import Verdicts
from analysis.association.calibration import calibration, logistic_regression
from analysis.resampling import Resamples
from tests.analysis.test_auc import study


def statsmodels_fit(x, y, groups=None):
    model = sm.Logit(np.asarray(y, dtype=float), sm.add_constant(np.asarray(x)))
    if groups is None:
        return model.fit(disp=0, tol=1e-13)
    return model.fit(disp=0, tol=1e-13, cov_type="cluster", cov_kwds={"groups": groups})


def test_statsmodels_agrees():
    verdicts = study(21, 40)
    # Far from zero, and in another unit.
    x = 300 + 25 * verdicts.metric
    found = logistic_regression(Verdicts.of(x, verdicts.acceptable, verdicts.cases))
    theirs = statsmodels_fit(x, verdicts.acceptable, verdicts.cases)
    assert found.intercept.value == pytest.approx(theirs.params[0], rel=1e-6)
    assert found.slope.value == pytest.approx(theirs.params[1], rel=1e-6)
    # They multiply the variance by (n - 1) / (n - 2) as well.
    shrunk = np.sqrt((len(x) - 2) / (len(x) - 1))
    for estimated, error in zip((found.intercept, found.slope), theirs.bse, strict=True):
        reach = (estimated.beside[-1].high - estimated.beside[-1].low) / 2
        assert reach == pytest.approx(1.959963984540054 * error * shrunk, rel=1e-5)
        assert estimated.standard_error == pytest.approx(error, rel=0.15)


def test_leaving_out_each_case_by_loops():
    verdicts = study(22, 15)
    found = logistic_regression(verdicts)
    slopes = []
    for case in range(15):
        kept = verdicts.cases != case
        slopes.append(statsmodels_fit(verdicts.metric[kept], verdicts.acceptable[kept]).params[1])
    spread = np.sqrt(14 / 15 * np.sum((slopes - np.mean(slopes)) ** 2))
    assert found.slope.standard_error == pytest.approx(spread, rel=1e-6)


def test_resampled_fits_by_loops():
    verdicts = study(23, 20)
    drawn = Resamples(verdicts.case_names, 40)
    found = logistic_regression(verdicts, resamples=drawn).slope
    slopes = []
    for row in drawn.rows(0, 40)[:, drawn.columns(verdicts.case_names)]:
        again = np.repeat(np.arange(80), row[verdicts.cases].astype(int))
        slopes.append(statsmodels_fit(verdicts.metric[again], verdicts.acceptable[again]).params[1])
    expected = np.quantile(slopes, [0.025, 0.975])
    assert (found.beside[0].low, found.beside[0].high) == pytest.approx(expected, rel=1e-6)


def test_calibration_of_probabilities():
    rng = np.random.default_rng(24)
    log_odds = rng.normal(0, 1.5, 600)
    happened = rng.random(600) < special.expit(log_odds)
    good = calibration((special.expit(log_odds), happened))
    assert good.slope.value == pytest.approx(1, abs=0.2)
    assert good.intercept.value == pytest.approx(0, abs=0.2)
    assert good.slope.p_value > 0.01
    # Twice the log odds: too sure of itself, half the slope.
    sure = calibration((special.expit(2 * log_odds), happened))
    assert sure.slope.value == pytest.approx(good.slope.value / 2)
    assert sure.slope.p_value < 1e-6
    assert sure.intercept.value == pytest.approx(good.intercept.value)


def test_a_distance_has_a_negative_slope():
    verdicts = study(25)
    labels = verdicts.case_names[verdicts.cases]
    found = logistic_regression(Verdicts.of(-verdicts.metric, verdicts.acceptable, labels, "lower"))
    plain = logistic_regression(verdicts)
    assert found.slope.value == pytest.approx(-plain.slope.value)
    assert found.slope.high == pytest.approx(-plain.slope.low)
    assert found.slope.p_value == pytest.approx(plain.slope.p_value)


@pytest.mark.parametrize(
    ("metric", "acceptable", "reason"),
    [
        ([1, 2, 3, 4], [0, 0, 1, 1], "separate"),
        ([1, 2, 2, 4], [0, 0, 1, 1], "separate"),
        ([4, 3, 2, 1], [0, 0, 1, 1], "separate"),
        ([1, 1, 1, 1], [0, 1, 0, 1], "no variation"),
        ([1, 2, np.inf, 3], [0, 1, 0, 1], "1 values are infinite"),
        ([1, 2, 3, 4], [1, 1, 1, 1], "all 4 masks are acceptable"),
        ([], [], "no mask"),
    ],
)
def test_no_fit(metric, acceptable, reason):
    found = logistic_regression((metric, acceptable))
    assert found.slope.value is None
    assert reason in found.slope.reason
    assert reason in found.intercept.reason


def test_one_case_and_probabilities_at_the_ends():
    one = logistic_regression(([1, 2, 3, 4], [0, 1, 0, 1], ["a"] * 4))
    assert one.slope.value is not None
    assert one.slope.low is None
    assert "1 case" in one.slope.beside[-1].reason
    assert "infinite" in calibration(([0.0, 0.5, 0.7, 0.2], [0, 1, 0, 1])).slope.reason
    with pytest.raises(ValueError, match="between 0 and 1"):
        calibration(([1.2, 0.5], [0, 1]))


@pytest.mark.parametrize("unit", [1e200, 1e307, 1e-300])
def test_a_slope_has_the_unit_of_the_metric(unit: float) -> None:
    x, y = np.array([0.9, 0.8, 0.7, 0.6, 0.5]), [1, 1, 0, 1, 0]
    plain, scaled = (logistic_regression(Verdicts.of(x * u, y)) for u in (1.0, unit))
    assert scaled.slope.value * unit == pytest.approx(plain.slope.value)
    assert scaled.intercept.value == pytest.approx(plain.intercept.value)
    ends = [(fit.slope.beside[-1].low, fit.slope.beside[-1].high) for fit in (plain, scaled)]
    assert np.array(ends[1]) * unit == pytest.approx(ends[0])
