from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.mixed import MixedModelFit, fit_mixed_model, interaction
from tests.analysis.gold import checks, data

# Bates D, Maechler M, Bolker B, Walker S. lme4 book and J Stat Softw 2015;67(1).
DYESTUFF = [
    *(1545, 1440, 1440, 1520, 1580, 1540, 1555, 1490, 1560, 1495, 1595, 1550, 1605, 1510, 1560),
    *(1445, 1440, 1595, 1465, 1545, 1595, 1630, 1515, 1635, 1625, 1520, 1455, 1450, 1480, 1445),
]
DYESTUFF2 = [
    *(7.298, 3.846, 2.434, 9.566, 7.99, 5.22, 6.556, 0.608, 11.788, -0.892, 0.11, 10.386, 13.434),
    *(5.51, 8.166, 2.212, 4.852, 7.092, 9.288, 4.98, 0.282, 9.014, 4.458, 9.446, 7.198, 1.722),
    *(4.782, 8.106, 0.758, 3.758),
]
BATCHES = [batch for batch in "ABCDEF" for _ in range(5)]


def study(seed: int, *, cases: int = 9, models: int = 4, raters: int = 3) -> dict[str, Any]:
    """Return long columns of a crossed study in which one reading in ten is missing."""
    rng = np.random.default_rng(seed)
    case, model, rater = (a.ravel() for a in np.indices((cases, models, raters)))
    metric = rng.normal(size=(cases, models))[case, model]
    rating = (
        3
        + rng.normal(size=cases)[case]
        + rng.normal(0, 0.7, raters)[rater]
        + rng.normal(0, 0.6, (cases, models))[case, model]
        + (0.5 + rng.normal(0, 0.6, models))[model] * metric
        + rng.normal(0, 0.8, len(case))
    )
    kept = rng.random(len(case)) > 0.1
    columns = dict(rating=rating, metric=metric, case=case, model=model, rater=rater)
    return {name: column[kept] for name, column in columns.items()}


def fitted(long: dict[str, Any]) -> MixedModelFit:
    groups = {
        "rater": long["rater"],
        "case": long["case"],
        "case:model": interaction(long["case"], long["model"]),
        "model": long["model"],
    }
    return fit_mixed_model(
        long["rating"], {"metric": long["metric"]}, groups, {"model": long["metric"]}
    )


class Dense:
    """The model written out with whole matrices (Searle, Casella, McCulloch 1992, chapter 6)."""

    def __init__(self, long: dict[str, Any], variance: dict[str, float]) -> None:
        def columns(label: Any) -> Any:
            return (label[:, None] == np.unique(label)).astype(float)

        by_model = columns(long["model"])
        z = {
            "rater": columns(long["rater"]),
            "case": columns(long["case"]),
            "case:model": columns(100 * long["case"] + long["model"]),
            "model": by_model,
            "model slope": by_model * long["metric"][:, None],
            "residual": np.eye(len(long["rating"])),
        }
        self.parts = [z[name] @ z[name].T for name in variance if variance[name] > 0]
        self.x = np.column_stack([np.ones(len(long["metric"])), long["metric"]])
        self.y = long["rating"]
        values = [value for value in variance.values() if value > 0]
        self.v = sum(value * part for value, part in zip(values, self.parts, strict=True))
        self.inverse = np.linalg.inv(self.v)
        self.information = self.x.T @ self.inverse @ self.x
        beta = np.linalg.inv(self.information)
        self.p = self.inverse - self.inverse @ self.x @ beta @ self.x.T @ self.inverse

    def criterion(self) -> float:
        n, p = self.x.shape
        logs = np.linalg.slogdet(self.v)[1] + np.linalg.slogdet(self.information)[1]
        return float(logs + self.y @ self.p @ self.y + (n - p) * np.log(2 * np.pi))

    def slopes(self) -> Any:
        py = self.p @ self.y
        return np.array([np.trace(self.p @ g) - py @ g @ py for g in self.parts])

    def satterthwaite(self, contrast: Any) -> float:
        py = self.p @ self.y
        curve = np.array(
            [
                [
                    2 * py @ g @ self.p @ h @ py - np.trace(self.p @ g @ self.p @ h)
                    for h in self.parts
                ]
                for g in self.parts
            ]
        )
        cov = np.linalg.inv(self.information)
        side = self.inverse @ self.x @ cov @ contrast
        slope = np.array([side @ g @ side for g in self.parts])
        return float((contrast @ cov @ contrast) ** 2 / (slope @ np.linalg.solve(curve, slope)))


@pytest.mark.parametrize("check", checks("lmm_variance_components"))
def test_penicillin(check: dict[str, Any]) -> None:
    plate, sample, diameter = zip(*data(check["dataset"]), strict=True)
    fit = fit_mixed_model(diameter, groups={"plate": plate, "sample": sample})
    found = {
        **{f"var_{name}": value for name, value in fit.variance.items()},
        "intercept": fit.coefficients["intercept"],
        "se_intercept": fit.standard_errors["intercept"],
        "reml_criterion": fit.reml_criterion,
    }
    for name, value in found.items():
        assert value == pytest.approx(check["expected"][name], abs=check["atol"])
    # A complete table has its REML estimates in closed form, where lme4 stops at 2e-4.
    table = np.array(diameter, float).reshape(24, 6)
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    rest = table - rows[:, None] - columns + table.mean()
    error = (rest**2).sum() / (23 * 5)
    assert fit.variance["residual"] == pytest.approx(error, abs=1e-9)
    assert fit.variance["plate"] == pytest.approx((6 * rows.var(ddof=1) - error) / 6, abs=1e-8)
    exact = (24 * columns.var(ddof=1) - error) / 24
    assert fit.variance["sample"] == pytest.approx(exact, abs=1e-7)


def test_dyestuff() -> None:
    """Published: lme4 book, section 1.2: 1764.05, 2451.25, REML criterion 319.6543."""
    fit = fit_mixed_model(DYESTUFF, groups={"batch": BATCHES})
    assert fit.variance == pytest.approx({"batch": 1764.05, "residual": 2451.25}, abs=1e-6)
    assert fit.reml_criterion == pytest.approx(319.6543, abs=5e-5)
    assert fit.coefficients == {"intercept": pytest.approx(1527.5)}
    # One-way and balanced: batches minus one.
    assert fit.satterthwaite("intercept").df == pytest.approx(5, abs=1e-6)
    assert fit.converged
    assert not fit.singular


def test_a_variance_at_zero_is_said_to_be_zero() -> None:
    """Published: lme4 book, section 1.3: Dyestuff2 has no batch variance."""
    fit = fit_mixed_model(DYESTUFF2, groups={"batch": BATCHES})
    assert fit.variance["batch"] == 0
    assert fit.variance["residual"] == pytest.approx(np.var(DYESTUFF2, ddof=1))
    assert fit.singular
    assert fit.converged
    test = fit.satterthwaite("intercept")
    assert test.df == pytest.approx(29)
    assert test.standard_error == pytest.approx(np.std(DYESTUFF2, ddof=1) / np.sqrt(30))


@pytest.mark.parametrize("seed", range(4))
def test_against_whole_matrices(seed: int) -> None:
    long = study(seed)
    fit = fitted(long)
    dense = Dense(long, fit.variance)
    assert fit.converged
    assert fit.reml_criterion == pytest.approx(dense.criterion(), abs=1e-8)
    assert dense.slopes() == pytest.approx(np.zeros(len(dense.parts)), abs=1e-4)
    beta = np.linalg.solve(dense.information, dense.x.T @ dense.inverse @ dense.y)
    assert list(fit.coefficients.values()) == pytest.approx(beta, abs=1e-9)
    assert fit.covariance == pytest.approx(np.linalg.inv(dense.information), abs=1e-9)
    test = fit.satterthwaite("metric")
    assert test.df == pytest.approx(dense.satterthwaite(np.array([0.0, 1.0])), rel=1e-5)
    both = fit.satterthwaite({"intercept": 1, "metric": 2})
    assert both.df == pytest.approx(dense.satterthwaite(np.array([1.0, 2.0])), rel=1e-5)
    assert both.estimate == pytest.approx(beta @ [1, 2])


@pytest.mark.parametrize("seed", range(4))
def test_no_other_start_finds_less(seed: int) -> None:
    long = study(seed, cases=6)
    fit = fitted(long)
    assert fit.model is not None
    rng = np.random.default_rng(seed)
    tried = [fit.model.criterion(rng.uniform(0, 2.5, 5)) for _ in range(500)]
    assert fit.reml_criterion is not None
    assert min(tried) >= fit.reml_criterion - 1e-9


def test_a_near_start_ends_at_the_same_place() -> None:
    long = study(1)
    fit = fitted(long)
    near = {name: value * 1.1 for name, value in fit.variance.items()}
    groups = {"rater": long["rater"], "case": long["case"]}
    far = fit_mixed_model(long["rating"], groups=groups)
    again = fit_mixed_model(long["rating"], groups=groups, start=near)
    assert again.variance == pytest.approx(far.variance, rel=1e-7)


def test_without_random_terms_it_is_least_squares() -> None:
    long = study(2)
    fit = fit_mixed_model(long["rating"], {"metric": long["metric"]})
    x = np.column_stack([np.ones(len(long["metric"])), long["metric"]])
    beta, rest, *_ = np.linalg.lstsq(x, long["rating"], rcond=None)
    assert list(fit.coefficients.values()) == pytest.approx(beta)
    assert fit.variance["residual"] == pytest.approx(rest[0] / (len(x) - 2))
    assert fit.satterthwaite("metric").df == pytest.approx(len(x) - 2)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 50), st.floats(-1e4, 1e4), st.floats(0.01, 100))
def test_order_labels_and_unit_do_not_matter(seed: int, shift: float, factor: float) -> None:
    long = study(seed, cases=6, models=3)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(long["rating"]))
    other = {name: column[order] for name, column in long.items()}
    for name in ("case", "model", "rater"):
        other[name] = rng.permutation(50)[other[name]]
    other["rating"] = other["rating"] * factor + shift
    one, two = fitted(long), fitted(other)
    for name, value in one.variance.items():
        assert two.variance[name] / factor**2 == pytest.approx(value, abs=1e-5)
    assert two.coefficients["metric"] / factor == pytest.approx(
        one.coefficients["metric"], abs=1e-5
    )


FEW = [1.0, 2.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("response", "fixed", "groups", "slopes", "reason"),
    [
        ([3.0] * 4, None, {"case": [0, 0, 1, 1]}, None, "no variance"),
        (FEW, None, {"case": [0, 1, 2, 3]}, None, "case has one row per level"),
        (FEW, None, {"case": [0, 0, 0, 0]}, None, "case has one level"),
        (FEW, None, {"case": [0, 0, 1, 1], "again": [5, 5, 3, 3]}, None, "group the rows alike"),
        (FEW, {"x": [2, 2, 2, 2]}, {"case": [0, 0, 1, 1]}, None, "column x is a combination"),
        (FEW, {"x": [0, 0, 0, 0]}, {"case": [0, 0, 1, 1]}, None, "column x is zero everywhere"),
        (FEW[:1], None, {}, None, "1 rows for 1 fixed effects"),
        ([1.0, 1.0, 2.0, 2.0], None, {"case": [0, 0, 1, 1]}, None, "no residual variance"),
        (FEW, None, {"case": [0, 0, 1, 1]}, {"case": [1, 1, 1, 1]}, "does not vary"),
    ],
)
def test_what_cannot_be_fitted_says_why(
    response: Any, fixed: Any, groups: Any, slopes: Any, reason: str
) -> None:
    fit = fit_mixed_model(response, fixed, groups, slopes)
    assert reason in (fit.reason or "")
    assert (fit.variance, fit.reml_criterion, fit.converged) == ({}, None, False)
    test = fit.satterthwaite("intercept")
    assert (test.estimate, test.p_value, test.reason) == (None, None, fit.reason)


def test_wrong_input_is_named_all_at_once() -> None:
    with pytest.raises(ValueError, match="x: shape") as raised:
        fit_mixed_model(
            [1.0, np.nan, 2.0], {"x": [1, 2]}, {"case": [1, 1]}, {"rater": [1.0, np.inf, 2.0]}
        )
    for problem in ("case: shape", "response: 1 missing", "rater: 1 missing", "no grouping factor"):
        assert problem in str(raised.value)
    with pytest.raises(ValueError, match="case: 2 labels are missing"):
        fit_mixed_model(FEW, groups={"case": [1, 2, None, np.nan]})
    with pytest.raises(ValueError, match="intercept is put in already"):
        fit_mixed_model(FEW, {"intercept": [1, 1, 1, 1]})
    fit = fit_mixed_model(FEW, groups={"case": [0, 0, 1, 1]})
    with pytest.raises(ValueError, match="no fixed column age; there are intercept"):
        fit.satterthwaite("age")
